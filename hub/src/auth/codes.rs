//! The 8 digits of an access code, derived from the code row's id and a key: nothing to steal is
//! stored, and a mail that is tried again carries the same digits (decisions.md 14).

use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::keys::{Keys, Purpose};
use crate::domain::limits::CODE_DIGITS;

const CODES: u32 = 10u32.pow(CODE_DIGITS as u32);
/// Numbers from here on are thrown away: below it every code is equally likely (R-A5).
const UNBIASED_MAX: u32 = u32::MAX - u32::MAX % CODES;

/// The digits of the code row `id`; `None` when the key `kid` is gone.
pub fn digits(keys: &Keys, kid: &str, id: Uuid) -> Option<String> {
    for round in 0..=u8::MAX {
        let block = keys.derive(kid, Purpose::Code, &[id.as_bytes(), &[round]])?;
        for chunk in block.chunks_exact(4) {
            let number = u32::from_be_bytes(chunk.try_into().expect("chunks of four bytes"));
            if number < UNBIASED_MAX {
                return Some(format!("{:0width$}", number % CODES, width = CODE_DIGITS));
            }
        }
    }
    // 2,048 numbers in a row beyond the bound: 1 in 45 each.
    None
}

/// Whether the typed code is the row's, in a time that does not tell how much of it is right.
pub fn is_right(keys: &Keys, kid: &str, id: Uuid, typed: &str) -> bool {
    match digits(keys, kid, id) {
        Some(right) => right.as_bytes().ct_eq(typed.as_bytes()).into(),
        None => false,
    }
}

/// What a person typed or pasted, as digits; `None` when it cannot be a code.
pub fn parse(typed: &str) -> Option<String> {
    // A paste may bring spaces, also narrow ones, and dashes.
    let kept: String =
        typed.chars().filter(|c| !c.is_whitespace() && !"-–‑".contains(*c)).take(CODE_DIGITS + 1).collect();
    (kept.len() == CODE_DIGITS && kept.bytes().all(|byte| byte.is_ascii_digit())).then_some(kept)
}

/// The digits as people read them: `1234 5678`.
pub fn spaced(digits: &str) -> String {
    let (first, second) = digits.split_at(digits.len() / 2);
    format!("{first} {second}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_uniform_in_every_place() {
        const CODES: usize = 100_000;
        let keys = Keys::in_memory();
        let mut counts = [[0u32; 10]; CODE_DIGITS];
        for n in 0..CODES {
            let code = digits(&keys, &keys.newest_kid(), Uuid::from_u128(n as u128)).expect("digits");
            assert_eq!(code.len(), CODE_DIGITS);
            for (place, digit) in code.bytes().enumerate() {
                counts[place][usize::from(digit - b'0')] += 1;
            }
        }
        for place in counts {
            let expected = CODES as f64 / 10.0;
            let chi_square: f64 = place.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
            // Nine degrees of freedom: above 40 by chance once in 10^5 runs of one place.
            assert!(chi_square < 40.0, "{chi_square}");
        }
    }

    #[test]
    fn the_same_row_gives_the_same_digits_and_another_key_others() {
        let (keys, id) = (Keys::in_memory(), Uuid::from_u128(7));
        let code = digits(&keys, &keys.newest_kid(), id).expect("digits");
        assert_eq!(digits(&keys, &keys.newest_kid(), id), Some(code.clone()));
        assert!(is_right(&keys, &keys.newest_kid(), id, &code));
        assert!(!is_right(&Keys::in_memory(), "000000000000", id, &code));
        assert!(!is_right(&keys, "gone", id, &code) && !is_right(&keys, &keys.newest_kid(), id, ""));
    }

    #[test]
    fn codes_are_read_as_people_type_them() {
        assert_eq!(parse("1234 5678").as_deref(), Some("12345678"));
        assert_eq!(parse(" 1234\u{202f}5678\n").as_deref(), Some("12345678"));
        assert_eq!(parse("1234-5678").as_deref(), Some("12345678"));
        for typed in ["", "1234567", "123456789", "1234567a", "١٢٣٤٥٦٧٨"] {
            assert_eq!(parse(typed), None, "{typed}");
        }
        assert_eq!(spaced("12345678"), "1234 5678");
    }
}
