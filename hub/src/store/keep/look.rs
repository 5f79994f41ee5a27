//! A database that is looked at and never changed; a hub may run on it.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rows::Rows;
use super::tables::{Table, tables};
use crate::store::db::{self, Db, begin_to_look, rollback};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, all_patiently};
use crate::store::{Database, Schema, StoreError, migrate};
use protocol::SiteId;

/// Clones share the connections.
#[derive(Clone)]
pub struct Look {
    db: DatabaseConnection,
}

/// One state of a database, whatever is committed meanwhile.
pub struct State {
    tx: DatabaseTransaction,
    about: About,
    tables: Vec<Table>,
}

/// Which database it is, and how far its schema is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// `sqlite` or `postgres`.
    pub kind: String,
    pub schema: i64,
    pub epoch: Uuid,
    pub site: SiteId,
    /// By which its newest key is known: the key's id and its fingerprint.
    pub newest_key: Option<(String, String)>,
}

impl Look {
    /// # Errors
    /// When it is not there or cannot be reached.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        Ok(Self::connect(database).await?)
    }

    pub(super) async fn connect(database: &Database) -> Outcome<Self> {
        Ok(Self { db: Db::connect_to_look(database).await? })
    }

    /// Where its schema stands.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        Ok(migrate::look(&self.db).await?)
    }

    /// Holds the state that it is in now.
    pub async fn hold(&self) -> Result<State, StoreError> {
        Ok(State::of(&self.db).await?)
    }

    /// Whether nodes serve this database now, wherever they run. SQLite's one node is told by its data directory.
    pub async fn has_nodes(&self) -> Result<bool, StoreError> {
        Ok(db::has_nodes(&self.db).await?)
    }

    pub async fn close(self) {
        // Nothing was written: a close that fails loses nothing.
        let _ = self.db.close().await;
    }

    /// For single statements.
    pub(in crate::store) fn reads(&self) -> &DatabaseConnection {
        &self.db
    }

    pub(in crate::store) async fn state(&self) -> Outcome<DatabaseTransaction> {
        begin_to_look(&self.db).await
    }
}

impl State {
    pub(super) async fn of(db: &DatabaseConnection) -> Outcome<Self> {
        let tx = begin_to_look(db).await?;
        if !migrate::has_table(&tx, "hub_meta").await? {
            return Err(no_hub());
        }
        let about = about(&tx).await?;
        let tables = tables(&tx).await?;
        Ok(Self { tx, about, tables })
    }

    pub const fn about(&self) -> &About {
        &self.about
    }

    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The rows of one of the tables, in the order of their primary keys.
    pub fn rows<'a>(&'a self, table: &'a Table) -> Rows<'a> {
        Rows::new(&self.tx, table)
    }

    /// Lets go of it: as long as it is held, the database keeps everything that was changed since.
    pub async fn end(self) -> Result<(), StoreError> {
        Ok(rollback(self.tx).await?)
    }
}

async fn about(tx: &DatabaseTransaction) -> Outcome<About> {
    let text = "select (select max(version) from schema_step) as version, m.epoch, m.keys_fingerprint, s.id \
                from hub_meta m, site s where m.id = 1 order by s.created_at, s.id limit 1";
    let rows = all_patiently(tx, Sql::new(text)).await?;
    let row = rows.first().ok_or_else(no_hub)?;
    let newest: Option<String> = row.get("keys_fingerprint")?;
    Ok(About {
        kind: if tx.get_database_backend() == DbBackend::Postgres { "postgres" } else { "sqlite" }.to_owned(),
        schema: row.get("version")?,
        epoch: row.get("epoch")?,
        site: row.id("id")?,
        newest_key: key_and_print(newest),
    })
}

/// As `hub_meta` keeps them.
pub(super) fn key_and_print(kept: Option<String>) -> Option<(String, String)> {
    kept.and_then(|kept| kept.split_once(' ').map(|(kid, print)| (kid.to_owned(), print.to_owned())))
}

fn no_hub() -> Fault {
    Fault::Failed("no hub has begun with this database".to_owned())
}
