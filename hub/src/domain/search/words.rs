//! The words of a text, folded: without case, accents and forms of writing, so that `Écrire`, `ecrire`
//! and `ＥＣＲＩＲＥ` are one word.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use crate::domain::limits::SEARCH_WORD_CHARS_MAX;

/// A word, and the bytes of the text that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub folded: String,
    pub start: usize,
    pub end: usize,
}

/// The folded words of a text, in order: what an index is made of. Letters and digits of any script, and
/// nothing else.
pub fn folded(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.folded).collect()
}

pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    let mut letters = String::new();
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        letters.clear();
        fold(c, &mut letters);
        if letters.is_empty() {
            let goes_on = is_combining_mark(c) || is_ignored(c);
            match words.last_mut().filter(|_| open && goes_on) {
                Some(word) => word.end = end,
                None => open = false,
            }
            continue;
        }
        for letter in letters.chars() {
            let alone = stands_alone(letter);
            match words.last_mut().filter(|_| open && !alone) {
                Some(word) => {
                    word.end = end;
                    word.folded.push(letter);
                }
                None => words.push(Word { folded: letter.to_string(), start, end }),
            }
            open = !alone;
        }
    }
    for word in &mut words {
        if let Some((end, _)) = word.folded.char_indices().nth(SEARCH_WORD_CHARS_MAX) {
            word.folded.truncate(end);
        }
    }
    words
}

/// A character without case, accents and forms of writing; nothing when it is no letter and no digit.
fn fold(c: char, letters: &mut String) {
    if c.is_ascii() {
        letters.extend(c.is_ascii_alphanumeric().then_some(c.to_ascii_lowercase()));
        return;
    }
    // A mark with a class stands above or below a letter; those without one are vowels of their scripts.
    let parts = std::iter::once(c).nfkd().filter(|part| canonical_combining_class(*part) == 0 && !is_ignored(*part));
    // Large in between: `ß` is `ss` then, and both forms of sigma are one.
    let folded = parts.flat_map(char::to_lowercase).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    for letter in folded {
        match letter {
            // What Unicode does not take apart, and people type without.
            'œ' => letters.push_str("oe"),
            'æ' => letters.push_str("ae"),
            'ø' => letters.push('o'),
            'ł' => letters.push('l'),
            'đ' => letters.push('d'),
            _ => letters.extend(letter.is_alphanumeric().then_some(letter)),
        }
    }
}

/// Signs within a word that nobody sees or types: soft hyphens, joiners, the Arabic stretch.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{640}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// Scripts without spaces between words: each sign is a word, and several are looked for as a phrase.
fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}'      // Thai, Lao
        | '\u{1000}'..='\u{109F}'    // Burmese
        | '\u{1780}'..='\u{17FF}'    // Khmer
        | '\u{3040}'..='\u{30FF}'    // Hiragana, Katakana
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
