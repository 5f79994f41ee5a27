//! Texts with variables: `{{ticket.number}}`, or `{{requester.first_name|there}}` with what is said where there
//! is nothing to say. Two braces always begin a variable; what is none is found here, before anybody reads it in
//! an answer. `protocol/cases/macro_texts.json` holds the cases that the pages keep to as well.

use super::super::limits::FALLBACK_CHARS_MAX;

/// Every variable there is.
pub const VARIABLES: [&str; 8] = [
    "requester.name",
    "requester.first_name",
    "ticket.number",
    "ticket.subject",
    "ticket.team",
    "agent.name",
    "agent.first_name",
    "site.name",
];

const OPENS: &str = "{{";
const CLOSES: &str = "}}";

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Plain(&'a str),
    Variable {
        /// As it stands in the text.
        source: &'a str,
        name: &'a str,
        fallback: Option<&'a str>,
    },
    /// Begins like a variable and is none.
    Unknown(&'a str),
}

impl<'a> Part<'a> {
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Unknown(_))
    }

    /// As it stands in the text: all sources together are the text.
    pub fn source(self) -> &'a str {
        match self {
            Self::Plain(source) | Self::Variable { source, .. } | Self::Unknown(source) => source,
        }
    }
}

/// The pieces of a text, in order.
pub fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (part, after) = next(rest)?;
        rest = after;
        Some(part)
    })
}

fn next(text: &str) -> Option<(Part<'_>, &str)> {
    if text.is_empty() {
        return None;
    }
    let begins = text.find(OPENS).unwrap_or(text.len());
    if begins > 0 {
        let (plain, after) = text.split_at(begins);
        return Some((Part::Plain(plain), after));
    }
    // A variable stands in one line.
    let line = text.lines().next().unwrap_or(text);
    let ends = line.find(CLOSES).map_or(line.len(), |at| at + CLOSES.len());
    let (source, after) = text.split_at(ends);
    Some((variable(source).unwrap_or(Part::Unknown(source)), after))
}

fn variable(source: &str) -> Option<Part<'_>> {
    let inner = source.strip_prefix(OPENS)?.strip_suffix(CLOSES)?;
    let (name, fallback) = match inner.split_once('|') {
        Some((name, fallback)) => (name, Some(fallback.trim())),
        None => (inner, None),
    };
    let name = VARIABLES.into_iter().find(|known| *known == name.trim())?;
    let fits = |fallback: &str| !fallback.contains(['{', '|']) && fallback.chars().count() <= FALLBACK_CHARS_MAX;
    fallback.is_none_or(fits).then_some(Part::Variable { source, name, fallback })
}
