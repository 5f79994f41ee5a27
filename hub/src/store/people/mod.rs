//! Customers. Agents and teams have files of their own.

mod agents;
mod teams;

pub(super) use agents::{NewAgent, insert_agent};

use protocol::http::Account;
use protocol::model::{AgentRef, Availability, Role, TeamRef};
use protocol::{ParticipantId, SiteId, TeamId};

use super::db::{commit, retrying};
use super::fault::Outcome;
use super::sql::{Columns, Sql, one, run};
use super::{Store, StoreError, search};
use crate::domain::message::Name;

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
    pub availability: Availability,
}

/// An agent whom a ticket can be given to.
#[derive(Clone, Debug)]
pub struct Assignable {
    pub agent: AgentRef,
    pub role: Role,
    pub teams: Vec<TeamId>,
    pub availability: Availability,
}

impl Store {
    pub async fn account(&self, site: SiteId, customer: ParticipantId) -> Result<Option<Account>, StoreError> {
        let text = "select id, name, email from participant where id = $1 and site_id = $2 and kind = 'customer'";
        let row = one(self.db().reads(), Sql::with(text, [customer.0.into(), site.0.into()])).await?;
        let account =
            row.map(|row| Ok(Account { id: row.id("id")?, name: row.get("name")?, email: row.get("email")? }));
        Ok(account.transpose().map_err(|fault: super::fault::Fault| fault)?)
    }

    pub async fn rename_customer(&self, site: SiteId, customer: ParticipantId, name: &Name) -> Result<(), StoreError> {
        Ok(retrying(|| self.rename_customer_once(site, customer, name)).await?)
    }

    async fn rename_customer_once(&self, site: SiteId, customer: ParticipantId, name: &Name) -> Outcome<()> {
        let tx = self.db().begin().await?;
        let text = "update participant set name = $1 where id = $2 and site_id = $3 and kind = 'customer'";
        let row = [name.as_str().into(), customer.0.into(), site.0.into()];
        if run(&tx, Sql::with(text, row)).await? > 0 {
            search::set_name(&tx, customer, name.as_str()).await?;
        }
        commit(tx).await
    }

    /// Bumps the version that running hubs watch; for the command line.
    pub async fn bump_access_version(&self) -> Result<(), StoreError> {
        let text = "update hub_meta set access_version = access_version + 1 where id = 1";
        run(self.db().writes(), Sql::new(text)).await?;
        Ok(())
    }
}
