//! Bodies of the HTTP API. Requests are strict: an unknown field is refused.
//!
//! The routes stand in `hub/src/http/routes.rs` and, for readers, in `docs/PROTOCOL.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::ErrorCode;
use crate::frame::PostKind;
use crate::ids::{AttachmentId, ClientId, LoginId, Millis, ParticipantId, SavedViewId, TeamId, TicketId};
use crate::model::{
    AgentEvent, AgentTicket, Attachment, Author, Availability, Detail, Mark, Presence, Priority, PublicEvent,
    PublicTicket, Role, Row, Status, TeamRef,
};

macro_rules! wire {
    ($($item:item)+) => {$(
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
        $item
    )+};
}
pub(crate) use wire;

// ---- Everybody ----

wire! {
    /// `GET /v1/site`: what a page needs before anybody signs in.
    pub struct Site {
        pub name: String,
        pub topics: Vec<Topic>,
        pub limits: Limits,
        pub files: FileLimits,
        /// For how long after it was closed a message reopens a ticket; later it opens another one. Absent: for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reopen_within_ms: Option<Millis>,
    }

    /// A choice of the request form.
    pub struct Topic {
        pub key: String,
        /// By language, such as `en`.
        pub label: BTreeMap<String, String>,
        /// What helps to be answered fast, by language.
        pub hint: BTreeMap<String, String>,
        pub fields: Vec<TopicField>,
    }

    /// A detail that speeds things up.
    pub struct TopicField {
        pub key: String,
        pub kind: FieldKind,
        pub label: BTreeMap<String, String>,
        pub hint: BTreeMap<String, String>,
    }

    /// Limits told before they are met. Characters are Unicode scalar values.
    pub struct Limits {
        pub text_chars_max: u64,
        pub text_bytes_max: u64,
        pub subject_chars_max: u64,
        pub detail_chars_max: u64,
        pub name_chars_max: u64,
        pub password_chars_min: u64,
    }

    /// The same for files.
    pub struct FileLimits {
        /// The largest file, in bytes.
        pub bytes_max: i64,
        /// Files of one message.
        pub per_message: u32,
    }
}

/// What a detail's input looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    /// Local date and time as the browser's input gives it, `2026-11-22T14:05`.
    DateTime,
}

// ---- Customers and guests ----

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

// ---- Agents ----

