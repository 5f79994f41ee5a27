//! Live sessions: the websockets of this node, and how committed events reach them.
//!
//! The database is the truth; what happens here only makes it fast. `delivery` takes commits and signals,
//! `fanout` brings them to the `registry`'s connections, each `connection` has a bounded `outbox`, each `session` writes its own
//! socket, `resume` joins feeds and refills them from the database, and `position` finds whatever a
//! lost hint would have hidden, `people` who has gone, and `scope` whose sessions are known. Nothing here knows SQL or HTTP routes.

mod admission;
mod connection;
mod delivery;
mod fanout;
mod flood;
mod inbound;
mod outbox;
mod people;
mod position;
mod registry;
mod resume;
mod rights;
mod scope;
mod session;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use protocol::frame::{CloseCode, SUBPROTOCOL, ServerFrame};
use protocol::model::PresenceScope;
use protocol::{ErrorCode, LoginId, TicketId};
use tokio::sync::SemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::actions::Hub;
use crate::domain::access::{Audience, Who};
use crate::domain::ids::random_between as jitter;
use crate::domain::limits::{DELIVERY_END_MS, DRAIN_MS, FRAME_BYTES_MAX, LONG_POLL_MAX_S, MOVE_MS};
use crate::domain::{Locale, Refusal};
use admission::{Admission, Turns};
use delivery::Delivery;
use fanout::Fanout;
use registry::Registry;

/// The live part of a node; clones are the same.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    hub: Hub,
    registry: Arc<Registry>,
    admission: Admission,
    /// To find out who comes, and to join their feeds.
    known: Turns,
    joined: Turns,
    /// Ends the background tasks.
    stop: CancellationToken,
    /// No new sockets any more.
    draining: CancellationToken,
    background: TaskTracker,
    sessions: TaskTracker,
}

/// What is known of a socket before its first frame.
#[derive(Debug)]
pub struct Handshake {
    pub audience: Audience,
    /// By the path's own cookie; without one the first frame brings a token.
    pub who: Option<Who>,
    pub network: String,
    pub locale: Locale,
}

impl Live {
    /// Begins to deliver what the store commits.
    pub fn start(hub: Hub) -> Self {
        let inner = Inner {
            registry: Arc::default(),
            admission: Admission::default(),
            known: Turns::default(),
            joined: Turns::default(),
            stop: CancellationToken::new(),
            draining: CancellationToken::new(),
            background: TaskTracker::new(),
            sessions: TaskTracker::new(),
            hub,
        };
        let (hub, registry, stop) = (&inner.hub, &inner.registry, &inner.stop);
        let delivery = Delivery::new(hub.clone(), Arc::clone(registry));
        inner.background.spawn(delivery.run(hub.store.commits(), hub.bus.subscribe(), stop.clone()));
        inner.background.spawn(position::check_for_ever(hub.clone(), Arc::clone(registry), stop.clone()));
        inner.background.spawn(rights::end_with_logins(hub.clone(), Arc::clone(registry), stop.clone()));
        let ends = rights::end_with_words(hub.bus.clone(), Arc::clone(registry), hub.bus.subscribe(), stop.clone());
        inner.background.spawn(ends);
        inner.background.spawn(people::sweep_for_ever(hub.clone(), Arc::clone(registry), stop.clone()));
        inner.background.spawn(people::share_floods_for_ever(hub.clone(), stop.clone()));
        inner.background.spawn(scope::follow_for_ever(hub.clone(), Arc::clone(registry), stop.clone()));
        if hub.bus.has_others() {
            hub.presence.set_scope(PresenceScope::Node);
            inner.background.spawn(people::announce_for_ever(hub.clone(), stop.clone()));
        }
        Self { inner: Arc::new(inner) }
    }

