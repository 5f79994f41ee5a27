//! Connections that are cut while a batch is written: the answer is the committed number, once.
//! Postgres alone has a connection to cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::bench::{Bench, guest, reply};
use crate::domain::committed::Committed;
use crate::store::sql::{Sql, all};
use crate::store::writer::{Actor, Appended};
use crate::store::{Database, Store};

/// What the proxy does to the next COMMIT.
const PASS: u8 = 0;
/// The server gets it, the client never hears of it.
const CUT_AFTER: u8 = 1;
/// The server never gets it.
const CUT_BEFORE: u8 = 2;

/// A TCP proxy before the database that can cut a connection at COMMIT.
struct Proxy {
    mode: Arc<AtomicU8>,
    port: u16,
}

impl Proxy {
    async fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (mode, port) = (Arc::new(AtomicU8::new(PASS)), listener.local_addr().unwrap().port());
        let cuts = Arc::clone(&mode);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&cuts)));
            }
        });
        Self { mode, port }
    }

    fn arm(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    fn has_cut(&self) -> bool {
        self.mode.load(Ordering::SeqCst) == PASS
    }
}

async fn pass(client: TcpStream, server: TcpStream, mode: Arc<AtomicU8>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let muted = Arc::new(AtomicU8::new(0));
    let down = tokio::spawn(pass_down(from_server, to_client, Arc::clone(&muted)));
    pass_up(from_client, to_server, mode, muted).await;
    // The other way ends with this one, and both sockets are closed.
    if let Ok(mut to_client) = down.await {
        let _ = to_client.shutdown().await;
    }
}

async fn pass_up(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mode: Arc<AtomicU8>, muted: Arc<AtomicU8>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        let commits = buffer[..n].windows(7).any(|bytes| bytes == b"COMMIT\0");
        let cut = if commits { mode.swap(PASS, Ordering::SeqCst) } else { PASS };
        if cut == CUT_BEFORE {
            return;
        }
        muted.store(cut, Ordering::SeqCst);
        if to.write_all(&buffer[..n]).await.is_err() {
            return;
        }
        if cut == CUT_AFTER {
            // Nothing more is sent; the way down ends the connection once the server has answered.
            std::future::pending::<()>().await;
        }
    }
}

async fn pass_down(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, muted: Arc<AtomicU8>) -> OwnedWriteHalf {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        if muted.load(Ordering::SeqCst) == CUT_AFTER {
            // The COMMIT took place, and the client hears only the end of the connection.
            let _ = to.shutdown().await;
            return to;
        }
        if to.write_all(&buffer[..n]).await.is_err() {
            break;
        }
    }
    to
}

/// A store whose connections run through a proxy.
async fn through_proxy(bench: &Bench) -> (Store, Proxy) {
    let Database::Postgres { url, connections } = &bench.database else { panic!("Postgres only") };
    let server = testkit::postgres::server().port();
    let proxy = Proxy::start(server).await;
    let url = url.replace(&format!(":{server}/"), &format!(":{}/", proxy.port));
    let database = Database::Postgres { url, connections: *connections };
    (Store::open(database, bench.store.clock().clone()).await.unwrap(), proxy)
}

async fn cut_at_commit(mode: u8) {
    let bench = Bench::postgres().await;
    let (store, proxy) = through_proxy(&bench).await;
    let mut commits = store.commits();
    let ticket = bench.guest_opens("Hello").await;
    for n in 3..8 {
        let send = bench.append(ticket.id, Actor::Visitor(ticket.login), reply("once"));
        proxy.arm(mode);
        assert_eq!(store.append(send.clone()).await.unwrap(), Appended { n, repeated: false, in_other: None });
        assert!(proxy.has_cut(), "the connection was not cut");
        assert_eq!(store.append(send).await.unwrap(), Appended { n, repeated: true, in_other: None });
        // Live delivery hears of it as well, once.
        let told = commits.recv().await.unwrap();
        let [Committed::Event(event)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(event.agent.n, n);
    }
    assert!(commits.try_recv().is_err());
    assert_eq!(bench.public_view(ticket).await.cursor, 7);
    let opening = bench.opening(ticket.login, guest("guest@example.org"), "Another");
    proxy.arm(mode);
    let opened = store.open_ticket(opening.clone()).await.unwrap();
    assert!(proxy.has_cut() && !opened.repeated);
    assert_eq!(store.open_ticket(opening).await.unwrap().ticket.id, opened.ticket.id);
    assert_eq!(bench.number("select count(*) as n from ticket").await, 2);
    store.close().await;
    bench.finish().await;
}

/// Invariant 2's other half: a COMMIT whose answer is lost is not lost, and not doubled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_found_again() {
    cut_at_commit(CUT_AFTER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_never_arrived_is_done_again() {
    cut_at_commit(CUT_BEFORE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backend_that_is_killed_while_a_batch_runs_costs_nothing() {
    let bench = Bench::postgres().await;
    let ticket = bench.guest_opens("Hello").await;
    // The batch waits for this lock, and its backend is killed there.
    let held = bench.store.db().begin().await.unwrap();
    all(&held, Sql::with("select id from ticket where id = $1 for update", [ticket.id.0.into()])).await.unwrap();
    let send = bench.append(ticket.id, Actor::Visitor(ticket.login), reply("once"));
    let store = bench.store.clone();
    let sent = tokio::spawn({
        let send = send.clone();
        async move { store.append(send).await }
    });
    let kill = "select count(pg_terminate_backend(pid)) as n from pg_stat_activity \
                where datname = current_database() and wait_event_type = 'Lock'";
    let mut killed = 0;
    while killed == 0 {
        killed = bench.number(kill).await;
    }
    held.rollback().await.unwrap();
    assert_eq!(sent.await.unwrap().unwrap(), Appended { n: 3, repeated: false, in_other: None });
    assert_eq!(bench.store.append(send).await.unwrap(), Appended { n: 3, repeated: true, in_other: None });
    bench.finish().await;
}

/// A batch whose ticket another node holds: the others go on (decisions.md 2).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_ticket_is_left_out_and_the_rest_commits() {
    let bench = Bench::postgres().await;
    let (busy, free) = (bench.guest_opens("Busy").await, bench.guest_opens("Free").await);
    let held = bench.store.db().begin().await.unwrap();
    all(&held, Sql::with("select id from ticket where id = $1 for update", [busy.id.0.into()])).await.unwrap();
    let plug = bench.store.append(bench.append(busy.id, Actor::Visitor(busy.login), reply("waits")));
    let rest = bench.store.append(bench.append(free.id, Actor::Visitor(free.login), reply("goes on")));
    let (busy_done, free_done) = futures_util::future::join(plug, rest).await;
    assert!(matches!(busy_done, Err(crate::store::StoreError::Unavailable(_))), "{busy_done:?}");
    assert_eq!(free_done.unwrap().n, 3);
    held.rollback().await.unwrap();
    assert_eq!(bench.says(busy, "now").await, 3);
    bench.finish().await;
}
