//! Rows of what can be found: new ones, changed ones, and those that are no more.

use protocol::http::Matched;
use protocol::model::Requester;
use protocol::{Millis, ParticipantId, SiteId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};

use crate::domain::search::folded;
use crate::store::fault::Outcome;
use crate::store::sql::{Sql, run, word};

/// A text that can be found.
#[derive(Clone, Debug)]
pub(in crate::store) struct Entry {
    pub site: SiteId,
    pub ticket: TicketId,
    /// The event it stands in; 0 for what belongs to the whole ticket.
    pub seq: i64,
    pub matched: Matched,
    pub at: Millis,
    pub text: String,
}

/// In order: later ones are newer.
pub(in crate::store) async fn insert(tx: &DatabaseTransaction, entries: &[Entry]) -> Outcome<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let db = tx.get_database_backend();
    let rows = entries.iter().map(|entry| -> [Value; 6] {
        [
            entry.site.0.into(),
            entry.ticket.0.into(),
            entry.seq.into(),
            word(entry.matched).into(),
            entry.at.into(),
            words(db, &entry.text),
        ]
    });
    let mut sql = Sql::new("with v(site_id, ticket_id, seq, kind, at, words) as (");
    sql.rows(rows).push(") insert into search_entry (site_id, ticket_id, seq, kind, at, words) ");
    sql.push("select site_id, ticket_id, seq, kind, at, ").push(kept(db)).push(" from v");
    run(tx, sql).await?;
    Ok(())
}

/// Messages and notes, by (ticket, seq), read anew.
pub(in crate::store) async fn rewrite(
    tx: &DatabaseTransaction,
    texts: impl IntoIterator<Item = ((TicketId, i64), &str)>,
) -> Outcome<()> {
    let db = tx.get_database_backend();
    let rows = texts.into_iter().map(|((ticket, seq), text)| [ticket.0.into(), seq.into(), words(db, text)]);
    let rows: Vec<[Value; 3]> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("with v(ticket_id, seq, words) as (");
    sql.rows_to_find(rows).push(") update search_entry set words = ").push(kept(db));
    sql.push(
        " from v where search_entry.ticket_id = v.ticket_id and search_entry.seq = v.seq \
         and search_entry.kind in ('message', 'note')",
    );
    run(tx, sql).await?;
    Ok(())
}

/// An event that was erased, with its files.
pub(in crate::store) async fn forget(tx: &DatabaseTransaction, ticket: TicketId, seq: i64) -> Outcome<()> {
    let text = "delete from search_entry where ticket_id = $1 and seq = $2";
    run(tx, Sql::with(text, [ticket.0.into(), seq.into()])).await?;
    Ok(())
}

/// The ticket has another requester, or theirs has another address.
pub(in crate::store) async fn set_requester(
    tx: &DatabaseTransaction,
    ticket: TicketId,
    requester: &Requester,
) -> Outcome<()> {
    for (kind, text) in [("name", &requester.name), ("address", &requester.email)] {
        let mut sql = set_words(tx, text);
        sql.push(" where kind = '").push(kind).push("' and ticket_id = ").bind(ticket.0);
        run(tx, sql).await?;
    }
    Ok(())
}

/// The requester of these tickets is called otherwise.
pub(in crate::store) async fn set_name(tx: &DatabaseTransaction, requester: ParticipantId, name: &str) -> Outcome<()> {
    let mut sql = set_words(tx, name);
    sql.push(" where kind = 'name' and ticket_id in (select id from ticket where requester_id = ").bind(requester.0);
    sql.push(")");
    run(tx, sql).await?;
    Ok(())
}

fn set_words(tx: &DatabaseTransaction, text: &str) -> Sql {
    let db = tx.get_database_backend();
    let mut sql = Sql::new("update search_entry set words = cast(");
    sql.bind(words(db, text)).push(if db == DbBackend::Postgres { " as tsvector)" } else { " as text)" });
    sql
}

/// The words of a text as the database is given them. They are letters and digits alone.
fn words(db: DbBackend, text: &str) -> Value {
    let words = folded(text);
    let given = match db {
        DbBackend::Postgres => {
            let numbered = words.iter().enumerate().map(|(place, word)| format!("'{word}':{}", place + 1));
            numbered.collect::<Vec<_>>().join(" ")
        }
        _ => words.join(" "),
    };
    given.into()
}

/// How the column `v.words` is kept.
fn kept(db: DbBackend) -> &'static str {
    match db {
        DbBackend::Postgres => "cast(v.words as tsvector)",
        _ => "v.words",
    }
}
