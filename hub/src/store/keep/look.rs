//! A database that is looked at and never changed; a hub may run on it.

use sea_orm::{DatabaseConnection, DatabaseTransaction};

use crate::store::db::{Db, begin_to_look};
use crate::store::fault::Outcome;
use crate::store::{Database, Schema, StoreError, migrate};

/// Clones share the connections.
#[derive(Clone)]
pub struct Look {
    db: DatabaseConnection,
}

impl Look {
    /// # Errors
    /// When it is not there or cannot be reached.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        Ok(Self { db: Db::connect_to_look(database).await? })
    }

    /// Where its schema stands.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        Ok(migrate::look(&self.db).await?)
    }

    pub async fn close(self) {
        // Nothing was written: a close that fails loses nothing.
        let _ = self.db.close().await;
    }

    /// For single statements.
    pub(in crate::store) fn reads(&self) -> &DatabaseConnection {
        &self.db
    }

    /// One state of it, until it is dropped.
    pub(in crate::store) async fn state(&self) -> Outcome<DatabaseTransaction> {
        begin_to_look(&self.db).await
    }
}
