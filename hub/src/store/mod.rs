//! The only place with SQL. SQLite and Postgres through SeaORM, one text for both where possible.
//!
//! `Store` is concrete: SeaORM is the abstraction over databases, and connections and transactions
//! do not leak out of it. It knows the domain, and nothing of HTTP, sockets or the bus.
//! Everything that enters a ticket's log goes through one writer task (`writer`), which groups what
//! waits into one commit and tells what it committed, in order, to [`Store::commits`].

pub mod alerts;
pub mod audit;
pub mod drafts;
pub mod files;
pub mod keep;
pub mod logins;
pub mod macros;
pub mod people;
pub mod search;
pub mod tickets;
pub mod writer;

mod db;
mod fault;
mod first;
mod groups;
mod migrate;
mod rows;
mod sql;
#[cfg(test)]
pub(crate) mod tests;
mod who;

use std::sync::Arc;

use protocol::{Millis, SiteId};
use thiserror::Error;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::domain::alert::AlertTimes;
use crate::domain::committed::Committed;
use crate::domain::ids::new_id;
use crate::domain::{Clock, Refusal};
use alerts::Outbox;
use db::{Db, StatementCount};
use fault::{Fault, Outcome};
use keep::Looked;
use sql::{Columns, Sql, one};
use writer::Queue;

/// Where the data are.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file in the data directory; it is created.
    Sqlite { path: std::path::PathBuf },
    /// `postgres://…`
    Postgres { url: String, connections: u32 },
}

/// What an operator sets of how tickets are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    pub times: AlertTimes,
    /// For how long after it was closed a message of its requester reopens a ticket; `None`: for ever.
    pub reopen_within_ms: Option<Millis>,
}

/// Where a database's schema stands, for this version of the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    UpToDate,
    /// The next start adds so many steps.
    Missing {
        steps: usize,
    },
    /// A newer version wrote it.
    Newer {
        found: i64,
        known: i64,
    },
}

impl Schema {
    /// The newest step that this version knows.
    pub fn known() -> i64 {
        migrate::known()
    }
}

/// A handle on the database; clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Arc<Db>,
    clock: Clock,
    rules: Rules,
    epoch: Uuid,
    site: SiteRow,
    queue: Queue,
    outbox: Outbox,
    #[cfg_attr(not(test), expect(dead_code, reason = "tests count statements"))]
    statements: StatementCount,
}

/// Why the store did not do it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Bad input, a missing right or a state that does not allow it; nothing was changed.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The disk is full; nothing was changed, reading goes on.
    #[error("the database's disk is full")]
    DiskFull,
    /// Locked, overloaded or gone: may succeed later. Whether a write took place is unknown; repeating
    /// it with the same client id is safe.
    #[error("the database cannot answer now: {0}")]
    Unavailable(String),
    /// Anything else: a bug, or data that cannot be.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// What a page needs of the site.
#[derive(Clone, Debug)]
pub struct SiteRow {
    pub id: SiteId,
    pub name: String,
    pub topics: Vec<protocol::http::Topic>,
}

impl Store {
    /// Opens the database, brings its schema up to date, makes the first site, starts the writer.
    ///
    /// # Errors
    /// When it cannot be reached, or was written by a newer version.
    pub async fn open(database: Database, clock: Clock) -> Result<Self, StoreError> {
        Ok(Self { inner: Arc::new(Inner::open(&database, clock, Rules::default(), None).await?) })
    }

    /// The same for a node: with its operator's rules, and known to other nodes by its connections.
    ///
    /// # Errors
    /// When it cannot be reached, or was written by a newer version.
    pub async fn open_for_node(database: Database, clock: Clock, rules: Rules) -> Result<Self, StoreError> {
        let node = new_id(&clock);
        Ok(Self { inner: Arc::new(Inner::open(&database, clock, rules, Some(node)).await?) })
    }

    /// Looks how a database is, and changes nothing.
    ///
    /// # Errors
    /// When it is not there or cannot be reached.
    pub async fn look(database: &Database) -> Result<Looked, StoreError> {
        Ok(Looked::at(database).await?)
    }

    /// Finishes what is queued and closes the connections.
    pub async fn close(&self) {
        self.inner.queue.close().await;
        self.inner.outbox.close().await;
        self.inner.db.close().await;
    }

