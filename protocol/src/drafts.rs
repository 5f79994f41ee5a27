//! Bodies of the requests about drafts: what an agent is writing, kept for their other browsers.

use serde::{Deserialize, Serialize};

use crate::frame::PostKind;
use crate::http::wire;
use crate::ids::{DraftRevision, Millis, TicketId};

wire! {
    /// `GET /v1/agent/drafts`: where the agent has one, among the tickets they may see.
    pub struct Drafts {
        pub drafts: Vec<DraftRef>,
    }

    pub struct DraftRef {
        pub ticket: TicketId,
        pub kind: PostKind,
        pub revision: DraftRevision,
    }

    /// `GET /v1/agent/tickets/{id}/drafts`: the agent's own, at most one of each kind.
    pub struct TicketDrafts {
        pub drafts: Vec<Draft>,
    }

    pub struct Draft {
        pub kind: PostKind,
        /// Empty: it was sent or emptied.
        pub text: String,
        pub revision: DraftRevision,
        pub at: Millis,
    }

    /// `PUT /v1/agent/tickets/{id}/drafts/{kind}`. Answers 204, and the same for a repeat.
    #[serde(deny_unknown_fields)]
    pub struct KeepDraft {
        /// Empty: there is no draft any more.
        pub text: String,
        /// The state that this one was made from; absent where the page knows of none. When another one stands
        /// there, the answer is `draft_changed`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub base: Option<DraftRevision>,
        /// This state's own name, made by the page.
        pub revision: DraftRevision,
    }
}
