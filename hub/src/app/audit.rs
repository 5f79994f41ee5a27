//! Chains what the audit holds, soon after it was written (R-J3). One node at a time: the chain's end is the lock.

use tokio_util::sync::CancellationToken;

use crate::actions::Hub;
use crate::domain::file::hex;
use crate::domain::limits::AUDIT_CHAIN_LOOK_MS;

pub async fn chain(hub: Hub, stop: CancellationToken) {
    loop {
        let wait_ms = match hub.store.chain_audit().await {
            Ok(Some(chained)) => {
                // Told outside the database: whoever makes the whole chain anew cannot change this.
                tracing::info!(target: "audit", n = chained.head.n, hash = %hex(&chained.head.hash), "the audit is chained so far");
                for row in chained.late {
                    tracing::warn!(target: "audit", %row, "a row says it is older than the chain by more than a day");
                }
                0
            }
            Ok(None) => AUDIT_CHAIN_LOOK_MS,
            Err(error) => {
                tracing::warn!(%error, "could not chain the audit: tried again later");
                AUDIT_CHAIN_LOOK_MS
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.clock.sleep(wait_ms) => {}
        }
    }
}
