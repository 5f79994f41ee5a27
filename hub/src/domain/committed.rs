//! What a transaction changed, as the store tells it to live delivery and nodes tell it to each other.

use protocol::Millis;
use protocol::model::{AgentEvent, AgentTicket, Mark, PublicEvent, PublicTicket, Side};
use serde::{Deserialize, Serialize};

use super::access::TicketRef;

/// One committed change, with everything that live delivery needs and nothing to be read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Committed {
    Event(Box<CommittedEvent>),
    Mark(CommittedMark),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedEvent {
    /// Access and last numbers after this event.
    pub ticket: TicketRef,
    /// Where access stood before, when this event changed team, assignee or requester.
    pub before: Option<TicketRef>,
    pub agent: AgentEvent,
    /// The requesters' form; none for an internal event.
    pub public: Option<PublicEvent>,
    /// The rows after the whole batch, on the last event of each ticket in it.
    pub rows: Option<(AgentTicket, PublicTicket)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedMark {
    pub ticket: TicketRef,
    /// In the agents' numbering.
    pub for_agents: Mark,
    /// In the requesters' numbering.
    pub for_requesters: Mark,
    /// What the marked person has not read now.
    pub unread: i64,
    pub at: Millis,
}

impl CommittedMark {
    /// In the numbering of whom it belongs to.
    pub const fn own(&self) -> &Mark {
        match self.for_agents.side {
            Side::Agent => &self.for_agents,
            Side::Requester | Side::System => &self.for_requesters,
        }
    }
}
