//! What a page knows: the part of a browser page that applies frames, and that distrusts the hub.
//!
//! It lives longer than a socket. It fails when a feed is not exactly the numbers after its cursor
//! (invariant 1), or when something is sent between `reset` and a new subscription (invariant 10).

use std::collections::HashMap;

use protocol::frame::{AnyEvent, AnyTicket, Cursor, PostKind, ResetReason, ServerFrame};
use protocol::model::{AgentBody, AgentEvent, Availability, Mark, Presence, PresenceScope, PublicBody, PublicEvent};
use protocol::{ClientId, DraftRevision, ErrorCode, ParticipantId, TicketId};
use uuid::Uuid;

/// State, as the frames so far have made it.
#[derive(Debug, Default)]
pub struct Page {
    pub epoch: Option<Uuid>,
    pub feeds: HashMap<TicketId, Feed>,
    /// What was acknowledged, under which number.
    pub sent: HashMap<ClientId, i64>,
    pub refused: Vec<Refused>,
    pub presence: HashMap<TicketId, Vec<Presence>>,
    /// Whose sessions the hub knows.
    pub scope: PresenceScope,
    /// Whether colleagues have a page open, and what they say.
    pub colleagues: HashMap<ParticipantId, (bool, Availability)>,
    /// Tickets whose alerts changed.
    pub alerts: Vec<TicketId>,
    /// How often it was told that macros or saved views changed.
    pub shelf: usize,
    /// One's own drafts that were told of: where, of which kind, and what became of them where that was known.
    pub drafts: Vec<(TicketId, PostKind, Option<DraftRevision>)>,
    pub marks: HashMap<TicketId, Vec<Mark>>,
    pub unread: HashMap<TicketId, i64>,
    /// Rows of the list, the highest version of each.
    pub rows: HashMap<TicketId, AnyTicket>,
    pub gone: Vec<TicketId>,
    pub typing: Vec<(TicketId, String)>,
    pub behind: Vec<TicketId>,
    pub moves: Vec<u64>,
    pub pings: usize,
    /// Every byte of every text frame, for what must never be in one.
    pub received: String,
}

/// One ticket's log as this page has it.
#[derive(Debug, Default)]
pub struct Feed {
    /// Where the log was joined.
    pub joined_after: i64,
    /// The last number applied.
    pub cursor: i64,
    pub applied: Vec<Line>,
    pub reset: Option<ResetReason>,
    /// Joined anew: what still comes of an earlier joining is not for it.
    awaits_sync: bool,
    /// `sync` frames so far.
    pub syncs: usize,
}

/// An applied event, without what differs between audiences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub n: i64,
    pub author: String,
    pub client_id: Option<ClientId>,
    pub body: AgentBody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub client_id: Option<ClientId>,
    pub code: ErrorCode,
    pub message: String,
    pub field: Option<String>,
    pub limit: Option<u64>,
    pub retry_after_ms: Option<u64>,
    pub ticket: Option<TicketId>,
}

impl Page {
    /// Where its feeds stand: what `hello` and `subscribe` say.
    pub fn cursors(&self) -> Vec<Cursor> {
        let live = self.feeds.iter().filter(|(_, feed)| feed.reset.is_none());
        live.map(|(ticket, feed)| Cursor { ticket: *ticket, after: feed.cursor }).collect()
    }

    /// A feed that is about to be subscribed from `after`: what it had beyond that is forgotten.
    pub fn join(&mut self, ticket: TicketId, after: i64) {
        let feed = self.feeds.entry(ticket).or_default();
        if feed.cursor != after || feed.reset.is_some() {
            *feed = Feed { joined_after: after, cursor: after, syncs: feed.syncs, ..Feed::default() };
        }
        feed.awaits_sync = true;
    }

    pub fn feed(&self, ticket: TicketId) -> &Feed {
        self.feeds.get(&ticket).unwrap_or_else(|| panic!("{ticket} is subscribed"))
    }

