//! Bodies of the requests about macros: a name, a text with variables, and what is done to the ticket besides.
//!
//! What a macro does, it does by the requests there are: its text is posted, its acts are ticket actions.

use serde::{Deserialize, Serialize};

use crate::frame::PostKind;
use crate::http::wire;
use crate::ids::{MacroId, ParticipantId, TeamId};
use crate::model::Priority;

wire! {
    /// `GET /v1/agent/macros`: own ones, then those of the site, each in their order.
    pub struct Macros {
        pub macros: Vec<Macro>,
    }

    pub struct Macro {
        pub id: MacroId,
        pub name: String,
        /// Of the site, for everybody.
        pub shared: bool,
        pub content: MacroContent,
    }

    /// `POST /v1/agent/macros`, and `/v1/agent/shared-macros` (admins), with `Idempotency-Key`. Answers 201 and
    /// [`Macro`].
    #[serde(deny_unknown_fields)]
    pub struct NewMacro {
        pub name: String,
        pub content: MacroContent,
    }

    /// `PATCH /v1/agent/macros/{id}`, and `/v1/agent/shared-macros/{id}` (admins). Absent fields stay as they are.
    #[serde(deny_unknown_fields)]
    pub struct ChangeMacro {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub content: Option<MacroContent>,
        /// Its place among its kind, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub place: Option<u32>,
    }

    /// A text, acts, or both.
    #[serde(deny_unknown_fields)]
    pub struct MacroContent {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub text: Option<MacroText>,
        #[serde(default)]
        pub actions: MacroActions,
    }

    #[serde(deny_unknown_fields)]
    pub struct MacroText {
        /// As what it is written; `ask` makes the ticket wait for the requester.
        pub kind: PostKind,
        /// With variables such as `{{requester.first_name}}` or `{{requester.first_name|there}}`.
        pub text: String,
    }

    /// What is done to the ticket. `solve` goes with neither `snooze_min` nor a text that asks.
    #[derive(Default)]
    #[serde(deny_unknown_fields)]
    pub struct MacroActions {
        #[serde(default)]
        pub solve: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub team: Option<TeamId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub assignee: Option<MacroAssignee>,
        #[serde(default)]
        pub add_tags: Vec<String>,
        #[serde(default)]
        pub remove_tags: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub priority: Option<Priority>,
        /// Puts it aside for so many minutes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub snooze_min: Option<u32>,
    }
}

/// To whom a macro gives the ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
pub enum MacroAssignee {
    /// Whoever uses the macro.
    Me,
    Nobody,
    Agent {
        id: ParticipantId,
    },
}
