//! Waiting for a state, with a limit. The limit is for a loaded machine: a state that comes, comes fast.

use hub::domain::Clock;

/// How long an actor waits before it says that something did not happen.
pub const LIMIT_MS: u64 = 15_000;
/// Between two looks at a state that nothing announces.
const LOOK_AGAIN_MS: u64 = 5;

/// Looks until there is an answer; fails after the limit.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(what, LIMIT_MS, look).await
}

/// The same with another limit.
pub async fn until_within<T>(what: &str, limit_ms: u64, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            Clock::System.sleep(LOOK_AGAIN_MS).await;
        }
    };
    ends_within(what, limit_ms, looking).await
}

/// The result of `work`; fails when the limit is over first.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    ends_within(what, LIMIT_MS, work).await
}

async fn ends_within<T>(what: &str, limit_ms: u64, work: impl Future<Output = T>) -> T {
    Clock::System.within(limit_ms, work).await.unwrap_or_else(|| panic!("after {limit_ms} ms still not: {what}"))
}