wire! {
    /// `GET /v1/agent/links/{token}` shows what a one-time link is for; GET changes nothing.
    pub struct LinkInfo {
        pub purpose: LinkPurpose,
        /// The invited or known address; empty for the first admin, who chooses it.
        pub email: String,
        pub name: String,
        pub site: String,
    }

    /// `POST /v1/agent/links/{token}`: set name and password; the link is used up and the agent signed in. Answers [`AgentMe`].
    #[serde(deny_unknown_fields)]
    pub struct UseLink {
        /// Required for the first admin, refused otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub email: Option<String>,
        /// Required for the first admin and for invites; not asked on a reset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        pub password: String,
    }

    /// `POST /v1/agent/sign-in`. Answers [`AgentMe`].
    #[serde(deny_unknown_fields)]
    pub struct AgentSignIn {
        pub email: String,
        pub password: String,
    }

    /// `GET /v1/agent/me`.
    pub struct AgentMe {
        pub id: ParticipantId,
        pub name: String,
        pub email: String,
        pub role: Role,
        pub teams: Vec<TeamRef>,
        pub site: String,
        pub availability: Availability,
    }

    /// `PATCH /v1/agent/me`.
    #[serde(deny_unknown_fields)]
    pub struct ChangeAgentMe {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub password: Option<ChangePassword>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub availability: Option<Availability>,
    }

    /// Ends every other login of the agent.
    #[serde(deny_unknown_fields)]
    pub struct ChangePassword {
        pub current: String,
        pub new: String,
    }

    /// `GET /v1/agent/views`: how many tickets each view holds for this agent.
    pub struct Views {
        pub mine: i64,
        pub unassigned: i64,
        pub open: i64,
        pub waiting: i64,
        pub snoozed: i64,
        pub solved: i64,
        /// Notes that mention the agent and that they have not read.
        pub mentions: i64,
        /// Open tickets by team.
        pub teams: Vec<TeamCount>,
    }

    pub struct TeamCount {
        pub team: TeamRef,
        pub open: i64,
    }

    /// `GET /v1/agent/tickets?view=…[&team=…][&cursor=…][&limit=…]`.
    pub struct Inbox {
        pub rows: Vec<Row<AgentTicket>>,
        pub next: Option<String>,
    }

    /// `GET /v1/agent/search?q=…[&after=…][&limit=…]`: newest first; a ticket whose number was typed comes
    /// before all others.
    pub struct SearchHits {
        pub hits: Vec<SearchHit>,
        /// More may follow, also where there are fewer hits than were asked for, or none.
        pub next: Option<String>,
    }

    /// A text in which every word was found.
    pub struct SearchHit {
        pub row: Row<AgentTicket>,
        pub matched: Matched,
        /// The message or note that it stands in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub n: Option<i64>,
        /// When it was written; of what belongs to the whole ticket, when that was opened.
        pub at: Millis,
        /// Who wrote the message or note.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub author: Option<Author>,
        /// The part of the text around what was found; the pieces one after the other.
        pub excerpt: Vec<Piece>,
    }

    /// A piece of an excerpt.
    pub struct Piece {
        pub text: String,
        /// It is what was looked for.
        pub found: bool,
    }

    /// `GET /v1/agent/saved-views`: own ones, then those of the site, each in their order.
    pub struct SavedViews {
        pub views: Vec<SavedView>,
    }

    /// A list that agents made: a name, and what its tickets have in common.
    pub struct SavedView {
        pub id: SavedViewId,
        pub name: String,
        /// Of the site, for everybody.
        pub shared: bool,
        pub filters: ViewFilters,
        /// How many tickets it holds for this agent.
        pub count: i64,
    }

    /// `POST /v1/agent/saved-views`, and `/v1/agent/shared-views` (admins), with `Idempotency-Key`. Answers 201
    /// and [`SavedView`].
    #[serde(deny_unknown_fields)]
    pub struct NewView {
        pub name: String,
        pub filters: ViewFilters,
    }

    /// `PATCH /v1/agent/saved-views/{id}`, and `/v1/agent/shared-views/{id}` (admins). Absent fields stay as they are.
    #[serde(deny_unknown_fields)]
    pub struct ChangeView {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub filters: Option<ViewFilters>,
        /// Its place among its kind, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub place: Option<u32>,
    }

    /// All that are given must hold; of several in one list, one must. Tags: all of them.
    #[derive(Default)]
    #[serde(deny_unknown_fields)]
    pub struct ViewFilters {
        #[serde(default)]
        pub statuses: Vec<Status>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub assignee: Option<AssigneeFilter>,
        #[serde(default)]
        pub teams: Vec<TeamId>,
        #[serde(default)]
        pub tags: Vec<String>,
        #[serde(default)]
        pub priorities: Vec<Priority>,
        #[serde(default)]
        pub topics: Vec<String>,
        /// The requester waits at least so many minutes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub waiting_min: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub snoozed: Option<bool>,
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

    /// `GET /v1/agent/colleagues`: who a ticket can be given to.
    pub struct Colleagues {
        pub agents: Vec<Colleague>,
        pub teams: Vec<TeamRef>,
    }

    pub struct Colleague {
        pub id: ParticipantId,
        pub name: String,
        /// With the teams it says which tickets they see.
        pub role: Role,
        pub teams: Vec<TeamId>,
        /// A page of theirs is open.
        pub online: bool,
        pub availability: Availability,
    }

    /// `GET /v1/agent/agents` (admins).
    pub struct Agents {
        pub agents: Vec<AgentAccount>,
    }

    pub struct AgentAccount {
        pub id: ParticipantId,
        pub name: String,
        pub email: String,
        pub role: Role,
        pub teams: Vec<TeamId>,
        pub state: AgentState,
    }

    /// `POST /v1/agent/agents` (admins) with `Idempotency-Key`. Answers [`OneTimeLink`].
    #[serde(deny_unknown_fields)]
    pub struct Invite {
        pub email: String,
        pub name: String,
        pub role: Role,
        #[serde(default)]
        pub teams: Vec<TeamId>,
    }

    /// A link that works once, within 72 hours (reset: 2 hours). The hub keeps only its digest; show it now.
    pub struct OneTimeLink {
        pub url: String,
        pub expires_at: Millis,
    }

    /// `PATCH /v1/agent/agents/{id}` (admins). Absent fields stay as they are.
    #[serde(deny_unknown_fields)]
    pub struct ChangeAgent {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub role: Option<Role>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub teams: Option<Vec<TeamId>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub disabled: Option<bool>,
    }

    /// `POST /v1/agent/teams` (admins) with `Idempotency-Key`, `PATCH /v1/agent/teams/{id}`. Answers [`TeamRef`].
    #[serde(deny_unknown_fields)]
    pub struct TeamName {
        pub name: String,
    }
}

// ---- Alerts, as the console shows them ----

wire! {
    /// `GET /v1/agent/tickets/{id}/alerts`: what happens when the requester leaves, and what has happened.
    pub struct TicketAlerts {
        /// How mails go out from this hub.
        pub by: MailWay,
        /// A mail waits until nothing was written for this long …
        pub quiet_s: u64,
        /// … and no longer than this after the first unread message.
        pub cap_s: u64,
        /// Something is unread since then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub unread_since: Option<Millis>,
        /// When the next mail is due, as things stand: reading cancels it, attending puts it off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub due_at: Option<Millis>,
        /// Why no mail goes out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub hold: Option<HoldReason>,
        /// The latest mails, newest first.
        pub mails: Vec<AlertMail>,
    }

    /// A mail to the requester about this ticket.
    pub struct AlertMail {
        pub kind: AlertKind,
        pub state: AlertState,
        /// When it was queued, and for a mail that is done, when it was.
        pub at: Millis,
        /// While it waits: until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub until: Option<Millis>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub hold: Option<HoldReason>,
        /// What the mail server said last, without addresses.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub answer: Option<String>,
    }
}

macro_rules! words {
    ($($item:item)+) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
        #[serde(rename_all = "snake_case")]
        $item
    )+};
}

