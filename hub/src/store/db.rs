//! Connections: who writes, who reads, and with which settings.
//!
//! SQLite: one connection writes (WAL, every commit synced), some read and can do nothing else.
//! Postgres: the log's writer has connections of its own, so that no sign-in ever waits for a batch.
//! Nothing above this layer sees a connection.

use std::path::Path;
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database as Connector, DatabaseConnection, DatabaseTransaction,
    DbBackend, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use uuid::Uuid;

use super::Database;
use super::fault::{Fault, Outcome};
use super::sql::{Columns, PATIENCE_MS, Sql, answered, answered_within, one};
use crate::domain::Clock;

/// What Postgres knows connections by; those of a node have its id after it.
const APPLICATION: &str = "guichet";
/// A writer that finds the database locked waits this long: less than a caller waits for its commit.
const LOCK_WAIT_MS: u64 = 2_000;
/// No statement of the hub should take longer; a stuck one must not hold its locks for ever. Ends before
/// the hub itself stops waiting for the answer (`sql`).
const STATEMENT_MS: u64 = 3_000;
/// How often SQLite looks whether a statement takes longer, in steps of its machine: some milliseconds.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;
/// A node that froze inside a transaction gives up its locks after this (decisions.md 2).
const IDLE_IN_TRANSACTION_MS: u64 = 5_000;
/// How long to wait for a free connection, or for a new one.
const CONNECT_MS: u64 = 2_000;
/// A connection that is put back has to answer within this time.
const PUT_BACK_MS: u64 = 2_000;
/// How long closing all connections may take.
const CLOSE_MS: u64 = 5_000;
/// A connection that was not used for this long may have died unnoticed.
const RESTED_MS: u64 = 3_000;
/// SQLite's own advice for a look that stays quick however large a table is.
const ANALYZED_ROWS: u32 = 400;
const SQLITE_READERS: u32 = 4;
/// Of the command line: one that holds a state of the database, and one beside it.
const LOOKS: u32 = 2;
/// Batches differ in size, and texts by its power of two: this keeps all of them prepared.
const STATEMENTS_PREPARED: usize = 400;
/// A deadlock's victim is run again at most this often.
const TRIES_MAX: usize = 3;

pub(super) struct Db {
    backend: DbBackend,
    /// The log's writer.
    batches: DatabaseConnection,
    /// Everything else that writes. On SQLite the same, only connection.
    writes: DatabaseConnection,
    reads: DatabaseConnection,
}

impl Db {
    /// Name, connections in use, connections at rest.
    pub fn pools(&self) -> Vec<(&'static str, usize, usize)> {
        let load = |pool: &DatabaseConnection| {
            let (size, idle) = match self.backend {
                DbBackend::Postgres => {
                    let pool = pool.get_postgres_connection_pool();
                    (pool.size(), pool.num_idle())
                }
                _ => {
                    let pool = pool.get_sqlite_connection_pool();
                    (pool.size(), pool.num_idle())
                }
            };
            ((size as usize).saturating_sub(idle), idle)
        };
        let named = [("batches", &self.batches), ("writes", &self.writes), ("reads", &self.reads)];
        // On SQLite batches and writes are one connection.
        let skipped = usize::from(self.backend != DbBackend::Postgres);
        named.into_iter().skip(skipped).map(|(name, pool)| (name, load(pool).0, load(pool).1)).collect()
    }

