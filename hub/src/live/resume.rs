//! Joining feeds at a cursor, and reading what a lagging feed has missed.
//!
//! The order that loses nothing: register the connection with the feed, then read the position, then
//! the data. Live events that come in between only raise the number the feed has to reach.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use protocol::frame::{AnyEvent, Cursor, ResetReason, ServerFrame};
use protocol::model::Side;
use protocol::{Millis, TicketId};

use super::connection::{Connection, encode};
use super::outbox::{Fleeting, Refill};
use super::registry::Registry;
use crate::actions::Hub;
use crate::bus::Signal;
use crate::domain::access::{self, Audience, TicketRef};
use crate::domain::limits::{EVENTS_BEHIND_MAX, EVENTS_PAGE};
use crate::presence::Attendant;
use crate::store::StoreError;
use crate::store::tickets::Feed;

/// A fleeting frame as it was read again.
type Told = (Fleeting, Utf8Bytes);

/// Joins these feeds; each is answered with `sync` or `reset`. One query, whatever their number, and
/// no other when nothing was missed (invariant 19).
pub async fn join(
    hub: &Hub,
    registry: &Registry,
    connection: &Arc<Connection>,
    cursors: &[Cursor],
) -> Result<(), StoreError> {
    if cursors.is_empty() {
        return Ok(());
    }
    register(registry, connection, cursors);
    let tickets: Vec<_> = cursors.iter().map(|cursor| cursor.ticket).collect();
    let found = match hub.store.feeds(hub.store.site().id, &tickets).await {
        Ok(found) => found,
        Err(error) => {
            tickets.iter().for_each(|ticket| leave(registry, connection, *ticket));
            return Err(error);
        }
    };
    for cursor in cursors {
        let feed = found.iter().find(|found| found.ticket.id == cursor.ticket);
        let is_joined = settle(registry, connection, feed.map(|feed| &feed.ticket), *cursor);
        if let Some(feed) = feed.filter(|_| is_joined) {
            registry.learn(cursor.ticket, people_of(feed));
        }
        if is_joined && (connection.audience == Audience::Agent || registry.has_agent_reader(cursor.ticket)) {
            hub.bus.publish(Signal::PresenceChanged(cursor.ticket));
        }
    }
    Ok(())
}

/// Requester and assignee.
fn people_of(feed: &Feed) -> Vec<Attendant> {
    let requester = Attendant { id: feed.ticket.requester, side: Side::Requester, name: feed.requester_name.clone() };
    let assignee = feed.ticket.assignee.zip(feed.assignee_name.clone());
    let assignee = assignee.map(|(id, name)| Attendant { id, side: Side::Agent, name });
    std::iter::once(requester).chain(assignee).collect()
}

/// The first step: from here on live events wait with the connection.
pub fn register(registry: &Registry, connection: &Arc<Connection>, cursors: &[Cursor]) {
    for cursor in cursors {
        // What the lane still held of an earlier joining must not come after the `sync`.
        connection.outbox().join(cursor.ticket, cursor.after);
        registry.join(cursor.ticket, connection);
    }
}

/// The second one, with the ticket as it was read after the first. Answers whether the feed is joined.
pub fn settle(registry: &Registry, connection: &Arc<Connection>, ticket: Option<&TicketRef>, cursor: Cursor) -> bool {
    let frame = match place(connection, ticket, cursor) {
        Ok((ticket, last_n)) => {
            registry.set_requester(cursor.ticket, ticket.requester);
            connection.outbox().joined(cursor.ticket, last_n);
            ServerFrame::Sync { ticket: cursor.ticket, from: cursor.after + 1, to: last_n }
        }
        Err(reason) => {
            leave(registry, connection, cursor.ticket);
            ServerFrame::Reset { ticket: cursor.ticket, reason }
        }
    };
    connection.control(&frame);
    matches!(frame, ServerFrame::Sync { .. })
}

pub fn leave(registry: &Registry, connection: &Arc<Connection>, ticket: TicketId) {
    connection.outbox().leave(ticket);
    registry.leave(ticket, connection);
}

/// Where a cursor stands in the log, or why it cannot be resumed.
fn place<'a>(
    connection: &Connection,
    ticket: Option<&'a TicketRef>,
    cursor: Cursor,
) -> Result<(&'a TicketRef, i64), ResetReason> {
    let ticket = ticket.ok_or(ResetReason::Forbidden)?;
    let who = connection.who();
    let last_n = access::read(&who, ticket).ok_or(ResetReason::Forbidden)?.last_n();
    if !connection.outbox().reads(cursor.ticket) {
        // More feeds than one connection may have.
        return Err(ResetReason::Forbidden);
    }
    match last_n - cursor.after {
        _ if cursor.after < 0 => Err(ResetReason::Ahead),
        missed if missed < 0 => Err(ResetReason::Ahead),
        missed if missed > EVENTS_BEHIND_MAX => Err(ResetReason::TooFar),
        _ => Ok((ticket, last_n)),
    }
}

