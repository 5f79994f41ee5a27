//! Tickets as customers and guests have them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::TicketId;
use protocol::http::{
    Attending, ChangeAddress, Edit, MarkDelivered, MarkRead, NewTicket, Post, Posted, PublicEvents, PublicSnapshot,
    RealtimeToken, SameMatter, TicketList,
};
use protocol::model::PublicTicket;
use serde::Deserialize;

use super::Front;
use super::access::{Asks, Visitor};
use super::body::{Body, Empty};
use super::inputs::{Key, Path, Query};
use super::problem::Failure;
use super::visitor::set_cookie;
use crate::actions::conversation::{self, Progress, RawPost};
use crate::actions::{Caller, attention, tickets};
use crate::domain::access::{Audience, Who};
use crate::domain::limits::{EVENTS_MAX, LONG_POLL_MAX_S, ROWS_DEFAULT, ROWS_MAX};

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Shown {
    #[default]
    Open,
    Closed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnList {
    #[serde(default)]
    state: Shown,
    cursor: Option<String>,
    limit: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SameMatterQuery {
    topic: String,
}

/// A page of older events.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Older {
    pub before: Option<i64>,
}

/// The feed over HTTP.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    #[serde(default)]
    pub after: i64,
    limit: Option<u64>,
    wait: Option<u64>,
}

impl Feed {
    pub fn limit(&self) -> u64 {
        self.limit.unwrap_or(EVENTS_MAX).clamp(1, EVENTS_MAX)
    }

    pub fn wait_s(&self) -> Option<u64> {
        self.wait.filter(|wait| *wait > 0).map(|wait| wait.min(LONG_POLL_MAX_S))
    }
}

pub fn rows(limit: Option<u64>) -> u64 {
    limit.unwrap_or(ROWS_DEFAULT).clamp(1, ROWS_MAX)
}

pub async fn list(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Query(query): Query<OwnList>,
) -> Result<Json<TicketList>, Failure> {
    let closed = query.state == Shown::Closed;
    let limit = rows(query.limit);
    Ok(Json(tickets::own(&front.hub, &visitor, closed, query.cursor.as_deref(), limit).await?))
}

pub async fn same_matter(
    State(front): State<Front>,
    Asks(browser): Asks,
    Query(query): Query<SameMatterQuery>,
) -> Result<Json<SameMatter>, Failure> {
    let rows = match &browser.visitor {
        Some(visitor) => tickets::same_matter(&front.hub, visitor, &query.topic).await?,
        None => Vec::new(),
    };
    Ok(Json(SameMatter { rows }))
}

pub async fn open(
    State(front): State<Front>,
    Asks(browser): Asks,
    caller: Caller,
    Key(key): Key,
    Body(form): Body<NewTicket>,
) -> Result<Response, Failure> {
    let opened = tickets::open(&front.hub, &browser, &caller, key, form).await?;
    let status = if opened.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, set_cookie(opened.cookie.as_ref()), Json(opened.ticket)).into_response())
}

pub async fn show(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path(ticket): Path<TicketId>,
    Query(query): Query<Older>,
) -> Result<Json<PublicSnapshot>, Failure> {
    Ok(Json(tickets::public_snapshot(&front.hub, &visitor, ticket, query.before).await?))
}

pub async fn events(
    State(front): State<Front>,
    Visitor(mut visitor): Visitor,
    Path(ticket): Path<TicketId>,
    Query(feed): Query<Feed>,
) -> Result<Json<PublicEvents>, Failure> {
    if let Some(wait_s) = feed.wait_s() {
        conversation::find(&front.hub, &Who::Visitor(visitor.clone()), ticket).await?;
        front.live.wait(ticket, Audience::Requester, feed.after, wait_s).await;
        visitor = tickets::visitor_now(&front.hub, &visitor).await?;
    }
    Ok(Json(tickets::public_events(&front.hub, &visitor, ticket, feed.after, feed.limit()).await?))
}

pub async fn post(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path(ticket): Path<TicketId>,
    Key(key): Key,
    Body(form): Body<Post>,
) -> Result<Json<Posted>, Failure> {
    let Post { kind, text, attachments, mentions, drafts } = form;
    let post = RawPost { kind, text, attachments, mentions, drafts };
    Ok(Json(conversation::post(&front.hub, &Who::Visitor(visitor), ticket, key, post).await?))
}

pub async fn edit(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path((ticket, target)): Path<(TicketId, i64)>,
    Key(key): Key,
    Body(form): Body<Edit>,
) -> Result<Json<Posted>, Failure> {
    Ok(Json(conversation::edit(&front.hub, &Who::Visitor(visitor), ticket, key, target, form.text).await?))
}

pub async fn mark_read(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path(ticket): Path<TicketId>,
    Body(form): Body<MarkRead>,
) -> Result<StatusCode, Failure> {
    conversation::mark(&front.hub, &Who::Visitor(visitor), ticket, Progress::Read(form.n)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn mark_delivered(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path(ticket): Path<TicketId>,
    Body(form): Body<MarkDelivered>,
) -> Result<StatusCode, Failure> {
    conversation::mark(&front.hub, &Who::Visitor(visitor), ticket, Progress::Delivered(form.n)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn attend(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path(ticket): Path<TicketId>,
    Body(form): Body<Attending>,
) -> Result<StatusCode, Failure> {
    let who = Who::Visitor(visitor);
    match form.attends {
        true => attention::attend(&front.hub, &who, ticket).await?,
        false => attention::leave(&front.hub, &who, ticket),
    }
    Ok(StatusCode::NO_CONTENT)
}

pub async fn change_address(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    caller: Caller,
    Path(ticket): Path<TicketId>,
    Body(form): Body<ChangeAddress>,
) -> Result<StatusCode, Failure> {
    tickets::change_address(&front.hub, &visitor, &caller, ticket, &form.email).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn join(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    caller: Caller,
    Path(ticket): Path<TicketId>,
    Body(Empty {}): Body<Empty>,
) -> Result<Json<PublicTicket>, Failure> {
    Ok(Json(tickets::join(&front.hub, &visitor, &caller, ticket).await?))
}

pub async fn realtime_token(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Body(Empty {}): Body<Empty>,
) -> Result<Json<RealtimeToken>, Failure> {
    Ok(Json(tickets::realtime_token(&front.hub, visitor.login).await?))
}
