//! A browser without a screen: its cookies, and requests as the hub's own pages make them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use protocol::{ClientId, Problem};
use reqwest::cookie::CookieStore;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wait::within;

/// One browser: clones share its cookies.
#[derive(Clone)]
pub struct Browser {
    client: reqwest::Client,
    origin: String,
    /// Where its requests go; they name the origin as their host, as behind a proxy.
    base: String,
    jar: Arc<Jar>,
}

/// Cookies by name. A real browser takes localhost for a secure place, and so does this one.
#[derive(Debug, Default)]
struct Jar {
    cookies: Mutex<Vec<(String, String)>>,
    /// Every `Set-Cookie` line so far.
    lines: Mutex<Vec<String>>,
    /// Every byte of every answer, for what must never be in one.
    received: Mutex<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

/// What came back, whatever it is.
#[derive(Clone, Debug)]
pub struct FileAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl FileAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// As text, for what is a refusal or JSON.
    pub fn as_text(&self) -> Answer {
        let body = String::from_utf8_lossy(&self.bytes).into_owned();
        Answer { status: self.status, headers: self.headers.clone(), body }
    }
}

impl Browser {
    /// A browser without cookies. `origin` is the hub's, at the port of `addr`.
    pub fn new(origin: &str, addr: SocketAddr) -> Self {
        let jar = Arc::new(Jar::default());
        let client = reqwest::Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(reqwest::redirect::Policy::none())
            .resolve("localhost", addr)
            .no_proxy()
            // A clock moved by hand ends idle connections; one that is kept might be among them.
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        Self { client, origin: origin.to_owned(), base: origin.to_owned(), jar }
    }

    /// Another browser with the same cookies, which goes its own way from here.
    pub fn fork(&self, addr: SocketAddr) -> Self {
        let fork = Self::new(&self.origin, addr);
        fork.jar.cookies.lock().unwrap().clone_from(&self.jar.cookies.lock().unwrap());
        fork
    }

    /// The same browser, its cookies too, at another node.
    pub fn at(&self, addr: SocketAddr) -> Self {
        Self { base: format!("http://{addr}"), ..self.clone() }
    }

    /// The `Cookie` header it sends now.
    pub fn cookie(&self) -> Option<String> {
        self.jar.header()
    }

    /// The value of one cookie.
    pub fn cookie_value(&self, name: &str) -> Option<String> {
        let cookies = self.jar.cookies.lock().unwrap();
        cookies.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    }

