//! What agents do to a ticket for themselves: how soon, under which words, not before when.
//! All of it is internal: it moves no number of the requester's.

use protocol::model::{AgentBody, Priority};
use protocol::{Millis, TicketId};

use super::acts::CONFLICT;
use super::decide::{Decision, Draft, Scene, hub_itself};
use super::load::Written;
use crate::domain::tag::Tag;
use crate::domain::{Refusal, snooze, tag};
use crate::store::fault::Outcome;

impl Decision<'_> {
    pub(super) fn set_priority(&mut self, scene: &Scene, to: Priority) -> Result<Written, Refusal> {
        let from = self.ticket(scene.ticket).agent.priority;
        match from == to {
            true => Err(CONFLICT),
            false => Ok(self.tell_agents(scene, AgentBody::Priority { from, to })),
        }
    }

    pub(super) fn tag(&mut self, scene: &Scene, add: &[Tag], remove: &[Tag]) -> Result<Written, Refusal> {
        let site = self.ticket(scene.ticket).site;
        let from = self.ticket(scene.ticket).agent.tags.clone();
        let spelt = |tag: &Tag| {
            let known = self.loaded.tags.get(&(site, tag.folded()));
            known.cloned().unwrap_or_else(|| tag.as_str().to_owned())
        };
        let to = tag::after(&from, &add.iter().map(spelt).collect::<Vec<_>>(), remove)?;
        if from == to {
            return Err(CONFLICT);
        }
        for name in &to {
            // The next one in this batch spells it the same.
            self.loaded.tags.entry((site, tag::fold(name))).or_insert_with(|| name.clone());
        }
        self.tagged.insert(scene.ticket);
        Ok(self.tell_agents(scene, AgentBody::Tagged { from, to }))
    }

    pub(super) fn snooze(&mut self, scene: &Scene, until: Millis) -> Result<Written, Refusal> {
        let ticket = &self.ticket(scene.ticket).agent;
        snooze::check(ticket.status, ticket.snoozed_until, until, self.now)?;
        Ok(self.tell_agents(scene, AgentBody::Snoozed { until }))
    }

    pub(super) fn wake(&mut self, scene: &Scene) -> Result<Written, Refusal> {
        match self.ticket(scene.ticket).agent.snoozed_until {
            Some(_) => Ok(self.tell_agents(scene, AgentBody::Woken)),
            None => Err(CONFLICT),
        }
    }

    /// Under the ticket's lock, so that of several nodes one brings it back, and once.
    pub(super) fn wake_at_its_time(&mut self, ticket: TicketId) -> Outcome<bool> {
        self.unlocked(ticket)?;
        let until = self.loaded.tickets.get(&ticket).and_then(|row| row.agent.snoozed_until);
        let due = snooze::is_due(until, self.now);
        if due {
            self.emit(ticket, &hub_itself(), Draft::internal(AgentBody::Woken));
        }
        Ok(due)
    }

    fn tell_agents(&mut self, scene: &Scene, body: AgentBody) -> Written {
        self.emit(scene.ticket, &scene.author, Draft::internal(body).by(scene))
    }
}
