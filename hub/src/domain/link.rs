//! The secure link of a ticket and a recipient: a handle that leads to the page which sends a code.

use protocol::{ParticipantId, TicketId};
use uuid::Uuid;

/// What its token is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureLink {
    pub id: Uuid,
    pub ticket: TicketId,
    pub recipient: ParticipantId,
    /// A new one voids the tokens of the earlier ones.
    pub generation: i64,
    /// The key it was made with: it never changes; without that key the link is void.
    pub kid: String,
}