    /// Replaces a cookie, as somebody might who fixes it before the sign-in.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let mut cookies = self.jar.cookies.lock().unwrap();
        cookies.retain(|(other, _)| other != name);
        cookies.push((name.to_owned(), value.to_owned()));
    }

    /// Every `Set-Cookie` line it was given.
    pub fn cookie_lines(&self) -> Vec<String> {
        self.jar.lines.lock().unwrap().clone()
    }

    /// Everything it ever received.
    pub fn received(&self) -> String {
        self.jar.received.lock().unwrap().clone()
    }

    /// Does anybody answer there at all?
    pub async fn answers(&self, path: &str) -> bool {
        let request = self.client.get(format!("{}{path}", self.origin)).send();
        within(path, request).await.is_ok_and(|response| response.status().is_success())
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        self.ask(Method::GET, path, None, &[]).await.parsed()
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: impl Serialize) -> Result<T, Problem> {
        self.ask(Method::POST, path, Some(to_json(body)), &[]).await.parsed()
    }

    /// A creation, done once for this key however often it is asked.
    pub async fn post_once<T: DeserializeOwned>(
        &self,
        key: ClientId,
        path: &str,
        body: impl Serialize,
    ) -> Result<T, Problem> {
        let key = key.to_string();
        self.ask(Method::POST, path, Some(to_json(body)), &[("idempotency-key", &key)]).await.parsed()
    }

    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: impl Serialize) -> Result<T, Problem> {
        self.ask(Method::PUT, path, Some(to_json(body)), &[]).await.parsed()
    }

    pub async fn patch<T: DeserializeOwned>(&self, path: &str, body: impl Serialize) -> Result<T, Problem> {
        self.ask(Method::PATCH, path, Some(to_json(body)), &[]).await.parsed()
    }

    /// Any request as a page of the hub makes it; `headers` replace its own, an empty one leaves it out.
    pub async fn ask(&self, method: Method, path: &str, body: Option<String>, headers: &[(&str, &str)]) -> Answer {
        let json = [("content-type", "application/json")];
        let before = if body.is_some() { &json[..] } else { &[] };
        let headers: Vec<_> = before.iter().chain(headers).copied().collect();
        let file = self.ask_for_bytes(method, path, body.unwrap_or_default(), &headers).await;
        let body = String::from_utf8_lossy(&file.bytes).into_owned();
        let answer = Answer { status: file.status, headers: file.headers, body };
        let mut received = self.jar.received.lock().unwrap();
        received.push_str(&format!("{:?}\n{}\n", answer.headers, answer.body));
        answer
    }

    /// The same for a body and an answer of any bytes.
    pub async fn ask_for_bytes(
        &self,
        method: Method,
        path: &str,
        body: impl Into<reqwest::Body>,
        headers: &[(&str, &str)],
    ) -> FileAnswer {
        let mut all = HeaderMap::new();
        let mut set = |name: &str, value: &str| {
            let name: HeaderName = name.parse().unwrap();
            match value {
                "" => drop(all.remove(name)),
                value => drop(all.insert(name, HeaderValue::from_str(value).unwrap())),
            }
        };
        if method != Method::GET {
            set("origin", &self.origin);
            set("sec-fetch-site", "same-origin");
        }
        headers.iter().for_each(|(name, value)| set(name, value));
        let request = self.client.request(method, format!("{}{path}", self.origin)).headers(all);
        let request = request.body(body).build().unwrap();
        within(path, self.carry_out(request)).await.unwrap()
    }

    /// A request to a hub that may die meanwhile: then there is no answer. It may take long: the caller
    /// limits it.
    pub async fn try_to_post(&self, path: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Option<FileAnswer> {
        self.try_to_ask(Method::POST, path, body, headers).await
    }

    /// The same with any method; an empty header is left out.
    pub async fn try_to_ask(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Option<FileAnswer> {
        let host = self.origin.strip_prefix("http://").unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base)).body(body).header("host", host);
        request = request.header("origin", &self.origin).header("sec-fetch-site", "same-origin");
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, *value);
        }
        self.carry_out(request.build().unwrap()).await.ok()
    }

    async fn carry_out(&self, request: reqwest::Request) -> reqwest::Result<FileAnswer> {
        let response = self.client.execute(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(FileAnswer { status, headers, bytes: response.bytes().await?.to_vec() })
    }
}

impl Answer {
    /// The body, or the refusal, which must be a well-formed problem.
    pub fn parsed<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        if !self.status.is_success() {
            return Err(self.problem());
        }
        let body = if self.body.is_empty() { "null" } else { &self.body };
        Ok(serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}")))
    }

    /// RFC 9457, with a request id that the header repeats (R-I7).
    pub fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: Problem = serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!(problem.status, self.status.as_u16(), "{self:?}");
        assert_eq!(problem.status, problem.code.status(), "{self:?}");
        assert_eq!(Some(problem.request_id.as_str()), self.header("x-request-id"), "{self:?}");
        assert!(!problem.title.is_empty(), "{self:?}");
        problem
    }

    pub fn json(&self) -> Value {
        self.parsed().unwrap_or_else(|problem| panic!("{problem:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Jar {
    fn header(&self) -> Option<String> {
        let cookies = self.cookies.lock().unwrap();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn take(&self, line: &str) {
        self.lines.lock().unwrap().push(line.to_owned());
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap();
        let mut cookies = self.cookies.lock().unwrap();
        cookies.retain(|(other, _)| other != name);
        if !value.is_empty() && !attributes.to_ascii_lowercase().contains("max-age=0") {
            cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl CookieStore for Jar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, _url: &Url) {
        headers.for_each(|line| self.take(line.to_str().unwrap()));
    }

    fn cookies(&self, _url: &Url) -> Option<HeaderValue> {
        self.header().map(|header| HeaderValue::from_str(&header).unwrap())
    }
}

fn to_json(body: impl Serialize) -> String {
    serde_json::to_string(&body).unwrap()
}
