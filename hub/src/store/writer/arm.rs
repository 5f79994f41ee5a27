//! Who is to be alerted of what a batch writes: rows of attention, armed and calmed in the same
//! transaction as the event, whatever presence says (alerts.md 1.3).
//!
//! The requester is called by agents' messages and by the ticket's state; whoever is assigned, or the
//! team while nobody is, by the requester's messages (decisions.md 27); whoever a note mentions, by that note.
//! What somebody has read calms their row, but for a guest whose address was never confirmed: that session may be a stranger's, and
//! must not keep mail from the address (decisions.md 10).

use protocol::model::{AgentBody, AgentEvent, Proof, Side};
use protocol::{ParticipantId, TicketId};

use super::decide::{Decision, Target};
use crate::domain::access::Audience;
use crate::domain::alert::{self, Call};
use crate::domain::attention::{Attention, Pace, Wanted};
use crate::store::alerts::{AttentionRow, NewDelivery, Recipient};
use crate::store::rows::{EventRow, TicketRow};

impl Decision<'_> {
    /// Calls whoever the event with this index is worth an alert to, and calms whoever wrote it.
    pub(super) fn arm(&mut self, index: usize) {
        let new = &self.events[index];
        let (ticket, event) = (new.ticket, new.row.clone());
        let (seq, pub_seq) = (event.event.n, event.pub_seq);
        let author = &event.event.author;
        match author.side {
            Side::Requester => self.has_read(ticket, author.id, Audience::Requester, pub_seq.unwrap_or_default()),
            Side::Agent => self.has_read(ticket, author.id, Audience::Agent, seq),
            Side::System => {}
        }
        match alert::call(&event.event) {
            Some(Call::Requester(wanted)) => {
                // Somebody answered: the agents need not be called any more.
                self.reads(ticket, seq, is_to_answer);
                self.call_requester(ticket, pub_seq.unwrap_or_default(), wanted);
            }
            Some(Call::Agents) => self.call_agents(ticket, seq),
            Some(Call::Mentioned) => self.call_mentioned(ticket, &event.event),
            None => self.follow(ticket, &event),
        }
        if let Some(calls) = self.loaded.calls.get_mut(&ticket) {
            calls.push(event);
        }
    }

    /// Events that call nobody by themselves and yet change who is to be called.
    fn follow(&mut self, ticket: TicketId, event: &EventRow) {
        match &event.event.body {
            AgentBody::Assigned { .. } => self.hand_over(ticket, event),
            // Nobody is to answer here: it goes on in the other ticket, which calls them.
            AgentBody::ContinuedIn(_) => self.reads(ticket, event.event.n, is_to_answer),
            // From here on the ticket is another participant's, who is here.
            AgentBody::Joined { .. } => {
                let n = event.pub_seq.unwrap_or_default();
                self.reads(ticket, n, |row| matches!(row.recipient, Recipient::Requester(_)));
            }
            _ => {}
        }
    }

    pub(super) fn call_requester(&mut self, ticket: TicketId, n: i64, wanted: Wanted) {
        let row = self.ticket(ticket);
        let requester = row.agent.requester.id;
        let pace = self.requesters_pace(ticket);
        let now = self.now;
        // A new row starts at what was written before: it has been read, or was mailed to somebody else.
        self.attention(ticket, Recipient::Requester(requester), n - 1).wants(n, wanted, now, &pace);
    }

    fn call_agents(&mut self, ticket: TicketId, n: i64) {
        let to = self.responsible(ticket);
        let (pace, now) = (self.times.agents, self.now);
        self.attention(ticket, to, n - 1).wants(n, Wanted::Reply, now, &pace);
    }

    /// Whom a note mentions, whoever is to answer; its author knows it.
    fn call_mentioned(&mut self, ticket: TicketId, event: &AgentEvent) {
        let AgentBody::Note(note) = &event.body else { return };
        let (pace, now, n) = (self.times.agents, self.now, event.n);
        for agent in note.mentions.iter().filter(|agent| agent.id != event.author.id) {
            self.attention(ticket, Recipient::Agent(agent.id), n - 1).wants(n, Wanted::Mentioned, now, &pace);
        }
    }

    /// Whoever gets a ticket in which somebody waits for an answer is called for it, unless they took
    /// it themselves; whoever had it before is not any more.
    fn hand_over(&mut self, ticket: TicketId, event: &EventRow) {
        let to = self.responsible(ticket);
        self.reads(ticket, event.event.n, |row| is_to_answer(row) && row.recipient != to);
        let waits = self.ticket(ticket).agent.waiting_since.is_some();
        if waits && to != Recipient::Agent(event.event.author.id) {
            self.call_agents(ticket, event.event.n);
        }
    }

    pub(super) fn responsible(&self, ticket: TicketId) -> Recipient {
        let row = self.ticket(ticket);
        match (&row.agent.assignee, &row.agent.team) {
            (Some(agent), _) => Recipient::Agent(agent.id),
            (None, Some(team)) => Recipient::Team(team.id.0),
            (None, None) => Recipient::Team(row.site.0),
        }
    }

    pub(super) fn requesters_pace(&self, ticket: TicketId) -> Pace {
        *self.times.pace(audience_of(self.ticket(ticket)))
    }

    /// Somebody has read up to `n` of their own log.
    pub(super) fn has_read(&mut self, ticket: TicketId, reader: ParticipantId, audience: Audience, n: i64) {
        let requester = &self.ticket(ticket).agent.requester;
        let may_be_a_stranger = reader == requester.id && requester.proof == Proof::NotConfirmed;
        match audience {
            Audience::Requester if may_be_a_stranger => {}
            Audience::Requester => self.reads(ticket, n, |row| row.recipient == Recipient::Requester(reader)),
            // What one of a team has seen, the team has.
            Audience::Agent => self.reads(ticket, n, |row| {
                row.recipient == Recipient::Agent(reader) || matches!(row.recipient, Recipient::Team(_))
            }),
        }
    }

    /// What was erased is told to nobody any more.
    pub(super) fn withdraw(&mut self, ticket: TicketId, erased: Target) {
        let Some(calls) = self.loaded.calls.get_mut(&ticket) else { return };
        calls.retain(|event| event.event.n != erased.seq);
        let requesters = self.requesters_pace(ticket);
        let to_answer = self.responsible(ticket);
        let calls = &self.loaded.calls[&ticket];
        for row in self.loaded.attention.get_mut(&ticket).into_iter().flatten() {
            let is_requester = matches!(row.recipient, Recipient::Requester(_));
            let (pace, erased_n) = match is_requester {
                true => (&requesters, erased.pub_seq),
                false => (&self.times.agents, Some(erased.seq)),
            };
            if Some(row.state.wanted) != erased_n || !row.state.is_unread() {
                continue;
            }
            let left = calls.iter().rev().find_map(|event| call_for(event, row.recipient, to_answer));
            row.state.withdraw(left, pace);
            if !row.state.is_unread() {
                // A mail that is queued about it has nothing to tell.
                self.caught_up.insert(row.id, i64::MAX);
            }
            self.armed.insert((ticket, row.id));
        }
    }

    /// The requester's address is another one: what went to the old one does not count.
    pub(super) fn give_anew(&mut self, ticket: TicketId, requester: ParticipantId) {
        let pace = self.requesters_pace(ticket);
        let rows = self.loaded.attention.get_mut(&ticket).into_iter().flatten();
        for row in rows.filter(|row| row.recipient == Recipient::Requester(requester) && row.state.is_unread()) {
            (row.state.mailed, row.state.mail_n, row.state.mail_allowed_at) = (row.state.read, 0, 0);
            row.state.release(self.now, &pace);
            self.armed.insert((ticket, row.id));
        }
    }

    /// M1: the ticket was opened, or its mail goes to a corrected address.
    pub(super) fn tell_opened(&mut self, ticket: TicketId, corrected: Option<i64>) {
        let row = self.ticket(ticket);
        let identity = match corrected {
            None => format!("m1.{ticket}"),
            Some(seq) => format!("m1.{ticket}.{seq}"),
        };
        self.mails.push(NewDelivery {
            id: self.new_id(),
            site: row.site,
            kind: "m1",
            attention: None,
            ticket: Some(ticket),
            recipient: Some(row.agent.requester.id),
            code: None,
            login: None,
            cover_seq: None,
            identity,
            due_at: self.now,
            now: self.now,
        });
    }

    /// Those of a ticket whom `whose` means have read up to `n`.
    fn reads(&mut self, ticket: TicketId, n: i64, whose: impl Fn(&AttentionRow) -> bool) {
        let rows = self.loaded.attention.get_mut(&ticket).into_iter().flatten();
        // A calm row stays as it is: what comes next is beyond what was read.
        for row in rows.filter(|row| row.state.is_unread() && row.state.read < n && whose(row)) {
            let was = row.state.clone();
            row.state.reads(n);
            if was.mailed > was.read {
                self.caught_up.insert(row.id, n);
            }
            self.armed.insert((ticket, row.id));
        }
    }

    /// The row of a recipient, which is going to change; a new one has read up to `read`.
    pub(super) fn attention(&mut self, ticket: TicketId, recipient: Recipient, read: i64) -> &mut Attention {
        let (id, site) = (self.new_id(), self.ticket(ticket).site);
        let rows = self.loaded.attention.entry(ticket).or_default();
        let place = rows.iter().position(|row| row.recipient == recipient).unwrap_or_else(|| {
            rows.push(AttentionRow { id, site, ticket, recipient, state: Attention::new(read) });
            rows.len() - 1
        });
        self.armed.insert((ticket, rows[place].id));
        &mut rows[place].state
    }
}

