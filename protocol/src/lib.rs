//! Wire types and ids of Guichet, version `hub.v1`.
//!
//! The one spelling of everything that crosses a socket or an HTTP body: the hub, its tests and its
//! load test use these types, and `web/src/protocol.ts` is generated from them.
//! `docs/PROTOCOL.md` is the normative text beside them.
//! This crate knows nothing of the hub, of databases or of sockets.
//!
//! Rules of the wire: snake_case everywhere, ids are strings, sequence numbers and times are whole
//! numbers below 2^53, a time is milliseconds since 1970 (UTC), and unions carry their case in a
//! field (`type` for frames, `kind` for event bodies).

pub mod drafts;
pub mod error;
pub mod frame;
pub mod http;
pub mod ids;
pub mod macros;
pub mod model;

pub use error::{ErrorCode, Problem};
pub use ids::{
    AttachmentId, ClientId, ConnectionId, DraftRevision, LoginId, MacroId, Millis, ParticipantId, SavedViewId, SiteId,
    TeamId, TicketId,
};