    /// For a node, whose connections bear its name, or for the command line.
    pub async fn connect(database: &Database, node: Option<Uuid>, count: &StatementCount) -> Outcome<Self> {
        match database {
            Database::Sqlite { path } => {
                let path = utf8(path)?;
                let writes = open(sqlite(path, 1, false), count).await?;
                let reads = open(sqlite(path, SQLITE_READERS, true), count).await?;
                Ok(Self { backend: DbBackend::Sqlite, batches: writes.clone(), writes, reads })
            }
            Database::Postgres { url, connections } => {
                let share = (*connections).max(6) / 3;
                // Two, so that the next batch does not wait while the last one's connection is put back.
                let name = node.map_or_else(|| APPLICATION.to_owned(), |node| format!("{APPLICATION} {node}"));
                let usual = |connections| postgres(&name, url, connections, STATEMENT_MS, IDLE_IN_TRANSACTION_MS);
                let batches = open(usual(2), count).await?;
                let writes = open(usual(share), count).await?;
                let reads = open(usual(share * 2 - 2), count).await?;
                Ok(Self { backend: DbBackend::Postgres, batches, writes, reads })
            }
        }
    }

    /// Connections that can change nothing, to a database that has to be there already. For the command line:
    /// a statement may take its time.
    pub async fn connect_to_look(database: &Database) -> Outcome<DatabaseConnection> {
        let options = match database {
            Database::Sqlite { path } => {
                let path = path.to_owned();
                let mut options = ConnectOptions::new("sqlite::memory:");
                options
                    .max_connections(LOOKS)
                    .map_sqlx_sqlite_opts(move |sqlite| sqlite.filename(&path).in_memory(false).read_only(true));
                common(options)
            }
            Database::Postgres { url, .. } => postgres(APPLICATION, url, LOOKS, PATIENCE_MS, PATIENCE_MS),
        };
        open(options, &StatementCount::default()).await
    }

    /// One connection that fills a database, which is made where there is none: for the command line.
    pub async fn connect_to_fill(database: &Database) -> Outcome<DatabaseConnection> {
        let options = match database {
            Database::Sqlite { path } => sqlite(utf8(path)?, 1, false),
            Database::Postgres { url, .. } => postgres(APPLICATION, url, 1, PATIENCE_MS, PATIENCE_MS),
        };
        open(options, &StatementCount::default()).await
    }

    pub fn backend(&self) -> DbBackend {
        self.backend
    }

    /// For single statements that only read.
    pub fn reads(&self) -> &DatabaseConnection {
        &self.reads
    }

    /// For single statements that write.
    pub fn writes(&self) -> &DatabaseConnection {
        &self.writes
    }

    /// A transaction that sees one state of the database, whatever is committed meanwhile.
    pub async fn look(&self) -> Outcome<DatabaseTransaction> {
        begin_to_look(&self.reads).await
    }

    pub async fn begin(&self) -> Outcome<DatabaseTransaction> {
        begin_on(&self.writes).await
    }

    pub async fn begin_batch(&self) -> Outcome<DatabaseTransaction> {
        begin_on(&self.batches).await
    }

    /// Whether connections of other nodes are open: they last as long as their node does.
    pub async fn has_other_nodes(&self) -> Outcome<bool> {
        has_nodes(&self.reads).await
    }

    /// Looks at tables whose size is unknown to SQLite's planner; Postgres does so by itself.
    pub async fn measure(&self) -> Outcome<()> {
        if self.backend == DbBackend::Sqlite {
            let look = format!("pragma analysis_limit = {ANALYZED_ROWS}; pragma optimize = 0x10002");
            self.writes.execute_unprepared(&look).await?;
        }
        Ok(())
    }

    /// Brings the log into the file and empties it: what was erased just now still stands in it. Postgres
    /// has no file of ours.
    pub async fn empty_log(&self) -> Outcome<()> {
        if self.backend != DbBackend::Sqlite {
            return Ok(());
        }
        for _ in 0..TRIES_MAX {
            // On a reader's connection, so that nothing waits to be written meanwhile. Each try waits for
            // whoever reads the log, as long as a lock may take.
            let row = one(&self.reads, Sql::new("pragma wal_checkpoint(truncate)")).await?;
            if row.map_or(Ok(0), |row| row.get::<i32>("busy"))? == 0 {
                return Ok(());
            }
        }
        Err(Fault::Busy("the log could not be emptied".to_owned()))
    }

