//! The only place with SQL. SQLite and Postgres through SeaORM, one text for both where possible.
//!
//! `Store` is concrete: SeaORM is the abstraction over databases, and connections and transactions
//! do not leak out of it. It knows the domain, and nothing of HTTP, sockets or the bus.
//! Everything that enters a ticket's log goes through one writer task (`writer`), which groups what
//! waits into one commit and tells what it committed, in order, to [`Store::commits`].

pub mod logins;
pub mod people;
pub mod tickets;
pub mod writer;

use std::sync::Arc;

use protocol::{Millis, SiteId};
use thiserror::Error;
use uuid::Uuid;

use crate::domain::{Clock, Refusal};

/// Where the data are.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file in the data directory; it is created.
    Sqlite { path: std::path::PathBuf },
    /// `postgres://…`
    Postgres { url: String, connections: u32 },
}

/// A handle on the database; clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {}

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
    pub async fn open(_database: Database, _clock: Clock) -> Result<Self, StoreError> {
        todo!("store")
    }

    /// Finishes what is queued and closes the connections.
    pub async fn close(&self) {
        todo!("store")
    }

    /// What the writer commits, in commit order. Taken once, by the delivery of live events.
    pub fn commits(&self) -> tokio::sync::mpsc::Receiver<Vec<writer::Committed>> {
        todo!("store")
    }

    pub fn epoch(&self) -> Uuid {
        todo!("store")
    }

    /// The one site of this hub.
    pub fn site(&self) -> &SiteRow {
        todo!("store")
    }

    pub fn clock(&self) -> &Clock {
        todo!("store")
    }

    /// A cheap look whether the database answers: for readiness and `hub doctor`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        todo!("store")
    }

    /// Bumped by the command line when it changed rights; the hub then re-reads them.
    pub async fn access_version(&self) -> Result<i64, StoreError> {
        todo!("store")
    }
}

/// For queries that look back: a point in time and how many rows are since then.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub since: Millis,
    pub max: i64,
}
