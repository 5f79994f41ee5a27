//! The lists of the console: those that are always there, and those that agents made.

use serde::{Deserialize, Serialize};

use super::wire;
use crate::ids::{ParticipantId, SavedViewId, TeamId};
use crate::model::{Priority, Status, TeamRef};

wire! {
    /// `GET /v1/agent/views`: how many tickets each view holds for this agent.
    pub struct Views {
        pub mine: i64,
        pub unassigned: i64,
        pub open: i64,
        pub waiting: i64,
        pub snoozed: i64,
        pub solved: i64,
        /// Notes that mention the agent and that they have not read.
        pub mentions: i64,
        /// Open tickets by team.
        pub teams: Vec<TeamCount>,
    }

    pub struct TeamCount {
        pub team: TeamRef,
        pub open: i64,
    }

    /// `GET /v1/agent/saved-views`: own ones, then those of the site, each in their order.
    pub struct SavedViews {
        pub views: Vec<SavedView>,
    }

    /// A list that agents made: a name, and what its tickets have in common.
    pub struct SavedView {
        pub id: SavedViewId,
        pub name: String,
        /// Of the site, for everybody.
        pub shared: bool,
        pub filters: ViewFilters,
        /// How many tickets it holds for this agent.
        pub count: i64,
    }

    /// `POST /v1/agent/saved-views`, and `/v1/agent/shared-views` (admins), with `Idempotency-Key`. Answers 201
    /// and [`SavedView`].
    #[serde(deny_unknown_fields)]
    pub struct NewView {
        pub name: String,
        pub filters: ViewFilters,
    }

    /// `PATCH /v1/agent/saved-views/{id}`, and `/v1/agent/shared-views/{id}` (admins). Absent fields stay as they are.
    #[serde(deny_unknown_fields)]
    pub struct ChangeView {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub filters: Option<ViewFilters>,
        /// Its place among its kind, from 0.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub place: Option<u32>,
    }

    /// All that are given must hold; of several in one list, one must. Tags: all of them.
    #[derive(Default)]
    #[serde(deny_unknown_fields)]
    pub struct ViewFilters {
        #[serde(default)]
        pub statuses: Vec<Status>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub assignee: Option<AssigneeFilter>,
        #[serde(default)]
        pub teams: Vec<TeamId>,
        #[serde(default)]
        pub tags: Vec<String>,
        #[serde(default)]
        pub priorities: Vec<Priority>,
        #[serde(default)]
        pub topics: Vec<String>,
        /// The requester waits at least so many minutes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub waiting_min: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub snoozed: Option<bool>,
    }
}

/// The lists of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Open or pending, assigned to me. What is put aside is in `snoozed` alone.
    Mine,
    /// Open, assigned to nobody.
    Unassigned,
    /// Open, everybody's.
    Open,
    /// Pending: waiting for the requester.
    Waiting,
    /// Open or pending, put aside until a time.
    Snoozed,
    /// Solved and closed.
    Solved,
    /// Whatever its state: a note in it mentions me.
    Mentions,
}

/// To whom the tickets of a view are assigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
pub enum AssigneeFilter {
    /// Whoever looks.
    Me,
    Nobody,
    Agent {
        id: ParticipantId,
    },
}
