//! Passwords that are guessed first (R-B4): common ones, runs and repetitions, and the words of the
//! person and the place. No rules about kinds of characters.
//!
//! `common_passwords.txt` is made from the `passwords` list of zxcvbn 4.4.2 (npm, MIT licence, by Dan
//! Wheeler, from Mark Burnett's public lists): its entries of 8 and more characters in lower case, and
//! those of 5 to 7 letters among its first 4,000, which people lengthen by digits.

use std::collections::HashSet;
use std::sync::LazyLock;

static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// Shorter words are in too many good passwords.
const CONTEXT_CHARS_MIN: usize = 4;
/// What has to remain of a password once a word of the context is taken out of it.
const BESIDE_CONTEXT_CHARS_MIN: usize = 8;

/// Whether the password is easy to guess, also for somebody who knows these words.
pub(super) fn is_weak(password: &str, context: &[&str]) -> bool {
    let lower = password.to_lowercase();
    let root = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(lower.as_str())
        || COMMON.contains(root)
        || COMMON.contains(unleeted(&lower).as_str())
        || is_run(&lower)
        || few_characters(&lower)
        || context.iter().flat_map(|text| words(text)).any(|word| is_mostly(&lower, &word))
}

/// `p4$$w0rd` is `password`.
fn unleeted(lower: &str) -> String {
    lower
        .trim_end_matches(|c: char| !c.is_alphabetic())
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            _ => c,
        })
        .collect()
}

/// `abcdefgh`, `87654321`, `aaaaaaaa`.
fn is_run(lower: &str) -> bool {
    let codes: Vec<i64> = lower.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: HashSet<i64> = codes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.len() == 1 && steps.iter().all(|step| (-1..=1).contains(step))
}

/// `abababab`: two different characters or one.
fn few_characters(lower: &str) -> bool {
    lower.chars().collect::<HashSet<_>>().len() <= 2
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
    words.filter(|word| word.chars().count() >= CONTEXT_CHARS_MIN).collect()
}

fn is_mostly(lower: &str, word: &str) -> bool {
    lower.contains(word) && lower.replace(word, "").chars().count() < BESIDE_CONTEXT_CHARS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_long_enough() {
        assert!(COMMON.iter().filter(|word| word.len() >= 8).count() >= 3_000);
    }

    #[test]
    fn what_is_guessed_first_is_weak() {
        let context = ["amina.haddad@example.org", "Amina Haddad", "Guichet", "help.example.org"];
        for password in [
            "password1",
            "Password",
            "PASSWORD123!",
            "p4$$w0rd",
            "12345678",
            "87654321",
            "abcdefgh",
            "aaaaaaaaaaaa",
            "abababababab",
            "qwertyuiop",
            "dragon2026!",
            "guichet2026",
            "Haddad-1987",
            "example.org1",
        ] {
            assert!(is_weak(password, &context), "{password}");
        }
    }

    #[test]
    fn what_is_not_guessed_is_not_weak() {
        let context = ["amina.haddad@example.org", "Guichet"];
        for password in
            ["correct horse battery", "guichet at the far end", "xk7#Qm2pLw", "🦊🐻🐼🐨🐯🦁🐮🐷", "vélo-mauve-tri"]
        {
            assert!(!is_weak(password, &context), "{password}");
        }
    }
}
