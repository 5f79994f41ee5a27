//! Secrets that a browser or a link holds: 256 random bits, of which the hub keeps only a digest.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::domain::ids::{digest, new_secret};

/// A secret as its holder has it. `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    pub fn random() -> Self {
        Self(new_secret())
    }

    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// As it is handed out: 43 characters of base64url.
    pub fn encode(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    pub fn decode(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        match BASE64_URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Some(Self(bytes)),
            Ok(_) | Err(_) => None,
        }
    }

    /// What the hub keeps of it, taken from its text form.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.encode())
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A digest of something that may be typed, such as an address: what limits count by.
pub fn digest_text(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_form_and_nothing_else_is_one() {
        let token = Token::random();
        assert_eq!(token.encode().len(), 43);
        assert_eq!(Token::decode(&token.encode()), Some(token.clone()));
        for text in ["", "abc", &token.encode()[1..], &format!("{}A", token.encode()), &"=".repeat(43)] {
            assert_eq!(Token::decode(text), None, "{text}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}
