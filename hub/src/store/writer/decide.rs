//! Decides each job of a batch in memory, in order, as if it were alone: what is accepted takes the
//! next numbers, what is refused or repeated takes none.
//!
//! Nothing here reads or writes the database; [`super::save`] writes what was decided.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use protocol::model::{AgentBody, AgentEvent, Author, Side};
use protocol::{AttachmentId, ClientId, ErrorCode, LoginId, Millis, ParticipantId, SiteId, TicketId};

use uuid::Uuid;

use super::acts::{CONFLICT, status_change};
use super::batch::{Done, Job, Ran};
use super::drafts::EndedDraft;
use super::load::{Loaded, Written, login_of};
use super::open::NewTicket;
use super::places::{self, Asked, Standing};
use super::{Actor, Append, Appended, Closing, Committed, CommittedEvent, CommittedMark, MarkMove};
use crate::domain::access::{self, Audience, TicketRef, Who};
use crate::domain::alert::AlertTimes;
use crate::domain::email::Email;
use crate::domain::fold::Ticket as _;
use crate::domain::limits::LOGIN_TOUCH_MS;
use crate::domain::ticket::Cause;
use crate::domain::{Clock, Refusal, ids};
use crate::store::Rules;
use crate::store::alerts::NewDelivery;
use crate::store::fault::{Fault, Outcome};
use crate::store::rows::{EventRow, TicketRow};
use crate::store::who::{Holds, LoginRow};

/// What a batch comes to.
pub(super) struct Decision<'a> {
    pub clock: &'a Clock,
    pub now: Millis,
    pub loaded: Loaded,
    pub dones: Vec<Result<Done, Fault>>,
    pub events: Vec<NewEvent>,
    told: Vec<Told>,
    /// Tickets that have new events, but for new tickets.
    pub changed: BTreeSet<TicketId>,
    pub opened: BTreeMap<TicketId, NewTicket>,
    pub numbers_taken: BTreeSet<SiteId>,
    /// (ticket, seq) of what is erased, with the body that stays.
    pub erased: Vec<(TicketId, i64, AgentBody)>,
    /// (ticket, seq) for each attachment.
    pub bound: HashMap<AttachmentId, (TicketId, i64)>,
    /// Tickets whose tags changed.
    pub tagged: BTreeSet<TicketId>,
    pub addresses: BTreeMap<ParticipantId, NewAddress>,
    /// Tickets whose unproven grants end, but for this login's.
    pub joined: BTreeMap<TicketId, LoginId>,
    /// Where rights go along, in order: from a guests' ticket to the one it was merged into, from any to the one that
    /// continues it.
    pub led_on: Vec<(TicketId, TicketId)>,
    pub touched: BTreeSet<LoginId>,
    /// Drafts that messages of this batch were made from.
    pub ended_drafts: Vec<EndedDraft>,
    pub times: &'a AlertTimes,
    pub reopen_within_ms: Option<Millis>,
    /// Rows of attention that are new or changed.
    pub armed: BTreeSet<(TicketId, Uuid)>,
    /// Of rows whose mails were queued: up to where they have been read now.
    pub caught_up: BTreeMap<Uuid, i64>,
    /// Mails that tell of a ticket that was opened (M1).
    pub mails: Vec<NewDelivery>,
}

/// An event that is to be written.
#[derive(Clone, Debug)]
pub(super) struct NewEvent {
    pub site: SiteId,
    pub ticket: TicketId,
    pub row: EventRow,
    pub target_seq: Option<i64>,
    before: Option<TicketRef>,
    after: TicketRef,
}

/// A guest's corrected address.
#[derive(Clone, Debug)]
pub(super) struct NewAddress {
    pub email: Email,
    pub ticket: TicketId,
    /// Whoever corrected it keeps the right to the ticket.
    pub by: LoginId,
}

/// In the order of the commit.
enum Told {
    Event(usize),
    Mark(CommittedMark),
}

/// Who does something to which ticket.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub ticket: TicketId,
    pub login: LoginId,
    pub author: Author,
    pub audience: Audience,
    pub client_id: ClientId,
}

/// The event that another one speaks of, in both numberings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub seq: i64,
    pub pub_seq: Option<i64>,
}

