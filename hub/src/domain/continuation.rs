//! When a message to a closed ticket opens another one that continues it.
//!
//! Where tickets lead, by merging and by going on, has no way round: going on leads to a ticket that is new,
//! and whatever a merge leads to goes on nowhere from then on.

use protocol::Millis;
use protocol::model::PublicTicket;

/// The number of a continuation's first message, in both numberings: after `opened` and `continues`.
pub const FIRST_MESSAGE_N: i64 = 3;

/// Has the ticket been closed for longer than a message of its requester would reopen it?
/// `within_ms` counts from when it was closed; `None`: a message always reopens.
pub fn is_due(ticket: &PublicTicket, within_ms: Option<Millis>, now: Millis) -> bool {
    match (ticket.closed_at, within_ms) {
        (Some(closed_at), Some(within_ms)) => now - closed_at > within_ms,
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use protocol::TicketId;
    use protocol::model::{PublicTicket, Status};
    use uuid::Uuid;

    use super::*;

    fn closed_at(closed_at: Option<Millis>) -> PublicTicket {
        PublicTicket {
            id: TicketId(Uuid::nil()),
            number: 10_001,
            subject: String::new(),
            topic: String::new(),
            status: Status::Closed,
            opened_at: 0,
            last_n: 1,
            last_at: 0,
            last_line: None,
            theirs: 0,
            version: 1,
            agent: None,
            merged_into: None,
            closed_at,
            continued_in: None,
        }
    }

    #[test]
    fn the_limit_counts_from_the_closing_and_includes_its_edge() {
        let closed = closed_at(Some(1_000));
        assert!(!is_due(&closed, Some(500), 1_500));
        assert!(is_due(&closed, Some(500), 1_501));
        assert!(!is_due(&closed, None, i64::MAX));
        assert!(!is_due(&closed_at(None), Some(500), i64::MAX));
    }
}
