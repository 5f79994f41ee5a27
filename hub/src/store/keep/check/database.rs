//! What the database says of itself.

use sea_orm::DbBackend;

use super::Wrong;
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

/// SQLite: the file is whole, and no row refers to one that is not there. Postgres sees to both by itself,
/// unless an index was left invalid.
pub(super) async fn check(look: &Look) -> Outcome<Wrong> {
    match look.reads().get_database_backend() {
        DbBackend::Postgres => invalid_indexes(look).await,
        _ => broken_file(look).await,
    }
}

async fn broken_file(look: &Look) -> Outcome<Wrong> {
    let mut wrong = Wrong::default();
    for row in all_patiently(look.reads(), Sql::new("pragma integrity_check")).await? {
        let said: String = row.get("integrity_check")?;
        if said != "ok" {
            wrong.add(|| said);
        }
    }
    let text = "select \"table\" as holder, \"parent\" as missing, count(*) as n from pragma_foreign_key_check \
                group by 1, 2 order by 1, 2";
    for row in all_patiently(look.reads(), Sql::new(text)).await? {
        let (holder, missing): (String, String) = (row.get("holder")?, row.get("missing")?);
        let n: i64 = row.get("n")?;
        wrong.add(|| format!("{n} rows of {holder} refer to rows of {missing} that are not there"));
    }
    Ok(wrong)
}

async fn invalid_indexes(look: &Look) -> Outcome<Wrong> {
    let text = "select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid \
                join pg_namespace n on n.oid = c.relnamespace \
                where n.nspname = current_schema() and not i.indisvalid order by 1";
    let mut wrong = Wrong::default();
    for row in all_patiently(look.reads(), Sql::new(text)).await? {
        let name: String = row.get("name")?;
        wrong.add(|| format!("the index {name} is not valid: REINDEX it"));
    }
    Ok(wrong)
}
