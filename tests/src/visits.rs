//! People who come to any of several nodes, open a ticket, send a file, leave and are answered, through any
//! number of faults: every ticket, file and mail of theirs is accounted for (R-K12; alerts.md 1.5: I1, I3).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hub::domain::Clock;
use protocol::http::Posted;
use protocol::model::{Attachment, PublicTicket};
use protocol::{AttachmentId, ClientId, ErrorCode, Millis, TicketId};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::smtp;
use tokio::task::JoinHandle;

use crate::browser::Browser;
use crate::people::Person;
use crate::seed::Seed;
use crate::socket::new_client_id;
use crate::wait;

/// A node that has not answered for this long is left for another one.
const PATIENCE_MS: Millis = 8_000;
/// Before somebody whom a node refused tries again.
const PAUSE_MS: u64 = 100;
/// Between two visits of the same worker.
const BETWEEN_MS: u64 = 400;
/// Long enough for whatever a fault left behind; mails come when their time is made to come.
const MAILS_MS: u64 = 120_000;

/// A visit that has ended, and what was acknowledged in it.
struct Visit {
    address: String,
    ticket: TicketId,
    file: AttachmentId,
    bytes: Vec<u8>,
    text: String,
    answer: String,
}

/// Visitors under way.
pub struct Visits {
    finish: Arc<AtomicBool>,
    ended: Arc<AtomicUsize>,
    workers: Vec<JoinHandle<Vec<Visit>>>,
}

/// What became of them.
#[derive(Clone, Copy, Debug)]
pub struct Accounts {
    pub visits: usize,
    /// Mails that were taken more than once, under one name.
    pub mails_twice: usize,
}

impl Visits {
    /// `count` come at a time, and again and again. `name` tells them from those of other loads; `nora` answers.
    pub fn begin(name: &str, count: usize, nora: &Person, nodes: &[SocketAddr], seed: &mut Seed) -> Self {
        let finish = Arc::new(AtomicBool::new(false));
        let ended = Arc::new(AtomicUsize::new(0));
        let workers = (0..count)
            .map(|n| {
                let agent = AtNode { browser: nora.browser.clone(), nodes: nodes.to_vec(), seed: seed.split() };
                let (finish, ended) = (Arc::clone(&finish), Arc::clone(&ended));
                let (name, origin) = (format!("{name}-{n}"), nora.site.origin.clone());
                tokio::spawn(async move {
                    let mut visits = Vec::new();
                    let mut agent = agent;
                    while !finish.load(Ordering::SeqCst) {
                        let name = format!("{name}-{}", visits.len());
                        visits.push(visit(&name, &origin, &mut agent).await);
                        ended.fetch_add(1, Ordering::SeqCst);
                        Clock::System.sleep(BETWEEN_MS).await;
                    }
                    visits
                })
            })
            .collect();
        Self { finish, ended, workers }
    }

    /// How many have ended so far.
    pub fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }

    /// Those who are here leave, and nobody comes any more. Then all of it is accounted for: `now_due` lets the
    /// waits of mails be over that a dead node held or that are to be tried again.
    pub async fn are_whole(self, nora: &Person, mails: &smtp::Server, now_due: impl Fn()) -> Accounts {
        self.finish.store(true, Ordering::SeqCst);
        let mut visits = Vec::new();
        for worker in self.workers {
            visits.extend(wait::within("the end of a visit", worker).await.unwrap());
        }
        for visit in &visits {
            has_all(visit, nora).await;
        }
        let taken = wait::until_within("two mails for each visit", MAILS_MS, async || {
            let taken = by_address(mails);
            let missing = visits.iter().find(|visit| taken.get(&visit.address).is_none_or(|kinds| kinds.len() < 2));
            if missing.is_some() {
                now_due();
                Clock::System.sleep(PAUSE_MS).await;
            }
            missing.is_none().then_some(taken)
        })
        .await;
        let mut mails_twice = 0;
        for visit in &visits {
            let kinds = &taken[&visit.address];
            assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), ["answer", "receipt"], "{}", visit.address);
            for (kind, names) in kinds {
                assert!(names.iter().all(|name| *name == names[0]), "{kind} to {} has names: {names:?}", visit.address);
                mails_twice += names.len() - 1;
            }
        }
        Accounts { visits: visits.len(), mails_twice }
    }
}

