//! Saved views: a name, and what the tickets of the list have in common.

use protocol::ErrorCode;
use protocol::http::ViewFilters;

use super::limits::{VIEW_CHOICES_MAX, VIEW_NAME_CHARS_MAX, VIEW_WAITING_MIN_MAX};
use super::message::line;
use super::refusal::Refusal;
use super::tag::Tag;

/// What a view is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewName(String);

impl ViewName {
    /// # Errors
    /// `required`, `bad_character` or `too_long`, at `name`.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        line("name", raw, VIEW_NAME_CHARS_MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Filters that a list can be read by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filters(ViewFilters);

impl Filters {
    /// # Errors
    /// `too_long` at a list with too many choices, what tags are refused for, `bad_value` for a wait without an end.
    pub fn parse(mut raw: ViewFilters) -> Result<Self, Refusal> {
        let lengths = [
            ("filters.statuses", raw.statuses.len()),
            ("filters.teams", raw.teams.len()),
            ("filters.tags", raw.tags.len()),
            ("filters.priorities", raw.priorities.len()),
            ("filters.topics", raw.topics.len()),
        ];
        if let Some((field, _)) = lengths.into_iter().find(|(_, length)| *length > VIEW_CHOICES_MAX) {
            return Err(Refusal::of(field, ErrorCode::TooLong).with_limit(VIEW_CHOICES_MAX as u64));
        }
        for name in &mut raw.tags {
            *name = Tag::parse("filters.tags", name)?.as_str().to_owned();
        }
        for topic in &raw.topics {
            line("filters.topics", topic, VIEW_NAME_CHARS_MAX)?;
        }
        if raw.waiting_min.is_some_and(|minutes| minutes == 0 || minutes > VIEW_WAITING_MIN_MAX) {
            return Err(Refusal::of("filters.waiting_min", ErrorCode::BadValue));
        }
        Ok(Self(raw))
    }

    pub fn as_wire(&self) -> &ViewFilters {
        &self.0
    }
}
