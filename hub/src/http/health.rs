//! How the hub is, for whoever runs it, on a listener of its own: no page, no person and no ticket is told of.
//!
//! `/healthz` answers while the process does. `/readyz` says whether people should be sent here: not while the
//! node goes away, its database does not answer, or it alone is cut off from the others. A Redis that is away
//! for all of them is no reason: then no node would be left.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use protocol::model::PresenceScope;
use serde::Serialize;

use crate::actions::Hub;
use crate::live::Live;
use crate::metrics::{BusNow, MailsNow, Now};
use crate::store::alerts::Lane;

/// The database answers within this, or the node is not ready.
const ANSWER_WAIT_MS: u64 = 1_000;

/// What is answered there; clones are the same.
#[derive(Clone)]
struct Health {
    hub: Hub,
    live: Live,
}

pub fn router(hub: Hub, live: Live) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Health { hub, live })
}

/// In words: "up", or what is wrong.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    database: &'static str,
    /// "none" on a lone node, "up", "away" (for every node alike), "deaf" (this one).
    bus: &'static str,
    /// Whether presence and floods of the other nodes are known here.
    presence: &'static str,
    draining: bool,
}

async fn ready(State(Health { hub, live }): State<Health>) -> Response {
    let database = matches!(hub.clock.within(ANSWER_WAIT_MS, hub.store.ping()).await, Some(Ok(())));
    let state = *hub.bus.state().borrow();
    let bus = match (hub.bus.has_others(), state.is_deaf, state.is_away) {
        (false, _, _) => "none",
        (true, true, _) => "deaf",
        (true, false, true) => "away",
        (true, false, false) => "up",
    };
    let draining = live.is_draining();
    let ready = database && !state.is_deaf && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let presence = match hub.presence.scope() {
        PresenceScope::Hub => "of all nodes",
        PresenceScope::Node => "of this node",
    };
    let database = if database { "up" } else { "does not answer" };
    (status, Json(Readiness { ready, database, bus, presence, draining })).into_response()
}

async fn metrics(State(Health { hub, live }): State<Health>) -> Response {
    let (agents, requesters, tickets_read) = live.counts();
    let clock_now = hub.clock.now();
    let mut mails = Vec::new();
    for lane in [Lane::Codes, Lane::Alerts] {
        // What the database cannot tell now is left out.
        let told = hub.clock.within(ANSWER_WAIT_MS, hub.store.mails_due(lane)).await.and_then(Result::ok);
        let due = told.map(|(due, oldest)| {
            let late_ms = oldest.map_or(0, |oldest| (clock_now - oldest).max(0));
            (due, late_ms as f64 / 1_000.0)
        });
        mails.push(MailsNow { lane: lane.name(), due });
    }
    let now = Now {
        agents,
        requesters,
        tickets_read,
        is_draining: live.is_draining(),
        writes_queued: hub.store.writes_queued(),
        commits_queued: hub.store.commits_queued(),
        words_queued: hub.bus.words_unread(),
        outbox_bytes: live.outbox_bytes(),
        bus: bus(&hub),
        mails,
        pools: hub.store.pools(),
    };
    let text = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, text)], hub.metrics.text(&now)).into_response()
}

fn bus(hub: &Hub) -> BusNow {
    if !hub.bus.has_others() {
        return BusNow::default();
    }
    let (state, counts) = (*hub.bus.state().borrow(), hub.bus.counts());
    BusNow {
        is_up: !state.is_cut_off(),
        is_deaf: state.is_deaf,
        generation: state.generation,
        silence_s: hub.bus.silence_ms() as f64 / 1_000.0,
        queued: hub.bus.words_queued(),
        told: counts.told,
        untold: counts.untold,
        heard: counts.heard,
        not_understood: counts.not_understood,
    }
}