/// Reads the next page of a lagging feed into the lane, if it is still theirs to read: what took the right away
/// may be among what this node has missed (R-E9).
pub async fn refill(
    hub: &Hub,
    registry: &Registry,
    connection: &Arc<Connection>,
    refill: Refill,
) -> Result<(), StoreError> {
    let found = hub.store.ticket_refs(hub.store.site().id, &[refill.ticket]).await?;
    if !found.iter().any(|ticket| connection.reader(ticket).is_some()) {
        leave(registry, connection, refill.ticket);
        connection.control(&ServerFrame::Reset { ticket: refill.ticket, reason: ResetReason::Forbidden });
        return Ok(());
    }
    let read = hub.store.feed_after(refill.ticket, connection.audience, refill.after, EVENTS_PAGE).await?;
    let frames = read.events.into_iter().map(|event| numbered(refill.ticket, event));
    connection.outbox().refilled(refill, frames, read.last_n);
    Ok(())
}

/// Reads rows and marks whose frames found no room.
pub async fn reread(hub: &Hub, connection: &Connection, stale: &[Fleeting]) -> Result<(), StoreError> {
    let rows = stale.iter().filter_map(|kind| if let Fleeting::Row(ticket) = kind { Some(*ticket) } else { None });
    let marks = stale.iter().filter_map(|kind| if let Fleeting::Mark(ticket, _) = kind { Some(*ticket) } else { None });
    let mut frames = rows_now(hub, connection, &rows.collect::<Vec<_>>()).await?;
    let marks = marks_now(hub, connection, &marks.collect::<Vec<_>>()).await?;
    frames.extend(marks.into_iter().filter(|(kind, _)| stale.contains(kind)));
    let mut outbox = connection.outbox();
    frames.into_iter().for_each(|(kind, frame)| outbox.was_read(kind, frame));
    drop(outbox);
    connection.wake.notify_one();
    Ok(())
}

/// These rows as they are told to a connection. An agent who may no longer see one is told that it went.
async fn rows_now(hub: &Hub, connection: &Connection, tickets: &[TicketId]) -> Result<Vec<Told>, StoreError> {
    use protocol::frame::AnyTicket;
    let found = hub.store.ticket_refs(hub.store.site().id, tickets).await?;
    let (may_read, gone): (Vec<_>, Vec<_>) = found.iter().partition(|ticket| connection.reader(ticket).is_some());
    let may_read: Vec<TicketId> = may_read.into_iter().map(|ticket| ticket.id).collect();
    let row = |id, ticket| (Fleeting::Row(id), encode(&ServerFrame::Inbox { ticket: Box::new(ticket) }));
    let went = |ticket: &TicketRef| (Fleeting::Row(ticket.id), encode(&ServerFrame::InboxGone { ticket: ticket.id }));
    Ok(match connection.audience {
        Audience::Agent => {
            let rows = hub.store.agent_rows(&may_read).await?;
            let rows = rows.into_iter().map(|ticket| row(ticket.id, AnyTicket::Agent(ticket)));
            rows.chain(gone.into_iter().map(went)).collect()
        }
        Audience::Requester => {
            let rows = hub.store.public_rows(&may_read).await?;
            rows.into_iter().map(|ticket| row(ticket.id, AnyTicket::Public(ticket))).collect()
        }
    })
}

/// The marks in these tickets as they are told to a connection: its own, and those of others in feeds that it reads.
async fn marks_now(hub: &Hub, connection: &Connection, tickets: &[TicketId]) -> Result<Vec<Told>, StoreError> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let found = hub.store.ticket_refs(hub.store.site().id, tickets).await?;
    let own = connection.participants();
    let mut told = Vec::new();
    for now in hub.store.marks_now(tickets).await? {
        let Some(ticket) = found.iter().find(|found| found.id == now.ticket) else { continue };
        let mark = now.of(ticket.clone());
        let person = mark.for_agents.participant;
        let is_own = own.contains(&person);
        let follows = connection.outbox().reads(ticket.id);
        let may_know = is_own || follows && connection.reader(ticket).is_some();
        if !may_know {
            continue;
        }
        let (numbers, unread) = match connection.audience {
            Audience::Agent | Audience::Requester if is_own => (mark.own(), Some(mark.unread)),
            Audience::Agent => (&mark.for_agents, None),
            Audience::Requester => (&mark.for_requesters, None),
        };
        let frame = encode(&ServerFrame::Read { ticket: ticket.id, mark: numbers.clone(), unread });
        told.push((Fleeting::Mark(ticket.id, person), frame));
    }
    Ok(told)
}

fn numbered(ticket: TicketId, event: AnyEvent) -> (i64, Millis, Utf8Bytes) {
    let (n, at) = match &event {
        AnyEvent::Public(event) => (event.n, event.at),
        AnyEvent::Agent(event) => (event.n, event.at),
    };
    (n, at, encode(&ServerFrame::Event { ticket, event }))
}
