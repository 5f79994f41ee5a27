//! Lists of tickets: the console's inbox, a requester's own tickets, and what is counted beside them.
//!
//! Pages are keyset pages: a cursor names the last row's place, so that rows that move meanwhile are
//! neither skipped nor doubled unless they themselves moved past the cursor.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::http::{Offered, OtherTicket, TeamCount, View, Views};
use protocol::model::{AgentTicket, PublicTicket, Role, Row, TeamRef};
use protocol::{ErrorCode, Millis, ParticipantId, SiteId, TeamId};
use sea_orm::{DbBackend, QueryResult};
use uuid::Uuid;

use super::saved::push_filters;
use super::{ListQuery, Page};
use crate::domain::Refusal;
use crate::domain::access::{Agent, Readable};
use crate::domain::limits::{ROWS_DEFAULT, ROWS_MAX};
use crate::store::fault::{Fault, Outcome};
use crate::store::rows::{TICKET, TICKET_FROM, TICKET_JOINS, TicketRow};
use crate::store::sql::{Columns, Sql, all, one};
use crate::store::{Store, StoreError};

const SAME_MATTER_MAX: i64 = 5;
const OTHER_TICKETS_MAX: i64 = 5;

impl Store {
    /// A page of the console's list, newest change first, only what the agent may see.
    pub async fn inbox(&self, agent: &Agent, query: &ListQuery) -> Result<Page<AgentTicket>, StoreError> {
        let db = self.db().backend();
        let limit = page_limit(query.limit);
        let mut sql = Sql::new(TICKET);
        sql.push(", coalesce(m.read_n, 0) as read_up_to, t.from_requester - coalesce(m.theirs_read, 0) as unread");
        let mentions = query.view == Some(View::Mentions);
        if mentions {
            sql.push(", (select max(n.seq) from mention n where n.ticket_id = t.id and n.agent_id = ");
            sql.bind(agent.id.0).push(") as mention_n");
        }
        sql.push(TICKET_FROM).push("left join read_mark m on m.ticket_id = t.id and m.participant_id = ");
        sql.bind(agent.id.0).push(" where t.site_id = ").bind(agent.site.0);
        push_reach(&mut sql, db, agent);
        push_view(&mut sql, agent, query.view);
        if let Some(team) = query.team {
            sql.push(" and t.team_id = ").bind(team.0);
        }
        if let Some(filters) = &query.filters {
            push_filters(&mut sql, db, agent, filters, self.now());
        }
        push_page(&mut sql, "t.last_at", query.cursor.as_deref(), limit)?;
        let rows = all(self.db().reads(), sql).await?;
        let mut page = page(&rows, limit, |row| row.agent, |ticket| (ticket.last_at, ticket.id.0))?;
        for (row, found) in page.rows.iter_mut().zip(&rows).filter(|_| mentions) {
            row.mention_n = found.get("mention_n")?;
        }
        Ok(page)
    }

    /// How many tickets each view holds for the agent.
    pub async fn views(&self, agent: &Agent) -> Result<Views, StoreError> {
        let db = self.db().backend();
        let mut sql =
            Sql::new("select t.status, t.team_id, case when t.assignee_id is null then 'nobody' when t.assignee_id = ");
        sql.bind(agent.id.0).push(
            " then 'me' else 'other' end as whose, \
                 case when t.snoozed_until is null then 'here' else 'aside' end as stands, \
                 count(*) as n from ticket t where t.site_id = ",
        );
        sql.bind(agent.site.0).push(" and t.status in ('open', 'pending')");
        push_reach(&mut sql, db, agent);
        sql.push(" group by 1, 2, 3, 4");
        let mut views = Views {
            teams: self.own_teams(agent).await?,
            mine: 0,
            unassigned: 0,
            open: 0,
            waiting: 0,
            snoozed: 0,
            solved: 0,
            mentions: self.unread_mentions(agent).await?,
        };
        for row in all(self.db().reads(), sql).await? {
            count(&mut views, &row)?;
        }
        let mut sql = Sql::new("select count(*) as n from ticket t where t.site_id = ");
        sql.bind(agent.site.0);
        push_view(&mut sql, agent, Some(View::Solved));
        push_reach(&mut sql, db, agent);
        views.solved = one(self.db().reads(), sql).await?.map_or(Ok(0), |row| row.get("n"))?;
        Ok(views)
    }

