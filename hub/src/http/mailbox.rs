//! The local mailbox: what the hub would have mailed, while it is tried on this machine.

use axum::Json;
use axum::extract::State;
use protocol::ErrorCode;
use protocol::http::LocalMail;
use serde::Deserialize;
use uuid::Uuid;

use super::Front;
use super::inputs::Query;
use super::problem::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<Uuid>,
}

pub async fn messages(State(front): State<Front>, Query(query): Query<After>) -> Result<Json<Vec<LocalMail>>, Failure> {
    let mailbox = front.mailbox.as_ref().ok_or(Failure::code(ErrorCode::NotFound))?;
    let kept = mailbox.kept(query.after).await.map_err(|error| {
        tracing::error!(%error, "could not read the local mailbox");
        Failure::code(ErrorCode::Internal)
    })?;
    Ok(Json(kept))
}
