//! Brings what was committed, and what the bus tells, to the connections of this node.
//!
//! One task, so that everything keeps the order of the commits. It puts frames into queues and never
//! waits for a socket. An event is encoded once per audience and shared. Every delivery is filtered
//! by the rights of whoever gets it (R-E9), not by membership at the time of joining.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use protocol::frame::{AnyEvent, AnyTicket, CloseCode, PostKind, ResetReason, ServerFrame};
use protocol::model::{AgentTicket, PublicTicket, Side};
use protocol::{ConnectionId, ParticipantId, SiteId, TicketId};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, encode};
use super::outbox::Fleeting;
use super::registry::{Registry, Told};
use crate::actions::Hub;
use crate::bus::{Attending, Heard, Moved, Signal, Typing};
use crate::domain::access::{self, Audience, TicketRef, Who};
use crate::domain::committed::{Committed, CommittedEvent, CommittedMark};
use crate::presence::Attendant;
use crate::store::tickets::MarkPlace;

pub struct Delivery {
    hub: Hub,
    registry: Arc<Registry>,
}

impl Delivery {
    pub fn new(hub: Hub, registry: Arc<Registry>) -> Self {
        Self { hub, registry }
    }

    /// Runs until it is told to stop or the store has closed.
    pub async fn run(
        self,
        mut commits: mpsc::Receiver<Vec<Committed>>,
        mut heard: broadcast::Receiver<Heard>,
        stop: CancellationToken,
    ) {
        loop {
            // Both receives are cancel-safe: nothing is taken out unless the branch runs.
            tokio::select! {
                biased;
                batch = commits.recv() => match batch {
                    Some(batch) => for committed in batch {
                        self.hub.bus.hint(&committed);
                        self.committed(committed);
                    },
                    None => return,
                },
                heard = heard.recv() => match heard {
                    Ok(Heard::Signal(signal)) => self.signal(signal).await,
                    Ok(Heard::Committed(committed)) => self.committed(committed),
                    Ok(Heard::Moved(moved)) => self.moved(moved).await,
                    Err(RecvError::Lagged(words)) => {
                        tracing::warn!(words, "the bus was read too slowly");
                        self.hub.bus.doubt();
                    }
                    Err(RecvError::Closed) => return,
                },
                () = stop.cancelled() => return,
            }
        }
    }

    /// Committed here, or on another node: then it may come doubled, late, or after what is newer.
    fn committed(&self, committed: Committed) {
        match committed {
            Committed::Event(event) => self.event(*event),
            Committed::Mark(mark) if self.registry.tell_mark(place(&mark)) => self.mark(&mark),
            Committed::Mark(_) => {}
        }
    }