    /// Notes that mention the agent, in tickets they may see, beyond their read marks.
    async fn unread_mentions(&self, agent: &Agent) -> Outcome<i64> {
        let mut sql = Sql::new(
            "select count(*) as n from mention n join ticket t on t.id = n.ticket_id left join read_mark m \
             on m.ticket_id = n.ticket_id and m.participant_id = n.agent_id \
             where n.seq > coalesce(m.read_n, 0) and n.agent_id = ",
        );
        sql.bind(agent.id.0).push(" and t.site_id = ").bind(agent.site.0);
        push_reach(&mut sql, self.db().backend(), agent);
        one(self.db().reads(), sql).await?.map_or(Ok(0), |row| row.get("n"))
    }

    /// The teams whose tickets the agent sees, with nothing counted yet.
    async fn own_teams(&self, agent: &Agent) -> Outcome<Vec<TeamCount>> {
        let mut sql = Sql::new("select id, name from team where site_id = ");
        sql.bind(agent.site.0);
        if agent.role == Role::Agent {
            sql.push(" and id ").one_of(self.db().backend(), agent.teams.iter().map(|team| team.0));
        }
        sql.push(" order by name, id");
        let rows = all(self.db().reads(), sql).await?;
        let team = |row: &QueryResult| {
            let team = TeamRef { id: row.id("id")?, name: row.get("name")? };
            Ok(TeamCount { team, open: 0 })
        };
        rows.iter().map(team).collect()
    }

    /// The tickets of these participants (a browser's customer and guests), newest change first.
    pub async fn own_tickets(
        &self,
        site: SiteId,
        participants: &[ParticipantId],
        closed: bool,
        cursor: Option<&str>,
        limit: u64,
    ) -> Result<Page<PublicTicket>, StoreError> {
        let limit = page_limit(limit);
        let mut sql = own(self.db().backend(), site, participants, true);
        sql.push(if closed { " and t.status in ('solved', 'closed')" } else { " and t.status in ('open', 'pending')" });
        push_page(&mut sql, "t.last_pub_at", cursor, limit)?;
        let rows = all(self.db().reads(), sql).await?;
        Ok(page(&rows, limit, |row| row.public, |ticket| (ticket.last_at, ticket.id.0))?)
    }

    /// (open and pending, solved and closed).
    pub async fn own_ticket_counts(
        &self,
        site: SiteId,
        participants: &[ParticipantId],
    ) -> Result<(i64, i64), StoreError> {
        let mut sql = own(self.db().backend(), site, participants, false);
        sql.push(" group by t.status");
        let mut counts = (0, 0);
        for row in all(self.db().reads(), sql).await? {
            let n: i64 = row.get("n")?;
            match row.get::<String>("status")?.as_str() {
                "open" | "pending" => counts.0 += n,
                _ => counts.1 += n,
            }
        }
        Ok(counts)
    }

    /// Own open or pending tickets of a topic, opened since, newest first, at most 5.
    pub async fn same_matter(
        &self,
        site: SiteId,
        participants: &[ParticipantId],
        topic: &str,
        since: Millis,
    ) -> Result<Vec<Row<PublicTicket>>, StoreError> {
        let mut sql = own(self.db().backend(), site, participants, true);
        sql.push(" and t.status in ('open', 'pending') and t.topic = ").bind(topic);
        sql.push(" and t.opened_at >= ").bind(since);
        sql.push(" order by t.opened_at desc, t.id desc limit ").bind(SAME_MATTER_MAX);
        let rows = all(self.db().reads(), sql).await?;
        Ok(rows.iter().map(|found| row(found, |ticket| ticket.public)).collect::<Outcome<_>>()?)
    }