/// An event without its numbers.
pub(super) struct Draft {
    pub body: AgentBody,
    pub client_id: Option<ClientId>,
    pub target: Option<Target>,
    /// Agents alone see it.
    pub internal: bool,
}

impl Draft {
    pub fn public(body: AgentBody) -> Self {
        Self { body, client_id: None, target: None, internal: false }
    }

    pub fn internal(body: AgentBody) -> Self {
        Self { internal: true, ..Self::public(body) }
    }

    pub fn by(self, scene: &Scene) -> Self {
        Self { client_id: Some(scene.client_id), ..self }
    }
}

impl<'a> Decision<'a> {
    pub fn of(loaded: Loaded, jobs: &[Job], clock: &'a Clock, rules: &'a Rules) -> Self {
        let mut decision = Self {
            clock,
            now: clock.now(),
            loaded,
            dones: Vec::with_capacity(jobs.len()),
            events: Vec::with_capacity(jobs.len()),
            told: Vec::with_capacity(jobs.len()),
            changed: BTreeSet::new(),
            opened: BTreeMap::new(),
            numbers_taken: BTreeSet::new(),
            erased: Vec::new(),
            bound: HashMap::new(),
            tagged: BTreeSet::new(),
            addresses: BTreeMap::new(),
            joined: BTreeMap::new(),
            led_on: Vec::new(),
            touched: BTreeSet::new(),
            ended_drafts: Vec::new(),
            times: &rules.times,
            reopen_within_ms: rules.reopen_within_ms,
            armed: BTreeSet::new(),
            caught_up: BTreeMap::new(),
            mails: Vec::new(),
        };
        let mut marks = decision.loaded.asked.clone().into_iter();
        for job in jobs {
            let done = match job {
                Job::Append(append) => decision.append(append).map(Done::Appended),
                Job::Open(opening) => decision.open(opening).map(|opened| Done::Opened(Box::new(opened))),
                Job::Mark(mark) => decision.mark(mark, marks.next().unwrap_or_default()).map(Done::Marked),
                Job::Close(closing) => decision.close(closing).map(Done::Closed),
                Job::Wake(ticket) => decision.wake_at_its_time(*ticket).map(Done::Woken),
                Job::Touch(login) => {
                    decision.touch(*login);
                    Ok(Done::Touched)
                }
            };
            decision.dones.push(done);
        }
        decision
    }

    fn append(&mut self, append: &Append) -> Outcome<Appended> {
        let login = login_of(append.actor);
        let audience = match append.actor {
            Actor::Agent(_) => Audience::Agent,
            Actor::Visitor(_) => Audience::Requester,
        };
        let who = self.who(append.site, login, audience)?;
        self.unlocked(append.ticket)?;
        if let super::Act::Merge { into } = append.act {
            self.unlocked(into)?;
        }
        if let Some(written) = self.written(append, login) {
            return Ok(written.appended(audience, true));
        }
        let scene = self.scene(append, &who)?;
        self.takes(&scene, &append.act, &who)?;
        if append.if_last_n.is_some_and(|n| n != self.ticket(scene.ticket).agent.last_n) {
            return Err(CONFLICT.into());
        }
        let written = self.act(&scene, &append.act)?;
        self.end_draft(&scene, &append.act);
        self.loaded.written.insert((scene.ticket, scene.author.id, scene.client_id), written);
        Ok(written.appended(audience, false))
    }

    /// Time closes what is solved and has rested since; an answer that came first keeps it open.
    fn close(&mut self, closing: &Closing) -> Outcome<bool> {
        self.unlocked(closing.ticket)?;
        let ticket = self.loaded.tickets.get(&closing.ticket).map(|ticket| &ticket.agent);
        let rested = ticket.filter(|ticket| ticket.last_at <= closing.rested_since);
        let Some(draft) = rested.and_then(|ticket| status_change(ticket.status, Cause::TimePassed)) else {
            return Ok(false);
        };
        self.emit(closing.ticket, &hub_itself(), draft);
        Ok(true)
    }

    /// The login's holder, if the login holds.
    pub fn who(&mut self, site: SiteId, login: LoginId, audience: Audience) -> Result<Who, Refusal> {
        let row = self.loaded.logins.get(&login).filter(|row| row.site == site && row.audience == audience);
        let row = row.filter(|row| row.holds(self.now) == Holds::Yes);
        let who = self.loaded.who(row.ok_or(Refusal::new(ErrorCode::NotSignedIn))?);
        self.touch(login);
        Ok(who)
    }

