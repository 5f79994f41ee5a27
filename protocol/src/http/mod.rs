//! Bodies of the HTTP API. Requests are strict: an unknown field is refused.
//!
//! The routes stand in `hub/src/http/routes.rs` and, for readers, in `docs/PROTOCOL.md`.

mod agents;
mod alerts;
mod inbox;
mod requesters;
mod search;
mod views;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::Millis;

macro_rules! wire {
    ($($item:item)+) => {$(
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
        $item
    )+};
}
pub(crate) use wire;

pub use agents::*;
pub use alerts::*;
pub use inbox::*;
pub use requesters::*;
pub use search::*;
pub use views::*;

wire! {
    /// `GET /v1/site`: what a page needs before anybody signs in.
    pub struct Site {
        pub name: String,
        pub topics: Vec<Topic>,
        pub limits: Limits,
        pub files: FileLimits,
        /// For how long after it was closed a message reopens a ticket; later it opens another one. Absent: for ever.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub reopen_within_ms: Option<Millis>,
    }

    /// A choice of the request form.
    pub struct Topic {
        pub key: String,
        /// By language, such as `en`.
        pub label: BTreeMap<String, String>,
        /// What helps to be answered fast, by language.
        pub hint: BTreeMap<String, String>,
        pub fields: Vec<TopicField>,
    }

    /// A detail that speeds things up.
    pub struct TopicField {
        pub key: String,
        pub kind: FieldKind,
        pub label: BTreeMap<String, String>,
        pub hint: BTreeMap<String, String>,
    }

    /// Limits told before they are met. Characters are Unicode scalar values.
    pub struct Limits {
        pub text_chars_max: u64,
        pub text_bytes_max: u64,
        pub subject_chars_max: u64,
        pub detail_chars_max: u64,
        pub name_chars_max: u64,
        pub password_chars_min: u64,
    }

    /// The same for files.
    pub struct FileLimits {
        /// The largest file, in bytes.
        pub bytes_max: i64,
        /// Files of one message.
        pub per_message: u32,
    }
}

/// What a detail's input looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    /// Local date and time as the browser's input gives it, `2026-11-22T14:05`.
    DateTime,
}

/// Local mailbox, when no SMTP server is set: `GET /dev/mailbox/messages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
pub struct LocalMail {
    pub id: Uuid,
    pub at: Millis,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    /// As they would be sent, a line each; a line that goes on begins with a blank.
    pub headers: String,
}
