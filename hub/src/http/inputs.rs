//! What requests bring beside their body: ids in the path, the query, the idempotency key, and from
//! where they come.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use protocol::{ClientId, ErrorCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Front;
use super::body::explain;
use super::problem::Failure;
use crate::actions::Caller;
use crate::domain::network::{Cidr, client_address, network};
use crate::domain::{Locale, Refusal};

/// The socket's other end, as the accept loop saw it.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// Ids in the path. What is no id names nothing that is there.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Front> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Failure> {
        match axum::extract::Path::<T>::from_request_parts(parts, front).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(_) => Err(Failure::code(ErrorCode::NotFound)),
        }
    }
}

/// The query, strict like a body.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Front> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Front) -> Result<Self, Failure> {
        match axum::extract::Query::<T>::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(query_fault(&rejection.body_text()).into()),
        }
    }
}

/// axum says "Failed to deserialize query string: path: reason".
fn query_fault(text: &str) -> Refusal {
    let reason = text.rsplit_once("query string: ").map_or(text, |(_, reason)| reason);
    match reason.split_once(": ") {
        Some((path, said)) if !path.contains(' ') => explain(path, said),
        _ => explain("", reason),
    }
}

/// `Idempotency-Key`: made by the client once per thing it wants done.
pub struct Key(pub ClientId);

impl FromRequestParts<Front> for Key {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Front) -> Result<Self, Failure> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let key = match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok().and_then(|text| text.trim().parse().ok()),
            _ => None,
        };
        key.map(Self).ok_or(Failure::code(ErrorCode::BadKey))
    }
}

impl FromRequestParts<Front> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, front: &Front) -> Result<Self, Failure> {
        Ok(caller(parts, front))
    }
}

/// From where a request comes, and the language of its answers.
pub fn caller(parts: &Parts, front: &Front) -> Caller {
    Caller {
        network: front.clients.network(parts),
        browser: browser(header(&parts.headers, &USER_AGENT)),
        locale: locale(&parts.headers),
    }
}

pub fn locale(headers: &HeaderMap) -> Locale {
    Locale::from_accept_language(header(headers, &ACCEPT_LANGUAGE))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// How clients' addresses are found (R-I1).
#[derive(Debug)]
pub struct Clients {
    proxies: Vec<Cidr>,
    header: HeaderName,
    warned: AtomicBool,
}

impl Clients {
    pub fn new(proxies: Vec<Cidr>, header: HeaderName) -> Self {
        Self { proxies, header, warned: AtomicBool::new(false) }
    }

    pub fn network(&self, parts: &Parts) -> String {
        let asked = self.look(parts);
        if asked.forwarded && !asked.peer_is_proxy && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                header = self.header.as_str(),
                "a peer that is no configured proxy forwards an address: it is not believed; \
                 name your proxy in http.trusted_proxies"
            );
        }
        network(asked.client)
    }

    /// Who asks, and how that is known.
    pub fn look(&self, parts: &Parts) -> AskedBy {
        let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
        let forwarded = parts.headers.get_all(&self.header).iter().filter_map(|value| value.to_str().ok());
        let forwarded: Vec<&str> = forwarded.collect();
        AskedBy {
            peer,
            peer_is_proxy: self.proxies.iter().any(|proxy| proxy.contains(peer)),
            forwarded: !forwarded.is_empty(),
            client: client_address(peer, forwarded.into_iter(), &self.proxies),
        }
    }
}

/// Whose address a request comes from.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AskedBy {
    pub client: IpAddr,
    /// The other end of the connection.
    pub peer: IpAddr,
    /// Whether it is one of `http.trusted_proxies`.
    pub peer_is_proxy: bool,
    /// Whether `http.forwarded_header` was there.
    pub forwarded: bool,
}

/// Browser family and system, for people to recognise their sessions by. Never more than that is kept.
fn browser(agent: &str) -> String {
    // In this order: each names those after it too.
    let families =
        [("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (find(&families), find(&systems)) {
        (Some(family), Some(system)) => format!("{family} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_by_family_and_system() {
        for (agent, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36 Edg/156.0",
                "Edge on Windows",
            ),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Safari/604.1", "Safari on iPhone"),
            ("curl/8.0", ""),
            ("", ""),
        ] {
            assert_eq!(browser(agent), expected);
        }
    }

    #[test]
    fn faults_of_the_query_name_their_field() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Paging {
            #[expect(dead_code)]
            limit: Option<u64>,
            #[expect(dead_code)]
            topic: String,
        }
        let fault = |query: &str| {
            let uri = format!("/x?{query}").parse().expect("a URI");
            let rejection = axum::extract::Query::<Paging>::try_from_uri(&uri).expect_err(query);
            let refusal = query_fault(&rejection.body_text());
            (refusal.code, refusal.field.map(|field| field.to_string()))
        };
        let field = |name: &str| Some(name.to_owned());
        assert_eq!(fault("topic=a&x=1"), (ErrorCode::UnknownField, field("x")));
        assert_eq!(fault("topic=a&limit=ten"), (ErrorCode::Malformed, field("limit")));
        assert_eq!(fault("limit=1"), (ErrorCode::Required, field("topic")));
    }
}
