//! What an agent is writing, for their other browsers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::TicketId;
use protocol::drafts::{Drafts, KeepDraft, TicketDrafts};
use protocol::frame::PostKind;

use super::Front;
use super::access::Agent;
use super::body::Body;
use super::inputs::Path;
use super::problem::Failure;
use crate::actions::drafts;

pub async fn list(State(front): State<Front>, Agent(agent): Agent) -> Result<Json<Drafts>, Failure> {
    Ok(Json(drafts::list(&front.hub, &agent).await?))
}

pub async fn of_ticket(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
) -> Result<Json<TicketDrafts>, Failure> {
    Ok(Json(drafts::of_ticket(&front.hub, &agent, ticket).await?))
}

pub async fn keep(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path((ticket, kind)): Path<(TicketId, PostKind)>,
    Body(form): Body<KeepDraft>,
) -> Result<StatusCode, Failure> {
    drafts::keep(&front.hub, &agent, ticket, kind, form).await?;
    Ok(StatusCode::NO_CONTENT)
}
