//! Floods: how many changing requests one network may send. Counted in this node's memory and
//! fail-open: limits that protect secrets are counted in the database instead (decisions.md 35).

use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// A burst is this many seconds' worth.
const BURST_S: u32 = 4;
/// Networks remembered; beyond it newcomers pass uncounted (R-I2: bounded memory, some 10 MB).
const NETWORKS_MAX: usize = 100_000;

pub struct Floods {
    limiter: RateLimiter<String, HashMapStateStore<String>, DefaultClock>,
    // Floods are about the machine's real time, also in tests that move the hub's clock by hand.
    clock: DefaultClock,
}

impl Floods {
    pub fn new(per_s: u32) -> Self {
        let per_s = NonZeroU32::new(per_s).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(per_s.get().saturating_mul(BURST_S)).unwrap_or(per_s);
        Self {
            limiter: RateLimiter::hashmap(Quota::per_second(per_s).allow_burst(burst)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request; in how many seconds it may come again when it is one too many.
    pub fn check(&self, network: String) -> Result<(), u64> {
        if self.limiter.len() >= NETWORKS_MAX {
            self.limiter.retain_recent();
            if self.limiter.len() >= NETWORKS_MAX {
                return Ok(());
            }
        }
        self.limiter.check_key(&network).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            wait.as_secs() + 1
        })
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
}
