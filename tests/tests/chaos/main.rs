//! Whatever dies, no acknowledged message is lost, doubled or reordered for anyone: three built nodes on a real
//! Postgres and Redis, with an S3 server and a mail server, and a fault proxy on every way between them, under a
//! load of which everything is accounted for after each round. Faults come in an order that the seed chooses:
//! `SEED=…` repeats it.
//!
//! Without more it is the quick part, of a fixed seed, that belongs to `make test`. `CHAOS_ROUNDS=…` plays all
//! faults so many times over (`make chaos`); `CHAOS_FAULTS=…` only those whose names have this in them;
//! `CHAOS_KILLS=…` is how often a node is killed when that is played.
//! `HUB_BINARY_BEFORE=…` is the binary that the nodes begin with, until all are restarted.
#![allow(clippy::unwrap_used)]

mod crowds;
mod faults;
mod restored;
mod world;

use faults::FAULTS;
use hub::domain::Clock;
use tests::seed::Seed;
use world::World;

const NODES: usize = 3;
const MESSAGES_PER_S: u64 = 500;
/// What an unoptimised build does on two cores, and recovers from faults beside it soon.
const QUICK_MESSAGES_PER_S: u64 = 250;
/// Of the quick part.
const SEED: u64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_dies_no_acknowledged_message_is_lost_doubled_or_reordered() {
    let _turn = crowds::TURN.lock().await;
    let rounds = std::env::var("CHAOS_ROUNDS").ok().map(|rounds| rounds.parse::<usize>().expect("a number"));
    let chosen = std::env::var("CHAOS_FAULTS").unwrap_or_default();
    let mut seed = match rounds {
        None if std::env::var_os("SEED").is_none() => Seed::fixed(SEED),
        _ => Seed::new(),
    };
    let mut world = World::begin(NODES, rounds.is_none(), seed.split()).await;
    for round in 0..rounds.unwrap_or(1) {
        world.people_come(if rounds.is_some() { MESSAGES_PER_S } else { QUICK_MESSAGES_PER_S }).await;
        world.goes_on(200).await;
        if rounds.is_some() {
            let (before, seconds) = (world.acknowledged(), 10);
            Clock::System.sleep(1_000 * seconds).await;
            let acknowledged = (world.acknowledged() - before) as u64;
            println!("round {round}: {} messages a second while all is well", acknowledged / seconds);
        }
        let mut order: Vec<_> = FAULTS.iter().filter(|(name, _)| name.contains(&chosen)).collect();
        assert!(!order.is_empty(), "no fault has `{chosen}` in its name");
        while !order.is_empty() {
            let at = usize::try_from(seed.between(0, order.len() as u64 - 1)).unwrap();
            let (name, fault) = order.swap_remove(at);
            let began = Clock::System.now();
            fault(&mut world, &mut seed).await;
            let healed = Clock::System.now();
            world.goes_on(50).await;
            println!(
                "round {round}: {name}: {} ms, then going on after {} ms; {} acknowledged so far",
                healed - began,
                Clock::System.now() - healed,
                world.acknowledged(),
            );
        }
        println!("round {round}: {}", world.is_whole().await);
    }
}