    pub fn login(&self, login: LoginId) -> &LoginRow {
        self.loaded.logins.get(&login).expect("its holder was asked for before")
    }

    fn touch(&mut self, login: LoginId) {
        let stale = |row: &LoginRow| self.now - row.seen_at >= LOGIN_TOUCH_MS && row.holds(self.now) == Holds::Yes;
        if self.loaded.logins.get(&login).is_some_and(stale) {
            self.touched.insert(login);
        }
    }

    pub fn unlocked(&self, ticket: TicketId) -> Outcome<()> {
        match self.loaded.locked_elsewhere.contains(&ticket) {
            true => Err(Fault::RowLocked),
            false => Ok(()),
        }
    }

    fn written(&self, append: &Append, login: LoginId) -> Option<Written> {
        let authors = self.loaded.authors(login, append.ticket);
        authors
            .into_iter()
            .find_map(|author| self.loaded.written.get(&(append.ticket, author, append.client_id)).copied())
    }

    /// Checks that the ticket is there for this person, and says who they are in it.
    fn scene(&self, append: &Append, who: &Who) -> Result<Scene, Refusal> {
        let not_found = || Refusal::new(ErrorCode::NotFound);
        let ticket = self.loaded.tickets.get(&append.ticket).ok_or_else(not_found)?;
        if ticket.site != append.site {
            return Err(not_found());
        }
        let login = login_of(append.actor);
        let (reader, audience) = match (&append.act, who) {
            // The right to join comes from the address, not from a right to read.
            (super::Act::Join, Who::Visitor(_)) => (self.may_join(login, ticket)?, Audience::Requester),
            _ => {
                let ticket = ticket.as_ref();
                let readable = access::read(who, &ticket).ok_or_else(not_found)?;
                (readable.reader(), readable.audience())
            }
        };
        let side = match audience {
            Audience::Agent => Side::Agent,
            Audience::Requester => Side::Requester,
        };
        let author = Author { id: reader, side, name: self.name_of(login, reader) };
        Ok(Scene { ticket: append.ticket, login, author, audience, client_id: append.client_id })
    }

    fn name_of(&self, login: LoginId, person: ParticipantId) -> String {
        let signed_in = self.login(login).person.as_ref().filter(|row| row.id == person).map(|row| &row.name);
        let guests = self.loaded.grants.get(&login).into_iter().flatten();
        let guest = guests.into_iter().find(|grant| grant.grant.participant == person).map(|grant| &grant.name);
        signed_in.or(guest).cloned().unwrap_or_default()
    }

    pub fn ticket(&self, id: TicketId) -> &TicketRow {
        self.loaded.tickets.get(&id).expect("a scene's ticket is there")
    }

    /// Gives an event its numbers and folds it into the ticket.
    pub fn emit(&mut self, ticket: TicketId, author: &Author, draft: Draft) -> Written {
        let row = self.loaded.tickets.get_mut(&ticket).expect("a scene's ticket is there");
        let before = row.as_ref();
        let seq = row.agent.last_n + 1;
        let event =
            AgentEvent { n: seq, at: self.now, author: author.clone(), client_id: draft.client_id, body: draft.body };
        let pub_seq = (!draft.internal).then_some(row.public.last_n + 1);
        let event = EventRow { event, pub_seq, target_pub_seq: draft.target.and_then(|target| target.pub_seq) };
        fold(row, &event, draft.target);
        let after = row.as_ref();
        let moved = (before.team, before.assignee, before.requester) != (after.team, after.assignee, after.requester);
        let written = Written { seq, pub_n: row.public.last_n, in_other: None };
        self.told.push(Told::Event(self.events.len()));
        self.events.push(NewEvent {
            site: row.site,
            ticket,
            row: event,
            target_seq: draft.target.map(|target| target.seq),
            before: moved.then_some(before),
            after,
        });
        self.changed.insert(ticket);
        self.arm(self.events.len() - 1);
        written
    }

    /// Whoever wrote has read what stands there.
    pub fn read_to_end(&mut self, ticket: TicketId, reader: ParticipantId, audience: Audience) {
        let standing = Standing::at_end(audience, self.ticket(ticket));
        self.loaded.standings.insert((ticket, reader), standing);
    }

