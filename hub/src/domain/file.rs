//! Files of messages: their names, where their bytes stand, which part of them is asked for.

use std::fmt::Write as _;

use protocol::{ErrorCode, SiteId, TicketId};
use uuid::Uuid;

use super::limits::FILE_NAME_BYTES_MAX;
use super::message::is_bidi_control;
use super::{Refusal, ids};

/// What a person calls a file. It is shown and given back, and never names anything on the hub's side (R-F2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// # Errors
    /// For a name that is empty, too long, leads elsewhere, or turns the text around it.
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        let name = raw.trim();
        if name.is_empty() {
            return Err(Refusal::of("name", ErrorCode::Required));
        }
        // What was no UTF-8 comes with the sign that stands for it.
        let cannot_be_kept = |c: char| c.is_control() || is_bidi_control(c) || c == char::REPLACEMENT_CHARACTER;
        if name.chars().any(cannot_be_kept) {
            return Err(Refusal::of("name", ErrorCode::BadCharacter));
        }
        if name.contains(['/', '\\']) || name == "." || name == ".." {
            return Err(Refusal::of("name", ErrorCode::BadValue));
        }
        if name.len() > FILE_NAME_BYTES_MAX {
            return Err(Refusal::of("name", ErrorCode::TooLong).with_limit(FILE_NAME_BYTES_MAX as u64));
        }
        Ok(Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `Content-Disposition` for a file to be saved: an ASCII name for old programs (RFC 6266), and the whole
/// one (RFC 8187).
pub fn disposition(name: &str) -> String {
    let plain = |c: char| if (' '..='~').contains(&c) && !matches!(c, '"' | '\\' | '%') { c } else { '_' };
    let mut value =
        format!("attachment; filename=\"{}\"; filename*=UTF-8''", name.chars().map(plain).collect::<String>());
    for byte in name.bytes() {
        // RFC 8187 3.2.1, attr-char.
        match byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            true => value.push(char::from(byte)),
            false => write!(value, "%{byte:02X}").expect("a String takes all that is written"),
        }
    }
    value
}

/// Where a file's bytes stand: made by the hub, under the site and the ticket (R-F2, R-D6).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(String);

impl ObjectKey {
    pub fn new(site: SiteId, ticket: TicketId) -> Self {
        let secret = ids::new_secret();
        Self(format!("{site}/{ticket}/{}", hex(&secret[..16])))
    }

    /// A key of ours, as the database or a listing has it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (site, ticket, name) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = name.strip_suffix(HALF).unwrap_or(name);
        let random = whole.strip_suffix(PREVIEW).unwrap_or(whole);
        let is_id = |part: &str| Uuid::try_parse(part).is_ok_and(|id| id.to_string() == part);
        let is_random = random.len() == 32 && random.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        (is_id(site) && is_id(ticket) && is_random && parts.next().is_none()).then(|| Self(text.to_owned()))
    }

    /// Where the preview of the same file stands.
    pub fn preview(&self) -> Self {
        Self(format!("{}{PREVIEW}", self.0))
    }

    /// Where a file stands on disk until it is whole.
    pub fn half(&self) -> Self {
        Self(format!("{}{HALF}", self.0))
    }

    /// The key of the file that this is the preview, or the half-written form, of.
    pub fn of_file(&self) -> Self {
        let text = self.0.strip_suffix(HALF).unwrap_or(&self.0);
        Self(text.strip_suffix(PREVIEW).unwrap_or(text).to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Site, ticket and name.
    pub fn parts(&self) -> [&str; 3] {
        let mut parts = self.0.split('/');
        std::array::from_fn(|_| parts.next().unwrap_or_default())
    }
}

const PREVIEW: &str = ".preview";
const HALF: &str = ".half";

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes all that is written");
        text
    })
}

/// Which part of a file is asked for (RFC 9110, 14.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    /// From the first to the last byte, both included.
    Part(u64, u64),
    /// None of it is there.
    Beyond,
}

