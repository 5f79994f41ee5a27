//! Rows of what can be found: new ones, changed ones, and those that are no more.

use protocol::http::Matched;
use protocol::model::Requester;
use protocol::{Millis, ParticipantId, SiteId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};

use crate::domain::search::folded;
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all, run, word};

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
    let names = "site_id, ticket_id, seq, kind, at, words";
    let select = ["site_id, ticket_id, seq, kind, at, ", kept(db)].concat();
    run(tx, Sql::insert_as(names, rows.collect(), &format!("search_entry ({names})"), &select)).await?;
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

/// Those of the texts that a search by their words would not bring, by ticket, event and kind.
pub(in crate::store) async fn not_found(
    tx: &DatabaseTransaction,
    entries: &[Entry],
) -> Outcome<Vec<(TicketId, i64, String)>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let db = tx.get_database_backend();
    let rows = entries.iter().map(|entry| -> [Value; 4] {
        [entry.ticket.0.into(), entry.seq.into(), word(entry.matched).into(), words(db, &entry.text)]
    });
    let mut sql = Sql::new("with v(ticket_id, seq, kind, words) as (");
    sql.rows(rows).push(") select v.ticket_id, v.seq, v.kind from v where not exists (select 1 from search_entry s ");
    sql.push("where s.ticket_id = v.ticket_id and s.seq = v.seq and s.kind = v.kind and s.words = ").push(kept(db));
    sql.push(")");
    let mut missing = Vec::new();
    for row in all(tx, sql).await? {
        missing.push((row.id("ticket_id")?, row.get("seq")?, row.get("kind")?));
    }
    if db != DbBackend::Postgres {
        let there = entries.iter().filter(|entry| {
            !missing
                .iter()
                .any(|(ticket, seq, kind)| *ticket == entry.ticket && *seq == entry.seq && *kind == word(entry.matched))
        });
        let mut beside = Vec::new();
        for entry in there {
            if !is_in_the_index(tx, entry).await? {
                beside.push((entry.ticket, entry.seq, word(entry.matched)));
            }
        }
        missing.extend(beside);
    }
    Ok(missing)
}

/// Whether SQLite's index, which stands beside the rows, has a text by its longest word.
async fn is_in_the_index(tx: &DatabaseTransaction, entry: &Entry) -> Outcome<bool> {
    let Some(longest) = folded(&entry.text).into_iter().max_by_key(String::len) else { return Ok(true) };
    let text = "select 1 as found from search_index where search_index match $1 and rowid = \
                (select id from search_entry where ticket_id = $2 and seq = $3 and kind = $4)";
    let values = [format!("\"{longest}\"").into(), entry.ticket.0.into(), entry.seq.into(), word(entry.matched).into()];
    Ok(!all(tx, Sql::with(text, values)).await?.is_empty())
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
