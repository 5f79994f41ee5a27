//! Customers and guests: who they are, their tickets, and the way back by a link. What both sides write stands here too.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::wire;
use crate::frame::PostKind;
use crate::ids::{AttachmentId, ClientId, DraftRevision, Millis, ParticipantId, TicketId};
use crate::model::{Detail, Mark, Presence, PublicEvent, PublicTicket, Row};

wire! {
    /// `GET /v1/me`: who this browser is.
    pub struct Me {
        /// The signed-in customer.
        pub customer: Option<Account>,
        /// The guest tickets this browser holds.
        pub guest_tickets: Vec<TicketId>,
    }

    pub struct Account {
        pub id: ParticipantId,
        pub name: String,
        pub email: String,
    }

    /// `POST /v1/sign-in/code`: send a code to this address. Answers 202 for every address.
    #[serde(deny_unknown_fields)]
    pub struct AskCode {
        pub email: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub locale: Option<String>,
    }

    /// `POST /v1/sign-in`: enter the code in the browser that asked for it. Answers [`Me`].
    #[serde(deny_unknown_fields)]
    pub struct SignIn {
        /// 8 digits; spaces are ignored.
        pub code: String,
    }

    /// `PATCH /v1/me`.
    #[serde(deny_unknown_fields)]
    pub struct ChangeMe {
        pub name: String,
    }

    /// `POST /v1/tickets` with `Idempotency-Key`. Answers 201 and [`PublicTicket`]; a repeat 200.
    #[serde(deny_unknown_fields)]
    pub struct NewTicket {
        pub topic: String,
        /// Taken from the text's first line when empty.
        #[serde(default)]
        pub subject: String,
        pub text: String,
        #[serde(default)]
        pub details: Vec<Detail>,
        /// Required of a guest, refused of a signed-in customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub email: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub locale: Option<String>,
    }

    /// `GET /v1/tickets?state=open|closed&cursor=…&limit=…`, newest change first.
    /// Open: open and pending. Closed: solved and closed.
    pub struct TicketList {
        pub rows: Vec<Row<PublicTicket>>,
        /// Give it back as `cursor` for the next page.
        pub next: Option<String>,
        pub open_count: i64,
        pub closed_count: i64,
        /// Guest tickets under the customer's proven address that can be taken into the account.
        pub offered: Vec<Offered>,
    }

    /// `GET /v1/tickets/same-matter?topic=…`: own open or pending tickets of the topic, newest first.
    pub struct SameMatter {
        pub rows: Vec<Row<PublicTicket>>,
    }

    /// A guest ticket that a customer may take into the account: nothing of its content.
    pub struct Offered {
        pub id: TicketId,
        pub number: i64,
        pub opened_at: Millis,
    }

    /// `GET /v1/tickets/{id}[?before=n]`: folded state as of `cursor`.
    pub struct PublicSnapshot {
        pub epoch: Uuid,
        /// Subscribe from here.
        pub cursor: i64,
        pub ticket: PublicTicket,
        /// Ascending, edits and redactions applied; `edited` and `redacted` events themselves are left out.
        pub events: Vec<PublicEvent>,
        /// Older events exist before the first one's number.
        pub has_older: bool,
        pub marks: Vec<Mark>,
        pub people: Vec<Presence>,
        /// Who I am in this ticket.
        pub me: ParticipantId,
        pub read_n: i64,
        pub unread: i64,
        /// My address as this ticket has it, when it is not confirmed: it can be corrected.
        pub unconfirmed_email: Option<String>,
    }

    /// `GET /v1/tickets/{id}/events?after=n&limit=…[&wait=25]`: the feed over HTTP.
    pub struct PublicEvents {
        pub epoch: Uuid,
        pub events: Vec<PublicEvent>,
        /// The log's last number.
        pub last_n: i64,
    }

    /// `POST /v1/tickets/{id}/messages` and `/v1/agent/tickets/{id}/messages` with `Idempotency-Key`.
    #[serde(deny_unknown_fields)]
    pub struct Post {
        pub kind: PostKind,
        pub text: String,
        #[serde(default)]
        pub attachments: Vec<AttachmentId>,
        /// Notes only: the colleagues whom it calls, at most 10.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<ParticipantId>>"))]
        pub mentions: Vec<ParticipantId>,
        /// Agents only: the states of the draft that it was written from, at most 2. The draft ends with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<DraftRevision>>"))]
        pub drafts: Vec<DraftRevision>,
    }

    /// What was written, or had been written before under the same key.
    pub struct Posted {
        /// Where it was written: another ticket than the one named, where that one was closed for too long.
        pub ticket: TicketId,
        pub client_id: ClientId,
        pub n: i64,
    }

    /// `PUT /v1/tickets/{id}/address`: correct an address that is not confirmed yet.
    #[serde(deny_unknown_fields)]
    pub struct ChangeAddress {
        pub email: String,
    }

    /// `PUT /v1/tickets/{id}/read` and the agents' twin: the socket's `read` over HTTP.
    #[serde(deny_unknown_fields)]
    pub struct MarkRead {
        pub n: i64,
    }

    /// `PUT /v1/tickets/{id}/delivered` and the agents' twin: the socket's `delivered` over HTTP.
    #[serde(deny_unknown_fields)]
    pub struct MarkDelivered {
        pub n: i64,
    }

    /// `PUT /v1/tickets/{id}/attend` and the agents' twin: the socket's `attend` over HTTP. One lease for
    /// each login; `false` ends it, if it is this ticket's.
    #[serde(deny_unknown_fields)]
    pub struct Attending {
        pub attends: bool,
    }

    /// `POST /v1/tickets/{id}/messages/{n}/edit` and the agents' twin, with `Idempotency-Key`; own messages, within 15 minutes.
    #[serde(deny_unknown_fields)]
    pub struct Edit {
        pub text: String,
    }

    /// `POST /v1/links/look`, `/code`, `/not-me`, `/mails`, `/unsubscribe`, `/subscribe`, `/end-trust`: the token of
    /// the link that was mailed, in the body so that no log of addresses ever has it.
    #[serde(deny_unknown_fields)]
    pub struct LinkToken {
        pub token: String,
    }

    /// What a secure link shows before a code was entered: nothing of the ticket but its number.
    pub struct LinkLook {
        pub number: i64,
        /// First and last letter, and the domain: `a•••d@example.org`.
        pub email_masked: String,
        pub way: LinkWay,
        /// When the way is open: this browser may see the ticket already.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub ticket: Option<TicketId>,
        /// Nobody has entered a code from this address yet: "this was not me" is offered.
        pub unconfirmed: bool,
        /// Mails about this ticket are switched off for this address.
        pub muted: bool,
    }

    /// `POST /v1/links/mails`: which ticket's mails a link switches off, and whether they are.
    pub struct LinkMails {
        pub number: i64,
        pub muted: bool,
    }

    /// `POST /v1/links/code`: the code is on its way to the address that the ticket has.
    pub struct LinkCodeAsked {
        /// From then on one more may be asked for.
        pub resend_after_s: u64,
    }

    /// `POST /v1/links/enter`: the code, in the browser that asked for it.
    #[serde(deny_unknown_fields)]
    pub struct EnterLinkCode {
        pub token: String,
        /// 8 digits; spaces are ignored.
        pub code: String,
        /// Stay signed in for 30 days here; the address is told by mail.
        pub trust: bool,
    }

    /// The ticket that the code opened.
    pub struct LinkOpened {
        pub ticket: TicketId,
    }

    /// `POST /v1/links/lost`: mail me the links of my tickets. Answers 202 for every address.
    #[serde(deny_unknown_fields)]
    pub struct LostLinks {
        pub email: String,
    }

    /// `POST /v1/tickets/{id}/end-access`: the guest leaves, here or in every browser.
    #[serde(deny_unknown_fields)]
    pub struct EndAccess {
        /// Ends every session of the ticket and voids every link that was mailed.
        pub everywhere: bool,
    }

    /// `POST /v1/realtime/token` and `/v1/agent/realtime/token`: for clients that cannot send the cookie with the handshake.
    pub struct RealtimeToken {
        /// Works once, within 30 s.
        pub token: String,
        pub expires_at: Millis,
    }
}

/// Where a secure link leads from here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum LinkWay {
    /// A code has to be asked for and entered.
    Code,
    /// This browser may see the ticket already.
    Open,
    /// The ticket belongs to an account: sign in, then it is there.
    SignIn,
}
