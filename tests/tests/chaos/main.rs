//! Whatever dies, no acknowledged message is lost, doubled or reordered for anyone: two built nodes on a real
//! Postgres and Redis, with a fault proxy on every way between them, under a load of which every message is
//! accounted for in the end. Faults come in an order that the seed chooses: `SEED=…` repeats it.
//!
//! Without more it is the quick part, of a fixed seed, that belongs to `make test`. `CHAOS_ROUNDS=…` plays all
//! faults so many times over (`make chaos`).
#![allow(clippy::unwrap_used)]

mod crowds;
mod faults;
mod world;

use faults::FAULTS;
use hub::domain::Clock;
use tests::seed::Seed;
use world::World;

const MESSAGES_PER_S: u64 = 500;
/// Of the quick part.
const SEED: u64 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_dies_no_acknowledged_message_is_lost_doubled_or_reordered() {
    let _turn = crowds::TURN.lock().await;
    let rounds = std::env::var("CHAOS_ROUNDS").ok().map(|rounds| rounds.parse::<usize>().expect("a number"));
    let mut seed = match rounds {
        None if std::env::var_os("SEED").is_none() => Seed::fixed(SEED),
        _ => Seed::new(),
    };
    let mut world = World::begin(2, MESSAGES_PER_S, &mut seed).await;
    world.goes_on(200).await;
    for round in 0..rounds.unwrap_or(1) {
        let mut order: Vec<_> = FAULTS.iter().collect();
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
                world.load.acknowledged(),
            );
        }
    }
    let World { nodes, nora, amina, load, .. } = world;
    let outcome = load.is_whole(&nora, &amina).await;
    for node in &nodes {
        let wrong: Vec<_> = node.printed().lines().filter(|line| line.contains(" ERROR ")).map(str::to_owned).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    println!("{} messages acknowledged, {} sent again", outcome.acknowledged, outcome.sent_again);
}
