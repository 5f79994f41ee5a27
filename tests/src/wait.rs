//! Waiting for a state, with a limit. The limit is for a loaded machine: a state that comes, comes fast.

use hub::domain::Clock;

/// How long an actor waits before it says that something did not happen.
pub const LIMIT_MS: u64 = 15_000;
/// Between two looks at a state that nothing announces.
const LOOK_AGAIN_MS: u64 = 5;

/// Looks until there is an answer; fails after the limit.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            Clock::System.sleep(LOOK_AGAIN_MS).await;
        }
    };
    within(what, looking).await
}

/// The result of `work`; fails when the limit is over first.
pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    Clock::System.within(LIMIT_MS, work).await.unwrap_or_else(|| panic!("after {LIMIT_MS} ms still not: {what}"))
}