    /// Guest tickets opened with the customer's proven address.
    pub async fn offered(&self, site: SiteId, customer: ParticipantId) -> Result<Vec<Offered>, StoreError> {
        let text = "select t.id, t.number, t.opened_at from participant c \
                    join participant g on g.site_id = c.site_id and g.email_canonical = c.email_canonical \
                    and g.kind = 'guest' join ticket t on t.requester_id = g.id \
                    where c.id = $1 and c.site_id = $2 and c.kind = 'customer' and c.proof <> 'not_confirmed' \
                    and not exists (select 1 from ticket n where n.id = t.merged_into and n.requester_id <> c.id) \
                    order by t.opened_at desc, t.id desc limit $3";
        let limit = i64::try_from(ROWS_MAX).unwrap_or(i64::MAX);
        let rows = all(self.db().reads(), Sql::with(text, [customer.0.into(), site.0.into(), limit.into()])).await?;
        let offered = |row: &QueryResult| {
            Ok(Offered { id: row.id("id")?, number: row.get("number")?, opened_at: row.get("opened_at")? })
        };
        Ok(rows.iter().map(offered).collect::<Outcome<_>>()?)
    }

    /// Other tickets of this ticket's requester that the agent may see, newest first, at most 5.
    /// A proven address is the same person; one that anybody could have typed is not.
    pub async fn other_tickets(&self, agent: &Agent, ticket: &Readable<'_>) -> Result<Vec<OtherTicket>, StoreError> {
        let id = ticket.ticket().id.0;
        let mut sql = Sql::new("with same(id) as (select requester_id from ticket where id = ");
        sql.bind(id);
        for kind in ["customer", "guest"] {
            sql.push(
                " union select o.id from ticket c join participant r on r.id = c.requester_id \
                 join participant o on o.site_id = r.site_id and o.email_canonical = r.email_canonical \
                 and r.proof <> 'not_confirmed' and o.proof <> 'not_confirmed' and o.kind = '",
            );
            sql.push(kind).push("' where c.id = ").bind(id);
        }
        sql.push(
            ") select t.id, t.number, t.subject, t.status, t.last_at from same \
             join ticket t on t.requester_id = same.id where t.site_id = ",
        );
        sql.bind(agent.site.0).push(" and t.id <> ").bind(id);
        push_reach(&mut sql, self.db().backend(), agent);
        sql.push(" order by t.last_at desc, t.id desc limit ").bind(OTHER_TICKETS_MAX);
        let rows = all(self.db().reads(), sql).await?;
        let other = |row: &QueryResult| {
            Ok(OtherTicket {
                id: row.id("id")?,
                number: row.get("number")?,
                subject: row.get("subject")?,
                status: row.word("status")?,
                last_at: row.get("last_at")?,
            })
        };
        Ok(rows.iter().map(other).collect::<Outcome<_>>()?)
    }
}

/// `domain::access`'s rule for agents, in SQL.
pub(in crate::store) fn push_reach(sql: &mut Sql, db: DbBackend, agent: &Agent) {
    match agent.role {
        Role::Lead | Role::Admin => {}
        Role::Agent => {
            sql.push(" and (t.assignee_id = ").bind(agent.id.0);
            sql.push(" or (t.team_id is null and t.assignee_id is null) or t.team_id ");
            sql.one_of(db, agent.teams.iter().map(|team| team.0)).push(")");
        }
    }
}

fn push_view(sql: &mut Sql, agent: &Agent, view: Option<View>) {
    match view {
        None => {}
        Some(View::Mine) => {
            sql.push(" and t.status in ('open', 'pending') and t.snoozed_until is null and t.assignee_id = ");
            sql.bind(agent.id.0);
        }
        Some(View::Unassigned) => {
            sql.push(" and t.status = 'open' and t.snoozed_until is null and t.assignee_id is null");
        }
        Some(View::Open) => {
            sql.push(" and t.status = 'open' and t.snoozed_until is null");
        }
        Some(View::Waiting) => {
            sql.push(" and t.status = 'pending' and t.snoozed_until is null");
        }
        Some(View::Snoozed) => {
            sql.push(" and t.status in ('open', 'pending') and t.snoozed_until is not null");
        }
        Some(View::Solved) => {
            sql.push(" and t.status in ('solved', 'closed')");
        }
        Some(View::Mentions) => {
            sql.push(" and exists (select 1 from mention n where n.ticket_id = t.id and n.agent_id = ");
            sql.bind(agent.id.0).push(")");
        }
    }
}

