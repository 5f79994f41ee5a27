//! What each act on a ticket needs and does.

use protocol::frame::PostKind;
use protocol::model::{AgentBody, AgentEvent, AgentRef, Attachment, Message, Note, Proof, Side, Status};
use protocol::{AttachmentId, ErrorCode, LoginId, Millis, ParticipantId, TeamId, TicketId};

use super::Act;
use super::decide::{Decision, Draft, NewAddress, Scene, Target};
use super::load::Written;
use crate::domain::Refusal;
use crate::domain::access::{Audience, Grant};
use crate::domain::attention::Wanted;
use crate::domain::continuation;
use crate::domain::email::Email;
use crate::domain::fold::{Event as _, Revision};
use crate::domain::limits::{ATTACHMENTS_MAX, EDIT_MS, MENTIONS_MAX};
use crate::domain::message::Text;
use crate::domain::ticket::{self, Cause};
use crate::store::rows::{EventRow, TicketRow};

const NOT_FOUND: Refusal = Refusal::new(ErrorCode::NotFound);
const FORBIDDEN: Refusal = Refusal::new(ErrorCode::Forbidden);
pub(super) const CONFLICT: Refusal = Refusal::new(ErrorCode::Conflict);

impl Decision<'_> {
    pub(super) fn act(&mut self, scene: &Scene, act: &Act) -> Result<Written, Refusal> {
        match (act, scene.audience) {
            (Act::Post { kind: PostKind::Reply, text, attachments, .. }, Audience::Requester) => {
                self.reply(scene, text, attachments)
            }
            (Act::Post { kind: kind @ PostKind::Reply, text, attachments, .. }, Audience::Agent)
            | (Act::Post { kind: kind @ PostKind::Ask, text, attachments, .. }, Audience::Agent) => {
                self.post(scene, *kind, text, attachments, Vec::new())
            }
            (Act::Post { kind: PostKind::Note, text, attachments, mentions, .. }, Audience::Agent) => {
                let mentions = self.mentioned(scene, mentions)?;
                self.post(scene, PostKind::Note, text, attachments, mentions)
            }
            (Act::Edit { target, text }, _) => self.edit(scene, *target, text),
            (Act::Redact { target }, Audience::Agent) => self.redact(scene, *target),
            (Act::Assign { team, agent }, Audience::Agent) => self.assign(scene, *team, *agent),
            (Act::Solve, Audience::Agent) => self.change_status(scene, Cause::AgentSolved),
            (Act::Reopen { pending: false }, Audience::Agent) => self.change_status(scene, Cause::AgentReopened),
            (Act::Reopen { pending: true }, Audience::Agent) => self.put_back(scene),
            (Act::SetPriority(to), Audience::Agent) => self.set_priority(scene, *to),
            (Act::Tag { add, remove }, Audience::Agent) => self.tag(scene, add, remove),
            (Act::Snooze { until }, Audience::Agent) => self.snooze(scene, *until),
            (Act::Wake, Audience::Agent) => self.wake(scene),
            (Act::Merge { into }, Audience::Agent) => self.merge(scene, *into),
            (Act::ChangeAddress { email }, Audience::Requester) => self.change_address(scene, email),
            (Act::TellConfirmed, Audience::Requester) => self.tell_confirmed(scene),
            (Act::Join, Audience::Requester) => self.join(scene),
            (
                Act::Post { .. }
                | Act::Redact { .. }
                | Act::Assign { .. }
                | Act::Solve
                | Act::Reopen { .. }
                | Act::SetPriority(_)
                | Act::Tag { .. }
                | Act::Snooze { .. }
                | Act::Wake
                | Act::Merge { .. },
                Audience::Requester,
            )
            | (Act::ChangeAddress { .. } | Act::TellConfirmed | Act::Join, Audience::Agent) => Err(FORBIDDEN),
        }
    }

    /// What the requester writes reopens the ticket, or goes on in another one where it has been closed for long.
    fn reply(&mut self, scene: &Scene, text: &Text, attachments: &[AttachmentId]) -> Result<Written, Refusal> {
        let ticket = &self.ticket(scene.ticket).public;
        if let Some(other) = ticket.continued_in {
            return Err(Refusal::continued(other.ticket));
        }
        match continuation::is_due(ticket, self.reopen_within_ms, self.now) {
            true => self.go_on(scene, text, attachments),
            false => self.post(scene, PostKind::Reply, text, attachments, Vec::new()),
        }
    }

    fn post(
        &mut self,
        scene: &Scene,
        kind: PostKind,
        text: &Text,
        attachments: &[AttachmentId],
        mentions: Vec<AgentRef>,
    ) -> Result<Written, Refusal> {
        let files = self.check_attachments(scene, attachments)?;
        let text = text.as_str().to_owned();
        let draft = match kind {
            PostKind::Note => {
                let (edited_at, redacted_at) = (None, None);
                Draft::internal(AgentBody::Note(Note { text, attachments: files, mentions, edited_at, redacted_at }))
            }
            PostKind::Reply | PostKind::Ask => Draft::public(AgentBody::Message(Message {
                text,
                asks: kind == PostKind::Ask,
                attachments: files,
                edited_at: None,
                redacted_at: None,
            })),
        };
        let written = self.emit(scene.ticket, &scene.author, draft.by(scene));
        for attachment in attachments {
            self.bound.insert(*attachment, (scene.ticket, written.seq));
        }
        let cause = match (scene.audience, kind) {
            (_, PostKind::Note) => None,
            (Audience::Requester, _) => Some(Cause::RequesterReplied),
            (Audience::Agent, PostKind::Ask) => Some(Cause::AgentAsked),
            (Audience::Agent, PostKind::Reply) => Some(Cause::AgentReplied),
        };
        if let Some(cause) = cause {
            self.follow_up(scene, cause);
        }
        self.read_to_end(scene.ticket, scene.author.id, scene.audience);
        Ok(written)
    }

    /// Agents of the site who may see the ticket, each once, in the order they were named.
    fn mentioned(&self, scene: &Scene, ids: &[ParticipantId]) -> Result<Vec<AgentRef>, Refusal> {
        if ids.len() > MENTIONS_MAX {
            return Err(Refusal::of("mentions", ErrorCode::TooLong).with_limit(MENTIONS_MAX as u64));
        }
        let ticket = self.ticket(scene.ticket).as_ref();
        let mut found: Vec<AgentRef> = Vec::with_capacity(ids.len());
        for id in ids {
            let colleague = self.loaded.mentionable.get(id).filter(|colleague| colleague.reaches(&ticket));
            let colleague = colleague.ok_or(Refusal::of("mentions", ErrorCode::NotFound))?;
            if found.iter().all(|agent| agent.id != *id) {
                found.push(colleague.agent.clone());
            }
        }
        Ok(found)
    }

    /// The status that follows from a message, as an event of its own.
    fn follow_up(&mut self, scene: &Scene, cause: Cause) {
        if let Some(draft) = status_change(self.ticket(scene.ticket).agent.status, cause) {
            self.emit(scene.ticket, &scene.author, draft);
        }
    }

    pub(super) fn check_attachments(&self, scene: &Scene, ids: &[AttachmentId]) -> Result<Vec<Attachment>, Refusal> {
        if ids.len() > ATTACHMENTS_MAX {
            return Err(Refusal::of("attachments", ErrorCode::TooLong).with_limit(ATTACHMENTS_MAX as u64));
        }
        let mut files: Vec<Attachment> = Vec::with_capacity(ids.len());
        for id in ids {
            let found = self.loaded.attachments.get(id).filter(|found| {
                let free = !found.bound && !self.bound.contains_key(id) && files.iter().all(|file| file.id != *id);
                free && found.ticket == scene.ticket && found.uploader == scene.author.id
            });
            files.push(found.ok_or(Refusal::of("attachments", ErrorCode::NotFound))?.attachment.clone());
        }
        Ok(files)
    }

    fn edit(&mut self, scene: &Scene, target: i64, text: &Text) -> Result<Written, Refusal> {
        let (place, event) = self.target(scene, target)?;
        if event.event.author.id != scene.author.id {
            return Err(FORBIDDEN);
        }
        if is_redacted(&event.event.body) || self.now - event.event.at >= EDIT_MS {
            return Err(CONFLICT);
        }
        let body = AgentBody::Edited { target: place.seq, text: text.as_str().to_owned() };
        Ok(self.emit_about(scene, place, body))
    }

    fn redact(&mut self, scene: &Scene, target: i64) -> Result<Written, Refusal> {
        let (place, event) = self.target(scene, target)?;
        if is_redacted(&event.event.body) {
            return Err(CONFLICT);
        }
        let mut erased = event.event.clone();
        erased.revise(&Revision::Redacted { at: self.now });
        let key = (scene.ticket, place.seq);
        if let Some(event) = self.loaded.targets.get_mut(&key) {
            event.event = erased.clone();
        }
        self.erased.push((scene.ticket, place.seq, erased.body));
        self.erase_edits(scene, place);
        self.withdraw(scene.ticket, place);
        Ok(self.emit_about(scene, place, AgentBody::Redacted { target: place.seq }))
    }

    /// An edit that this very batch writes is not in the database yet.
    fn erase_edits(&mut self, scene: &Scene, place: Target) {
        let edits = self.events.iter_mut().filter(|event| event.ticket == scene.ticket);
        for event in edits.filter(|event| event.target_seq == Some(place.seq)) {
            if let AgentBody::Edited { text, .. } = &mut event.row.event.body {
                text.clear();
            }
        }
    }

    /// The message or note with the number `target` in the actor's numbering.
    fn target(&self, scene: &Scene, target: i64) -> Result<(Target, &EventRow), Refusal> {
        let not_found = || Refusal::of("target", ErrorCode::NotFound);
        let event = match scene.audience {
            Audience::Agent => self.loaded.targets.get(&(scene.ticket, target)),
            Audience::Requester => self
                .loaded
                .targets
                .iter()
                .find(|((ticket, _), event)| *ticket == scene.ticket && event.pub_seq == Some(target))
                .map(|(_, event)| event),
        };
        let event = event.ok_or_else(not_found)?;
        match event.event.body {
            AgentBody::Message(_) | AgentBody::Note(_) => {
                Ok((Target { seq: event.event.n, pub_seq: event.pub_seq }, event))
            }
            _ => Err(not_found()),
        }
    }

    /// An event about another one is as internal as that one.
    fn emit_about(&mut self, scene: &Scene, target: Target, body: AgentBody) -> Written {
        let draft = match target.pub_seq {
            Some(_) => Draft::public(body),
            None => Draft::internal(body),
        };
        let draft = Draft { target: Some(target), ..draft };
        self.emit(scene.ticket, &scene.author, draft.by(scene))
    }

    fn assign(
        &mut self,
        scene: &Scene,
        team: Option<TeamId>,
        agent: Option<ParticipantId>,
    ) -> Result<Written, Refusal> {
        let site = self.ticket(scene.ticket).site;
        let missing = |field| move || Refusal::of(field, ErrorCode::NotFound);
        let found = |id| self.loaded.teams.get(&(site, id)).cloned().ok_or_else(missing("team"));
        let team = team.map(found).transpose()?;
        let found = |id| self.loaded.agents.get(&(site, id)).cloned().ok_or_else(missing("agent"));
        let agent = agent.map(found).transpose()?;
        let now = &self.ticket(scene.ticket).agent;
        let ids = |team: &Option<protocol::model::TeamRef>, agent: &Option<AgentRef>| {
            (team.as_ref().map(|team| team.id), agent.as_ref().map(|agent| agent.id))
        };
        if ids(&team, &agent) == ids(&now.team, &now.assignee) {
            return Err(CONFLICT);
        }
        let draft = Draft::internal(AgentBody::Assigned { team, agent });
        Ok(self.emit(scene.ticket, &scene.author, draft.by(scene)))
    }

    fn change_status(&mut self, scene: &Scene, cause: Cause) -> Result<Written, Refusal> {
        let mut draft = status_change(self.ticket(scene.ticket).agent.status, cause).ok_or(CONFLICT)?;
        if let AgentBody::Status { to, waiting_since, .. } = &mut draft.body {
            *waiting_since = match to {
                Status::Solved | Status::Closed => self.ticket(scene.ticket).agent.waiting_since,
                Status::Open | Status::Pending => self.waited(scene.ticket),
            };
        }
        Ok(self.emit(scene.ticket, &scene.author, draft.by(scene)))
    }

    /// Since when somebody had waited for an answer when the ticket was solved, unless they got one since.
    fn waited(&self, ticket: TicketId) -> Option<Millis> {
        for event in self.events.iter().rev().filter(|event| event.ticket == ticket) {
            if let Some(waited) = waited_until(&event.row.event) {
                return waited;
            }
        }
        self.loaded.waited.get(&ticket).copied()
    }

    /// What was solved waits for the requester again, who may have been told of the solving.
    fn put_back(&mut self, scene: &Scene) -> Result<Written, Refusal> {
        let written = self.change_status(scene, Cause::AgentPutBack)?;
        self.call_requester(scene.ticket, written.pub_n, Wanted::Reopened);
        Ok(written)
    }

    fn change_address(&mut self, scene: &Scene, email: &Email) -> Result<Written, Refusal> {
        let ticket = self.ticket(scene.ticket);
        let requester = &ticket.agent.requester;
        if requester.id != scene.author.id || !requester.guest {
            return Err(FORBIDDEN);
        }
        if requester.proof != Proof::NotConfirmed || requester.email == email.typed() {
            return Err(CONFLICT);
        }
        let (ticket, by) = (scene.ticket, scene.login);
        self.addresses.insert(scene.author.id, NewAddress { email: email.clone(), ticket, by });
        let body = AgentBody::Address { email: email.typed().to_owned(), proof: Proof::NotConfirmed };
        let written = self.emit(scene.ticket, &scene.author, Draft::internal(body).by(scene));
        let ticket = self.loaded.tickets.get_mut(&scene.ticket).expect("a scene's ticket is there");
        ticket.requester_canonical = email.canonical().to_owned();
        for (login, grants) in &mut self.loaded.grants {
            grants.retain(|row| *login == scene.login || row.grant.ticket != scene.ticket);
        }
        self.tell_opened(scene.ticket, Some(written.seq));
        self.give_anew(scene.ticket, scene.author.id);
        Ok(written)
    }

    fn tell_confirmed(&mut self, scene: &Scene) -> Result<Written, Refusal> {
        let requester = &self.ticket(scene.ticket).agent.requester;
        if requester.id != scene.author.id || !requester.guest || requester.proof == Proof::NotConfirmed {
            return Err(CONFLICT);
        }
        let body = AgentBody::Address { email: requester.email.clone(), proof: requester.proof };
        Ok(self.emit(scene.ticket, &scene.author, Draft::internal(body).by(scene)))
    }

    /// A signed-in customer whose proven address is the one a guest gave. To everybody else the
    /// ticket is not there.
    pub(super) fn may_join(&self, login: LoginId, ticket: &TicketRow) -> Result<ParticipantId, Refusal> {
        let customer = self.login(login).person.as_ref().ok_or(NOT_FOUND)?;
        if customer.id == ticket.agent.requester.id {
            return Err(CONFLICT);
        }
        let same = customer.proof != Proof::NotConfirmed && customer.canonical == ticket.requester_canonical;
        match same && ticket.agent.requester.guest {
            true => Ok(customer.id),
            false => Err(NOT_FOUND),
        }
    }

    fn join(&mut self, scene: &Scene) -> Result<Written, Refusal> {
        let draft = Draft::public(AgentBody::Joined { name: scene.author.name.clone() });
        let written = self.emit(scene.ticket, &scene.author, draft.by(scene));
        let person = self.login(scene.login).person.clone().ok_or(NOT_FOUND)?;
        let ticket = self.loaded.tickets.get_mut(&scene.ticket).expect("a scene's ticket is there");
        // What the event does not tell; see `domain::fold`.
        ticket.agent.requester.email = person.email;
        ticket.agent.requester.locale = person.locale;
        ticket.requester_canonical = person.canonical;
        self.joined.insert(scene.ticket, scene.login);
        for (login, grants) in &mut self.loaded.grants {
            let ends = |grant: &Grant| *login != scene.login && grant.ticket == scene.ticket && !grant.proven;
            grants.retain(|row| !ends(&row.grant));
        }
        Ok(written)
    }
}

/// The event of a change of status; none when `cause` changes nothing.
pub(super) fn status_change(from: Status, cause: Cause) -> Option<Draft> {
    let to = ticket::after(from, cause);
    (from != to).then(|| Draft::public(AgentBody::Status { from, to, waiting_since: None }))
}

/// What an event says of who waited before it: the last one that says anything holds.
pub(super) fn waited_until(event: &AgentEvent) -> Option<Option<Millis>> {
    match (&event.body, event.author.side) {
        (AgentBody::Status { waiting_since, .. }, _) => Some(*waiting_since),
        (AgentBody::Message(_), Side::Agent) => Some(None),
        _ => None,
    }
}

fn is_redacted(body: &AgentBody) -> bool {
    match body {
        AgentBody::Message(message) => message.redacted_at.is_some(),
        AgentBody::Note(note) => note.redacted_at.is_some(),
        _ => false,
    }
}
