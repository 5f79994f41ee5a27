//! The search's index: everything that is written is found by its words, and nothing that was erased.

use std::collections::HashSet;

use protocol::TicketId;
use sea_orm::{DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::Wrong;
use crate::domain::limits::{TEXTS_CHECKED_AT_ONCE, TICKETS_CHECKED_AT_ONCE};
use crate::store::db::rollback;
use crate::store::fault::Outcome;
use crate::store::keep::Look;
use crate::store::search::{self, EDITED, Entry, of_event, of_ticket};
use crate::store::sql::{Columns, Sql, all_patiently, word};

/// A text's place: its ticket and event.
type Place = (Uuid, i64);

pub(super) async fn check(look: &Look) -> Outcome<Wrong> {
    let mut wrong = Wrong::default();
    of_tickets(look, &mut wrong).await?;
    of_events(look, &mut wrong).await?;
    Ok(wrong)
}

/// Number, subject, and of whom each ticket is.
async fn of_tickets(look: &Look, wrong: &mut Wrong) -> Outcome<()> {
    let mut after = Uuid::nil();
    loop {
        let tx = look.state().await?;
        let text = "select t.id as ticket_id, t.site_id, t.number, t.subject, t.opened_at, r.name, r.email \
                    from ticket t join participant r on r.id = t.requester_id where t.id > $1 order by t.id limit $2";
        let rows = all_patiently(&tx, Sql::with(text, [after.into(), TICKETS_CHECKED_AT_ONCE.into()])).await?;
        let Some(last) = rows.last() else { return rollback(tx).await };
        after = last.get("ticket_id")?;
        let mut entries = Vec::new();
        for row in &rows {
            entries.extend(of_ticket(row)?);
        }
        not_found(&tx, &entries, wrong).await?;
        rollback(tx).await?;
    }
}

/// What stands in events, a stretch of all logs at a time.
async fn of_events(look: &Look, wrong: &mut Wrong) -> Outcome<()> {
    let mut after: Place = (Uuid::nil(), 0);
    loop {
        let tx = look.state().await?;
        let rows = events(&tx, after).await?;
        let is_last = rows.len() < usize::try_from(TEXTS_CHECKED_AT_ONCE).unwrap_or(usize::MAX);
        let upto = rows.last().map(place).transpose()?.filter(|_| !is_last).unwrap_or((Uuid::max(), i64::MAX));
        let mut entries = Vec::new();
        for row in &rows {
            match of_event(row) {
                Ok(texts) => entries.extend(texts),
                Err(_) => {
                    let (ticket, seq) = place(row)?;
                    wrong.add(|| format!("the event {seq} of the ticket {ticket} cannot be read"));
                }
            }
        }
        not_found(&tx, &entries, wrong).await?;
        left_over(&tx, after, upto, &entries, wrong).await?;
        rollback(tx).await?;
        if is_last {
            return Ok(());
        }
        after = upto;
    }
}

async fn events(tx: &DatabaseTransaction, after: Place) -> Outcome<Vec<QueryResult>> {
    let text = format!(
        "select e.site_id, e.ticket_id, e.seq, e.at, e.body, ({EDITED}) as edited from event e \
         where (e.ticket_id, e.seq) > ($1, $2) and e.kind in ('opened', 'message', 'note') \
         order by e.ticket_id, e.seq limit $3"
    );
    all_patiently(tx, Sql::with(text, [after.0.into(), after.1.into(), TEXTS_CHECKED_AT_ONCE.into()])).await
}

fn place(row: &QueryResult) -> Outcome<Place> {
    Ok((row.get("ticket_id")?, row.get("seq")?))
}

async fn not_found(tx: &DatabaseTransaction, entries: &[Entry], wrong: &mut Wrong) -> Outcome<()> {
    for (ticket, seq, kind) in search::not_found(tx, entries).await? {
        wrong.add(|| format!("{} of the ticket {ticket} is not found by its words", named(seq, &kind)));
    }
    Ok(())
}

/// Rows of the index behind which no text stands.
async fn left_over(
    tx: &DatabaseTransaction,
    after: Place,
    upto: Place,
    entries: &[Entry],
    wrong: &mut Wrong,
) -> Outcome<()> {
    let expected: HashSet<(TicketId, i64, String)> =
        entries.iter().map(|entry| (entry.ticket, entry.seq, word(entry.matched))).collect();
    let text = "select ticket_id, seq, kind from search_entry where (ticket_id, seq) > ($1, $2) \
                and (ticket_id, seq) <= ($3, $4) and seq > 0 order by ticket_id, seq";
    let range = [after.0.into(), after.1.into(), upto.0.into(), upto.1.into()];
    for row in all_patiently(tx, Sql::with(text, range)).await? {
        let found = (row.id("ticket_id")?, row.get("seq")?, row.get("kind")?);
        if !expected.contains(&found) {
            let (ticket, seq, kind) = found;
            wrong.add(|| format!("{} of the ticket {ticket} is found, and is not there", named(seq, &kind)));
        }
    }
    Ok(())
}

fn named(seq: i64, kind: &str) -> String {
    if seq == 0 { format!("the {kind}") } else { format!("the {kind} {seq}") }
}
