//! What participants see: tickets, events, marks, presence.
//!
//! Two audiences count and see differently. Agents see everything and count by `seq`; requesters
//! (customers and guests) count by a number of their own that skips internal events. The types are
//! apart, so that a note cannot be written into a requester's frame at all.

use serde::{Deserialize, Serialize};

use crate::ids::{AttachmentId, ClientId, Millis, ParticipantId, TeamId, TicketId};

/// Which part a person has in a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The customer or guest who asked.
    Requester,
    Agent,
    /// The hub itself.
    System,
}

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    /// Waiting for the requester.
    Pending,
    Solved,
    /// Solved some time ago; a reply still reopens it.
    Closed,
}

/// How soon the agents mean to answer. Theirs alone: a requester never learns of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

/// How sure the hub is of a requester's address. Shown to agents everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Typed by somebody; anybody could have typed it.
    NotConfirmed,
    /// A code sent to the address was entered.
    Confirmed,
    /// The host site vouches for the person.
    Vouched,
}

/// What an agent may do beyond answering tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Tickets of own teams, unassigned ones, and those assigned to them.
    Agent,
    /// Every ticket of the site.
    Lead,
    /// Every ticket, and agents, teams and settings.
    Admin,
}

/// Who did something, as everybody in the ticket may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct Author {
    pub id: ParticipantId,
    pub side: Side,
    /// The display name; empty for a requester who gave none.
    pub name: String,
}

/// A file of a message. The bytes come from a request of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
pub struct Attachment {
    pub id: AttachmentId,
    pub name: String,
    pub media_type: String,
    pub bytes: i64,
    /// Where the hub made a small picture of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
}

/// The size of an image's preview, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct Preview {
    pub width: u32,
    pub height: u32,
}

/// One answer of the request form, such as the transaction id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(deny_unknown_fields)]
pub struct Detail {
    /// The key of the topic's field.
    pub key: String,
    pub value: String,
}

/// What happened, as a requester may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PublicBody {
    /// The ticket's first event.
    Opened {
        topic: String,
        details: Vec<Detail>,
    },
    Message(Message),
    Status {
        from: Status,
        to: Status,
    },
    /// Another person of the requester's side now takes part.
    Joined {
        name: String,
    },
    /// The ticket's conversation goes on in another one; nothing can be written here any more.
    MergedInto(TicketName),
    /// Another ticket of the same requester leads here from now on.
    MergedFrom(TicketName),
    /// What the requester wrote here, long after it was closed, opened another ticket.
    ContinuedIn(TicketName),
    /// The ticket that this one continues.
    Continues(TicketName),
    /// The message with the number `target` now reads `text`.
    Edited {
        target: i64,
        text: String,
    },
    /// The message with the number `target` was erased.
    Redacted {
        target: i64,
    },
}

/// What happened, as an agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AgentBody {
    Opened {
        topic: String,
        details: Vec<Detail>,
    },
    Message(Message),
    /// Internal: never shown, numbered or hinted at to a requester.
    Note(Note),
    Status {
        from: Status,
        to: Status,
        /// Of solving: since when somebody had waited for an answer. Of reopening what was solved without one:
        /// since when they wait again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        waiting_since: Option<Millis>,
    },
    Assigned {
        team: Option<TeamRef>,
        agent: Option<AgentRef>,
    },
    Joined {
        name: String,
    },
    /// The requester's address was corrected or confirmed.
    Address {
        email: String,
        proof: Proof,
    },
    /// Internal, as the three after it.
    Priority {
        from: Priority,
        to: Priority,
    },
    /// All tags before and after.
    Tagged {
        from: Vec<String>,
        to: Vec<String>,
    },
    /// Put aside until then, or until the requester writes.
    Snoozed {
        until: Millis,
    },
    /// Back among the others: by an agent, or by the hub at its time.
    Woken,
    MergedInto(TicketName),
    MergedFrom(MergedFrom),
    ContinuedIn(TicketName),
    Continues(TicketName),
    /// The message or note with the number `target` now reads `text`.
    Edited {
        target: i64,
        text: String,
    },
    /// The message or note with the number `target` was erased.
    Redacted {
        target: i64,
    },
}

/// A message of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
pub struct Message {
    /// Empty once redacted.
    pub text: String,
    /// An agent asks for information: the ticket waits for the requester.
    pub asks: bool,
    pub attachments: Vec<Attachment>,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Millis>,
    /// When it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted_at: Option<Millis>,
}

/// An internal note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
pub struct Note {
    pub text: String,
    pub attachments: Vec<Attachment>,
    /// Colleagues whom it calls, by the names they had then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<AgentRef>>"))]
    pub mentions: Vec<AgentRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Millis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redacted_at: Option<Millis>,
}

