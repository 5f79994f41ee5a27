//! Floods: how many changing requests one network may send. Counted in each node's memory, which tells the
//! others once a second what it counted, and fail-open: limits that protect secrets are counted in the
//! database instead (decisions.md 35).

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// A burst is this many seconds' worth.
const BURST_S: u32 = 4;
/// Networks remembered; beyond it newcomers pass uncounted (R-I2: bounded memory, some 10 MB).
const NETWORKS_MAX: usize = 100_000;
/// Networks that the other nodes are told of at a time; more are not told of.
const TOLD_MAX: usize = 1_000;

/// Clones are the same.
#[derive(Clone)]
pub struct Floods {
    inner: Arc<Inner>,
}

struct Inner {
    burst: u32,
    limiter: RateLimiter<String, HashMapStateStore<String>, DefaultClock>,
    // Floods are about the machine's real time, also in tests that move the hub's clock by hand.
    clock: DefaultClock,
    /// What passed here since the other nodes were told.
    passed: Mutex<HashMap<String, u32>>,
}

impl Floods {
    pub fn new(per_s: u32) -> Self {
        let per_s = NonZeroU32::new(per_s).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(per_s.get().saturating_mul(BURST_S)).unwrap_or(per_s);
        let limiter = RateLimiter::hashmap(Quota::per_second(per_s).allow_burst(burst));
        let inner = Inner { burst: burst.get(), limiter, clock: DefaultClock::default(), passed: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Counts a request; in how many seconds it may come again when it is one too many.
    pub fn check(&self, network: String) -> Result<(), u64> {
        if !self.has_room() {
            return Ok(());
        }
        self.inner.limiter.check_key(&network).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.inner.clock.now());
            wait.as_secs() + 1
        })?;
        let mut passed = self.passed();
        if passed.len() < TOLD_MAX || passed.contains_key(&network) {
            *passed.entry(network).or_default() += 1;
        }
        Ok(())
    }

    /// What passed here, per network, since this was asked last: for the other nodes.
    pub fn take_passed(&self) -> Vec<(String, u32)> {
        std::mem::take(&mut *self.passed()).into_iter().collect()
    }

    /// Counts what passed on another node. What is more than a burst has room for is left out: the network
    /// is stopped by then.
    pub fn passed_elsewhere(&self, network: &str, requests: u32) {
        if !self.has_room() {
            return;
        }
        let mut left = requests.min(self.inner.burst);
        while let Some(some) = NonZeroU32::new(left) {
            if matches!(self.inner.limiter.check_key_n(&network.to_owned(), some), Ok(Ok(()))) {
                return;
            }
            left /= 2;
        }
    }

    fn has_room(&self) -> bool {
        let limiter = &self.inner.limiter;
        if limiter.len() >= NETWORKS_MAX {
            limiter.retain_recent();
        }
        limiter.len() < NETWORKS_MAX
    }

    fn passed(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.inner.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_is_stopped_and_its_neighbour_is_not() {
        let floods = Floods::new(2);
        let passed = (0..100).filter(|_| floods.check("192.0.2.1/32".to_owned()).is_ok()).count();
        assert!((8..=9).contains(&passed), "{passed}");
        assert_eq!(floods.check("192.0.2.1/32".to_owned()), Err(1));
        assert_eq!(floods.check("192.0.2.2/32".to_owned()), Ok(()));
    }

    #[test]
    fn what_passed_on_another_node_counts_here_and_is_not_told_back() {
        let (here, there) = (Floods::new(2), Floods::new(2));
        let passed = (0..100).filter(|_| here.check("192.0.2.1/32".to_owned()).is_ok()).count();
        let told = here.take_passed();
        assert_eq!(told, [("192.0.2.1/32".to_owned(), u32::try_from(passed).expect("a few"))]);
        assert_eq!(here.take_passed(), []);
        for (network, requests) in told {
            there.passed_elsewhere(&network, requests);
        }
        assert!(there.check("192.0.2.1/32".to_owned()).is_err());
        assert_eq!(there.check("192.0.2.2/32".to_owned()), Ok(()));
        assert_eq!(there.take_passed(), [("192.0.2.2/32".to_owned(), 1)]);
    }
}
