//! A database that is filled with the rows of another one. Cut off at any moment, it goes on where it was: a
//! table of its own says how far each table has come, in the transaction of the rows. While that table is
//! there no hub serves the database.
//!
//! The rows come in any order of tables: references between them are looked at when all are there.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend};
use serde::{Deserialize, Serialize};

use super::anew::{Anew, begin_anew};
use super::look::State;
use super::rows::values;
use super::tables::{Column, KEPT, MADE_ANEW, Table, tables};
use crate::domain::Clock;
use crate::store::db::{Db, begin_on, commit, commit_patiently, rollback};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, all_patiently, one, run};
use crate::store::{Database, Store, StoreError, migrate, search};

/// The table that says how far it is.
pub(in crate::store) const HALF_FILLED: &str = "half_filled";
/// The table that says where everything went.
pub(in crate::store) const MOVED_AWAY: &str = "moved_away";
/// Any fixed number: one process fills a Postgres database at a time.
const LOCK: i64 = 0x4755_4943_4845_5402;
const LOCK_TRIES: usize = 50;
const LOCK_AGAIN_MS: u64 = 200;
/// Values of one statement; SQLite takes 32,766.
const VALUES_MAX: usize = 30_000;

/// What rows come from. A filling that was cut off goes on when the id is the same, and begins anew when not.
#[derive(Clone, Debug)]
pub struct Source {
    pub id: String,
    pub schema: i64,
    pub tables: Vec<TableShape>,
}

/// A table and its columns, as they stood where it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableShape {
    pub name: String,
    pub columns: Vec<Column>,
}

/// A database on its way to be whole.
pub struct Filling {
    db: DatabaseConnection,
    clock: Clock,
    schema: i64,
    tables: Vec<Table>,
    /// Rows that are there already.
    done: HashMap<&'static str, u64>,
}

impl Filling {
    /// Begins, or goes on with what was cut off. `None` when the database holds something already.
    ///
    /// # Errors
    /// When it cannot be reached, another process fills it, or the source's tables are none of a hub's.
    pub async fn open(database: &Database, source: &Source, clock: Clock) -> Result<Option<Self>, StoreError> {
        let db = Db::connect_to_fill(database).await?;
        let opened = Self::begin(&db, source, clock).await;
        if !matches!(opened, Ok(Some(_))) {
            // Nothing was written: a close that fails loses nothing.
            let _ = db.close().await;
        }
        Ok(opened?)
    }

    async fn begin(db: &DatabaseConnection, source: &Source, clock: Clock) -> Outcome<Option<Self>> {
        hold_alone(db).await?;
        let tx = begin_on(db).await?;
        match begun_from(&tx).await? {
            Some(id) if id == source.id => {}
            Some(_) => {
                clear(&tx).await?;
                begin(&tx, source, clock.now()).await?;
            }
            None if is_empty(&tx).await? => begin(&tx, source, clock.now()).await?,
            None => {
                rollback(tx).await?;
                return Ok(None);
            }
        }
        let tables = in_shape(tables(&tx).await?, &source.tables)?;
        let mut done = HashMap::new();
        for row in all_patiently(&tx, Sql::new("select name, done from half_filled where what = 'rows'")).await? {
            let (name, rows): (String, i64) = (row.get("name")?, row.get("done")?);
            if let Some(table) = tables.iter().find(|table| table.name == name) {
                done.insert(table.name, rows.unsigned_abs());
            }
        }
        commit(tx).await?;
        Ok(Some(Self { db: db.clone(), clock, schema: source.schema, tables, done }))
    }

    /// How many of a table's rows are there.
    pub fn done(&self, table: &str) -> u64 {
        self.done.get(table).copied().unwrap_or_default()
    }

    /// Puts the next rows of a table in; after this they are there.
    pub async fn put(&mut self, table: &str, lines: &[String]) -> Result<(), StoreError> {
        Ok(self.put_rows(table, lines).await?)
    }

    async fn put_rows(&mut self, name: &str, lines: &[String]) -> Outcome<()> {
        let table = self.tables.iter().find(|table| table.name == name);
        let table = table.ok_or_else(|| Fault::Failed(format!("{name} is no table of a hub")))?;
        let tx = begin_on(&self.db).await?;
        for lines in lines.chunks(VALUES_MAX / table.columns.len()) {
            insert(&tx, table, lines).await?;
        }
        let more = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let text = "update half_filled set done = done + $1 where what = 'rows' and name = $2";
        run(&tx, Sql::with(text, [more.into(), name.into()])).await?;
        commit(tx).await?;
        *self.done.entry(table.name).or_default() += more.unsigned_abs();
        Ok(())
    }

