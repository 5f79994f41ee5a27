//! The hub at its own listener, and by its public address as a browser goes there.

use std::io;
use std::net::SocketAddr;

use protocol::frame::{CloseCode, SUBPROTOCOL};
use tokio::net::TcpStream;

use super::ANSWER_WAIT_MS;
use super::clocks::Clocks;
use super::finding::Finding::{self, Hint, Well, Wrong};
use super::way::{Head, Way};
use crate::config::Config;
use crate::domain::{Clock, Origin};

/// Where the hub is to be found, and whether one holds the data directory.
pub(super) struct Address<'a> {
    pub config: &'a Config,
    pub origin: &'a Origin,
    pub clock: &'a Clock,
    pub is_running: bool,
}

impl Address<'_> {
    /// Asks the hub at its own listener, by the public host's name.
    pub async fn hub(&self) -> Finding {
        if !self.is_running {
            let data = std::path::absolute(&self.config.data_dir).unwrap_or_else(|_| self.config.data_dir.clone());
            return Hint(format!("none runs on the data in {}: if one does, it has other settings", data.display()));
        }
        let mut last = Wrong("no listener is configured".to_owned());
        for address in &self.config.http.listen {
            last = match self.clock.within(ANSWER_WAIT_MS, self.ask(*address)).await {
                Some(Ok(status)) if status == "200" => return Well(format!("answers at {address}")),
                Some(Ok(status)) => Wrong(format!("answers {status} at {address} to a request for {}", self.origin)),
                Some(Err(error)) => {
                    Wrong(format!("runs, but {address} cannot be reached ({error}): is http.listen the same?"))
                }
                None => Wrong(format!("runs, but {address} does not answer: look into its log")),
            };
        }
        last
    }

    /// Whether a page would be there: another node may serve it. An address of this machine alone has no other.
    fn is_worth_a_try(&self) -> bool {
        self.is_running || !self.origin.is_local()
    }

    /// The round trip by the public address, by TLS where it is https.
    pub async fn public(&self, clocks: &mut Clocks<'_>) -> Finding {
        let origin = self.origin;
        if !self.is_worth_a_try() {
            return Hint(format!("{origin} is not tried while no hub runs"));
        }
        let asked = self.clock.now();
        let answered = self.clock.within(ANSWER_WAIT_MS, async { site(Way::to(origin).await?).await }).await;
        self.or_not_started(match answered {
            Some(Ok(head)) => {
                if let Some(theirs) = head.date {
                    clocks.heard(origin.to_string(), theirs, asked);
                }
                match (head.status.as_str(), self.is_running) {
                    ("200", true) => Well(format!("{origin} leads here")),
                    ("200", false) => Well(format!("{origin} leads to a hub")),
                    (status, _) => Wrong(format!(
                        "{origin} answers {status}: another program is there, or a proxy changes Host, or has no hub behind \
                         it"
                    )),
                }
            }
            Some(Err(error)) => Wrong(format!(
                "{origin} cannot be reached ({error}): check the name, the certificate, the proxy, the firewall"
            )),
            None => Wrong(format!("{origin} does not answer within {} s", ANSWER_WAIT_MS / 1_000)),
        })
    }

    /// What is wrong by the public address may have this one reason.
    fn or_not_started(&self, found: Finding) -> Finding {
        match found {
            Wrong(said) if !self.is_running => Wrong(format!("{said}; or the hub is not started yet")),
            found => found,
        }
    }

    /// A page says hello without a sign-in, and is told so: by whatever stands in between.
    pub async fn websocket(&self) -> Finding {
        let origin = self.origin;
        if !self.is_worth_a_try() {
            return Hint("not tried while no hub runs".to_owned());
        }
        let answered = self.clock.within(ANSWER_WAIT_MS, async { greet(Way::to(origin).await?, origin).await }).await;
        self.or_not_started(match answered {
            Some(Ok(code)) if code == CloseCode::Expired.code().to_string() => {
                Well(format!("goes through {origin} and back"))
            }
            Some(Ok(answer)) => {
                Wrong(format!("{origin} answers {answer} to it: the proxy has to pass websocket upgrades"))
            }
            Some(Err(error)) => Wrong(format!("ended by {origin} ({error}): the proxy has to pass websockets")),
            None => Wrong(format!("no answer within {} s: the proxy has to pass websockets", ANSWER_WAIT_MS / 1_000)),
        })
    }

    async fn ask(&self, address: SocketAddr) -> io::Result<String> {
        let way = Way::over(TcpStream::connect(address).await?, self.origin, None).await?;
        Ok(site(way).await?.status)
    }
}

/// What comes back for `GET /v1/site`.
async fn site(mut way: Way) -> io::Result<Head> {
    way.ask("GET", "/v1/site", &["Connection: close".to_owned()]).await?;
    way.head().await
}

/// The code that the hub closes a socket with whose browser has no login, or the status that came instead.
async fn greet(mut way: Way, origin: &Origin) -> io::Result<String> {
    let headers = [
        format!("Origin: {origin}"),
        "Connection: Upgrade".to_owned(),
        "Upgrade: websocket".to_owned(),
        "Sec-WebSocket-Version: 13".to_owned(),
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==".to_owned(),
        format!("Sec-WebSocket-Protocol: {SUBPROTOCOL}"),
    ];
    way.ask("GET", "/v1/realtime", &headers).await?;
    let status = way.status().await?;
    if status != "101" {
        return Ok(status);
    }
    // RFC 6455, 5.2: a whole text, masked with nothing but zeros, which leaves it as it is.
    let hello = br#"{"type":"hello","feeds":[]}"#;
    let mut frame = vec![0x81, 0x80 | hello.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(hello);
    way.send(&frame).await?;
    // A close: its code is the first two bytes.
    let close: [u8; 4] = way.exactly().await?;
    Ok(u16::from_be_bytes([close[2], close[3]]).to_string())
}
