//! Agents, teams, customers, the outbox of code mails, and the audit of admin acts.

use protocol::http::{Account, AgentAccount, ChangeAgent};
use protocol::model::{AgentRef, Role, TeamRef};
use protocol::{ClientId, LoginId, Millis, ParticipantId, SiteId, TeamId};
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::email::Email;
use crate::domain::message::{Name, TeamName};

/// An agent's password, or `None` for one who has not chosen one yet.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub agent: ParticipantId,
    pub password_hash: Option<String>,
    pub disabled: bool,
}

/// Who an agent is, for their own page.
#[derive(Clone, Debug)]
pub struct AgentRow {
    pub id: ParticipantId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub teams: Vec<TeamRef>,
    pub password_hash: Option<String>,
}

/// An act for the audit: security and administration, never messages.
#[derive(Clone, Debug)]
pub struct Audit {
    pub site: SiteId,
    /// Of the fixed vocabulary (R-J2), such as `agent.signed_in`.
    pub act: &'static str,
    pub actor: Option<ParticipantId>,
    pub subject: Option<Uuid>,
    pub network: String,
    /// JSON without secrets or addresses.
    pub details: serde_json::Value,
}

/// A mail that is due, claimed by this worker until its lease ends.
#[derive(Clone, Debug)]
pub struct DueMail {
    pub id: Uuid,
    pub lease: Uuid,
    pub kind: String,
    pub identity: String,
    pub to: String,
    pub locale: String,
    pub attempts: i64,
    /// For a code's mail: the code row and the key its digits come from.
    pub code: Option<(Uuid, String)>,
    pub created_at: Millis,
}

impl Store {
    pub async fn credentials(&self, _site: SiteId, _email: &Email) -> Result<Option<Credentials>, StoreError> {
        todo!("store")
    }

    pub async fn agent(&self, _site: SiteId, _id: ParticipantId) -> Result<Option<AgentRow>, StoreError> {
        todo!("store")
    }

    /// All agents of the site, by name.
    pub async fn agents(&self, _site: SiteId) -> Result<Vec<AgentAccount>, StoreError> {
        todo!("store")
    }

    /// Makes an agent without a password. `conflict` when the address is an agent's already.
    /// With a key, a repeat by the same login answers the same agent.
    pub async fn add_agent(
        &self,
        _site: SiteId,
        _email: &Email,
        _name: &Name,
        _role: Role,
        _teams: &[TeamId],
        _key: Option<(LoginId, ClientId)>,
    ) -> Result<ParticipantId, StoreError> {
        todo!("store")
    }

    /// Changes role, teams or disabled. Answers the logins that were ended (disabling, role change).
    /// The last admin can neither be disabled nor lose the role: `conflict`.
    pub async fn change_agent(
        &self,
        _site: SiteId,
        _id: ParticipantId,
        _change: &ChangeAgent,
    ) -> Result<Vec<LoginId>, StoreError> {
        todo!("store")
    }

    pub async fn rename_agent(&self, _site: SiteId, _id: ParticipantId, _name: &Name) -> Result<(), StoreError> {
        todo!("store")
    }

    pub async fn set_password(&self, _site: SiteId, _id: ParticipantId, _hash: String) -> Result<(), StoreError> {
        todo!("store")
    }

    pub async fn teams(&self, _site: SiteId) -> Result<Vec<TeamRef>, StoreError> {
        todo!("store")
    }

    /// `conflict` when the name is taken. With a key, a repeat by the same login answers the same team.
    pub async fn add_team(
        &self,
        _site: SiteId,
        _name: &TeamName,
        _key: Option<(LoginId, ClientId)>,
    ) -> Result<TeamRef, StoreError> {
        todo!("store")
    }

    /// `not_found` when there is no such team.
    pub async fn rename_team(&self, _site: SiteId, _id: TeamId, _name: &TeamName) -> Result<TeamRef, StoreError> {
        todo!("store")
    }

    /// Agents with a password who are not disabled, with their teams.
    pub async fn assignable(&self, _site: SiteId) -> Result<Vec<(AgentRef, Vec<TeamId>)>, StoreError> {
        todo!("store")
    }

    pub async fn account(&self, _site: SiteId, _customer: ParticipantId) -> Result<Option<Account>, StoreError> {
        todo!("store")
    }

    pub async fn rename_customer(
        &self,
        _site: SiteId,
        _customer: ParticipantId,
        _name: &Name,
    ) -> Result<(), StoreError> {
        todo!("store")
    }

    pub async fn audit(&self, _act: Audit) -> Result<(), StoreError> {
        todo!("store")
    }

    /// Bumps the version that running hubs watch; for the command line.
    pub async fn bump_access_version(&self) -> Result<(), StoreError> {
        todo!("store")
    }

    /// Claims mails that are due, at most `max`, for `lease_ms`.
    pub async fn claim_mails(&self, _max: u64, _lease_ms: i64) -> Result<Vec<DueMail>, StoreError> {
        todo!("store")
    }

    /// Writes what became of a claimed mail; nothing when the lease is another's by now.
    /// `retry_at` queues it again, else it is `sent` (no error) or `dead`.
    pub async fn finish_mail(
        &self,
        _mail: &DueMail,
        _error: Option<&str>,
        _retry_at: Option<Millis>,
    ) -> Result<(), StoreError> {
        todo!("store")
    }
}
