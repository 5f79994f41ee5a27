//! Agents: one-time links, signing in and out, own name and password.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use protocol::http::{AgentMe, AgentSignIn, ChangeAgentMe, Colleagues, LinkInfo, RealtimeToken, UseLink};

use super::Front;
use super::access::Agent;
use super::body::{Body, Empty};
use super::inputs::Path;
use super::problem::Failure;
use crate::actions::{Caller, agent_sign_in, agents, tickets};
use crate::auth::{Token, cookies};
use crate::domain::access::Audience;

pub async fn link(State(front): State<Front>, Path(token): Path<String>) -> Result<Json<LinkInfo>, Failure> {
    Ok(Json(agent_sign_in::link(&front.hub, &token).await?))
}

pub async fn use_link(
    State(front): State<Front>,
    caller: Caller,
    Path(token): Path<String>,
    Body(form): Body<UseLink>,
) -> Result<Response, Failure> {
    let (me, token) = agent_sign_in::use_link(&front.hub, &caller, &token, form).await?;
    Ok((set_cookie(&token), Json(me)).into_response())
}

pub async fn sign_in(
    State(front): State<Front>,
    caller: Caller,
    Body(form): Body<AgentSignIn>,
) -> Result<Response, Failure> {
    let (me, token) = agent_sign_in::sign_in(&front.hub, &caller, form).await?;
    Ok((set_cookie(&token), Json(me)).into_response())
}

pub async fn sign_out(
    State(front): State<Front>,
    Agent(agent): Agent,
    caller: Caller,
    Body(Empty {}): Body<Empty>,
) -> Result<Response, Failure> {
    agent_sign_in::sign_out(&front.hub, &agent, &caller).await?;
    Ok((StatusCode::NO_CONTENT, clear_cookie()).into_response())
}

pub async fn sign_out_everywhere(
    State(front): State<Front>,
    Agent(agent): Agent,
    caller: Caller,
    Body(Empty {}): Body<Empty>,
) -> Result<Response, Failure> {
    agent_sign_in::sign_out_everywhere(&front.hub, &agent, &caller).await?;
    Ok((StatusCode::NO_CONTENT, clear_cookie()).into_response())
}

pub async fn me(State(front): State<Front>, Agent(agent): Agent) -> Result<Json<AgentMe>, Failure> {
    Ok(Json(agent_sign_in::agent_me(&front.hub, agent.id).await?))
}

pub async fn change_me(
    State(front): State<Front>,
    Agent(agent): Agent,
    caller: Caller,
    Body(form): Body<ChangeAgentMe>,
) -> Result<Json<AgentMe>, Failure> {
    Ok(Json(agent_sign_in::change_me(&front.hub, &agent, &caller, form).await?))
}

pub async fn colleagues(State(front): State<Front>, Agent(agent): Agent) -> Result<Json<Colleagues>, Failure> {
    Ok(Json(agents::colleagues(&front.hub, &agent).await?))
}

pub async fn realtime_token(
    State(front): State<Front>,
    Agent(agent): Agent,
    Body(Empty {}): Body<Empty>,
) -> Result<Json<RealtimeToken>, Failure> {
    Ok(Json(tickets::realtime_token(&front.hub, agent.login).await?))
}

fn set_cookie(token: &Token) -> AppendHeaders<[(HeaderName, String); 1]> {
    AppendHeaders([(SET_COOKIE, cookies::set(Audience::Agent, token))])
}

fn clear_cookie() -> AppendHeaders<[(HeaderName, String); 1]> {
    AppendHeaders([(SET_COOKIE, cookies::clear(Audience::Agent))])
}
