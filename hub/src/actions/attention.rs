//! Being there in a ticket. A socket holds its own lease; a page that none reaches has one of its login, since
//! it has no connection that could hold one. Other nodes are told of every renewal.

use protocol::model::Side;
use protocol::{ConnectionId, ErrorCode, TicketId};

use super::Hub;
use super::conversation::find;
use crate::bus::{Attending, Signal};
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
    renew(hub, session(who), ticket, person);
    Ok(())
}

/// Ends it, unless the login looks at another ticket by now.
pub fn leave(hub: &Hub, who: &Who, ticket: TicketId) {
    tell_end(hub, session(who), hub.presence.leave(session(who), ticket));
}

/// Renews a session's lease: it looks at this ticket and no other now.
pub fn renew(hub: &Hub, session: ConnectionId, ticket: TicketId, person: Attendant) {
    let changed = hub.presence.attend(session, ticket, &person, hub.clock.now());
    let Attendant { id, side, name } = person;
    hub.bus.tell_others(&Signal::Attends { session, to: Some(Attending { ticket, participant: id, side, name }) });
    tell(hub, changed);
}

/// Ends what a session looks at.
pub fn end(hub: &Hub, session: ConnectionId) {
    tell_end(hub, session, hub.presence.unattend(session));
}

fn tell_end(hub: &Hub, session: ConnectionId, changed: Vec<TicketId>) {
    if !changed.is_empty() {
        hub.bus.tell_others(&Signal::Attends { session, to: None });
    }
    tell(hub, changed);
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