impl Wanted {
    /// From the header `Range`. What is no single range of bytes is the whole, as the standard allows.
    pub fn parse(header: Option<&str>, bytes: u64) -> Self {
        let Some(range) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else { return Self::Whole };
        let Some((first, last)) = range.trim().split_once('-') else { return Self::Whole };
        // A number that is left out, or too large to be one, is beyond every file.
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().unwrap_or(u64::MAX));
        let (Some(from), Some(to)) = (number(first), number(last)) else { return Self::Whole };
        match (first.is_empty(), last.is_empty()) {
            (true, true) => Self::Whole,
            (true, false) if to == 0 || bytes == 0 => Self::Beyond,
            (true, false) => Self::Part(bytes.saturating_sub(to), bytes - 1),
            (false, _) if from >= bytes => Self::Beyond,
            (false, true) => Self::Part(from, bytes - 1),
            (false, false) if to < from => Self::Whole,
            (false, false) => Self::Part(from, to.min(bytes - 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_they_are_or_refused() {
        for kept in
            ["invoice.pdf", "a \"quoted\" name.txt", "rechnung — été.png", "📎 clip.png", "مرفق.pdf", &"x".repeat(255)]
        {
            assert_eq!(FileName::parse(kept).expect(kept).as_str(), kept);
        }
        let long = "é".repeat(128);
        for (refused, code) in [
            ("", ErrorCode::Required),
            ("  ", ErrorCode::Required),
            ("a\r\nSet-Cookie: x.png", ErrorCode::BadCharacter),
            ("a\0.png", ErrorCode::BadCharacter),
            ("gnp.\u{202E}exe", ErrorCode::BadCharacter),
            ("../../etc/passwd", ErrorCode::BadValue),
            ("C:\\secrets.txt", ErrorCode::BadValue),
            ("..", ErrorCode::BadValue),
            (&long, ErrorCode::TooLong),
        ] {
            assert_eq!(FileName::parse(refused).expect_err(refused).code, code, "{refused:?}");
        }
    }

    #[test]
    fn a_name_goes_into_its_header_in_both_spellings() {
        let plain = disposition("invoice 7.pdf");
        assert_eq!(plain, "attachment; filename=\"invoice 7.pdf\"; filename*=UTF-8''invoice%207.pdf");
        let hard = disposition("é\"x\\%; a='b'.png");
        assert_eq!(
            hard,
            "attachment; filename=\"__x__; a='b'.png\"; filename*=UTF-8''%C3%A9%22x%5C%25%3B%20a%3D%27b%27.png"
        );
    }

    #[test]
    fn keys_are_the_hubs_own_and_nothing_else_is_one() {
        let (site, ticket) = (SiteId(Uuid::from_u128(1)), TicketId(Uuid::from_u128(2)));
        let key = ObjectKey::new(site, ticket);
        assert_ne!(key, ObjectKey::new(site, ticket));
        assert_eq!(ObjectKey::parse(key.as_str()), Some(key.clone()));
        assert_eq!(ObjectKey::parse(key.preview().as_str()).map(|preview| preview.of_file()), Some(key.clone()));
        assert_eq!(ObjectKey::parse(key.preview().half().as_str()).map(|half| half.of_file()), Some(key.clone()));
        let with = |end: &str| format!("{}{end}", key.as_str());
        for other in [
            "",
            "a",
            "a/b/c",
            "../../etc/passwd",
            &with("/x"),
            &with("0"),
            &with(".html"),
            &key.as_str().to_uppercase(),
        ] {
            assert_eq!(ObjectKey::parse(other), None, "{other}");
        }
    }

    #[test]
    fn one_range_is_understood_and_the_rest_is_the_whole() {
        for (header, expected) in [
            (None, Wanted::Whole),
            (Some("bytes=0-"), Wanted::Part(0, 99)),
            (Some("bytes=0-0"), Wanted::Part(0, 0)),
            (Some("bytes=10-19"), Wanted::Part(10, 19)),
            (Some("bytes=90-1000"), Wanted::Part(90, 99)),
            (Some("bytes=-5"), Wanted::Part(95, 99)),
            (Some("bytes=-500"), Wanted::Part(0, 99)),
            (Some("bytes=100-"), Wanted::Beyond),
            (Some("bytes=-0"), Wanted::Beyond),
            (Some("bytes=99999999999999999999999-"), Wanted::Beyond),
            (Some("bytes=5-2"), Wanted::Whole),
            (Some("bytes=0-1,5-6"), Wanted::Whole),
            (Some("bytes=-"), Wanted::Whole),
            (Some("bytes=+1-2"), Wanted::Whole),
            (Some("lines=1-2"), Wanted::Whole),
        ] {
            assert_eq!(Wanted::parse(header, 100), expected, "{header:?}");
        }
        assert_eq!(Wanted::parse(Some("bytes=0-"), 0), Wanted::Beyond);
    }
}
