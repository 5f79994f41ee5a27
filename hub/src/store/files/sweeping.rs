//! What the sweeper and `hub verify` ask: what is to be removed, and what is known (R-F9).
//!
//! `state <> 'stored'` beside a state that is another one: SQLite takes the index of what is ending only for
//! a condition that is written like the index's own.

use std::collections::HashSet;

use protocol::{AttachmentId, SiteId, TicketId};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use super::{FileRow, file_row, space};
use crate::domain::file::ObjectKey;
use crate::domain::limits::{SWEPT_AT_ONCE_MAX, UNBOUND_LIFE_MS, UPLOADS_COUNTED_MS};
use crate::store::db::{commit, retrying};
use crate::store::fault::Outcome;
use crate::store::files::ATTACHMENT;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all, one, run};
use crate::store::{Store, StoreError};

/// A row whose bytes are to be removed.
#[derive(Clone, Debug)]
pub struct Leftover {
    pub id: AttachmentId,
    pub site: SiteId,
    pub object_key: ObjectKey,
    /// Under what S3 keeps the parts that had arrived.
    pub parts: Option<String>,
}

/// A file that has to be there.
#[derive(Clone, Debug)]
pub struct StoredFile {
    pub ticket: TicketId,
    pub file: FileRow,
}

impl Store {
    /// At the start of the one process that serves this database: every upload that was under way was cut
    /// off, and its key may be used again at once. On Postgres other nodes may be at it: their leases end.
    pub async fn free_uploads(&self) -> Result<u64, StoreError> {
        if self.db().backend() == DbBackend::Postgres {
            return Ok(0);
        }
        Ok(run(self.db().writes(), Sql::new("update attachment set lease_until = 0 where state = 'uploading'")).await?)
    }

    /// Gives up what was cut off and what no message came to name. From here on nobody can finish or bind
    /// it. Answers how many there were.
    pub async fn drop_stale_uploads(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let dropped =
            "update attachment set state = 'dropped', client_id = null, lease = null, lease_until = null where";
        let text = [dropped, " state = 'uploading' and state <> 'stored' and lease_until <= $1"].concat();
        let cut_off = run(self.db().writes(), Sql::with(text, [now.into()])).await?;
        let text = [dropped, " state = 'stored' and seq is null and created_at <= $1"].concat();
        let unnamed = run(self.db().writes(), Sql::with(text, [(now - UNBOUND_LIFE_MS).into()])).await?;
        Ok(cut_off + unnamed)
    }

    /// Some of the rows whose bytes are to be removed, after this one.
    pub async fn leftovers(&self, after: Option<AttachmentId>) -> Result<Vec<Leftover>, StoreError> {
        let mut sql = Sql::new(
            "select id, site_id, object_key, parts_id from attachment where state in ('dropped', 'erased') \
             and state <> 'stored' and id > ",
        );
        sql.bind(after.map_or(Uuid::nil(), |id| id.0)).push(" order by id limit ").bind(SWEPT_AT_ONCE_MAX);
        Ok(all(self.db().writes(), sql).await?.iter().map(Leftover::read).collect::<Outcome<_>>()?)
    }

    /// Its bytes are removed: the room is free again.
    pub async fn bytes_removed(&self, leftover: &Leftover) -> Result<(), StoreError> {
        Ok(retrying(|| self.bytes_removed_once(leftover)).await?)
    }

    async fn bytes_removed_once(&self, leftover: &Leftover) -> Outcome<()> {
        let tx = self.db().begin().await?;
        space::hold(&tx, leftover.site).await?;
        let mut sql = Sql::new(
            "select bytes + coalesce(preview_bytes, 0) as taken from attachment \
             where state in ('dropped', 'erased') and id = ",
        );
        sql.bind(leftover.id.0);
        if tx.get_database_backend() == DbBackend::Postgres {
            sql.push(" for update");
        }
        if let Some(row) = one(&tx, sql).await? {
            let mut sql =
                Sql::new("update attachment set state = 'gone', name = '', parts_id = null, preview_type = null");
            sql.push(", preview_bytes = null, preview_sha256 = null, preview_width = null, preview_height = null");
            sql.push(" where id = ").bind(leftover.id.0);
            run(&tx, sql).await?;
            space::take(&tx, leftover.site, -row.get::<i64>("taken")?).await?;
        }
        commit(tx).await
    }

