//! What may happen. Each fault has ended, and what it took down runs again, when its function returns.

use std::pin::Pin;

use hub::domain::Clock;
use testkit::postgres::OWNER;
use tests::process::{self, Process};
use tests::proxy::{Fault, Proxy, Way};
use tests::seed::Seed;

use crate::world::{DISK_MIB, Node, World};

type Playing<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
type Play = for<'a> fn(&'a mut World, &'a mut Seed) -> Playing<'a>;

/// Their names, and how they are played.
pub const FAULTS: &[(&str, Play)] = &[
    ("kill -9 of a node, again and again", |world, seed| Box::pin(kills(world, seed))),
    ("a node stands still in a transaction, longer than locks and leases hold", |world, seed| {
        Box::pin(stop_a_node(world, seed))
    }),
    ("a node drains and comes back", |world, seed| Box::pin(drain(world, seed))),
    ("all nodes are restarted, one after the other", |world, _| Box::pin(roll(world))),
    ("a node's clock is an hour ahead, then an hour behind", |world, seed| Box::pin(jump(world, seed))),
    ("Redis is killed", |world, seed| Box::pin(kill_redis(world, seed))),
    ("Redis is away for long", |world, _| Box::pin(long_without_redis(world))),
    ("Redis stands still", |world, seed| Box::pin(pause_redis(world, seed))),
    ("Redis is flushed", |world, _| Box::pin(flush_redis(world))),
    ("Redis is out of reach of one node", |world, seed| Box::pin(part_from_redis(world, seed))),
    ("a node is connected to Redis and deaf", |world, seed| Box::pin(deafen(world, seed))),
    ("Redis is slow", |world, seed| Box::pin(slow_redis(world, seed))),
    ("Postgres is killed", |world, seed| Box::pin(kill_postgres(world, seed))),
    ("Postgres stands still", |world, seed| Box::pin(pause_postgres(world, seed))),
    ("the disk of Postgres is full", |world, seed| Box::pin(fill_disk(world, seed))),
    ("all connections to Postgres are terminated", |world, _| Box::pin(terminate(world))),
    ("Postgres takes no connections", |world, seed| Box::pin(no_connections(world, seed))),
    ("Postgres takes two connections for all", |world, seed| Box::pin(few_connections(world, seed))),
    ("Postgres is out of reach of one node", |world, seed| Box::pin(part_from_postgres(world, seed))),
    ("Postgres is silent for all", |world, seed| Box::pin(silence_postgres(world, seed))),
    ("Postgres hears a node, which does not hear it", |world, seed| Box::pin(part_one_way(world, seed))),
    ("Postgres is slow", |world, seed| Box::pin(slow_postgres(world, seed))),
    ("S3 and the mail server are gone", |world, seed| Box::pin(no_files_and_mails(world, seed))),
    ("S3 and the mail server are silent", |world, seed| Box::pin(silent_files_and_mails(world, seed))),
    ("S3 and the mail server are slow", |world, seed| Box::pin(slow_files_and_mails(world, seed))),
    ("a node is out of reach of everything", |world, seed| Box::pin(part_from_all(world, seed))),
    ("every way is half closed", |world, seed| Box::pin(half_close(world, seed))),
    ("pages are cut off, half closed, and unheard", |world, seed| Box::pin(bad_doors(world, seed))),
    ("pages have a trickle of a connection", |world, seed| Box::pin(trickle(world, seed))),
];

async fn pass(ms: u64) {
    Clock::System.sleep(ms).await;
}

/// In the quick part nothing takes longer than this that need not.
const QUICK_MS: u64 = 3_000;

fn some_ms(world: &World, seed: &mut Seed, min: u64, max: u64) -> u64 {
    let max = if world.is_quick { max.min(QUICK_MS.max(min)) } else { max };
    seed.between(min, max)
}

/// How long something is slow.
fn slow_ms(world: &World) -> u64 {
    if world.is_quick { 2_500 } else { 5_000 }
}

fn some_node(world: &World, seed: &mut Seed) -> usize {
    usize::try_from(seed.between(0, world.nodes.len() as u64 - 1)).unwrap()
}

/// These ways break for a while. What was swallowed is gone: a network that heals has lost it too.
async fn broken<'a>(ways: impl IntoIterator<Item = &'a Proxy>, fault: Fault, ms: u64) {
    let ways: Vec<_> = ways.into_iter().collect();
    ways.iter().for_each(|way| way.set(fault));
    pass(ms).await;
    for way in ways {
        way.set(Fault::None);
        way.cut();
    }
}

