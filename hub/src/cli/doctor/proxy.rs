//! What stands between people and the hub: the largest upload that it lets through, whether it holds answers back,
//! how long it leaves a quiet socket open, and whom the hub takes its visitors for.
//!
//! Nothing is sent that changes anything. What the hub itself has to do for it is in `http/doctor`, behind a proof
//! made by the keys.

use std::io;
use std::net::IpAddr;

use uuid::Uuid;

use super::ANSWER_WAIT_MS;
use super::finding::Finding::{self, Hint, Well, Wrong};
use super::way::Way;
use crate::config::Config;
use crate::domain::limits::HEARTBEAT_MS;
use crate::domain::{Clock, Origin};
use crate::http::doctor::{AskedBy, FIRST_HALF, PAUSE_MS, QUIET_MS, SECOND_HALF};

/// After `100 Continue`: a proxy that passes heads on has its answer at once.
const PASSED_ON_WAIT_MS: u64 = 2_000;
/// An address that is nobody's (RFC 5737): what a client could claim to be.
const CLAIMED: &str = "192.0.2.123";

/// Whom is asked, and with what.
pub(super) struct Probe<'a> {
    pub origin: &'a Origin,
    pub config: &'a Config,
    pub clock: &'a Clock,
    /// Makes the operator's proof of this moment.
    pub proof: &'a dyn Fn() -> String,
}