/// Whom an answer to the requester, or another assignee, leaves nothing to do. A mention is its reader's alone.
fn is_to_answer(row: &AttentionRow) -> bool {
    let is_agents = matches!(row.recipient, Recipient::Agent(_) | Recipient::Team(_));
    is_agents && row.state.kind != Wanted::Mentioned
}

fn audience_of(ticket: &TicketRow) -> alert::Audience {
    match ticket.agent.requester.guest {
        true => alert::Audience::Guest,
        false => alert::Audience::Customer,
    }
}

/// The number under which a row is called for an event.
fn call_for(event: &EventRow, recipient: Recipient, to_answer: Recipient) -> Option<(i64, Wanted)> {
    let n = event.event.n;
    match (alert::call(&event.event)?, recipient) {
        (Call::Requester(wanted), Recipient::Requester(_)) => Some((event.pub_seq?, wanted)),
        (Call::Agents, _) if recipient == to_answer => Some((n, Wanted::Reply)),
        (Call::Mentioned, Recipient::Agent(agent)) if mentions(&event.event, agent) => Some((n, Wanted::Mentioned)),
        (Call::Requester(_) | Call::Agents | Call::Mentioned, _) => None,
    }
}

fn mentions(event: &AgentEvent, agent: ParticipantId) -> bool {
    matches!(&event.body, AgentBody::Note(note) if note.mentions.iter().any(|each| each.id == agent))
}
