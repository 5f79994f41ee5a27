//! Who is here: forgets who has gone, and tells the other nodes, once in a while, who is still here.

use std::sync::Arc;

use protocol::ParticipantId;
use tokio_util::sync::CancellationToken;

use super::registry::Registry;
use crate::actions::Hub;
use crate::bus::Signal;

/// How often presence is swept: well under the 30 s after which somebody counts as offline.
const SWEEP_MS: u64 = 5_000;
/// How often the other nodes hear who is here: twice in those 30 s may fail.
const ANNOUNCE_MS: u64 = 10_000;
/// How often they hear what networks asked of this node.
const FLOODS_MS: u64 = 1_000;
/// People of one word.
const PEOPLE_AT_ONCE_MAX: usize = 1_000;

/// Forgets who has gone and whose attention ran out, and tells it here: the other nodes see it by themselves.
pub async fn sweep_for_ever(hub: Hub, registry: Arc<Registry>, stop: CancellationToken) {
    while passes(&hub, SWEEP_MS, &stop).await {
        let (offline, mut changed) = hub.presence.sweep(hub.clock.now());
        changed.extend(offline.iter().flat_map(|person| registry.tickets_requested_by(*person)));
        changed.sort_unstable();
        changed.dedup();
        for ticket in changed {
            hub.bus.publish_here(Signal::PresenceChanged(ticket));
        }
        if !offline.is_empty() {
            hub.bus.publish_here(Signal::ColleaguesChanged(offline));
        }
    }
}

/// Tells the other nodes who is here.
pub async fn announce_for_ever(hub: Hub, stop: CancellationToken) {
    while passes(&hub, ANNOUNCE_MS, &stop).await {
        let here: Vec<ParticipantId> = hub.presence.here();
        for people in here.chunks(PEOPLE_AT_ONCE_MAX) {
            hub.bus.tell_others(&Signal::Here(people.to_vec()));
        }
    }
}

/// Tells the other nodes how much networks asked of this one.
pub async fn share_floods_for_ever(hub: Hub, stop: CancellationToken) {
    while passes(&hub, FLOODS_MS, &stop).await {
        let passed = hub.floods.take_passed();
        if !passed.is_empty() {
            hub.bus.tell_others(&Signal::Asked(passed));
        }
    }
}

/// Waits; `false`: it is time to stop.
async fn passes(hub: &Hub, ms: u64, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = hub.clock.sleep(ms) => true,
        () = stop.cancelled() => false,
    }
}
