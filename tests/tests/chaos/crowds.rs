//! Crowds of sockets, and what befalls their node: it is restarted, it dies, it waits for readers who do not read.
//!
//! `make test` plays them with fewer, so that it ends soon on a machine with other things to do; `make chaos` with all.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hub::domain::Clock;
use hub::domain::limits::DRAIN_MS;
use protocol::frame::PostKind;
use protocol::model::Role;
use protocol::{Millis, TicketId};
use reqwest::StatusCode;
use reqwest::header::{COOKIE, HOST};
use tempfile::TempDir;
use testkit::{postgres, redis};
use tests::crowd::{Crowd, Seat, Unwelcome, Wire, allow_sockets, guests, seats};
use tests::load::{Load, Size};
use tests::people::Person;
use tests::process::Process;
use tests::seed::Seed;
use tests::wait;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// What needs the whole machine, one after the other.
pub static TURN: Mutex<()> = Mutex::const_new(());

const SEED: u64 = 5;
/// The load beside the crowd: an agent in all tickets, and a guest in some of her own.
const OWN_TICKETS: usize = 20;
const WRITERS: usize = 8;
const MESSAGES_PER_S: u64 = 60;
/// A machine with other things to do.
const SLACK_MS: u64 = 3_000;
/// In all, and in the quick part. All of them are more than two busy cores take over in time, by an unoptimised
/// build: then some are closed with 4412, and come again.
const MOVED: (usize, usize) = (2_000, 500);
/// Of 3.75 s.
const EVENLY_MS_MIN: Millis = 1_500;
const STORM: (usize, usize) = (5_000, 500);
const OTHERS: usize = 500;
/// R-K15 says 30 s, of a release build on a machine that does nothing else.
const STORM_MS_MAX: u64 = 120_000;
const SLOW: (usize, usize) = (500, 200);
const FAST: usize = 20;
/// Sockets of one agent: as many as one login may have.
const PER_AGENT: usize = 10;
const SESSIONS: &str = r#"hub_sessions{audience="agent"}"#;
const SMALL_BYTES: u32 = 4_096;
/// More than the queue and what the kernel may keep for a connection together.
const LONG_TEXTS: usize = 70;
const TEXT_CHARS: usize = 8_000;
const GROWS_MS: u64 = 300;
const GROWS_MS_MAX: Millis = 3_000;
/// Invariant 13.
const PER_CONNECTION_BYTES: usize = 512 * 1024;
const READ_EVERY_MS: u64 = 100;
const CATCH_UP_MS: u64 = 60_000;

fn size((all, quick): (usize, usize)) -> usize {
    if std::env::var_os("CHAOS_ROUNDS").is_some() { all } else { quick }
}

/// Two built nodes on one Postgres with a Redis.
struct World {
    nodes: Vec<Process>,
    nora: Person,
    amina: Person,
    seed: Seed,
    _redis: redis::Server,
    _keys: TempDir,
}

