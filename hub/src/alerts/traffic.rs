//! How fast mails may go (alerts.md 3.4): in all, per domain of the recipients, per address; and not at
//! all for a while when the way to the server is broken. In this process's memory: a restart forgets it, and each
//! node has its own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::Millis;

/// An address gets one alert in this time.
const ADDRESS_GAP_MS: i64 = 60_000;
/// A domain that asked for less speed gets half of it for this long.
const SLOWED_MS: i64 = 10 * 60_000;
/// Answers of the same moment halve a domain's speed once.
const SLOWED_ONCE_MS: i64 = 30_000;
/// 2^6: from five a second to one in 13 seconds.
const HALVINGS_MAX: u32 = 6;
const BROKEN_MS: (i64, i64) = (30_000, 300_000);
/// Domains and addresses that are remembered; at more, those that are at rest are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// Shared by the workers of a process.
#[derive(Debug)]
pub(super) struct Traffic {
    per_domain_s: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    all: Bucket,
    domains: HashMap<String, Domain>,
    /// When each address got its last alert.
    addresses: HashMap<String, Millis>,
    broken: Broken,
}

#[derive(Debug)]
struct Domain {
    bucket: Bucket,
    halvings: u32,
    slowed_at: Millis,
}

#[derive(Debug, Default)]
struct Broken {
    times: u32,
    until: Millis,
}

/// A second's worth of mails may go at once.
#[derive(Debug)]
struct Bucket {
    per_s: f64,
    left: f64,
    at: Millis,
}

impl Traffic {
    pub fn new(per_s: u32, per_domain_s: u32) -> Self {
        let state = State {
            all: Bucket::new(f64::from(per_s)),
            domains: HashMap::new(),
            addresses: HashMap::new(),
            broken: Broken::default(),
        };
        Self { per_domain_s: f64::from(per_domain_s), state: Mutex::new(state) }
    }

    /// From when on anything may be sent at all; `None`: now.
    pub fn broken_until(&self, now: Millis) -> Option<Millis> {
        let until = self.lock().broken.until;
        (until > now).then_some(until)
    }

    /// Takes a place for a mail to this address, or says when to try again. `alert`: one a minute.
    pub fn admit(&self, address: &str, alert: bool, now: Millis) -> Result<(), Millis> {
        let mut state = self.lock();
        state.forget_those_at_rest(now);
        if let Some(last) = state.addresses.get(address).filter(|last| alert && **last + ADDRESS_GAP_MS > now) {
            return Err(last + ADDRESS_GAP_MS);
        }
        let State { all, domains, addresses, .. } = &mut *state;
        let domain = domains.entry(domain_of(address).to_owned()).or_insert_with(|| Domain::new(self.per_domain_s));
        domain.recover(now);
        domain.bucket.per_s = self.per_domain_s / f64::from(1u32 << domain.halvings);
        // Neither takes a place when the other has none.
        domain.bucket.free_at(now).max(all.free_at(now)).map_or(Ok(()), Err)?;
        domain.bucket.take();
        all.take();
        if alert {
            addresses.insert(address.to_owned(), now);
        }
        Ok(())
    }

    /// The server of this domain wants fewer.
    pub fn slower(&self, address: &str, now: Millis) {
        let mut state = self.lock();
        let domain = state.domains.entry(domain_of(address).to_owned());
        let domain = domain.or_insert_with(|| Domain::new(self.per_domain_s));
        if domain.halvings == 0 || now - domain.slowed_at >= SLOWED_ONCE_MS {
            domain.halvings = (domain.halvings + 1).min(HALVINGS_MAX);
            domain.slowed_at = now;
        }
    }

    /// The way to the server failed: nothing is tried for a while, longer each time.
    pub fn broke(&self, now: Millis) -> Millis {
        let broken = &mut self.lock().broken;
        // Workers that failed side by side are one failure.
        if broken.until <= now {
            broken.until = now + BROKEN_MS.0.saturating_mul(1 << broken.times.min(8)).min(BROKEN_MS.1);
            broken.times += 1;
        }
        broken.until
    }

