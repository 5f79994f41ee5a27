//! Frames of the websocket `GET /v1/realtime` and `GET /v1/agent/realtime`, one JSON text each.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::ErrorCode;
use crate::ids::{AttachmentId, ClientId, ConnectionId, DraftRevision, Millis, ParticipantId, TicketId};
use crate::model::{
    AgentEvent, AgentTicket, Availability, Mark, Presence, PresenceScope, PublicEvent, PublicTicket, Side,
};

/// The websocket subprotocol.
pub const SUBPROTOCOL: &str = "hub.v1.json";

/// A place in a ticket's log: everything up to and including `after` is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    pub ticket: TicketId,
    pub after: i64,
}

/// What a posted text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum PostKind {
    /// To the other side.
    Reply,
    /// Agents only: to the requester, asking for information.
    Ask,
    /// Agents only: to colleagues.
    Note,
}

/// What a page sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientFrame {
    /// First, within 5 s.
    Hello {
        /// A single-use ticket, for clients without the login cookie.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// The epoch the cursors belong to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<Uuid>,
        /// The language for sentences, such as `fr`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        locale: Option<String>,
        #[serde(default)]
        feeds: Vec<Cursor>,
    },
    Subscribe {
        feeds: Vec<Cursor>,
    },
    Unsubscribe {
        tickets: Vec<TicketId>,
    },
    Send {
        ticket: TicketId,
        client_id: ClientId,
        kind: PostKind,
        text: String,
        #[serde(default)]
        attachments: Vec<AttachmentId>,
        /// Notes only: the colleagues whom it calls, at most 10.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<ParticipantId>>"))]
        mentions: Vec<ParticipantId>,
        /// Agents only: the states of the draft that it was written from, at most 2. The draft ends with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<DraftRevision>>"))]
        drafts: Vec<DraftRevision>,
    },
    /// Cumulative: everything up to `n` has reached this page. At most one in 2 s.
    Delivered {
        ticket: TicketId,
        n: i64,
    },
    /// Cumulative: everything up to `n` was on the screen, in front of the person.
    Read {
        ticket: TicketId,
        n: i64,
    },
    /// Renews the attention lease on the open ticket; without a ticket it ends it.
    Attend {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<TicketId>,
    },
    /// Keys are being pressed. `kind` is `note` while a note is written: colleagues alone see it.
    Typing {
        ticket: TicketId,
        kind: PostKind,
        /// A file is on its way up, rather than keys pressed.
        #[serde(default)]
        file: bool,
    },
    /// The answer to `ping`. `active`: there was input in the last five minutes.
    Pong {
        #[serde(default)]
        active: bool,
    },
    /// Read my rights anew: after signing in, after opening a ticket.
    Refresh {},
}

impl ClientFrame {
    /// A text alone: no files, nobody mentioned, made from no draft.
    pub fn send_text(ticket: TicketId, client_id: ClientId, kind: PostKind, text: impl Into<String>) -> Self {
        let (attachments, mentions, drafts) = (Vec::new(), Vec::new(), Vec::new());
        Self::Send { ticket, client_id, kind, text: text.into(), attachments, mentions, drafts }
    }
}

/// Why a feed has to be read anew from its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum ResetReason {
    /// The hub's data were restored from a backup.
    Epoch,
    /// The cursor is ahead of the log.
    Ahead,
    /// More than 5,000 events were missed.
    TooFar,
    /// Not there, or no longer theirs.
    Forbidden,
}

/// An event in the form of whoever reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(untagged)]
pub enum AnyEvent {
    Public(PublicEvent),
    Agent(AgentEvent),
}

/// A ticket in the form of whoever reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(untagged)]
pub enum AnyTicket {
    // Tried in this order when decoding; an agent's ticket has fields the public one lacks.
    Agent(AgentTicket),
    Public(PublicTicket),
}

