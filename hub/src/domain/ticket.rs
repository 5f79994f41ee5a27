//! The life of a ticket: open → pending → solved → closed, and back by any reply.

use protocol::model::Status;

/// What may move a ticket from one status to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    RequesterReplied,
    AgentReplied,
    AgentAsked,
    AgentSolved,
    AgentReopened,
    /// Takes back the solving of what waited for the requester.
    AgentPutBack,
    /// Some days after it was solved, by the hub.
    TimePassed,
}

/// The status after `cause`. The same status means that nothing is told.
pub fn after(status: Status, cause: Cause) -> Status {
    match (status, cause) {
        // A reply reopens the same ticket, also after it was closed.
        (_, Cause::RequesterReplied | Cause::AgentReopened) => Status::Open,
        // A parting word does not reopen what is solved.
        (Status::Solved | Status::Closed, Cause::AgentReplied) => status,
        (Status::Open | Status::Pending, Cause::AgentReplied) => Status::Pending,
        // Asking for information waits for the requester, whatever was.
        (_, Cause::AgentAsked) => Status::Pending,
        (Status::Closed, Cause::AgentSolved) => Status::Closed,
        (_, Cause::AgentSolved) => Status::Solved,
        (Status::Solved | Status::Closed, Cause::AgentPutBack) => Status::Pending,
        (Status::Open | Status::Pending, Cause::AgentPutBack) => status,
        (Status::Solved, Cause::TimePassed) => Status::Closed,
        (Status::Open | Status::Pending | Status::Closed, Cause::TimePassed) => status,
    }
}
