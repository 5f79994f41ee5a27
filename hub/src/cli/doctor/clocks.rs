//! This machine's clock, compared with those of the servers that are asked anyway.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::Millis;

use super::finding::Finding::{self, Hint, Well, Wrong};
use crate::domain::Clock;

/// 2026-01-01: this program is younger.
const CLOCK_MIN_MS: Millis = 1_767_225_600_000;
/// Some servers tell whole seconds.
const OFF_HINT_MS: Millis = 5_000;
/// A proof of the operator's, and of other programs, holds for as long.
const OFF_MAX_MS: Millis = 60_000;

/// Other clocks, by how far each is ahead of this machine's.
pub(super) struct Clocks<'a> {
    clock: &'a Clock,
    others: Vec<(String, Millis)>,
}

impl<'a> Clocks<'a> {
    pub const fn new(clock: &'a Clock) -> Self {
        Self { clock, others: Vec::new() }
    }

    /// What somebody's clock said, at some moment after `asked` and before now.
    pub fn heard(&mut self, whose: impl Into<String>, theirs: Millis, asked: Millis) {
        self.others.push((whose.into(), ahead(theirs, asked, self.clock.now())));
    }

    /// `written` is when the hub wrote last, as its disk has it.
    pub fn judge(&self, written: Option<SystemTime>) -> Finding {
        let written = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let written = written.and_then(|since| Millis::try_from(since.as_millis()).ok());
        let now = self.clock.now();
        if now < CLOCK_MIN_MS || written.is_some_and(|written| written > now + OFF_MAX_MS) {
            return Wrong("is behind: set it (NTP), or codes and sign-ins expire wrongly".to_owned());
        }
        let off: Vec<_> = self.others.iter().filter(|(_, ahead)| ahead.abs() > OFF_HINT_MS).collect();
        let names = self.others.iter().map(|(whose, _)| whose.as_str()).collect::<Vec<_>>().join(", ");
        let apart = off.iter().map(|(whose, ahead)| differs(whose, *ahead)).collect::<Vec<_>>().join(", ");
        match off.iter().map(|(_, ahead)| ahead.abs()).max() {
            None if names.is_empty() => Hint("plausible, and compared with nobody's".to_owned()),
            None => Well(format!("goes with that of {names}")),
            Some(worst) if worst > OFF_MAX_MS => {
                Wrong(format!("is {apart}: set it (NTP), or codes and sign-ins expire wrongly"))
            }
            Some(_) => Hint(format!("is {apart}: let both be set by NTP")),
        }
    }
}

/// How far their clock is ahead for certain: it was read at some moment between these two of ours.
fn ahead(theirs: Millis, asked: Millis, answered: Millis) -> Millis {
    theirs - theirs.clamp(asked, answered)
}

fn differs(whose: &str, ahead: Millis) -> String {
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    format!("{} s {direction} that of {whose}", ahead.abs() / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = CLOCK_MIN_MS + 1_000_000;

    fn judged(others: &[(&str, Millis)]) -> String {
        let (clock, _) = Clock::manual(NOW);
        let mut clocks = Clocks::new(&clock);
        for (whose, ahead) in others {
            clocks.heard(*whose, NOW + ahead, NOW);
        }
        match clocks.judge(None) {
            Well(said) => format!("ok {said}"),
            Hint(said) => format!("?? {said}"),
            Wrong(said) => format!("!! {said}"),
        }
    }

    #[test]
    fn a_clock_is_compared_with_each_of_the_others() {
        for (others, expected) in [
            (&[][..], "?? plausible, and compared with nobody's"),
            (&[("Postgres", 5_000), ("Redis", -5_000)], "ok goes with that of Postgres, Redis"),
            (&[("Postgres", 0), ("Redis", 5_001)], "?? is 5 s behind that of Redis: let both be set by NTP"),
            (&[("Postgres", -60_000)], "?? is 60 s ahead of that of Postgres: let both be set by NTP"),
            (
                &[("Postgres", -60_001), ("Redis", 7_000)],
                "!! is 60 s ahead of that of Postgres, 7 s behind that of Redis: set it (NTP), or codes and sign-ins \
                 expire wrongly",
            ),
        ] {
            assert_eq!(judged(others), expected);
        }
    }

    #[test]
    fn a_slow_answer_makes_no_difference() {
        assert_eq!([900, 1_000, 4_000, 6_000, 6_500].map(|theirs| ahead(theirs, 1_000, 6_000)), [-100, 0, 0, 0, 500]);
    }

    #[test]
    fn a_clock_behind_what_the_hub_wrote_is_told() {
        let (clock, _) = Clock::manual(NOW);
        let at = |ms: Millis| UNIX_EPOCH.checked_add(std::time::Duration::from_millis(ms.unsigned_abs()));
        assert!(matches!(Clocks::new(&clock).judge(at(NOW + OFF_MAX_MS + 1)), Wrong(_)));
        assert!(matches!(Clocks::new(&clock).judge(at(NOW + OFF_MAX_MS)), Hint(_)));
        let (early, _) = Clock::manual(CLOCK_MIN_MS - 1);
        assert!(matches!(Clocks::new(&early).judge(None), Wrong(_)));
    }
}