/// These ways are slow for a while.
async fn slow<'a>(ways: impl IntoIterator<Item = &'a Proxy>, ms: u64, while_ms: u64) {
    let ways: Vec<_> = ways.into_iter().collect();
    ways.iter().for_each(|way| way.set(Fault::Delay { ms }));
    pass(while_ms).await;
    ways.iter().for_each(|way| way.set(Fault::None));
}

// ---- Nodes ----

/// The five rounds of the long part have a thousand.
const KILLS: usize = 200;

async fn kills(world: &mut World, seed: &mut Seed) {
    let asked = std::env::var("CHAOS_KILLS").ok().map(|kills| kills.parse::<usize>().expect("a number"));
    for _ in 0..asked.unwrap_or(if world.is_quick { 5 } else { KILLS }) {
        let node = some_node(world, seed);
        let process = &mut world.nodes[node].process;
        process.kill().await;
        process.start();
        // Some are killed before they answer.
        if seed.between(1, 4) > 1 {
            process.is_ready().await;
        }
        pass(some_ms(world, seed, 0, 500)).await;
    }
}

/// The hub's limit of a transaction that does nothing (decisions.md 2).
const IDLE_IN_TRANSACTION_MS: u64 = 5_000;

/// Postgres ends a transaction that does nothing for [`IDLE_IN_TRANSACTION_MS`], so that others wait for its locks no
/// longer. The mails that it holds are taken by others, and it goes on with them when it wakes (R-K4). The first
/// stop is longer than both; the others may end before.
async fn stop_a_node(world: &mut World, seed: &mut Seed) {
    let past = IDLE_IN_TRANSACTION_MS + 1_000;
    let stops: &[u64] = if world.is_quick { &[past] } else { &[past, 500, 500] };
    for shortest in stops {
        let node = some_node(world, seed);
        stop_in_a_transaction(world, node).await;
        pass(some_ms(world, seed, *shortest, past + 1_000)).await;
        world.leases_end();
        pass(some_ms(world, seed, 500, 1_000)).await;
        world.nodes[node].process.signal("CONT").await;
    }
}

/// It is let go on and stopped anew until it stands there.
async fn stop_in_a_transaction(world: &World, node: usize) {
    for _ in 0..50 {
        world.nodes[node].process.signal("STOP").await;
        pass(600).await;
        if world.has_idle_transaction() {
            return;
        }
        world.nodes[node].process.signal("CONT").await;
        pass(50).await;
    }
    panic!("node {node} was never in a transaction when it was stopped");
}

async fn drain(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    restart(&mut world.nodes[node].process).await;
}

/// R-K14; and R-K16, where they began with an older binary (`HUB_BINARY_BEFORE`).
async fn roll(world: &mut World) {
    for node in &mut world.nodes {
        node.process.becomes(process::binary());
        restart(&mut node.process).await;
    }
}

async fn restart(node: &mut Process) {
    node.signal("TERM").await;
    let status = node.ends().await;
    assert!(status.success(), "{status}");
    node.start();
    node.is_ready().await;
}

/// R-K13.
async fn jump(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    for ahead_s in [3_600, -3_600, 0] {
        world.nodes[node].clock_is_ahead(ahead_s);
        pass(some_ms(world, seed, 2_000, 4_000)).await;
    }
}

// ---- Redis ----

async fn kill_redis(world: &mut World, seed: &mut Seed) {
    tokio::task::block_in_place(|| world.redis.kill());
    pass(some_ms(world, seed, 100, 5_000)).await;
    tokio::task::block_in_place(|| world.redis.again());
}

async fn long_without_redis(world: &mut World) {
    tokio::task::block_in_place(|| world.redis.kill());
    pass(if world.is_quick { 11_000 } else { 25_000 }).await;
    tokio::task::block_in_place(|| world.redis.again());
}

async fn pause_redis(world: &mut World, seed: &mut Seed) {
    world.redis.pause();
    pass(some_ms(world, seed, 1_000, 12_000)).await;
    world.redis.resume();
}

async fn flush_redis(world: &mut World) {
    assert_eq!(world.redis.says("FLUSHALL"), "+OK");
}

async fn part_from_redis(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    broken([&world.nodes[node].to_redis], Fault::Blackhole, some_ms(world, seed, 1_000, 12_000)).await;
}

/// What it says arrives; what it should hear does not.
async fn deafen(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    broken([&world.nodes[node].to_redis], Fault::Swallow(Way::ToPage), some_ms(world, seed, 5_000, 12_000)).await;
}

async fn slow_redis(world: &mut World, seed: &mut Seed) {
    slow(world.nodes.iter().map(|node| &node.to_redis), some_ms(world, seed, 50, 800), slow_ms(world)).await;
}

// ---- Postgres ----

