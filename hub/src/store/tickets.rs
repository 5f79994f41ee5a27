//! Reading tickets, their logs and lists.

use protocol::frame::AnyEvent;
use protocol::http::{Offered, OtherTicket, View, Views};
use protocol::model::{AgentEvent, AgentTicket, Mark, PublicEvent, PublicTicket, Row};
use protocol::{Millis, ParticipantId, SiteId, TeamId, TicketId};

use super::{Store, StoreError};
use crate::domain::access::{Agent, Audience, Readable, TicketRef};

/// Folded state as of `cursor`, read in one consistent look.
#[derive(Clone, Debug)]
pub struct Snapshot<Ticket, Event> {
    pub cursor: i64,
    pub ticket: Ticket,
    /// Ascending; edits and redactions applied; their own events left out.
    pub events: Vec<Event>,
    pub has_older: bool,
    /// Everybody's, in the reader's numbering.
    pub marks: Vec<Mark>,
    pub read_n: i64,
    pub unread: i64,
}

pub type AgentView = Snapshot<AgentTicket, AgentEvent>;
pub type PublicView = Snapshot<PublicTicket, PublicEvent>;

/// Events `after+1 …` and the log's last number, as of one look.
#[derive(Clone, Debug)]
pub struct Events {
    pub events: Vec<AnyEvent>,
    pub last_n: i64,
}

#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    pub view: Option<View>,
    pub team: Option<TeamId>,
    /// A ticket's number, or a part of a subject, a name or an address.
    pub search: Option<String>,
    /// As given by `Page::next`.
    pub cursor: Option<String>,
    pub limit: u64,
}

#[derive(Clone, Debug)]
pub struct Page<T> {
    pub rows: Vec<Row<T>>,
    pub next: Option<String>,
}

/// Where a feed stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub ticket: TicketId,
    pub last_seq: i64,
    pub last_pub_seq: i64,
    pub version: i64,
    pub pub_version: i64,
}

impl Store {
    /// What access is decided from; `None` when there is no such ticket on the site.
    pub async fn ticket_ref(&self, _site: SiteId, _ticket: TicketId) -> Result<Option<TicketRef>, StoreError> {
        todo!("store")
    }

    /// The same for many, in one query.
    pub async fn ticket_refs(&self, _site: SiteId, _tickets: &[TicketId]) -> Result<Vec<TicketRef>, StoreError> {
        todo!("store")
    }

    /// The last page, or the page before number `before`. For an agent's `Readable` only.
    pub async fn agent_snapshot(&self, _ticket: &Readable<'_>, _before: Option<i64>) -> Result<AgentView, StoreError> {
        todo!("store")
    }

    /// For a requester's `Readable` only.
    pub async fn public_snapshot(
        &self,
        _ticket: &Readable<'_>,
        _before: Option<i64>,
    ) -> Result<PublicView, StoreError> {
        todo!("store")
    }

    /// Events after a number in the reader's numbering and form, at most `limit`.
    pub async fn events_after(&self, _ticket: &Readable<'_>, _after: i64, _limit: u64) -> Result<Events, StoreError> {
        todo!("store")
    }

    /// The same for live delivery, whose subscribers were checked when they joined.
    pub async fn feed_after(
        &self,
        _ticket: TicketId,
        _audience: Audience,
        _after: i64,
        _limit: u64,
    ) -> Result<Events, StoreError> {
        todo!("store")
    }

    /// Where the feeds of these tickets stand: the position check's one query.
    pub async fn positions(&self, _tickets: &[TicketId]) -> Result<Vec<Position>, StoreError> {
        todo!("store")
    }

    /// Rows of these tickets as agents see them; for list rows that changed unnoticed.
    pub async fn agent_rows(&self, _tickets: &[TicketId]) -> Result<Vec<AgentTicket>, StoreError> {
        todo!("store")
    }

    pub async fn public_rows(&self, _tickets: &[TicketId]) -> Result<Vec<PublicTicket>, StoreError> {
        todo!("store")
    }

    /// A page of the console's list, newest change first, only what the agent may see.
    pub async fn inbox(&self, _agent: &Agent, _query: &ListQuery) -> Result<Page<AgentTicket>, StoreError> {
        todo!("store")
    }

    /// How many tickets each view holds for the agent.
    pub async fn views(&self, _agent: &Agent) -> Result<Views, StoreError> {
        todo!("store")
    }

    /// The tickets of these participants (a browser's customer and guests), newest change first.
    pub async fn own_tickets(
        &self,
        _site: SiteId,
        _participants: &[ParticipantId],
        _closed: bool,
        _cursor: Option<&str>,
        _limit: u64,
    ) -> Result<Page<PublicTicket>, StoreError> {
        todo!("store")
    }

    /// (open and pending, solved and closed).
    pub async fn own_ticket_counts(
        &self,
        _site: SiteId,
        _participants: &[ParticipantId],
    ) -> Result<(i64, i64), StoreError> {
        todo!("store")
    }

    /// Own open or pending tickets of a topic, opened since, newest first, at most 5.
    pub async fn same_matter(
        &self,
        _site: SiteId,
        _participants: &[ParticipantId],
        _topic: &str,
        _since: Millis,
    ) -> Result<Vec<Row<PublicTicket>>, StoreError> {
        todo!("store")
    }

    /// Guest tickets opened with the customer's proven address.
    pub async fn offered(&self, _site: SiteId, _customer: ParticipantId) -> Result<Vec<Offered>, StoreError> {
        todo!("store")
    }

    /// Other tickets of this ticket's requester that the agent may see, newest first, at most 5.
    pub async fn other_tickets(&self, _agent: &Agent, _ticket: &Readable<'_>) -> Result<Vec<OtherTicket>, StoreError> {
        todo!("store")
    }

    /// The requester's address while it is not confirmed.
    pub async fn unconfirmed_email(&self, _ticket: &Readable<'_>) -> Result<Option<String>, StoreError> {
        todo!("store")
    }
}
