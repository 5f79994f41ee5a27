//! The clock, passed in: the system's, or one that tests move by hand.
//!
//! Every wait of the hub goes through [`Clock::sleep`], so that a test with sockets can let minutes
//! pass without waiting. Tokio's own paused clock is never used with sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::Millis;
use tokio::sync::Notify;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    Manual(ManualClock),
}

/// A clock that stands still until it is advanced.
#[derive(Clone, Debug)]
pub struct ManualClock {
    inner: Arc<Manual>,
}

#[derive(Debug)]
struct Manual {
    now: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// A manual clock that starts at `now`.
    pub fn manual(now: Millis) -> (Self, ManualClock) {
        let clock = ManualClock { inner: Arc::new(Manual { now: AtomicI64::new(now), moved: Notify::new() }) };
        (Self::Manual(clock.clone()), clock)
    }

    /// Milliseconds since 1970, UTC.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> Millis {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
            Self::Manual(clock) => clock.now(),
        }
    }

    /// Waits until `ms` milliseconds have passed on this clock.
    #[allow(clippy::disallowed_methods, reason = "the one place that waits for time to pass")]
    pub async fn sleep(&self, ms: u64) {
        match self {
            Self::System => tokio::time::sleep(Duration::from_millis(ms)).await,
            Self::Manual(clock) => clock.wait_until(clock.now().saturating_add_unsigned(ms)).await,
        }
    }

    /// Runs `work`, but for at most `ms` milliseconds; `None` when the time was up first.
    pub async fn within<T>(&self, ms: u64, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.sleep(ms) => None,
        }
    }
}

impl ManualClock {
    pub fn now(&self) -> Millis {
        self.inner.now.load(Ordering::SeqCst)
    }

    /// Moves the clock forward and wakes whoever waited for that.
    pub fn advance(&self, ms: u64) {
        self.inner.now.fetch_add(i64::try_from(ms).unwrap_or(i64::MAX), Ordering::SeqCst);
        self.inner.moved.notify_waiters();
    }

    async fn wait_until(&self, then: Millis) {
        loop {
            let moved = self.inner.moved.notified();
            tokio::pin!(moved);
            // Registered before the look at the time, so that no move in between is missed.
            moved.as_mut().enable();
            if self.now() >= then {
                return;
            }
            moved.await;
        }
    }
}