/// What the hub sends. Pages ignore types and fields they do not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    Welcome {
        connection: ConnectionId,
        epoch: Uuid,
        heartbeat_ms: u64,
        now: Millis,
    },
    /// The feed is joined: its events `from` … `to` follow, then live ones. `to < from`: nothing was missed.
    Sync {
        ticket: TicketId,
        from: i64,
        to: i64,
    },
    /// Read the snapshot of this ticket and subscribe from its cursor.
    Reset {
        ticket: TicketId,
        reason: ResetReason,
    },
    Event {
        ticket: TicketId,
        event: AnyEvent,
    },
    /// The event is committed under this number.
    Sent {
        client_id: ClientId,
        ticket: TicketId,
        n: i64,
    },
    Refused {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<ClientId>,
        code: ErrorCode,
        /// One sentence in the person's language.
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u64>,
        /// Milliseconds after which the same frame may succeed; absent: it never will as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
        /// Where the conversation of a ticket that was merged or continued goes on: the same frame may be sent there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticket: Option<TicketId>,
    },
    /// Lives 6 s and is ended by that person's next message.
    Typing {
        ticket: TicketId,
        participant: ParticipantId,
        side: Side,
        name: String,
        kind: PostKind,
        /// A file is on its way up, rather than keys pressed.
        #[serde(default)]
        file: bool,
    },
    /// Who is there, whole.
    Presence {
        ticket: TicketId,
        people: Vec<Presence>,
    },
    /// For agents: whose sessions are known from now on. After `welcome` it is told where that is `node`.
    PresenceScope {
        scope: PresenceScope,
    },
    /// For agents: the alerts of this ticket changed, and are to be read again when they are shown.
    Alerts {
        ticket: TicketId,
    },
    /// For agents: a colleague came, went, or is available or away from now on.
    Colleague {
        id: ParticipantId,
        online: bool,
        availability: Availability,
    },
    /// For agents: macros or saved views that they may use were made, changed or taken away, and are to be
    /// read again.
    Shelf,
    /// For agents: one's own draft may have changed, in `revision` where that is known, and is to be read again.
    Draft {
        ticket: TicketId,
        kind: PostKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        revision: Option<DraftRevision>,
    },
    /// A mark moved. `unread` is there when it is the reader's own.
    Read {
        ticket: TicketId,
        mark: Mark,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<i64>,
    },
    /// Answer `pong` within 10 s.
    Ping,
    /// Events of this feed were held back because the reader is slow; they follow by themselves.
    Behind {
        ticket: TicketId,
    },
    /// This node goes away: open a new socket within `in_ms`, resume there, close this one.
    Move {
        in_ms: u64,
    },
    /// A row of a list is new or has changed.
    Inbox {
        ticket: Box<AnyTicket>,
    },
    /// A row left the reader's reach.
    InboxGone {
        ticket: TicketId,
    },
}

/// Close codes. 43xx and 44xx mean "come back", but for 4401 and 4402, which mean "sign in first";
/// 45xx mean "do not come back as you are".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// Too many frames, after a warning.
    Policy = 1008,
    /// A frame over 64 KiB.
    TooBig = 1009,
    /// No `pong` within 10 s.
    NoPong = 4312,
    Overloaded = 4313,
    /// The login has expired.
    Expired = 4401,
    /// The login was ended.
    Revoked = 4402,
    /// A write was blocked for 10 s.
    Slow = 4408,
    /// The node is going away.
    Draining = 4412,
    BadToken = 4500,
    Forbidden = 4501,
    /// No `hello` within 5 s, a binary frame, or a frame that is not JSON before `hello`.
    Protocol = 4502,
    /// The page is too old for this hub.
    Upgrade = 4510,
}

impl CloseCode {
    pub const ALL: &'static [CloseCode] = &[
        CloseCode::Policy,
        CloseCode::TooBig,
        CloseCode::NoPong,
        CloseCode::Overloaded,
        CloseCode::Expired,
        CloseCode::Revoked,
        CloseCode::Slow,
        CloseCode::Draining,
        CloseCode::BadToken,
        CloseCode::Forbidden,
        CloseCode::Protocol,
        CloseCode::Upgrade,
    ];

    pub const fn code(self) -> u16 {
        self as u16
    }
}