impl World {
    async fn begin() -> Self {
        let url = tokio::task::block_in_place(postgres::fresh_database_url);
        let redis = tokio::task::block_in_place(redis::Server::start);
        let redis_url = format!("redis://127.0.0.1:{}", redis.port());
        let keys = TempDir::new().unwrap();
        let mut nodes = Vec::<Process>::new();
        for _ in 0..2 {
            let settings = [
                ("HUB__DATABASE__URL", url.as_str()),
                ("HUB__REDIS__URLS", redis_url.as_str()),
                ("HUB__KEYS_DIR", keys.path().to_str().unwrap()),
                ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "100000"),
                ("HUB__LIMITS__SIGN_INS_PER_NETWORK_15_MIN_MAX", "100000"),
                ("HUB__LIMITS__WRITES_PER_NETWORK_S", "100000"),
                ("HUB__ALERTS__UNCONFIRMED_PER_HOUR_MAX", "100000"),
                ("HUB__LOG__LEVEL", "warn"),
            ];
            let mut node = Process::node(nodes.first(), &settings);
            node.start();
            node.is_ready().await;
            nodes.push(node);
        }
        let site = &nodes[0].site;
        let nora = site.first_admin(&nodes[1].first_admin_link().await).await;
        let amina = site.visitor();
        Self { nodes, nora, amina, seed: Seed::fixed(SEED), _redis: redis, _keys: keys }
    }

    fn addrs(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.site.addr).collect()
    }

    /// People write, in the crowd's tickets too.
    async fn load(&mut self, seats: &[Seat]) -> Load {
        let mut others: Vec<TicketId> = seats.iter().map(|(_, ticket)| *ticket).collect();
        others.dedup();
        let mut own = Vec::new();
        for n in 0..OWN_TICKETS {
            own.push(self.amina.opens_as_guest("amina@example.org", &format!("matter {n}")).await.unwrap().id);
        }
        let size = Size { writers: WRITERS, messages_per_s: MESSAGES_PER_S, nodes: self.addrs() };
        Load::begin_before(others, &self.nora, &self.amina, own, &size, &mut self.seed)
    }

    fn has_no_errors(&self) {
        for node in &self.nodes {
            let printed = node.printed();
            let wrong: Vec<_> = printed.lines().filter(|line| line.contains(" ERROR ")).collect();
            assert!(wrong.is_empty(), "{wrong:#?}");
        }
    }
}

/// The load goes on: so many more are acknowledged.
async fn goes_on(load: &Load, messages: usize) {
    let goal = load.acknowledged() + messages;
    wait::until_within("people write", 30_000, async || (load.acknowledged() >= goal).then_some(())).await;
}