fn count(views: &mut Views, row: &QueryResult) -> Outcome<()> {
    let (whose, n): (String, i64) = (row.get("whose")?, row.get("n")?);
    if row.get::<String>("stands")? == "aside" {
        views.snoozed += n;
        return Ok(());
    }
    if whose == "me" {
        views.mine += n;
    }
    if row.get::<String>("status")? != "open" {
        views.waiting += n;
        return Ok(());
    }
    views.open += n;
    if whose == "nobody" {
        views.unassigned += n;
    }
    if let Some(team) = row.id_or_none::<TeamId>("team_id")? {
        for count in views.teams.iter_mut().filter(|count| count.team.id == team) {
            count.open += n;
        }
    }
    Ok(())
}

/// The tickets of a browser's participants: those they asked, and the one that each guest is of, who
/// keeps it after a customer took it over.
fn own(db: DbBackend, site: SiteId, participants: &[ParticipantId], with_rows: bool) -> Sql {
    let ids = || participants.iter().map(|participant| participant.0);
    let mut sql = Sql::new("with own(id) as (select id from ticket where requester_id ");
    sql.one_of(db, ids());
    sql.push(" union select p.ticket_id from participant p where p.ticket_id is not null and p.id ");
    sql.one_of(db, ids()).push(") ");
    if with_rows {
        sql.push(TICKET);
        sql.push(", coalesce((select max(m.read_n) from read_mark m where m.ticket_id = t.id and m.participant_id ");
        sql.one_of(db, ids()).push(
            "), 0) as read_up_to, t.from_agents - coalesce((select max(m.theirs_read) from read_mark m \
             where m.ticket_id = t.id and m.participant_id ",
        );
        sql.one_of(db, ids()).push("), 0) as unread from own join ticket t on t.id = own.id ").push(TICKET_JOINS);
    } else {
        sql.push("select t.status, count(*) as n from own join ticket t on t.id = own.id ");
    }
    sql.push("where t.site_id = ").bind(site.0);
    sql
}

pub(in crate::store) fn page_limit(asked: u64) -> u64 {
    match asked {
        0 => ROWS_DEFAULT,
        _ => asked.min(ROWS_MAX),
    }
}

/// Newest first, from the cursor on; one more than the page, to know whether more follows.
fn push_page(sql: &mut Sql, at: &str, cursor: Option<&str>, limit: u64) -> Outcome<()> {
    if let Some(cursor) = cursor {
        let (last_at, last_id) = parse_cursor(cursor)?;
        sql.push(&format!(" and ({at}, t.id) < (")).bind(last_at).push(", ").bind(last_id).push(")");
    }
    let limit = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    sql.push(&format!(" order by {at} desc, t.id desc limit ")).bind(limit);
    Ok(())
}

fn page<T>(
    rows: &[QueryResult],
    limit: u64,
    form: impl Fn(TicketRow) -> T,
    place: impl Fn(&T) -> (Millis, Uuid),
) -> Outcome<Page<T>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    let rows = rows.iter().take(limit).map(|found| row(found, &form)).collect::<Outcome<Vec<_>>>()?;
    let next = rows.last().filter(|_| more).map(|last| cursor(place(&last.ticket)));
    Ok(Page { rows, next })
}

pub(in crate::store) fn row<T>(found: &QueryResult, form: impl Fn(TicketRow) -> T) -> Outcome<Row<T>> {
    let (ticket, read_n, unread) = (form(TicketRow::read(found)?), found.get("read_up_to")?, found.get("unread")?);
    Ok(Row { ticket, read_n, unread, mention_n: None })
}

fn cursor((at, id): (Millis, Uuid)) -> String {
    let mut bytes = at.to_be_bytes().to_vec();
    bytes.extend_from_slice(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn parse_cursor(cursor: &str) -> Outcome<(Millis, Uuid)> {
    let bad = || Fault::from(Refusal::of("cursor", ErrorCode::BadValue));
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad())?;
    let (at, id) = bytes.split_first_chunk::<8>().ok_or_else(bad)?;
    Ok((Millis::from_be_bytes(*at), Uuid::from_slice(id).map_err(|_| bad())?))
}
