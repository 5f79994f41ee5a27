//! A refusal: bad input or a right that is not there, told to the person and changing nothing.

use std::borrow::Cow;

use protocol::drafts::Draft;
use protocol::{ErrorCode, TicketId};

/// Why something was not done, in a form both HTTP and the socket can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: ErrorCode,
    /// The field at fault, as a path.
    pub field: Option<Cow<'static, str>>,
    /// The limit that was passed.
    pub limit: Option<u64>,
    /// Seconds after which the same may succeed.
    pub retry_after_s: Option<u64>,
    /// Where the conversation of a ticket that was merged or continued goes on.
    pub ticket: Option<TicketId>,
    /// What another page of the same agent wrote meanwhile.
    pub draft: Option<Box<Draft>>,
}

impl Refusal {
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, field: None, limit: None, retry_after_s: None, ticket: None, draft: None }
    }

    /// A refusal of one field.
    pub fn of(field: impl Into<Cow<'static, str>>, code: ErrorCode) -> Self {
        Self { field: Some(field.into()), ..Self::new(code) }
    }

    #[must_use]
    pub const fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The ticket was merged, and its conversation goes on there.
    pub fn merged(into: TicketId) -> Self {
        Self { ticket: Some(into), ..Self::new(ErrorCode::Merged) }
    }

    /// Another page wrote the draft meanwhile.
    pub fn draft_changed(draft: Draft) -> Self {
        Self { draft: Some(Box::new(draft)), ..Self::new(ErrorCode::DraftChanged) }
    }

    /// The ticket is closed, and its conversation has gone on there.
    pub fn continued(in_ticket: TicketId) -> Self {
        Self { ticket: Some(in_ticket), ..Self::new(ErrorCode::Continued) }
    }

    #[must_use]
    pub const fn retry_after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.as_str())?;
        match &self.field {
            Some(field) => write!(f, " ({field})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}
