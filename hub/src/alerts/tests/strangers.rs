//! A node that has just started, and has not heard yet who is at the others.

use protocol::model::PresenceScope;

use super::*;
use crate::alerts::attention::{STRANGER_MS, look};
use crate::bus::{Bus, RedisServer};
use crate::domain::Clock;

on_both! {
    a_node_that_starts_mails_nobody_before_it_knows_who_is_at_the_others,
    a_node_that_hears_nobody_waits_no_longer_than_it_has_to,
    a_node_alone_waits_for_nobody,
}

/// A mail to this person has been due for long.
async fn is_due(bench: &Bench) -> Opened {
    let agent = bench.agent("Ines", Role::Lead, &[]).await;
    let (_, login) = bench.customer("c@example.org").await;
    let ticket = bench.opens(login, OpeningRequester::Customer, "Hello").await;
    bench.answers(ticket.id, agent, "a word").await;
    bench.clock.advance(200 * S);
    ticket
}

/// A node that has just started, and a Redis that is not there.
fn new_node(bench: &Bench) -> Hub {
    let nowhere = RedisServer::new(&["redis://127.0.0.1:1".to_owned()], "hub").unwrap();
    let hub = Hub { bus: Bus::redis(nowhere, Clock::System), ..hub_on(bench) };
    hub.presence.set_scope(PresenceScope::Node);
    hub
}

async fn a_node_that_starts_mails_nobody_before_it_knows_who_is_at_the_others(bench: &Bench) {
    let (ticket, hub, began) = (is_due(bench).await, new_node(bench), bench.clock.now());
    assert_eq!(look(&hub, began).await.unwrap(), 0);
    bench.clock.advance(10 * S);
    assert_eq!(look(&hub, began).await.unwrap(), 0);
    // Another node told who looks at the ticket there.
    let person = Attendant { id: ticket.requester, side: Side::Requester, name: String::new() };
    hub.presence.attend(ConnectionId(bench.id()), ticket.id, &person, bench.clock.now());
    hub.presence.set_scope(PresenceScope::Hub);
    assert_eq!(look(&hub, began).await.unwrap(), 1);
    let mails = "select count(*) as n from delivery where kind = 'm2'";
    assert_eq!(bench.number(mails).await, 0, "put off, since its reader is there");
}

async fn a_node_that_hears_nobody_waits_no_longer_than_it_has_to(bench: &Bench) {
    is_due(bench).await;
    let (hub, began) = (new_node(bench), bench.clock.now());
    bench.clock.advance(STRANGER_MS.unsigned_abs() - 1);
    assert_eq!(look(&hub, began).await.unwrap(), 0);
    bench.clock.advance(1);
    assert_eq!(look(&hub, began).await.unwrap(), 1);
}

async fn a_node_alone_waits_for_nobody(bench: &Bench) {
    is_due(bench).await;
    assert_eq!(look(&hub_on(bench), bench.clock.now()).await.unwrap(), 1);
}
