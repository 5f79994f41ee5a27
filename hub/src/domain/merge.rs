//! Which tickets may be merged, and what the one that lives on becomes.
//!
//! Tickets and where they lead are a forest: only a ticket that lives leads on, and only to one that
//! lives, so there is no way round and each merged ticket leads to exactly one living ticket. A way
//! has at most [`MERGE_STEPS_MAX`] steps.
//!
//! A stranger's text must never become readable by another: both tickets are the same account's, or
//! both are guests' tickets whose address, proven, is the same.

use protocol::model::{Proof, Status};
use protocol::{ErrorCode, ParticipantId, SiteId, TicketId};

use super::Refusal;
use super::limits::MERGE_STEPS_MAX;

/// What is known of a ticket that is to be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub site: SiteId,
    pub id: TicketId,
    pub merged_into: Option<TicketId>,
    /// The longest way, in steps, by which a merged ticket leads here.
    pub depth: i64,
    pub requester: ParticipantId,
    pub guest: bool,
    pub proof: Proof,
    /// The requester's address in its canonical form.
    pub canonical: String,
}

/// May `from` lead on to `into`? Answers how deep `into` is from then on.
pub fn merge(from: &Party, into: &Party) -> Result<i64, Refusal> {
    if let Some(ticket) = from.merged_into {
        return Err(Refusal::merged(ticket));
    }
    if from.id == into.id || from.site != into.site {
        return Err(Refusal::of("into", ErrorCode::BadValue));
    }
    if let Some(ticket) = into.merged_into {
        return Err(Refusal { field: Some("into".into()), ..Refusal::merged(ticket) });
    }
    if !is_same_person(from, into) {
        return Err(Refusal::new(ErrorCode::DifferentRequesters));
    }
    let depth = into.depth.max(from.depth + 1);
    match depth > MERGE_STEPS_MAX {
        true => Err(Refusal::of("into", ErrorCode::BadValue)),
        false => Ok(depth),
    }
}

/// Provably: an address that anybody could have typed proves nothing, and an account's tickets are not
/// opened to whoever holds a guest's link.
fn is_same_person(a: &Party, b: &Party) -> bool {
    let proven = |party: &Party| party.proof != Proof::NotConfirmed;
    match (a.guest, b.guest) {
        (false, false) => a.requester == b.requester,
        (true, true) => proven(a) && proven(b) && a.canonical == b.canonical,
        (true, false) | (false, true) => false,
    }
}

/// The matter goes on in the ticket that lives: as alive as the livelier of both was.
pub fn status_after(living: Status, merged: Status) -> Status {
    let liveliness = |status| match status {
        Status::Open => 3,
        Status::Pending => 2,
        Status::Solved => 1,
        Status::Closed => 0,
    };
    // What is closed is not made solved: nobody waits for anything in either.
    match liveliness(merged) > liveliness(living).max(1) {
        true => merged,
        false => living,
    }
}

#[cfg(test)]
mod tests;
