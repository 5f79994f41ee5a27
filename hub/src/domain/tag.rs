//! Tags: free names that agents give tickets. A name is one tag in whatever case it is written.

use protocol::ErrorCode;

use super::limits::{TAG_CHARS_MAX, TAGS_PER_TICKET_MAX};
use super::message::is_bidi_control;
use super::refusal::Refusal;

/// The name of a tag: one line, white space folded, without a comma (lists of tags are written with it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// # Errors
    /// `required`, `bad_character` or `too_long`, at `field`.
    pub fn parse(field: &'static str, raw: &str) -> Result<Self, Refusal> {
        if raw.chars().any(|c| c == ',' || is_bidi_control(c) || (c.is_control() && !c.is_whitespace())) {
            return Err(Refusal::of(field, ErrorCode::BadCharacter));
        }
        let name = raw.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(Refusal::of(field, ErrorCode::Required));
        }
        if name.chars().count() > TAG_CHARS_MAX {
            return Err(Refusal::of(field, ErrorCode::TooLong).with_limit(TAG_CHARS_MAX as u64));
        }
        Ok(Self(name))
    }

    /// # Errors
    /// Those of [`Tag::parse`], and `too_long` for more than one ticket may have.
    pub fn parse_all(field: &'static str, raw: &[String]) -> Result<Vec<Self>, Refusal> {
        if raw.len() > TAGS_PER_TICKET_MAX {
            return Err(too_many(field));
        }
        raw.iter().map(|name| Self::parse(field, name)).collect()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it the same tag as another.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// What makes two names one tag.
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// The tags a ticket has after some are given, in the site's spelling, and some taken away.
///
/// # Errors
/// `too_long` when it would have too many.
pub fn after(have: &[String], add: &[String], remove: &[Tag]) -> Result<Vec<String>, Refusal> {
    let removed: Vec<String> = remove.iter().map(Tag::folded).collect();
    let mut tags: Vec<String> = Vec::with_capacity(have.len() + add.len());
    for name in have.iter().filter(|name| !removed.contains(&fold(name))).chain(add) {
        if tags.iter().all(|other| fold(other) != fold(name)) {
            tags.push(name.clone());
        }
    }
    match tags.len() > TAGS_PER_TICKET_MAX {
        true => Err(too_many("add")),
        false => Ok(tags),
    }
}

fn too_many(field: &'static str) -> Refusal {
    Refusal::of(field, ErrorCode::TooLong).with_limit(TAGS_PER_TICKET_MAX as u64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_name_is_one_clean_line() {
        let code = |raw: &str| Tag::parse("add", raw).map(|tag| tag.0).map_err(|refusal| refusal.code);
        assert_eq!(code("  chargeback \t 2026 "), Ok("chargeback 2026".to_owned()));
        assert_eq!(code("à facturer"), Ok("à facturer".to_owned()));
        assert_eq!(code(&"x".repeat(32)).map(|name| name.len()), Ok(32));
        assert_eq!(code(&"x".repeat(33)), Err(ErrorCode::TooLong));
        for blank in ["", " ", "\n"] {
            assert_eq!(code(blank), Err(ErrorCode::Required), "{blank:?}");
        }
        for bad in ["a,b", "a\u{0}b", "a\u{202e}b", "\u{7}"] {
            assert_eq!(code(bad), Err(ErrorCode::BadCharacter), "{bad:?}");
        }
    }

    #[test]
    fn a_tag_is_there_once_however_it_is_written() {
        let remove = |names: &[&str]| Tag::parse_all("remove", &named(names)).unwrap();
        let table = [
            (vec!["hold"], vec!["card"], vec![], vec!["hold", "card"]),
            (vec!["Hold"], vec!["hold", "HOLD"], vec![], vec!["Hold"]),
            (vec!["hold", "card"], vec![], vec!["HOLD"], vec!["card"]),
            (vec!["hold"], vec!["hold"], vec!["hold"], vec!["hold"]),
            (vec![], vec!["Éclair", "éclair"], vec!["nothing"], vec!["Éclair"]),
        ];
        for (have, add, taken, expected) in table {
            assert_eq!(after(&named(&have), &named(&add), &remove(&taken)), Ok(named(&expected)), "{have:?} {add:?}");
        }
        let ten: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        assert_eq!(after(&ten, &named(&["9"]), &[]), Ok(ten.clone()));
        assert_eq!(after(&ten, &named(&["10"]), &[]), Err(Refusal::of("add", ErrorCode::TooLong).with_limit(10)));
        assert_eq!(after(&ten, &named(&["10"]), &remove(&["0"])).map(|tags| tags.len()), Ok(10));
    }
}
