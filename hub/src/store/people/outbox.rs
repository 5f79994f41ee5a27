//! The outbox: mails that are due, claimed with a lease that fences late workers off.

use protocol::Millis;
use sea_orm::{DbBackend, QueryResult};
use uuid::Uuid;

use super::DueMail;
use crate::domain::ids;
use crate::store::db::retrying;
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all, run};
use crate::store::{Store, StoreError};

/// What is kept of an error; never more than one line's worth.
const ERROR_CHARS_MAX: usize = 300;

impl Store {
    /// Claims mails that are due, at most `max`, for `lease_ms`.
    pub async fn claim_mails(&self, max: u64, lease_ms: i64) -> Result<Vec<DueMail>, StoreError> {
        Ok(retrying(|| self.claim_once(max, lease_ms)).await?)
    }

    async fn claim_once(&self, max: u64, lease_ms: i64) -> Outcome<Vec<DueMail>> {
        let (now, lease) = (self.now(), ids::new_id(self.clock()));
        // A claimed mail is due again when its lease ends, whatever became of the worker.
        let mut sql = Sql::new(
            "with due as materialized (select id from delivery where state = 'queued' and channel = 'mail' and due_at <= ",
        );
        sql.bind(now).push(" order by due_at, id limit ").bind(i64::try_from(max).unwrap_or(i64::MAX));
        if self.db().backend() == DbBackend::Postgres {
            sql.push(" for update skip locked");
        }
        sql.push(") update delivery set lease = ").bind(lease).push(", due_at = ").bind(now.saturating_add(lease_ms));
        sql.push(", attempts = attempts + 1 where id in (select id from due) returning id");
        let claimed = all(self.db().writes(), sql).await?;
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        // By the connection that wrote: a reader may be a moment behind.
        let text = "select d.id, d.lease, d.kind, d.identity, d.attempts, d.created_at, c.id as code_id, c.kid, \
                    coalesce(c.email, p.email) as email, coalesce(c.locale, p.locale) as locale from delivery d \
                    left join access_code c on c.id = d.code_id left join participant p on p.id = d.recipient_id \
                    where d.lease = $1 order by d.created_at, d.id";
        let rows = all(self.db().writes(), Sql::with(text, [lease.into()])).await?;
        rows.iter().map(read_mail).collect()
    }

    /// Writes what became of a claimed mail; nothing when the lease is another's by now.
    /// `retry_at` queues it again, else it is `sent` (no error) or `dead`.
    pub async fn finish_mail(
        &self,
        mail: &DueMail,
        error: Option<&str>,
        retry_at: Option<Millis>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let state = match (error, retry_at) {
            (_, Some(_)) => "queued",
            (None, None) => "sent",
            (Some(_), None) => "dead",
        };
        let error = error.map(|error| error.chars().take(ERROR_CHARS_MAX).collect::<String>());
        let done_at = retry_at.is_none().then_some(now);
        let text = "update delivery set state = $1, last_error = $2, due_at = $3, done_at = $4, lease = null \
                    where id = $5 and lease = $6";
        let values = [
            state.into(),
            error.into(),
            retry_at.unwrap_or(now).into(),
            done_at.into(),
            mail.id.into(),
            mail.lease.into(),
        ];
        run(self.db().writes(), Sql::with(text, values)).await?;
        Ok(())
    }
}

fn read_mail(row: &QueryResult) -> Outcome<DueMail> {
    let code = match row.get::<Option<Uuid>>("code_id")? {
        Some(code) => Some((code, row.get("kid")?)),
        None => None,
    };
    Ok(DueMail {
        id: row.get("id")?,
        lease: row.get("lease")?,
        kind: row.get("kind")?,
        identity: row.get("identity")?,
        to: row.get::<Option<String>>("email")?.unwrap_or_default(),
        locale: row.get::<Option<String>>("locale")?.unwrap_or_default(),
        attempts: row.get("attempts")?,
        code,
        created_at: row.get("created_at")?,
    })
}
