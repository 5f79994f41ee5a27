//! The local mailbox: what the hub would have mailed, while it is tried on this machine.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, X_FRAME_OPTIONS};
use protocol::ErrorCode;
use protocol::http::LocalMail;
use serde::Deserialize;
use uuid::Uuid;

use super::Front;
use super::envelope::MAIL_POLICY;
use super::inputs::{Path, Query};
use super::problem::Failure;
use crate::mail::{MailError, Mailer};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<Uuid>,
}

pub async fn messages(State(front): State<Front>, Query(query): Query<After>) -> Result<Json<Vec<LocalMail>>, Failure> {
    Ok(Json(mailbox(&front)?.kept(query.after).await.map_err(|error| unreadable(&error))?))
}

/// A mail's HTML part, for a sandboxed frame of the mailbox page and for nothing else (decisions 30).
pub async fn html(
    State(front): State<Front>,
    Path(id): Path<Uuid>,
) -> Result<([(HeaderName, &'static str); 3], String), Failure> {
    let html = mailbox(&front)?.kept_html(id).await.map_err(|error| unreadable(&error))?;
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, MAIL_POLICY),
        (X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    Ok((headers, html.ok_or(Failure::code(ErrorCode::NotFound))?))
}

fn mailbox(front: &Front) -> Result<&Mailer, Failure> {
    front.mailbox.as_ref().ok_or(Failure::code(ErrorCode::NotFound))
}

fn unreadable(error: &MailError) -> Failure {
    tracing::error!(%error, "could not read the local mailbox");
    Failure::code(ErrorCode::Internal)
}
