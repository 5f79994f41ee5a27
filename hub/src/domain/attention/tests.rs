//! The times of alerts as a table, and alerts.md's invariants over random schedules.

use proptest::prelude::*;

use super::*;

const S: i64 = 1000;
const MIN: i64 = 60 * S;

/// The defaults for customers.
const PACE: Pace = Pace {
    quiet_ms: 120 * S,
    cap_ms: 300 * S,
    repeat_ms: 30 * MIN,
    repeat_max_ms: 24 * 60 * MIN,
    attended_max_ms: 300 * S,
};
const FREE: Facts = Facts { attends: false, hold: None };
const ATTENDED: Facts = Facts { attends: true, hold: None };

fn wanted_at(times: &[i64]) -> Attention {
    let mut row = Attention::new(0);
    for (n, at) in (1..).zip(times) {
        row.wants(n, Wanted::Reply, *at, &PACE);
    }
    row
}

#[test]
fn a_mail_waits_for_quiet_and_never_past_the_cap() {
    for (times, due) in [
        (vec![0], 120),
        (vec![0, 100 * S], 220),
        (vec![0, 100 * S, 200 * S], 300),
        (vec![0, 299 * S], 300),
        (vec![10 * S, 20 * S], 140),
    ] {
        assert_eq!(wanted_at(&times).mail_due, Some(due * S), "{times:?}");
    }
}

#[test]
fn reading_calms_and_starts_the_next_spell_anew() {
    let mut row = wanted_at(&[0, 10 * S]);
    row.reads(1);
    assert_eq!(row.mail_due, Some(130 * S));
    row.reads(2);
    assert_eq!((row.mail_due, row.first_unread_at, row.is_unread()), (None, None, false));
    row.wants(3, Wanted::Reply, 1_000 * S, &PACE);
    assert_eq!(row.mail_due, Some(1_120 * S));
}

#[test]
fn a_number_that_was_read_before_it_was_told_wants_nobody() {
    let mut row = Attention::new(5);
    row.wants(5, Wanted::Reply, 0, &PACE);
    assert_eq!((row.mail_due, row.is_unread()), (None, false));
}

#[test]
fn mails_of_one_spell_are_spread_by_doubling() {
    let mut row = wanted_at(&[0]);
    let mut waits = Vec::new();
    let mut now = 0;
    for n in 2..10 {
        now = row.mail_due.expect("due");
        let verdict = row.verdict(FREE, now, &PACE);
        assert_eq!(verdict, Verdict::Send { cover: n - 1 });
        row.obey(verdict, now, &PACE);
        assert_eq!(row.mail_due, None, "what was mailed is not mailed again");
        waits.push((row.mail_allowed_at - now) / MIN);
        row.wants(n, Wanted::Reply, now + S, &PACE);
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1440, 1440]);
    assert!(row.mail_due.expect("due") >= now + 1440 * MIN);
}

#[test]
fn attention_postpones_for_five_minutes_of_a_spell_at_most() {
    let mut row = wanted_at(&[0]);
    let mut looks = Vec::new();
    loop {
        let now = row.mail_due.expect("due");
        match row.verdict(ATTENDED, now, &PACE) {
            Verdict::Wait { until } => looks.push(until / S),
            verdict => {
                assert_eq!((verdict, now), (Verdict::Send { cover: 1 }, 300 * S));
                break;
            }
        }
        row.obey(row.verdict(ATTENDED, now, &PACE), now, &PACE);
    }
    assert_eq!(looks, [150, 180, 210, 240, 270, 300]);
}

#[test]
fn a_hold_is_kept_with_its_reason_until_it_is_released_or_read() {
    let held = Facts { hold: Some(Hold::Bounces), ..FREE };
    let mut row = wanted_at(&[0]);
    row.obey(row.verdict(held, 120 * S, &PACE), 120 * S, &PACE);
    assert_eq!((row.hold, row.mail_due, row.mailed), (Some(Hold::Bounces), None, 0));
    let mut released = row.clone();
    released.release(900 * S, &PACE);
    assert_eq!((released.hold, released.mail_due), (None, Some(900 * S)));
    row.reads(1);
    assert_eq!((row.hold, row.mail_due), (None, None));
}