    /// Waits for the turn to find out who opens a socket.
    ///
    /// # Errors
    /// When it does not come in time, or the node is going away.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        if self.is_draining() {
            return Err(Refusal::new(ErrorCode::Unavailable).retry_after_s(1));
        }
        self.inner.known.next(&self.inner.hub.clock).await
    }

    /// Answers the upgrade and runs the session.
    ///
    /// # Errors
    /// When there are too many sockets already, or the node is going away.
    pub fn upgrade(&self, upgrade: WebSocketUpgrade, handshake: Handshake) -> Result<Response, Refusal> {
        if self.is_draining() {
            return Err(Refusal::new(ErrorCode::Unavailable).retry_after_s(1));
        }
        let (login, person) = identity(handshake.who.as_ref());
        let place = self.inner.admission.admit(login, person, handshake.network.clone())?;
        let inner = Arc::clone(&self.inner);
        // Small buffers: tungstenite's own cost 134 KB per idle socket (M-2, M-3). It keeps the read
        // buffer for as long as the socket lives; a longer frame gets one of its own meanwhile.
        let upgrade = upgrade
            .protocols([SUBPROTOCOL])
            .read_buffer_size(512)
            .write_buffer_size(4 * 1024)
            .max_write_buffer_size(2 * FRAME_BYTES_MAX)
            .max_message_size(FRAME_BYTES_MAX)
            .max_frame_size(FRAME_BYTES_MAX);
        // A task of its own, and boxes: the upgrade's task would keep room for all of it, twice.
        let handshake = Box::new(handshake);
        Ok(upgrade.on_upgrade(move |socket| {
            let session = session::run(Arc::clone(&inner), Box::new(socket), handshake, place);
            inner.sessions.spawn(session);
            std::future::ready(())
        }))
    }

    /// Waits until the ticket's log has moved past `after`, or for `wait_s` seconds.
    pub async fn wait(&self, ticket: TicketId, audience: Audience, after: i64, wait_s: u64) {
        let inner = &self.inner;
        let poll = inner.registry.wait(ticket, audience, after);
        // Registered before the look, so that nothing in between is missed.
        let moved = match inner.hub.store.positions(&[ticket]).await {
            Ok(positions) => positions.iter().any(|position| position.last_n(audience) > after),
            Err(_) => true,
        };
        if !moved {
            let wait_ms = wait_s.min(LONG_POLL_MAX_S) * 1_000;
            tokio::select! {
                () = poll.news() => {}
                () = inner.hub.clock.sleep(wait_ms) => {}
                () = inner.draining.cancelled() => {}
            }
        }
    }

    /// One position check, now: what otherwise happens every 20 s.
    pub async fn check_positions(&self) {
        let fanout = Fanout::new(Arc::clone(&self.inner.registry));
        position::check(&self.inner.hub, &self.inner.registry, &fanout).await;
    }

    /// Whether the node is going away.
    pub fn is_draining(&self) -> bool {
        self.inner.draining.is_cancelled()
    }

    /// Sockets of agents and of requesters, and tickets with readers.
    pub fn counts(&self) -> (usize, usize, usize) {
        self.inner.registry.counts()
    }

    /// Bytes that wait for all sockets together.
    pub fn outbox_bytes(&self) -> usize {
        self.inner.registry.connections().iter().map(|connection| connection.outbox().bytes()).sum()
    }

    /// (connections, entries of the registry): nothing when everybody has gone.
    pub fn sizes(&self) -> (usize, usize) {
        self.inner.registry.sizes()
    }

    /// Asks every page to go elsewhere, at a moment of its choice, then closes what is left and ends the
    /// background tasks (R-K14).
    pub async fn drain(&self) {
        let inner = &self.inner;
        inner.draining.cancel();
        for connection in inner.registry.connections() {
            connection.control(&ServerFrame::Move { in_ms: MOVE_MS });
        }
        inner.sessions.close();
        let left = inner.hub.clock.within(MOVE_MS, inner.sessions.wait()).await;
        if left.is_none() {
            for connection in inner.registry.connections() {
                connection.close(CloseCode::Draining);
            }
            inner.hub.clock.within(DRAIN_MS - MOVE_MS, inner.sessions.wait()).await;
        }
        inner.stop.cancel();
        inner.background.close();
        inner.hub.clock.within(DELIVERY_END_MS, inner.background.wait()).await;
    }
}

/// Which login and which person a socket counts for.
fn identity(who: Option<&Who>) -> (Option<LoginId>, Option<protocol::ParticipantId>) {
    match who {
        Some(Who::Agent(agent)) => (Some(agent.login), Some(agent.id)),
        Some(Who::Visitor(visitor)) => (Some(visitor.login), visitor.customer),
        None => (None, None),
    }
}
