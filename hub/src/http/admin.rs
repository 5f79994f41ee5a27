//! What admins do: agents and teams.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::http::{Agents, ChangeAgent, Invite, OneTimeLink, TeamName};
use protocol::model::TeamRef;
use protocol::{ParticipantId, TeamId};

use super::Front;
use super::access::Agent;
use super::body::{Body, Empty};
use super::inputs::{Key, Path};
use super::problem::Failure;
use crate::actions::{Caller, agents, teams};

pub async fn list(State(front): State<Front>, Agent(admin): Agent) -> Result<Json<Agents>, Failure> {
    Ok(Json(Agents { agents: agents::list(&front.hub, &admin).await? }))
}

pub async fn invite(
    State(front): State<Front>,
    Agent(admin): Agent,
    caller: Caller,
    Key(key): Key,
    Body(form): Body<Invite>,
) -> Result<(StatusCode, Json<OneTimeLink>), Failure> {
    let link = agents::invite(&front.hub, &admin, &caller, key, form).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

pub async fn change(
    State(front): State<Front>,
    Agent(admin): Agent,
    caller: Caller,
    Path(agent): Path<ParticipantId>,
    Body(form): Body<ChangeAgent>,
) -> Result<StatusCode, Failure> {
    agents::change(&front.hub, &admin, &caller, agent, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn reset_link(
    State(front): State<Front>,
    Agent(admin): Agent,
    caller: Caller,
    Path(agent): Path<ParticipantId>,
    Body(Empty {}): Body<Empty>,
) -> Result<(StatusCode, Json<OneTimeLink>), Failure> {
    let link = agents::reset_link(&front.hub, &admin, &caller, agent).await?;
    Ok((StatusCode::CREATED, Json(link)))
}

pub async fn end_sessions(
    State(front): State<Front>,
    Agent(admin): Agent,
    caller: Caller,
    Path(agent): Path<ParticipantId>,
    Body(Empty {}): Body<Empty>,
) -> Result<StatusCode, Failure> {
    agents::end_sessions(&front.hub, &admin, &caller, agent).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn add_team(
    State(front): State<Front>,
    Agent(admin): Agent,
    caller: Caller,
    Key(key): Key,
    Body(form): Body<TeamName>,
) -> Result<(StatusCode, Json<TeamRef>), Failure> {
    let team = teams::add(&front.hub, &admin, &caller, key, &form.name).await?;
    Ok((StatusCode::CREATED, Json(team)))
}

pub async fn rename_team(
    State(front): State<Front>,
    Agent(admin): Agent,
    caller: Caller,
    Path(team): Path<TeamId>,
    Body(form): Body<TeamName>,
) -> Result<Json<TeamRef>, Failure> {
    Ok(Json(teams::rename(&front.hub, &admin, &caller, team, &form.name).await?))
}
