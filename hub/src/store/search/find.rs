//! Finding: pages of hits, newest first, of what an agent may see.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::ErrorCode;
use protocol::http::{Matched, Piece, SearchHit, SearchHits};
use protocol::model::{AgentTicket, Row};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult};

use super::fill::{EDITED, body_now};
use crate::domain::Refusal;
use crate::domain::access::Agent;
use crate::domain::limits::SEARCH_LOOKED_AT_MAX;
use crate::domain::search::{Query, Term, excerpt, findable};
use crate::store::db::commit;
use crate::store::fault::{Fault, Outcome};
use crate::store::rows::{EVENT, EventRow, TICKET, TICKET_JOINS};
use crate::store::sql::{Columns, Sql, all, one};
use crate::store::tickets::lists::{page_limit, push_reach, row};
use crate::store::{Store, StoreError};

/// One request for hits.
struct Search<'a> {
    agent: &'a Agent,
    query: &'a Query,
    /// Rows below this one are still to be looked at.
    below: i64,
}

impl Store {
    /// A page of what the agent may see, newest first; `after` is an earlier page's `next`. New texts come
    /// before the first page and move nothing.
    pub async fn search(
        &self,
        agent: &Agent,
        query: &Query,
        after: Option<&str>,
        limit: u64,
    ) -> Result<SearchHits, StoreError> {
        let below = after.map(parse_cursor).transpose()?.unwrap_or(i64::MAX);
        let search = Search { agent, query, below };
        let tx = self.db().look().await?;
        let mut hits = match (after, query.number()) {
            (None, Some(number)) => search.ticket(&tx, number).await?,
            _ => Vec::new(),
        };
        let limit = usize::try_from(page_limit(limit)).unwrap_or(usize::MAX).saturating_sub(hits.len());
        let rows = search.rows(&tx, limit + 1).await?;
        let next = match rows.len() > limit {
            true => Some(rows[..limit].last().map_or(Ok(below), |last| last.get("entry_id"))?),
            false => search.last_looked_at(&tx).await?,
        };
        commit(tx).await?;
        for row in rows.iter().take(limit) {
            hits.extend(hit(row, query)?);
        }
        Ok(SearchHits { hits, next: next.map(cursor) })
    }
}

