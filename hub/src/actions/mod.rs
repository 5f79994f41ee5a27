//! What people do, one verb per function: check the right, one store transaction, then tell the bus.
//! Knows the domain and the adapters; knows nothing of HTTP or sockets.

pub mod conversation;

use crate::bus::Bus;
use crate::domain::Clock;
use crate::presence::Presence;
use crate::store::Store;

/// What every action works with.
#[derive(Clone)]
pub struct Hub {
    pub store: Store,
    pub bus: Bus,
    pub presence: Presence,
    pub clock: Clock,
}
