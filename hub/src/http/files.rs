//! Files of messages: up in parts, down as a whole or a range. Who may have one is asked anew every time
//! (R-F5), and what goes out is told in our words: type, name and headers never come from the sender (R-F4).

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::{AttachmentId, ErrorCode, TicketId};
use serde::Deserialize;

use super::Front;
use super::access::{Agent, Visitor};
use super::arriving::arriving;
use super::inputs::{Key, Path, Query};
use super::problem::Failure;
use crate::actions::files::{self, RawUpload};
use crate::domain::access::Who;
use crate::domain::file::{ObjectKey, Wanted, disposition, hex};

/// Whatever it is, a browser that opens it runs nothing of it.
const FILE_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    name: String,
}

pub async fn upload(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path(ticket): Path<TicketId>,
    Key(key): Key,
    Query(named): Query<Named>,
    request: Request,
) -> Result<Response, Failure> {
    take(&front, &Who::Visitor(visitor), ticket, (key, named), request).await
}

pub async fn upload_by_agent(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path(ticket): Path<TicketId>,
    Key(key): Key,
    Query(named): Query<Named>,
    request: Request,
) -> Result<Response, Failure> {
    take(&front, &Who::Agent(agent), ticket, (key, named), request).await
}

pub async fn remove(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path((ticket, id)): Path<(TicketId, AttachmentId)>,
) -> Result<StatusCode, Failure> {
    files::remove(&front.hub, &Who::Visitor(visitor), ticket, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn remove_by_agent(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path((ticket, id)): Path<(TicketId, AttachmentId)>,
) -> Result<StatusCode, Failure> {
    files::remove(&front.hub, &Who::Agent(agent), ticket, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn download(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path((ticket, id)): Path<(TicketId, AttachmentId)>,
    asked: Asked,
) -> Result<Response, Failure> {
    give_file(&front, &Who::Visitor(visitor), (ticket, id), asked).await
}

pub async fn download_by_agent(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path((ticket, id)): Path<(TicketId, AttachmentId)>,
    asked: Asked,
) -> Result<Response, Failure> {
    give_file(&front, &Who::Agent(agent), (ticket, id), asked).await
}

pub async fn preview(
    State(front): State<Front>,
    Visitor(visitor): Visitor,
    Path((ticket, id)): Path<(TicketId, AttachmentId)>,
    asked: Asked,
) -> Result<Response, Failure> {
    give_preview(&front, &Who::Visitor(visitor), (ticket, id), asked).await
}

pub async fn preview_by_agent(
    State(front): State<Front>,
    Agent(agent): Agent,
    Path((ticket, id)): Path<(TicketId, AttachmentId)>,
    asked: Asked,
) -> Result<Response, Failure> {
    give_preview(&front, &Who::Agent(agent), (ticket, id), asked).await
}

async fn take(
    front: &Front,
    who: &Who,
    ticket: TicketId,
    (key, named): (protocol::ClientId, Named),
    request: Request,
) -> Result<Response, Failure> {
    let told = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let bytes_told = told.and_then(|length| length.parse().ok());
    let raw = RawUpload { ticket, key, name: named.name, bytes_told };
    let body = arriving(request.into_body(), front.hub.clock.clone());
    let uploaded = files::upload(&front.hub, who, raw, body).await?;
    let status = if uploaded.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(uploaded.attachment)).into_response())
}

/// What a request for a file says beside its name.
pub struct Asked {
    method: Method,
    range: Option<String>,
    if_range: Option<String>,
    if_none_match: Option<String>,
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        // Given twice, a header says nothing.
        let text = |name: HeaderName| {
            let mut values = parts.headers.get_all(name).iter();
            let (Some(value), None) = (values.next(), values.next()) else { return None };
            value.to_str().ok().map(str::to_owned)
        };
        Ok(Self {
            method: parts.method.clone(),
            range: text(RANGE),
            if_range: text(IF_RANGE),
            if_none_match: text(IF_NONE_MATCH),
        })
    }
}

/// What is to be sent.
struct Part {
    key: ObjectKey,
    bytes: u64,
    etag: String,
    media_type: String,
    disposition: String,
}

async fn give_file(
    front: &Front,
    who: &Who,
    (ticket, id): (TicketId, AttachmentId),
    asked: Asked,
) -> Result<Response, Failure> {
    let row = files::file(&front.hub, who, ticket, id).await?;
    let part = Part {
        bytes: row.attachment.bytes.unsigned_abs(),
        etag: format!("\"{}\"", hex(&row.sha256)),
        media_type: with_charset(row.attachment.media_type),
        disposition: disposition(&row.attachment.name),
        key: row.object_key,
    };
    give(front, part, &asked).await
}

async fn give_preview(
    front: &Front,
    who: &Who,
    (ticket, id): (TicketId, AttachmentId),
    asked: Asked,
) -> Result<Response, Failure> {
    let row = files::file(&front.hub, who, ticket, id).await?;
    let preview = row.preview.ok_or(Failure::code(ErrorCode::NotFound))?;
    let part = Part {
        bytes: preview.bytes.unsigned_abs(),
        etag: format!("\"{}\"", hex(&preview.sha256)),
        media_type: preview.media_type,
        disposition: "inline".to_owned(),
        key: row.object_key.preview(),
    };
    give(front, part, &asked).await
}

/// It was checked to be UTF-8.
fn with_charset(media_type: String) -> String {
    if media_type == "text/plain" { "text/plain; charset=utf-8".to_owned() } else { media_type }
}

async fn give(front: &Front, part: Part, asked: &Asked) -> Result<Response, Failure> {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        let value = HeaderValue::try_from(value).map_err(|_| Failure::code(ErrorCode::Internal))?;
        headers.insert(name, value);
        Ok::<_, Failure>(())
    };
    set(ETAG, &part.etag)?;
    set(CONTENT_SECURITY_POLICY, FILE_POLICY)?;
    set(CACHE_CONTROL, "private, no-store")?;
    if asked.if_none_match.as_deref().is_some_and(|known| matches_etag(known, &part.etag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    set(ACCEPT_RANGES, "bytes")?;
    // A range of what is no longer the same would not fit.
    let range = asked.range.as_deref().filter(|_| asked.if_range.as_ref().is_none_or(|known| *known == part.etag));
    let (status, first, end) = match Wanted::parse(range, part.bytes) {
        Wanted::Beyond => {
            set(CONTENT_RANGE, &format!("bytes */{}", part.bytes))?;
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
        Wanted::Whole => (StatusCode::OK, 0, part.bytes),
        Wanted::Part(first, last) => {
            set(CONTENT_RANGE, &format!("bytes {first}-{last}/{}", part.bytes))?;
            (StatusCode::PARTIAL_CONTENT, first, last + 1)
        }
    };
    set(CONTENT_TYPE, &part.media_type)?;
    set(CONTENT_DISPOSITION, &part.disposition)?;
    set(CONTENT_LENGTH, &(end - first).to_string())?;
    if asked.method == Method::HEAD {
        return Ok((status, headers).into_response());
    }
    let bytes = files::read(&front.hub, &part.key, first..end).await?;
    Ok((status, headers, Body::from_stream(bytes)).into_response())
}

/// RFC 9110, 13.1.2: a list, or any; a weak one compares like a strong one here.
fn matches_etag(known: &str, etag: &str) -> bool {
    known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == etag)
}
