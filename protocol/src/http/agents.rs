//! Agents: signing in, who they are, colleagues, and what admins do.

use serde::{Deserialize, Serialize};

use super::wire;
use crate::ids::{Millis, ParticipantId, TeamId};
use crate::model::{Availability, PresenceScope, Role, TeamRef};

wire! {
    /// `GET /v1/agent/links/{token}` shows what a one-time link is for; GET changes nothing.
    pub struct LinkInfo {
        pub purpose: LinkPurpose,
        /// The invited or known address; empty for the first admin, who chooses it.
        pub email: String,
        pub name: String,
        pub site: String,
    }

    /// `POST /v1/agent/links/{token}`: set name and password; the link is used up and the agent signed in. Answers [`AgentMe`].
    #[serde(deny_unknown_fields)]
    pub struct UseLink {
        /// Required for the first admin, refused otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub email: Option<String>,
        /// Required for the first admin and for invites; not asked on a reset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        pub password: String,
    }

    /// `POST /v1/agent/sign-in`. Answers [`AgentMe`].
    #[serde(deny_unknown_fields)]
    pub struct AgentSignIn {
        pub email: String,
        pub password: String,
    }

    /// `GET /v1/agent/me`.
    pub struct AgentMe {
        pub id: ParticipantId,
        pub name: String,
        pub email: String,
        pub role: Role,
        pub teams: Vec<TeamRef>,
        pub site: String,
        pub availability: Availability,
    }

    /// `PATCH /v1/agent/me`.
    #[serde(deny_unknown_fields)]
    pub struct ChangeAgentMe {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub password: Option<ChangePassword>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub availability: Option<Availability>,
    }

    /// Ends every other login of the agent.
    #[serde(deny_unknown_fields)]
    pub struct ChangePassword {
        pub current: String,
        pub new: String,
    }

    /// `GET /v1/agent/colleagues`: who a ticket can be given to.
    pub struct Colleagues {
        pub agents: Vec<Colleague>,
        pub teams: Vec<TeamRef>,
        /// Whose sessions `online` knows of.
        pub presence: PresenceScope,
    }

    pub struct Colleague {
        pub id: ParticipantId,
        pub name: String,
        /// With the teams it says which tickets they see.
        pub role: Role,
        pub teams: Vec<TeamId>,
        /// A page of theirs is open.
        pub online: bool,
        pub availability: Availability,
    }

    /// `GET /v1/agent/agents` (admins).
    pub struct Agents {
        pub agents: Vec<AgentAccount>,
    }

    pub struct AgentAccount {
        pub id: ParticipantId,
        pub name: String,
        pub email: String,
        pub role: Role,
        pub teams: Vec<TeamId>,
        pub state: AgentState,
    }

    /// `POST /v1/agent/agents` (admins) with `Idempotency-Key`. Answers [`OneTimeLink`].
    #[serde(deny_unknown_fields)]
    pub struct Invite {
        pub email: String,
        pub name: String,
        pub role: Role,
        #[serde(default)]
        pub teams: Vec<TeamId>,
    }

    /// A link that works once, within 72 hours (reset: 2 hours). The hub keeps only its digest; show it now.
    pub struct OneTimeLink {
        pub url: String,
        pub expires_at: Millis,
    }

    /// `PATCH /v1/agent/agents/{id}` (admins). Absent fields stay as they are.
    #[serde(deny_unknown_fields)]
    pub struct ChangeAgent {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub role: Option<Role>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub teams: Option<Vec<TeamId>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub disabled: Option<bool>,
    }

    /// `POST /v1/agent/teams` (admins) with `Idempotency-Key`, `PATCH /v1/agent/teams/{id}`. Answers [`TeamRef`].
    #[serde(deny_unknown_fields)]
    pub struct TeamName {
        pub name: String,
    }
}

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    FirstAdmin,
    Invite,
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    Invited,
    Active,
    Disabled,
}