impl Probe<'_> {
    /// Sends the head of the largest upload and none of its bytes. nginx refuses by the head alone; the hub answers
    /// that nobody is signed in.
    pub async fn largest_upload(&self) -> Finding {
        let bytes = self.config.files.limits.bytes_max.unsigned_abs();
        let size = format!("{} MiB", bytes.div_ceil(1024 * 1024));
        let told = self.within(ANSWER_WAIT_MS, self.begins_upload(bytes)).await;
        match told.as_deref() {
            Ok("401") => Well(format!("a file of {size} comes through, as it is sent")),
            Ok("413") => Wrong(format!(
                "refuses a file of {size} (files.bytes_max) with 413: let it take a little more, as \
                 client_max_body_size of nginx says"
            )),
            Ok("100") => Hint(format!(
                "takes a file of {size}, but keeps it until it is whole: proxy_request_buffering off of nginx passes it \
                 on as it comes"
            )),
            Ok("") => Hint(format!(
                "says nothing to the head of an upload of {size} before its bytes come: send one of that size to see \
                 whether it takes it"
            )),
            Ok(status) => Wrong(format!("answers {status} to the head of an upload of {size}, where the hub says 401")),
            Err(error) => Wrong(format!("ends the connection at the head of an upload of {size} ({error})")),
        }
    }

    async fn begins_upload(&self, bytes: u64) -> io::Result<String> {
        let mut way = Way::to(self.origin).await?;
        let headers = [
            format!("Origin: {}", self.origin),
            format!("Content-Length: {bytes}"),
            "Content-Type: application/octet-stream".to_owned(),
            "Expect: 100-continue".to_owned(),
            format!("Idempotency-Key: {}", Uuid::nil()),
            "Connection: close".to_owned(),
        ];
        let path = format!("/v1/tickets/{}/attachments?name=doctor", Uuid::nil());
        way.ask("POST", &path, &headers).await?;
        let Some(status) = self.clock.within(ANSWER_WAIT_MS / 2, way.status()).await else {
            return Ok(String::new());
        };
        let status = status?;
        if status != "100" {
            return Ok(status);
        }
        let passed_on = self.clock.within(PASSED_ON_WAIT_MS, way.status()).await;
        // A proxy that says nothing more, or gives up, waits for the bytes.
        Ok(passed_on.and_then(Result::ok).filter(|status| status != "nothing").unwrap_or(status))
    }

    /// Half an answer is here before the hub has written the other half.
    pub async fn held_answers(&self) -> Finding {
        let halves = async {
            let mut way = self.operator("/v1/doctor/slowly", &["Connection: close".to_owned()]).await?;
            let status = way.status().await?;
            if status != "200" {
                return Ok(Err(status));
            }
            let first = way.reads_until(FIRST_HALF.trim()).await?;
            let at = self.clock.now();
            let whole = first && way.reads_until(SECOND_HALF.trim()).await?;
            Ok(Ok((whole, self.clock.now().abs_diff(at))))
        };
        match self.within(ANSWER_WAIT_MS + PAUSE_MS, halves).await {
            Ok(Ok((true, apart_ms))) if apart_ms > PAUSE_MS / 2 => {
                Well("passes answers on as they are written".to_owned())
            }
            // The second half stood right behind the first one, and was read with it.
            Ok(Ok(_)) => Hint(
                "holds answers back until they are whole, so that downloads begin late: let it pass them on as they come"
                    .to_owned(),
            ),
            Ok(Err(status)) => refused(&status),
            Err(error) => Wrong(format!("ends an answer that pauses for {PAUSE_MS} ms ({error})")),
        }
    }

    /// Nothing is said on it, for longer than the hub ever says nothing.
    pub async fn quiet_socket(&self) -> Finding {
        let began = self.clock.now();
        let waited = async {
            let upgrade = [
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            ]
            .map(str::to_owned);
            let mut way = self.operator("/v1/doctor/socket", &upgrade).await?;
            let status = way.status().await?;
            if status != "101" {
                return Ok(Err(status));
            }
            // An end without a word is the same as an error.
            Ok(Ok(way.reads_until(SECOND_HALF.trim()).await.unwrap_or(false)))
        };
        let answer = self.within(QUIET_MS + ANSWER_WAIT_MS, waited).await;
        let seconds = self.clock.now().abs_diff(began) / 1_000;
        let heartbeat = HEARTBEAT_MS / 1_000;
        match answer {
            Ok(Ok(true)) => Well(format!("leaves a socket open on which nothing is said for {} s", QUIET_MS / 1_000)),
            Ok(Err(status)) => refused(&status),
            Ok(Ok(false)) => Wrong(format!(
                "ends a socket on which nothing is said after {seconds} s, and the hub says something every {heartbeat} s: \
                 set its time-outs for quiet connections to 60 s or more (proxy_read_timeout and proxy_send_timeout of \
                 nginx)"
            )),
            Err(error) => Wrong(format!("a socket on which nothing is said does not come back ({error})")),
        }
    }

    /// Whom the hub takes this request for, though it claims to be somebody else's.
    pub async fn visitors(&self) -> Finding {
        let asked = async {
            let mut way = Way::to(self.origin).await?;
            let own = way.own_address;
            // Where this machine is itself a proxy that is believed, its claim would be too.
            let claims = !self.config.http.trusted_proxies.iter().any(|proxy| proxy.contains(own));
            let claim = format!("{}: {CLAIMED}", self.config.http.forwarded_header);
            let headers = [self.bearer(), "Connection: close".to_owned(), claim];
            way.ask("GET", "/v1/doctor/client", if claims { &headers } else { &headers[..2] }).await?;
            let status = way.status().await?;
            if status != "200" {
                return Ok(Err(status));
            }
            Ok(Ok((way.rest().await, own)))
        };
        match self.within(ANSWER_WAIT_MS, asked).await {
            Ok(Ok((body, own))) => match json_in(&body) {
                Some(asked_by) => self.judge(&asked_by, own),
                None => Wrong("changes what the hub answers".to_owned()),
            },
            Ok(Err(status)) => refused(&status),
            Err(error) => Wrong(format!("did not answer ({error})")),
        }
    }

    fn judge(&self, by: &AskedBy, own: IpAddr) -> Finding {
        let header = &self.config.http.forwarded_header;
        if by.client.to_string() == CLAIMED {
            return Wrong(format!(
                "passes {header} on as a client wrote it, so that anybody can be whom they like: let it write its own (in \
                 nginx: proxy_set_header X-Forwarded-For $remote_addr)"
            ));
        }
        match (by.peer_is_proxy, by.forwarded) {
            (true, true) => Well(format!("is believed; the hub sees {} where this machine is {own}", by.client)),
            (true, false) => Wrong(format!(
                "writes no {header}, so that all visitors are one network to the hub's limits: let it write the client's \
                 address there"
            )),
            (false, _) => Wrong(format!(
                "is not believed, so that all visitors are one network to the hub's limits: name {} in \
                 http.trusted_proxies, if that is the proxy, and let it write {header}",
                by.peer
            )),
        }
    }

    async fn operator(&self, path: &str, headers: &[String]) -> io::Result<Way> {
        let mut way = Way::to(self.origin).await?;
        way.ask("GET", path, &[&[self.bearer()], headers].concat()).await?;
        Ok(way)
    }

    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", (self.proof)())
    }

    async fn within<T>(&self, ms: u64, work: impl Future<Output = io::Result<T>>) -> io::Result<T>
    where
        T: Sized,
    {
        match self.clock.within(ms, work).await {
            Some(done) => done,
            None => Err(io::Error::other(format!("no answer within {} s", ms / 1_000))),
        }
    }
}

fn refused(status: &str) -> Finding {
    Wrong(match status {
        "401" => {
            "the hub behind it does not know this machine's keys, or its clock is more than a minute off".to_owned()
        }
        "404" => "the hub behind it is of another version".to_owned(),
        _ => format!("answers {status} where the hub would answer"),
    })
}

/// The object in a body, whether it comes in chunks or not.
fn json_in(body: &str) -> Option<AskedBy> {
    let object = &body[body.find('{')?..=body.rfind('}')?];
    serde_json::from_str(object).ok()
}
