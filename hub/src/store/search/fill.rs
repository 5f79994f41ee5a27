//! Makes findable what was written before there was a search: part of the schema's step.

use protocol::Millis;
use protocol::http::Matched;
use protocol::model::AgentBody;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use super::entries::{Entry, insert};
use crate::domain::search::findable;
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all};

/// Texts read and written at once: with the longest there may be, some megabytes.
const PAGE: i64 = 500;

/// All texts in the order of their time, which is the order of their rows.
///
/// Their places are written down first, once: no index has the events by time.
pub(in crate::store) async fn fill(tx: &DatabaseTransaction) -> Outcome<()> {
    // As they stand, without the limit of time that `all` has.
    tx.execute_unprepared(
        "create table search_fill (id bigint primary key, ticket_id uuid not null, seq bigint not null)",
    )
    .await?;
    tx.execute_unprepared(
        "insert into search_fill (id, ticket_id, seq) select row_number() over (order by at, ticket_id, seq), ticket_id, \
         seq from (select at, ticket_id, seq from event where kind in ('opened', 'message', 'note') \
         union all select opened_at, id, 0 from ticket) as texts",
    )
    .await?;
    let mut after = 0;
    loop {
        let text = format!(
            "select f.id, f.seq, t.site_id, t.id as ticket_id, t.number, t.subject, t.opened_at, r.name, r.email, e.at, \
             e.body, ({EDITED}) as edited from search_fill f join ticket t on t.id = f.ticket_id \
             join participant r on r.id = t.requester_id \
             left join event e on e.ticket_id = f.ticket_id and e.seq = f.seq \
             where f.id > $1 and f.id <= $2 order by f.id"
        );
        let rows = all(tx, Sql::with(text, [after.into(), (after + PAGE).into()])).await?;
        if rows.is_empty() {
            break;
        }
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            entries.extend(entries_of(row)?);
        }
        insert(tx, &entries).await?;
        after += PAGE;
    }
    tx.execute_unprepared("drop table search_fill").await?;
    Ok(())
}

/// The last edit of the event `e`, as its body.
pub(in crate::store) const EDITED: &str = "select x.body from event x where x.ticket_id = e.ticket_id and x.target_seq = e.seq \
                                 and x.kind = 'edited' order by x.seq desc limit 1";

fn entries_of(row: &QueryResult) -> Outcome<Vec<Entry>> {
    match row.get("seq")? {
        0_i64 => of_ticket(row),
        _ => of_event(row),
    }
}

/// What belongs to a whole ticket, from its columns and its requester's.
pub(in crate::store) fn of_ticket(row: &QueryResult) -> Outcome<Vec<Entry>> {
    let texts = vec![
        (Matched::Number, row.get::<i64>("number")?.to_string()),
        (Matched::Name, row.get("name")?),
        (Matched::Address, row.get("email")?),
        (Matched::Subject, row.get("subject")?),
    ];
    entries(row, 0, row.get("opened_at")?, texts)
}

/// What stands in an event, as it reads now.
pub(in crate::store) fn of_event(row: &QueryResult) -> Outcome<Vec<Entry>> {
    entries(row, row.get("seq")?, row.get("at")?, findable(&body_now(row)?))
}

fn entries(row: &QueryResult, seq: i64, at: Millis, texts: Vec<(Matched, String)>) -> Outcome<Vec<Entry>> {
    let (site, ticket) = (row.id("site_id")?, row.id("ticket_id")?);
    Ok(texts.into_iter().map(|(matched, text)| Entry { site, ticket, seq, matched, at, text }).collect())
}

/// An event's body as it reads now, from the columns `body` and `edited`.
pub(super) fn body_now(row: &QueryResult) -> Outcome<AgentBody> {
    let mut body: AgentBody = row.json("body")?;
    let edited = row.get::<Option<String>>("edited")?.map(|json| serde_json::from_str(&json)).transpose()?;
    if let Some(AgentBody::Edited { text: new, .. }) = edited {
        match &mut body {
            AgentBody::Message(message) if message.redacted_at.is_none() => message.text = new,
            AgentBody::Note(note) if note.redacted_at.is_none() => note.text = new,
            _ => {}
        }
    }
    Ok(body)
}
