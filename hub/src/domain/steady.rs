//! The time of day as a hub goes by it: it never jumps and never goes back, whatever happens to the machine's
//! clock (R-K13).
//!
//! Waits, leases, floods and the ends of logins are differences of this time. Where the machine's clock is set
//! forward or back, the steady time goes after it, at twice or at half the usual pace: an hour forward is
//! made good in an hour, an hour back in two. Nothing ends all at once by it, and nothing lives for ever.

use protocol::Millis;

/// How often the machine's clock is looked at.
const LOOK_EVERY_MS: i64 = 1_000;
/// What is farther away is no clock that was set but one that was wrong altogether, as at the start of a
/// machine without a battery: it is followed at once.
const FOLLOWED_AT_ONCE_MS: i64 = 25 * 60 * 60 * 1_000;

/// The time at one moment, and its pace since then. `elapsed` counts since the machine's start, and is told
/// by nobody.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    time: Millis,
    elapsed: i64,
    /// Milliseconds gained on `elapsed` until the next look.
    gain: i64,
    /// How far the machine's clock was ahead at the last look.
    ahead: i64,
}

impl Steady {
    pub fn new(wall: Millis, elapsed: i64) -> Self {
        Self { time: wall, elapsed, gain: 0, ahead: 0 }
    }

    /// The time now.
    pub fn now(&self, elapsed: i64) -> Millis {
        let passed = elapsed.saturating_sub(self.elapsed).max(0);
        self.time.saturating_add(passed).saturating_add(passed.min(LOOK_EVERY_MS) * self.gain / LOOK_EVERY_MS)
    }

    /// Whether the machine's clock is to be looked at again.
    pub fn is_due(&self, elapsed: i64) -> bool {
        elapsed.saturating_sub(self.elapsed) >= LOOK_EVERY_MS
    }

    /// Whether the last look found the machine's clock off by more than this.
    pub fn is_off(&self, by: i64) -> bool {
        self.ahead.abs() > by
    }

    /// Looks at the machine's clock; answers how far it is ahead.
    pub fn look(&mut self, elapsed: i64, wall: Millis) -> i64 {
        let now = self.now(elapsed);
        let ahead = wall.saturating_sub(now);
        *self = if ahead.abs() > FOLLOWED_AT_ONCE_MS {
            Self::new(wall, elapsed)
        } else {
            Self { time: now, elapsed, gain: ahead.clamp(-LOOK_EVERY_MS / 2, LOOK_EVERY_MS), ahead }
        };
        ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * 60 * 1_000;
    const START: Millis = 1_800_000_000_000;

    /// Lets `seconds` pass beside a machine's clock that is off by `off`; the time at their end.
    fn pass(steady: &mut Steady, from: i64, seconds: i64, off: i64) -> Millis {
        let mut last = steady.now(from);
        for ms in (from..=from + seconds * 1_000).step_by(100) {
            if steady.is_due(ms) {
                steady.look(ms, START + ms + off);
            }
            let now = steady.now(ms);
            assert!(now >= last, "it never goes back");
            assert!(now - last <= 200, "it never jumps: {} ms in 100", now - last);
            last = now;
        }
        last
    }

    #[test]
    fn a_clock_that_is_right_is_the_time() {
        let mut steady = Steady::new(START, 0);
        assert_eq!(pass(&mut steady, 0, 600, 0), START + 600_000);
    }

    #[test]
    fn an_hour_forward_is_made_good_in_an_hour() {
        // R-K13.
        let mut steady = Steady::new(START, 0);
        let after_a_minute = pass(&mut steady, 0, 60, HOUR);
        assert!((after_a_minute - START - 119_000).abs() <= 1_000, "twice as fast: {}", after_a_minute - START);
        assert_eq!(pass(&mut steady, 60_000, 3_600, HOUR), START + 3_660_000 + HOUR);
    }

    #[test]
    fn an_hour_back_is_made_good_in_two_and_time_goes_on() {
        // R-K13.
        let mut steady = Steady::new(START, 0);
        let after_a_minute = pass(&mut steady, 0, 60, -HOUR);
        assert!((after_a_minute - START - 30_500).abs() <= 1_000, "half as fast: {}", after_a_minute - START);
        assert_eq!(pass(&mut steady, 60_000, 2 * 3_600, -HOUR), START + 7_260_000 - HOUR);
    }

    #[test]
    fn a_small_difference_is_gone_within_two_looks() {
        let mut steady = Steady::new(START, 0);
        assert_eq!(pass(&mut steady, 0, 3, 40), START + 3_040);
        assert_eq!(pass(&mut steady, 3_000, 3, -40), START + 6_000 - 40);
    }

    #[test]
    fn a_clock_that_was_wrong_altogether_is_followed_at_once() {
        let mut steady = Steady::new(0, 0);
        assert_eq!(steady.look(5_000, START), START - 5_000);
        assert_eq!(steady.now(5_000), START);
    }

    #[test]
    fn a_pause_of_the_looks_gains_no_more_than_one_look() {
        // Nobody asked for a minute.
        let mut steady = Steady::new(START, 0);
        steady.look(1_000, START + 1_000 + 40);
        assert_eq!(steady.now(61_000), START + 61_000 + 40, "40 ms and no more");
    }
}
