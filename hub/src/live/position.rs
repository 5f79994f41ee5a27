//! The position check: what a lost hint would have hidden is found by a read.
//!
//! Every 20 s ± 25 %, one batched query each: for the logins of open connections, for the tickets with
//! readers here, for the tickets that lists show, for the marks in both. What is newer than what was told
//! last is read and told. At once when the bus raises a doubt, every second while nothing comes over it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use protocol::TicketId;
use tokio_util::sync::CancellationToken;

use super::fanout::Fanout;
use super::registry::{Registry, Told};
use super::rights;
use crate::actions::Hub;
use crate::domain::access::Audience;
use crate::domain::committed::CommittedMark;
use crate::domain::limits::{POSITION_CHECK_MS, ROWS_CHECKED, ROWS_CHECKED_MAX};
use crate::metrics::Kind;
use crate::store::StoreError;
use crate::store::tickets::{MarkNow, MarkPlace, Position};

/// Tickets of one query.
const TICKETS_MAX: usize = 1_000;
/// While nothing comes from the other nodes.
const AWAY_CHECK_MS: u64 = 1_000;
/// Doubts that come one after the other are settled together, and not by all nodes at the same moment.
const DOUBT_MS_MAX: u64 = 200;

/// Checks positions until it is told to stop.
pub async fn check_for_ever(hub: Hub, registry: Arc<Registry>, stop: CancellationToken) {
    let fanout = Fanout::new(Arc::clone(&registry));
    let mut bus = hub.bus.state();
    loop {
        let is_cut_off = { bus.borrow_and_update().is_cut_off() };
        let wait_ms = match is_cut_off {
            true => AWAY_CHECK_MS,
            false => super::jitter(POSITION_CHECK_MS * 3 / 4, POSITION_CHECK_MS * 5 / 4),
        };
        tokio::select! {
            () = hub.clock.sleep(wait_ms) => {}
            changed = bus.changed() => {
                if changed.is_err() {
                    return;
                }
                tokio::select! {
                    () = hub.clock.sleep(super::jitter(0, DOUBT_MS_MAX)) => {}
                    () = stop.cancelled() => return,
                }
            }
            () = stop.cancelled() => return,
        }
        check(&hub, &registry, &fanout).await;
    }
}

/// One check, now.
pub async fn check(hub: &Hub, registry: &Arc<Registry>, fanout: &Fanout) {
    rights::reread(hub, registry, registry.connections()).await;
    if let Err(error) = look(hub, registry, fanout).await {
        tracing::warn!(%error, "could not check positions");
    }
}

/// Whether these tickets have moved, and what of it this node has not told.
pub async fn check_tickets(
    hub: &Hub,
    registry: &Registry,
    fanout: &Fanout,
    tickets: &[TicketId],
) -> Result<(), StoreError> {
    let positions = hub.store.positions(tickets).await?;
    let news = positions.iter().filter(|position| registry.is_news(position));
    tell_rows(hub, registry, fanout, &news.map(|position| position.ticket).collect::<Vec<_>>()).await?;
    for position in &positions {
        (0..go_on(registry, position)).for_each(|_| hub.metrics.found(Kind::Event));
    }
    Ok(())
}

async fn look(hub: &Hub, registry: &Registry, fanout: &Fanout) -> Result<(), StoreError> {
    let feeds = registry.tickets();
    let mut positions = Vec::new();
    for tickets in feeds.chunks(TICKETS_MAX) {
        positions.extend(hub.store.positions(tickets).await?);
    }
    let listed = listed(hub, registry).await?;
    let rows = positions.iter().chain(&listed).filter(|position| registry.is_news(position));
    let rows: HashSet<TicketId> = rows.map(|position| position.ticket).collect();
    for tickets in rows.into_iter().collect::<Vec<_>>().chunks(TICKETS_MAX) {
        tell_rows(hub, registry, fanout, tickets).await?;
    }
    // After whoever lost a ticket was shut out: they get nothing more of it.
    for position in &positions {
        (0..go_on(registry, position)).for_each(|_| hub.metrics.found(Kind::Event));
    }
    let watched: HashSet<TicketId> = feeds.into_iter().chain(listed.iter().map(|row| row.ticket)).collect();
    for tickets in watched.iter().copied().collect::<Vec<_>>().chunks(TICKETS_MAX) {
        tell_marks(hub, registry, fanout, tickets).await?;
    }
    registry.keep_told(&watched);
    Ok(())
}

