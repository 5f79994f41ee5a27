//! Putting a ticket aside until a time: which tickets, and which times.

use protocol::model::Status;
use protocol::{ErrorCode, Millis};

use super::limits::SNOOZE_MS_MAX;
use super::refusal::Refusal;

/// # Errors
/// `conflict` for a ticket that is done with, or stands aside until that very time; `bad_value` for a time
/// that has come already or is too far away.
pub fn check(status: Status, snoozed_until: Option<Millis>, until: Millis, now: Millis) -> Result<(), Refusal> {
    if matches!(status, Status::Solved | Status::Closed) || snoozed_until == Some(until) {
        return Err(Refusal::new(ErrorCode::Conflict));
    }
    match until > now && until - now <= SNOOZE_MS_MAX {
        true => Ok(()),
        false => Err(Refusal::of("until", ErrorCode::BadValue)),
    }
}

/// Whether a ticket that stands aside comes back now.
pub fn is_due(snoozed_until: Option<Millis>, now: Millis) -> bool {
    snoozed_until.is_some_and(|until| until <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_done_is_put_aside_and_only_for_a_time_to_come() {
        let (conflict, bad) = (Err(ErrorCode::Conflict), Err(ErrorCode::BadValue));
        let table = [
            (Status::Open, None, 1_001, Ok(())),
            (Status::Pending, None, 1_000 + SNOOZE_MS_MAX, Ok(())),
            (Status::Open, Some(2_000), 3_000, Ok(())),
            (Status::Open, Some(2_000), 2_000, conflict),
            (Status::Solved, None, 2_000, conflict),
            (Status::Closed, None, 2_000, conflict),
            (Status::Open, None, 1_000, bad),
            (Status::Open, None, -1, bad),
            (Status::Open, None, 1_001 + SNOOZE_MS_MAX, bad),
            (Status::Open, None, Millis::MAX, bad),
        ];
        for (status, stands, until, expected) in table {
            let found = check(status, stands, until, 1_000).map_err(|refusal| refusal.code);
            assert_eq!(found, expected, "{status:?} {stands:?} {until}");
        }
    }

    #[test]
    fn it_comes_back_at_its_time_and_not_before() {
        assert_eq!([None, Some(999), Some(1_000), Some(1_001)].map(|at| is_due(at, 1_000)), [false, true, true, false]);
    }
}
