//! The schema's steps: forward only, each once, all that are missing in one transaction.
//!
//! A step is one text that both databases take, or one for each where they have no word in common; the hub
//! may fill what it made. Steps that have been released are never changed; new ones expand first and
//! contract in a later version.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::Schema;
use super::db::{Db, commit};
use super::fault::{Fault, Outcome};
use super::keep::{HALF_FILLED, MOVED_AWAY};
use super::search;
use super::sql::{Columns, Sql, all, one, run};
use crate::domain::Clock;

struct Step {
    version: i64,
    name: &'static str,
    text: Text,
    then: Then,
}

enum Text {
    Both(&'static str),
    Each { sqlite: &'static str, postgres: &'static str },
}

/// What SQL alone cannot do after the step's text, in the same transaction.
#[derive(Clone, Copy)]
enum Then {
    Nothing,
    /// Makes findable what is there.
    FillSearch,
}

const fn both(version: i64, name: &'static str, text: &'static str) -> Step {
    Step { version, name, text: Text::Both(text), then: Then::Nothing }
}

const STEPS: &[Step] = &[
    both(1, "first", include_str!("../../../migrations/0001_first.sql")),
    both(2, "away", include_str!("../../../migrations/0002_away.sql")),
    both(3, "outbox", include_str!("../../../migrations/0003_outbox.sql")),
    both(4, "files", include_str!("../../../migrations/0004_files.sql")),
    both(5, "triage", include_str!("../../../migrations/0005_triage.sql")),
    Step {
        version: 6,
        name: "search",
        text: Text::Each {
            sqlite: include_str!("../../../migrations/0006_search.sqlite.sql"),
            postgres: include_str!("../../../migrations/0006_search.postgres.sql"),
        },
        then: Then::FillSearch,
    },
    both(7, "merge", include_str!("../../../migrations/0007_merge.sql")),
    both(8, "mentions", include_str!("../../../migrations/0008_mentions.sql")),
    both(9, "availability", include_str!("../../../migrations/0009_availability.sql")),
    both(10, "macros", include_str!("../../../migrations/0010_macros.sql")),
    Step {
        version: 11,
        name: "leases",
        text: Text::Each {
            sqlite: include_str!("../../../migrations/0011_leases.sqlite.sql"),
            postgres: include_str!("../../../migrations/0011_leases.postgres.sql"),
        },
        then: Then::Nothing,
    },
    both(12, "drafts", include_str!("../../../migrations/0012_drafts.sql")),
    both(13, "continuation", include_str!("../../../migrations/0013_continuation.sql")),
    both(14, "audit_chain", include_str!("../../../migrations/0014_audit_chain.sql")),
];

impl Step {
    async fn apply(&self, tx: &DatabaseTransaction) -> Outcome<()> {
        let text = match (&self.text, tx.get_database_backend()) {
            (Text::Both(text), _) => text,
            (Text::Each { postgres, .. }, DbBackend::Postgres) => postgres,
            (Text::Each { sqlite, .. }, _) => sqlite,
        };
        tx.execute_unprepared(text).await?;
        match self.then {
            Then::Nothing => Ok(()),
            Then::FillSearch => search::fill(tx).await,
        }
    }
}

const SCHEMA_STEP: &str = "create table if not exists schema_step \
    (version bigint primary key, name text not null, applied_at bigint not null)";

/// Any fixed number: two hubs that start at once take turns.
const LOCK: i64 = 0x4755_4943_4845_5401;

/// A step waits for a table no longer than the connections do (`db`): older nodes queue behind it. Then it lets
/// them go on for a moment, and tries again, for ten minutes in all.
const TABLE_HELD_PAUSE_MS: u64 = 1_000;
const TABLE_HELD_TRIES_MAX: usize = 200;

/// Brings the schema up to date.
///
/// # Errors
/// When the database was written by a version that knows more steps than this one, or a table that a step
/// changes is held by somebody for too long.
pub(super) async fn migrate(db: &Db, now: i64) -> Outcome<()> {
    for tries in 1..TABLE_HELD_TRIES_MAX {
        match migrate_once(db, now).await {
            Err(Fault::RowLocked) if tries == 1 => {
                tracing::warn!("the schema's next step waits for a table that another transaction holds");
            }
            Err(Fault::RowLocked) => {}
            done => return done,
        }
        Clock::System.sleep(TABLE_HELD_PAUSE_MS).await;
    }
    migrate_once(db, now).await.map_err(|fault| match fault {
        Fault::RowLocked => Fault::Failed(
            "another transaction holds a table that the schema's next step changes: end it, or wait for its end (a \
             backup may be running), and start again"
                .to_owned(),
        ),
        other => other,
    })
}

async fn migrate_once(db: &Db, now: i64) -> Outcome<()> {
    let tx = db.begin().await?;
    if db.backend() == DbBackend::Postgres {
        // A step may take its time, and so may another hub's.
        tx.execute_unprepared("set local statement_timeout = 0; set local lock_timeout = 0").await?;
        // Waits without a limit, as `all` would not.
        tx.execute_unprepared(&format!("select pg_advisory_xact_lock({LOCK})")).await?;
        tx.execute_unprepared("set local lock_timeout to default").await?;
    }
    tx.execute_unprepared(SCHEMA_STEP).await?;
    refuse_marked(&tx).await?;
    let newest = newest(&tx).await?;
    if newest > known() {
        return Err(Fault::Failed(format!(
            "the database was written by a newer version of the hub: its schema is at step {newest}, this version knows \
             steps up to {}; start the newer version, or restore a backup made before it",
            known()
        )));
    }
    apply(&tx, known(), now).await?;
    commit(tx).await
}

/// The newest step that this version knows.
pub(super) fn known() -> i64 {
    STEPS.last().map_or(0, |last| last.version)
}

/// Whether a step after this one makes the search anew.
pub(super) fn fills_search_after(schema: i64) -> bool {
    STEPS.iter().any(|step| step.version > schema && matches!(step.then, Then::FillSearch))
}

/// Takes the steps that are missing, up to this one, within a larger transaction.
pub(super) async fn apply(tx: &DatabaseTransaction, upto: i64, now: i64) -> Outcome<()> {
    tx.execute_unprepared(SCHEMA_STEP).await?;
    let newest = newest(tx).await?;
    for step in STEPS.iter().filter(|step| step.version > newest && step.version <= upto) {
        step.apply(tx).await?;
        let row = [step.version.into(), step.name.into(), now.into()];
        run(tx, Sql::with("insert into schema_step (version, name, applied_at) values ($1, $2, $3)", row)).await?;
    }
    Ok(())
}

/// No hub serves what is being filled or has been moved.
async fn refuse_marked(db: &impl ConnectionTrait) -> Outcome<()> {
    if has_table(db, HALF_FILLED).await? {
        return Err(Fault::Failed(
            "what was to come into this database is not there as a whole: run the same `hub restore` or `hub move` \
             again, to its end"
                .to_owned(),
        ));
    }
    if has_table(db, MOVED_AWAY).await? {
        let row = one(db, Sql::new("select place from moved_away")).await?;
        let place: String = row.map_or(Ok(String::new()), |row| row.get("place"))?;
        return Err(Fault::Failed(format!(
            "everything in this database was moved to {place}: set database.url, or remove the table moved_away to go \
             on with this one"
        )));
    }
    Ok(())
}

pub(super) async fn has_table(db: &impl ConnectionTrait, name: &str) -> Outcome<bool> {
    let text = match db.get_database_backend() {
        DbBackend::Postgres => "select 1 as n where to_regclass($1) is not null",
        _ => "select 1 as n from sqlite_master where type = 'table' and name = $1",
    };
    Ok(one(db, Sql::with(text, [name.into()])).await?.is_some())
}

/// Where the schema stands, without changing it.
pub(super) async fn look(db: &impl ConnectionTrait) -> Outcome<Schema> {
    refuse_marked(db).await?;
    let newest = if has_table(db, "schema_step").await? { newest(db).await? } else { 0 };
    let known = known();
    Ok(match STEPS.iter().filter(|step| step.version > newest).count() {
        0 if newest > known => Schema::Newer { found: newest, known },
        0 => Schema::UpToDate,
        steps => Schema::Missing { steps },
    })
}

async fn newest(db: &impl ConnectionTrait) -> Outcome<i64> {
    let rows = all(db, Sql::new("select version from schema_step order by version desc limit 1")).await?;
    rows.first().map_or(Ok(0), |row| row.get("version"))
}
