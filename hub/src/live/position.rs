//! The position check: what a lost hint would have hidden is found by a read.
//!
//! Every 20 s ± 25 %, one batched query each: for the logins of open connections, for the tickets with
//! readers here, for the tickets that changed since the check before, for the marks in both. What is newer than
//! what was told last is read and told. At once when the bus raises a doubt, every second while nothing comes
//! over it.
//!
//! What changed is found by the times that its node gave it. Where clocks are further apart than
//! `CLOCKS_APART_MS`, open tickets are found all the same, by their ids, and of lists the first page.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use protocol::{Millis, TicketId};
use tokio_util::sync::CancellationToken;

use super::fanout::{Fanout, place};
use super::registry::{Registry, Told};
use super::rights;
use crate::actions::Hub;
use crate::domain::limits::{CLOCKS_APART_MS, POSITION_CHECK_MS, ROWS_CHECKED};
use crate::metrics::Kind;
use crate::store::StoreError;
use crate::store::tickets::{MarkPlace, Position};

/// Tickets of one query.
const TICKETS_MAX: usize = 1_000;
/// People of one query.
const PEOPLE_MAX: usize = 1_000;
/// While nothing comes from the other nodes.
const AWAY_CHECK_MS: u64 = 1_000;
/// Doubts that come one after the other are settled together, and not by all nodes at the same moment.
const DOUBT_MS_MAX: u64 = 200;

/// Checks positions until it is told to stop, also in the middle of a check: nothing is told by halves.
pub async fn check_for_ever(hub: Hub, registry: Arc<Registry>, stop: CancellationToken) {
    tokio::select! {
        () = check_again_and_again(&hub, &registry) => {}
        () = stop.cancelled() => {}
    }
}

/// Ends with the bus. The first check is made at once, before there is anybody to tell: what it finds is old by
/// the time that somebody comes.
async fn check_again_and_again(hub: &Hub, registry: &Arc<Registry>) {
    let fanout = Fanout::new(Arc::clone(registry));
    let mut bus = hub.bus.state();
    loop {
        // Before the check: a doubt that comes while it reads is not settled by it.
        let is_cut_off = { bus.borrow_and_update().is_cut_off() };
        check(hub, registry, &fanout).await;
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
                hub.clock.sleep(super::jitter(0, DOUBT_MS_MAX)).await;
            }
        }
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
    let began_at = hub.clock.now();
    let since = registry.checked_at().unwrap_or(began_at).saturating_sub(CLOCKS_APART_MS);
    let feeds = registry.tickets();
    for tickets in feeds.chunks(TICKETS_MAX) {
        check_tickets(hub, registry, fanout, tickets).await?;
        tell_marks(hub, registry, fanout, &hub.store.mark_places(tickets).await?).await?;
    }
    let mut met: HashSet<TicketId> = feeds.into_iter().collect();
    met.extend(look_at_lists(hub, registry, fanout, since).await?);
    met.extend(look_at_requesters_marks(hub, registry, fanout, since).await?);
    registry.checked(began_at, &met);
    Ok(())
}

/// What the lists on people's screens may show: the tickets that changed at `since` or later, newest first as in
/// every list, and a page of them in any case. One that changes meanwhile goes to the front, for the next check.
/// Answers which they were.
async fn look_at_lists(
    hub: &Hub,
    registry: &Registry,
    fanout: &Fanout,
    since: Millis,
) -> Result<Vec<TicketId>, StoreError> {
    let (mut met, mut before) = (Vec::new(), None);
    loop {
        let page = hub.store.newest_positions(hub.store.site().id, before, ROWS_CHECKED).await?;
        let news = page.iter().map(|(_, position)| position).filter(|position| registry.is_news(position));
        tell_rows(hub, registry, fanout, &news.map(|position| position.ticket).collect::<Vec<_>>()).await?;
        let tickets: Vec<TicketId> = page.iter().map(|(_, position)| position.ticket).collect();
        tell_marks(hub, registry, fanout, &hub.store.mark_places_since(&tickets, since).await?).await?;
        met.extend(tickets);
        match page.last() {
            Some((last_at, last)) if page.len() == ROWS_CHECKED && *last_at >= since => {
                before = Some((*last_at, last.ticket));
            }
            _ => return Ok(met),
        }
    }
}

/// A mark moves no ticket to the front: those of the requesters who are here are looked for by whose they are.
/// Agents have too many for that, and no list begins with tickets that a thousand others have passed: of theirs,
/// those in tickets of the lists' pages are found. Answers in which tickets they were.
async fn look_at_requesters_marks(
    hub: &Hub,
    registry: &Registry,
    fanout: &Fanout,
    since: Millis,
) -> Result<Vec<TicketId>, StoreError> {
    let mut met = Vec::new();
    for people in registry.requesting_people().chunks(PEOPLE_MAX) {
        let places = hub.store.mark_places_of(people, since).await?;
        tell_marks(hub, registry, fanout, &places).await?;
        met.extend(places.into_iter().map(|place| place.ticket));
    }
    Ok(met)
}

/// Tells rows that nobody was told of: to the lists, and, to readers who lost the ticket, its end.
async fn tell_rows(hub: &Hub, registry: &Registry, fanout: &Fanout, tickets: &[TicketId]) -> Result<(), StoreError> {
    if tickets.is_empty() {
        return Ok(());
    }
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
        found_untold(hub, registry, Kind::Row, row.last_at);
        registry.set_requester(ticket.id, ticket.requester);
        fanout.shut_out(ticket, &registry.readers(ticket.id));
        fanout.agent_row(ticket, before.as_ref(), row);
        fanout.public_row(ticket, public_row);
    }
    Ok(())
}

/// Lets the readers of a feed, and the long polls that wait for it, know how far it goes. Answers for how many
/// readers that was news.
pub fn go_on(registry: &Registry, position: &Position) -> usize {
    let mut news = 0;
    for reader in registry.readers(position.ticket) {
        news += usize::from(reader.outbox().position(position.ticket, position.last_n(reader.audience)));
        reader.wake.notify_one();
    }
    registry.wake_behind(position);
    news
}

/// Tells marks that moved unnoticed: two queries more where there are any.
async fn tell_marks(hub: &Hub, registry: &Registry, fanout: &Fanout, places: &[MarkPlace]) -> Result<(), StoreError> {
    let tickets: HashSet<TicketId> =
        places.iter().filter(|place| registry.is_mark_news(place)).map(|place| place.ticket).collect();
    if tickets.is_empty() {
        return Ok(());
    }
    let tickets: Vec<_> = tickets.into_iter().collect();
    let found = hub.store.ticket_refs(hub.store.site().id, &tickets).await?;
    for mark in hub.store.marks_now(&tickets).await? {
        let Some(ticket) = found.iter().find(|found| found.id == mark.ticket) else { continue };
        let mark = mark.of(ticket.clone());
        // Only now that it can be told: a read that fails is made up for by the next check.
        if registry.tell_mark(place(&mark)) {
            found_untold(hub, registry, Kind::Mark, mark.at);
            fanout.mark(&mark);
        }
    }
    Ok(())
}

/// Counts what nobody told, though the check before could have found it no earlier. What is older was there before
/// somebody opened its ticket; and the first check finds what there is.
fn found_untold(hub: &Hub, registry: &Registry, kind: Kind, at: Millis) {
    if registry.checked_at().is_some_and(|checked_at| at >= checked_at.saturating_sub(CLOCKS_APART_MS)) {
        hub.metrics.found(kind);
    }
}
