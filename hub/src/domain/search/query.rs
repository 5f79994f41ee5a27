//! What somebody typed: words, and “phrases” between quotation marks. Everything else is text that words
//! are taken from; there are no operators.

use protocol::ErrorCode;

use super::words::folded;
use crate::domain::Refusal;
use crate::domain::limits::SEARCH_CHARS_MAX;

/// What is looked for: all of the terms, in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Term>,
    number: Option<i64>,
}

/// Words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    words: Vec<String>,
    begins: bool,
}

impl Term {
    /// Folded; never empty.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The last word may go on: it is still being typed.
    pub fn begins(&self) -> bool {
        self.begins
    }
}

impl Query {
    /// # Errors
    /// `required` when there is nothing to look for in it, `too_long`, `bad_character` for U+0000.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        if raw.contains('\0') {
            return Err(Refusal::of("q", ErrorCode::BadCharacter));
        }
        if raw.chars().count() > SEARCH_CHARS_MAX {
            return Err(Refusal::of("q", ErrorCode::TooLong).with_limit(SEARCH_CHARS_MAX as u64));
        }
        let mut terms = Vec::new();
        let mut parts = raw.split(is_quotation_mark).enumerate().peekable();
        while let Some((index, part)) = parts.next() {
            let is_last = parts.peek().is_none();
            let quoted = index % 2 == 1;
            let texts: Vec<&str> = if quoted { vec![part] } else { part.split_whitespace().collect() };
            // A phrase that is not closed yet is still being typed.
            let begins = is_last && !texts.is_empty();
            let found = texts.into_iter().map(folded).filter(|words| !words.is_empty());
            terms.extend(found.map(|words| Term { words, begins: false }));
            if let Some(last) = terms.last_mut().filter(|_| begins) {
                last.begins = true;
            }
        }
        match terms.is_empty() {
            true => Err(Refusal::of("q", ErrorCode::Required)),
            false => Ok(Self { terms, number: number(raw) }),
        }
    }

    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The ticket's number, when nothing else was typed.
    pub fn number(&self) -> Option<i64> {
        self.number
    }
}

fn is_quotation_mark(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

fn number(raw: &str) -> Option<i64> {
    let text = raw.trim();
    let digits = text.strip_prefix('#').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}
