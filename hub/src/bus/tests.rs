//! The bus over real Redis servers of every kind. The clock is the test's where waits are what is asked.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::TcpListener;

use protocol::frame::PostKind;
use protocol::model::{AgentBody, AgentEvent, Author, Message, Side};
use protocol::{ConnectionId, LoginId, ParticipantId, SiteId, TicketId};
use testkit::certificate::Certificate;
use testkit::redis::Server;
use tokio::sync::broadcast::Receiver;
use uuid::Uuid;

use super::wire::{self, Moved, Word};
use super::{Attending, BadRedis, Bus, Heard, RedisAccount, RedisServer, Signal, State, Typing};
use crate::domain::Clock;
use crate::domain::access::TicketRef;
use crate::domain::clock::ManualClock;
use crate::domain::committed::{Committed, CommittedEvent};

/// For a machine that has other things to do.
const LIMIT_MS: u64 = 30_000;

fn server(url: &str) -> RedisServer {
    RedisServer::new(&[url.to_owned()], "hub").unwrap()
}

fn node(server: RedisServer) -> Bus {
    Bus::redis(server, Clock::System)
}

fn ticket(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(n))
}

async fn is(bus: &Bus, what: &str, stand: impl FnMut(&State) -> bool) -> State {
    let mut state = bus.state();
    let waited = Clock::System.within(LIMIT_MS, state.wait_for(stand)).await;
    *waited.unwrap_or_else(|| panic!("{what}: {:?}", *bus.state().borrow())).unwrap()
}

async fn hears(heard: &mut Receiver<Heard>) -> Heard {
    Clock::System.within(LIMIT_MS, heard.recv()).await.expect("something is heard").unwrap()
}

/// Two nodes that use the same server hear each other, each on every channel, and not themselves.
async fn hear_each_other(one: Bus, other: Bus) {
    let (mut at_one, mut at_other) = (one.subscribe(), other.subscribe());
    is(&one, "it listens", |state| !state.is_away).await;
    is(&other, "it listens", |state| !state.is_away).await;
    for n in 0..2 * wire::SHARDS as u128 {
        one.publish(Signal::PresenceChanged(ticket(n)));
        assert_eq!(hears(&mut at_one).await, Heard::Signal(Signal::PresenceChanged(ticket(n))));
        assert_eq!(hears(&mut at_other).await, Heard::Signal(Signal::PresenceChanged(ticket(n))));
    }
    other.tell_others(&Signal::AlertsChanged(ticket(7)));
    assert_eq!(hears(&mut at_one).await, Heard::Signal(Signal::AlertsChanged(ticket(7))));
    assert!(at_other.try_recv().is_err(), "a node does not hear itself");
    one.close().await;
    other.close().await;
}

#[test]
fn words_are_understood_as_they_were_said() {
    let node = Uuid::from_u128(5);
    let person = ParticipantId(Uuid::from_u128(1));
    let session = ConnectionId(Uuid::from_u128(2));
    let (side, name) = (Side::Requester, "Amina \"H\"".to_owned());
    let signals = [
        Signal::LoginsEnded(vec![LoginId(Uuid::from_u128(3))]),
        Signal::RightsChanged(vec![person]),
        Signal::Typing(Typing {
            ticket: ticket(1),
            participant: person,
            side,
            name: name.clone(),
            kind: PostKind::Note,
            file: true,
            at: 17,
        }),
        Signal::PresenceChanged(ticket(2)),
        Signal::ColleaguesChanged(vec![person]),
        Signal::AlertsChanged(ticket(3)),
        Signal::ShelfChanged { site: SiteId(Uuid::from_u128(4)), owner: None },
        Signal::DraftChanged { agent: person, ticket: ticket(5), kind: PostKind::Reply, revision: None },
        Signal::Here(vec![person]),
        Signal::Attends { session, to: Some(Attending { ticket: ticket(6), participant: person, side, name }) },
        Signal::Attends { session, to: None },
        Signal::Asked(vec![("192.0.2.1/32".to_owned(), 7)]),
    ];
    for signal in signals {
        let said = wire::signal(node, &signal);
        assert!(said.shard < wire::SHARDS);
        assert_eq!(wire::understand(said.text.as_bytes()), Some((node, Word::Signal(signal))));
    }
    assert_eq!(wire::understand(wire::doubt(node).text.as_bytes()), Some((node, Word::Doubt)));
    assert_eq!(wire::understand(wire::probe(node).text.as_bytes()), Some((node, Word::Probe)));
}

