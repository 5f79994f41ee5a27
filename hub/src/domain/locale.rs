//! The languages in which the hub speaks to people, and how one is chosen.
//!
//! A language is added here, in `sentences.rs` and in the mail texts; the pages have their own catalogues.

/// A language the hub speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    #[default]
    En,
    Fr,
}

impl Locale {
    pub const ALL: &'static [Self] = &[Self::En, Self::Fr];

    /// The language's code, as pages and the database write it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Fr => "fr",
        }
    }

    /// The language of a tag such as `fr` or `fr-CA`; `None` for one the hub does not speak.
    pub fn from_code(tag: &str) -> Option<Self> {
        let language = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.iter().copied().find(|locale| locale.code().eq_ignore_ascii_case(language))
    }

    /// The best language of an `Accept-Language` header (RFC 9110, 12.5.4); English when none fits.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0, Self::En);
        // A header names a handful of languages; more is noise.
        for item in header.split(',').take(20) {
            let mut parts = item.split(';');
            let Some(locale) = parts.next().and_then(Self::from_code) else { continue };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1000, thousandths);
            if weight > best.0 {
                best = (weight, locale);
            }
        }
        best.1
    }
}

/// `0.8` as 800; anything that is no weight counts as not wanted.
fn thousandths(weight: &str) -> u16 {
    match weight.trim().parse::<f32>() {
        // Between 0 and 1000 after the clamp, so the cast keeps the value.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Ok(weight) if weight.is_finite() => (weight.clamp(0.0, 1.0) * 1000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_language_of_the_header_is_taken() {
        for (header, expected) in [
            ("", Locale::En),
            ("fr", Locale::Fr),
            ("fr-CA,fr;q=0.9,en;q=0.8", Locale::Fr),
            ("de-DE,de;q=0.9,fr;q=0.5,en;q=0.4", Locale::Fr),
            ("en;q=0.4, fr;q=0.5", Locale::Fr),
            ("en, fr", Locale::En),
            ("fr;q=0, en;q=0.1", Locale::En),
            ("FR_be", Locale::Fr),
            ("fr;q=nonsense", Locale::En),
            ("*", Locale::En),
            ("ja", Locale::En),
        ] {
            assert_eq!(Locale::from_accept_language(header), expected, "{header}");
        }
    }
}
