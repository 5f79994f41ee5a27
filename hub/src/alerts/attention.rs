//! Looks at rows of attention whose mail is due: presence may put a mail off, nothing else. Now and then
//! it also forgets mails and counts that nothing looks at any more.
//!
//! A node that has just started does not know yet who is at the others: its mails wait a little for that.

use protocol::Millis;
use protocol::model::PresenceScope;
use tokio_util::sync::CancellationToken;

use crate::actions::Hub;
use crate::bus::Signal;
use crate::store::StoreError;
use crate::store::alerts::{DueAlert, There};

const LOOK_EVERY_MS: u64 = 1_000;
const AT_ONCE_MAX: u64 = 64;
/// A node that has not heard of everybody by then decides by whom it knows. It takes 25 s from when it hears the
/// others (`live/scope.rs`), and those come some seconds after its start.
pub(super) const STRANGER_MS: i64 = 30_000;
const PRUNE_EVERY_MS: i64 = 60 * 60 * 1000;
const PRUNE_SOON_MS: i64 = 10 * 1000;

/// Looks until it is stopped.
pub(super) async fn run(hub: Hub, stop: CancellationToken) {
    let began = hub.clock.now();
    let mut prune_at = began + PRUNE_EVERY_MS;
    loop {
        if let Err(error) = look(&hub, began).await {
            tracing::warn!(%error, "could not look at who is to be alerted");
        }
        if hub.clock.now() >= prune_at {
            prune_at = prune(&hub).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.clock.sleep(LOOK_EVERY_MS) => {}
        }
    }
}

/// Decides about what is due, unless this node began just now and knows nobody of the others. Answers how many rows
/// it looked at.
pub(super) async fn look(hub: &Hub, began: Millis) -> Result<usize, StoreError> {
    let is_new = hub.clock.now() < began + STRANGER_MS;
    if is_new && hub.bus.has_others() && hub.presence.scope() == PresenceScope::Node {
        return Ok(0);
    }
    settle(hub).await
}

/// Decides about everything that is due now. Answers how many rows it looked at.
///
/// # Errors
/// When the rows cannot be read or written.
pub async fn settle(hub: &Hub) -> Result<usize, StoreError> {
    let mut looked_at = 0;
    loop {
        let tickets = hub.store.settle_alerts(AT_ONCE_MAX, |alert| who_is_there(hub, alert)).await?;
        if tickets.is_empty() {
            return Ok(looked_at);
        }
        looked_at += tickets.len();
        hub.mail_due.tell();
        for ticket in tickets {
            hub.bus.publish(Signal::AlertsChanged(ticket));
        }
    }
}

/// Answers when to do it again: soon while there is more.
async fn prune(hub: &Hub) -> Millis {
    let gone = hub.store.prune().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "could not forget old mails and counts");
        0
    });
    hub.clock.now() + if gone > 0 { PRUNE_SOON_MS } else { PRUNE_EVERY_MS }
}

fn who_is_there(hub: &Hub, alert: &DueAlert) -> There {
    let now = hub.clock.now();
    There {
        attends: alert.people.iter().any(|person| hub.presence.is_attending(*person, alert.ticket, now)),
        online: alert.people.iter().copied().filter(|person| hub.presence.is_online(*person, now)).collect(),
    }
}