    /// The rows as they are there now.
    pub async fn hold(&self) -> Result<State, StoreError> {
        Ok(State::of(&self.db).await?)
    }

    /// Lets go of it, to go on with it later.
    pub async fn leave(self) {
        // What was committed is safe.
        let _ = self.db.close().await;
    }

    /// Everything is there: the schema is brought up to date, the search is made, references are looked at,
    /// and from here on a hub may serve it.
    pub async fn finish(self, anew: Option<&Anew>) -> Result<(), StoreError> {
        let finished = self.finish_once(anew).await;
        // What was committed is safe.
        let _ = self.db.close().await;
        Ok(finished?)
    }

    async fn finish_once(&self, anew: Option<&Anew>) -> Outcome<()> {
        let tx = begin_on(&self.db).await?;
        put_references_back(&tx).await?;
        if !migrate::fills_search_after(self.schema) {
            search::fill(&tx).await?;
        }
        migrate::apply(&tx, migrate::known(), self.clock.now()).await?;
        if let Some(anew) = anew {
            begin_anew(&tx, &self.clock, anew).await?;
        }
        tx.execute_unprepared("drop table half_filled").await?;
        commit_patiently(tx).await?;
        if self.db.get_database_backend() == DbBackend::Postgres {
            // Its planner knows nothing yet of what came at once.
            self.db.execute_unprepared("analyze").await?;
        }
        Ok(())
    }
}

impl Store {
    /// From now on no hub starts on this database: everything in it is at `place`, which holds no secret.
    pub async fn mark_as_moved(from: &Database, place: &str, clock: &Clock) -> Result<(), StoreError> {
        let db = Db::connect_to_fill(from).await?;
        let marked = mark(&db, place, clock.now()).await;
        // What was committed is safe.
        let _ = db.close().await;
        Ok(marked?)
    }
}

async fn mark(db: &DatabaseConnection, place: &str, now: i64) -> Outcome<()> {
    let tx = begin_on(db).await?;
    tx.execute_unprepared("create table moved_away (place text primary key, at bigint not null)").await?;
    run(&tx, Sql::with("insert into moved_away (place, at) values ($1, $2)", [place.into(), now.into()])).await?;
    commit(tx).await
}

/// On SQLite nothing is said of references before the end; on Postgres they are taken out (`begin`).
async fn hold_alone(db: &DatabaseConnection) -> Outcome<()> {
    if db.get_database_backend() != DbBackend::Postgres {
        db.execute_unprepared("pragma foreign_keys = off").await?;
        return Ok(());
    }
    for _ in 0..LOCK_TRIES {
        let row = one(db, Sql::new(format!("select pg_try_advisory_lock({LOCK}) as is_ours"))).await?;
        if row.map_or(Ok(false), |row| row.get("is_ours"))? {
            return Ok(());
        }
        // Postgres may not have noticed yet that the process of before is dead.
        Clock::System.sleep(LOCK_AGAIN_MS).await;
    }
    Err(Fault::Busy("another process is filling this database".to_owned()))
}

async fn begun_from(tx: &DatabaseTransaction) -> Outcome<Option<String>> {
    if !migrate::has_table(tx, HALF_FILLED).await? {
        return Ok(None);
    }
    let row = one(tx, Sql::new("select name from half_filled where what = 'source'")).await?;
    Ok(Some(row.map_or(Ok(String::new()), |row| row.get("name"))?))
}

