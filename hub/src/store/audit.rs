//! The audit: security and admin acts, and the chain that a job puts them into afterwards (decisions.md 3).
//!
//! Whoever writes an act down waits for nobody; `domain::audit` says what a row's hash is made of. Rows come into the
//! chain in the order in which they are found, whichever node wrote them.

use protocol::{Millis, ParticipantId, SiteId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult};
use uuid::Uuid;

use super::db::{commit, retrying, rollback};
use super::fault::{Fault, Outcome};
use super::sql::{Columns, Sql, all, one, run};
use super::{Store, StoreError};
use crate::domain::audit::{AuditRow, BEGINNING, Hash, link};
use crate::domain::ids;
use crate::domain::limits::{AUDIT_LATE_MS, AUDIT_ROWS_AT_ONCE_MAX};

/// An act for the audit: security and administration, never messages.
#[derive(Clone, Debug)]
pub struct Audit {
    pub site: SiteId,
    /// Of the fixed vocabulary (R-J2), such as `agent.signed_in`.
    pub act: &'static str,
    pub actor: Option<ParticipantId>,
    pub subject: Option<Uuid>,
    pub network: String,
    /// JSON without secrets or addresses.
    pub details: serde_json::Value,
}

/// Where the chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub n: i64,
    pub hash: Hash,
}

/// What one step has put into the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chained {
    pub rows: u64,
    pub head: Head,
    /// Rows that claim to be much older than what was chained before them.
    pub late: Vec<Uuid>,
}

impl Store {
    pub async fn audit(&self, act: Audit) -> Result<(), StoreError> {
        let text = "insert into audit (id, site_id, at, act, actor_id, subject_id, network, details) \
                    values ($1, $2, $3, $4, $5, $6, $7, $8)";
        let row = [
            ids::new_id(self.clock()).into(),
            act.site.0.into(),
            self.now().into(),
            act.act.into(),
            act.actor.map(|actor| actor.0).into(),
            act.subject.into(),
            act.network.into(),
            act.details.to_string().into(),
        ];
        run(self.db().writes(), Sql::with(text, row)).await?;
        Ok(())
    }

    /// Chains some rows, the oldest first. `None` when there is none, or another node is at it.
    pub async fn chain_audit(&self) -> Result<Option<Chained>, StoreError> {
        // So that a hub at rest takes no lock and writes nothing.
        let waiting = "select id from audit where chain_n is null limit 1";
        if one(self.db().reads(), Sql::new(waiting)).await?.is_none() {
            return Ok(None);
        }
        Ok(retrying(|| self.chain_once()).await?)
    }

    async fn chain_once(&self) -> Outcome<Option<Chained>> {
        let tx = self.db().begin().await?;
        let Some(mut head) = lock_head(&tx).await? else {
            rollback(tx).await?;
            return Ok(None);
        };
        let text = format!("select {ROW} from audit where chain_n is null order by at, id limit $1");
        let rows = all(&tx, Sql::with(text, [AUDIT_ROWS_AT_ONCE_MAX.cast_signed().into()])).await?;
        let rows = rows.iter().map(read).collect::<Outcome<Vec<AuditRow>>>()?;
        if rows.is_empty() {
            rollback(tx).await?;
            return Ok(None);
        }
        let late = late(&tx, head.n, &rows).await?;
        let mut values = Vec::with_capacity(rows.len());
        for row in &rows {
            head = Head { n: head.n + 1, hash: link(&head.hash, head.n + 1, row) };
            values.push([row.id.into(), head.n.into(), head.hash.to_vec().into()]);
        }
        let mut sql = Sql::new("with v(id, chain_n, hash) as (");
        sql.rows_to_find(values).push(
            ") update audit set chain_n = v.chain_n, hash = v.hash from v where audit.id = v.id \
             and audit.chain_n is null",
        );
        let count = rows.len() as u64;
        if run(&tx, sql).await? != count {
            return Err(Fault::Failed("rows of the audit went away while they were chained".to_owned()));
        }
        let text = "update audit_head set chain_n = $1, hash = $2 where id = 1";
        run(&tx, Sql::with(text, [head.n.into(), head.hash.to_vec().into()])).await?;
        commit(tx).await?;
        Ok(Some(Chained { rows: count, head, late }))
    }
}

/// What [`read`] needs.
pub(super) const ROW: &str = "id, site_id, at, act, actor_id, subject_id, network, details";

pub(super) fn read(row: &QueryResult) -> Outcome<AuditRow> {
    Ok(AuditRow {
        id: row.get("id")?,
        site: row.id("site_id")?,
        at: row.get("at")?,
        act: row.get("act")?,
        actor: row.id_or_none("actor_id")?,
        subject: row.get("subject_id")?,
        network: row.get("network")?,
        details: row.get("details")?,
    })
}

pub(super) fn read_hash(row: &QueryResult, column: &str) -> Outcome<Option<Hash>> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    Ok(bytes.and_then(|bytes| Hash::try_from(bytes).ok()))
}

/// The end of the chain, until the commit this node's alone. `None`: another one has it.
async fn lock_head(tx: &DatabaseTransaction) -> Outcome<Option<Head>> {
    run(tx, Sql::new("insert into audit_head (id, chain_n) values (1, 0) on conflict do nothing")).await?;
    let mut sql = Sql::new("select chain_n, hash from audit_head where id = 1");
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" for update skip locked");
    }
    let Some(row) = one(tx, sql).await? else { return Ok(None) };
    let n = row.get("chain_n")?;
    Ok(Some(Head { n, hash: read_hash(&row, "hash")?.unwrap_or(BEGINNING) }))
}

/// Those that claim to be much older than the one before them.
async fn late(tx: &DatabaseTransaction, last: i64, rows: &[AuditRow]) -> Outcome<Vec<Uuid>> {
    let before = one(tx, Sql::with("select at from audit where chain_n = $1", [last.into()])).await?;
    let before: Millis = before.map_or(Ok(Millis::MIN), |row| row.get("at"))?;
    let late = rows.iter().filter(|row| row.at < before.saturating_sub(AUDIT_LATE_MS));
    Ok(late.map(|row| row.id).collect())
}
