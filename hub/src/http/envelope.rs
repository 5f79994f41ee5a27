//! The outermost layer: a request's id, the headers that every answer carries, refusals written out,
//! panics turned into 500, and one line of log. A request that could not be read gets the same headers.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use protocol::ErrorCode;
use tracing::Instrument;

use super::problem::{Failure, render, written};
use super::{Front, inputs};
use crate::domain::ids::new_id;
use crate::domain::{Clock, Locale, Refusal};

/// R-G1. The pages hold no inline script or style and ask nobody but the hub.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// Decisions 30: the local mailbox alone shows a frame, with a mail in it.
pub const MAILBOX_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'";

/// A mail in that frame: it runs nothing, loads nothing, and its links open elsewhere.
pub const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
    style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// R-G2, on every answer; the local mailbox brings policies of its own.
const HEADERS: [(HeaderName, &str); 8] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
         magnetometer=(), microphone=(), payment=(), usb=()",
    ),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
];
const TRANSPORT: &str = "max-age=63072000; includeSubDomains";

/// The header with the id under which the log knows a request.
pub const REQUEST_ID: &str = "x-request-id";

/// Puts a request into its envelope.
pub async fn envelope(State(front): State<Front>, request: Request, next: Next) -> Response {
    let clock = &front.hub.clock;
    let id = new_id(clock).to_string();
    let locale = inputs::locale(request.headers());
    let method = request.method().clone();
    // The pattern, never the path: it may hold a link's token.
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let began = clock.now();
    let span = tracing::info_span!("request", id);
    let answered = next.run(request).instrument(span.clone()).await;
    let _in_span = span.enter();
    let status = answered.status();
    let mut response = render(answered, locale, &id);
    let took_ms = clock.now() - began;
    match status.is_server_error() {
        true => tracing::warn!(%method, route, status = status.as_u16(), took_ms, "answered"),
        false => tracing::debug!(%method, route, status = status.as_u16(), took_ms, "answered"),
    }
    add_headers(response.headers_mut(), front.hub.settings.origin.is_https());
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The whole answer to a request that nobody could read: no route, no language, no handler saw it.
pub fn unread(refusal: Refusal, clock: &Clock, is_https: bool) -> Vec<u8> {
    let id = new_id(clock).to_string();
    tracing::debug!(id, code = refusal.code.as_str(), "a request could not be read");
    let (status, mut headers, body) = written(&refusal, Locale::default(), &id);
    add_headers(&mut headers, is_https);
    headers.extend([(CONTENT_LENGTH, HeaderValue::from(body.len())), (CONNECTION, HeaderValue::from_static("close"))]);
    let mut answer = format!("HTTP/1.1 {status}\r\n{REQUEST_ID}: {id}\r\n").into_bytes();
    for (name, value) in &headers {
        answer.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    answer.extend([b"\r\n", body.as_slice()].concat());
    answer
}

fn add_headers(headers: &mut HeaderMap, secure: bool) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT));
    }
    // R-G9: private unless somebody said otherwise.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// What a panic is answered with; the hook of `telemetry` has logged where it was.
#[allow(clippy::needless_pass_by_value, reason = "the form that CatchPanic asks for")]
pub fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    Failure::code(ErrorCode::Internal).into_response()
}