words! {
    pub enum MailWay {
        /// Sent by a mail server.
        Smtp,
        /// Kept on this machine, in the local mailbox.
        Local,
    }

    pub enum AlertKind {
        Received,
        Updated,
        Solved,
        Asked,
        Links,
        NewDevice,
    }

    pub enum AlertState {
        /// It will be sent, at `until`.
        Waiting,
        Held,
        /// The mail server took it.
        Sent,
        /// It was sent, and the link was opened since, before a newer mail brought it too.
        Opened,
        /// The address takes no mail.
        Bounced,
        Failed,
        /// It was read before it went out.
        Cancelled,
    }

    /// Why nothing is mailed.
    pub enum HoldReason {
        /// The address was never confirmed, and one alert went there already.
        NotConfirmed,
        Bounces,
        Muted,
        Unsubscribed,
        AddressBudget,
        DomainBudget,
        HubBudget,
        Undelivered,
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

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    FirstAdmin,
    Invite,
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    Invited,
    Active,
    Disabled,
}

/// What a search found its words in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    Message,
    Note,
    Subject,
    /// The requester's name.
    Name,
    /// The requester's address.
    Address,
    /// The ticket's number.
    Number,
    /// The names of a message's or note's files.
    File,
    /// What the requester gave beside the text, such as a transaction's number.
    Detail,
}

/// The lists of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Open or pending, assigned to me. What is put aside is in `snoozed` alone.
    Mine,
    /// Open, assigned to nobody.
    Unassigned,
    /// Open, everybody's.
    Open,
    /// Pending: waiting for the requester.
    Waiting,
    /// Open or pending, put aside until a time.
    Snoozed,
    /// Solved and closed.
    Solved,
    /// Whatever its state: a note in it mentions me.
    Mentions,
}

/// To whom the tickets of a view are assigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
pub enum AssigneeFilter {
    /// Whoever looks.
    Me,
    Nobody,
    Agent {
        id: ParticipantId,
    },
}

/// `POST /v1/agent/tickets/{id}/actions` with `Idempotency-Key`. Answers [`Posted`].
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

/// Local mailbox, when no SMTP server is set: `GET /dev/mailbox/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct LocalMail {
    pub id: Uuid,
    pub at: Millis,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    /// As they would be sent, a line each; a line that goes on begins with a blank.
    pub headers: String,
}
