//! The web pages, from the binary itself: built by Vite, embedded by `build.rs`.
//!
//! Files below `/assets/` carry a hash in their name and never change; everything else is asked for
//! anew each time and answered 304 by its ETag.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use memory_serve::CacheControl;
use protocol::ErrorCode;
use tower::ServiceExt;

use super::envelope::MAILBOX_POLICY;
use super::problem::Failure;
use super::{Front, inputs};
use crate::domain::Locale;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The embedded files.
#[derive(Clone)]
pub struct Pages {
    files: Router,
}

impl Pages {
    #[allow(unused_qualifications, reason = "in the code that memory-serve generates")]
    pub fn load() -> Self {
        let files = memory_serve::load!()
            .index_file(None)
            .html_cache_control(CacheControl::NoCache)
            .cache_control(CacheControl::NoCache)
            .into_router();
        Self { files }
    }

    async fn file(&self, path: &'static str, request: Request) -> Response {
        self.answer(Uri::from_static(path), request).await
    }

    async fn answer(&self, uri: Uri, mut request: Request) -> Response {
        *request.uri_mut() = uri;
        *request.body_mut() = Body::empty();
        match self.files.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

pub async fn customer(State(front): State<Front>, request: Request) -> Response {
    front.pages.file("/customer.html", request).await
}

pub async fn guest(State(front): State<Front>, request: Request) -> Response {
    front.pages.file("/guest.html", request).await
}

/// The guest's page for whoever comes by a link of a mail: the same bytes for every token, which is not
/// looked at. Scanners may come as often as they like (R-A2, R-A3).
pub async fn of_a_link(State(front): State<Front>, request: Request) -> Response {
    let mut response = front.pages.file("/guest.html", request).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

pub async fn console(State(front): State<Front>, request: Request) -> Response {
    front.pages.file("/console.html", request).await
}

pub async fn mailbox(State(front): State<Front>, request: Request) -> Response {
    let mut response = front.pages.file("/mailbox.html", request).await;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(MAILBOX_POLICY));
    response
}

/// Every path without a route: a file of the pages, or nothing.
pub async fn other(State(front): State<Front>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/v1" || path.starts_with("/v1/") {
        return Failure::code(ErrorCode::NotFound).into_response();
    }
    let locale = inputs::locale(request.headers());
    let is_asset = path.starts_with("/assets/");
    // Pages have their own addresses; what the build keeps for itself begins with a dot.
    if path.ends_with(".html") || path.contains("/.") {
        return missing(locale);
    }
    let uri = request.uri().clone();
    let mut response = front.pages.answer(uri, request).await;
    match response.status() {
        StatusCode::OK | StatusCode::NOT_MODIFIED if is_asset => {
            response.headers_mut().insert(CACHE_CONTROL, FOR_EVER);
            response
        }
        StatusCode::OK | StatusCode::NOT_MODIFIED => response,
        StatusCode::METHOD_NOT_ALLOWED => method_not_allowed().await.into_response(),
        _ => missing(locale),
    }
}

pub async fn method_not_allowed() -> Failure {
    Failure::code(ErrorCode::MethodNotAllowed)
}

fn missing(locale: Locale) -> Response {
    let (title, back) = match locale {
        Locale::En => ("This page does not exist", "To the start page"),
        Locale::Fr => ("Cette page n’existe pas", "Vers la page d’accueil"),
    };
    let code = locale.code();
    let page = format!(
        "<!doctype html>\n<html lang=\"{code}\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <h1>{title}</h1>\n<p><a href=\"/\">{back}</a></p>\n</html>\n"
    );
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, html)], page).into_response()
}