async fn kill_postgres(world: &mut World, seed: &mut Seed) {
    tokio::task::block_in_place(|| world.postgres.kill());
    pass(some_ms(world, seed, 100, 4_000)).await;
    tokio::task::block_in_place(|| world.postgres.again());
}

async fn pause_postgres(world: &mut World, seed: &mut Seed) {
    world.postgres.pause();
    pass(some_ms(world, seed, 1_000, 8_000)).await;
    world.postgres.resume();
}

/// R-K9. Where nobody may mount there is no disk to fill: tests of one hub fill it by a limit there.
async fn fill_disk(world: &mut World, seed: &mut Seed) {
    if !world.postgres.has_disk() {
        println!("left out: this machine lets nobody mount a small disk");
        return;
    }
    tokio::task::block_in_place(|| world.postgres.disk_of(None));
    pass(some_ms(world, seed, 3_000, 6_000)).await;
    tokio::task::block_in_place(|| world.postgres.disk_of(Some(DISK_MIB)));
}

async fn terminate(world: &mut World) {
    for _ in 0..3 {
        world.terminate();
        pass(500).await;
    }
}

async fn no_connections(world: &mut World, seed: &mut Seed) {
    world.sql("alter database chaos allow_connections false");
    terminate(world).await;
    pass(some_ms(world, seed, 500, 4_000)).await;
    world.sql("alter database chaos allow_connections true");
}

async fn few_connections(world: &mut World, seed: &mut Seed) {
    world.sql(&format!("alter role {OWNER} connection limit 2"));
    terminate(world).await;
    pass(some_ms(world, seed, 500, 4_000)).await;
    world.sql(&format!("alter role {OWNER} connection limit -1"));
}

async fn part_from_postgres(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    broken([&world.nodes[node].to_postgres], Fault::Blackhole, some_ms(world, seed, 1_000, 8_000)).await;
}

async fn silence_postgres(world: &mut World, seed: &mut Seed) {
    broken(world.nodes.iter().map(|node| &node.to_postgres), Fault::Blackhole, some_ms(world, seed, 1_000, 8_000))
        .await;
}

/// A COMMIT arrives, and its answer does not.
async fn part_one_way(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    broken([&world.nodes[node].to_postgres], Fault::Swallow(Way::ToPage), some_ms(world, seed, 1_000, 8_000)).await;
}

async fn slow_postgres(world: &mut World, seed: &mut Seed) {
    slow(world.nodes.iter().map(|node| &node.to_postgres), some_ms(world, seed, 5, 60), slow_ms(world)).await;
}

// ---- Files and mails ----

fn files_and_mails(world: &World) -> impl Iterator<Item = &Proxy> {
    world.nodes.iter().flat_map(|node| [&node.to_s3, &node.to_mail])
}

async fn no_files_and_mails(world: &mut World, seed: &mut Seed) {
    files_and_mails(world).for_each(Proxy::cut);
    broken(files_and_mails(world), Fault::Refuse, some_ms(world, seed, 1_000, 5_000)).await;
}

async fn silent_files_and_mails(world: &mut World, seed: &mut Seed) {
    broken(files_and_mails(world), Fault::Blackhole, some_ms(world, seed, 1_000, 5_000)).await;
}

async fn slow_files_and_mails(world: &mut World, seed: &mut Seed) {
    slow(files_and_mails(world), some_ms(world, seed, 50, 500), slow_ms(world)).await;
}

// ---- Several at once ----

async fn part_from_all(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    broken(world.nodes[node].ways(), Fault::Blackhole, some_ms(world, seed, 2_000, 8_000)).await;
}

async fn half_close(world: &mut World, seed: &mut Seed) {
    for way in [Way::ToHub, Way::ToPage] {
        for node in &world.nodes {
            node.ways().iter().for_each(|to| to.half_close(way));
            node.door.half_close(way);
        }
        pass(some_ms(world, seed, 500, 2_000)).await;
    }
}

/// `ToPage` is to the page here, and `ToHub` to the hub.
async fn bad_doors(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    let door = |Node { door, .. }: &Node| door.cut();
    world.nodes.iter().for_each(door);
    pass(some_ms(world, seed, 0, 500)).await;
    for fault in [Fault::Swallow(Way::ToHub), Fault::Swallow(Way::ToPage), Fault::Blackhole, Fault::Refuse] {
        broken([&world.nodes[node].door], fault, some_ms(world, seed, 500, 3_000)).await;
    }
}

async fn trickle(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    let drops = Fault::Trickle { bytes: usize::try_from(seed.between(50, 400)).unwrap(), every_ms: 5 };
    broken([&world.nodes[node].door], drops, slow_ms(world)).await;
}
