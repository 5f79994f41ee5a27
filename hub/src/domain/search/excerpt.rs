//! The part of a text around what was found, as pieces that were found or stand around it: data, which a
//! page draws, and never markup.

use std::ops::Range;

use protocol::http::Piece;

use super::query::{Query, Term};
use super::words::{Word, words};
use crate::domain::limits::{EXCERPT_BEFORE_CHARS, EXCERPT_CHARS_MAX};
use crate::domain::message::is_bidi_control;

/// At most `EXCERPT_CHARS_MAX` characters of `text` around the first thing found, white space folded. An
/// ellipsis stands where it was cut.
pub fn excerpt(text: &str, query: &Query) -> Vec<Piece> {
    let words = words(text);
    let found = found(&words, query);
    let window = window(text, &words, found.first());
    let mut pieces = Pieces::default();
    if window.start > 0 {
        pieces.push("…", false);
    }
    let mut at = window.start;
    for range in &found {
        let (start, end) = (range.start.clamp(at, window.end), range.end.clamp(at, window.end));
        pieces.push(&text[at..start], false);
        pieces.push(&text[start..end], true);
        at = end;
    }
    pieces.push(&text[at..window.end], false);
    if window.end < text.trim_end().len() {
        pieces.push("…", false);
    }
    pieces.done
}

/// Where the terms stand, in order, none over another. A word that a typed one begins is found whole.
fn found(words: &[Word], query: &Query) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for term in query.terms() {
        let places = words.windows(term.words().len()).filter(|place| stands_at(term, place));
        all.extend(places.map(|place| place[0].start..place[place.len() - 1].end));
    }
    all.sort_unstable_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(all.len());
    for range in all {
        match apart.last_mut().filter(|last| range.start < last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => apart.push(range),
        }
    }
    apart
}

fn stands_at(term: &Term, place: &[Word]) -> bool {
    let last = place.len() - 1;
    term.words().iter().zip(place).enumerate().all(|(index, (wanted, word))| match term.begins() && index == last {
        true => word.folded.starts_with(wanted),
        false => word.folded == *wanted,
    })
}

/// From a little before the first thing found, at the beginning of a word.
fn window(text: &str, words: &[Word], first: Option<&Range<usize>>) -> Range<usize> {
    let wanted = first.map_or(0, |first| first.start);
    let before = text[..wanted].char_indices().rev().take(EXCERPT_BEFORE_CHARS).last().map_or(wanted, |(at, _)| at);
    let start = match text[..before].trim().is_empty() {
        true => 0,
        false => words.iter().map(|word| word.start).find(|start| *start >= before).unwrap_or(before).min(wanted),
    };
    let end = text[start..].char_indices().nth(EXCERPT_CHARS_MAX).map_or(text.len(), |(at, _)| start + at);
    start..end
}

/// Pieces that are being put together: each run of white space is one space, also across pieces.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    /// White space was seen, and something stands before it.
    space: bool,
}

impl Pieces {
    fn push(&mut self, text: &str, found: bool) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.space = !self.done.is_empty();
            } else if !c.is_control() && !is_bidi_control(c) {
                if std::mem::take(&mut self.space) {
                    self.put(' ', found && self.done.last().is_some_and(|piece| piece.found));
                }
                self.put(c, found);
            }
        }
    }

    fn put(&mut self, c: char, found: bool) {
        match self.done.last_mut().filter(|last| last.found == found) {
            Some(last) => last.text.push(c),
            None => self.done.push(Piece { text: c.to_string(), found }),
        }
    }
}
