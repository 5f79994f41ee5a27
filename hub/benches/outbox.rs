//! Rows of the outbox per second, on SQLite and on Postgres, by the store's own functions as the workers
//! call them:
//! - settled: alerts that are due are decided about and become deliveries, by the one task that does so;
//! - drained: deliveries are claimed, looked at a last time and finished, everything but the mail server.
//!   Each worker takes a few, and waits for the commit of one before it goes on to the next. By as
//!   many workers as a hub starts by default, and by as many as keep a mail server busy;
//! - an empty look: what a worker that has nothing to do asks every second.
//!
//! SQLite syncs every commit to the disk of the temporary directory. Postgres runs on the same machine and
//! takes part of its processors; it does not sync (`fsync = off`), since nothing of it is to be kept.
//!
//! `cargo bench -p hub --bench outbox`. The bars are alerts.md 8: 5,000 rows/s drained on Postgres, 3,000
//! on SQLite, an empty look under 1 ms.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]
#![allow(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::time::Instant;

use futures_util::stream::{self, StreamExt};
use hub::domain::clock::ManualClock;
use hub::domain::email::Email;
use hub::domain::limits::MAILS_PER_CLAIM_MAX;
use hub::domain::message::{Name, Subject, Text};
use hub::domain::{Clock, access::Audience, ids};
use hub::store::alerts::{Finish, Lane, There};
use hub::store::logins::NewLogin;
use hub::store::writer::{Act, Actor, Append, Opening, OpeningRequester};
use hub::store::{Database, Store};
use protocol::frame::PostKind;
use protocol::model::Role;
use protocol::{ClientId, LoginId, ParticipantId, TicketId};

const ROWS: usize = 5_000;
/// What is settled at once.
const BATCH: u64 = 64;
const LEASE_MS: i64 = 180_000;
/// The setting `mail.workers` by default, and what a busy hub may have.
const WORKERS: [usize; 3] = [2, 16, 32];
const EMPTY_LOOKS: u32 = 200;
const NOON: i64 = 1_795_348_800_000;

#[tokio::main]
async fn main() {
    let data = tempfile::tempdir().unwrap();
    measure("SQLite", Database::Sqlite { path: data.path().join("hub.sqlite3") }).await;
    let url = tokio::task::spawn_blocking(testkit::postgres::fresh_database_url).await.unwrap();
    measure("Postgres", Database::Postgres { url, connections: 16 }).await;
}

async fn measure(name: &str, database: Database) {
    let (clock, hand) = Clock::manual(NOON);
    let store = Store::open(database, clock).await.unwrap();
    let agent = add_agent(&store).await;
    for (round, workers) in WORKERS.into_iter().enumerate() {
        fill(&store, agent, round).await;
        // M1 first, so that the alerts are measured alone.
        drain(&store, workers).await;
        let (settled, seconds) = settle(&store, &hand).await;
        report(name, "settled", settled, seconds);
        let began = Instant::now();
        let drained = drain(&store, workers).await;
        assert_eq!(drained, ROWS);
        report(name, &format!("drained by {workers} workers"), drained, began.elapsed().as_secs_f64());
    }
    let began = Instant::now();
    for _ in 0..EMPTY_LOOKS {
        assert!(store.claim_mails(Lane::Alerts, MAILS_PER_CLAIM_MAX, LEASE_MS).await.unwrap().is_empty());
    }
    let look_us = began.elapsed().as_micros() / u128::from(EMPTY_LOOKS);
    println!("{name}: an empty look takes {look_us} µs");
    store.close().await;
}

fn report(name: &str, what: &str, rows: usize, seconds: f64) {
    println!("{name}: {rows} rows {what} in {seconds:.2} s: {:.0} rows/s", rows as f64 / seconds);
}

async fn settle(store: &Store, hand: &ManualClock) -> (usize, f64) {
    hand.advance(60_000);
    let (began, mut settled) = (Instant::now(), 0);
    loop {
        let looked = store.settle_alerts(BATCH, |_| There::default()).await.unwrap().len();
        if looked == 0 {
            return (settled, began.elapsed().as_secs_f64());
        }
        settled += looked;
    }
}

async fn drain(store: &Store, workers: usize) -> usize {
    let workers: Vec<_> = (0..workers).map(|_| tokio::spawn(work(store.clone()))).collect();
    let mut drained = 0;
    for worker in workers {
        drained += worker.await.unwrap();
    }
    drained
}

/// As `Outbox::send_due` does it, but for making and sending the mail.
async fn work(store: Store) -> usize {
    let mut drained = 0;
    loop {
        let due = store.claim_mails(Lane::Alerts, MAILS_PER_CLAIM_MAX, LEASE_MS).await.unwrap();
        if due.is_empty() {
            return drained;
        }
        for mail in due {
            assert!(store.is_still_due(&mail).await.unwrap());
            store.finish_mail(&mail, &Finish::Sent { answer: None }).await.unwrap();
            drained += 1;
        }
    }
}

async fn add_agent(store: &Store) -> LoginId {
    let site = store.site().id;
    let agent = store.add_agent(site, &email("agent@example.org"), &name(), Role::Lead, &[], None).await.unwrap();
    store.set_password(site, agent, "hash".to_owned()).await.unwrap();
    login(store, Audience::Agent, Some(agent)).await
}

/// Guests with a ticket each, and an agent's answer in each.
async fn fill(store: &Store, agent: LoginId, round: usize) {
    let guest = login(store, Audience::Requester, None).await;
    let openings = stream::iter(round * ROWS..(round + 1) * ROWS).map(|n| open(store, guest, n)).buffer_unordered(256);
    let tickets: Vec<TicketId> = openings.collect().await;
    stream::iter(tickets).for_each_concurrent(256, |ticket| answer(store, agent, ticket)).await;
}

async fn open(store: &Store, login: LoginId, n: usize) -> TicketId {
    let text = Text::parse("Where is my money?".to_owned()).unwrap();
    let opening = Opening {
        site: store.site().id,
        login,
        client_id: ClientId(ids::new_id(store.clock())),
        requester: OpeningRequester::Guest { email: email(&format!("guest{n}@example.org")), name: None },
        topic: "payment".to_owned(),
        subject: Subject::parse("", &text).unwrap(),
        text,
        details: Vec::new(),
        locale: "en".to_owned(),
    };
    store.open_ticket(opening).await.unwrap().ticket.id
}

async fn answer(store: &Store, login: LoginId, ticket: TicketId) {
    let text = Text::parse("On its way.".to_owned()).unwrap();
    let act =
        Act::Post { kind: PostKind::Reply, text, attachments: Vec::new(), mentions: Vec::new(), drafts: Vec::new() };
    let client_id = ClientId(ids::new_id(store.clock()));
    let (site, actor) = (store.site().id, Actor::Agent(login));
    store.append(Append { site, ticket, actor, client_id, act, if_last_n: None }).await.unwrap();
}

async fn login(store: &Store, audience: Audience, participant: Option<ParticipantId>) -> LoginId {
    let life_ms = 24 * 3_600_000;
    let new = NewLogin {
        site: store.site().id,
        audience,
        token: ids::new_secret(),
        participant,
        browser: String::new(),
        idle_ms: life_ms,
        life_ms,
    };
    store.new_login(new).await.unwrap()
}

fn email(address: &str) -> Email {
    Email::parse(address).unwrap()
}

fn name() -> Name {
    Name::parse("Ines").unwrap()
}
