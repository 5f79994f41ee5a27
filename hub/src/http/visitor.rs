//! Everybody, customers and guests: the site, who one is, signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::http::{AskCode, ChangeMe, FileLimits, Limits, Me, SignIn, Site};

use super::Front;
use super::access::{Asks, Visitor};
use super::body::{Body, Empty};
use super::problem::Failure;
use crate::actions::{Caller, sign_in};
use crate::auth::{Token, cookies};
use crate::domain::access::Audience;
use crate::domain::limits::{
    ATTACHMENTS_MAX, DETAIL_CHARS_MAX, NAME_CHARS_MAX, PASSWORD_CHARS_MIN, SUBJECT_CHARS_MAX, TEXT_BYTES_MAX,
    TEXT_CHARS_MAX,
};

pub async fn site(State(front): State<Front>) -> Json<Site> {
    let site = front.hub.store.site();
    let limits = Limits {
        text_chars_max: TEXT_CHARS_MAX as u64,
        text_bytes_max: TEXT_BYTES_MAX as u64,
        subject_chars_max: SUBJECT_CHARS_MAX as u64,
        detail_chars_max: DETAIL_CHARS_MAX as u64,
        name_chars_max: NAME_CHARS_MAX as u64,
        password_chars_min: PASSWORD_CHARS_MIN as u64,
    };
    let files = FileLimits {
        bytes_max: front.hub.settings.files.bytes_max,
        per_message: u32::try_from(ATTACHMENTS_MAX).unwrap_or(u32::MAX),
    };
    let reopen_within_ms = front.hub.store.reopen_within_ms();
    Json(Site { name: site.name.clone(), topics: site.topics.clone(), limits, files, reopen_within_ms })
}

/// Who this browser is. One that nobody knows yet gets a cookie that its first ticket or sign-in will
/// make a login of; looking writes nothing.
pub async fn me(State(front): State<Front>, Asks(browser): Asks) -> Result<Response, Failure> {
    let me = sign_in::me(&front.hub, browser.visitor.as_ref()).await?;
    if browser.is_known() {
        return Ok(Json(me).into_response());
    }
    let (token, mark) = front.hub.keys.before_login();
    Ok(([(SET_COOKIE, cookies::set_before_login(&token, &mark))], Json(me)).into_response())
}

pub async fn change_me(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Body(form): Body<ChangeMe>,
) -> Result<Json<Me>, Failure> {
    Ok(Json(sign_in::rename(&front.hub, &visitor, &form.name).await?))
}

pub async fn ask_code(
    State(front): State<Front>,
    Asks(browser): Asks,
    caller: Caller,
    Body(form): Body<AskCode>,
) -> Result<Response, Failure> {
    let cookie = sign_in::ask_code(&front.hub, &browser, &caller, &form.email, form.locale.as_deref()).await?;
    Ok((StatusCode::ACCEPTED, set_cookie(cookie.as_ref()), Json(serde_json::json!({}))).into_response())
}

pub async fn enter_code(
    State(front): State<Front>,
    Asks(browser): Asks,
    caller: Caller,
    Body(form): Body<SignIn>,
) -> Result<Response, Failure> {
    let (me, token) = sign_in::enter_code(&front.hub, &browser, &caller, &form.code).await?;
    Ok((set_cookie(Some(&token)), Json(me)).into_response())
}

pub async fn sign_out(
    State(front): State<Front>,
    Asks(browser): Asks,
    caller: Caller,
    Body(Empty {}): Body<Empty>,
) -> Result<Response, Failure> {
    if let Some(visitor) = &browser.visitor {
        sign_in::sign_out(&front.hub, visitor, &caller).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookies::clear(Audience::Requester))]).into_response())
}

/// The visitor's cookie, when there is a new one.
pub fn set_cookie(token: Option<&Token>) -> axum::response::AppendHeaders<Option<(HeaderName, String)>> {
    axum::response::AppendHeaders(token.map(|token| (SET_COOKIE, cookies::set(Audience::Requester, token))))
}