/// R-K14, invariant 17. A client is moved once by each restart of the node it is on, and has a socket all the time.
/// Who began on the first node goes to the second one, since there is no other, and is there when that one restarts.
#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_of_two_nodes_under_load_shows_one_reconnect_at_most() {
    let _turn = TURN.lock().await;
    let moved = size(MOVED);
    allow_sockets(2 * moved);
    let mut world = World::begin().await;
    let seats = guests(&world.nodes[0].site, moved).await;
    let load = world.load(&seats).await;
    let (first, second) = seats.split_at(moved / 2);
    let somebody = first[0].clone();
    let addrs = world.addrs();
    let began = Clock::System.now();
    let first = Crowd::gathers(&addrs, 0, first.to_vec(), &mut world.seed).await;
    let second = Crowd::gathers(&addrs, 1, second.to_vec(), &mut world.seed).await;
    println!("{moved} gathered in {} ms", Clock::System.now() - began);
    goes_on(&load, 100).await;
    let mut asked_at = Vec::new();
    for (n, addr) in addrs.iter().enumerate() {
        let asked = Clock::System.now();
        asked_at.push(asked);
        let node = &mut world.nodes[n];
        node.signal("TERM").await;
        wait::until("the word of the end", async || readiness(node).await.filter(|(status, _)| *status == 503)).await;
        assert!(readiness(node).await.unwrap().1.contains(r#""draining":true"#), "it says why");
        let (mut door, ticket) = somebody.clone();
        door.addr = *addr;
        let refused = Wire::open(&door, None, ticket, 0).await.err();
        assert_eq!(refused, Some(Unwelcome::NobodyThere), "no new sockets");
        let status = node.ends().await;
        let took_ms = (Clock::System.now() - asked).unsigned_abs();
        assert_eq!(status.code(), Some(0), "{}", node.printed());
        assert!(took_ms <= DRAIN_MS + SLACK_MS, "within the grace: {took_ms} ms");
        let with_a_socket = first.live() + second.live();
        world.has_no_errors();
        let node = &mut world.nodes[n];
        node.start();
        node.is_ready().await;
        println!("node {n} ended after {took_ms} ms, and is ready again after {} ms", Clock::System.now() - asked);
        println!("{with_a_socket} of {moved} had a socket when it ended");
        wait::until_within("all are there", 30_000, async || (first.live() + second.live() == moved).then_some(()))
            .await;
        goes_on(&load, 100).await;
    }
    let outcome = load.is_whole(&world.nora, &world.amina).await;
    let first = first.has_all(&outcome.logs, CATCH_UP_MS).await;
    let second = second.has_all(&outcome.logs, CATCH_UP_MS).await;
    for (lives, restarts) in [(&first, 2), (&second, 1)] {
        for lived in lives {
            assert!(lived.moved_at.len() + lived.cuts <= restarts, "one reconnect at most for each: {lived:?}");
        }
    }
    let all = [first, second].concat();
    let cuts = counted(all.iter().flat_map(|lived| lived.codes.iter().copied()));
    println!("closed before they had another socket: {cuts:?}");
    assert!(cuts.is_empty() || moved > MOVED.1, "whoever moves is not closed");
    let mut waited_ms: Vec<_> = all.iter().flat_map(|lived| lived.waited_ms.iter().copied()).collect();
    waited_ms.sort_unstable();
    let half_ms = waited_ms[waited_ms.len() / 2];
    assert!(half_ms >= EVENLY_MS_MIN, "they come one after the other: half of them within {half_ms} ms");
    println!("{} messages acknowledged, {} sent again", outcome.acknowledged, outcome.sent_again);
    for (n, asked) in asked_at.iter().enumerate() {
        let until = asked_at.get(n + 1).copied().unwrap_or(Millis::MAX);
        let moved = all.iter().flat_map(|lived| &lived.moved_at).filter(|at| (*asked..until).contains(*at));
        println!("restart {n}: moved after {}", spread(moved.map(|at| at - asked)));
    }
    println!("late at most: {}", spread(all.iter().map(|lived| lived.late_ms)));
    world.has_no_errors();
}

/// R-K15, R-K3, invariants 1 and 2.
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_come_back_after_their_node_died() {
    let _turn = TURN.lock().await;
    let storm = size(STORM);
    allow_sockets(storm + OTHERS);
    let mut world = World::begin().await;
    let seats = guests(&world.nodes[0].site, storm + OTHERS).await;
    let load = world.load(&seats).await;
    let (many, others) = seats.split_at(storm);
    let addrs = world.addrs();
    let began = Clock::System.now();
    let many = Crowd::gathers(&addrs, 0, many.to_vec(), &mut world.seed).await;
    let others = Crowd::gathers(&addrs, 1, others.to_vec(), &mut world.seed).await;
    println!("{} gathered in {} ms", storm + OTHERS, Clock::System.now() - began);
    goes_on(&load, 100).await;
    let reader = Reader::begin(&world.nora, &world.nodes[1]).await;
    others.counts_from_now();
    let before = load.acknowledged();
    world.nodes[0].kill().await;
    let died = Clock::System.now();
    wait::until_within("all are gone", 5_000, async || (many.live() < storm / 2).then_some(())).await;
    many.are_live(storm, STORM_MS_MAX).await;
    let back_ms = Clock::System.now() - died;
    println!("all back after {back_ms} ms; {} acknowledged meanwhile", load.acknowledged() - before);
    println!("tries that were not welcomed: {:?}", many.refused());
    goes_on(&load, 100).await;
    println!("lists were read meanwhile after {}", spread(reader.ends().await.into_iter()));
    assert_eq!(others.live(), OTHERS);
    // History is read there.
    world.nodes[0].start();
    world.nodes[0].is_ready().await;
    let outcome = load.is_whole(&world.nora, &world.amina).await;
    let many = many.has_all(&outcome.logs, CATCH_UP_MS).await;
    let others = others.has_all(&outcome.logs, CATCH_UP_MS).await;
    for lived in &many {
        assert_eq!(lived.cuts, 1, "{lived:?}");
    }
    for lived in &others {
        assert_eq!((lived.cuts, lived.moved_at.len()), (0, 0), "the others are unhurt: {lived:?}");
    }
    println!("away for {}", spread(many.iter().map(|lived| lived.away_ms)));
    println!("the others had a message, at the latest, after {}", spread(others.iter().map(|lived| lived.late_ms)));
    println!("{} messages acknowledged, {} sent again", outcome.acknowledged, outcome.sent_again);
    world.has_no_errors();
}

/// R-E6, invariants 13, 14 and 23. Agents, since they may all read the same ticket.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_who_do_not_read_cost_little_and_end_with_the_same_log() {
    let _turn = TURN.lock().await;
    let crowd = size(SLOW);
    allow_sockets(crowd + FAST);
    let mut world = World::begin().await;
    let site = &world.nodes[0].site;
    let mut agents = Vec::new();
    for n in 0..(crowd + FAST) / PER_AGENT {
        agents.push(site.agent(&world.nora, &format!("Agent {n}"), Role::Agent, Vec::new()).await);
    }
    let ticket = world.amina.opens_as_guest("amina@example.org", "a long matter").await.unwrap().id;
    let mut fast = seats(&agents, PER_AGENT, ticket);
    let mut slow = fast.split_off(FAST);
    slow.iter_mut().for_each(|(door, _)| door.receive_buffer = Some(SMALL_BYTES));
    let late = slow.split_off(crowd / 2);
    let addrs = world.addrs();
    let fast = Crowd::gathers(&addrs, 0, fast, &mut world.seed).await;
    let in_time = Crowd::gathers(&addrs, 0, slow, &mut world.seed).await;
    let late = Crowd::gathers(&addrs, 0, late, &mut world.seed).await;
    let (before, in_kernel_before) = (world.nodes[0].peak_bytes(), kernel_bytes());

    in_time.stands_still();
    late.stands_still();
    let text = "x".repeat(TEXT_CHARS);
    let began = Clock::System.now();
    for _ in 0..LONG_TEXTS {
        world.nora.posts_over_http(ticket, PostKind::Reply, &text).await.unwrap();
    }
    let written_ms = Clock::System.now() - began;
    let (stopped, in_kernel) = (world.nodes[0].resident_bytes(), kernel_bytes());
    // They hear that they are behind, and stop again: then the node holds for each what it read anew for it alone.
    in_time.goes_on();
    wait::until("all are told", async || (in_time.told_behind() >= crowd / 2).then_some(())).await;
    in_time.stands_still();
    let told_ms = Clock::System.now() - began;
    let held = grown(&world.nodes[0]).await;
    in_time.goes_on();
    wait::until_within("the late ones are given up", 30_000, async || {
        (metric(&world.nodes[0], SESSIONS).await <= crowd / 2 + FAST).then_some(())
    })
    .await;
    let given_up_ms = Clock::System.now() - began;
    late.goes_on();
    let log = HashMap::from([(ticket, world.nora.history(ticket).await)]);
    let [fast, in_time, late] = [
        fast.has_all(&log, CATCH_UP_MS).await,
        in_time.has_all(&log, CATCH_UP_MS).await,
        late.has_all(&log, CATCH_UP_MS).await,
    ];
    let all_ms = Clock::System.now() - began;
    let peak = world.nodes[0].peak_bytes();
    for lived in fast.iter().chain(&in_time) {
        assert_eq!((lived.cuts, &lived.codes[..]), (0, &[][..]), "on the same socket: {lived:?}");
    }
    assert!(fast.iter().all(|lived| lived.behind == 0), "the fast ones are unhurt");
    assert!(in_time.iter().all(|lived| lived.behind > 0));
    assert!(late.iter().all(|lived| lived.cuts == 1), "a write was blocked for too long");
    let mb = |bytes: u64| bytes / 1_000_000;
    println!("written after {written_ms} ms, told {told_ms} ms, given up {given_up_ms} ms, all have all {all_ms} ms");
    println!("{} MB before, {} MB stopped, {} MB behind, {} MB at most", mb(before), mb(stopped), mb(held), mb(peak));
    println!("in the kernel, of all sockets of the machine: {} MB, {} MB before", mb(in_kernel), mb(in_kernel_before));
    println!("the fast ones had a message, at the latest, after {}", spread(fast.iter().map(|lived| lived.late_ms)));
    println!("the late ones were closed with {:?}", counted(late.iter().flat_map(|lived| lived.codes.iter().copied())));
    let most = before + (crowd * PER_CONNECTION_BYTES) as u64;
    assert!(peak <= most, "{} MB, and {} MB are allowed", mb(peak), mb(most));
    for what in [SESSIONS, "hub_tickets_read"] {
        let node = &world.nodes[0];
        wait::until("nothing is left of them", async || (metric(node, what).await == 0).then_some(())).await;
    }
    world.has_no_errors();
}

