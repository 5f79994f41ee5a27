//! kill -9 of the built binary around the moments in which tickets that were put aside are due: each comes back, by
//! one event of its log. On SQLite and on Postgres.
//!
//! In each life some are due at the same moment, shortly after the start; the hub dies somewhere around it: before the
//! first has come back, between two of them, after the last, or before it has even begun. `SEED=…` repeats the moments;
//! `LIVES=…` makes more of them.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use futures_util::future::join_all;
use hub::domain::Clock;
use hub::domain::access::Audience;
use hub::store::writer::Act;
use hub::store::{Rules, Store};
use protocol::frame::AnyEvent;
use protocol::model::{AgentBody, AgentEvent, Side};
use protocol::{LoginId, Millis, TicketId};
use tests::process::Process;
use tests::seed::Seed;
use tests::stored::{Place, agent_does, guest_opens, lead};
use tests::wait;

const LIVES: usize = 50;
/// Due at the same moment.
const AT_ONCE: usize = 12;
/// When the hub dies, from so long before that moment to so long after it: about as long as they take to come back.
const BEFORE_MS: u64 = 5;
const AFTER_MS: u64 = 90;
/// The first start takes no longer; later ones are taken to be like the one before.
const FIRST_START_MS: u64 = 500;
/// From when the hub answers to the moment.
const LEAD_MS: u64 = 300;

mod kills_around_its_time_bring_each_ticket_back_once {
    use tests::stored::Place;

    use super::kills;

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        kills(Place::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        kills(Place::postgres()).await;
    }
}

/// A ticket that was put aside, and until when.
#[derive(Clone, Copy)]
struct Aside {
    ticket: TicketId,
    until: Millis,
}

async fn kills(place: Place) {
    let mut seed = Seed::new();
    let lives = std::env::var("LIVES").map_or(LIVES, |lives| lives.parse().expect("LIVES is a number"));
    let settings: Vec<_> = [("HUB__LOG__LEVEL", "error")].into_iter().chain(place.setting()).collect();
    let mut hub = Process::new(&settings);
    let data = hub.data().to_owned();
    let (ines, tickets) = prepare(&place, &data, lives).await;

    let mut start_ms = FIRST_START_MS;
    let mut all: Vec<Aside> = Vec::new();
    let (mut back, mut torn) = (0, 0);
    for some in &tickets {
        let store = open(&place, &data).await;
        let until = Clock::System.now() + (start_ms + LEAD_MS).cast_signed();
        join_all(some.iter().map(|ticket| agent_does(&store, ines, *ticket, Act::Snooze { until }))).await;
        all.extend(some.iter().map(|ticket| Aside { ticket: *ticket, until }));
        store.close().await;

        let started = Clock::System.now();
        hub.start();
        // Every tenth start is killed before it is one.
        if seed.between(1, 10) == 1 {
            Clock::System.sleep(seed.between(0, start_ms)).await;
        } else {
            hub.is_ready().await;
            start_ms = (Clock::System.now() - started).cast_unsigned();
            let dies_at = until + seed.between(0, BEFORE_MS + AFTER_MS).cast_signed() - BEFORE_MS.cast_signed();
            let left = u64::try_from(dies_at - Clock::System.now()).unwrap_or(0);
            Clock::System.sleep(left).await;
        }
        hub.kill().await;
        let now_back = count_back(&place, &data, &all).await;
        torn += usize::from(now_back > back && now_back < all.len());
        back = now_back;
    }
    hub.start();
    hub.is_ready().await;
    wait::until("every ticket is back", async || (count_back(&place, &data, &all).await == all.len()).then_some(()))
        .await;
    hub.kill().await;

    let store = open(&place, &data).await;
    for aside in &all {
        is_back_once(&log(&store, aside.ticket).await, *aside);
    }
    store.close().await;
    println!("{lives} lives, {} tickets; {torn} lives ended between two of them", all.len());
    assert!(torn > 0, "some lives ended between two tickets");
}

/// Tickets for each life, before the hub has ever run; and an agent.
async fn prepare(place: &Place, data: &Path, lives: usize) -> (LoginId, Vec<Vec<TicketId>>) {
    let store = open(place, data).await;
    let ines = lead(&store).await;
    let mut tickets = Vec::with_capacity(lives);
    for life in 0..lives {
        let addresses: Vec<_> = (0..AT_ONCE).map(|n| format!("guest{n}@d{life}.example")).collect();
        tickets.push(join_all(addresses.iter().map(|address| guest_opens(&store, address))).await);
    }
    store.close().await;
    (ines, tickets)
}

async fn open(place: &Place, data: &Path) -> Store {
    place.open(data, Clock::System, Rules::default()).await
}

async fn log(store: &Store, ticket: TicketId) -> Vec<AgentEvent> {
    let events = store.feed_after(ticket, Audience::Agent, 0, 100).await.unwrap().events.into_iter();
    events.filter_map(|event| if let AnyEvent::Agent(event) = event { Some(event) } else { None }).collect()
}

/// How many of them are not aside any more.
async fn count_back(place: &Place, data: &Path, all: &[Aside]) -> usize {
    let tickets: Vec<_> = all.iter().map(|aside| aside.ticket).collect();
    let store = open(place, data).await;
    let rows = store.agent_rows(&tickets).await.unwrap();
    store.close().await;
    rows.iter().filter(|row| row.snoozed_until.is_none()).count()
}

fn is_back_once(log: &[AgentEvent], Aside { ticket, until }: Aside) {
    assert_eq!(log.iter().map(|event| event.n).collect::<Vec<_>>(), [1, 2, 3, 4], "{ticket}: {log:#?}");
    assert_eq!(log[2].body, AgentBody::Snoozed { until });
    assert_eq!((&log[3].body, log[3].author.side), (&AgentBody::Woken, Side::System), "{ticket}");
    assert!(log[3].at >= until, "{ticket} was due at {until}, and was back at {}", log[3].at);
}
