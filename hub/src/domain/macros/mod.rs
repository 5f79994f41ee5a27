//! Macros: a name, a text with variables, and what is done to the ticket besides.
//! The pages fill the variables in, since an agent reads and changes the text before it is sent.

pub mod template;

use protocol::ErrorCode;
use protocol::frame::PostKind;
use protocol::macros::{MacroActions, MacroContent, MacroText};

use super::limits::{MACRO_NAME_CHARS_MAX, MACRO_TEXT_CHARS_MAX, SNOOZE_MS_MAX};
use super::message::line;
use super::refusal::Refusal;
use super::tag::{self, Tag};

const TEXT: &str = "content.text";
const SOLVE: &str = "content.actions.solve";
const SNOOZE: &str = "content.actions.snooze_min";
const ADD: &str = "content.actions.add_tags";
const REMOVE: &str = "content.actions.remove_tags";

/// What a macro is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroName(String);

impl MacroName {
    /// # Errors
    /// `required`, `bad_character` or `too_long`, at `name`.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        line("name", raw, MACRO_NAME_CHARS_MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a macro does: a text whose variables all exist, acts that go together, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content(MacroContent);

impl Content {
    /// # Errors
    /// `required` where it would do nothing; of the text what a message is refused for, and `unknown_variable`; of
    /// the acts what tags are refused for, and `bad_value` for those that exclude each other.
    pub fn parse(mut raw: MacroContent) -> Result<Self, Refusal> {
        if raw.text.is_none() && raw.actions == MacroActions::default() {
            return Err(Refusal::of("content", ErrorCode::Required));
        }
        if let Some(text) = &raw.text {
            check_text(&text.text)?;
        }
        spell_tags(&mut raw.actions)?;
        check_together(raw.text.as_ref(), &raw.actions)?;
        Ok(Self(raw))
    }

    pub fn as_wire(&self) -> &MacroContent {
        &self.0
    }
}

fn check_text(text: &str) -> Result<(), Refusal> {
    let refused = |code| Err(Refusal::of(TEXT, code));
    if text.contains('\0') {
        return refused(ErrorCode::BadCharacter);
    }
    if text.trim().is_empty() {
        return refused(ErrorCode::Required);
    }
    if text.chars().count() > MACRO_TEXT_CHARS_MAX {
        return Err(Refusal::of(TEXT, ErrorCode::TooLong).with_limit(MACRO_TEXT_CHARS_MAX as u64));
    }
    match template::parts(text).all(|part| part.is_known()) {
        true => Ok(()),
        false => refused(ErrorCode::UnknownVariable),
    }
}

/// Tags as they are kept, each once.
fn spell_tags(actions: &mut MacroActions) -> Result<(), Refusal> {
    let spelt = |field, raw: &[String]| {
        let mut names: Vec<String> = Vec::with_capacity(raw.len());
        for tag in Tag::parse_all(field, raw)? {
            if names.iter().all(|other| tag::fold(other) != tag.folded()) {
                names.push(tag.as_str().to_owned());
            }
        }
        Ok::<_, Refusal>(names)
    };
    actions.add_tags = spelt(ADD, &actions.add_tags)?;
    actions.remove_tags = spelt(REMOVE, &actions.remove_tags)?;
    Ok(())
}

/// Acts that take each other back are a slip of whoever wrote them.
fn check_together(text: Option<&MacroText>, actions: &MacroActions) -> Result<(), Refusal> {
    let bad = |field| Err(Refusal::of(field, ErrorCode::BadValue));
    let both = |name: &String| actions.add_tags.iter().any(|other| tag::fold(other) == tag::fold(name));
    if actions.remove_tags.iter().any(both) {
        return bad(REMOVE);
    }
    if actions.solve && text.is_some_and(|text| text.kind == PostKind::Ask) {
        return bad(SOLVE);
    }
    let reaches = |minutes: u32| minutes > 0 && i64::from(minutes) * 60_000 <= SNOOZE_MS_MAX;
    if actions.snooze_min.is_some_and(|minutes| actions.solve || !reaches(minutes)) {
        return bad(SNOOZE);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