    /// Forgets uploads that count no more. Answers how many. A row stays while a message names it: one that was
    /// erased after the backup from which it was restored is there again, without its file.
    pub async fn forget_uploads(&self) -> Result<u64, StoreError> {
        let text = "delete from attachment where id in (select a.id from attachment a where a.state = 'gone' \
                    and a.state <> 'stored' and a.created_at <= $1 and (a.seq is null or exists (select 1 from event e \
                    where e.ticket_id = a.ticket_id and e.target_seq = a.seq and e.kind = 'redacted')) limit $2)";
        let values = [(self.now() - UPLOADS_COUNTED_MS).into(), SWEPT_AT_ONCE_MAX.into()];
        Ok(run(self.db().writes(), Sql::with(text, values)).await?)
    }

    /// Those of the keys under which bytes may be.
    pub async fn known_keys(&self, keys: &[ObjectKey]) -> Result<HashSet<ObjectKey>, StoreError> {
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let mut sql = Sql::new("with k(object_key) as (");
        sql.rows_to_find(keys.iter().map(|key| [key.as_str().into()]).collect());
        sql.push(
            ") select a.object_key from k join attachment a on a.object_key = k.object_key where a.state <> 'gone'",
        );
        let rows = all(self.db().writes(), sql).await?;
        let found = rows.iter().map(|row| row.get::<String>("object_key"));
        let found: Vec<String> = found.collect::<Outcome<_>>()?;
        Ok(found.iter().filter_map(|key| ObjectKey::parse(key)).collect())
    }

    /// Files that have to be there, in the order of their ids, after this one.
    pub async fn stored_files(&self, after: Option<AttachmentId>) -> Result<Vec<StoredFile>, StoreError> {
        Ok(stored_files(self.db().reads(), after).await?)
    }

    /// Bytes of the site's files by the count that limits them, and by their rows.
    pub async fn space_taken(&self) -> Result<(i64, i64), StoreError> {
        let text = "select coalesce((select bytes from file_space where site_id = $1), 0) as counted, \
                    (select cast(coalesce(sum(bytes + coalesce(preview_bytes, 0)), 0) as bigint) from attachment \
                    where site_id = $1 and state <> 'gone') as taken";
        let row = one(self.db().reads(), Sql::with(text, [self.site().id.0.into()])).await?;
        row.map_or(Ok((0, 0)), |row| Ok((row.get("counted")?, row.get("taken")?)))
    }
}

impl Look {
    /// Whether a row says, now, that this file is stored.
    pub async fn is_stored(&self, key: &ObjectKey) -> Result<bool, StoreError> {
        let text = "select 1 as here from attachment where object_key = $1 and state = 'stored'";
        Ok(one(self.reads(), Sql::with(text, [key.as_str().into()])).await?.is_some())
    }

    /// As [`Store::stored_files`].
    pub async fn stored_files(&self, after: Option<AttachmentId>) -> Result<Vec<StoredFile>, StoreError> {
        Ok(stored_files(self.reads(), after).await?)
    }
}

async fn stored_files(db: &impl ConnectionTrait, after: Option<AttachmentId>) -> Outcome<Vec<StoredFile>> {
    let mut sql = Sql::new(format!(
        "select {ATTACHMENT}, a.ticket_id, a.object_key, a.sha256, a.preview_type, a.preview_bytes, \
         a.preview_sha256 from attachment a where a.state = 'stored' and a.id > "
    ));
    sql.bind(after.map_or(Uuid::nil(), |id| id.0)).push(" order by a.id limit ").bind(SWEPT_AT_ONCE_MAX);
    let rows = all(db, sql).await?;
    rows.iter().map(|row| Ok(StoredFile { ticket: row.id("ticket_id")?, file: file_row(row)? })).collect()
}
