//! Two nodes on one database: numbers stay dense, repeats stay one, whoever comes second.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use protocol::model::Role;

use super::super::sql::{Sql, one};
use super::bench::{Bench, guest, reply};
use super::on_both;
use crate::domain::Clock;
use crate::domain::access::Audience;
use crate::store::writer::{Act, Actor, Append, Opened};
use crate::store::{Rules, Store};

/// Runs each on a task of its own.
async fn at_once<T: Send + 'static>(sends: Vec<impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    join_all(sends.into_iter().map(tokio::spawn)).await.into_iter().map(Result::unwrap).collect()
}

/// By either store in turn.
fn by_turns<'a>(stores: &'a [Store; 2], appends: Vec<Append>) -> Vec<impl Future<Output = i64> + Send + use<>> {
    let stores: &'a [Store; 2] = stores;
    let send = |(turn, append): (usize, Append)| {
        let store = stores[turn % 2].clone();
        async move { store.append(append).await.unwrap().n }
    };
    appends.into_iter().enumerate().map(send).collect()
}

on_both! {
    racing_writers_leave_no_hole,
    the_same_send_on_two_nodes_is_one_event,
    the_same_opening_on_two_nodes_is_one_ticket,
    numbers_of_tickets_are_never_doubled,
    of_two_agents_who_solve_one_is_told_conflict,
    a_snapshot_is_one_look,
    a_node_knows_whether_it_is_alone,
}

/// By connections that are open at this moment; the command line's are no node's.
async fn a_node_knows_whether_it_is_alone(bench: &Bench) {
    let node = || Store::open_for_node(bench.database.clone(), bench.store.clock().clone(), Rules::default());
    let first = node().await.unwrap();
    let command = bench.second_store().await;
    assert!(!first.has_other_nodes().await.unwrap());
    let second = node().await.unwrap();
    for store in [&first, &second, &command] {
        assert_eq!(store.has_other_nodes().await.unwrap(), bench.is_postgres());
    }
    second.close().await;
    // The server notices it a moment later.
    let looking = async { while first.has_other_nodes().await.unwrap() {} };
    Clock::System.within(30_000, looking).await.expect("it is not alone");
    first.close().await;
    command.close().await;
}

/// Invariants 4 and 5: racing writers on one ticket leave no hole and no double.
async fn racing_writers_leave_no_hole(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let agent = bench.agent("Lea", Role::Agent, &[]).await;
    let ticket = bench.guest_opens("Hello").await;
    let second = bench.guest_opens("Second").await;
    let acts = (0..200).map(|i| {
        let ticket = if i % 5 == 0 { second } else { ticket };
        let actor = if i % 3 == 0 { Actor::Agent(agent.login) } else { Actor::Visitor(ticket.login) };
        bench.append(ticket.id, actor, reply(&format!("{i}")))
    });
    at_once(by_turns(&stores, acts.collect())).await;
    for ticket in [ticket, second] {
        let events = bench.agent_events(ticket.id, 0).await;
        assert_eq!(
            events.iter().map(|event| event.n).collect::<Vec<_>>(),
            (1..=events.len() as i64).collect::<Vec<_>>()
        );
        let said: BTreeSet<_> = events.iter().filter_map(|event| event.client_id).collect();
        let messages = events.iter().filter(|event| event.client_id.is_some()).count();
        assert_eq!(said.len(), messages);
    }
    assert_eq!(bench.number("select count(*) as n from event where kind = 'message'").await, 202);
    stores[1].close().await;
}

/// Invariant 3.
async fn the_same_send_on_two_nodes_is_one_event(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let ticket = bench.guest_opens("Hello").await;
    for round in 0..10 {
        let send = bench.append(ticket.id, Actor::Visitor(ticket.login), reply(&format!("{round}")));
        let numbers = at_once(by_turns(&stores, vec![send; 8])).await;
        assert_eq!(numbers, [3 + round; 8]);
    }
    assert_eq!(bench.public_view(ticket).await.cursor, 12);
    stores[1].close().await;
}

async fn the_same_opening_on_two_nodes_is_one_ticket(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    for round in 1..=10 {
        let opening = bench.opening(bench.visitor_login().await, guest("guest@example.org"), "Hello");
        let opens = (0..6).map(|turn| {
            let (store, opening) = (stores[turn % 2].clone(), opening.clone());
            async move { store.open_ticket(opening).await.unwrap() }
        });
        let opened: Vec<Opened> = at_once(opens.collect()).await;
        assert!(opened.iter().all(|one| one.ticket.id == opened[0].ticket.id));
        assert_eq!(opened.iter().filter(|one| !one.repeated).count(), 1);
        assert_eq!(bench.number("select count(*) as n from ticket").await, round);
        assert_eq!(bench.number("select count(*) as n from participant where kind = 'guest'").await, round);
    }
    stores[1].close().await;
}

