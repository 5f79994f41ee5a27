//! E-mail addresses: checked, and with one canonical form to compare by.

use email_address::{EmailAddress, Options};
use protocol::ErrorCode;
use unicode_normalization::UnicodeNormalization;

use super::limits::EMAIL_BYTES_MAX;
use super::refusal::Refusal;

/// An address as it was typed and as it is compared.
///
/// R-A17: trimmed, NFC, the domain as lower-case IDNA A-labels, the local part compared exactly but
/// for ASCII case; never Unicode case folding (CVE-2019-19844).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    typed: String,
    canonical: String,
}

impl Email {
    pub fn parse(raw: &str) -> Result<Self, Refusal> {
        let typed: String = raw.trim().nfc().collect();
        if typed.is_empty() {
            return Err(Refusal::of("email", ErrorCode::Required));
        }
        if typed.len() > EMAIL_BYTES_MAX {
            return Err(Refusal::of("email", ErrorCode::TooLong).with_limit(EMAIL_BYTES_MAX as u64));
        }
        let canonical = canonical(&typed).ok_or_else(|| Refusal::of("email", ErrorCode::BadEmail))?;
        Ok(Self { typed, canonical })
    }

    /// As the person wrote it: mail goes here.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// For look-ups and comparisons.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

fn canonical(typed: &str) -> Option<String> {
    // Only plain addresses: no quoted local parts, no address literals, no single-label domains.
    let options = Options::default().without_display_text().without_domain_literal().with_minimum_sub_domains(2);
    let address = EmailAddress::parse_with_options(typed, options).ok()?;
    let local = address.local_part();
    // Full-width and other look-alikes of ASCII in the local part, quotes, and a leading dash that a
    // mail program could take for an option are refused.
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c);
    if local.starts_with('-') || !local.chars().all(plain) {
        return None;
    }
    let domain = idna::domain_to_ascii_strict(address.domain()).ok()?;
    Some(format!("{}@{}", local.to_ascii_lowercase(), domain.to_ascii_lowercase()))
}

/// `amina.haddad@example.org` → `a•••d@example.org`: first and last of the local part, domain whole.
pub fn mask(email: &str) -> String {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return "•••".to_owned();
    };
    let mut chars = local.chars();
    match (chars.next(), chars.next_back()) {
        (Some(first), Some(last)) => format!("{first}•••{last}@{domain}"),
        (Some(first), None) => format!("{first}•••@{domain}"),
        _ => format!("•••@{domain}"),
    }
}
