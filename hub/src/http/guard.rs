//! What every request passes first: the right host, a length within bounds, and, when it changes
//! something, proof that it comes from the hub's own pages and that its network is not flooding.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{HOST, LOCATION, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use protocol::ErrorCode;

use super::Front;
use super::problem::Failure;
use crate::actions::audit;
use crate::domain::limits::URI_BYTES_MAX;
use crate::domain::{Origin, Refusal};

pub async fn guard(State(front): State<Front>, request: Request, next: Next) -> Result<Response, Failure> {
    let origin = &front.hub.settings.origin;
    match host(origin, request.method(), request.uri(), request.headers()) {
        Host::Ours => {}
        Host::Redirect(to) => return Ok((StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]).into_response()),
        Host::Wrong => return Err(Failure::code(ErrorCode::WrongHost)),
    }
    if request.uri().path_and_query().map_or(0, |whole| whole.as_str().len()) > URI_BYTES_MAX {
        return Err(Refusal::new(ErrorCode::TooLarge).with_limit(URI_BYTES_MAX as u64).into());
    }
    if !changes_nothing(request.method()) {
        if !carries_its_proof(&request) && !is_same_origin(origin, request.headers()) {
            return Err(Failure::code(ErrorCode::CrossOrigin));
        }
        let (parts, body) = request.into_parts();
        if let Err(retry_after_s) = front.hub.floods.check(front.clients.network(&parts)) {
            audit::limit_hit("writes.network");
            return Err(Refusal::new(ErrorCode::TooManyRequests).retry_after_s(retry_after_s).into());
        }
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    Ok(next.run(request).await)
}

/// Routes that other programs than the hub's pages ask for: what is in their path or body is the proof
/// (decisions.md 30).
const EXEMPT: [(Method, &str); 1] = [(Method::POST, "/u/{token}")];

fn carries_its_proof(request: &Request) -> bool {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    EXEMPT.iter().any(|(method, path)| request.method() == method && route == Some(path))
}

fn changes_nothing(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Ours,
    /// A page was asked for under another spelling of this machine (decisions.md 31).
    Redirect(HeaderValue),
    Wrong,
}

/// R-I5: exactly one host, and ours. Forwarded hosts are never looked at.
fn host(origin: &Origin, method: &Method, uri: &Uri, headers: &HeaderMap) -> Host {
    let mut values = headers.get_all(HOST).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Host::Wrong };
    let Ok(value) = value.to_str() else { return Host::Wrong };
    // The absolute form names a host too, and must not name another.
    if uri.authority().is_some_and(|authority| authority.as_str() != value) {
        return Host::Wrong;
    }
    if origin.is_host(value) {
        return Host::Ours;
    }
    let is_page = [Method::GET, Method::HEAD].contains(method) && !uri.path().starts_with("/v1/");
    if is_page && origin.is_other_loopback(value) {
        let path = uri.path_and_query().map_or("/", |whole| whole.as_str());
        if let Ok(to) = HeaderValue::try_from(format!("{origin}{path}")) {
            return Host::Redirect(to);
        }
    }
    Host::Wrong
}

/// R-G5: the browser says that the hub's own page asks, or an `Origin` that is exactly ours.
fn is_same_origin(origin: &Origin, headers: &HeaderMap) -> bool {
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
    let mut origins = headers.get_all(ORIGIN).iter();
    let named = match (origins.next(), origins.next()) {
        (None, _) => None,
        (Some(value), None) => Some(origin.is_origin(&text(value))),
        (Some(_), Some(_)) => Some(false),
    };
    let site = headers.get("sec-fetch-site").map(|value| text(value) == "same-origin");
    match (site, named) {
        (Some(site), named) => site && named.unwrap_or(true),
        (None, named) => named.unwrap_or(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).expect("a value"));
        }
        headers
    }

    #[test]
    fn a_change_needs_proof_that_the_hubs_own_page_asks() {
        let origin = Origin::localhost(8080);
        for (pairs, expected) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")], true),
            (vec![("origin", "http://localhost:8080")], true),
            (vec![], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "cross-site"), ("origin", "http://localhost:8080")], false),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("sec-fetch-site", "same-origin"), ("origin", "http://evil.test")], false),
            (vec![("origin", "http://127.0.0.1:8080")], false),
            (vec![("origin", "https://localhost:8080")], false),
            (vec![("origin", "null")], false),
            (vec![("origin", "http://localhost:8080"), ("origin", "http://evil.test")], false),
        ] {
            assert_eq!(is_same_origin(&origin, &headers(&pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn one_host_and_ours() {
        let origin = Origin::localhost(8080);
        let check = |method: Method, uri: &str, hosts: &[&str]| {
            let pairs: Vec<_> = hosts.iter().map(|value| ("host", *value)).collect();
            host(&origin, &method, &uri.parse().expect("a URI"), &headers(&pairs))
        };
        let to = |text| Host::Redirect(HeaderValue::from_static(text));
        assert_eq!(check(Method::GET, "/", &["localhost:8080"]), Host::Ours);
        assert_eq!(check(Method::POST, "/v1/me", &["localhost:8080"]), Host::Ours);
        assert_eq!(check(Method::GET, "/agent?x=1", &["127.0.0.1:8080"]), to("http://localhost:8080/agent?x=1"));
        assert_eq!(check(Method::GET, "//evil.test/", &["[::1]:8080"]), to("http://localhost:8080//evil.test/"));
        assert_eq!(check(Method::POST, "/", &["127.0.0.1:8080"]), Host::Wrong);
        assert_eq!(check(Method::GET, "/v1/me", &["127.0.0.1:8080"]), Host::Wrong);
        assert_eq!(check(Method::GET, "/", &[]), Host::Wrong);
        assert_eq!(check(Method::GET, "/", &["localhost:8080", "localhost:8080"]), Host::Wrong);
        assert_eq!(check(Method::GET, "/", &["evil.test"]), Host::Wrong);
        assert_eq!(check(Method::GET, "http://evil.test/", &["localhost:8080"]), Host::Wrong);
    }
}
