//! What a batch makes findable, and what can be found no longer.

use std::collections::{BTreeMap, BTreeSet};

use protocol::TicketId;
use protocol::http::Matched;
use protocol::model::AgentBody;
use sea_orm::DatabaseTransaction;

use super::decide::Decision;
use crate::domain::search::findable;
use crate::store::fault::Outcome;
use crate::store::search::{self, Entry};

pub(super) async fn save(tx: &DatabaseTransaction, decision: &Decision<'_>) -> Outcome<()> {
    let of_tickets = decision.opened.keys().flat_map(|ticket| of_ticket(decision, *ticket));
    let entries: Vec<Entry> = of_tickets.chain(of_events(decision)).collect();
    search::insert(tx, &entries).await?;
    search::rewrite(tx, edits(decision)).await?;
    for (ticket, seq, _) in &decision.erased {
        search::forget(tx, *ticket, *seq).await?;
    }
    let corrected = decision.addresses.values().map(|address| address.ticket);
    let changed: BTreeSet<TicketId> = decision.joined.keys().copied().chain(corrected).collect();
    for ticket in changed {
        search::set_requester(tx, ticket, &decision.ticket(ticket).agent.requester).await?;
    }
    Ok(())
}

fn of_ticket(decision: &Decision<'_>, id: TicketId) -> [Entry; 4] {
    let row = decision.ticket(id);
    let ticket = &row.agent;
    let texts = [
        (Matched::Number, ticket.number.to_string()),
        (Matched::Name, ticket.requester.name.clone()),
        (Matched::Address, ticket.requester.email.clone()),
        (Matched::Subject, ticket.subject.clone()),
    ];
    texts.map(|(matched, text)| Entry { site: row.site, ticket: id, seq: 0, matched, at: ticket.opened_at, text })
}

fn of_events(decision: &Decision<'_>) -> impl Iterator<Item = Entry> {
    decision.events.iter().flat_map(|new| {
        let (site, ticket, event) = (new.site, new.ticket, &new.row.event);
        let texts = findable(&event.body).into_iter();
        texts.map(move |(matched, text)| Entry { site, ticket, seq: event.n, matched, at: event.at, text })
    })
}

/// The last edit of each text. One that was erased after it has no words left.
fn edits<'a>(decision: &'a Decision<'_>) -> BTreeMap<(TicketId, i64), &'a str> {
    let edits = decision.events.iter().filter_map(|new| match &new.row.event.body {
        AgentBody::Edited { target, text } => Some(((new.ticket, *target), text.as_str())),
        _ => None,
    });
    edits.collect()
}
