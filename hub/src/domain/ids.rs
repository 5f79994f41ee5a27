//! Makes ids and secrets from the clock and the operating system's random source.

use protocol::Millis;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use uuid::{Timestamp, Uuid};

use super::Clock;

/// A new UUIDv7 whose time is the clock's.
pub fn new_id(clock: &Clock) -> Uuid {
    let now = clock.now().unsigned_abs();
    let subsec_nanos = u32::try_from(now % 1000 * 1_000_000).unwrap_or_default();
    Uuid::new_v7(Timestamp::from_unix(uuid::NoContext, now / 1000, subsec_nanos))
}

/// When an id was made, by the clock of then; 0 of one that holds no time.
pub fn made_at(id: Uuid) -> Millis {
    let Some((seconds, nanos)) = id.get_timestamp().map(|made| made.to_unix()) else { return 0 };
    i64::try_from(seconds * 1000 + u64::from(nanos / 1_000_000)).unwrap_or(i64::MAX)
}

/// 256 random bits: a session's or a link's secret (R-B1: at least 128).
pub fn new_secret() -> [u8; 32] {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A number from `min` to `max`, both included. For jitter: the bias of the remainder is nothing there.
pub fn random_between(min: u64, max: u64) -> u64 {
    let random = SysRng.try_next_u64().expect("the operating system gives random bytes");
    min + random % (max - min + 1)
}

/// What the database keeps of a secret (ASVS 6.5.2: enough for secrets of 112 bits and more).
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_it_was_made() {
        let (clock, _) = Clock::manual(1_795_348_800_123);
        assert_eq!(made_at(new_id(&clock)), 1_795_348_800_123);
        assert_eq!(made_at(Uuid::nil()), 0);
    }
}
