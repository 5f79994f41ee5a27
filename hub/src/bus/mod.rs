//! What nodes tell each other. A hint may be lost, doubled or late: the database is the truth, and a
//! position check settles any doubt. Callers assume nothing about how many nodes there are.
//!
//! It carries signals that are not stored (typing, presence, ended logins) and hints of what was committed.
//! It knows nothing of sockets or of the store. One node keeps everything in this process; several have
//! Redis between them (`redis`), in the words of `wire`.

mod redis;
#[cfg(test)]
mod tests;
mod wire;

use protocol::frame::PostKind;
use protocol::model::Side;
use protocol::{ConnectionId, DraftRevision, LoginId, Millis, ParticipantId, SiteId, TicketId};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};

pub use self::redis::{BadRedis, RedisAccount, RedisServer};
use crate::domain::Clock;
use crate::domain::committed::Committed;
pub use wire::Moved;

/// Words that wait for the slowest reader of this node; older ones are dropped, and the reader is told.
const WAITING_MAX: usize = 4_096;

/// What is told and not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// These people have a session on the node that tells it.
    Here(Vec<ParticipantId>),
    /// A session on the node that tells it attends a ticket from now on, or still does; or none any more.
    Attends { session: ConnectionId, to: Option<Attending> },
    /// So many changing requests came from these networks since the node told it last.
    Asked(Vec<(String, u32)>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attending {
    pub ticket: TicketId,
    pub participant: ParticipantId,
    pub side: Side,
    pub name: String,
}

/// What a node hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// From this node or another one.
    Signal(Signal),
    /// Another node committed it.
    Committed(Committed),
    /// Another node committed something that is too long for a hint.
    Moved(Moved),
}

/// How the way to the other nodes stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Nothing comes from the other nodes, and nothing goes there.
    pub is_away: bool,
    /// Redis took what this node told itself, and it did not come back: this node alone is cut off.
    pub is_deaf: bool,
    /// Of the subscription: one more each time it was made anew.
    pub generation: u64,
    /// One more each time something may have been missed, here or by another node that could not tell.
    pub doubts: u64,
    /// When something was heard last, or the node started.
    pub heard_at: Millis,
}

/// What went over the bus since the start, for the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub told: u64,
    /// Dropped because the queue was full, or not taken by Redis.
    pub untold: u64,
    pub heard: u64,
    /// Not understood: another version's, or not a hub's.
    pub not_understood: u64,
}

/// The way between nodes; clones are the same.
#[derive(Clone, Debug)]
pub struct Bus {
    here: broadcast::Sender<Heard>,
    state: watch::Sender<State>,
    /// The other nodes; `None`: there are none.
    others: Option<redis::Way>,
}

impl State {
    /// What other nodes commit is not heard of.
    pub fn is_cut_off(&self) -> bool {
        self.is_away || self.is_deaf
    }
}

impl Bus {
    /// One node: everything stays in this process.
    pub fn local() -> Self {
        Self { here: broadcast::Sender::new(WAITING_MAX), state: watch::Sender::default(), others: None }
    }

    /// Several nodes, by a Redis between them. Begins to listen; nobody waits for it.
    pub fn redis(server: RedisServer, clock: Clock) -> Self {
        let mut bus = Self::local();
        // Its silence counts from the start.
        bus.state.send_modify(|state| (state.is_away, state.heard_at) = (true, clock.now()));
        bus.others = Some(redis::Way::start(server, clock, bus.here.clone(), bus.state.clone()));
        bus
    }

    /// Tells this node and the others. Never waits and never fails: what cannot be delivered is lost.
    pub fn publish(&self, signal: Signal) {
        self.tell_others(&signal);
        self.publish_here(signal);
    }

    /// Tells this node alone.
    pub fn publish_here(&self, signal: Signal) {
        // An error means that nobody listens, which is no loss.
        let _ = self.here.send(Heard::Signal(signal));
    }

    /// Tells the others alone.
    pub fn tell_others(&self, signal: &Signal) {
        if let Some(others) = &self.others {
            others.tell(signal);
        }
    }

    /// Tells the others what was committed here.
    pub fn hint(&self, committed: &Committed) {
        if let Some(others) = &self.others {
            others.hint(committed);
        }
    }

    /// Everything told from now on. Who reads too slowly gets `Lagged` and must take it that anything may
    /// have happened: see [`Bus::doubt`].
    pub fn subscribe(&self) -> broadcast::Receiver<Heard> {
        self.here.subscribe()
    }

    /// Follows how the way to the others stands.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Something may have been missed on this node: what is on its screens is to be compared with the database.
    pub fn doubt(&self) {
        self.state.send_modify(|state| state.doubts += 1);
    }

    /// Whether there may be other nodes that hear this one.
    pub fn has_others(&self) -> bool {
        self.others.is_some()
    }

    /// Milliseconds since anything was heard over the bus.
    pub fn silence_ms(&self) -> u64 {
        self.others.as_ref().map_or(0, |others| others.silence_ms(self.state.borrow().heard_at))
    }

    /// Words that wait to be told to the others, at most 4,096.
    pub fn words_queued(&self) -> usize {
        self.others.as_ref().map_or(0, redis::Way::queued)
    }

    /// Words that wait for the slowest reader of this node, at most 4,096.
    pub fn words_unread(&self) -> usize {
        self.here.len()
    }

    pub fn counts(&self) -> Counts {
        self.others.as_ref().map(redis::Way::counts).unwrap_or_default()
    }

    /// Tells what still waits, for a moment, and listens no more.
    pub async fn close(&self) {
        if let Some(others) = &self.others {
            others.close().await;
        }
    }
}
