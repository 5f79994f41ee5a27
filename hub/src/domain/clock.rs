//! The clock, passed in: the system's, made steady, or one that tests move by hand.
//!
//! Every wait of the hub goes through [`Clock::sleep`], so that a test with sockets can let minutes
//! pass without waiting. Tokio's own paused clock is never used with sockets.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::Millis;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Notify;

use super::steady::Steady;

/// A machine's clock that is off by more is told of.
const OFF_MS: i64 = 5_000;

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

    /// Milliseconds since 1970, UTC. It never goes back, and does not jump when the system's clock is set.
    pub fn now(&self) -> Millis {
        match self {
            Self::System => system(),
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

/// The system's time, one for the whole process.
fn system() -> Millis {
    static TIME: OnceLock<Mutex<Steady>> = OnceLock::new();
    let elapsed = since_start();
    let time = TIME.get_or_init(|| Mutex::new(Steady::new(wall(), elapsed)));
    let mut time = time.lock().unwrap_or_else(PoisonError::into_inner);
    if time.is_due(elapsed) {
        let was_off = time.is_off(OFF_MS);
        let ahead = time.look(elapsed, wall());
        if ahead.abs() > OFF_MS && !was_off {
            tracing::warn!(ahead_s = ahead / 1_000, "the machine's clock was set; the hub follows it slowly");
        }
    }
    time.now(elapsed)
}

#[allow(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
fn wall() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Milliseconds since the machine was started, its sleep among them.
fn since_start() -> i64 {
    let time = clock_gettime(ClockId::Boottime);
    time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
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
