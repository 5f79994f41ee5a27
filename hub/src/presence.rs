//! Who is there: sessions per person, and leases of attention per ticket, in this node's memory.
//!
//! Presence is advice: it may postpone an alert and is shown to people; nothing is lost without it. Nodes tell
//! each other over the bus who is there: each has all of it, and asks nobody.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::model::{Presence as Person, PresenceScope, Present, Side};
use protocol::{ConnectionId, Millis, ParticipantId, TicketId};

use crate::domain::limits::{ATTENTION_LEASE_MS, OFFLINE_AFTER_MS};

/// The presence of people; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    people: HashMap<ParticipantId, Sessions>,
    /// Per ticket, who attends it by which session, and until when.
    attending: HashMap<TicketId, Vec<Lease>>,
    scope: PresenceScope,
}

#[derive(Debug, Default)]
struct Sessions {
    /// On this node.
    open: usize,
    /// When the last one went, or another node told of one; shown offline a while later, so that neither a
    /// reload nor a restart of that node is seen.
    seen_at: Option<Millis>,
}

#[derive(Debug)]
struct Lease {
    person: Attendant,
    session: ConnectionId,
    until: Millis,
}

/// Who attends a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendant {
    pub id: ParticipantId,
    pub side: Side,
    pub name: String,
}

impl Presence {
    /// A session of these people began. Answers who was not there before.
    pub fn connected(&self, people: &[ParticipantId]) -> Vec<ParticipantId> {
        self.lock().are_there(people, |sessions| sessions.open += 1)
    }

    /// Another node has sessions of these people. Answers who was not there before.
    pub fn elsewhere(&self, people: &[ParticipantId], now: Millis) -> Vec<ParticipantId> {
        self.lock().are_there(people, |sessions| sessions.seen_at = Some(now))
    }

    /// Who has a session on this node: for the others.
    pub fn here(&self) -> Vec<ParticipantId> {
        self.lock().people.iter().filter(|(_, sessions)| sessions.open > 0).map(|(id, _)| *id).collect()
    }

    /// Whose sessions are known here.
    pub fn scope(&self) -> PresenceScope {
        self.lock().scope
    }

    /// `false`: it was so before.
    pub fn set_scope(&self, scope: PresenceScope) -> bool {
        std::mem::replace(&mut self.lock().scope, scope) != scope
    }

    /// A session ended.
    pub fn disconnected(&self, people: &[ParticipantId], now: Millis) {
        let mut state = self.lock();
        for id in people {
            if let Some(sessions) = state.people.get_mut(id) {
                sessions.open = sessions.open.saturating_sub(1);
                if sessions.open == 0 {
                    sessions.seen_at = Some(now);
                }
            }
        }
    }

    /// Forgets people who have been gone for a while and leases that ran out. Answers who went
    /// offline and in which tickets attention ended.
    pub fn sweep(&self, now: Millis) -> (Vec<ParticipantId>, Vec<TicketId>) {
        let mut state = self.lock();
        let gone = |sessions: &Sessions| {
            let is_over = |at: Millis| at.saturating_add_unsigned(OFFLINE_AFTER_MS) <= now;
            sessions.open == 0 && sessions.seen_at.is_none_or(is_over)
        };
        let offline: Vec<_> = state.people.iter().filter(|(_, s)| gone(s)).map(|(id, _)| *id).collect();
        for id in &offline {
            state.people.remove(id);
        }
        let mut changed = Vec::new();
        state.attending.retain(|ticket, leases| {
            let before = leases.len();
            leases.retain(|lease| lease.until > now);
            if leases.len() != before {
                changed.push(*ticket);
            }
            !leases.is_empty()
        });
        (offline, changed)
    }

    /// Renews the attention of a session to one ticket. Answers the tickets where something changed.
    pub fn attend(&self, session: ConnectionId, ticket: TicketId, person: &Attendant, now: Millis) -> Vec<TicketId> {
        let mut state = self.lock();
        let mut changed = state.end_leases(session, Some(ticket));
        let until = now + ATTENTION_LEASE_MS;
        let leases = state.attending.entry(ticket).or_default();
        match leases.iter_mut().find(|lease| lease.session == session) {
            Some(lease) => lease.until = until,
            None => {
                leases.push(Lease { person: person.clone(), session, until });
                changed.push(ticket);
            }
        }
        changed
    }

    /// Ends a session's attention.
    pub fn unattend(&self, session: ConnectionId) -> Vec<TicketId> {
        self.lock().end_leases(session, None)
    }

    /// Ends a session's attention to this ticket; to another one it stays.
    pub fn leave(&self, session: ConnectionId, ticket: TicketId) -> Vec<TicketId> {
        let mut state = self.lock();
        let attends = |lease: &Lease| lease.session == session;
        match state.attending.get(&ticket).is_some_and(|leases| leases.iter().any(attends)) {
            // A session attends one ticket at a time.
            true => state.end_leases(session, None),
            false => Vec::new(),
        }
    }

    /// Is a session of this person open, or was one a moment ago? Whoever attends a ticket is there too,
    /// without a socket.
    pub fn is_online(&self, person: ParticipantId, now: Millis) -> bool {
        let state = self.lock();
        state.people.contains_key(&person)
            || state.attending.values().flatten().any(|lease| lease.person.id == person && lease.until > now)
    }

    /// Does this person attend this ticket right now?
    pub fn is_attending(&self, person: ParticipantId, ticket: TicketId, now: Millis) -> bool {
        let state = self.lock();
        state.attending.get(&ticket).is_some_and(|l| l.iter().any(|l| l.person.id == person && l.until > now))
    }

    /// Who is there in a ticket: those who attend it, and `known` people with whether they are online.
    pub fn people(&self, ticket: TicketId, known: &[Attendant], now: Millis) -> Vec<Person> {
        let state = self.lock();
        let mut people: Vec<Person> = Vec::new();
        let attending = state.attending.get(&ticket).map(Vec::as_slice).unwrap_or_default();
        for lease in attending.iter().filter(|lease| lease.until > now) {
            if people.iter().all(|person| person.id != lease.person.id) {
                people.push(person(&lease.person, Present::Attending));
            }
        }
        for attendant in known {
            if let Some(person) = people.iter_mut().find(|person| person.id == attendant.id) {
                // A session of a requester does not know what its person is called.
                person.name.clone_from(&attendant.name);
            } else {
                let online = state.people.contains_key(&attendant.id);
                people.push(person(attendant, if online { Present::Online } else { Present::Offline }));
            }
        }
        people
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while it was held cannot leave it half-changed in a way that matters: it is advice.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes it of each, and answers who was not there before.
    fn are_there(&mut self, people: &[ParticipantId], note: impl Fn(&mut Sessions)) -> Vec<ParticipantId> {
        let mut came = Vec::new();
        for id in people {
            let sessions = self.people.entry(*id).or_insert_with(|| {
                came.push(*id);
                Sessions::default()
            });
            note(sessions);
        }
        came
    }

    /// Ends the leases of a session in every ticket but one.
    fn end_leases(&mut self, session: ConnectionId, keep: Option<TicketId>) -> Vec<TicketId> {
        let mut changed = Vec::new();
        self.attending.retain(|ticket, leases| {
            let before = leases.len();
            leases.retain(|lease| lease.session != session || Some(*ticket) == keep);
            if leases.len() != before {
                changed.push(*ticket);
            }
            !leases.is_empty()
        });
        changed
    }
}

fn person(attendant: &Attendant, state: Present) -> Person {
    Person { id: attendant.id, side: attendant.side, name: attendant.name.clone(), state }
}
