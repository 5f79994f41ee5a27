//! Who somebody is, and the proof that they may read or answer a ticket.
//!
//! [`Readable`] can be made only here, and the store's read functions take it: a forgotten check
//! does not compile.

use protocol::model::Role;
use protocol::{LoginId, ParticipantId, SiteId, TeamId, TicketId};
use serde::{Deserialize, Serialize};

/// Who acts, as the login behind the request says. Rights to write are read again in the
/// transaction that writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    Agent(Agent),
    Visitor(Visitor),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    pub site: SiteId,
    pub login: LoginId,
    pub id: ParticipantId,
    pub role: Role,
    pub teams: Vec<TeamId>,
}

/// A browser without an agent's sign-in: nobody yet, a customer, a guest of some tickets, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    pub site: SiteId,
    pub login: LoginId,
    pub customer: Option<ParticipantId>,
    pub grants: Vec<Grant>,
}

/// A guest's right to one ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub ticket: TicketId,
    pub participant: ParticipantId,
    /// The address was confirmed in this browser.
    pub proven: bool,
}

/// Which numbering, and which events, somebody gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    Requester,
    Agent,
}

/// What access is decided from, as the store has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRef {
    pub site: SiteId,
    pub id: TicketId,
    pub team: Option<TeamId>,
    pub assignee: Option<ParticipantId>,
    pub requester: ParticipantId,
    /// The logs' last numbers when this was read.
    pub last_seq: i64,
    pub last_pub_seq: i64,
}

impl TicketRef {
    /// Whether the same people may see both.
    pub fn has_access_of(&self, other: &Self) -> bool {
        (self.team, self.assignee, self.requester) == (other.team, other.assignee, other.requester)
    }
}

/// The proof that `reader` may read the ticket.
#[derive(Clone, Debug)]
pub struct Readable<'a> {
    ticket: &'a TicketRef,
    audience: Audience,
    reader: ParticipantId,
}

impl Readable<'_> {
    pub fn ticket(&self) -> &TicketRef {
        self.ticket
    }

    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// Who the reader is in this ticket.
    pub fn reader(&self) -> ParticipantId {
        self.reader
    }

    /// The last number of the reader's log when the proof was made.
    pub fn last_n(&self) -> i64 {
        match self.audience {
            Audience::Requester => self.ticket.last_pub_seq,
            Audience::Agent => self.ticket.last_seq,
        }
    }
}

/// May `who` read this ticket? `None` looks to them like a ticket that is not there (R-D2).
pub fn read<'a>(who: &Who, ticket: &'a TicketRef) -> Option<Readable<'a>> {
    let (audience, reader) = match who {
        Who::Agent(agent) => (Audience::Agent, agent_reach(agent, ticket)?),
        Who::Visitor(visitor) => (Audience::Requester, visitor_reach(visitor, ticket)?),
    };
    Some(Readable { ticket, audience, reader })
}

fn agent_reach(agent: &Agent, ticket: &TicketRef) -> Option<ParticipantId> {
    agent_sees(agent.site, agent.id, agent.role, &agent.teams, ticket).then_some(agent.id)
}

/// Own teams, unassigned ones, own ones; leads and admins see all of their site. Also asked of
/// colleagues who are not there themselves.
pub fn agent_sees(site: SiteId, agent: ParticipantId, role: Role, teams: &[TeamId], ticket: &TicketRef) -> bool {
    site == ticket.site
        && match role {
            Role::Lead | Role::Admin => true,
            Role::Agent => {
                ticket.assignee == Some(agent)
                    || match ticket.team {
                        Some(team) => teams.contains(&team),
                        None => ticket.assignee.is_none(),
                    }
            }
        }
}

fn visitor_reach(visitor: &Visitor, ticket: &TicketRef) -> Option<ParticipantId> {
    if visitor.site != ticket.site {
        return None;
    }
    if visitor.customer == Some(ticket.requester) {
        return visitor.customer;
    }
    visitor.grants.iter().find(|grant| grant.ticket == ticket.id).map(|grant| grant.participant)
}