#[test]
fn what_no_hub_of_this_version_says_is_not_understood() {
    // R-E8.
    let said = wire::doubt(Uuid::from_u128(5)).text;
    let padded = format!("{said}{}", " ".repeat(64 * 1024));
    for bytes in [&b""[..], b"{", b"\xff\xfe", b"[]", padded.as_bytes(), said.replace("doubt", "trust").as_bytes()] {
        assert_eq!(wire::understand(bytes), None, "{}", String::from_utf8_lossy(bytes));
    }
    let moved = Moved { ticket: ticket(1), last_seq: 1, last_pub_seq: 1 };
    let text = serde_json::json!({ "node": Uuid::from_u128(5), "word": { "moved": moved }, "more": 1 }).to_string();
    assert_eq!(wire::understand(text.as_bytes()), Some((Uuid::from_u128(5), Word::Moved(moved))), "a newer hub's");
}

#[test]
fn a_commit_in_another_versions_words_is_read_from_the_database() {
    let person = ParticipantId(Uuid::from_u128(1));
    let text = "Hello".to_owned();
    let message = Message { text, asks: false, attachments: Vec::new(), edited_at: None, redacted_at: None };
    let author = Author { id: person, side: Side::Requester, name: String::new() };
    let agent = AgentEvent { n: 7, at: 17, author, client_id: None, body: AgentBody::Message(message) };
    let ticket = TicketRef {
        site: SiteId(Uuid::from_u128(2)),
        id: ticket(3),
        team: None,
        assignee: None,
        requester: person,
        last_seq: 7,
        last_pub_seq: 5,
    };
    let moved = Moved { ticket: ticket.id, last_seq: 7, last_pub_seq: 5 };
    let event = CommittedEvent { ticket, before: None, agent, public: None, rows: None };
    let (node, committed) = (Uuid::from_u128(5), Committed::Event(Box::new(event)));
    let said = wire::committed(node, &committed).text;
    assert_eq!(wire::understand(said.as_bytes()), Some((node, Word::Committed(committed))));
    let newer = said.replace("\"agent\":", "\"agent_of_tomorrow\":");
    assert_eq!(wire::understand(newer.as_bytes()), Some((node, Word::Moved(moved))));
    let unknown = said.replace("\"last_seq\":", "\"last_number\":");
    assert_eq!(wire::understand(unknown.as_bytes()), None);
}

