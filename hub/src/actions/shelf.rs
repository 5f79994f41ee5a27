//! What agents keep, macros and saved views: their own, and those of the site, which admins look after.

use super::Hub;
use super::agents::require_admin;
use crate::bus::Signal;
use crate::domain::Refusal;
use crate::domain::access::Agent;
use crate::store::tickets::Shelf;

pub fn may_change(agent: &Agent, shelf: Shelf) -> Result<(), Refusal> {
    match shelf {
        Shelf::Own => Ok(()),
        Shelf::Shared => require_admin(agent),
    }
}

/// Whoever may use what stands there hears that it changed.
pub fn tell(hub: &Hub, agent: &Agent, shelf: Shelf) {
    let owner = (shelf == Shelf::Own).then_some(agent.id);
    hub.bus.publish(Signal::ShelfChanged { site: agent.site, owner });
}
