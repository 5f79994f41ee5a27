//! One connection as the rest of the hub sees it: who it is, and a queue to put frames into.
//! Whoever publishes never writes to a socket; the connection's own task does.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use protocol::frame::{CloseCode, ServerFrame};
use protocol::{ConnectionId, LoginId, Millis, ParticipantId, TicketId};
use tokio::sync::Notify;

use super::outbox::{Fleeting, Offered, Outbox};
use crate::domain::access::{self, Audience, TicketRef, Who};
use crate::presence::Attendant;

/// Shared by the connection's task and by everybody who has something for it.
#[derive(Debug)]
pub struct Connection {
    pub id: ConnectionId,
    pub audience: Audience,
    pub login: LoginId,
    /// What an agent is called; requesters are named by their ticket.
    pub name: String,
    /// When the login ends by itself, as it was read last; 0 until then.
    holds_until: AtomicI64,
    /// Read anew when rights change.
    who: Mutex<Arc<Who>>,
    outbox: Mutex<Outbox>,
    /// Something is in the queue.
    pub wake: Notify,
}

impl Connection {
    pub fn new(id: ConnectionId, audience: Audience, login: LoginId, who: Who, name: String) -> Self {
        Self {
            id,
            audience,
            login,
            name,
            holds_until: AtomicI64::new(0),
            who: Mutex::new(Arc::new(who)),
            outbox: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// Whether the login may have ended by now: it is to be read anew.
    pub fn may_have_ended(&self, now: Millis) -> bool {
        self.holds_until.load(Ordering::Relaxed) <= now
    }

    pub fn holds_until(&self, until: Millis) {
        self.holds_until.store(until, Ordering::Relaxed);
    }

    pub fn who(&self) -> Arc<Who> {
        Arc::clone(&lock(&self.who))
    }

    pub fn set_who(&self, who: Who) {
        *lock(&self.who) = Arc::new(who);
    }

    /// Who this connection is in a ticket, if it may read it.
    pub fn reader(&self, ticket: &TicketRef) -> Option<ParticipantId> {
        access::read(&self.who(), ticket).map(|readable| readable.reader())
    }

    /// Every participant that this connection acts as.
    pub fn participants(&self) -> Vec<ParticipantId> {
        participants(&self.who())
    }

    /// This connection as somebody who attends a ticket.
    pub fn attendant(&self, ticket: TicketId) -> Option<Attendant> {
        let id = match &*self.who() {
            Who::Agent(agent) => agent.id,
            Who::Visitor(visitor) => {
                let grant = visitor.grants.iter().find(|grant| grant.ticket == ticket);
                grant.map(|grant| grant.participant).or(visitor.customer)?
            }
        };
        let side = match self.audience {
            Audience::Agent => protocol::model::Side::Agent,
            Audience::Requester => protocol::model::Side::Requester,
        };
        Some(Attendant { id, side, name: self.name.clone() })
    }

    pub fn outbox(&self) -> MutexGuard<'_, Outbox> {
        lock(&self.outbox)
    }

    /// Offers a live event; a feed that fell behind by it is told so.
    pub fn offer(&self, ticket: TicketId, n: i64, frame: &Utf8Bytes, known_at: Millis) {
        {
            let mut outbox = self.outbox();
            match outbox.offer(ticket, n, frame, known_at) {
                Offered::NotSubscribed => return,
                Offered::Taken => {}
                Offered::Overflowed => {
                    for ticket in outbox.lagging() {
                        outbox.control(encode(&ServerFrame::Behind { ticket }));
                    }
                }
            }
        }
        self.wake.notify_one();
    }

    pub fn control(&self, frame: &ServerFrame) {
        self.outbox().control(encode(frame));
        self.wake.notify_one();
    }

    pub fn fleeting(&self, kind: Fleeting, frame: Utf8Bytes) {
        self.outbox().fleeting(kind, frame);
        self.wake.notify_one();
    }

    pub fn close(&self, code: CloseCode) {
        self.outbox().close(code);
        self.wake.notify_one();
    }
}

/// Every participant that somebody acts as.
pub fn participants(who: &Who) -> Vec<ParticipantId> {
    match who {
        Who::Agent(agent) => vec![agent.id],
        Who::Visitor(visitor) => {
            let guests = visitor.grants.iter().map(|grant| grant.participant);
            visitor.customer.into_iter().chain(guests).collect()
        }
    }
}

/// A frame as it goes over the wire. Shared by every connection it is for.
pub fn encode(frame: &ServerFrame) -> Utf8Bytes {
    serde_json::to_string(frame).expect("our frames are plain data").into()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one of these; if it did, the data are whole between statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