    /// The server talks.
    pub fn works(&self) {
        self.lock().broken = Broken::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget_those_at_rest(&mut self, now: Millis) {
        if self.domains.len() > REMEMBERED_MAX {
            self.domains.retain(|_, domain| domain.halvings > 0 || now - domain.bucket.at < 1_000);
        }
        if self.addresses.len() > REMEMBERED_MAX {
            self.addresses.retain(|_, last| *last + ADDRESS_GAP_MS > now);
        }
    }
}

impl Domain {
    fn new(per_s: f64) -> Self {
        Self { bucket: Bucket::new(per_s), halvings: 0, slowed_at: 0 }
    }

    /// One step faster for each while without a complaint.
    fn recover(&mut self, now: Millis) {
        while self.halvings > 0 && now - self.slowed_at >= SLOWED_MS {
            self.halvings -= 1;
            self.slowed_at += SLOWED_MS;
        }
    }
}

impl Bucket {
    fn new(per_s: f64) -> Self {
        Self { per_s, left: per_s.max(1.0), at: 0 }
    }

    /// `None`: now.
    fn free_at(&mut self, now: Millis) -> Option<Millis> {
        let most = self.per_s.max(1.0);
        self.left = (self.left + (now - self.at).max(0) as f64 / 1000.0 * self.per_s).min(most);
        self.at = now;
        (self.left < 1.0).then(|| now + ((1.0 - self.left) / self.per_s * 1000.0).ceil() as Millis)
    }

    fn take(&mut self) {
        self.left -= 1.0;
    }
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000;

    fn sent_in(traffic: &Traffic, domain: &str, from: i64, seconds: i64) -> usize {
        let looks = (from..from + seconds * S).step_by(20).enumerate();
        looks.filter(|(n, now)| traffic.admit(&format!("a{n}-{from}@{domain}"), true, *now).is_ok()).count()
    }

    #[test]
    fn a_domain_gets_five_a_second_and_others_theirs() {
        let traffic = Traffic::new(20, 5);
        // The first second's worth at once, then five a second.
        assert_eq!(sent_in(&traffic, "example.org", 0, 10), 54);
        assert!(traffic.admit("b@example.net", true, 10 * S).is_ok());
    }

    #[test]
    fn all_together_stay_under_the_hubs_own_pace() {
        let traffic = Traffic::new(20, 5);
        let sent: usize = (0..10_000)
            .step_by(10)
            .filter(|now| (0..10).any(|n| traffic.admit(&format!("a{now}@d{n}.example"), true, *now).is_ok()))
            .count();
        assert!((200..=220).contains(&sent), "{sent}");
    }

    #[test]
    fn an_address_gets_one_alert_a_minute_and_codes_besides() {
        let traffic = Traffic::new(20, 5);
        assert_eq!(traffic.admit("a@example.org", true, 0), Ok(()));
        assert_eq!(traffic.admit("a@example.org", true, 10 * S), Err(60 * S));
        assert_eq!(traffic.admit("a@example.org", false, 10 * S), Ok(()));
        assert_eq!(traffic.admit("a@example.org", true, 60 * S), Ok(()));
    }

    #[test]
    fn a_domain_that_complains_gets_half_and_recovers() {
        let traffic = Traffic::new(200, 16);
        traffic.slower("a@example.org", 0);
        traffic.slower("b@example.org", S);
        assert!((80..=96).contains(&sent_in(&traffic, "example.org", 2 * S, 10)), "half of 16 a second");
        traffic.slower("c@example.org", 60 * S);
        assert!((40..=56).contains(&sent_in(&traffic, "example.org", 61 * S, 10)), "a quarter");
        assert!((160..=180).contains(&sent_in(&traffic, "example.org", 60 * S + 2 * SLOWED_MS, 10)), "all of it again");
    }

    #[test]
    fn a_broken_way_is_left_alone_for_longer_each_time() {
        let traffic = Traffic::new(20, 5);
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..6 {
            let until = traffic.broke(now);
            assert_eq!(traffic.broke(now), until, "two workers, one failure");
            assert_eq!(traffic.broken_until(now), Some(until));
            waits.push((until - now) / S);
            now = until;
        }
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        traffic.works();
        assert_eq!(traffic.broken_until(now), None);
        assert_eq!((traffic.broke(now) - now) / S, 30);
    }
}
