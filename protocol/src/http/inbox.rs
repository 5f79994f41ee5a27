//! Tickets as agents have them, and what agents do to them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::wire;
use crate::error::ErrorCode;
use crate::ids::{LoginId, Millis, ParticipantId, TeamId, TicketId};
use crate::model::{AgentEvent, AgentTicket, Attachment, Author, Mark, Presence, Priority, Row, Status};

wire! {
    /// `GET /v1/agent/tickets?view=…[&team=…][&cursor=…][&limit=…]`.
    pub struct Inbox {
        pub rows: Vec<Row<AgentTicket>>,
        pub next: Option<String>,
    }

    /// `POST /v1/agent/tickets/actions` with `Idempotency-Key`: at most 100 acts, none of them `redact`; those on
    /// one ticket are done in their order. Answers [`ManyDone`].
    #[serde(deny_unknown_fields)]
    pub struct ManyActs {
        pub acts: Vec<TicketAct>,
    }

    #[serde(deny_unknown_fields)]
    pub struct TicketAct {
        pub ticket: TicketId,
        pub action: TicketAction,
        /// Only while the ticket's log ends with this number; else it is a `conflict`. For taking something back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub if_last_n: Option<i64>,
    }

    /// What became of each act, in their order.
    pub struct ManyDone {
        pub outcomes: Vec<Outcome>,
    }

    /// `n` or `refused`.
    pub struct Outcome {
        pub ticket: TicketId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub n: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub refused: Option<RefusedAct>,
    }

    pub struct RefusedAct {
        pub code: ErrorCode,
        /// One sentence in the person's language.
        pub title: String,
    }

    /// `GET /v1/agent/tags[?q=…]`: the site's tags whose name has `q` in it, the most used first, at most 100.
    pub struct Tags {
        pub tags: Vec<String>,
    }

    /// `GET /v1/agent/tickets/{id}[?before=n]`.
    pub struct AgentSnapshot {
        pub epoch: Uuid,
        pub cursor: i64,
        pub ticket: AgentTicket,
        pub events: Vec<AgentEvent>,
        pub has_older: bool,
        pub marks: Vec<Mark>,
        pub people: Vec<Presence>,
        pub read_n: i64,
        pub unread: i64,
        /// The requester's other tickets, newest first, at most 5.
        pub other_tickets: Vec<OtherTicket>,
    }

    pub struct OtherTicket {
        pub id: TicketId,
        pub number: i64,
        pub subject: String,
        pub status: Status,
        pub last_at: Millis,
    }

    /// `GET /v1/agent/tickets/{id}/files[?before=n]`: the files of its messages and notes, the newest first, those
    /// of messages before number `before`. The files of a message come in one page.
    pub struct SharedFiles {
        pub files: Vec<SharedFile>,
        /// What to ask for older ones `before`; none when these are all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub before: Option<i64>,
    }

    pub struct SharedFile {
        /// The message or note that it stands in.
        pub n: i64,
        pub at: Millis,
        pub author: Author,
        /// Of a note: the requester has not got it.
        pub note: bool,
        pub file: Attachment,
    }

    /// `GET /v1/agent/tickets/{id}/access`: who can get at a ticket by mail or as a guest. No address, no network.
    pub struct TicketAccess {
        /// The link that mails about this ticket carry, once one was needed.
        pub link: Option<TicketLink>,
        /// Browsers that hold the guest's right, newest first.
        pub sessions: Vec<TicketSession>,
        /// The requester wants no mails about this ticket.
        pub muted: bool,
    }

    pub struct TicketLink {
        pub created_at: Millis,
        /// When its page was last looked at.
        pub last_seen_at: Option<Millis>,
        /// Counts up each time the links mailed before were voided.
        pub generation: i64,
    }

    pub struct TicketSession {
        pub id: LoginId,
        /// Such as "Firefox on Linux"; empty when unknown.
        pub browser: String,
        /// A code was entered there.
        pub proven: bool,
        pub trusted: bool,
        pub opened_at: Millis,
        pub last_seen_at: Millis,
    }

    /// `GET /v1/agent/tickets/{id}/events?after=n&limit=…[&wait=25]`.
    pub struct AgentEvents {
        pub epoch: Uuid,
        pub events: Vec<AgentEvent>,
        pub last_n: i64,
    }
}

/// `POST /v1/agent/tickets/{id}/actions` with `Idempotency-Key`. Answers [`Posted`](super::Posted).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum TicketAction {
    /// Both fields are set as given; null takes the ticket from everybody.
    Assign {
        team: Option<TeamId>,
        agent: Option<ParticipantId>,
    },
    Solve,
    Reopen {
        /// As waiting for the requester: what takes back the solving of such a ticket.
        #[serde(default)]
        pending: bool,
    },
    /// This ticket leads on to that one, for ever. Both are the same requester's.
    Merge {
        into: TicketId,
    },
    /// Erases a message or note, for ever.
    Redact {
        target: i64,
    },
    SetPriority {
        priority: Priority,
    },
    /// Adds and takes away tags. A name is one tag in whatever case it is written; a new one is made.
    Tag {
        #[serde(default)]
        add: Vec<String>,
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Puts an open or pending ticket aside until a time to come, or gives it another time.
    Snooze {
        until: Millis,
    },
    /// Brings it back now.
    Wake,
}