impl Search<'_> {
    /// The ticket with this number.
    async fn ticket(&self, tx: &DatabaseTransaction, number: i64) -> Outcome<Vec<SearchHit>> {
        let mut sql = self.select();
        sql.push(" from ticket t join search_entry s on s.ticket_id = t.id and s.seq = 0 and s.kind = 'number' ");
        self.push_rest(&mut sql, tx);
        sql.push(" and t.number = ").bind(number);
        let rows = all(tx, sql).await?;
        Ok(rows.iter().map(|row| hit(row, self.query)).collect::<Outcome<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// At most `limit` of the rows that one request looks at.
    async fn rows(&self, tx: &DatabaseTransaction, limit: usize) -> Outcome<Vec<QueryResult>> {
        let mut sql = Sql::new("with found(id) as (");
        sql.append(self.found(tx)).push(" limit ").bind(SEARCH_LOOKED_AT_MAX).push(") ");
        sql.append(self.select());
        sql.push(" from found join search_entry s on s.id = found.id join ticket t on t.id = s.ticket_id ");
        self.push_rest(&mut sql, tx);
        if let Some(number) = self.query.number() {
            // It stands before all others already.
            sql.push(" and not (s.kind = 'number' and t.number = ").bind(number).push(")");
        }
        sql.push(" order by s.id desc limit ").bind(i64::try_from(limit).unwrap_or(i64::MAX));
        all(tx, sql).await
    }

    /// Where this request stopped looking, if there was more.
    async fn last_looked_at(&self, tx: &DatabaseTransaction) -> Outcome<Option<i64>> {
        let mut sql = self.found(tx);
        sql.push(" limit 1 offset ").bind(SEARCH_LOOKED_AT_MAX - 1);
        one(tx, sql).await?.map(|row| row.get("id")).transpose()
    }

    /// The rows with all the words, whoever may see them.
    fn found(&self, tx: &DatabaseTransaction) -> Sql {
        match tx.get_database_backend() {
            DbBackend::Postgres => {
                let mut sql = Sql::new("select id from search_entry where words @@ cast(");
                sql.bind(tsquery(self.query)).push(" as tsquery) and id < ").bind(self.below);
                sql.push(" order by id desc");
                sql
            }
            _ => {
                let mut sql = Sql::new("select rowid as id from search_index where search_index match ");
                sql.bind(fts5(self.query)).push(" and rowid < ").bind(self.below).push(" order by rowid desc");
                sql
            }
        }
    }

    fn select(&self) -> Sql {
        let mut sql = Sql::new(TICKET);
        sql.push(", coalesce(m.read_n, 0) as read_up_to, t.from_requester - coalesce(m.theirs_read, 0) as unread, ");
        sql.push("s.id as entry_id, s.kind as entry_kind, s.seq as entry_seq, s.at as entry_at, ").push(EVENT);
        sql.push(", (").push(EDITED).push(") as edited");
        sql
    }

    fn push_rest(&self, sql: &mut Sql, tx: &DatabaseTransaction) {
        sql.push(TICKET_JOINS).push("left join event e on e.ticket_id = s.ticket_id and e.seq = s.seq ");
        sql.push("left join read_mark m on m.ticket_id = t.id and m.participant_id = ").bind(self.agent.id.0);
        sql.push(" where t.site_id = ").bind(self.agent.site.0);
        push_reach(sql, tx.get_database_backend(), self.agent);
    }
}

/// None when the text is not what was found: it cannot be, since both are of one look.
fn hit(found: &QueryResult, query: &Query) -> Outcome<Option<SearchHit>> {
    let matched: Matched = found.word("entry_kind")?;
    let seq: i64 = found.get("entry_seq")?;
    let row: Row<AgentTicket> = row(found, |row| row.agent)?;
    let ticket = &row.ticket;
    let (text, author) = match matched {
        Matched::Subject => (Some(ticket.subject.clone()), None),
        Matched::Name => (Some(ticket.requester.name.clone()), None),
        Matched::Address => (Some(ticket.requester.email.clone()), None),
        Matched::Number => (Some(ticket.number.to_string()), None),
        Matched::Message | Matched::Note | Matched::File | Matched::Detail => {
            let texts = findable(&body_now(found)?);
            let text = texts.into_iter().find(|(kind, _)| *kind == matched).map(|(_, text)| text);
            (text, Some(EventRow::read(found)?.event.author))
        }
    };
    let Some(text) = text else { return Ok(None) };
    let (n, at) = ((seq > 0).then_some(seq), found.get("entry_at")?);
    let excerpt: Vec<Piece> = excerpt(&text, query);
    Ok(Some(SearchHit { row, matched, n, at, author, excerpt }))
}

/// Words are letters and digits alone, so that nothing in them has a meaning of its own here.
fn fts5(query: &Query) -> String {
    let term = |term: &Term| {
        let phrase = term.words().join(" ");
        if term.begins() { format!("\"{phrase}\" *") } else { format!("\"{phrase}\"") }
    };
    query.terms().iter().map(term).collect::<Vec<_>>().join(" AND ")
}

fn tsquery(query: &Query) -> String {
    let term = |term: &Term| {
        let words = term.words().iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" <-> ");
        if term.begins() { format!("{words}:*") } else { words }
    };
    query.terms().iter().map(|each| format!("({})", term(each))).collect::<Vec<_>>().join(" & ")
}

fn cursor(below: i64) -> String {
    URL_SAFE_NO_PAD.encode(below.to_be_bytes())
}

fn parse_cursor(cursor: &str) -> Outcome<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    let bytes = bytes.ok_or_else(|| Fault::from(Refusal::of("after", ErrorCode::BadValue)))?;
    Ok(i64::from_be_bytes(bytes))
}