#[test]
fn unsafe_and_unreadable_addresses_are_refused() {
    let refused = |urls: &[&str]| {
        let urls: Vec<_> = urls.iter().map(|url| (*url).to_owned()).collect();
        RedisServer::new(&urls, "hub").unwrap_err()
    };
    assert_eq!(refused(&["redis.example.org"]), BadRedis::Address);
    assert_eq!(refused(&["http://redis.example.org"]), BadRedis::Address);
    assert_eq!(refused(&["rediss://redis.example.org/#insecure"]), BadRedis::Unchecked);
    assert_eq!(refused(&["redis://a:1", "rediss://b:2"]), BadRedis::Mixed);
    let shown = format!("{:?}", server("redis://hub:geheim@127.0.0.1:6379"));
    assert!(shown.contains("127.0.0.1:6379") && !shown.contains("geheim"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_hear_each_other_by_one_server() {
    let redis = Server::start();
    hear_each_other(node(server(&redis.url())), node(server(&redis.url()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hubs_that_share_a_server_do_not_hear_each_other() {
    let redis = Server::start();
    let here = node(server(&redis.url()));
    let there = node(RedisServer::new(&[redis.url()], "other").unwrap());
    let mut heard = there.subscribe();
    is(&here, "it listens", |state| !state.is_away).await;
    is(&there, "it listens", |state| !state.is_away).await;
    here.tell_others(&Signal::AlertsChanged(ticket(1)));
    // Redis took it, and had told everybody by then.
    Clock::System
        .within(LIMIT_MS, async {
            while here.counts().told == 0 {
                tokio::task::yield_now().await
            }
        })
        .await
        .unwrap();
    assert!(heard.try_recv().is_err());
    assert_eq!(there.counts().heard, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_hear_each_other_by_an_account_of_a_server() {
    let redis = Server::start();
    // No more than what docs/OPERATING.md says.
    let user = "ACL SETUSER guichet on >geheim resetkeys resetchannels &hub:* -@all +publish +subscribe +ping";
    assert_eq!(redis.says(user), "+OK");
    assert_eq!(redis.says("ACL SETUSER default off"), "+OK");
    let by_url = server(&format!("redis://guichet:geheim@127.0.0.1:{}", redis.port()));
    let account = RedisAccount { user: "guichet".to_owned(), password: "geheim".to_owned() };
    hear_each_other(node(by_url), node(server(&redis.url()).with_account(account))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_hear_each_other_by_tls_and_check_the_certificate() {
    let certificate = Certificate::new().unwrap();
    let (cert, key) = (certificate.file().display().to_string(), certificate.key_file().display().to_string());
    let redis = Server::with(&[
        "--port",
        "0",
        "--tls-port",
        "{port}",
        "--tls-cert-file",
        &cert,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &cert,
        "--tls-auth-clients",
        "no",
    ]);
    let url = format!("rediss://localhost:{}", redis.port());
    let pem = std::fs::read(certificate.file()).unwrap();
    let stranger = node(server(&url));
    hear_each_other(node(server(&url).with_root(pem.clone())), node(server(&url).with_root(pem))).await;
    assert!(stranger.state().borrow().is_away, "a certificate that nobody vouched for");
    assert_eq!(stranger.state().borrow().generation, 0);
    stranger.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_hear_each_other_by_sentinels() {
    let redis = Server::start();
    let sentinel = Server::sentinel_of(&redis);
    let named = || server(&sentinel.url()).named_by_sentinels("master").unwrap();
    hear_each_other(node(named()), node(named())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_hear_each_other_by_accounts_of_sentinels_and_of_their_server() {
    let redis = Server::start();
    let sentinel = Server::sentinel_of(&redis);
    // No more than what docs/OPERATING.md says, and nobody but the sentinel's own ways goes without an account.
    let user = "ACL SETUSER guichet on >geheim resetkeys resetchannels &hub:* -@all +publish +subscribe +ping +role";
    assert_eq!(redis.says(user), "+OK");
    assert_eq!(sentinel.says("ACL SETUSER asker on >word -@all +role +sentinel|masters"), "+OK");
    assert_eq!(sentinel.says("ACL SETUSER default off"), "+OK");
    let account = RedisAccount { user: "guichet".to_owned(), password: "geheim".to_owned() };
    let url = format!("redis://asker:word@127.0.0.1:{}", sentinel.port());
    let named = || server(&url).named_by_sentinels("master").unwrap().with_account(account.clone());
    hear_each_other(node(named()), node(named())).await;
    // Whoever forgot the command reads what to grant.
    assert_eq!(redis.says("ACL SETUSER guichet -role"), "+OK");
    let refused = Clock::System.within(LIMIT_MS, named().look()).await.expect("an answer").unwrap_err();
    assert!(refused.contains("'role' command"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_hear_each_other_by_any_node_of_a_cluster() {
    let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    let (one, other) = (Server::with(&arguments), Server::with(&arguments));
    assert_eq!(one.says("CLUSTER ADDSLOTSRANGE 0 8191"), "+OK");
    assert_eq!(other.says("CLUSTER ADDSLOTSRANGE 8192 16383"), "+OK");
    assert_eq!(one.says(&format!("CLUSTER MEET 127.0.0.1 {}", other.port())), "+OK");
    let joined = async {
        while !(one.says("CLUSTER LINKS").starts_with("*2") && other.says("CLUSTER LINKS").starts_with("*2")) {
            Clock::System.sleep(50).await;
        }
    };
    Clock::System.within(LIMIT_MS, joined).await.expect("the cluster is one");
    // Each by another node first.
    hear_each_other(node(server(&one.url())), node(server(&other.url()))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_nodes_of_a_cluster_and_dead_sentinels_are_passed_over() {
    // Invariant 8.
    let redis = Server::start();
    let sentinel = Server::sentinel_of(&redis);
    // They take connections and never say anything.
    let dead = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
    let urls = |last: &Server| {
        let dead = dead.iter().map(|dead| format!("redis://{}", dead.local_addr().unwrap()));
        dead.chain([last.url()]).collect::<Vec<_>>()
    };
    let cluster = RedisServer::new(&urls(&redis), "hub").unwrap();
    let named = RedisServer::new(&urls(&sentinel), "hub").unwrap().named_by_sentinels("master").unwrap();
    for server in [cluster, named] {
        let time = Clock::System.within(LIMIT_MS, server.look()).await.expect("an answer").unwrap();
        assert!(time.is_some(), "{server:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_counts_from_the_start_where_nothing_was_ever_heard() {
    let (clock, time) = Clock::manual(1_000_000);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let bus = Bus::redis(server(&format!("redis://{}", nobody.local_addr().unwrap())), clock);
    assert_eq!(bus.silence_ms(), 0);
    time.advance(7_000);
    assert_eq!(bus.silence_ms(), 7_000);
    assert_eq!(bus.words_queued(), 0);
    bus.publish(Signal::AlertsChanged(ticket(1)));
    assert_eq!(bus.words_queued(), 1, "it waits for the way to Redis");
}

/// It listens to one server and tells another: what it tells is taken, and does not come back.
async fn becomes_deaf(bus: &Bus, time: &ManualClock) {
    let mut state = bus.state();
    while !state.borrow_and_update().is_deaf {
        time.advance(500);
        let _ = Clock::System.within(5, state.changed()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_deaf_is_away_like_the_others_once_redis_has_died() {
    let (mut one, mut other) = (Server::start(), Server::start());
    let (clock, time) = Clock::manual(0);
    let both = RedisServer::new(&[one.url(), other.url()], "hub").unwrap();
    let bus = Bus::redis(both, clock);
    Clock::System.within(LIMIT_MS, becomes_deaf(&bus, &time)).await.expect("it notices");
    // The clock stands: it does not subscribe anew before both are gone.
    tokio::task::block_in_place(|| [&mut one, &mut other].map(Server::kill));
    let hears_better = async {
        while bus.state().borrow().is_deaf {
            time.advance(500);
            let _ = Clock::System.within(5, bus.state().changed()).await;
        }
    };
    Clock::System.within(LIMIT_MS, hears_better).await.expect("it says that Redis is away");
    assert!(bus.state().borrow().is_away);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_deaf_says_so_and_subscribes_anew_until_it_hears() {
    // Invariant 9: what it tells is taken, by one server, and it listens to another.
    let (one, other) = (Server::start(), Server::start());
    let (clock, time) = Clock::manual(0);
    let both = RedisServer::new(&[one.url(), other.url()], "hub").unwrap();
    let bus = Bus::redis(both, clock);
    let heals = async {
        becomes_deaf(&bus, &time).await;
        let mut state = bus.state();
        while state.borrow_and_update().is_cut_off() {
            time.advance(500);
            let _ = Clock::System.within(5, state.changed()).await;
        }
    };
    Clock::System.within(LIMIT_MS, heals).await.expect("it notices, and finds the right server");
    assert!(bus.state().borrow().generation >= 2);
}
