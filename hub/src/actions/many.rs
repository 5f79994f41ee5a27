//! One request of many acts, on many tickets or several on one: each by itself, with an outcome of its own.

use std::collections::HashMap;

use futures_util::future::join_all;
use protocol::http::{ManyDone, Outcome, RefusedAct, TicketAct};
use protocol::{ClientId, ErrorCode, TicketId};
use uuid::Uuid;

use super::conversation::parse_action;
use super::{Caller, Hub};
use crate::domain::access::Agent;
use crate::domain::limits::ACTS_MAX;
use crate::domain::{Locale, Refusal, sentence};
use crate::store::StoreError;
use crate::store::writer::{Act, Actor, Append};

/// Does each act whose ticket the agent may see and whose state allows it; those on one ticket in their order.
/// The key counts for each act of each ticket: a repeat gets the same numbers for what was done, and decides the
/// rest anew.
pub async fn decide(
    hub: &Hub,
    agent: &Agent,
    caller: &Caller,
    key: ClientId,
    acts: Vec<TicketAct>,
) -> Result<ManyDone, StoreError> {
    if acts.len() > ACTS_MAX {
        return Err(Refusal::of("acts", ErrorCode::TooLong).with_limit(ACTS_MAX as u64).into());
    }
    let mut of_ticket: HashMap<TicketId, u128> = HashMap::with_capacity(acts.len());
    let mut appends = Vec::with_capacity(acts.len());
    for TicketAct { ticket, action, if_last_n } in acts {
        let act = parse_action(action)?;
        // What cannot be taken back is done one by one.
        if matches!(act, Act::Redact { .. } | Act::Merge { .. }) {
            return Err(Refusal::of("acts", ErrorCode::BadValue).into());
        }
        let nth = of_ticket.entry(ticket).or_default();
        let (site, actor, client_id) = (agent.site, Actor::Agent(agent.login), key_of(key, *nth));
        *nth += 1;
        appends.push(Append { site, ticket, actor, client_id, act, if_last_n });
    }
    // All at once, so that they share commits: each is in the writer's queue once it was polled, in this order.
    let written = join_all(appends.into_iter().map(|append| one(hub, append, caller.locale)));
    Ok(ManyDone { outcomes: written.await })
}

/// Each act of one ticket has a key of its own, made from the request's, so that a repeat finds it again.
fn key_of(key: ClientId, nth: u128) -> ClientId {
    ClientId(Uuid::from_u128(key.0.as_u128() ^ nth))
}

async fn one(hub: &Hub, append: Append, locale: Locale) -> Outcome {
    let ticket = append.ticket;
    match hub.store.append(append).await {
        Ok(appended) => Outcome { ticket, n: Some(appended.n), refused: None },
        Err(error) => refused(ticket, &refusal(error), locale),
    }
}

/// A fault of the store is told as any refusal; the same key tries it again.
fn refusal(error: StoreError) -> Refusal {
    match error {
        StoreError::Refused(refusal) => refusal,
        error => {
            tracing::warn!(%error, "could not write one of many acts");
            Refusal::new(ErrorCode::Unavailable)
        }
    }
}

fn refused(ticket: TicketId, refusal: &Refusal, locale: Locale) -> Outcome {
    let title = sentence(refusal, locale);
    Outcome { ticket, n: None, refused: Some(RefusedAct { code: refusal.code, title }) }
}
