//! Refusals: one stable code each, the same over HTTP and over the socket.

use serde::{Deserialize, Serialize};

use crate::drafts::Draft;
use crate::ids::TicketId;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal;)+) => {
        /// Why something was refused. Codes are stable; sentences are for people and may change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts"))]
        pub enum ErrorCode { $( $(#[$doc])* #[serde(rename = $text)] $name, )+ }

        impl ErrorCode {
            /// Every code, in the order of the table in `docs/PROTOCOL.md`.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$name,)+];

            /// The code as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => $text,)+ }
            }

            /// The HTTP status that goes with the code.
            pub const fn status(self) -> u16 {
                match self { $(ErrorCode::$name => $status,)+ }
            }
        }
    };
}

codes! {
    /// The text is not JSON, or a value has the wrong type.
    Malformed = "malformed", 400;
    /// A field that this request does not have.
    UnknownField = "unknown_field", 400;
    /// A frame type that the hub does not know.
    UnknownType = "unknown_type", 400;
    /// A required field is missing or blank.
    Required = "required", 422;
    /// Longer than its limit.
    TooLong = "too_long", 422;
    /// Shorter than its limit.
    TooShort = "too_short", 422;
    /// Holds U+0000 or another character that cannot be kept.
    BadCharacter = "bad_character", 422;
    /// Not an e-mail address that mail can be sent to.
    BadEmail = "bad_email", 422;
    /// Not one of the values this field may have.
    BadValue = "bad_value", 422;
    /// A variable in a macro's text that does not exist, or is not written as one.
    UnknownVariable = "unknown_variable", 422;
    /// A password that is on the list of common ones, or names the person or the site.
    WeakPassword = "weak_password", 422;
    /// The idempotency key is missing or is not a UUID.
    BadKey = "bad_key", 400;
    /// No sign-in, or it has ended.
    NotSignedIn = "not_signed_in", 401;
    /// Wrong address or wrong password.
    WrongPassword = "wrong_password", 401;
    /// Wrong, expired or used code.
    WrongCode = "wrong_code", 401;
    /// A one-time link that was used, has expired or never was.
    LinkUsed = "link_used", 410;
    /// Signed in, yet this action is not theirs.
    Forbidden = "forbidden", 403;
    /// The request did not come from the hub's own pages.
    CrossOrigin = "cross_origin", 403;
    /// Not there, or not theirs: the two look the same.
    NotFound = "not_found", 404;
    /// The method does not fit the path.
    MethodNotAllowed = "method_not_allowed", 405;
    /// The request is not for this host.
    WrongHost = "wrong_host", 421;
    /// The state does not allow it, for example because a colleague was first.
    Conflict = "conflict", 409;
    /// The ticket was merged and takes nothing any more; `ticket` is where its conversation goes on.
    Merged = "merged", 409;
    /// The ticket is closed and its conversation has gone on in another one, which is `ticket`.
    Continued = "continued", 409;
    /// Two tickets that are not provably the same person's cannot be merged.
    DifferentRequesters = "different_requesters", 409;
    /// Another page wrote the draft meanwhile; `draft` is what stands there now.
    DraftChanged = "draft_changed", 409;
    /// A body or a frame over its limit.
    TooLarge = "too_large", 413;
    /// The ticket or the site has no room for a file of this size; `limit` is its space in bytes.
    QuotaReached = "quota_reached", 413;
    /// The body is not JSON by its content type.
    NotJson = "not_json", 415;
    /// Too often; `retry_after_s` says when to try again.
    TooManyRequests = "too_many_requests", 429;
    /// Too many sockets open.
    TooManyConnections = "too_many_connections", 429;
    /// The hub's disk is full; reading goes on.
    DiskFull = "disk_full", 507;
    /// The hub cannot reach its database or is overloaded; nothing was changed that it did not say.
    Unavailable = "unavailable", 503;
    /// The hub's fault; the request id finds it in the log.
    Internal = "internal", 500;
}

/// The body of every refused HTTP request: `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(export, export_to = "protocol.ts", optional_fields))]
pub struct Problem {
    /// The HTTP status once more.
    pub status: u16,
    pub code: ErrorCode,
    /// One sentence in the person's language that says what to do.
    pub title: String,
    /// The field at fault, as a path such as `details.transaction_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The limit that was passed, where the code speaks of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Seconds after which the same request may succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// Where the conversation of a ticket that was merged or continued goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketId>,
    /// What another page wrote meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Box<Draft>>,
    pub request_id: String,
}
