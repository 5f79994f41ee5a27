//! Tickets as the console has them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::http::{
    AgentEvents, AgentSnapshot, Attending, Edit, Inbox, ManyActs, ManyDone, MarkDelivered, MarkRead, Post, Posted,
    SearchHits, SharedFiles, Tags, TicketAction, TicketAlerts, View, Views,
};
use protocol::{SavedViewId, TeamId, TicketId};
use serde::Deserialize;

use super::Front;
use super::access::Agent;
use super::body::{Body, Empty};
use super::inputs::{Key, Path, Query};
use super::problem::Failure;
use super::tickets::{Feed, Older, rows};
use crate::actions::conversation::{self, Progress, RawPost};
use crate::actions::{Caller, alerts, attention, many, saved_views, tickets};
use crate::domain::access::{Audience, Who};
use crate::store::tickets::ListQuery;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxQuery {
    view: Option<View>,
    team: Option<TeamId>,
    saved: Option<SavedViewId>,
    cursor: Option<String>,
    limit: Option<u64>,
}

pub async fn views(State(front): State<Front>, Agent(agent): Agent) -> Result<Json<Views>, Failure> {
    Ok(Json(tickets::views(&front.hub, &agent).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagsQuery {
    #[serde(default)]
    q: String,
}

pub async fn tags(
    State(front): State<Front>,
    Agent(agent): Agent,
    Query(query): Query<TagsQuery>,
) -> Result<Json<Tags>, Failure> {
    Ok(Json(tickets::tags(&front.hub, &agent, &query.q).await?))
}

pub async fn list(
    State(front): State<Front>,
    Agent(agent): Agent,
    Query(query): Query<InboxQuery>,
) -> Result<Json<Inbox>, Failure> {
    let filters = match query.saved {
        Some(view) => Some(saved_views::filters(&front.hub, &agent, view).await?),
        None => None,
    };
    let query =
        ListQuery { view: query.view, team: query.team, filters, cursor: query.cursor, limit: rows(query.limit) };
    Ok(Json(tickets::inbox(&front.hub, &agent, &query).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    q: String,
    after: Option<String>,
    limit: Option<u64>,
}

pub async fn search(
    State(front): State<Front>,
    Agent(agent): Agent,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchHits>, Failure> {
    let after = query.after.as_deref();
    Ok(Json(tickets::search(&front.hub, &agent, &query.q, after, rows(query.limit)).await?))
}

pub async fn show(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Query(query): Query<Older>,
) -> Result<Json<AgentSnapshot>, Failure> {
    Ok(Json(tickets::agent_snapshot(&front.hub, &agent, ticket, query.before).await?))
}

pub async fn files(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Query(query): Query<Older>,
) -> Result<Json<SharedFiles>, Failure> {
    Ok(Json(tickets::shared_files(&front.hub, &agent, ticket, query.before).await?))
}

pub async fn events(
    State(front): State<Front>,
    Agent(mut agent): Agent,
    Path(ticket): Path<TicketId>,
    Query(feed): Query<Feed>,
) -> Result<Json<AgentEvents>, Failure> {
    if let Some(wait_s) = feed.wait_s() {
        conversation::find(&front.hub, &Who::Agent(agent.clone()), ticket).await?;
        front.live.wait(ticket, Audience::Agent, feed.after, wait_s).await;
        agent = tickets::agent_now(&front.hub, &agent).await?;
    }
    Ok(Json(tickets::agent_events(&front.hub, &agent, ticket, feed.after, feed.limit()).await?))
}

pub async fn post(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Key(key): Key,
    Body(form): Body<Post>,
) -> Result<Json<Posted>, Failure> {
    let Post { kind, text, attachments, mentions, drafts } = form;
    let post = RawPost { kind, text, attachments, mentions, drafts };
    Ok(Json(conversation::post(&front.hub, &Who::Agent(agent), ticket, key, post).await?))
}

pub async fn edit(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path((ticket, target)): Path<(TicketId, i64)>,
    Key(key): Key,
    Body(form): Body<Edit>,
) -> Result<Json<Posted>, Failure> {
    Ok(Json(conversation::edit(&front.hub, &Who::Agent(agent), ticket, key, target, form.text).await?))
}

pub async fn decide(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Key(key): Key,
    Body(action): Body<TicketAction>,
) -> Result<Json<Posted>, Failure> {
    Ok(Json(conversation::decide(&front.hub, &Who::Agent(agent), ticket, key, action).await?))
}

pub async fn decide_many(
    State(front): State<Front>,
    Agent(agent): Agent,
    caller: Caller,
    Key(key): Key,
    Body(form): Body<ManyActs>,
) -> Result<Json<ManyDone>, Failure> {
    Ok(Json(many::decide(&front.hub, &agent, &caller, key, form.acts).await?))
}

pub async fn mark_read(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Body(form): Body<MarkRead>,
) -> Result<StatusCode, Failure> {
    conversation::mark(&front.hub, &Who::Agent(agent), ticket, Progress::Read(form.n)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn mark_delivered(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Body(form): Body<MarkDelivered>,
) -> Result<StatusCode, Failure> {
    conversation::mark(&front.hub, &Who::Agent(agent), ticket, Progress::Delivered(form.n)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn attend(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Body(form): Body<Attending>,
) -> Result<StatusCode, Failure> {
    let who = Who::Agent(agent);
    match form.attends {
        true => attention::attend(&front.hub, &who, ticket).await?,
        false => attention::leave(&front.hub, &who, ticket),
    }
    Ok(StatusCode::NO_CONTENT)
}

pub async fn alerts(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
) -> Result<Json<TicketAlerts>, Failure> {
    Ok(Json(alerts::of_ticket(&front.hub, &agent, ticket).await?))
}

pub async fn try_alerts_again(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Body(Empty {}): Body<Empty>,
) -> Result<StatusCode, Failure> {
    alerts::try_again(&front.hub, &agent, ticket).await?;
    Ok(StatusCode::ACCEPTED)
}