#[test]
fn what_was_erased_wants_nobody() {
    let mut row = wanted_at(&[0, 10 * S]);
    row.withdraw(Some((1, Wanted::Reply)), &PACE);
    assert_eq!((row.wanted, row.mail_due), (1, Some(130 * S)));
    row.withdraw(None, &PACE);
    assert_eq!((row.is_unread(), row.mail_due), (false, None));
}

#[test]
fn a_question_stays_one_until_it_is_read() {
    use Wanted::{Asked, Reopened, Reply, Solved};
    for (wanted, mail) in [
        (vec![Reply, Asked], Asked),
        (vec![Asked, Reply], Asked),
        (vec![Asked, Solved], Solved),
        (vec![Solved, Reopened], Reopened),
        (vec![Solved, Reply], Reply),
    ] {
        let mut row = Attention::new(0);
        for (n, kind) in (1..).zip(&wanted) {
            row.wants(n, *kind, 0, &PACE);
        }
        assert_eq!(row.kind, mail, "{wanted:?}");
    }
    let mut row = Attention::new(0);
    row.wants(1, Asked, 0, &PACE);
    row.reads(1);
    row.wants(2, Reply, 0, &PACE);
    assert_eq!(row.kind, Reply);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Write,
    Read,
    ReadTo(i64),
    Wait(i64),
    /// A look at the row, as the worker does it when something is due.
    Look {
        attends: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Write),
        1 => Just(Step::Read),
        1 => (0i64..20).prop_map(Step::ReadTo),
        4 => (1i64..400).prop_map(Step::Wait),
        1 => (1i64..48).prop_map(|hours| Step::Wait(hours * 3600)),
        6 => any::<bool>().prop_map(|attends| Step::Look { attends }),
    ]
}

proptest! {
    /// I1, I2, I4 and I5 of alerts.md on the machine alone; on the real store with crashes: `alerts/tests`.
    #[test]
    fn nothing_unread_is_left_uncovered_and_mails_are_bounded(steps in prop::collection::vec(step(), 1..120)) {
        let (mut row, mut now, mut written) = (Attention::new(0), 0i64, 0i64);
        let mut spell: Option<(i64, i64)> = None;
        for step in steps {
            match step {
                Step::Write => {
                    written += 1;
                    row.wants(written, Wanted::Reply, now, &PACE);
                    spell = spell.or(Some((now, 0)));
                }
                Step::Read => row.reads(written),
                Step::ReadTo(n) => row.reads(n.min(written)),
                Step::Wait(seconds) => now += seconds * S,
                Step::Look { attends } => if row.mail_due.is_some_and(|due| due <= now) {
                    let verdict = row.verdict(Facts { attends, hold: None }, now, &PACE);
                    if let Verdict::Send { cover } = verdict {
                        prop_assert!(cover > row.read, "I2: nothing that was read is mailed");
                        let (began, mails) = spell.expect("a spell");
                        prop_assert!(!attends || now - began >= PACE.attended_max_ms, "I5: attended is silent");
                        spell = Some((began, mails + 1));
                        let longest = 1 + ((now - began) as f64 / PACE.repeat_ms as f64 + 1.0).log2().ceil() as i64;
                        let daily = 1 + (now - began) / PACE.repeat_max_ms;
                        prop_assert!(mails < longest.max(0) + daily, "I4: {} mails in {} ms", mails + 1, now - began);
                    }
                    row.obey(verdict, now, &PACE);
                }
            }
            if !row.is_unread() {
                spell = None;
                prop_assert_eq!(row.mail_due, None);
            } else {
                let covered = row.mailed >= row.wanted;
                prop_assert!(covered || row.mail_due.is_some(), "I1: unread, and neither mailed nor due");
            }
        }
    }
}