/// What another ticket is called. It gives no right to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct TicketName {
    pub ticket: TicketId,
    pub number: i64,
}

/// The ticket that leads here from now on, with what it brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct MergedFrom {
    pub ticket: TicketId,
    pub number: i64,
    /// Since when the requester had been waiting there.
    pub waiting_since: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct TeamRef {
    pub id: TeamId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct AgentRef {
    pub id: ParticipantId,
    pub name: String,
}

/// One event of a ticket's log in the requester's numbering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
pub struct PublicEvent {
    /// 1, 2, 3 … without a hole.
    pub n: i64,
    pub at: Millis,
    pub author: Author,
    /// What its sender called it; replaces the sender's greyed bubble.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    pub body: PublicBody,
}

/// One event of a ticket's log in the agents' numbering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
pub struct AgentEvent {
    pub n: i64,
    pub at: Millis,
    pub author: Author,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    pub body: AgentBody,
}

/// The last line of a conversation, for lists. At most 140 characters of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct Line {
    pub side: Side,
    pub name: String,
    pub text: String,
}

/// A ticket as its requester sees it. The same for every session of the ticket's requesters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct PublicTicket {
    pub id: TicketId,
    /// What people call it, such as 12345. It proves nothing.
    pub number: i64,
    pub subject: String,
    pub topic: String,
    pub status: Status,
    pub opened_at: Millis,
    /// The last number of the requester's log.
    pub last_n: i64,
    pub last_at: Millis,
    pub last_line: Option<Line>,
    /// How many messages agents have written so far.
    pub theirs: i64,
    /// Bumped by every change a requester may see, and by nothing else.
    pub version: i64,
    /// The agent who looks after it.
    pub agent: Option<AgentRef>,
    /// Where its conversation goes on: nothing is written here any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub merged_into: Option<TicketName>,
    /// Since when it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub closed_at: Option<Millis>,
    /// While it is closed: where what its requester writes goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub continued_in: Option<TicketName>,
}

/// A requester as agents see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct Requester {
    pub id: ParticipantId,
    /// A guest of this ticket only, without an account.
    pub guest: bool,
    pub name: String,
    pub email: String,
    pub proof: Proof,
    /// The language of their pages, such as `fr`.
    pub locale: String,
}

/// A ticket as agents see it. The same for every agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct AgentTicket {
    pub id: TicketId,
    pub number: i64,
    pub subject: String,
    pub topic: String,
    pub status: Status,
    pub opened_at: Millis,
    pub last_n: i64,
    pub last_at: Millis,
    pub last_line: Option<Line>,
    /// How many messages the requester has written so far.
    pub theirs: i64,
    /// Bumped by every change an agent may see.
    pub version: i64,
    pub requester: Requester,
    pub team: Option<TeamRef>,
    pub assignee: Option<AgentRef>,
    /// Since when the requester has been waiting for an answer.
    pub waiting_since: Option<Millis>,
    pub priority: Priority,
    /// In the spelling of the site, in the order they were given.
    pub tags: Vec<String>,
    /// Put aside until then. Ends at its time, when the requester writes, and with solving.
    pub snoozed_until: Option<Millis>,
    /// Where its conversation goes on: nothing is written here any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub merged_into: Option<TicketName>,
    /// Since when it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub closed_at: Option<Millis>,
    /// While it is closed: where what its requester writes goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub continued_in: Option<TicketName>,
}

/// A row of a list, with what is its reader's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct Row<T> {
    pub ticket: T,
    /// Up to where the reader has read.
    pub read_n: i64,
    /// How many of the other side's messages the reader has not read.
    pub unread: i64,
    /// In the view `mentions`: the newest note that mentions the reader; not read yet when beyond `read_n`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub mention_n: Option<i64>,
}

/// How far a person has got in a ticket, in the numbering of whoever is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct Mark {
    pub participant: ParticipantId,
    pub side: Side,
    /// Reached one of their pages.
    pub delivered_n: i64,
    /// Was on the screen in front of them.
    pub read_n: i64,
}

/// How present somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Present {
    /// Looks at this ticket.
    Attending,
    /// Has a page open.
    Online,
    Offline,
}

/// Whose sessions are known: who is online, who looks at a ticket, who types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum PresenceScope {
    /// Those of the whole hub.
    #[default]
    Hub,
    /// Those of the node that tells it: whoever is connected to another one seems offline.
    Node,
}

/// What an agent says of themselves, whatever pages they have open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    Available,
    Away,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct Presence {
    pub id: ParticipantId,
    pub side: Side,
    pub name: String,
    pub state: Present,
}
