//! What became of a mail: the classes by which the worker decides (alerts.md 3.4).

use std::fmt;

use super::letter::plain;
use crate::domain::limits::SMTP_ANSWER_CHARS_MAX;

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 250 after the end of the message, and nothing else.
    Accepted,
    /// Not now, because of this recipient.
    Later(Answer),
    /// Too fast for the server; no attempt is spent.
    Slower(Answer),
    /// This address takes no mail.
    BadAddress(Answer),
    /// The mailbox is full.
    Full(Answer),
    /// The server does not want this mail: content or policy.
    Refused(Answer),
    /// The way to the server: DNS, TLS, sign-in, a server that does not talk. No mail's own fault.
    OurSide(Answer),
    /// The connection ended or stalled after the message went out: it may have been taken.
    Unknown(Answer),
}

impl Outcome {
    /// What was answered, unless it was accepted.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Accepted => None,
            Self::Later(answer)
            | Self::Slower(answer)
            | Self::BadAddress(answer)
            | Self::Full(answer)
            | Self::Refused(answer)
            | Self::OurSide(answer)
            | Self::Unknown(answer) => Some(answer),
        }
    }
}

/// A server's answer, or what took its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub code: Option<u16>,
    /// RFC 3463, such as `5.1.1`.
    pub enhanced: Option<String>,
    /// One line without controls and addresses.
    pub text: String,
}

impl Answer {
    /// What a server said.
    pub(super) fn of_server(code: u16, text: &str) -> Self {
        Self { code: Some(code), enhanced: enhanced(code, text), text: without_addresses(text) }
    }

    /// What happened in place of an answer.
    pub(super) fn ours(text: &str) -> Self {
        Self { code: None, enhanced: None, text: without_addresses(text) }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code} {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

/// How far a try had come when it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Greeting, TLS, sign-in, MAIL: the same for every mail.
    Sender,
    Recipient,
    Message,
}

/// The class of a server's refusal.
pub(super) fn classify(stage: Stage, answer: Answer) -> Outcome {
    let code = answer.code.unwrap_or_default();
    // 5.0.0 says no more than 550 does.
    let enhanced = answer.enhanced.as_deref().filter(|enhanced| !enhanced.ends_with(".0.0"));
    match (stage, code, enhanced) {
        (_, 421, _) => Outcome::Slower(answer),
        (_, 530 | 534 | 535 | 538, _) => Outcome::OurSide(answer),
        (_, _, Some("4.2.2" | "5.2.2")) => Outcome::Full(answer),
        (_, 450 | 451, Some(enhanced)) if enhanced.starts_with("4.7.") => Outcome::Slower(answer),
        (_, 452, _) => Outcome::Slower(answer),
        (_, 400..=499, _) => Outcome::Later(answer),
        // Whoever refuses our sender refuses every mail: nothing is lost by waiting.
        (Stage::Sender, _, _) => Outcome::OurSide(answer),
        (_, _, Some("5.1.1" | "5.1.2" | "5.1.3" | "5.1.10" | "5.2.1" | "5.4.4")) => Outcome::BadAddress(answer),
        (Stage::Recipient, 550 | 551 | 553, None) => Outcome::BadAddress(answer),
        // The dialogue is out of step; the mail is not at fault.
        (_, 503, _) => Outcome::Later(answer),
        _ => Outcome::Refused(answer),
    }
}

/// RFC 3463: class, subject, detail, at the beginning of the text.
fn enhanced(code: u16, text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = parts.len() == 3 && parts.iter().all(number) && parts[0] == (code / 100).to_string();
    fits.then(|| word.to_owned())
}

/// One line; words with an `@` are left out: nobody's address goes into a log or a list of errors.
fn without_addresses(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().map(|word| if word.contains('@') { "…" } else { word }).collect();
    plain(&words.join(" "), SMTP_ANSWER_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(outcome: &Outcome) -> &'static str {
        match outcome {
            Outcome::Accepted => "accepted",
            Outcome::Later(_) => "later",
            Outcome::Slower(_) => "slower",
            Outcome::BadAddress(_) => "bad address",
            Outcome::Full(_) => "full",
            Outcome::Refused(_) => "refused",
            Outcome::OurSide(_) => "our side",
            Outcome::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn every_answer_has_its_class() {
        use Stage::{Message, Recipient, Sender};
        for (stage, code, text, expected) in [
            (Recipient, 450, "4.2.0 greylisted", "later"),
            (Recipient, 451, "try again", "later"),
            (Recipient, 451, "4.7.1 greylisted", "slower"),
            (Recipient, 450, "4.7.0 too fast", "slower"),
            (Recipient, 452, "4.5.3 too many recipients", "slower"),
            (Recipient, 452, "4.2.2 over quota", "full"),
            (Message, 421, "4.3.0 shutting down", "slower"),
            (Sender, 421, "later", "slower"),
            (Recipient, 550, "5.1.1 no such user", "bad address"),
            (Recipient, 550, "5.1.10 null MX", "bad address"),
            (Recipient, 556, "5.1.10 null MX", "bad address"),
            (Recipient, 550, "5.2.1 disabled", "bad address"),
            (Recipient, 550, "5.4.4 no way there", "bad address"),
            (Message, 550, "5.1.1 no such user", "bad address"),
            (Recipient, 550, "no such user", "bad address"),
            (Recipient, 550, "5.0.0 no such user", "bad address"),
            (Recipient, 553, "mailbox name not allowed", "bad address"),
            (Recipient, 550, "5.7.1 blocked", "refused"),
            (Recipient, 552, "5.2.2 mailbox full", "full"),
            (Message, 552, "too big", "refused"),
            (Message, 550, "spam", "refused"),
            (Message, 554, "5.7.0 spam", "refused"),
            (Message, 550, "5.7.515 not aligned", "refused"),
            (Sender, 550, "5.7.1 sender refused", "our side"),
            (Sender, 554, "no service", "our side"),
            (Sender, 535, "5.7.8 wrong password", "our side"),
            (Recipient, 530, "5.7.0 sign in first", "our side"),
            (Message, 503, "bad sequence of commands", "later"),
        ] {
            let outcome = classify(stage, Answer::of_server(code, text));
            assert_eq!(class(&outcome), expected, "{stage:?} {code} {text}");
        }
    }

    #[test]
    fn an_answer_is_one_short_line_without_addresses() {
        let answer = Answer::of_server(550, "5.1.1 <amina@example.org>:\r\n unknown\u{1b}[31m user\u{202E}");
        assert_eq!(answer.to_string(), "550 5.1.1 … unknown[31m user");
        assert_eq!(answer.enhanced.as_deref(), Some("5.1.1"));
        assert_eq!(Answer::of_server(550, &"x".repeat(5_000)).text.chars().count(), SMTP_ANSWER_CHARS_MAX);
        for (code, text) in
            [(550, "4.1.1 of another class"), (550, "5.1"), (550, "5.1.1111"), (550, "a.b.c"), (550, "")]
        {
            assert_eq!(Answer::of_server(code, text).enhanced, None, "{text}");
        }
    }
}