/// Different openings on two nodes: ticket numbers are never doubled.
async fn numbers_of_tickets_are_never_doubled(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let login = bench.visitor_login().await;
    let opens = (0..40).map(|turn| {
        let (store, opening) = (stores[turn % 2].clone(), bench.opening(login, guest("guest@example.org"), "Hello"));
        async move { store.open_ticket(opening).await.unwrap().ticket.number }
    });
    let numbers: BTreeSet<_> = at_once(opens.collect()).await.into_iter().collect();
    assert_eq!(numbers, (10_001..10_041).collect());
    stores[1].close().await;
}

async fn of_two_agents_who_solve_one_is_told_conflict(bench: &Bench) {
    let stores = [bench.store.clone(), bench.second_store().await];
    let lea = bench.agent("Lea", Role::Agent, &[]).await;
    let lou = bench.agent("Lou", Role::Agent, &[]).await;
    for _ in 0..5 {
        let ticket = bench.guest_opens("Hello").await;
        let solves = [lea, lou].into_iter().enumerate().map(|(turn, agent)| {
            let (store, act) = (stores[turn].clone(), bench.append(ticket.id, Actor::Agent(agent.login), Act::Solve));
            async move { store.append(act).await.is_ok() }
        });
        let mut done = at_once(solves.collect()).await;
        done.sort_unstable();
        assert_eq!(done, [false, true]);
    }
    stores[1].close().await;
}

/// A snapshot is one look: its cursor is its last event's number, whatever is written meanwhile.
async fn a_snapshot_is_one_look(bench: &Bench) {
    let ticket = bench.guest_opens("Hello").await;
    let writer = {
        let store = bench.store.clone();
        let appends: Vec<_> =
            (0..60).map(|i| bench.append(ticket.id, Actor::Visitor(ticket.login), reply(&format!("{i}")))).collect();
        tokio::spawn(async move {
            for append in appends {
                store.append(append).await.unwrap();
            }
        })
    };
    while !writer.is_finished() {
        let view = bench.public_view(ticket).await;
        assert_eq!((view.cursor, view.ticket.last_n), (view.events.len() as i64, view.cursor));
        assert_eq!((view.read_n, view.unread), (view.cursor, 0));
        let feed = bench.store.feed_after(ticket.id, Audience::Requester, 0, 500).await.unwrap();
        assert_eq!(feed.last_n, feed.events.len() as i64);
    }
    writer.await.unwrap();
    assert_eq!(bench.public_view(ticket).await.cursor, 62);
}

/// Decisions.md 1 and 2: a node that stands still inside a transaction holds the ticket that it has locked, no
/// other one, and that one for no longer than Postgres lets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stands_still_in_a_transaction_holds_one_ticket_and_not_for_long() {
    let bench = Bench::postgres().await;
    let other = bench.second_store().await;
    let (held, free) = (bench.guest_opens("Hello").await, bench.guest_opens("Another matter").await);
    let frozen = bench.store.db().begin().await.unwrap();
    let lock = Sql::with("select id from ticket where id = $1 for update", [held.id.0.into()]);
    assert!(one(&frozen, lock).await.unwrap().is_some());
    let late = bench.append(held.id, Actor::Visitor(held.login), reply("late"));
    let sending = tokio::spawn({
        let (other, late) = (other.clone(), late.clone());
        async move { other.append(late).await }
    });
    for n in 0..20 {
        let sent = other.append(bench.append(free.id, Actor::Visitor(free.login), reply(&n.to_string()))).await;
        assert_eq!(sent.unwrap().n, 3 + n, "who writes elsewhere waits for nobody");
    }
    // It is told that it is written, or to come again, as its page does.
    let mut sent = sending.await.unwrap();
    let coming_again = async {
        while sent.is_err() {
            sent = other.append(late.clone()).await;
        }
    };
    Clock::System.within(15_000, coming_again).await.expect("Postgres has ended what stood still");
    assert_eq!(sent.unwrap().n, 3);
    assert!(frozen.commit().await.is_err(), "nothing of the frozen node's is written when it goes on");
    other.close().await;
    bench.finish().await;
}