    /// A connection whose network went silent is not waited for: the database finds out by itself.
    pub async fn close(&self) {
        let closed = async {
            for connection in [&self.batches, &self.writes, &self.reads] {
                // Closing twice (SQLite's one writer) does nothing; a failed close leaves nothing to do.
                let _ = connection.close_by_ref().await;
            }
        };
        if Clock::System.within(CLOSE_MS, closed).await.is_none() {
            tracing::warn!("some connections to the database did not close in time");
        }
    }
}

/// Whether connections of nodes other than this connection's own are open.
pub(super) async fn has_nodes(connection: &DatabaseConnection) -> Outcome<bool> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    let text = "select 1 as one from pg_stat_activity where datname = current_database() \
                and application_name like $1 and application_name <> current_setting('application_name') limit 1";
    Ok(one(connection, Sql::with(text, [format!("{APPLICATION} %").into()])).await?.is_some())
}

/// A transaction that sees one state of the database, from its first statement on.
pub(super) async fn begin_to_look(connection: &DatabaseConnection) -> Outcome<DatabaseTransaction> {
    let backend = connection.get_database_backend();
    let options = match backend {
        DbBackend::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            sqlite_transaction_mode: None,
        },
        _ => TransactionOptions::default(),
    };
    answered(backend, connection.begin_with_options(options)).await
}

fn utf8(path: &Path) -> Outcome<&str> {
    path.to_str().ok_or_else(|| Fault::Failed("the database's path is not UTF-8".to_owned()))
}

pub(super) async fn begin_on(connection: &DatabaseConnection) -> Outcome<DatabaseTransaction> {
    // SQLite only; Postgres keeps to READ COMMITTED.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    answered(connection.get_database_backend(), connection.begin_with_options(options)).await
}

/// Ends a transaction. An answer that the network swallowed is not waited for.
pub(super) async fn commit(tx: DatabaseTransaction) -> Outcome<()> {
    answered(tx.get_database_backend(), tx.commit()).await
}

/// The same after very much was written.
pub(super) async fn commit_patiently(tx: DatabaseTransaction) -> Outcome<()> {
    answered_within(PATIENCE_MS, tx.get_database_backend(), tx.commit()).await
}

pub(super) async fn rollback(tx: DatabaseTransaction) -> Outcome<()> {
    answered(tx.get_database_backend(), tx.rollback()).await
}

/// Runs a whole transaction, and again when it was a deadlock's victim.
pub(super) async fn retrying<T, W: Future<Output = Outcome<T>>>(mut transaction: impl FnMut() -> W) -> Outcome<T> {
    for _ in 1..TRIES_MAX {
        match transaction().await {
            Err(Fault::Again) => {}
            done => return done,
        }
    }
    transaction().await
}

/// Serializes transactions that count before they write, by what they count; until the commit.
/// SQLite has one writer anyway.
pub(super) async fn one_at_a_time(tx: &DatabaseTransaction, subjects: &[&str]) -> Outcome<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut subjects = subjects.to_vec();
    // In one order everywhere, so that two of them cannot wait for each other.
    subjects.sort_unstable();
    for subject in subjects {
        super::sql::all(tx, Sql::with("select pg_advisory_xact_lock(hashtextextended($1, 0))", [subject.into()]))
            .await?;
    }
    Ok(())
}

async fn open(options: ConnectOptions, count: &StatementCount) -> Outcome<DatabaseConnection> {
    let mut connection = Connector::connect(options).await?;
    count.watch(&mut connection);
    Ok(connection)
}

