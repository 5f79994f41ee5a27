//! Limits that survive a restart: what cannot be counted is refused (fail-closed).

use protocol::Millis;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::domain::ids;
use crate::store::db::{commit, one_at_a_time, retrying, rollback};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, one, run};
use crate::store::{Store, StoreError, Window};

impl Store {
    /// Counts an attempt and says whether it is within the window's limit; when not, in how many
    /// seconds it will be. A refused attempt is not counted.
    pub async fn attempt(
        &self,
        kind: &'static str,
        subject: &str,
        window: Window,
    ) -> Result<Result<(), u64>, StoreError> {
        Ok(retrying(|| self.attempt_once(kind, subject, window)).await?)
    }

    async fn attempt_once(&self, kind: &'static str, subject: &str, window: Window) -> Outcome<Result<(), u64>> {
        let now = self.now();
        let tx = self.db().begin().await?;
        let count = Count { kind, subject, windows: &[window] };
        one_at_a_time(&tx, &[&count.lock()]).await?;
        if let Some(free_at) = count.free_at(&tx, now).await? {
            rollback(tx).await?;
            return Ok(Err(seconds_until(free_at, now)));
        }
        self.count(&tx, &count, now).await?;
        commit(tx).await?;
        Ok(Ok(()))
    }

    /// Writes one more down, within a transaction that holds the count's lock and found it free.
    pub(super) async fn count(&self, tx: &DatabaseTransaction, count: &Count<'_>, now: Millis) -> Outcome<Uuid> {
        // What no window looks at any more.
        let since = count.windows.iter().map(|window| window.since).min().unwrap_or(now);
        let text = "delete from attempt where kind = $1 and subject = $2 and at <= $3";
        run(tx, Sql::with(text, [count.kind.into(), count.subject.into(), since.into()])).await?;
        let (id, site) = (ids::new_id(self.clock()), self.site().id.0);
        let text = "insert into attempt (id, site_id, kind, subject, at) values ($1, $2, $3, $4, $5)";
        let row = [id.into(), site.into(), count.kind.into(), count.subject.into(), now.into()];
        run(tx, Sql::with(text, row)).await?;
        Ok(id)
    }

    /// Forgets the attempts of a subject, after a success.
    pub async fn forget_attempts(&self, kind: &str, subject: &str) -> Result<(), StoreError> {
        let text = "delete from attempt where kind = $1 and subject = $2";
        run(self.db().writes(), Sql::with(text, [kind.into(), subject.into()])).await?;
        Ok(())
    }
}

/// A try that found a code wrote one row. One that found none writes one too, of its own count, where the
/// other writes none: the same statements, the same rows (R-A10).
pub(super) async fn write_as_much(tx: &DatabaseTransaction, found: bool, counted: Uuid) -> Outcome<()> {
    let row = if found { Uuid::nil() } else { counted };
    run(tx, Sql::with("update attempt set at = at where id = $1", [row.into()])).await?;
    Ok(())
}

/// Something that is counted, and in which windows.
pub(super) struct Count<'a> {
    pub kind: &'static str,
    pub subject: &'a str,
    pub windows: &'a [Window],
}

impl Count<'_> {
    /// What [`one_at_a_time`] takes.
    pub fn lock(&self) -> String {
        format!("attempt {} {}", self.kind, self.subject)
    }

    /// When one of the windows is full: from when all of them have room again.
    pub async fn free_at(&self, tx: &DatabaseTransaction, now: Millis) -> Outcome<Option<Millis>> {
        let mut latest = None;
        for window in self.windows {
            let oldest = oldest_that_counts(tx, self.kind, self.subject, *window).await?;
            latest = latest.max(oldest.map(|oldest| oldest + (now - window.since)));
        }
        Ok(latest)
    }
}

/// When the window is full: the attempt that has to leave it first.
async fn oldest_that_counts(
    db: &impl ConnectionTrait,
    kind: &str,
    subject: &str,
    window: Window,
) -> Outcome<Option<Millis>> {
    let text = "select at from attempt where kind = $1 and subject = $2 and at > $3 \
                order by at desc limit 1 offset $4";
    let values = [kind.into(), subject.into(), window.since.into(), (window.max - 1).max(0).into()];
    one(db, Sql::with(text, values)).await?.map(|row| row.get("at")).transpose()
}

/// Whole seconds, at least one.
pub(super) fn seconds_until(then: Millis, now: Millis) -> u64 {
    u64::try_from((then - now).max(1)).unwrap_or(1).div_ceil(1000)
}
