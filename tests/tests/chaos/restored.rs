//! A backup is made while people write at two nodes; both die, and come back on what was restored of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hub::domain::Clock;
use protocol::TicketId;
use protocol::frame::{PostKind, ResetReason};
use tempfile::TempDir;
use testkit::{postgres, redis, s3};
use tests::page::{Line, Page};
use tests::people::Person;
use tests::process::Process;
use tests::socket::{Door, Socket};
use tests::wait;

use crate::crowds::TURN;

const TICKETS: usize = 8;
/// Of each side; the hub lets ten of one login in at each node.
const PAGES: usize = 20;
/// Long enough for an unoptimised build beside others.
const COMMAND_MS: u64 = 60_000;

/// What was acknowledged so far: ticket, number, text.
type Done = Arc<std::sync::Mutex<Vec<(TicketId, i64, String)>>>;

/// Invariant 21, R-K17.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_every_page_at_every_node_ends_on_what_there_is() {
    let _turn = TURN.lock().await;
    let folder = TempDir::new().unwrap();
    let backup = folder.path().join("monday");
    let backup = backup.to_str().unwrap();
    let redis = tokio::task::block_in_place(redis::Server::start);
    let (old_files, new_files) = (s3::Server::start().await, s3::Server::start().await);
    let old = settings(&redis, &old_files, &folder.path().join("keys"));
    let mut nodes = vec![Process::node(None, &as_str(&old))];
    nodes.push(Process::node(nodes.first(), &as_str(&old)));
    start(&mut nodes).await;
    let nora = nodes[0].site.first_admin(&nodes[1].first_admin_link().await).await;
    let amina = Arc::new(nodes[0].site.visitor());
    let mut tickets = Vec::new();
    for n in 0..TICKETS {
        tickets.push(amina.opens_as_guest("amina@example.org", &format!("matter {n}")).await.unwrap().id);
    }
    let mut sockets = Vec::new();
    for n in 0..2 * PAGES {
        let person = if n < PAGES { &nora } else { &*amina };
        let mut page = Page::default();
        tickets.iter().for_each(|ticket| page.join(*ticket, 0));
        let addr = nodes[n % 2].site.addr;
        sockets.push((addr, Socket::open(Door { addr, ..person.door() }, page).await));
    }

    let (stop, done) = (Arc::new(AtomicBool::new(false)), Done::default());
    let writing = tokio::spawn(write(Arc::clone(&amina), tickets.clone(), Arc::clone(&stop), Arc::clone(&done)));
    let count = || done.lock().unwrap().len();
    wait::until("they write", async || (count() > 60).then_some(())).await;
    let before = done.lock().unwrap().clone();
    run(&nodes[0], &["backup", backup, "--with-keys"]).await;
    let during = count();
    assert!(during > before.len(), "they went on while it was made");
    wait::until("they go on", async || (count() > during + 20).then_some(())).await;
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();
    let all = histories(&nora, &tickets).await;
    // The pages know all of it, what the backup does not have too.
    let mut pages = Vec::new();
    for (n, (addr, mut socket)) in sockets.into_iter().enumerate() {
        let person = if n < PAGES { &nora } else { &*amina };
        for ticket in &tickets {
            socket.reaches(*ticket, all[ticket].last().unwrap().n).await;
        }
        pages.push((Door { addr, ..person.door() }, socket.page));
    }
    for node in &mut nodes {
        node.kill().await;
    }

    let new = settings(&redis, &new_files, &folder.path().join("new-keys"));
    let mut nodes: Vec<_> = nodes.iter().map(|node| node.successor(&as_str(&new))).collect();
    run(&nodes[0], &["restore", backup]).await;
    start(&mut nodes).await;
    let there = histories(&nora, &tickets).await;
    for (ticket, lines) in &there {
        assert_eq!(lines[..], all[ticket][..lines.len()], "what was, up to the moment of the backup");
    }
    for (ticket, n, text) in &before {
        let line = there[ticket].iter().find(|line| line.n == *n);
        assert_eq!(line.and_then(Line::text), Some(text.as_str()), "acknowledged before the backup began");
    }
    for (door, page) in pages {
        let mut socket = Socket::open(door, page).await;
        for ticket in &tickets {
            assert_eq!(socket.wait("reset", |page| page.feed(*ticket).reset).await, ResetReason::Epoch);
            socket.subscribe(*ticket, 0).await;
            socket.reaches(*ticket, there[ticket].last().unwrap().n).await;
            let applied: Vec<_> = socket.page.feed(*ticket).applied.iter().map(Line::text).collect();
            assert_eq!(applied, there[ticket].iter().map(Line::text).collect::<Vec<_>>(), "what there is, and no more");
        }
    }
    // And they go on, from one node to the other.
    let ticket = tickets[0];
    let mut here = Socket::open(Door { addr: nodes[1].site.addr, ..nora.door() }, Page::default()).await;
    here.subscribe(ticket, 0).await;
    amina.posts_over_http(ticket, PostKind::Reply, "I am back").await.unwrap();
    here.sees(ticket, "I am back").await;
    for node in &mut nodes {
        node.kill().await;
    }
}

/// One after the other: the first one makes what they have in common.
async fn start(nodes: &mut [Process]) {
    for node in nodes {
        node.start();
        node.is_ready().await;
    }
}

fn settings(redis: &redis::Server, files: &s3::Server, keys: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("HUB__DATABASE__URL", tokio::task::block_in_place(postgres::fresh_database_url)),
        ("HUB__REDIS__URLS", redis.url()),
        ("HUB__KEYS_DIR", keys.display().to_string()),
        ("HUB__FILES__STORE", "s3".to_owned()),
        ("HUB__FILES__S3_ENDPOINT", format!("http://127.0.0.1:{}", files.port())),
        ("HUB__FILES__S3_BUCKET", s3::BUCKET.to_owned()),
        ("HUB__FILES__S3_ACCESS_KEY", s3::ACCESS_KEY.to_owned()),
        ("HUB__FILES__S3_SECRET_KEY", s3::SECRET_KEY.to_owned()),
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000".to_owned()),
    ]
}

fn as_str<'a>(settings: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    settings.iter().map(|(key, value)| (*key, value.as_str())).collect()
}

/// A command of the hub's, with a node's settings, to its good end.
async fn run(node: &Process, arguments: &[&str]) {
    let done = Clock::System.within(COMMAND_MS, node.command(arguments).output()).await.expect("the command ends");
    let done = done.unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Posts one text after the other, here and there, until it is told to end.
async fn write(amina: Arc<Person>, tickets: Vec<TicketId>, stop: Arc<AtomicBool>, done: Done) {
    for n in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let (ticket, text) = (tickets[n % tickets.len()], format!("text {n}"));
        let posted = amina.posts_over_http(ticket, PostKind::Reply, &text).await.unwrap();
        done.lock().unwrap().push((ticket, posted.n, text));
    }
}

async fn histories(person: &Person, tickets: &[TicketId]) -> HashMap<TicketId, Vec<Line>> {
    let mut all = HashMap::new();
    for ticket in tickets {
        all.insert(*ticket, person.history(*ticket).await);
    }
    all
}
