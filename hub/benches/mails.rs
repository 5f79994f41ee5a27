//! Mails per second over one connection: ours beside lettre's own ways, against the same server in this
//! process, which answers at once. The bar is five times the pool.
//!
//! `cargo bench -p hub --bench mails`. The server is part of what is measured, for all alike.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on ends")]

use hub::domain::{Clock, Locale, Origin};
use hub::mail::{Addressed, Letter, Mail, Mailer, Outcome, Security, Senders, Server, compose};
use lettre::address::Envelope;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use testkit::smtp;
use uuid::Uuid;

/// Times the rate of lettre's pool.
const BAR: f64 = 5.0;
/// Enough for a steady rate; lettre's ways wait 40 ms a mail.
const OURS: u32 = 2_000;
const THEIRS: u32 = 100;

#[tokio::main]
async fn main() {
    let server = smtp::Server::start(smtp::Script::default()).await;
    let (port, mail, envelope) = (server.port(), mail(), envelope());

    let plain = Server::new("localhost", port, Security::Plain, None, None).unwrap();
    let mut courier = Mailer::smtp(plain, Clock::System).unwrap().courier();
    let ours = rate("our courier", OURS, async || assert_eq!(courier.send(&mail).await, Outcome::Accepted)).await;

    let pool: AsyncSmtpTransport<Tokio1Executor> = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port)
        .pool_config(PoolConfig::new().max_size(1))
        .build();
    let pooled = rate("lettre, its pool of one", THEIRS, async || {
        pool.send_raw(&envelope, &mail.raw).await.unwrap();
    })
    .await;

    let mut connection = connect(port).await;
    rate("lettre, one connection held", THEIRS, async || {
        connection.send(&envelope, &mail.raw).await.unwrap();
    })
    .await;

    // What its transport does without a pool.
    rate("lettre, one connection a mail", THEIRS, async || {
        let mut connection = connect(port).await;
        connection.send(&envelope, &mail.raw).await.unwrap();
        connection.abort().await;
    })
    .await;

    assert_eq!(server.taken().len(), (OURS + 3 * THEIRS) as usize, "every mail arrived");
    println!("{:.0} times the pool; the bar is {BAR:.0}", ours / pooled);
    assert!(ours >= BAR * pooled, "below the bar");
}

/// Sends so many, one after the other; mails per second.
async fn rate(what: &str, mails: u32, mut send: impl AsyncFnMut()) -> f64 {
    // The first one connects.
    send().await;
    let began = Clock::System.now();
    for _ in 1..mails {
        send().await;
    }
    let took_ms = (Clock::System.now() - began).max(1);
    let rate = f64::from(mails - 1) * 1_000.0 / took_ms as f64;
    println!("{what:32} {rate:8.0} mails/s");
    rate
}

async fn connect(port: u16) -> AsyncSmtpConnection {
    AsyncSmtpConnection::connect_tokio1(("127.0.0.1", port), None, &ClientId::default(), None, None).await.unwrap()
}

fn mail() -> Mail {
    let letter = Letter::Updated { number: 10_042, link: format!("https://help.example.org/t/{}", "a".repeat(43)) };
    let to = Addressed {
        id: Uuid::from_u128(1),
        identity: "benchmark".to_owned(),
        at: Clock::System.now(),
        to: "amina@example.org".to_owned(),
        locale: Locale::En,
        brand: "Support".to_owned(),
        thread: Some("ticket".to_owned()),
        unsubscribe: Some("https://help.example.org/u/abc".to_owned()),
    };
    compose(&letter, to, &Senders::new(None, None, Origin::parse("https://help.example.org").unwrap())).unwrap()
}

fn envelope() -> Envelope {
    Envelope::new(Some("alerts@help.example.org".parse().unwrap()), vec!["amina@example.org".parse().unwrap()]).unwrap()
}
