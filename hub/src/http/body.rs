//! Strict JSON bodies: sized, timed, and refused with the path of the field at fault (R-D5).

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use protocol::ErrorCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Front;
use super::problem::Failure;
use crate::domain::Refusal;
use crate::domain::limits::{BODY_BYTES_MAX, BODY_READ_MS};
use crate::domain::shape::list_for_object;

/// A request's body.
pub struct Body<T>(pub T);

/// The body of a request that has nothing to say: `{}`.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

impl<T: DeserializeOwned + Serialize> FromRequest<Front> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, front: &Front) -> Result<Self, Failure> {
        require_json(request.headers())?;
        let bytes = front.hub.clock.within(BODY_READ_MS, read(request)).await;
        // Too slow: the body never came whole.
        let bytes = bytes.ok_or(Refusal::new(ErrorCode::Malformed))??;
        Ok(Self(parse(&bytes)?))
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    match essence.eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => Err(Refusal::new(ErrorCode::NotJson)),
    }
}

async fn read(request: Request) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::new(ErrorCode::TooLarge).with_limit(BODY_BYTES_MAX as u64);
    let told = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if told.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    match Limited::new(request.into_body(), BODY_BYTES_MAX).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        // The sender went away half-way.
        Err(_) => Err(Refusal::new(ErrorCode::Malformed)),
    }
}

/// Reads a body, or says which field is at fault and why.
pub fn parse<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, Refusal> {
    // What is wrong with it has no field then.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Refusal::new(ErrorCode::Malformed));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| refusal(&error))?;
    deserializer.end().map_err(|_| Refusal::new(ErrorCode::Malformed))?;
    match list_for_object(bytes, &value) {
        Some(path) => Err(Refusal::of(path, ErrorCode::Malformed)),
        None => Ok(value),
    }
}

fn refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    if !error.inner().is_data() {
        return Refusal::new(ErrorCode::Malformed);
    }
    explain(&error.path().to_string(), &error.inner().to_string())
}

/// What serde says in words, as a code and a field. `path` is where it was when it stopped.
pub fn explain(path: &str, said: &str) -> Refusal {
    let quoted = said.split('`').nth(1).unwrap_or_default();
    let path = path.trim_end_matches(['.', '?']);
    if said.starts_with("unknown field") {
        return Refusal::of(named(path, quoted), ErrorCode::UnknownField);
    }
    if said.starts_with("missing field") {
        return Refusal::of(join(path, quoted), ErrorCode::Required);
    }
    if said.starts_with("duplicate field") {
        return Refusal::of(named(path, quoted), ErrorCode::Malformed);
    }
    let code = if said.starts_with("unknown variant") { ErrorCode::BadValue } else { ErrorCode::Malformed };
    match path {
        // A union tells its case in a field, and the path does not reach into it.
        "" if code == ErrorCode::BadValue => Refusal::of("action", code),
        "" => Refusal::new(code),
        path => Refusal::of(path.to_owned(), code),
    }
}

/// The path of a field that was named in the message, whether or not the path ends with it already.
fn named(path: &str, field: &str) -> String {
    match path == field || path.ends_with(&format!(".{field}")) {
        true => path.to_owned(),
        false => join(path, field),
    }
}

fn join(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

#[cfg(test)]
mod tests {
    use protocol::http::{ChangeAgentMe, Invite, NewTicket, Post, TicketAction};

    use super::*;

    fn fault<T: DeserializeOwned + Serialize>(text: &str) -> (ErrorCode, Option<String>) {
        let refusal = parse::<T>(text.as_bytes()).map(|_| ()).expect_err(text);
        (refusal.code, refusal.field.map(|field| field.to_string()))
    }

    #[test]
    fn every_fault_is_told_with_its_field() {
        let field = |name: &str| Some(name.to_owned());
        let cases = [
            (fault::<Post>(""), (ErrorCode::Malformed, None)),
            (fault::<Post>("{"), (ErrorCode::Malformed, None)),
            (fault::<Post>("[]"), (ErrorCode::Malformed, None)),
            (fault::<Post>("null"), (ErrorCode::Malformed, None)),
            (fault::<Post>(r#"["reply","x"]"#), (ErrorCode::Malformed, None)),
            (fault::<Post>(r#"{"kind":"reply"}"#), (ErrorCode::Required, field("text"))),
            (fault::<Post>(r#"{"kind":"reply","text":7}"#), (ErrorCode::Malformed, field("text"))),
            (fault::<Post>(r#"{"kind":"reply","text":null}"#), (ErrorCode::Malformed, field("text"))),
            (fault::<Post>(r#"{"kind":"shout","text":"x"}"#), (ErrorCode::BadValue, field("kind"))),
            (fault::<Post>(r#"{"kind":"reply","text":"x","seq":1}"#), (ErrorCode::UnknownField, field("seq"))),
            (fault::<Post>(r#"{"kind":"reply","text":"x"} {}"#), (ErrorCode::Malformed, None)),
            (fault::<Post>(r#"{"kind":"reply","text":"x","text":"y"}"#), (ErrorCode::Malformed, field("text"))),
            (
                fault::<Post>(r#"{"kind":"reply","text":"x","attachments":["no"]}"#),
                (ErrorCode::Malformed, field("attachments[0]")),
            ),
            (
                fault::<NewTicket>(r#"{"topic":"t","text":"x","details":[{"key":"k","value":"v","x":1}]}"#),
                (ErrorCode::UnknownField, field("details[0].x")),
            ),
            (
                fault::<NewTicket>(r#"{"topic":"t","text":"x","details":[["k","v"]]}"#),
                (ErrorCode::Malformed, field("details[0]")),
            ),
            (fault::<ChangeAgentMe>(r#"{"password":["current","new"]}"#), (ErrorCode::Malformed, field("password"))),
            (fault::<TicketAction>(r#"["redact",1]"#), (ErrorCode::Malformed, None)),
            (fault::<ChangeAgentMe>(r#"{"password":{"current":"x"}}"#), (ErrorCode::Required, field("password.new"))),
            (fault::<Invite>(r#"{"email":"e","name":"n","role":"owner"}"#), (ErrorCode::BadValue, field("role"))),
            (fault::<TicketAction>(r#"{}"#), (ErrorCode::Required, field("action"))),
            (fault::<TicketAction>(r#"{"action":"explode"}"#), (ErrorCode::BadValue, field("action"))),
            (fault::<Empty>(r#"{"x":1}"#), (ErrorCode::UnknownField, field("x"))),
        ];
        for (n, (found, expected)) in cases.into_iter().enumerate() {
            assert_eq!(found, expected, "case {n}");
        }
    }

    #[test]
    fn a_deep_or_broken_body_is_only_malformed() {
        let deep = "[".repeat(100_000);
        assert_eq!(fault::<Post>(&deep), (ErrorCode::Malformed, None));
        assert_eq!(parse::<Post>(b"\xff\xfe").map(|_| ()).map_err(|r| r.code), Err(ErrorCode::Malformed));
    }
}
