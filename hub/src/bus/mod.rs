//! What nodes tell each other. A hint may be lost, doubled or late: the database is the truth, and a
//! position check settles any doubt. Callers assume nothing about how many nodes there are.
//!
//! It carries signals that are not stored (typing, presence, ended logins) and, between nodes, hints
//! of committed events. It knows nothing of sockets or of the store.

mod local;

use protocol::frame::PostKind;
use protocol::model::Side;
use protocol::{DraftRevision, LoginId, Millis, ParticipantId, SiteId, TicketId};
use tokio::sync::broadcast;

pub use local::LocalBus;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// These logins have ended: their sockets close at once.
    LoginsEnded(Vec<LoginId>),
    /// The rights of these people changed: their sockets read them anew.
    RightsChanged(Vec<ParticipantId>),
    /// Somebody writes in a ticket.
    Typing(Typing),
    /// Presence in a ticket changed.
    PresenceChanged(TicketId),
    /// These agents came, went, or are available or away from now on. Others may be among them.
    ColleaguesChanged(Vec<ParticipantId>),
    /// A mail about a ticket was sent, held or put off.
    AlertsChanged(TicketId),
    /// Macros or saved views of this agent, or those of the whole site, are not what they were.
    ShelfChanged { site: SiteId, owner: Option<ParticipantId> },
    /// What this agent writes in a ticket may have changed, to `revision` where that is known.
    DraftChanged { agent: ParticipantId, ticket: TicketId, kind: PostKind, revision: Option<DraftRevision> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    pub ticket: TicketId,
    pub participant: ParticipantId,
    pub side: Side,
    pub name: String,
    pub kind: PostKind,
    /// A file is on its way up, rather than keys pressed.
    pub file: bool,
    pub at: Millis,
}

/// The way between nodes.
#[derive(Clone, Debug)]
pub enum Bus {
    /// One node: everything stays in this process.
    Local(LocalBus),
}

impl Bus {
    pub fn local() -> Self {
        Self::Local(LocalBus::new())
    }

    /// Never waits and never fails: a hint that cannot be delivered is lost.
    pub fn publish(&self, signal: Signal) {
        match self {
            Self::Local(bus) => bus.publish(signal),
        }
    }

    /// Everything published from now on. Who reads too slowly gets `Lagged` and must take it that
    /// anything may have happened.
    pub fn subscribe(&self) -> broadcast::Receiver<Signal> {
        match self {
            Self::Local(bus) => bus.subscribe(),
        }
    }
}
