//! Reading tickets: what access is decided from, positions, rows. Logs and lists have files of their own.

pub(super) mod lists;
mod log;
mod positions;
mod saved;
mod tags;

use protocol::frame::AnyEvent;
use protocol::http::{View, ViewFilters};
use protocol::model::{AgentEvent, AgentTicket, Mark, PublicEvent, PublicTicket, Row};
use protocol::{SiteId, TeamId, TicketId};
use sea_orm::QueryResult;

use super::fault::Outcome;
use super::rows::{TICKET, TICKET_FROM, TICKET_REF, TicketRow, ticket_ref};
use super::sql::{Columns, Sql, all, one};
use super::{Store, StoreError};
use crate::domain::access::{Readable, TicketRef};

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

/// What somebody who joins a ticket's feed needs of it.
#[derive(Clone, Debug)]
pub struct Feed {
    pub ticket: TicketRef,
    pub requester_name: String,
    pub assignee_name: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    pub view: Option<View>,
    pub team: Option<TeamId>,
    /// Those of a saved view.
    pub filters: Option<ViewFilters>,
    /// As given by `Page::next`.
    pub cursor: Option<String>,
    pub limit: u64,
}

#[derive(Clone, Debug)]
pub struct Page<T> {
    pub rows: Vec<Row<T>>,
    pub next: Option<String>,
}

pub use positions::{MarkNow, MarkPlace, Position};
pub(super) use saved::push_shelf;
pub use saved::{Shelf, ViewChange};

impl Store {
    /// What access is decided from; `None` when there is no such ticket on the site.
    pub async fn ticket_ref(&self, site: SiteId, ticket: TicketId) -> Result<Option<TicketRef>, StoreError> {
        let text = [TICKET_REF, " where id = $1 and site_id = $2"].concat();
        let row = one(self.db().reads(), Sql::with(text, [ticket.0.into(), site.0.into()])).await?;
        Ok(row.as_ref().map(ticket_ref).transpose()?)
    }

    /// The same for many, in one query.
    pub async fn ticket_refs(&self, site: SiteId, tickets: &[TicketId]) -> Result<Vec<TicketRef>, StoreError> {
        let mut sql = Sql::new([TICKET_REF, " where site_id = "].concat());
        sql.bind(site.0).push(" and id ").one_of(self.db().backend(), tickets.iter().map(|id| id.0));
        let rows = all(self.db().reads(), sql).await?;
        Ok(rows.iter().map(ticket_ref).collect::<Outcome<_>>()?)
    }

    /// The same with who is in each of them.
    pub async fn feeds(&self, site: SiteId, tickets: &[TicketId]) -> Result<Vec<Feed>, StoreError> {
        let text = "select t.id, t.site_id, t.team_id, t.assignee_id, t.requester_id, t.last_seq, t.last_pub_seq, \
                    r.name as requester_name, a.name as assignee_name from ticket t \
                    join participant r on r.id = t.requester_id left join participant a on a.id = t.assignee_id \
                    where t.site_id = ";
        let mut sql = Sql::new(text);
        sql.bind(site.0).push(" and t.id ").one_of(self.db().backend(), tickets.iter().map(|id| id.0));
        let feed = |row: &QueryResult| -> Outcome<Feed> {
            Ok(Feed {
                ticket: ticket_ref(row)?,
                requester_name: row.get("requester_name")?,
                assignee_name: row.get("assignee_name")?,
            })
        };
        Ok(all(self.db().reads(), sql).await?.iter().map(feed).collect::<Outcome<_>>()?)
    }

    /// Rows of these tickets as agents see them; for list rows that changed unnoticed.
    pub async fn agent_rows(&self, tickets: &[TicketId]) -> Result<Vec<AgentTicket>, StoreError> {
        Ok(self.ticket_rows(tickets).await?.into_iter().map(|row| row.agent).collect())
    }

    pub async fn public_rows(&self, tickets: &[TicketId]) -> Result<Vec<PublicTicket>, StoreError> {
        Ok(self.ticket_rows(tickets).await?.into_iter().map(|row| row.public).collect())
    }

    async fn ticket_rows(&self, tickets: &[TicketId]) -> Outcome<Vec<TicketRow>> {
        let mut sql = Sql::new([TICKET, TICKET_FROM, "where t.id "].concat());
        sql.one_of(self.db().backend(), tickets.iter().map(|id| id.0));
        all(self.db().reads(), sql).await?.iter().map(TicketRow::read).collect()
    }

    /// Guests' tickets that lead to this one, or to which it leads, over as many steps as there are; at most 100.
    pub async fn guests_kin(&self, ticket: TicketId) -> Result<Vec<TicketId>, StoreError> {
        let text = "with recursive kin(id) as (select id from ticket where id = $1 \
                    union select case when t.id = k.id then coalesce(t.merged_into, t.continued_in) else t.id end from kin k \
                    join ticket t on t.merged_into = k.id or t.continued_in = k.id \
                    or (t.id = k.id and coalesce(t.merged_into, t.continued_in) is not null)) \
                    select t.id from kin k join ticket t on t.id = k.id \
                    join participant r on r.id = t.requester_id where r.kind = 'guest' order by t.id limit 100";
        let rows = all(self.db().reads(), Sql::with(text, [ticket.0.into()])).await?;
        Ok(rows.iter().map(|row| row.id("id")).collect::<Outcome<_>>()?)
    }

    /// The requester's address while it is not confirmed.
    pub async fn unconfirmed_email(&self, ticket: &Readable<'_>) -> Result<Option<String>, StoreError> {
        let text = "select r.email from ticket t join participant r on r.id = t.requester_id \
                    where t.id = $1 and r.proof = 'not_confirmed'";
        let row = one(self.db().reads(), Sql::with(text, [ticket.ticket().id.0.into()])).await?;
        Ok(row.map(|row| row.get("email")).transpose()?)
    }
}
