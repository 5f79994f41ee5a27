//! What people do, one verb per function: check the right, one store transaction, then tell the bus.
//! Knows the domain and the adapters; knows nothing of HTTP or sockets.

pub mod agent_sign_in;
pub mod agents;
pub mod alerts;
pub mod attention;
pub mod audit;
pub mod conversation;
pub mod drafts;
pub mod files;
pub mod keep;
pub mod links;
pub mod macros;
pub mod many;
pub mod saved_views;
mod shelf;
pub mod sign_in;
pub mod teams;
pub mod tickets;

use std::sync::Arc;

use tokio::sync::watch;

use crate::auth::{Keys, Passwords};
use crate::bus::Bus;
use crate::domain::{Clock, Locale, Origin};
use crate::files::Files;
use crate::limiter::Floods;
use crate::mail::Senders;
use crate::metrics::Metrics;
use crate::presence::Presence;
use crate::store::Store;
use files::{FileLimits, Uploads};

/// What every action works with.
#[derive(Clone)]
pub struct Hub {
    pub store: Store,
    pub bus: Bus,
    pub presence: Presence,
    pub floods: Floods,
    pub metrics: Metrics,
    pub clock: Clock,
    pub keys: Keys,
    pub passwords: Passwords,
    pub settings: Arc<Settings>,
    pub files: Files,
    pub uploads: Uploads,
    /// Told when a mail may be due.
    pub mail_due: MailDue,
}

/// Wakes every worker of the outbox: whoever is busy looks again when it is done.
#[derive(Clone, Debug)]
pub struct MailDue(Arc<watch::Sender<()>>);

impl Default for MailDue {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl MailDue {
    /// A mail was queued.
    pub fn tell(&self) {
        self.0.send_modify(|()| ());
    }

    /// Hears of everything from now on.
    pub fn follow(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

/// What operators set and actions need.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Links are built from it alone (R-A16).
    pub origin: Origin,
    /// Mails are composed with them.
    pub senders: Senders,
    pub writes_per_network_s: u32,
    pub new_tickets_per_network_hour_max: i64,
    pub sign_ins_per_network_15_min_max: i64,
    pub alerts: AlertLimits,
    pub files: FileLimits,
}

/// How much may be mailed.
#[derive(Clone, Copy, Debug)]
pub struct AlertLimits {
    pub mails_per_s: u32,
    pub mails_per_domain_s: u32,
    /// To addresses that nobody has confirmed (R-H3).
    pub unconfirmed_per_address_day_max: i64,
    pub unconfirmed_per_domain_hour_max: i64,
    pub unconfirmed_per_hour_max: i64,
    /// Mails leave by a server, and do not stay in the local mailbox.
    pub by_server: bool,
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
    pub fn new(store: Store, files: Files, keys: Keys, settings: Settings) -> Self {
        let clock = store.clock().clone();
        Self {
            store,
            bus: Bus::local(),
            presence: Presence::default(),
            metrics: Metrics::default(),
            floods: Floods::new(settings.writes_per_network_s),
            clock,
            keys,
            passwords: Passwords::new(),
            settings: Arc::new(settings),
            files,
            uploads: Uploads::default(),
            mail_due: MailDue::default(),
        }
    }
}
