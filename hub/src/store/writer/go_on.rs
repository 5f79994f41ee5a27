//! Going on: what a requester writes to a ticket that has been closed for longer than the site lets it be
//! reopened opens another ticket, which continues it.
//!
//! Both stay whole: the old one stays closed and readable, the new one begins with what was written. Whoever
//! had the right to read the old one by a proven address, and whoever wrote, may read the new one; nobody
//! else gains anything. It takes over what the matter is (subject, topic, details, tags) and whose it is
//! (requester, team), but not how urgent it was and who looked after it then.

use protocol::model::{AgentBody, Author, Message, Proof, Requester, TicketName};
use protocol::{AttachmentId, ErrorCode, ParticipantId};

use super::decide::{Decision, Draft, Scene};
use super::load::Written;
use super::open::{NewTicket, new_row};
use crate::domain::Refusal;
use crate::domain::access::Audience;
use crate::domain::continuation::FIRST_MESSAGE_N;
use crate::domain::message::Text;
use crate::store::rows::TicketRow;

impl Decision<'_> {
    pub(super) fn go_on(
        &mut self,
        scene: &Scene,
        text: &Text,
        attachments: &[AttachmentId],
    ) -> Result<Written, Refusal> {
        let files = self.check_attachments(scene, attachments)?;
        let old = self.ticket(scene.ticket).clone();
        let from = TicketName { ticket: scene.ticket, number: old.agent.number };
        let name = self.new_name(old.site).map_err(|_| Refusal::new(ErrorCode::Internal))?;
        let requester = self.same_requester(&old, scene);
        let author = match scene.author.id == old.agent.requester.id {
            true => Author { id: requester.id, ..scene.author.clone() },
            false => scene.author.clone(),
        };
        let is_guest = requester.guest;
        let mut row = new_row(
            old.site,
            name,
            old.agent.subject.clone(),
            old.agent.topic.clone(),
            requester,
            old.requester_canonical.clone(),
            self.now,
        );
        row.agent.team.clone_from(&old.agent.team);
        row.agent.tags.clone_from(&old.agent.tags);
        if !row.agent.tags.is_empty() {
            self.tagged.insert(name.ticket);
        }
        self.loaded.tickets.insert(name.ticket, row);
        let continues = Some(old.agent.requester.id);
        let (login, client_id) = (scene.login, scene.client_id);
        let new = NewTicket { login, client_id, customer: None, is_guest, continues };
        self.opened.insert(name.ticket, new);
        self.led_on.push((scene.ticket, name.ticket));

        self.emit(scene.ticket, &scene.author, Draft::public(AgentBody::ContinuedIn(name)).by(scene));
        self.read_to_end(scene.ticket, scene.author.id, scene.audience);
        let details = self.loaded.details.get(&scene.ticket).cloned().unwrap_or_default();
        let opened = AgentBody::Opened { topic: old.agent.topic.clone(), details };
        self.emit(name.ticket, &author, Draft::public(opened));
        self.emit(name.ticket, &author, Draft::public(AgentBody::Continues(from)));
        let message = AgentBody::Message(Message {
            text: text.as_str().to_owned(),
            asks: false,
            attachments: files,
            edited_at: None,
            redacted_at: None,
        });
        self.emit(name.ticket, &author, Draft::public(message).by(scene));
        for attachment in attachments {
            self.bound.insert(*attachment, (name.ticket, FIRST_MESSAGE_N));
        }
        self.read_to_end(name.ticket, author.id, Audience::Requester);
        self.tell_opened(name.ticket, None);
        // Its row is written whole.
        self.changed.remove(&name.ticket);
        Ok(Written::in_continuation(&AgentBody::ContinuedIn(name)))
    }

    /// A guest is another participant in each ticket, and proven in the new one only by whoever proved it here.
    fn same_requester(&self, old: &TicketRow, scene: &Scene) -> Requester {
        let requester = old.agent.requester.clone();
        if !requester.guest {
            return requester;
        }
        let grants = self.loaded.grants.get(&scene.login).into_iter().flatten();
        let proven = grants.filter(|row| row.grant.ticket == scene.ticket).any(|row| row.grant.proven);
        let proof = if proven { requester.proof } else { Proof::NotConfirmed };
        Requester { id: ParticipantId(self.new_id()), proof, ..requester }
    }
}

impl Written {
    /// What was written to a ticket with such an event is the first message of the other one.
    pub(super) fn in_continuation(body: &AgentBody) -> Self {
        let in_other = match body {
            AgentBody::ContinuedIn(other) => Some(other.ticket),
            _ => None,
        };
        Self { seq: FIRST_MESSAGE_N, pub_n: FIRST_MESSAGE_N, in_other }
    }
}
