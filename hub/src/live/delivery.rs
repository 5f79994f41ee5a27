//! Takes what was committed here and what the bus tells, and has it brought to the connections of this node.
//!
//! One task, so that everything keeps the order of the commits. It puts frames into queues and never
//! waits for a socket.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use protocol::frame::{PostKind, ServerFrame};
use protocol::model::Side;
use protocol::{ConnectionId, ParticipantId, SiteId, TicketId};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::connection::encode;
use super::fanout::{Fanout, known_people};
use super::outbox::Fleeting;
use super::registry::Registry;
use crate::actions::Hub;
use crate::bus::{Attending, Heard, Moved, Signal, Typing};
use crate::domain::access::{Audience, Who};
use crate::domain::committed::Committed;
use crate::presence::Attendant;

pub struct Delivery {
    hub: Hub,
    registry: Arc<Registry>,
    fanout: Fanout,
}

impl Delivery {
    pub fn new(hub: Hub, registry: Arc<Registry>) -> Self {
        Self { hub, fanout: Fanout::new(Arc::clone(&registry)), registry }
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

    fn committed(&self, committed: Committed) {
        self.fanout.committed(committed, self.hub.clock.now());
    }

    /// Another node committed something that was too long to be told.
    async fn moved(&self, moved: Moved) {
        let checked = super::position::check_tickets(&self.hub, &self.registry, &self.fanout, &[moved.ticket]).await;
        if let Err(error) = checked {
            tracing::warn!(%error, "could not read what another node wrote");
            self.hub.bus.doubt();
        }
    }

    async fn signal(&self, signal: Signal) {
        match signal {
            // `rights` waits for it beside this task, and closes their sockets at once.
            Signal::LoginsEnded(_) => {}
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
        self.registry.learn(ticket, known.clone());
        Some(known)
    }
}
