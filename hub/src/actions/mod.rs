//! What people do, one verb per function: check the right, one store transaction, then tell the bus.
//! Knows the domain and the adapters; knows nothing of HTTP or sockets.

pub mod agent_sign_in;
pub mod agents;
pub mod audit;
pub mod conversation;
pub mod sign_in;
pub mod teams;
pub mod tickets;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::auth::{Keys, Passwords};
use crate::bus::Bus;
use crate::domain::{Clock, Locale, Origin};
use crate::presence::Presence;
use crate::store::Store;

/// What every action works with.
#[derive(Clone)]
pub struct Hub {
    pub store: Store,
    pub bus: Bus,
    pub presence: Presence,
    pub clock: Clock,
    pub keys: Keys,
    pub passwords: Passwords,
    pub settings: Arc<Settings>,
    /// Told when a mail may be due.
    pub mail_due: Arc<Notify>,
}

/// What operators set and actions need.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Links are built from it alone (R-A16).
    pub origin: Origin,
    pub new_tickets_per_network_hour_max: i64,
    pub sign_ins_per_network_15_min_max: i64,
}

/// From where somebody asks, and in which language to answer.
#[derive(Clone, Debug)]
pub struct Caller {
    /// An IPv4 address or an IPv6 /64, as limits count.
    pub network: String,
    /// Such as "Firefox on Linux".
    pub browser: String,
    pub locale: Locale,
}

impl Hub {
    /// A hub of one node.
    pub fn new(store: Store, keys: Keys, settings: Settings) -> Self {
        let clock = store.clock().clone();
        Self {
            store,
            bus: Bus::local(),
            presence: Presence::default(),
            clock,
            keys,
            passwords: Passwords::new(),
            settings: Arc::new(settings),
            mail_due: Arc::new(Notify::new()),
        }
    }
}
