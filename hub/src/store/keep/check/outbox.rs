//! The outbox and the leases: only words that this version knows, and nothing held for ever.

use uuid::Uuid;

use super::Wrong;
use crate::store::alerts::{KINDS, STATES};
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

/// Mails of a kind or state that nobody handles; and leases of mails and uploads without an end.
pub(super) async fn check(look: &Look) -> Outcome<(Wrong, Wrong)> {
    Ok((unknown(look).await?, endless(look).await?))
}

async fn unknown(look: &Look) -> Outcome<Wrong> {
    let mut sql = Sql::new("select id, kind, channel, state from delivery where channel <> 'mail' or kind not in (");
    push_words(&mut sql, &KINDS).push(") or state not in (");
    push_words(&mut sql, &STATES).push(") order by id");
    let mut wrong = Wrong::default();
    for row in all_patiently(look.reads(), sql).await? {
        let (id, kind): (Uuid, String) = (row.get("id")?, row.get("kind")?);
        let (channel, state): (String, String) = (row.get("channel")?, row.get("state")?);
        wrong.add(|| format!("the delivery {id} is {kind} by {channel}, {state}"));
    }
    Ok(wrong)
}

fn push_words<'a>(sql: &'a mut Sql, words: &[&str]) -> &'a mut Sql {
    for (index, word) in words.iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " }).bind(*word);
    }
    sql
}

async fn endless(look: &Look) -> Outcome<Wrong> {
    let text = "select 'delivery' as what, id from delivery where lease is not null and lease_until is null \
                union all select 'attachment', id from attachment where lease is not null and lease_until is null \
                or state = 'uploading' and lease_until is null order by 1, 2";
    let mut wrong = Wrong::default();
    for row in all_patiently(look.reads(), Sql::new(text)).await? {
        let (what, id): (String, Uuid) = (row.get("what")?, row.get("id")?);
        wrong.add(|| format!("the lease of the {what} {id} has no end"));
    }
    Ok(wrong)
}