    fn mark(&mut self, mark: &MarkMove, asked: Asked) -> Outcome<Option<CommittedMark>> {
        self.unlocked(mark.ticket)?;
        let ticket = self.loaded.tickets.get(&mark.ticket).filter(|ticket| ticket.site == mark.site);
        let ticket = ticket.ok_or(Refusal::new(ErrorCode::NotFound))?;
        let asked = self.within_batch(mark, asked, ticket);
        let read_n = mark.read_n.map(|n| n.min(places::end(mark.audience, ticket).n));
        if let Some(read_n) = read_n {
            self.has_read(mark.ticket, mark.participant, mark.audience, read_n);
        }
        let standing = self.loaded.standings.entry((mark.ticket, mark.participant));
        let standing = standing.or_insert_with(|| Standing::none(mark.audience));
        if !standing.advance(&asked) {
            return Ok(None);
        }
        let standing = *standing;
        let committed = places::committed(mark, &standing, self.ticket(mark.ticket), self.now);
        self.told.push(Told::Mark(committed.clone()));
        Ok(Some(committed))
    }

    /// Numbers that this very batch has given reach further than what was read before it.
    fn within_batch(&self, mark: &MarkMove, asked: Asked, ticket: &TicketRow) -> Asked {
        let reaches = |n: Option<i64>| n.is_some_and(|n| n >= places::end(mark.audience, ticket).n);
        let end = places::end(mark.audience, ticket);
        Asked {
            delivered: if reaches(mark.delivered_n) { Some(end) } else { asked.delivered },
            read: match reaches(mark.read_n) {
                true => Some((end, places::theirs(mark.audience, ticket))),
                false => asked.read,
            },
        }
    }

    pub fn new_id(&self) -> Uuid {
        ids::new_id(self.clock)
    }

    /// What is told once the batch is committed.
    pub fn into_ran(self) -> Ran {
        let mut last: HashMap<TicketId, usize> = HashMap::new();
        for (index, event) in self.events.iter().enumerate() {
            last.insert(event.ticket, index);
        }
        let committed_event = |index: usize, event: NewEvent| {
            let row = self.loaded.tickets.get(&event.ticket).filter(|_| last.get(&event.ticket) == Some(&index));
            Committed::Event(Box::new(CommittedEvent {
                public: event.row.public(),
                agent: event.row.event,
                ticket: event.after,
                before: event.before,
                rows: row.map(|row| (row.agent.clone(), row.public.clone())),
            }))
        };
        let mut events: Vec<Option<NewEvent>> = self.events.into_iter().map(Some).collect();
        let committed = self.told.into_iter().filter_map(|told| match told {
            Told::Event(index) => events[index].take().map(|event| committed_event(index, event)),
            Told::Mark(mark) => Some(Committed::Mark(mark)),
        });
        Ran { committed: committed.collect(), dones: self.dones }
    }
}

/// The author of what time brings.
pub(super) fn hub_itself() -> Author {
    Author { id: ParticipantId(Uuid::nil()), side: Side::System, name: String::new() }
}

impl Written {
    fn appended(self, audience: Audience, repeated: bool) -> Appended {
        let n = match audience {
            Audience::Agent => self.seq,
            Audience::Requester => self.pub_n,
        };
        Appended { n, repeated, in_other: self.in_other }
    }
}

/// Folds an event into both forms of its ticket.
fn fold(row: &mut TicketRow, event: &EventRow, target: Option<Target>) {
    let assignee = row.agent.assignee.clone();
    row.agent.fold(&event.event, row.last_line_seq);
    row.agent.version += 1;
    if let Some(public) = event.public() {
        let of_last_line = target.filter(|target| Some(target.seq) == row.last_line_seq);
        row.public.fold(&public, of_last_line.and_then(|target| target.pub_seq));
        row.public.version += 1;
    }
    if row.agent.assignee != assignee {
        // The one change a requester may see that has no event of theirs.
        row.public.agent.clone_from(&row.agent.assignee);
        row.public.version += 1;
    }
    if matches!(event.event.body, AgentBody::Message(_)) {
        row.last_line_seq = Some(event.event.n);
    }
}