/// What the node keeps in memory once it takes no more, or for long enough.
async fn grown(node: &Process) -> u64 {
    let began = Clock::System.now();
    loop {
        let before = node.resident_bytes();
        Clock::System.sleep(GROWS_MS).await;
        let now = node.resident_bytes();
        if now <= before || Clock::System.now() - began > GROWS_MS_MAX {
            return now;
        }
    }
}

/// What the kernel keeps for all TCP sockets of the machine.
fn kernel_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/net/sockstat").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("TCP: ")).unwrap();
    let pages = line.split(' ').skip_while(|word| *word != "mem").nth(1).unwrap();
    pages.parse::<u64>().unwrap() * 4_096
}

/// A number, as monitoring reads it.
async fn metric(node: &Process, name: &str) -> usize {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = client.get(format!("http://{}/metrics", node.health())).send();
    let text = wait::within("metrics", asked).await.unwrap().text().await.unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).expect("a metric");
    value.parse().unwrap()
}

/// Somebody who reads lists all the time, each within the limit of a test.
struct Reader {
    ends: Arc<AtomicBool>,
    reading: JoinHandle<Vec<Millis>>,
}

impl Reader {
    async fn begin(nora: &Person, node: &Process) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&ends);
        let list = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(format!("http://{}/v1/agent/tickets?view=unassigned", node.site.addr))
            .header(HOST, node.site.origin.trim_start_matches("http://"))
            .header(COOKIE, nora.browser.cookie().unwrap());
        let reading = tokio::spawn(async move {
            let mut took_ms = Vec::new();
            while !over.load(Ordering::SeqCst) {
                let asked = Clock::System.now();
                let answer = wait::within("a list", list.try_clone().unwrap().send()).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                answer.bytes().await.unwrap();
                took_ms.push(Clock::System.now() - asked);
                Clock::System.sleep(READ_EVERY_MS).await;
            }
            took_ms
        });
        Self { ends, reading }
    }

    async fn ends(self) -> Vec<Millis> {
        self.ends.store(true, Ordering::SeqCst);
        self.reading.await.unwrap()
    }
}

/// Status and text of `/readyz`, while it answers.
async fn readiness(node: &Process) -> Option<(u16, String)> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("http://{}/readyz", node.health())).send().await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

/// How often there is each of these codes.
fn counted(codes: impl Iterator<Item = u16>) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    codes.for_each(|code| *counts.entry(code).or_default() += 1);
    counts
}

/// Half of them, nine of ten, all.
fn spread(ms: impl Iterator<Item = Millis>) -> String {
    let mut ms: Vec<_> = ms.collect();
    ms.sort_unstable();
    let at =
        |share: usize| ms.get((ms.len() * share / 100).min(ms.len().saturating_sub(1))).copied().unwrap_or_default();
    format!("{} ms (half), {} ms (nine of ten), {} ms (all {})", at(50), at(90), at(100), ms.len())
}
