//! Typed ids: UUIDv7 on the wire as strings. They name things and grant nothing.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A brand served by the hub; every row belongs to one.
    SiteId,
    /// A customer, a guest of one ticket, or an agent.
    ParticipantId,
    /// A ticket, which is one conversation.
    TicketId,
    /// A team of agents.
    TeamId,
    /// A list that agents made.
    SavedViewId,
    /// A text with variables and acts, under a name.
    MacroId,
    /// One state of a draft, named by the page that wrote it.
    DraftRevision,
    /// A browser's right to act: a row behind a cookie.
    LoginId,
    /// A file sent with a message.
    AttachmentId,
    /// One websocket session.
    ConnectionId,
    /// Made by the client, once per thing it wants done; a repeat gets the same answer for ever.
    ClientId,
}
