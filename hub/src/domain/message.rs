//! Text that people write, parsed once at the edge. A value of these types is valid.

use protocol::ErrorCode;

use super::limits::{
    DETAIL_CHARS_MAX, DETAILS_MAX, LINE_CHARS_MAX, NAME_CHARS_MAX, SUBJECT_CHARS_MAX, TEAM_NAME_CHARS_MAX,
    TEXT_BYTES_MAX, TEXT_CHARS_MAX,
};
use super::refusal::Refusal;

/// The text of a message or note: not blank, within its limits, without U+0000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    pub fn parse(raw: String) -> Result<Self, Refusal> {
        check_text(&raw)?;
        match raw.trim().is_empty() {
            true => Err(Refusal::of("text", ErrorCode::Required)),
            false => Ok(Self(raw)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

/// What is to become a message or note: as long as one, and blank where nothing is written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftText(String);

impl DraftText {
    pub fn parse(raw: String) -> Result<Self, Refusal> {
        check_text(&raw)?;
        Ok(Self(if raw.trim().is_empty() { String::new() } else { raw }))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn check_text(raw: &str) -> Result<(), Refusal> {
    refuse_nul("text", raw)?;
    let chars = raw.chars().count();
    if chars > TEXT_CHARS_MAX {
        return Err(Refusal::of("text", ErrorCode::TooLong).with_limit(TEXT_CHARS_MAX as u64));
    }
    if raw.len() > TEXT_BYTES_MAX {
        // Told in characters of this text, since people do not count bytes.
        let fit = chars * TEXT_BYTES_MAX / raw.len();
        return Err(Refusal::of("text", ErrorCode::TooLong).with_limit(fit as u64));
    }
    Ok(())
}

/// One line of text: trimmed, no control characters, not empty, within `chars_max`.
pub(super) fn line(field: &'static str, raw: &str, chars_max: usize) -> Result<String, Refusal> {
    let text = raw.trim();
    if text.is_empty() {
        return Err(Refusal::of(field, ErrorCode::Required));
    }
    if text.chars().any(|c| c.is_control() || is_bidi_control(c)) {
        return Err(Refusal::of(field, ErrorCode::BadCharacter));
    }
    if text.chars().count() > chars_max {
        return Err(Refusal::of(field, ErrorCode::TooLong).with_limit(chars_max as u64));
    }
    Ok(text.to_owned())
}

/// A ticket's subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// Takes the text's first line when nothing was given.
    pub fn parse(raw: &str, text: &Text) -> Result<Self, Refusal> {
        if !raw.trim().is_empty() {
            return line("subject", raw, SUBJECT_CHARS_MAX).map(Self);
        }
        let first = text.as_str().trim().lines().next().unwrap_or_default();
        Ok(Self(shorten(first, SUBJECT_CHARS_MAX)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a person is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        line("name", raw, NAME_CHARS_MAX).map(Self)
    }

    /// A name that may be left out.
    pub fn parse_optional(raw: Option<&str>) -> Result<Option<Self>, Refusal> {
        match raw.map(str::trim) {
            None | Some("") => Ok(None),
            Some(name) => Self::parse(name).map(Some),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a team is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamName(String);

impl TeamName {
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        line("name", raw, TEAM_NAME_CHARS_MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The details of a request, checked against the fields its topic has. Blank ones are left out.
pub fn parse_details(
    raw: Vec<protocol::model::Detail>,
    fields: &[String],
) -> Result<Vec<protocol::model::Detail>, Refusal> {
    if raw.len() > DETAILS_MAX {
        return Err(Refusal::of("details", ErrorCode::TooLong).with_limit(DETAILS_MAX as u64));
    }
    let mut details: Vec<protocol::model::Detail> = Vec::with_capacity(raw.len());
    for detail in raw {
        let path = format!("details.{}", detail.key);
        if !fields.contains(&detail.key) || details.iter().any(|other| other.key == detail.key) {
            return Err(Refusal::of("details", ErrorCode::BadValue));
        }
        let value = detail.value.trim();
        if value.chars().any(char::is_control) {
            return Err(Refusal::of(path, ErrorCode::BadCharacter));
        }
        if value.chars().count() > DETAIL_CHARS_MAX {
            return Err(Refusal::of(path, ErrorCode::TooLong).with_limit(DETAIL_CHARS_MAX as u64));
        }
        if !value.is_empty() {
            details.push(protocol::model::Detail { key: detail.key, value: value.to_owned() });
        }
    }
    Ok(details)
}

/// The last line of a conversation, for lists: white space folded, cut with an ellipsis.
pub fn last_line(text: &str) -> String {
    shorten(&text.split_whitespace().collect::<Vec<_>>().join(" "), LINE_CHARS_MAX)
}

fn shorten(text: &str, chars_max: usize) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control() && !is_bidi_control(*c)).collect();
    if clean.chars().count() <= chars_max {
        return clean;
    }
    let mut short: String = clean.chars().take(chars_max - 1).collect();
    short.push('…');
    short
}

fn refuse_nul(field: &'static str, raw: &str) -> Result<(), Refusal> {
    match raw.contains('\0') {
        true => Err(Refusal::of(field, ErrorCode::BadCharacter)),
        false => Ok(()),
    }
}

/// Marks that reorder the text around them (Unicode TR9): they could turn a name inside out.
pub(super) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}