    /// Applies one frame as a page does.
    pub fn apply(&mut self, text: &str) -> ServerFrame {
        self.received.push_str(text);
        self.received.push('\n');
        let frame: ServerFrame = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        match frame.clone() {
            ServerFrame::Welcome { epoch, .. } => {
                self.epoch = Some(epoch);
                self.scope = PresenceScope::default();
            }
            ServerFrame::Sync { ticket, from, to } => self.feed_mut(ticket).sync(from, to),
            ServerFrame::Reset { ticket, reason } => self.feed_mut(ticket).reset = Some(reason),
            ServerFrame::Event { ticket, event } => self.feed_mut(ticket).apply(line(event)),
            ServerFrame::Sent { client_id, n, .. } => {
                let before = self.sent.insert(client_id, n);
                assert!(before.is_none_or(|before| before == n), "one client id, two numbers: {before:?} and {n}");
            }
            ServerFrame::Refused { client_id, code, message, field, limit, retry_after_ms, ticket } => {
                self.refused.push(Refused { client_id, code, message, field, limit, retry_after_ms, ticket });
            }
            ServerFrame::Typing { ticket, name, .. } => self.typing.push((ticket, name)),
            ServerFrame::Presence { ticket, people } => drop(self.presence.insert(ticket, people)),
            ServerFrame::PresenceScope { scope } => self.scope = scope,
            ServerFrame::Alerts { ticket } => self.alerts.push(ticket),
            ServerFrame::Colleague { id, online, availability } => {
                self.colleagues.insert(id, (online, availability));
            }
            ServerFrame::Shelf => self.shelf += 1,
            ServerFrame::Draft { ticket, kind, revision } => self.drafts.push((ticket, kind, revision)),
            ServerFrame::Read { ticket, mark, unread } => self.mark(ticket, mark, unread),
            ServerFrame::Ping => self.pings += 1,
            ServerFrame::Behind { ticket } => self.behind.push(ticket),
            ServerFrame::Move { in_ms } => self.moves.push(in_ms),
            ServerFrame::Inbox { ticket } => self.row(*ticket),
            ServerFrame::InboxGone { ticket } => {
                self.rows.remove(&ticket);
                self.gone.push(ticket);
            }
        }
        frame
    }

    fn feed_mut(&mut self, ticket: TicketId) -> &mut Feed {
        self.feeds.get_mut(&ticket).unwrap_or_else(|| panic!("a frame for {ticket}, which nobody subscribed"))
    }

    fn mark(&mut self, ticket: TicketId, mark: Mark, unread: Option<i64>) {
        if let Some(unread) = unread {
            self.unread.insert(ticket, unread);
        }
        let marks = self.marks.entry(ticket).or_default();
        marks.retain(|other| other.participant != mark.participant);
        marks.push(mark);
    }

    fn row(&mut self, ticket: AnyTicket) {
        let (id, version) = identity(&ticket);
        if self.rows.get(&id).is_none_or(|old| identity(old).1 < version) {
            self.rows.insert(id, ticket);
        }
    }
}

impl Feed {
    /// The texts of messages and notes, in order.
    pub fn texts(&self) -> Vec<&str> {
        self.applied.iter().filter_map(Line::text).collect()
    }

    /// The number of the line with this text.
    pub fn n_of(&self, text: &str) -> Option<i64> {
        self.applied.iter().find(|line| line.text() == Some(text)).map(|line| line.n)
    }

    fn sync(&mut self, from: i64, to: i64) {
        assert!(self.reset.is_none(), "`sync` after `reset` without a new subscription");
        assert_eq!(from, self.cursor + 1, "`sync` begins after the cursor");
        assert!(to >= from - 1, "`sync` from {from} to {to}");
        self.syncs += 1;
        self.awaits_sync = false;
    }

    fn apply(&mut self, line: Line) {
        if self.awaits_sync {
            return;
        }
        assert!(self.reset.is_none(), "an event after `reset`: {line:?}");
        assert_eq!(line.n, self.cursor + 1, "the next number: no hole, no double, no other order: {line:?}");
        self.cursor = line.n;
        self.applied.push(line);
    }
}

impl Line {
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            AgentBody::Message(message) => Some(&message.text),
            AgentBody::Note(note) => Some(&note.text),
            _ => None,
        }
    }
}

fn identity(ticket: &AnyTicket) -> (TicketId, i64) {
    match ticket {
        AnyTicket::Agent(ticket) => (ticket.id, ticket.version),
        AnyTicket::Public(ticket) => (ticket.id, ticket.version),
    }
}

pub(crate) fn line(event: AnyEvent) -> Line {
    match event {
        AnyEvent::Agent(event) => event.into(),
        AnyEvent::Public(event) => event.into(),
    }
}

impl From<AgentEvent> for Line {
    fn from(event: AgentEvent) -> Self {
        Self { n: event.n, author: event.author.name, client_id: event.client_id, body: event.body }
    }
}

impl From<PublicEvent> for Line {
    fn from(event: PublicEvent) -> Self {
        Self { n: event.n, author: event.author.name, client_id: event.client_id, body: agent_body(event.body) }
    }
}

fn agent_body(body: PublicBody) -> AgentBody {
    match body {
        PublicBody::Opened { topic, details } => AgentBody::Opened { topic, details },
        PublicBody::Message(message) => AgentBody::Message(message),
        PublicBody::Status { from, to } => AgentBody::Status { from, to, waiting_since: None },
        PublicBody::Joined { name } => AgentBody::Joined { name },
        PublicBody::MergedInto(into) => AgentBody::MergedInto(into),
        PublicBody::ContinuedIn(other) => AgentBody::ContinuedIn(other),
        PublicBody::Continues(other) => AgentBody::Continues(other),
        PublicBody::MergedFrom(from) => AgentBody::MergedFrom(protocol::model::MergedFrom {
            ticket: from.ticket,
            number: from.number,
            waiting_since: None,
        }),
        PublicBody::Edited { target, text } => AgentBody::Edited { target, text },
        PublicBody::Redacted { target } => AgentBody::Redacted { target },
    }
}
