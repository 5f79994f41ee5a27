//! Brings what was committed to the connections of this node that may have it. Plain state and queues: nothing
//! here waits, reads a database or knows the time.
//!
//! An event is encoded once per audience and shared. Every delivery is filtered by the rights of whoever gets it
//! (R-E9), not by membership at the time of joining.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use protocol::frame::{AnyEvent, AnyTicket, ResetReason, ServerFrame};
use protocol::model::{AgentTicket, PublicTicket, Side};
use protocol::{Millis, TicketId};

use super::connection::{Connection, encode};
use super::outbox::Fleeting;
use super::registry::{Registry, Told};
use crate::domain::access::{self, Audience, TicketRef};
use crate::domain::committed::{Committed, CommittedEvent, CommittedMark};
use crate::presence::Attendant;
use crate::store::tickets::MarkPlace;

/// Clones bring to the same connections.
#[derive(Clone, Debug)]
pub struct Fanout {
    registry: Arc<Registry>,
}

impl Fanout {
    pub const fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }

    /// Committed here, or on another node: then it may come doubled, late, or after what is newer.
    pub fn committed(&self, committed: Committed, known_at: Millis) {
        match committed {
            Committed::Event(event) => self.event(*event, known_at),
            Committed::Mark(mark) if self.registry.tell_mark(place(&mark)) => self.mark(&mark),
            Committed::Mark(_) => {}
        }
    }

    fn event(&self, event: CommittedEvent, known_at: Millis) {
        let id = event.ticket.id;
        let readers = self.registry.readers(id);
        let told = self.registry.told(id);
        // Who may see the ticket, and its row, are known by then as they stood after a later event.
        let is_late = told.as_ref().is_some_and(|told| told.last_seq >= event.ticket.last_seq);
        // The event that changed access may have been lost, or may come after this one.
        let before = event.before.or(told.filter(|told| !told.has_access_of(&event.ticket)));
        if !is_late {
            if before.is_some() {
                self.registry.set_requester(id, event.ticket.requester);
            }
            self.shut_out(&event.ticket, &readers);
        }
        let agent_n = event.agent.n;
        let public_n = event.public.as_ref().map(|event| event.n);
        let mut agent = Lazy::new(AnyEvent::Agent(event.agent));
        let mut public = event.public.map(|event| Lazy::new(AnyEvent::Public(event)));
        for reader in &readers {
            if reader.reader(&event.ticket).is_none() {
                continue;
            }
            match (reader.audience, &mut public, public_n) {
                (Audience::Agent, _, _) => reader.offer(id, agent_n, agent.frame(id), known_at),
                (Audience::Requester, Some(public), Some(n)) => reader.offer(id, n, public.frame(id), known_at),
                (Audience::Requester, _, _) => {}
            }
        }
        self.registry.wake_waiting(id);
        if let Some((agent_row, public_row)) = event.rows {
            let (version, pub_version) = (agent_row.version, public_row.version);
            if self.registry.tell_row(Told { ticket: event.ticket.clone(), version, pub_version }) {
                self.agent_row(&event.ticket, before.as_ref(), agent_row);
                self.public_row(&event.ticket, public_row);
            }
        }
    }

    /// Readers who may no longer see the ticket are told, and get nothing more of it.
    pub fn shut_out(&self, ticket: &TicketRef, readers: &[Arc<Connection>]) {
        for reader in readers.iter().filter(|reader| reader.reader(ticket).is_none()) {
            reader.outbox().leave(ticket.id);
            self.registry.leave(ticket.id, reader);
            reader.control(&ServerFrame::Reset { ticket: ticket.id, reason: ResetReason::Forbidden });
        }
    }

    /// Tells the row to every agent who may see the ticket, and to those who no longer may that it went.
    pub fn agent_row(&self, ticket: &TicketRef, before: Option<&TicketRef>, row: AgentTicket) {
        if before.is_some() {
            self.registry.set_known(ticket.id, known_people(&row));
        }
        let frame = encode(&ServerFrame::Inbox { ticket: Box::new(AnyTicket::Agent(row)) });
        let gone = encode(&ServerFrame::InboxGone { ticket: ticket.id });
        for agent in self.registry.agents() {
            let who = agent.who();
            if access::read(&who, ticket).is_some() {
                agent.fleeting(Fleeting::Row(ticket.id), frame.clone());
            } else if before.is_some_and(|before| access::read(&who, before).is_some()) {
                agent.fleeting(Fleeting::Row(ticket.id), gone.clone());
            }
        }
    }

    pub fn public_row(&self, ticket: &TicketRef, row: PublicTicket) {
        let frame = encode(&ServerFrame::Inbox { ticket: Box::new(AnyTicket::Public(row)) });
        for requester in self.registry.requesters(ticket.id, ticket.requester) {
            if requester.audience == Audience::Requester && requester.reader(ticket).is_some() {
                requester.fleeting(Fleeting::Row(ticket.id), frame.clone());
            }
        }
    }

    pub fn mark(&self, mark: &CommittedMark) {
        let (id, person) = (mark.ticket.id, mark.for_agents.participant);
        let kind = Fleeting::Mark(id, person);
        let frame = |mark_n, unread| encode(&ServerFrame::Read { ticket: id, mark: mark_n, unread });
        let agents = frame(mark.for_agents.clone(), None);
        let requesters = frame(mark.for_requesters.clone(), None);
        for reader in self.registry.readers(id) {
            match reader.reader(&mark.ticket) {
                // One's own mark goes to every page of that person, below.
                Some(reader) if reader == person => {}
                Some(_) if reader.audience == Audience::Agent => reader.fleeting(kind, agents.clone()),
                Some(_) => reader.fleeting(kind, requesters.clone()),
                None => {}
            }
        }
        let own = frame(mark.own().clone(), Some(mark.unread));
        for page in self.registry.of_person(person) {
            page.fleeting(kind, own.clone());
        }
    }
}

/// Where a mark stands, in its owner's numbering.
pub fn place(mark: &CommittedMark) -> MarkPlace {
    let own = mark.own();
    let (participant, delivered_n, read_n) = (own.participant, own.delivered_n, own.read_n);
    MarkPlace { ticket: mark.ticket.id, participant, delivered_n, read_n }
}

/// Requester and assignee of a ticket.
pub fn known_people(row: &AgentTicket) -> Vec<Attendant> {
    let requester = Attendant { id: row.requester.id, side: Side::Requester, name: row.requester.name.clone() };
    let assignee =
        row.assignee.iter().map(|agent| Attendant { id: agent.id, side: Side::Agent, name: agent.name.clone() });
    std::iter::once(requester).chain(assignee).collect()
}

/// An event that is encoded when its first reader turns up, and once.
struct Lazy {
    event: Option<AnyEvent>,
    frame: Option<Utf8Bytes>,
}

impl Lazy {
    fn new(event: AnyEvent) -> Self {
        Self { event: Some(event), frame: None }
    }

    fn frame(&mut self, ticket: TicketId) -> &Utf8Bytes {
        let event = self.event.take();
        let frame = self.frame.take().or_else(|| event.map(|event| encode(&ServerFrame::Event { ticket, event })));
        self.frame.insert(frame.expect("an event or its frame is always there"))
    }
}
