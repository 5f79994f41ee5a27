//! Where feeds, rows and marks stand: what the position check compares with what it was told.

use protocol::model::{Mark, Side};
use protocol::{Millis, ParticipantId, SiteId, TicketId};
use sea_orm::QueryResult;

use crate::domain::access::{Audience, TicketRef};
use crate::domain::committed::CommittedMark;
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all};
use crate::store::{Store, StoreError};

const POSITION: &str = "select id, last_seq, last_pub_seq, version, pub_version, last_at from ticket where ";
const MARK_PLACE: &str = "select ticket_id, participant_id, delivered_n, read_n from read_mark where ";

/// Where a ticket's log and rows stand now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub ticket: TicketId,
    pub last_seq: i64,
    pub last_pub_seq: i64,
    pub version: i64,
    pub pub_version: i64,
}

impl Position {
    /// How far the log goes, in the numbers of one side.
    pub const fn last_n(&self, audience: Audience) -> i64 {
        match audience {
            Audience::Agent => self.last_seq,
            Audience::Requester => self.last_pub_seq,
        }
    }
}

/// How far somebody is in a ticket, in their own numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkPlace {
    pub ticket: TicketId,
    pub participant: ParticipantId,
    pub delivered_n: i64,
    pub read_n: i64,
}

/// A mark in both numberings, as live delivery tells it.
#[derive(Clone, Debug)]
pub struct MarkNow {
    pub ticket: TicketId,
    pub for_agents: Mark,
    pub for_requesters: Mark,
    /// What the marked person has not read.
    pub unread: i64,
    pub at: Millis,
}

impl MarkNow {
    /// With its ticket, as it was read beside it.
    pub fn of(self, ticket: TicketRef) -> CommittedMark {
        let Self { for_agents, for_requesters, unread, at, .. } = self;
        CommittedMark { ticket, for_agents, for_requesters, unread, at }
    }
}

impl Store {
    /// Where the feeds and rows of these tickets stand.
    pub async fn positions(&self, tickets: &[TicketId]) -> Result<Vec<Position>, StoreError> {
        let mut sql = Sql::new([POSITION, "id "].concat());
        sql.one_of(self.db().backend(), tickets.iter().map(|id| id.0));
        let rows = all(self.db().reads(), sql).await?;
        Ok(rows.iter().map(position).collect::<Outcome<_>>()?)
    }

    /// The same for the tickets that changed last, newest first, each with when that was; the next page is what
    /// stands `before` the last of this one. Every change of a row moves its ticket to the front.
    pub async fn newest_positions(
        &self,
        site: SiteId,
        before: Option<(Millis, TicketId)>,
        limit: usize,
    ) -> Result<Vec<(Millis, Position)>, StoreError> {
        let mut sql = Sql::new([POSITION, "site_id = "].concat());
        sql.bind(site.0);
        if let Some((last_at, last)) = before {
            sql.push(" and (last_at, id) < (").bind(last_at).push(", ").bind(last.0).push(")");
        }
        sql.push(" order by last_at desc, id desc limit ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let rows = all(self.db().reads(), sql).await?;
        Ok(rows.iter().map(|row| Ok((row.get("last_at")?, position(row)?))).collect::<Outcome<_>>()?)
    }

    /// Everybody's marks in these tickets.
    pub async fn mark_places(&self, tickets: &[TicketId]) -> Result<Vec<MarkPlace>, StoreError> {
        let mut sql = Sql::new([MARK_PLACE, "ticket_id "].concat());
        sql.one_of(self.db().backend(), tickets.iter().map(|id| id.0));
        self.places(sql).await
    }

    /// Those of them that moved at `since` or later.
    pub async fn mark_places_since(&self, tickets: &[TicketId], since: Millis) -> Result<Vec<MarkPlace>, StoreError> {
        let mut sql = Sql::new([MARK_PLACE, "ticket_id "].concat());
        sql.one_of(self.db().backend(), tickets.iter().map(|id| id.0)).push(" and updated_at >= ").bind(since);
        self.places(sql).await
    }

    /// These people's marks, in whatever tickets, that moved at `since` or later. It looks at all that they have:
    /// for requesters, whose tickets are few.
    pub async fn mark_places_of(&self, people: &[ParticipantId], since: Millis) -> Result<Vec<MarkPlace>, StoreError> {
        let mut sql = Sql::new([MARK_PLACE, "participant_id "].concat());
        sql.one_of(self.db().backend(), people.iter().map(|id| id.0)).push(" and updated_at >= ").bind(since);
        self.places(sql).await
    }

    async fn places(&self, sql: Sql) -> Result<Vec<MarkPlace>, StoreError> {
        let rows = all(self.db().reads(), sql).await?;
        let place = |row: &QueryResult| {
            Ok(MarkPlace {
                ticket: row.id("ticket_id")?,
                participant: row.id("participant_id")?,
                delivered_n: row.get("delivered_n")?,
                read_n: row.get("read_n")?,
            })
        };
        Ok(rows.iter().map(place).collect::<Outcome<_>>()?)
    }

    /// The same, in both sides' numberings and with what is unread.
    pub async fn marks_now(&self, tickets: &[TicketId]) -> Result<Vec<MarkNow>, StoreError> {
        // The other side's number of the last event, up to the mark, that has one.
        let other = |column: &str| {
            format!(
                "coalesce(case when m.side = 'agent' then (select e.pub_seq from event e where e.ticket_id = m.ticket_id \
                 and e.pub_seq is not null and e.seq <= m.{column} order by e.seq desc limit 1) \
                 else (select e.seq from event e where e.ticket_id = m.ticket_id and e.pub_seq = m.{column}) end, 0)"
            )
        };
        let mut sql = Sql::new(format!(
            "select m.ticket_id, m.participant_id, m.side, m.delivered_n, m.read_n, {} as other_delivered, \
             {} as other_read, m.updated_at, \
             case when m.side = 'agent' then t.from_requester else t.from_agents end - m.theirs_read as unread \
             from read_mark m join ticket t on t.id = m.ticket_id where m.ticket_id ",
            other("delivered_n"),
            other("read_n"),
        ));
        sql.one_of(self.db().backend(), tickets.iter().map(|id| id.0));
        let rows = all(self.db().reads(), sql).await?;
        Ok(rows.iter().map(mark_now).collect::<Outcome<_>>()?)
    }
}

fn position(row: &QueryResult) -> Outcome<Position> {
    Ok(Position {
        ticket: row.id("id")?,
        last_seq: row.get("last_seq")?,
        last_pub_seq: row.get("last_pub_seq")?,
        version: row.get("version")?,
        pub_version: row.get("pub_version")?,
    })
}

fn mark_now(row: &QueryResult) -> Outcome<MarkNow> {
    let (participant, side) = (row.id("participant_id")?, row.word::<Side>("side")?);
    let own = Mark { participant, side, delivered_n: row.get("delivered_n")?, read_n: row.get("read_n")? };
    let other = Mark { delivered_n: row.get("other_delivered")?, read_n: row.get("other_read")?, ..own.clone() };
    let (for_agents, for_requesters) = match side {
        Side::Agent => (own, other),
        Side::Requester | Side::System => (other, own),
    };
    let (unread, at) = (row.get("unread")?, row.get("updated_at")?);
    Ok(MarkNow { ticket: row.id("ticket_id")?, for_agents, for_requesters, unread, at })
}
