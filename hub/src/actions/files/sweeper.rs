//! Removes what nobody needs: uploads that were cut off or never named, files of erased messages, and bytes
//! that no row knows (R-F9). Bytes go before their row, so that a death in between leaves nothing unknown.

use futures_util::{StreamExt, TryStreamExt};
use tokio_util::sync::CancellationToken;

use super::FileFailure;
use crate::actions::Hub;
use crate::domain::file::ObjectKey;
use crate::domain::ids::made_at;
use crate::domain::limits::{ORPHAN_LIFE_MS, ORPHANS_EVERY_MS, SWEEP_EVERY_MS, SWEPT_AT_ONCE_MAX};
use crate::store::files::Leftover;

/// After so many the place itself is away.
const FAILED_MAX: usize = 5;

/// Sweeps now and then, and whenever a message was erased, until the hub ends.
pub async fn run(hub: Hub, stop: CancellationToken) {
    let mut due = hub.uploads.follow();
    let mut orphans_at = hub.clock.now();
    loop {
        if let Err(error) = sweep(&hub).await {
            tracing::warn!(%error, "files could not be swept: tried again later");
        }
        if hub.clock.now() >= orphans_at {
            orphans_at = hub.clock.now() + ORPHANS_EVERY_MS;
            match remove_orphans(&hub).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "removed bytes that no row knew"),
                Err(error) => tracing::warn!(%error, "could not look for bytes that no row knows"),
            }
        }
        // Each branch may be dropped half-way: the next round looks at everything anew.
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.clock.sleep(SWEEP_EVERY_MS) => {}
            told = due.changed() => if told.is_err() { return },
        }
    }
}

/// One round: gives up what is stale and removes what is to go. Answers how many files went. One that
/// cannot be removed does not keep the others; several of them end the round.
pub async fn sweep(hub: &Hub) -> Result<u64, FileFailure> {
    hub.store.drop_stale_uploads().await?;
    let (mut removed, mut failed, mut after) = (0, 0, None);
    loop {
        let leftovers = hub.store.leftovers(after).await?;
        let Some(last) = leftovers.last() else { break };
        after = Some(last.id);
        for leftover in &leftovers {
            match try_to_remove(hub, leftover).await {
                Ok(()) => removed += 1,
                Err(error) if failed == FAILED_MAX => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "a file could not be removed: tried again later");
                    failed += 1;
                }
            }
        }
    }
    while hub.store.forget_uploads().await? > 0 {}
    Ok(removed)
}

/// Removes one now; what fails is for the next round.
pub(super) async fn remove(hub: &Hub, leftover: &Leftover) {
    if let Err(error) = try_to_remove(hub, leftover).await {
        tracing::warn!(%error, "a file could not be removed: tried again later");
    }
}

async fn try_to_remove(hub: &Hub, leftover: &Leftover) -> Result<(), FileFailure> {
    hub.files.remove(&leftover.object_key, leftover.parts.as_deref()).await?;
    Ok(hub.store.bytes_removed(leftover).await?)
}

/// Removes bytes that no row knows, once they are old. Answers how many.
///
/// A restored database knows nothing of what came after its backup, however old that is. So nothing is removed
/// while the epoch, which a restore begins, is young: until then an operator may fetch it.
pub async fn remove_orphans(hub: &Hub) -> Result<u64, FileFailure> {
    let before = hub.clock.now() - ORPHAN_LIFE_MS;
    if made_at(hub.store.epoch()) >= before {
        return Ok(0);
    }
    let old = hub.files.kept(hub.store.site().id).try_filter(|kept| std::future::ready(kept.at < before));
    let mut steps = old.map_ok(|kept| kept.key).try_chunks(step_size()).boxed();
    let mut removed = 0;
    while let Some(keys) = steps.next().await {
        for orphan in unknown(hub, keys.map_err(|stopped| stopped.1)?).await? {
            hub.files.remove_one(&orphan).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

async fn unknown(hub: &Hub, keys: Vec<ObjectKey>) -> Result<Vec<ObjectKey>, FileFailure> {
    let files: Vec<ObjectKey> = keys.iter().map(ObjectKey::of_file).collect();
    let known = hub.store.known_keys(&files).await?;
    Ok(keys.into_iter().filter(|key| !known.contains(&key.of_file())).collect())
}

pub(super) fn step_size() -> usize {
    usize::try_from(SWEPT_AT_ONCE_MAX).unwrap_or(1)
}