    fn event(&self, event: CommittedEvent) {
        let (id, known_at) = (event.ticket.id, self.hub.clock.now());
        let readers = self.registry.readers(id);
        // Who may see the ticket, and its row, are known by then as they stood after a later event.
        let is_late = self.registry.told(id).is_some_and(|told| told.last_seq >= event.ticket.last_seq);
        if event.before.is_some() && !is_late {
            self.registry.set_requester(id, event.ticket.requester);
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
                self.agent_row(&event.ticket, event.before.as_ref(), agent_row);
                self.public_row(&event.ticket, public_row);
            }
        }
    }

    /// Another node committed something that was too long to be told.
    async fn moved(&self, moved: Moved) {
        let checked = super::position::check_tickets(&self.hub, &self.registry, self, &[moved.ticket]).await;
        if let Err(error) = checked {
            tracing::warn!(%error, "could not read what another node wrote");
            self.hub.bus.doubt();
        }
    }

    /// Readers who lost the ticket by this event are told, and get nothing more of it.
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
        let own = match mark.for_agents.side {
            Side::Agent => mark.for_agents.clone(),
            Side::Requester | Side::System => mark.for_requesters.clone(),
        };
        let own = frame(own, Some(mark.unread));
        for page in self.registry.of_person(person) {
            page.fleeting(kind, own.clone());
        }
    }

    async fn signal(&self, signal: Signal) {
        match signal {
            Signal::LoginsEnded(logins) => {
                for connection in self.registry.of_login(&logins) {
                    connection.close(CloseCode::Revoked);
                }
            }
            Signal::RightsChanged(people) => {
                let connections = people.iter().flat_map(|person| self.registry.of_person(*person)).collect();
                super::rights::reread(&self.hub, &self.registry, connections).await;
            }
            Signal::Typing(typing) => self.typing(&typing),
            Signal::PresenceChanged(ticket) => self.presence(ticket).await,
            Signal::AlertsChanged(ticket) => self.alerts(ticket),
            Signal::ColleaguesChanged(people) => self.colleagues(&people).await,
            Signal::ShelfChanged { site, owner } => self.shelf(site, owner),
            Signal::DraftChanged { agent, ticket, kind, revision } => {
                let frame = encode(&ServerFrame::Draft { ticket, kind, revision });
                self.draft(agent, Fleeting::Draft(ticket, kind), &frame);
            }
            Signal::Here(people) => self.here(&people).await,
            // That it changed anything is told beside it.
            Signal::Attends { session, to } => self.attends(session, to),
            Signal::Asked(networks) => {
                for (network, requests) in networks {
                    self.hub.floods.passed_elsewhere(&network, requests);
                }
            }
        }
    }

    /// Another node has sessions of these people.
    async fn here(&self, people: &[ParticipantId]) {
        let came = self.hub.presence.elsewhere(people, self.hub.clock.now());
        for ticket in came.iter().flat_map(|person| self.registry.tickets_requested_by(*person)) {
            self.presence(ticket).await;
        }
        if !came.is_empty() {
            self.colleagues(&came).await;
        }
    }

    fn attends(&self, session: ConnectionId, to: Option<Attending>) {
        let presence = &self.hub.presence;
        match to {
            Some(Attending { ticket, participant: id, side, name }) => {
                presence.attend(session, ticket, &Attendant { id, side, name }, self.hub.clock.now())
            }
            None => presence.unattend(session),
        };
    }

    fn typing(&self, typing: &Typing) {
        let kind = Fleeting::Typing(typing.ticket, typing.participant);
        let frame = encode(&ServerFrame::Typing {
            ticket: typing.ticket,
            participant: typing.participant,
            side: typing.side,
            name: typing.name.clone(),
            kind: typing.kind,
            file: typing.file,
        });
        for reader in self.registry.readers(typing.ticket) {
            let own = reader.participants().contains(&typing.participant);
            // That a note is being written is as internal as the note.
            let hidden = typing.kind == PostKind::Note && reader.audience == Audience::Requester;
            if !own && !hidden {
                reader.fleeting(kind, frame.clone());
            }
        }
    }

    fn alerts(&self, ticket: TicketId) {
        let frame = encode(&ServerFrame::Alerts { ticket });
        for reader in self.registry.readers(ticket) {
            if reader.audience == Audience::Agent {
                reader.fleeting(Fleeting::Alerts(ticket), frame.clone());
            }
        }
    }

    /// How agents stand is for all agents of their site, and for nobody else.
    async fn colleagues(&self, people: &[ParticipantId]) {
        let readers = self.registry.agents();
        if readers.is_empty() {
            return;
        }
        // What cannot be read now is read with the list of colleagues, which pages do now and then.
        let Ok(found) = self.hub.store.availabilities(people).await else { return };
        for (site, id, availability) in found {
            let online = self.hub.presence.is_online(id, self.hub.clock.now());
            let frame = encode(&ServerFrame::Colleague { id, online, availability });
            for reader in &readers {
                if matches!(&*reader.who(), Who::Agent(agent) if agent.site == site) {
                    reader.fleeting(Fleeting::Colleague(id), frame.clone());
                }
            }
        }
    }

    /// A hint that was lost is made up for when the page is welcomed again, or its person looks for a macro.
    fn shelf(&self, site: SiteId, owner: Option<ParticipantId>) {
        let frame = encode(&ServerFrame::Shelf);
        let may_use = |who: &Who| match who {
            Who::Agent(agent) => agent.site == site && owner.is_none_or(|owner| owner == agent.id),
            Who::Visitor(_) => false,
        };
        for agent in self.registry.agents().into_iter().filter(|agent| may_use(&agent.who())) {
            agent.fleeting(Fleeting::Shelf, frame.clone());
        }
    }

    /// For the agent's own pages alone (R-D3). One that was lost is made up for when a page is welcomed again.
    fn draft(&self, agent: ParticipantId, kind: Fleeting, frame: &Utf8Bytes) {
        for page in self.registry.of_person(agent) {
            page.fleeting(kind, frame.clone());
        }
    }

    async fn presence(&self, ticket: TicketId) {
        let readers = self.registry.readers(ticket);
        if readers.is_empty() {
            return;
        }
        let Some(known) = self.known(ticket).await else { return };
        let mut people = self.hub.presence.people(ticket, &known, self.hub.clock.now());
        let all = encode(&ServerFrame::Presence { ticket, people: people.clone() });
        // Requesters see agents, and not each other.
        people.retain(|person| person.side == Side::Agent);
        let agents_only = encode(&ServerFrame::Presence { ticket, people });
        for reader in readers {
            let frame = if reader.audience == Audience::Agent { &all } else { &agents_only };
            reader.fleeting(Fleeting::Presence(ticket), frame.clone());
        }
    }

    /// Requester and assignee of a ticket with readers here.
    async fn known(&self, ticket: TicketId) -> Option<Vec<Attendant>> {
        if let Some(known) = self.registry.known(ticket) {
            return Some(known);
        }
        let row = self.hub.store.agent_rows(&[ticket]).await.ok()?.pop()?;
        let known = known_people(&row);
        self.registry.set_known(ticket, known.clone());
        Some(known)
    }
}

/// Where a mark stands, in its owner's numbering.
fn place(mark: &CommittedMark) -> MarkPlace {
    let own = match mark.for_agents.side {
        Side::Agent => &mark.for_agents,
        Side::Requester | Side::System => &mark.for_requesters,
    };
    let (participant, delivered_n, read_n) = (own.participant, own.delivered_n, own.read_n);
    MarkPlace { ticket: mark.ticket.id, participant, delivered_n, read_n }
}

fn known_people(row: &AgentTicket) -> Vec<Attendant> {
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
