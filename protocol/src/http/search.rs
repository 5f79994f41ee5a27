//! What a search of the console finds.

use serde::{Deserialize, Serialize};

use super::wire;
use crate::ids::Millis;
use crate::model::{AgentTicket, Author, Row};

wire! {
    /// `GET /v1/agent/search?q=…[&after=…][&limit=…]`: newest first; a ticket whose number was typed comes
    /// before all others.
    pub struct SearchHits {
        pub hits: Vec<SearchHit>,
        /// More may follow, also where there are fewer hits than were asked for, or none.
        pub next: Option<String>,
    }

    /// A text in which every word was found.
    pub struct SearchHit {
        pub row: Row<AgentTicket>,
        pub matched: Matched,
        /// The message or note that it stands in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub n: Option<i64>,
        /// When it was written; of what belongs to the whole ticket, when that was opened.
        pub at: Millis,
        /// Who wrote the message or note.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub author: Option<Author>,
        /// The part of the text around what was found; the pieces one after the other.
        pub excerpt: Vec<Piece>,
    }

    /// A piece of an excerpt.
    pub struct Piece {
        pub text: String,
        /// It is what was looked for.
        pub found: bool,
    }
}

/// What a search found its words in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    Message,
    Note,
    Subject,
    /// The requester's name.
    Name,
    /// The requester's address.
    Address,
    /// The ticket's number.
    Number,
    /// The names of a message's or note's files.
    File,
    /// What the requester gave beside the text, such as a transaction's number.
    Detail,
}