/// What the lists on people's screens may show: the tickets that changed last, as every list begins with
/// them. One query for all connections; more when a whole window of them is news.
async fn listed(hub: &Hub, registry: &Registry) -> Result<Vec<Position>, StoreError> {
    if registry.connections().is_empty() {
        return Ok(Vec::new());
    }
    let site = hub.store.site().id;
    let window = hub.store.newest_positions(site, ROWS_CHECKED).await?;
    let is_full = window.len() as u64 >= ROWS_CHECKED;
    // At the first look all is news, and nothing older can have been missed.
    let has_missed = window.iter().all(|position| registry.is_news(position)) && !registry.told_nothing();
    match is_full && has_missed {
        true => hub.store.newest_positions(site, ROWS_CHECKED_MAX).await,
        false => Ok(window),
    }
}

/// Tells rows that nobody was told of: to the lists, and, to readers who lost the ticket, its end.
async fn tell_rows(hub: &Hub, registry: &Registry, fanout: &Fanout, tickets: &[TicketId]) -> Result<(), StoreError> {
    let found = hub.store.ticket_refs(hub.store.site().id, tickets).await?;
    let mut public: HashMap<_, _> =
        hub.store.public_rows(tickets).await?.into_iter().map(|row| (row.id, row)).collect();
    for row in hub.store.agent_rows(tickets).await? {
        let Some(ticket) = found.iter().find(|found| found.id == row.id) else { continue };
        let Some(public_row) = public.remove(&row.id) else { continue };
        let before = registry.told(row.id);
        let told = Told { ticket: ticket.clone(), version: row.version, pub_version: public_row.version };
        if !registry.tell_row(told) {
            // Live delivery was faster.
            continue;
        }
        hub.metrics.found(Kind::Row);
        registry.set_requester(ticket.id, ticket.requester);
        fanout.shut_out(ticket, &registry.readers(ticket.id));
        fanout.agent_row(ticket, before.as_ref(), row);
        fanout.public_row(ticket, public_row);
    }
    Ok(())
}

/// Lets the readers of a feed know how far it goes. Answers for how many that was news.
pub fn go_on(registry: &Registry, position: &Position) -> usize {
    let mut news = 0;
    for reader in registry.readers(position.ticket) {
        let last_n = match reader.audience {
            Audience::Agent => position.last_seq,
            Audience::Requester => position.last_pub_seq,
        };
        news += usize::from(reader.outbox().position(position.ticket, last_n));
        reader.wake.notify_one();
    }
    news
}

/// Tells marks that moved unnoticed: two queries more where there are any.
async fn tell_marks(hub: &Hub, registry: &Registry, fanout: &Fanout, tickets: &[TicketId]) -> Result<(), StoreError> {
    let places = hub.store.mark_places(tickets).await?;
    let moved: Vec<_> = places.into_iter().filter(|place| registry.tell_mark(*place)).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let tickets: HashSet<TicketId> = moved.iter().map(|place| place.ticket).collect();
    let tickets: Vec<_> = tickets.into_iter().collect();
    let found = hub.store.ticket_refs(hub.store.site().id, &tickets).await?;
    for mark in hub.store.marks_now(&tickets).await? {
        let is_moved =
            |place: &&MarkPlace| (place.ticket, place.participant) == (mark.ticket, mark.for_agents.participant);
        let ticket = found.iter().find(|found| found.id == mark.ticket);
        if let (Some(ticket), Some(_)) = (ticket, moved.iter().find(is_moved)) {
            hub.metrics.found(Kind::Mark);
            let MarkNow { for_agents, for_requesters, unread, at, .. } = mark;
            fanout.mark(&CommittedMark { ticket: ticket.clone(), for_agents, for_requesters, unread, at });
        }
    }
    Ok(())
}