    /// What the writer commits from now on, in commit order. Taken once, by the delivery of live
    /// events; a reader that does not keep up holds the writer.
    ///
    /// # Panics
    /// When it was taken before.
    pub fn commits(&self) -> mpsc::Receiver<Vec<Committed>> {
        self.inner.queue.commits()
    }

    pub fn epoch(&self) -> Uuid {
        self.inner.epoch
    }

    /// The one site of this hub.
    pub fn site(&self) -> &SiteRow {
        &self.inner.site
    }

    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// A cheap look whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        one(self.db().reads(), Sql::new("select 1 as here")).await?;
        Ok(())
    }

    /// Whether other nodes are connected to the same database. SQLite has one process.
    pub async fn has_other_nodes(&self) -> Result<bool, StoreError> {
        Ok(self.db().has_other_nodes().await?)
    }

    /// Writes that wait for the next commit.
    pub fn writes_queued(&self) -> usize {
        self.inner.queue.queued()
    }

    /// Batches of commits that their reader has not taken, at most 64.
    pub fn commits_queued(&self) -> usize {
        self.inner.queue.commits_queued()
    }

    /// The pools of connections: name, in use, at rest.
    pub fn pools(&self) -> Vec<(&'static str, usize, usize)> {
        self.db().pools()
    }

    /// Bumped by the command line when it changed rights; the hub then re-reads them.
    pub async fn access_version(&self) -> Result<i64, StoreError> {
        let row = one(self.db().reads(), Sql::new("select access_version from hub_meta where id = 1")).await?;
        let row = row.ok_or_else(|| Fault::Failed("hub_meta is empty".to_owned()))?;
        Ok(row.get("access_version")?)
    }

    /// How soon and how often people are alerted.
    pub fn alert_times(&self) -> &AlertTimes {
        &self.inner.rules.times
    }

    /// For how long after it was closed a message of its requester reopens a ticket; `None`: for ever.
    pub fn reopen_within_ms(&self) -> Option<Millis> {
        self.inner.rules.reopen_within_ms
    }

    /// (kid, fingerprint) of the newest key that this database was written with; none at first.
    pub async fn newest_key(&self) -> Result<Option<(String, String)>, StoreError> {
        let row = one(self.db().writes(), Sql::new("select keys_fingerprint from hub_meta where id = 1")).await?;
        let row = row.ok_or_else(|| Fault::Failed("hub_meta is empty".to_owned()))?;
        let kept: Option<String> = row.get("keys_fingerprint")?;
        Ok(kept.and_then(|kept| kept.split_once(' ').map(|(kid, print)| (kid.to_owned(), print.to_owned()))))
    }

    /// From now on this is the newest key, unless the database knows another one than `instead_of`.
    /// Answers whether it is.
    pub async fn set_newest_key(
        &self,
        kid: &str,
        fingerprint: &str,
        instead_of: Option<&(String, String)>,
    ) -> Result<bool, StoreError> {
        let mut sql = Sql::new("update hub_meta set keys_fingerprint = ");
        sql.bind(format!("{kid} {fingerprint}")).push(" where id = 1 and keys_fingerprint ");
        match instead_of {
            Some((kid, print)) => sql.push("= ").bind(format!("{kid} {print}")),
            None => sql.push("is null"),
        };
        Ok(sql::run(self.db().writes(), sql).await? == 1)
    }

    fn db(&self) -> &Db {
        &self.inner.db
    }

    fn now(&self) -> Millis {
        self.inner.clock.now()
    }
}

impl Inner {
    async fn open(database: &Database, clock: Clock, rules: Rules, node: Option<Uuid>) -> Outcome<Self> {
        let statements = StatementCount::default();
        let db = Arc::new(Db::connect(database, node, &statements).await?);
        migrate::migrate(&db, clock.now()).await?;
        db.measure().await?;
        let (epoch, site) = first::site(&db, &clock).await?;
        let queue = Queue::start(Arc::clone(&db), clock.clone(), rules);
        let outbox = Outbox::start(Arc::clone(&db), clock.clone());
        Ok(Self { db, clock, rules, epoch, site, queue, outbox, statements })
    }
}

/// For queries that look back: a point in time and how many rows are since then.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub since: Millis,
    pub max: i64,
}
