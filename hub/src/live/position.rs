//! The position check: what a lost hint would have hidden is found by a read.
//!
//! Every 20 s ± 25 %, one batched query for the tickets with readers here (feeds and rows), one for
//! the logins of open connections. It also sweeps presence.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::delivery::Delivery;
use super::registry::Registry;
use super::rights;
use crate::actions::Hub;
use crate::bus::Signal;
use crate::domain::access::Audience;
use crate::domain::limits::POSITION_CHECK_MS;
use crate::store::StoreError;
use crate::store::tickets::Position;

/// Tickets of one query.
const TICKETS_MAX: usize = 1_000;
/// How often presence is swept: well under the 30 s after which somebody counts as offline.
const SWEEP_MS: u64 = 5_000;

/// Checks positions until it is told to stop.
pub async fn check_for_ever(hub: Hub, registry: Arc<Registry>, stop: CancellationToken) {
    let delivery = Delivery::new(hub.clone(), Arc::clone(&registry));
    loop {
        tokio::select! {
            () = hub.clock.sleep(super::jitter(POSITION_CHECK_MS * 3 / 4, POSITION_CHECK_MS * 5 / 4)) => {}
            () = stop.cancelled() => return,
        }
        check(&hub, &registry, &delivery).await;
    }
}

/// One check, now.
pub async fn check(hub: &Hub, registry: &Arc<Registry>, delivery: &Delivery) {
    for tickets in registry.tickets().chunks(TICKETS_MAX) {
        match hub.store.positions(tickets).await {
            Ok(positions) => {
                for position in positions {
                    if let Err(error) = settle(hub, registry, delivery, position).await {
                        tracing::warn!(%error, "could not re-read a row");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "could not check positions"),
        }
    }
    rights::reread(hub, registry, registry.connections()).await;
}

async fn settle(hub: &Hub, registry: &Registry, delivery: &Delivery, position: Position) -> Result<(), StoreError> {
    for reader in registry.readers(position.ticket) {
        let last_n = match reader.audience {
            Audience::Agent => position.last_seq,
            Audience::Requester => position.last_pub_seq,
        };
        reader.outbox().position(position.ticket, last_n);
        reader.wake.notify_one();
    }
    if !registry.tell_version(position.ticket, position.version) {
        return Ok(());
    }
    let site = hub.store.site().id;
    let Some(ticket) = hub.store.ticket_ref(site, position.ticket).await? else { return Ok(()) };
    if let Some(row) = hub.store.agent_rows(&[position.ticket]).await?.pop() {
        delivery.agent_row(&ticket, None, row);
    }
    if let Some(row) = hub.store.public_rows(&[position.ticket]).await?.pop() {
        delivery.public_row(&ticket, row);
    }
    Ok(())
}

/// Forgets who has gone and whose attention ran out, and tells it.
pub async fn sweep_for_ever(hub: Hub, registry: Arc<Registry>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = hub.clock.sleep(SWEEP_MS) => {}
            () = stop.cancelled() => return,
        }
        let (offline, mut changed) = hub.presence.sweep(hub.clock.now());
        changed.extend(offline.iter().flat_map(|person| registry.tickets_requested_by(*person)));
        changed.sort_unstable();
        changed.dedup();
        for ticket in changed {
            hub.bus.publish(Signal::PresenceChanged(ticket));
        }
    }
}
