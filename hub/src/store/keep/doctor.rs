//! What `hub doctor` asks a database that a hub is to run on.

use protocol::Millis;
use sea_orm::{DatabaseConnection, DbBackend};

use super::look::{Look, key_and_print};
use super::tables::{KEPT, MADE_ANEW};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, one};
use crate::store::{Database, Schema, migrate};

/// What a look at a database found.
#[derive(Clone, Debug)]
pub struct Looked {
    pub schema: Schema,
    /// By which its newest key is known: the key's id and its fingerprint. None when no hub has begun with it.
    pub newest_key: Option<(String, String)>,
    /// Why what a hub writes would be refused, in words. Postgres alone: SQLite's files are whose they are.
    pub refuses_writes: Option<String>,
    /// The time of its machine, where that may be another one.
    pub now: Option<Millis>,
}

impl Looked {
    pub(in crate::store) async fn at(database: &Database) -> Outcome<Self> {
        let look = Look::connect(database).await?;
        let looked = Self::by(look.reads()).await;
        look.close().await;
        looked
    }

    async fn by(db: &DatabaseConnection) -> Outcome<Self> {
        let schema = migrate::look(db).await?;
        let newest_key = newest_key(db).await?;
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(Self { schema, newest_key, refuses_writes: None, now: None });
        }
        let refuses_writes = refusal(db, schema).await?;
        Ok(Self { schema, newest_key, refuses_writes, now: Some(now(db).await?) })
    }
}

async fn newest_key(db: &DatabaseConnection) -> Outcome<Option<(String, String)>> {
    if !migrate::has_table(db, "hub_meta").await? {
        return Ok(None);
    }
    let row = one(db, Sql::new("select keys_fingerprint from hub_meta where id = 1")).await?;
    Ok(key_and_print(row.map_or(Ok(None), |row| row.get("keys_fingerprint"))?))
}

async fn now(db: &DatabaseConnection) -> Outcome<Millis> {
    let text = "select (extract(epoch from clock_timestamp()) * 1000)::bigint as now";
    let row = one(db, Sql::new(text)).await?;
    row.ok_or_else(|| Fault::Failed("the database does not tell the time".to_owned()))?.get("now")
}

async fn refusal(db: &DatabaseConnection, schema: Schema) -> Outcome<Option<String>> {
    let text = "select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only, \
                coalesce(has_schema_privilege(current_schema(), 'create'), false) as makes_tables";
    let row = one(db, Sql::new(text)).await?;
    let row = row.ok_or_else(|| Fault::Failed("the database does not tell its state".to_owned()))?;
    if row.get("standby")? {
        return Ok(Some("it is a standby: name its primary in database.url".to_owned()));
    }
    if row.get("read_only")? {
        let why = "its transactions are read-only: take default_transaction_read_only from the account or the database";
        return Ok(Some(why.to_owned()));
    }
    if matches!(schema, Schema::Missing { .. }) && !row.get::<bool>("makes_tables")? {
        return Ok(Some("the account may not make tables there: make it the owner of the database".to_owned()));
    }
    let table = table_beyond_reach(db).await?;
    Ok(table.map(|table| format!("the account may not write the table {table}: make it the owner of every table")))
}

/// A table in which the account lacks a right that the hub uses. From `audit` the hub deletes nothing (R-J3).
async fn table_beyond_reach(db: &DatabaseConnection) -> Outcome<Option<String>> {
    let names = [&KEPT[..], &MADE_ANEW[..]].concat().join(",");
    let text = "select name from (select name, to_regclass(name) as t from unnest(string_to_array($1, ',')) as n(name)) n \
                where t is not null and not (has_table_privilege(t, 'select') and has_table_privilege(t, 'insert') \
                and has_table_privilege(t, 'update') and (name = 'audit' or has_table_privilege(t, 'delete'))) limit 1";
    let row = one(db, Sql::with(text, [names.into()])).await?;
    row.map_or(Ok(None), |row| row.get("name").map(Some))
}
