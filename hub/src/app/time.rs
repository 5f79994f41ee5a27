//! What time does to tickets: solved ones are closed, those that were put aside come back.
//!
//! Each is an event of the ticket's log, written by the writer under the ticket's lock and only if it is
//! still so. A lease would guard nothing more: several nodes may look at once, one of them does it, and a
//! node that dies has left either the event or the ticket as it was.

use tokio_util::sync::CancellationToken;

use crate::actions::Hub;
use crate::domain::limits::{WAKE_AT_ONCE_MAX, WAKE_LOOK_MS};

/// How often the hub looks for tickets to close, and how soon again while there are some.
const CLOSE_LOOK_MS: u64 = 10 * 60 * 1000;
const MORE_MS: u64 = 1_000;
const CLOSE_AT_ONCE_MAX: u64 = 64;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Closes tickets that have been solved for long, a few at a time, so that people's own writes never wait
/// behind it.
pub async fn close_rested(hub: Hub, after_days: u32, stop: CancellationToken) {
    if after_days == 0 {
        return;
    }
    loop {
        let rested_since = hub.clock.now() - i64::from(after_days) * DAY_MS;
        let closed = hub.store.close_rested(rested_since, CLOSE_AT_ONCE_MAX).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "could not close tickets that are solved for long");
            0
        });
        let wait_ms = if closed > 0 { MORE_MS } else { CLOSE_LOOK_MS };
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.clock.sleep(wait_ms) => {}
        }
    }
}

/// Brings tickets back at their time, to the millisecond where this node knew of it, else within one look.
pub async fn wake_snoozed(hub: Hub, stop: CancellationToken) {
    loop {
        let woken = hub.store.wake_due(WAKE_AT_ONCE_MAX).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "could not bring back tickets that were put aside");
            0
        });
        let wait_ms = if woken > 0 { 0 } else { until_next(&hub).await };
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.clock.sleep(wait_ms) => {}
        }
    }
}

async fn until_next(hub: &Hub) -> u64 {
    let next = hub.store.next_wake().await.ok().flatten();
    let left = next.map_or(WAKE_LOOK_MS, |next| u64::try_from(next - hub.clock.now()).unwrap_or(0));
    // Due and yet not woken: another node holds the ticket, and is about to.
    if left == 0 { MORE_MS } else { left.min(WAKE_LOOK_MS) }
}
