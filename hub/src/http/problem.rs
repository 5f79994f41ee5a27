//! Refusals over HTTP: `application/problem+json` (RFC 9457), in the person's language, with the id
//! under which the log knows the request.
//!
//! Whoever refuses only says why; [`render`] writes the body for all of them in one place.

use axum::body::Body;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use protocol::{ErrorCode, Problem};

use crate::actions::files::FileFailure;
use crate::domain::{Locale, Refusal, sentence};
use crate::files::FilesError;
use crate::store::StoreError;

/// When the hub cannot answer now, this is soon enough to ask again.
const UNAVAILABLE_RETRY_AFTER_S: u64 = 2;
const FILES_RETRY_AFTER_S: u64 = 10;
const DISK_FULL_RETRY_AFTER_S: u64 = 30;

/// A request that was not done.
#[derive(Debug)]
pub struct Failure(pub Refusal);

impl Failure {
    pub fn code(code: ErrorCode) -> Self {
        Self(Refusal::new(code))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<StoreError> for Failure {
    /// The store's own words stay in the log.
    fn from(error: StoreError) -> Self {
        Self(match error {
            StoreError::Refused(refusal) => refusal,
            StoreError::DiskFull => {
                tracing::error!("the database's disk is full");
                Refusal::new(ErrorCode::DiskFull).retry_after_s(DISK_FULL_RETRY_AFTER_S)
            }
            StoreError::Unavailable(why) => {
                tracing::warn!(why, "the database cannot answer now");
                Refusal::new(ErrorCode::Unavailable).retry_after_s(UNAVAILABLE_RETRY_AFTER_S)
            }
            StoreError::Failed(why) => {
                tracing::error!(why, "the database failed");
                Refusal::new(ErrorCode::Internal)
            }
        })
    }
}

impl From<FileFailure> for Failure {
    fn from(failure: FileFailure) -> Self {
        match failure {
            FileFailure::Store(error) => error.into(),
            FileFailure::Files(error) => error.into(),
        }
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        Self(match error {
            FilesError::Full => {
                tracing::error!("the disk of the files is full");
                Refusal::new(ErrorCode::DiskFull).retry_after_s(DISK_FULL_RETRY_AFTER_S)
            }
            FilesError::Unavailable(why) => {
                tracing::warn!(why, "the files cannot be reached now");
                Refusal::new(ErrorCode::Unavailable).retry_after_s(FILES_RETRY_AFTER_S)
            }
            FilesError::Missing => {
                tracing::error!("a file's bytes are missing: `hub verify` tells which");
                Refusal::new(ErrorCode::NotFound)
            }
            FilesError::Failed(why) => {
                tracing::error!(why, "the files failed");
                Refusal::new(ErrorCode::Internal)
            }
        })
    }
}

/// A refusal on its way to [`render`].
#[derive(Clone)]
struct Unwritten(Refusal);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(self.0.code).into_response();
        response.extensions_mut().insert(Unwritten(self.0));
        response
    }
}

fn status(code: ErrorCode) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Writes the body of an answer that is a refusal; others pass.
pub fn render(mut response: Response, locale: Locale, request_id: &str) -> Response {
    let Some(Unwritten(refusal)) = response.extensions_mut().remove::<Unwritten>() else { return response };
    let (_, headers, body) = written(&refusal, locale, request_id);
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().extend(headers);
    *response.body_mut() = Body::from(body);
    response
}

/// A refusal as it goes out: its status, the headers that speak of it, its body.
pub fn written(refusal: &Refusal, locale: Locale, request_id: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let problem = Problem {
        status: refusal.code.status(),
        code: refusal.code,
        title: sentence(refusal, locale),
        field: refusal.field.as_ref().map(ToString::to_string),
        limit: refusal.limit,
        retry_after_s: refusal.retry_after_s,
        ticket: refusal.ticket,
        draft: refusal.draft.clone(),
        request_id: request_id.to_owned(),
    };
    let body = serde_json::to_vec(&problem).expect("a problem is plain JSON");
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(locale.code()));
    if let Some(seconds) = refusal.retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    (status(refusal.code), headers, body)
}