async fn is_empty(tx: &DatabaseTransaction) -> Outcome<bool> {
    for name in KEPT.into_iter().chain(MADE_ANEW).chain([MOVED_AWAY]) {
        if migrate::has_table(tx, name).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes away what came of another source.
async fn clear(tx: &DatabaseTransaction) -> Outcome<()> {
    let cascade = if tx.get_database_backend() == DbBackend::Postgres { " cascade" } else { "" };
    for name in [HALF_FILLED].into_iter().chain(MADE_ANEW).chain(KEPT.into_iter().rev()) {
        tx.execute_unprepared(&format!("drop table if exists \"{name}\"{cascade}")).await?;
    }
    Ok(())
}

/// An empty schema at the source's step, and the table that says how far it is.
async fn begin(tx: &DatabaseTransaction, source: &Source, now: i64) -> Outcome<()> {
    migrate::apply(tx, source.schema, now).await?;
    tx.execute_unprepared(
        "create table half_filled (what text not null, name text not null, done bigint not null, statement text, \
         primary key (what, name))",
    )
    .await?;
    let text = "insert into half_filled (what, name, done) values ($1, $2, 0)";
    run(tx, Sql::with(text, ["source".into(), source.id.as_str().into()])).await?;
    for table in &source.tables {
        run(tx, Sql::with(text, ["rows".into(), table.name.as_str().into()])).await?;
    }
    take_references_out(tx).await
}

/// Postgres has no way to look at references later that everybody may use: they are taken out, and written
/// down to be put back.
async fn take_references_out(tx: &DatabaseTransaction) -> Outcome<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let text = "select c.relname as holder, r.conname as name, pg_get_constraintdef(r.oid) as said from pg_constraint r \
                join pg_class c on c.oid = r.conrelid join pg_namespace n on n.oid = c.relnamespace \
                where r.contype = 'f' and n.nspname = current_schema() order by 1, 2";
    for row in all_patiently(tx, Sql::new(text)).await? {
        let (holder, name, said): (String, String, String) = (row.get("holder")?, row.get("name")?, row.get("said")?);
        if !KEPT.iter().chain(&MADE_ANEW).any(|table| *table == holder) {
            continue;
        }
        let back = format!("alter table \"{holder}\" add constraint \"{name}\" {said}");
        let text = "insert into half_filled (what, name, done, statement) values ('reference', $1, 0, $2)";
        run(tx, Sql::with(text, [format!("{holder}.{name}").into(), back.into()])).await?;
        tx.execute_unprepared(&format!("alter table \"{holder}\" drop constraint \"{name}\"")).await?;
    }
    Ok(())
}

async fn put_references_back(tx: &DatabaseTransaction) -> Outcome<()> {
    let text = "select statement from half_filled where what = 'reference' order by name";
    for row in all_patiently(tx, Sql::new(text)).await? {
        tx.execute_unprepared(&row.get::<String>("statement")?).await?;
    }
    if tx.get_database_backend() == DbBackend::Postgres {
        return Ok(());
    }
    let broken =
        all_patiently(tx, Sql::new("select \"table\" as holder from pragma_foreign_key_check limit 1")).await?;
    match broken.first() {
        None => Ok(()),
        Some(row) => {
            let holder: String = row.get("holder")?;
            Err(Fault::Failed(format!("a row of {holder} refers to one that is not there")))
        }
    }
}

/// The tables as they are here, with their columns in the source's order.
fn in_shape(here: Vec<Table>, source: &[TableShape]) -> Outcome<Vec<Table>> {
    let mut tables = Vec::with_capacity(here.len());
    for table in here {
        let shape = source.iter().find(|shape| shape.name == table.name);
        let shape = shape.ok_or_else(|| Fault::Failed(format!("the table {} is not among what comes", table.name)))?;
        let place = |name: &str| shape.columns.iter().position(|column| column.name == name);
        let is_same = shape.columns.len() == table.columns.len()
            && table.columns.iter().all(|column| shape.columns.contains(column));
        if !is_same {
            return Err(Fault::Failed(format!("the table {} has other columns where it comes from", table.name)));
        }
        let key = table.key.iter().filter_map(|index| place(&table.columns[*index].name)).collect();
        tables.push(Table { columns: shape.columns.clone(), key, ..table });
    }
    match source.iter().find(|shape| !tables.iter().any(|table| table.name == shape.name)) {
        None => Ok(tables),
        Some(strange) => Err(Fault::Failed(format!("{} is no table of this step of the schema", strange.name))),
    }
}

async fn insert(tx: &DatabaseTransaction, table: &Table, lines: &[String]) -> Outcome<()> {
    let mut sql = Sql::new(format!("insert into \"{}\" ({}) values ", table.name, table.column_names()));
    for (index, line) in lines.iter().enumerate() {
        sql.push(if index == 0 { "(" } else { ", (" });
        for (column, value) in values(table, line)?.into_iter().enumerate() {
            sql.push(if column == 0 { "" } else { ", " }).bind(value);
        }
        sql.push(")");
    }
    run(tx, sql).await?;
    Ok(())
}