fn sqlite(path: &str, connections: u32, only_read: bool) -> ConnectOptions {
    use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(connections).min_connections(1).map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .filename(&path)
            .in_memory(false)
            .shared_cache(false)
            .create_if_missing(!only_read)
            .busy_timeout(Duration::from_millis(LOCK_WAIT_MS))
            .foreign_keys(true)
            // Journals of statements hold what people wrote: not in /var/tmp, nor on another full disk.
            .pragma("temp_store", "memory")
            .statement_cache_capacity(STATEMENTS_PREPARED);
        match only_read {
            true => sqlite.pragma("query_only", "on"),
            false => sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                // The planner is told how large the tables have become.
                .optimize_on_close(true, ANALYZED_ROWS)
                // What was erased does not stay readable in the file's free parts.
                .pragma("secure_delete", "on"),
        }
    });
    options.map_sqlx_sqlite_pool_opts(move |pool| {
        let pool = pool.after_release(|connection, _| Box::pin(async move { Ok(is_reusable(connection).await) }));
        match only_read {
            true => pool.after_connect(|connection, _| Box::pin(limit_time(connection))),
            false => pool,
        }
    });
    if only_read {
        options.map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async move { limit_time(connection).await.map(|()| true) })
        });
    }
    common(options)
}

/// From now on, until it is taken again, what a reader runs ends after the time that Postgres would give it.
async fn limit_time(connection: &mut sqlx::SqliteConnection) -> Result<(), sqlx::Error> {
    let end = Clock::System.now() + STATEMENT_MS as i64;
    connection.lock_handle().await?.set_progress_handler(STEPS_BETWEEN_LOOKS, move || Clock::System.now() < end);
    Ok(())
}

/// Whether a connection that is put back may be used again; others are closed.
///
/// A full disk makes SQLite roll back by itself, and the driver, whose own ROLLBACK then fails, believes
/// the transaction still open: the next one would be a savepoint within it, whose commit writes nothing.
/// And a connection whose network went silent would be asked for ever whether it is well.
async fn is_reusable(connection: &mut impl sqlx::Connection) -> bool {
    // After the answer the ROLLBACK of a transaction that was dropped has been tried.
    let answered = Clock::System.within(PUT_BACK_MS, connection.ping()).await;
    matches!(answered, Some(Ok(()))) && !connection.is_in_transaction()
}

/// With the limits of a statement and of a pause within a transaction.
fn postgres(name: &str, url: &str, connections: u32, statement_ms: u64, idle_ms: u64) -> ConnectOptions {
    let name = name.to_owned();
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).map_sqlx_postgres_opts(move |postgres| {
        postgres.application_name(&name).statement_cache_capacity(STATEMENTS_PREPARED).options([
            ("lock_timeout", LOCK_WAIT_MS.to_string()),
            ("statement_timeout", statement_ms.to_string()),
            ("idle_in_transaction_session_timeout", idle_ms.to_string()),
        ])
    });
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.after_release(|connection, _| Box::pin(async move { Ok(is_reusable(connection).await) }))
    });
    common(options)
}

fn common(mut options: ConnectOptions) -> ConnectOptions {
    options
        .acquire_timeout(Duration::from_millis(CONNECT_MS))
        .connect_timeout(Duration::from_millis(CONNECT_MS))
        .idle_timeout(None)
        .max_lifetime(None)
        // Asked before use only when it rested: a busy one shows by itself that it is alive.
        .test_before_acquire_if_idle_for(Duration::from_millis(RESTED_MS))
        // Statements hold what people wrote.
        .sqlx_logging(false)
        .record_stmt_in_spans(false);
    options
}

/// How many statements were sent: a test holds the batch to a handful.
#[derive(Clone, Debug, Default)]
pub(super) struct StatementCount {
    #[cfg(test)]
    sent: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl StatementCount {
    #[cfg(test)]
    pub fn so_far(&self) -> u64 {
        self.sent.load(std::sync::atomic::Ordering::SeqCst)
    }

    #[cfg(test)]
    fn watch(&self, connection: &mut DatabaseConnection) {
        let sent = std::sync::Arc::clone(&self.sent);
        connection.set_metric_callback(move |_| {
            sent.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        });
    }

    #[cfg(not(test))]
    fn watch(&self, _connection: &mut DatabaseConnection) {}
}
