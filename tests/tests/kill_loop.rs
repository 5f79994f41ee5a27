//! kill -9 of the built binary, two hundred times, at random moments, under load: every message that
//! was acknowledged is in history exactly once, and everybody reads one order (invariants 2, 3, 17; R-K7).
//!
//! 50 tickets, 8 writers who together send 500 messages a second, and two readers who resume from their
//! cursors. `SEED=…` repeats the moments; `KILLS=…` makes more of them.
#![allow(clippy::unwrap_used)]

use hub::domain::Clock;
use tests::load::{Load, Size};
use tests::process::Process;
use tests::seed::Seed;

const KILLS: usize = 200;
const TICKETS: usize = 50;
const WRITERS: usize = 8;
const MESSAGES_PER_S: u64 = 500;
/// The hub lives this long at most after it answers.
const LIFE_MS_MAX: u64 = 600;
/// A start that is killed before it answers takes this long at most.
const START_MS_MAX: u64 = 150;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_kills_lose_nothing_double_nothing_and_reorder_nothing() {
    let mut seed = Seed::new();
    let kills = std::env::var("KILLS").map_or(KILLS, |kills| kills.parse().expect("KILLS is a number"));
    let mut hub = Process::new(&[
        ("HUB__LIMITS__NEW_TICKETS_PER_NETWORK_HOUR_MAX", "1000"),
        ("HUB__LIMITS__WRITES_PER_NETWORK_S", "1000"),
        ("HUB__LOG__LEVEL", "error"),
    ]);
    hub.start();
    hub.is_ready().await;
    let nora = hub.site.first_admin(&hub.first_admin_link().await).await;
    let amina = hub.site.visitor();
    let mut tickets = Vec::new();
    for n in 0..TICKETS {
        tickets.push(amina.opens_as_guest("amina@example.org", &format!("matter {n}")).await.unwrap().id);
    }

    let size = Size { writers: WRITERS, messages_per_s: MESSAGES_PER_S, nodes: vec![hub.site.addr] };
    let load = Load::begin(&nora, &amina, tickets, &size, &mut seed);

    let mut starts_ms = Vec::new();
    for _ in 0..kills {
        // Every tenth start is killed before it is one.
        if seed.between(1, 10) == 1 {
            Clock::System.sleep(seed.between(0, START_MS_MAX)).await;
        } else {
            let started = Clock::System.now();
            hub.is_ready().await;
            starts_ms.push(Clock::System.now() - started);
            Clock::System.sleep(seed.between(0, LIFE_MS_MAX)).await;
        }
        hub.kill().await;
        hub.start();
    }
    hub.is_ready().await;

    let outcome = load.is_whole(&nora, &amina).await;
    starts_ms.sort_unstable();
    println!(
        "{kills} kills, {} messages acknowledged, {} sent again; start: median {} ms, longest {} ms",
        outcome.acknowledged,
        outcome.sent_again,
        starts_ms[starts_ms.len() / 2],
        starts_ms[starts_ms.len() - 1],
    );
    assert!(outcome.acknowledged > 20 * kills, "a load worth the name: {}", outcome.acknowledged);
}
