//! Limits that survive a restart: what cannot be counted is refused (fail-closed).

use protocol::Millis;
use sea_orm::ConnectionTrait;

use crate::domain::ids;
use crate::store::db::{one_at_a_time, retrying};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, one, run};
use crate::store::{Store, StoreError, Window};

impl Store {
    /// Counts an attempt and says whether it is within the window's limit; when not, in how many
    /// seconds it will be. A refused attempt is not counted.
    pub async fn attempt(&self, kind: &str, subject: &str, window: Window) -> Result<Result<(), u64>, StoreError> {
        Ok(retrying(|| self.attempt_once(kind, subject, window)).await?)
    }

    async fn attempt_once(&self, kind: &str, subject: &str, window: Window) -> Outcome<Result<(), u64>> {
        let now = self.now();
        let tx = self.db().begin().await?;
        one_at_a_time(&tx, &[&format!("attempt {kind} {subject}")]).await?;
        let oldest = oldest_that_counts(&tx, kind, subject, window).await?;
        if let Some(oldest) = oldest {
            tx.rollback().await?;
            return Ok(Err(seconds_until(oldest + (now - window.since), now)));
        }
        // What no window looks at any more.
        let text = "delete from attempt where kind = $1 and subject = $2 and at <= $3";
        run(&tx, Sql::with(text, [kind.into(), subject.into(), window.since.into()])).await?;
        let site = self.site().id.0;
        let text = "insert into attempt (id, site_id, kind, subject, at) values ($1, $2, $3, $4, $5)";
        let row = [ids::new_id(self.clock()).into(), site.into(), kind.into(), subject.into(), now.into()];
        run(&tx, Sql::with(text, row)).await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Forgets the attempts of a subject, after a success.
    pub async fn forget_attempts(&self, kind: &str, subject: &str) -> Result<(), StoreError> {
        let text = "delete from attempt where kind = $1 and subject = $2";
        run(self.db().writes(), Sql::with(text, [kind.into(), subject.into()])).await?;
        Ok(())
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
