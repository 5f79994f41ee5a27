//! Who may be merged with whom, and what any sequence of merges comes to.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn party(n: u128) -> Party {
    Party {
        site: SiteId(Uuid::nil()),
        id: TicketId(Uuid::from_u128(n)),
        merged_into: None,
        depth: 0,
        requester: ParticipantId(Uuid::from_u128(99)),
        guest: false,
        proof: Proof::Confirmed,
        canonical: "amina@example.org".to_owned(),
    }
}

fn guest(n: u128) -> Party {
    Party { guest: true, requester: ParticipantId(Uuid::from_u128(100 + n)), ..party(n) }
}

fn code(from: &Party, into: &Party) -> Result<i64, ErrorCode> {
    merge(from, into).map_err(|refusal| refusal.code)
}

#[test]
fn only_what_is_provably_the_same_persons_is_merged() {
    let others = Party { requester: ParticipantId(Uuid::from_u128(98)), ..party(2) };
    let unproven = Party { proof: Proof::NotConfirmed, ..guest(2) };
    let elsewhere = Party { canonical: "other@example.org".to_owned(), ..guest(2) };
    let table = [
        ("one account", party(1), party(2), Ok(1)),
        ("two accounts", party(1), others, Err(ErrorCode::DifferentRequesters)),
        ("two guests of one proven address", guest(1), guest(2), Ok(1)),
        ("into an unproven address", guest(1), unproven.clone(), Err(ErrorCode::DifferentRequesters)),
        ("from an unproven address", unproven, guest(1), Err(ErrorCode::DifferentRequesters)),
        ("another address", guest(1), elsewhere, Err(ErrorCode::DifferentRequesters)),
        ("a guest into an account", guest(1), party(2), Err(ErrorCode::DifferentRequesters)),
        ("an account into a guest's", party(1), guest(2), Err(ErrorCode::DifferentRequesters)),
        ("itself", party(1), party(1), Err(ErrorCode::BadValue)),
        ("another site's", party(1), Party { site: SiteId(Uuid::max()), ..party(2) }, Err(ErrorCode::BadValue)),
    ];
    for (case, from, into, expected) in table {
        assert_eq!(code(&from, &into), expected, "{case}");
    }
}

#[test]
fn a_refusal_says_where_a_merged_ticket_leads() {
    let merged = Party { merged_into: Some(party(3).id), ..party(1) };
    assert_eq!(merge(&merged, &party(2)), Err(Refusal::merged(party(3).id)));
    let refusal = merge(&party(2), &merged).unwrap_err();
    assert_eq!((refusal.code, refusal.ticket), (ErrorCode::Merged, Some(party(3).id)));
    assert_eq!(refusal.field.as_deref(), Some("into"));
}

#[test]
fn the_matter_stays_as_alive_as_the_livelier_of_both() {
    use Status::{Closed, Open, Pending, Solved};
    // Rows: the living one; columns: the merged one open, pending, solved, closed.
    let table = [
        (Open, [Open, Open, Open, Open]),
        (Pending, [Open, Pending, Pending, Pending]),
        (Solved, [Open, Pending, Solved, Solved]),
        (Closed, [Open, Pending, Closed, Closed]),
    ];
    for (living, row) in table {
        for (merged, expected) in [Open, Pending, Solved, Closed].into_iter().zip(row) {
            assert_eq!(status_after(living, merged), expected, "{merged:?} into {living:?}");
        }
    }
}

proptest! {
    /// Whatever is merged in whatever order: no way round, and every merged ticket leads to exactly
    /// one living ticket in at most `MERGE_STEPS_MAX` steps.
    #[test]
    fn every_ticket_leads_to_one_living_ticket_in_few_steps(
        merges in proptest::collection::vec((0..20_usize, 0..20_usize), 0..200),
    ) {
        let mut tickets: Vec<Party> = (0..20).map(party).collect();
        for (from, into) in merges {
            if let Ok(depth) = merge(&tickets[from], &tickets[into]) {
                tickets[from].merged_into = Some(tickets[into].id);
                tickets[into].depth = depth;
            }
        }
        for start in &tickets {
            let (mut at, mut steps) = (start, 0);
            while let Some(next) = at.merged_into {
                at = tickets.iter().find(|ticket| ticket.id == next).expect("it leads to a ticket there is");
                steps += 1;
                prop_assert!(steps <= MERGE_STEPS_MAX);
            }
            prop_assert!(at.depth >= steps);
        }
        prop_assert!(tickets.iter().any(|ticket| ticket.merged_into.is_none()));
    }
}
