//! Teams of agents.

use protocol::model::TeamRef;
use protocol::{ClientId, ErrorCode, LoginId, SiteId, TeamId};

use crate::domain::message::TeamName;
use crate::domain::{Refusal, ids};
use crate::store::db::{commit, retrying};
use crate::store::fault::{Fault, Outcome};
use crate::store::logins::{answer, keep_answer, or_answered};
use crate::store::sql::{Columns, Sql, all, run};
use crate::store::{Store, StoreError};

impl Store {
    pub async fn teams(&self, site: SiteId) -> Result<Vec<TeamRef>, StoreError> {
        let text = "select id, name from team where site_id = $1 order by lower(name), id";
        let rows = all(self.db().reads(), Sql::with(text, [site.0.into()])).await?;
        let team = |row: &sea_orm::QueryResult| Ok(TeamRef { id: row.id("id")?, name: row.get("name")? });
        Ok(rows.iter().map(team).collect::<Outcome<_>>()?)
    }

    /// `conflict` when the name is taken. With a key, a repeat by the same login answers the same team.
    pub async fn add_team(
        &self,
        site: SiteId,
        name: &TeamName,
        key: Option<(LoginId, ClientId)>,
    ) -> Result<TeamRef, StoreError> {
        let team = TeamRef { id: TeamId(ids::new_id(self.clock())), name: name.as_str().to_owned() };
        let done = retrying(|| self.add_team_once(site, &team, key)).await;
        Ok(or_answered(self.db().writes(), done, key).await?)
    }

    async fn add_team_once(&self, site: SiteId, team: &TeamRef, key: Option<(LoginId, ClientId)>) -> Outcome<TeamRef> {
        let tx = self.db().begin().await?;
        if let Some((login, key)) = key
            && let Some(answer) = answer(&tx, login, key).await?
        {
            return Ok(serde_json::from_str(&answer)?);
        }
        let text = "insert into team (id, site_id, name, created_at) values ($1, $2, $3, $4) on conflict do nothing";
        let row = [team.id.0.into(), site.0.into(), team.name.as_str().into(), self.now().into()];
        if run(&tx, Sql::with(text, row)).await? == 0 {
            return Err(name_taken());
        }
        if let Some(key) = key {
            keep_answer(&tx, key, "add_team", serde_json::to_string(team)?, self.now()).await?;
        }
        commit(tx).await?;
        Ok(team.clone())
    }

    /// `not_found` when there is no such team.
    pub async fn rename_team(&self, site: SiteId, id: TeamId, name: &TeamName) -> Result<TeamRef, StoreError> {
        let text = "update team set name = $1 where id = $2 and site_id = $3";
        let values = [name.as_str().into(), id.0.into(), site.0.into()];
        match run(self.db().writes(), Sql::with(text, values)).await {
            Ok(0) => Err(Refusal::new(ErrorCode::NotFound).into()),
            Ok(_) => Ok(TeamRef { id, name: name.as_str().to_owned() }),
            Err(Fault::Taken(_)) => Err(name_taken().into()),
            Err(fault) => Err(fault.into()),
        }
    }
}

fn name_taken() -> Fault {
    Refusal::of("name", ErrorCode::Conflict).into()
}
