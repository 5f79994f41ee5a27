//! What may happen. Each fault has ended, and what it took down runs again, when its function returns.

use std::pin::Pin;

use hub::domain::Clock;
use tests::proxy::Fault;
use tests::seed::Seed;

use crate::world::World;

type Playing<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
type Play = for<'a> fn(&'a mut World, &'a mut Seed) -> Playing<'a>;

/// Their names, and how they are played.
pub const FAULTS: &[(&str, Play)] = &[
    ("kill -9 of a node, ten times", |world, seed| Box::pin(kills(world, seed))),
    ("a node stands still for longer than its locks hold", |world, seed| Box::pin(stop_a_node(world, seed))),
    ("a node drains and comes back", |world, seed| Box::pin(drain(world, seed))),
    ("Redis is killed", |world, seed| Box::pin(kill_redis(world, seed))),
    ("Redis stands still", |world, seed| Box::pin(pause_redis(world, seed))),
    ("Redis is flushed", |world, _| Box::pin(flush_redis(world))),
    ("Redis is out of reach of one node", |world, seed| Box::pin(part_from_redis(world, seed))),
    ("Redis is slow", |world, seed| Box::pin(slow_redis(world, seed))),
    ("all connections to Postgres are terminated", |world, _| Box::pin(terminate(world))),
    ("Postgres takes no more connections", |world, seed| Box::pin(no_connections(world, seed))),
    ("Postgres is out of reach of one node", |world, seed| Box::pin(part_from_postgres(world, seed))),
    ("Postgres is silent for all", |world, seed| Box::pin(silence_postgres(world, seed))),
    ("Postgres is slow", |world, seed| Box::pin(slow_postgres(world, seed))),
    ("a node is out of reach of everything", |world, seed| Box::pin(part_from_all(world, seed))),
];

async fn pass(ms: u64) {
    Clock::System.sleep(ms).await;
}

fn some_node(world: &World, seed: &mut Seed) -> usize {
    usize::try_from(seed.between(0, world.nodes.len() as u64 - 1)).unwrap()
}

async fn kills(world: &mut World, seed: &mut Seed) {
    for _ in 0..10 {
        let node = some_node(world, seed);
        world.nodes[node].kill().await;
        world.nodes[node].start();
        // Some are killed before they answer.
        if seed.between(1, 4) > 1 {
            world.nodes[node].is_ready().await;
        }
        pass(seed.between(0, 500)).await;
    }
}

/// Postgres ends a transaction that does nothing for 5 s, so that others wait for its locks no longer.
async fn stop_a_node(world: &mut World, seed: &mut Seed) {
    for _ in 0..3 {
        let node = some_node(world, seed);
        world.nodes[node].signal("STOP").await;
        pass(seed.between(500, 7_000)).await;
        world.nodes[node].signal("CONT").await;
    }
}

async fn drain(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    world.nodes[node].signal("TERM").await;
    let status = world.nodes[node].ends().await;
    assert!(status.success(), "{status}");
    world.nodes[node].start();
    world.nodes[node].is_ready().await;
}

async fn kill_redis(world: &mut World, seed: &mut Seed) {
    tokio::task::block_in_place(|| world.redis.kill());
    pass(seed.between(100, 5_000)).await;
    tokio::task::block_in_place(|| world.redis.again());
}

async fn pause_redis(world: &mut World, seed: &mut Seed) {
    world.redis.pause();
    pass(seed.between(1_000, 12_000)).await;
    world.redis.resume();
}

async fn flush_redis(world: &mut World) {
    assert_eq!(world.redis.says("FLUSHALL"), "+OK");
}

async fn part_from_redis(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    world.to_redis[node].set(Fault::Blackhole);
    pass(seed.between(1_000, 12_000)).await;
    world.to_redis[node].set(Fault::None);
    // What was swallowed is gone: a network that heals has lost it too.
    world.to_redis[node].cut();
}

async fn slow_redis(world: &mut World, seed: &mut Seed) {
    for way in &world.to_redis {
        way.set(Fault::Delay { ms: seed.between(50, 800) });
    }
    pass(5_000).await;
    world.to_redis.iter().for_each(|way| way.set(Fault::None));
}

async fn terminate(world: &mut World) {
    for _ in 0..3 {
        let all =
            format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{}'", world.database);
        world.sql(&all);
        pass(500).await;
    }
}

async fn no_connections(world: &mut World, seed: &mut Seed) {
    let database = world.database.clone();
    world.sql(&format!("alter database {database} allow_connections false"));
    terminate(world).await;
    pass(seed.between(500, 4_000)).await;
    world.sql(&format!("alter database {database} allow_connections true"));
}

async fn part_from_postgres(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    world.to_postgres[node].set(Fault::Blackhole);
    pass(seed.between(1_000, 8_000)).await;
    world.to_postgres[node].set(Fault::None);
    world.to_postgres[node].cut();
}

async fn silence_postgres(world: &mut World, seed: &mut Seed) {
    world.to_postgres.iter().for_each(|way| way.set(Fault::Blackhole));
    pass(seed.between(1_000, 8_000)).await;
    for way in &world.to_postgres {
        way.set(Fault::None);
        way.cut();
    }
}

async fn slow_postgres(world: &mut World, seed: &mut Seed) {
    for way in &world.to_postgres {
        way.set(Fault::Delay { ms: seed.between(5, 60) });
    }
    pass(5_000).await;
    world.to_postgres.iter().for_each(|way| way.set(Fault::None));
}

async fn part_from_all(world: &mut World, seed: &mut Seed) {
    let node = some_node(world, seed);
    let ways = [&world.to_postgres[node], &world.to_redis[node]];
    ways.iter().for_each(|way| way.set(Fault::Blackhole));
    pass(seed.between(2_000, 8_000)).await;
    for way in ways {
        way.set(Fault::None);
        way.cut();
    }
}
