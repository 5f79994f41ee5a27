//! The outbox and the leases: only words that this version knows, and nothing held or waiting for ever.

use protocol::Millis;
use uuid::Uuid;

use super::Wrong;
use crate::domain::limits::{DUE_FAR_MS, LEASE_FAR_MS};
use crate::store::alerts::{KINDS, STATES};
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

/// Mails of a kind or state that nobody handles.
pub(super) async fn unknown(look: &Look) -> Outcome<Wrong> {
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

pub(super) fn push_words<'a>(sql: &'a mut Sql, words: &[&str]) -> &'a mut Sql {
    for (index, word) in words.iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " }).bind(*word);
    }
    sql
}

/// Leases of mails and uploads without an end, or with one that no hub gave them; and mails that are due when nobody
/// is there any more.
pub(super) async fn endless(look: &Look, now: Millis) -> Outcome<Wrong> {
    let text = "select 'delivery' as what, id from delivery where lease_until > $1 \
                or lease is not null and lease_until is null \
                union all select 'attachment', id from attachment where lease_until > $1 \
                or (lease is not null or state = 'uploading') and lease_until is null order by 1, 2";
    let mut wrong = Wrong::default();
    for row in all_patiently(look.reads(), Sql::with(text, [(now + LEASE_FAR_MS).into()])).await? {
        let (what, id): (String, Uuid) = (row.get("what")?, row.get("id")?);
        wrong.add(|| format!("the lease of the {what} {id} has no end, or one that is days away"));
    }
    let text = "select 'delivery' as what, id from delivery where state = 'queued' and due_at > $1 \
                union all select 'attention', id from attention where mail_due > $1 order by 1, 2";
    for row in all_patiently(look.reads(), Sql::with(text, [(now + DUE_FAR_MS).into()])).await? {
        let (what, id): (String, Uuid) = (row.get("what")?, row.get("id")?);
        wrong.add(|| format!("the mail of the {what} {id} is due later than any setting says"));
    }
    Ok(wrong)
}
