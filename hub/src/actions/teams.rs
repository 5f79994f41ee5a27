//! Teams of agents: made and renamed by admins.

use protocol::model::TeamRef;
use protocol::{ClientId, TeamId};

use super::agents::require_admin;
use super::audit::{self, About, Act};
use super::{Caller, Hub};
use crate::domain::access::Agent;
use crate::domain::message::TeamName;
use crate::store::StoreError;

pub async fn add(hub: &Hub, admin: &Agent, caller: &Caller, key: ClientId, name: &str) -> Result<TeamRef, StoreError> {
    require_admin(admin)?;
    let name = TeamName::parse(name)?;
    let repeated = hub.store.answered(admin.login, key).await?.is_some();
    let team = hub.store.add_team(admin.site, &name, Some((admin.login, key))).await?;
    if !repeated {
        audit::record(hub, caller, Act::TeamAdded, About::actor(admin.id).subject(team.id.0)).await;
    }
    Ok(team)
}

pub async fn rename(
    hub: &Hub,
    admin: &Agent,
    caller: &Caller,
    team: TeamId,
    name: &str,
) -> Result<TeamRef, StoreError> {
    require_admin(admin)?;
    let name = TeamName::parse(name)?;
    let team = hub.store.rename_team(admin.site, team, &name).await?;
    audit::record(hub, caller, Act::TeamRenamed, About::actor(admin.id).subject(team.id.0)).await;
    Ok(team)
}
