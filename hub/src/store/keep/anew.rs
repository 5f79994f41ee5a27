//! What a restored database begins anew with, so that nothing of the time since the backup is taken for what it
//! is not: another epoch, and nothing open that somebody may have used since.

use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use uuid::Uuid;

use crate::domain::alert::AlertTimes;
use crate::domain::file::ObjectKey;
use crate::domain::limits::SWEPT_AT_ONCE_MAX;
use crate::domain::{Clock, ids};
use crate::store::alerts::{Settling, There};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, one, run_patiently};

/// What has to be known of a restore beside the rows.
#[derive(Clone, Debug)]
pub struct Anew {
    /// The keys that are there: what was made with another one is void.
    pub kids: Vec<String>,
    /// Files that were removed while the backup was made.
    pub gone: Vec<ObjectKey>,
    pub times: AlertTimes,
}

pub(super) async fn begin_anew(tx: &DatabaseTransaction, clock: &Clock, anew: &Anew) -> Outcome<()> {
    let now = clock.now();
    queue_due_alerts(tx, clock, &anew.times).await?;
    for text in [
        // Nobody holds them any more.
        "update delivery set lease = null, lease_until = null where lease is not null",
        // Whoever wanted a code asks again. One that was used since would work once more.
        "update delivery set state = 'cancelled', done_at = $1 where kind = 'm3' and state in ('queued', 'held')",
        "update access_code set ended_at = $1 where ended_at is null",
        "update one_time_link set used_at = $1 where used_at is null",
        "update realtime_token set used_at = $1 where used_at is null",
        // Their bytes never came to their end.
        "update attachment set state = 'dropped', client_id = null, lease = null, lease_until = null, parts_id = null \
         where state = 'uploading'",
    ] {
        let values: Vec<Value> = if text.contains("$1") { vec![now.into()] } else { Vec::new() };
        run_patiently(tx, Sql::with(text, values)).await?;
    }
    for keys in anew.gone.chunks(usize::try_from(SWEPT_AT_ONCE_MAX).unwrap_or(1)) {
        let mut sql = Sql::new("with k(object_key) as (");
        sql.rows_to_find(keys.iter().map(|key| [key.as_str().into()]).collect()).push(
            ") update attachment set state = case when seq is null then 'dropped' else 'erased' end, client_id = null \
             from k where attachment.object_key = k.object_key and attachment.state = 'stored'",
        );
        run_patiently(tx, sql).await?;
    }
    end_links_of_other_keys(tx, &anew.kids).await?;
    let mut sql = Sql::new("update hub_meta set access_version = access_version + 1, epoch = ");
    sql.bind(ids::new_id(clock)).push(" where id = 1");
    run_patiently(tx, sql).await?;
    Ok(())
}

/// Alerts whose time came since the backup get the identity that they had there, which is the old epoch's: sent
/// twice, they are the same mail. Nobody is there to attend anything.
async fn queue_due_alerts(tx: &DatabaseTransaction, clock: &Clock, times: &AlertTimes) -> Outcome<()> {
    let row = one(tx, Sql::new("select epoch from hub_meta where id = 1")).await?;
    let row = row.ok_or_else(|| Fault::Failed("hub_meta is empty".to_owned()))?;
    let epoch: Uuid = row.get("epoch")?;
    let settling = Settling { clock, times, epoch };
    let max = SWEPT_AT_ONCE_MAX.unsigned_abs();
    while !settling.settle(tx, max, &|_| There::default()).await?.is_empty() {}
    Ok(())
}

/// The next mail about a ticket makes a new link: a link's key never changes (decisions.md 4).
async fn end_links_of_other_keys(tx: &DatabaseTransaction, kids: &[String]) -> Outcome<()> {
    let mut sql = Sql::new("delete from secure_link where kid not in (");
    for (index, kid) in kids.iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " }).bind(kid.as_str());
    }
    if kids.is_empty() {
        // None is there, and none is called so.
        sql.bind("");
    }
    sql.push(")");
    run_patiently(tx, sql).await?;
    let row = one(tx, Sql::new("select keys_fingerprint from hub_meta where id = 1")).await?;
    let newest: Option<String> = row.map_or(Ok(None), |row| row.get("keys_fingerprint"))?;
    let is_there = newest
        .as_deref()
        .and_then(|kept| kept.split_once(' '))
        .is_some_and(|(kid, _)| kids.iter().any(|held| held == kid));
    if !is_there {
        // The first start makes a key, and the database knows that one.
        tx.execute_unprepared("update hub_meta set keys_fingerprint = null where id = 1").await?;
    }
    Ok(())
}
