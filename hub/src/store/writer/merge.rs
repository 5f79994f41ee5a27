//! Merging: a ticket leads on to another one of the same requester, for ever.
//!
//! Nothing is copied. The merged ticket is closed and takes nothing any more; what was still to be told
//! of it is told of the living one, once; guests who proved its address may see where it leads.

use protocol::model::{AgentBody, MergedFrom, TicketName};
use protocol::{ErrorCode, TicketId};

use super::Act;
use super::decide::{Decision, Draft, Scene};
use super::load::Written;
use crate::domain::Refusal;
use crate::domain::access::{self, Grant, Who};
use crate::domain::merge::{self, Party};
use crate::store::alerts::{AttentionRow, Recipient};
use crate::store::rows::TicketRow;
use crate::store::who::GrantRow;

impl Decision<'_> {
    /// A merged ticket takes nothing but what belongs to its past: erasing, and to whom it belongs.
    pub(super) fn takes(&self, scene: &Scene, act: &Act, who: &Who) -> Result<(), Refusal> {
        let merged = self.ticket(scene.ticket).agent.merged_into;
        match (act, merged) {
            (Act::Redact { .. } | Act::TellConfirmed | Act::Join, _) => Ok(()),
            (_, Some(into)) => Err(Refusal::merged(into.ticket)),
            (Act::Merge { into }, None) => self.sees_other(*into, who),
            (_, None) => Ok(()),
        }
    }

    fn sees_other(&self, other: TicketId, who: &Who) -> Result<(), Refusal> {
        let other = self.loaded.tickets.get(&other).map(TicketRow::as_ref);
        match other.is_some_and(|other| access::read(who, &other).is_some()) {
            true => Ok(()),
            false => Err(Refusal::of("into", ErrorCode::NotFound)),
        }
    }

    pub(super) fn merge(&mut self, scene: &Scene, into: TicketId) -> Result<Written, Refusal> {
        let (from, living) = (self.ticket(scene.ticket), self.ticket(into));
        let depth = merge::merge(&party(from), &party(living))?;
        let brings =
            MergedFrom { ticket: scene.ticket, number: from.agent.number, waiting_since: from.agent.waiting_since };
        let leads_to = TicketName { ticket: into, number: living.agent.number };
        let (status, becomes) = (living.agent.status, merge::status_after(living.agent.status, from.agent.status));
        let by_guest = living.agent.requester.guest;

        // Before the ticket is closed: what it still has to tell.
        let untold = self.take_untold(scene.ticket);
        let written = self.emit(scene.ticket, &scene.author, Draft::public(AgentBody::MergedInto(leads_to)).by(scene));
        self.emit(into, &scene.author, Draft::public(AgentBody::MergedFrom(brings)));
        let (n, pub_n) = self.ends(into);
        if becomes != status {
            let body = AgentBody::Status { from: status, to: becomes, waiting_since: None };
            self.emit(into, &scene.author, Draft::public(body));
        }
        let living = self.loaded.tickets.get_mut(&into).expect("it was just read");
        living.merge_depth = depth;
        self.tell_there(into, untold, (n, pub_n), scene);
        if by_guest {
            self.lead_on(scene.ticket, into);
        }
        Ok(written)
    }

    fn ends(&self, ticket: TicketId) -> (i64, i64) {
        let row = self.ticket(ticket);
        (row.agent.last_n, row.public.last_n)
    }

    /// Calms everybody about a ticket. Answers what nobody was mailed of yet.
    fn take_untold(&mut self, ticket: TicketId) -> Vec<AttentionRow> {
        let mut untold = Vec::new();
        for row in self.loaded.attention.get_mut(&ticket).into_iter().flatten().filter(|row| row.state.is_unread()) {
            let mut told = row.clone();
            if self.loaded.untold.contains(&row.id) {
                // That mail is not sent: the one in its place need not wait after it.
                (told.state.mailed, told.state.mail_n, told.state.mail_allowed_at) = (row.state.read, 0, 0);
            }
            if told.state.mailed < told.state.wanted {
                untold.push(told);
            }
            row.state.reads(row.state.wanted);
            // A mail that is queued about it is not to be sent: the living ticket's is.
            self.caught_up.insert(row.id, i64::MAX);
            self.armed.insert((ticket, row.id));
        }
        untold
    }

    /// Whoever was to be told of the merged ticket is told of the living one, as early as they would have been.
    fn tell_there(&mut self, into: TicketId, untold: Vec<AttentionRow>, (n, pub_n): (i64, i64), scene: &Scene) {
        for row in untold {
            let (to, n, pace) = match row.recipient {
                Recipient::Requester(_) => {
                    let requester = self.ticket(into).agent.requester.id;
                    (Recipient::Requester(requester), pub_n, self.requesters_pace(into))
                }
                Recipient::Agent(_) | Recipient::Team(_) => (self.responsible(into), n, self.times.agents),
            };
            // Whoever merged it knows.
            if to != Recipient::Agent(scene.author.id) {
                self.attention(into, to, n - 1).takes_over(&row.state, n, &pace);
            }
        }
    }

    /// What is written later in this very batch by whoever may see the merged ticket.
    fn lead_on(&mut self, from: TicketId, into: TicketId) {
        self.led_on.push((from, into));
        let requester = &self.loaded.tickets[&into].agent.requester;
        let grant = Grant { ticket: into, participant: requester.id, proven: true };
        let name = requester.name.clone();
        for (login, grants) in &mut self.loaded.grants {
            let holds = |ticket| grants.iter().any(|row| row.grant.ticket == ticket && row.grant.proven);
            if holds(from) && !holds(into) && !self.loaded.ended.contains(&(*login, into)) {
                grants.retain(|row| row.grant.ticket != into);
                grants.push(GrantRow { login: *login, grant, name: name.clone() });
            }
        }
    }
}

fn party(row: &TicketRow) -> Party {
    let requester = &row.agent.requester;
    Party {
        site: row.site,
        id: row.agent.id,
        merged_into: row.agent.merged_into.map(|into| into.ticket),
        depth: row.merge_depth,
        requester: requester.id,
        guest: requester.guest,
        proof: requester.proof,
        canonical: row.requester_canonical.clone(),
    }
}
