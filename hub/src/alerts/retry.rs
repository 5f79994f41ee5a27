//! What follows from the outcome of a try: again, given up, and what is learnt of the address and of the
//! server (alerts.md 3.4). Pure.

use protocol::Millis;

use crate::domain::alert::Hold;
use crate::mail::Outcome;
use crate::store::alerts::{Bounce, Finish, Lane};

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Waits before the next tries; the last one goes on.
const CODE_RETRIES_MS: [i64; 3] = [2 * SECOND_MS, 8 * SECOND_MS, 30 * SECOND_MS];
const ALERT_RETRIES_MS: [i64; 8] =
    [30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS, 8 * HOUR_MS];
/// A code lives ten minutes; a mail later than this would only confuse.
const CODE_DEAD_AFTER_MS: i64 = 3 * MINUTE_MS;
const ALERT_DEAD_AFTER_MS: i64 = 24 * HOUR_MS;
/// The server may have taken the mail: time enough for it to arrive and be read.
const UNKNOWN_AGAIN_MS: i64 = 15 * MINUTE_MS;
const SLOWER_AGAIN_MS: i64 = MINUTE_MS;

/// One try of a mail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Try {
    pub lane: Lane,
    /// With this one.
    pub attempts: i64,
    pub created_at: Millis,
    pub now: Millis,
    /// −1 to 1: spreads what failed together.
    pub jitter: f64,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub finish: Finish,
    pub bounce: Option<Bounce>,
    /// The server wants fewer mails for this domain.
    pub slower: bool,
}

pub(super) fn after(outcome: &Outcome, tried: Try) -> Next {
    let next = |finish| Next { finish, bounce: None, slower: false };
    let why = outcome.answer().map(ToString::to_string).unwrap_or_default();
    match outcome {
        Outcome::Accepted => next(Finish::Sent { answer: None }),
        Outcome::Later(_) => next(tried.again(tried.step(), true, why)),
        Outcome::Slower(_) => Next { slower: true, ..next(tried.again(tried.spread(SLOWER_AGAIN_MS), false, why)) },
        Outcome::BadAddress(_) => {
            Next { bounce: Some(Bounce::Hard), ..next(Finish::Dead { why, hold: Hold::Bounces }) }
        }
        Outcome::Full(_) => Next { bounce: Some(Bounce::Soft), ..next(tried.again(tried.step(), true, why)) },
        Outcome::Refused(_) => next(Finish::Dead { why, hold: Hold::Undelivered }),
        // The breaker says for how long nothing is tried.
        Outcome::OurSide(_) => next(tried.again(tried.first_step(), false, why)),
        Outcome::Unknown(_) => next(tried.again(tried.spread(UNKNOWN_AGAIN_MS), true, why)),
    }
}

impl Try {
    fn again(self, wait_ms: i64, counts: bool, why: String) -> Finish {
        let dead_after = match self.lane {
            Lane::Codes => CODE_DEAD_AFTER_MS,
            Lane::Alerts => ALERT_DEAD_AFTER_MS,
        };
        let at = self.now.saturating_add(wait_ms);
        match at < self.created_at.saturating_add(dead_after) {
            true => Finish::Again { at, counts, hold: None, why },
            false => Finish::Dead { why, hold: Hold::Undelivered },
        }
    }

    fn first_step(self) -> i64 {
        Self { attempts: 1, ..self }.step()
    }

    fn step(self) -> i64 {
        let steps: &[i64] = match self.lane {
            Lane::Codes => &CODE_RETRIES_MS,
            Lane::Alerts => &ALERT_RETRIES_MS,
        };
        let tried = usize::try_from(self.attempts.max(1)).unwrap_or(usize::MAX);
        let wait = steps[(tried - 1).min(steps.len() - 1)];
        match self.lane {
            Lane::Codes => wait,
            Lane::Alerts => self.spread(wait),
        }
    }

    /// ± 20 %.
    fn spread(self, wait_ms: i64) -> i64 {
        wait_ms + (wait_ms as f64 * 0.2 * self.jitter) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Answer;

    fn answer() -> Answer {
        Answer { code: Some(450), enhanced: None, text: "later".to_owned() }
    }

    fn tried(lane: Lane, attempts: i64, now: i64) -> Try {
        Try { lane, attempts, created_at: 0, now, jitter: 0.0 }
    }

    fn again_after(lane: Lane, attempts: i64, now: i64) -> Option<i64> {
        match after(&Outcome::Later(answer()), tried(lane, attempts, now)).finish {
            Finish::Again { at, counts: true, .. } => Some((at - now) / SECOND_MS),
            Finish::Dead { hold: Hold::Undelivered, .. } => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tries_are_spread_over_a_day_and_end() {
        let waits: Vec<_> = (1..=9).map(|attempts| again_after(Lane::Alerts, attempts, 0)).collect();
        let expected = [30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];
        assert_eq!(waits, expected.map(Some));
        assert_eq!(again_after(Lane::Alerts, 8, 16 * HOUR_MS), None);
    }

    #[test]
    fn codes_are_tried_for_three_minutes() {
        let waits: Vec<_> = (1..=4).map(|attempts| again_after(Lane::Codes, attempts, 0)).collect();
        assert_eq!(waits, [2, 8, 30, 30].map(Some));
        assert_eq!(again_after(Lane::Codes, 4, 149 * SECOND_MS), Some(30));
        assert_eq!(again_after(Lane::Codes, 4, 150 * SECOND_MS), None);
    }

    #[test]
    fn what_is_no_fault_of_the_mail_costs_it_no_try() {
        for outcome in [Outcome::Slower(answer()), Outcome::OurSide(answer())] {
            let next = after(&outcome, tried(Lane::Alerts, 5, 0));
            assert!(matches!(next.finish, Finish::Again { counts: false, .. }), "{next:?}");
            assert_eq!(next.slower, matches!(outcome, Outcome::Slower(_)));
        }
    }

    #[test]
    fn an_address_that_is_none_is_remembered_and_a_mail_that_is_unwanted_is_not_its_fault() {
        let next = after(&Outcome::BadAddress(answer()), tried(Lane::Alerts, 1, 0));
        assert_eq!(next.bounce, Some(Bounce::Hard));
        assert!(matches!(next.finish, Finish::Dead { hold: Hold::Bounces, .. }));
        let next = after(&Outcome::Refused(answer()), tried(Lane::Alerts, 1, 0));
        assert_eq!(next.bounce, None);
        assert!(matches!(next.finish, Finish::Dead { hold: Hold::Undelivered, .. }));
        assert_eq!(after(&Outcome::Full(answer()), tried(Lane::Alerts, 1, 0)).bounce, Some(Bounce::Soft));
    }

    #[test]
    fn a_mail_that_may_have_gone_out_is_tried_again_a_quarter_of_an_hour_later() {
        let next = after(&Outcome::Unknown(answer()), Try { jitter: 1.0, ..tried(Lane::Alerts, 1, 0) });
        assert!(matches!(next.finish, Finish::Again { at, counts: true, .. } if at == 18 * MINUTE_MS), "{next:?}");
    }
}
