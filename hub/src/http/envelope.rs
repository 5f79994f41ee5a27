//! The outermost layer: a request's id, the headers that every answer carries, refusals written out,
//! panics turned into 500, and one line of log.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use protocol::ErrorCode;
use tracing::Instrument;

use super::problem::{Failure, render};
use super::{Front, inputs};
use crate::domain::ids::new_id;

/// R-G1. The pages hold no inline script or style and ask nobody but the hub.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// R-G2, on every answer.
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
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

fn add_headers(headers: &mut HeaderMap, secure: bool) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
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