async fn visit(name: &str, origin: &str, agent: &mut AtNode) -> Visit {
    let (nodes, seed) = (agent.nodes.clone(), agent.seed.split());
    let browser = Browser::new(origin, nodes[0]);
    let mut guest = AtNode { browser, nodes, seed };
    // It knows its cookie before it asks for anything (decisions.md 5).
    let _: Value = guest.does(Method::GET, "/v1/me", (&[], JSON), None).await;
    let site: Value = guest.does(Method::GET, "/v1/site", (&[], JSON), None).await;
    let address = format!("{name}@d{}.example", guest.seed.between(0, 49));
    let topic = &site["topics"][0]["key"];
    let form =
        json!({ "topic": topic, "subject": "", "text": format!("I am {name}"), "details": [], "email": address });
    let ticket: PublicTicket = guest.once("/v1/tickets", &form).await;

    let bytes: Vec<u8> = (0..guest.seed.between(1_000, 60_000)).map(|n| b"abcdefgh \n"[n as usize % 10]).collect();
    let path = format!("/v1/tickets/{}/attachments?name=notes.txt", ticket.id);
    let key = new_client_id();
    let file: Attachment = guest.does(Method::POST, &path, (&bytes, ""), Some(key)).await;

    let text = format!("{name} sends a file");
    let message = json!({ "kind": "reply", "text": text, "attachments": [file.id] });
    let _: Posted = guest.once(&format!("/v1/tickets/{}/messages", ticket.id), &message).await;

    let answer = format!("{name} is answered");
    let message = json!({ "kind": "reply", "text": answer });
    let _: Posted = agent.once(&format!("/v1/agent/tickets/{}/messages", ticket.id), &message).await;
    Visit { address, ticket: ticket.id, file: file.id, bytes, text, answer }
}

const JSON: &str = "application/json";

/// Somebody who asks one node after the other until one does what is asked.
struct AtNode {
    browser: Browser,
    nodes: Vec<SocketAddr>,
    seed: Seed,
}

impl AtNode {
    async fn once<T: DeserializeOwned>(&mut self, path: &str, body: &Value) -> T {
        let body = serde_json::to_vec(body).unwrap();
        self.does(Method::POST, path, (&body, JSON), Some(new_client_id())).await
    }

    async fn does<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        (body, kind): (&[u8], &str),
        key: Option<ClientId>,
    ) -> T {
        loop {
            let node = *self.seed.one_of(&self.nodes);
            let browser = self.browser.at(node);
            let mut headers = vec![("content-type", kind)];
            let key = key.map(|key| key.to_string());
            headers.extend(key.iter().map(|key| ("idempotency-key", key.as_str())));
            let asked = browser.try_to_ask(method.clone(), path, body.to_vec(), &headers);
            if let Some(Some(answer)) = Clock::System.within(PATIENCE_MS.unsigned_abs(), asked).await {
                match answer.as_text().parsed() {
                    Ok(done) => return done,
                    // Too much, broken, full: each of them asks to come again. So does a file under the same key
                    // that a node was taking when it died.
                    Err(problem) => assert!(
                        matches!(problem.status, 429 | 503 | 507) || problem.code == ErrorCode::Conflict,
                        "{path}: {problem:?}"
                    ),
                }
            }
            Clock::System.sleep(PAUSE_MS).await;
        }
    }
}

/// The ticket has its texts once each, and the file its bytes.
async fn has_all(visit: &Visit, nora: &Person) {
    let lines = nora.history(visit.ticket).await;
    for text in [&visit.text, &visit.answer] {
        let found = lines.iter().filter(|line| line.text() == Some(text)).count();
        assert_eq!(found, 1, "`{text}` is in history exactly once");
    }
    let file = nora.downloads(visit.ticket, visit.file).await;
    assert_eq!(file.status, 200, "the file of {}", visit.address);
    assert!(file.bytes == visit.bytes, "the file of {} has its bytes", visit.address);
}

/// The Message-IDs of what was taken, by address and kind.
fn by_address(mails: &smtp::Server) -> BTreeMap<String, BTreeMap<&'static str, Vec<String>>> {
    let mut all = BTreeMap::<_, BTreeMap<_, Vec<_>>>::new();
    for taken in mails.taken() {
        let to = taken.to[0].trim_start_matches("TO:<").trim_end_matches('>').to_owned();
        let field = |name: &str| taken.message.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let kind = if field("Subject: ").contains("has been received") { "receipt" } else { "answer" };
        all.entry(to).or_default().entry(kind).or_default().push(field("Message-ID: ").to_owned());
    }
    all
}
