//! Whose sessions this node knows: those of the whole hub, or its own while others may be running of which it
//! hears nothing. Agents are told, so that nobody takes a colleague of another node for somebody who is away.
//! Requesters are not: their page never says that an agent is away.

use std::sync::Arc;

use protocol::frame::ServerFrame;
use protocol::model::PresenceScope;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, encode};
use super::outbox::Fleeting;
use super::registry::Registry;
use crate::actions::Hub;
use crate::bus::State;
use crate::domain::access::Audience;
use crate::store::StoreError;

/// The others are on the bus again within 2 s, tell who is there every 10 s, and pages what they look at every 20.
const KNOWN_AGAIN_MS: u64 = 25_000;
/// How often a node without a bus looks whether it is alone.
const LOOK_MS: u64 = 20_000;

/// Follows it until it is told to stop.
pub async fn follow_for_ever(hub: Hub, registry: Arc<Registry>, stop: CancellationToken) {
    let follow = async {
        match hub.bus.has_others() {
            true => drop(by_bus(&hub, &registry).await),
            false => by_database(&hub, &registry).await,
        }
    };
    tokio::select! {
        () = follow => {}
        () = stop.cancelled() => {}
    }
}

/// Ends with the bus: `None`.
async fn by_bus(hub: &Hub, registry: &Registry) -> Option<()> {
    let mut bus = hub.bus.state();
    loop {
        let generation = bus.wait_for(|state| !state.is_cut_off()).await.ok()?.generation;
        if let Some(lost) = hub.clock.within(KNOWN_AGAIN_MS, is_lost(&mut bus, generation)).await {
            lost?;
            continue;
        }
        set(hub, registry, PresenceScope::Hub);
        is_lost(&mut bus, generation).await?;
        set(hub, registry, PresenceScope::Node);
    }
}

/// Waits until words may have been missed since the bus was subscribed to so often.
async fn is_lost(bus: &mut watch::Receiver<State>, generation: u64) -> Option<()> {
    bus.wait_for(|state| state.is_cut_off() || state.generation != generation).await.ok().map(drop)
}

/// Without a bus nothing is heard of other nodes: all there is to know is whether there are any.
async fn by_database(hub: &Hub, registry: &Registry) {
    loop {
        if let Err(error) = look(hub, registry).await {
            tracing::warn!(%error, "could not look whether other nodes are running");
        }
        hub.clock.sleep(LOOK_MS).await;
    }
}

/// Whether others run on the same database, for a node without a bus.
async fn look(hub: &Hub, registry: &Registry) -> Result<(), StoreError> {
    let scope = match hub.store.has_other_nodes().await? {
        true => PresenceScope::Node,
        false => PresenceScope::Hub,
    };
    set(hub, registry, scope);
    Ok(())
}

fn set(hub: &Hub, registry: &Registry, scope: PresenceScope) {
    if !hub.presence.set_scope(scope) {
        return;
    }
    let frame = encode(&ServerFrame::PresenceScope { scope });
    for agent in registry.agents() {
        agent.fleeting(Fleeting::PresenceScope, frame.clone());
    }
}

/// An agent's page takes it that the whole hub is known unless it is told otherwise.
pub fn tell_welcomed(hub: &Hub, connection: &Connection) {
    let scope = hub.presence.scope();
    if connection.audience == Audience::Agent && scope == PresenceScope::Node {
        connection.control(&ServerFrame::PresenceScope { scope });
    }
}
