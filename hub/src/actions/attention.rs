//! Being there in a ticket, from a page that no websocket reaches: a lease of the login, since such a page
//! has no connection that could hold one. A socket's leases are its own (`live`).

use protocol::model::Side;
use protocol::{ConnectionId, ErrorCode, TicketId};

use super::Hub;
use super::conversation::find;
use crate::bus::Signal;
use crate::domain::Refusal;
use crate::domain::access::{self, Who};
use crate::presence::Attendant;
use crate::store::StoreError;

/// Renews the lease of this login, which looks at this ticket and no other now.
///
/// # Errors
/// `not_found` when the ticket is not theirs to see.
pub async fn attend(hub: &Hub, who: &Who, ticket: TicketId) -> Result<(), StoreError> {
    let found = find(hub, who, ticket).await?;
    let readable = access::read(who, &found).ok_or(Refusal::new(ErrorCode::NotFound))?;
    let (side, name) = match who {
        Who::Agent(agent) => {
            let agent = hub.store.agent(agent.site, agent.id).await?;
            (Side::Agent, agent.map(|agent| agent.name).unwrap_or_default())
        }
        // Requesters are named by their ticket.
        Who::Visitor(_) => (Side::Requester, String::new()),
    };
    let person = Attendant { id: readable.reader(), side, name };
    tell(hub, hub.presence.attend(session(who), Some(ticket), &person, hub.clock.now()));
    Ok(())
}

/// Ends it, unless the login looks at another ticket by now.
pub fn leave(hub: &Hub, who: &Who, ticket: TicketId) {
    tell(hub, hub.presence.leave(session(who), ticket));
}

fn tell(hub: &Hub, changed: Vec<TicketId>) {
    for ticket in changed {
        hub.bus.publish(Signal::PresenceChanged(ticket));
    }
}

fn session(who: &Who) -> ConnectionId {
    ConnectionId(match who {
        Who::Agent(agent) => agent.login.0,
        Who::Visitor(visitor) => visitor.login.0,
    })
}
