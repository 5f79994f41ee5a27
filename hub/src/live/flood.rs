//! A token bucket: so many at once, then so many per second (R-E4). Twelve bytes, since every
//! connection has two of them; the clock comes in with each call.

use protocol::Millis;

#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    tokens: f32,
    at: Millis,
}

impl Bucket {
    pub fn full(burst: u32, now: Millis) -> Self {
        Self { tokens: burst as f32, at: now }
    }

    /// Takes one token, if there is one.
    pub fn take(&mut self, burst: u32, per_s: u32, now: Millis) -> bool {
        let passed_ms = (now - self.at).max(0) as f32;
        self.at = now;
        self.tokens = (self.tokens + passed_ms * per_s as f32 / 1_000.0).min(burst as f32);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}
