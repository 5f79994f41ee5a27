//! The mails themselves: their words, their headers, and rows that somebody poisoned.

use super::*;
use crate::domain::{Locale, Origin};

/// 2026-11-22T12:00:00Z.
const NOON: i64 = 1_795_348_800_000;

pub(super) fn senders() -> Senders {
    Senders::new(None, None, Origin::parse("https://help.example.org").expect("an origin"))
}

pub(super) fn to(n: u128) -> Addressed {
    Addressed {
        id: Uuid::from_u128(n),
        identity: format!("delivery-{n}"),
        at: NOON,
        to: "amina@example.org".to_owned(),
        locale: Locale::En,
        brand: "Acme Pay".to_owned(),
        thread: Some("ticket-10042".to_owned()),
        unsubscribe: Some("https://help.example.org/u/abcdef".to_owned()),
    }
}

fn link() -> String {
    format!("https://help.example.org/t/{}", "Ab3_-xYz90".repeat(4))
}

/// One of each kind, as long as they get.
pub(super) fn letters() -> Vec<Letter> {
    let ticket = |number| TicketLink { number, opened_at: NOON, is_open: number % 2 == 0, link: link() };
    vec![
        Letter::Received { number: 10_042, opened_at: NOON, link: link(), not_me: true },
        Letter::Updated { number: 10_042, link: link() },
        code(),
        Letter::Solved { number: 10_042, link: link(), reopen_until: Some(NOON) },
        Letter::Asked { number: 10_042, link: link() },
        Letter::Links { tickets: (10_001..10_020).map(ticket).collect() },
        Letter::NewDevice { number: 10_042, browser: "Safari on iPhone".to_owned(), at: NOON, revoke_link: link() },
        Letter::Waiting { numbers: (10_001..10_100).collect(), link: "https://help.example.org/agent".to_owned() },
    ]
}

pub(super) fn code() -> Letter {
    Letter::Code { digits: "1234 5678".to_owned(), browser: "Firefox on Linux".to_owned(), asked_at: NOON }
}

pub(super) fn mail(n: u128) -> Mail {
    compose(&Letter::Updated { number: 10_042, link: link() }, to(n), &senders()).expect("composed")
}

/// The message's headers with their folds undone.
fn headers(mail: &Mail) -> String {
    let raw = String::from_utf8(mail.raw.clone()).expect("ASCII");
    raw.split_once("\r\n\r\n").expect("headers end").0.replace("\r\n ", " ")
}

fn header<'a>(headers: &'a str, name: &str) -> Option<&'a str> {
    headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn every_letter_has_words_in_every_language_and_stays_small() {
    for letter in letters() {
        for locale in Locale::ALL {
            let mail = compose(&letter, Addressed { locale: *locale, ..to(1) }, &senders()).expect("composed");
            let told = format!("{} {locale:?}", letter.kind());
            assert!(!mail.subject.is_empty() && !mail.text.contains("{{") && !mail.html.contains("{{"), "{told}");
            assert!(!mail.text.contains("\n\n\n"), "{told}: {}", mail.text);
            assert!(mail.html.contains(&format!("<html lang=\"{}\" dir=\"ltr\">", locale.code())), "{told}");
            assert!(mail.html.len() < 10_000, "{told}: {} bytes", mail.html.len());
            // Nothing is asked of anybody when the mail is opened (R-H5).
            for remote in ["src=", "url(", "@import", "<link", "<script", "<img"] {
                assert!(!mail.html.contains(remote), "{told}: {remote}");
            }
            let not_read = if *locale == Locale::Fr { "n’est pas lue" } else { "is not read" };
            assert!(mail.text.contains(not_read) && mail.html.contains(not_read), "{told}: R-H1");
            // Every server takes it: no 8BITMIME, no SMTPUTF8, no line over 998 bytes.
            assert!(
                mail.raw.is_ascii() && mail.raw.split(|byte| *byte == b'\n').all(|line| line.len() < 998),
                "{told}"
            );
        }
    }
}

#[test]
fn subjects_are_constant_and_name_the_ticket() {
    let subjects = |locale| -> Vec<String> {
        let mail = |letter: &Letter| compose(letter, Addressed { locale, ..to(1) }, &senders()).expect("composed");
        letters().iter().map(|letter| mail(letter).subject).collect()
    };
    let updated = "Your support ticket 10042 has been updated";
    assert_eq!(
        subjects(Locale::En),
        [
            "Your support request 10042 has been received",
            updated,
            "Your access code",
            updated,
            updated,
            "Your support requests",
            "New access to your request 10042",
            "99 tickets are waiting for you",
        ]
    );
    let updated = "Votre demande d’assistance n°\u{a0}10042 a été mise à jour";
    assert_eq!(
        subjects(Locale::Fr),
        [
            "Votre demande d’assistance n°\u{a0}10042 est enregistrée",
            updated,
            "Votre code d’accès",
            updated,
            updated,
            "Vos demandes d’assistance",
            "Nouvel accès à votre demande n°\u{a0}10042",
            "99 demandes vous attendent",
        ]
    );
}

/// R-A18, and no link beside a code.
#[test]
fn the_code_stands_in_the_body_alone_with_who_asked_for_it_and_without_any_link() {
    for (locale, asked) in
        [(Locale::En, "22 November 2026, 12:00 UTC, from Firefox on Linux"), (Locale::Fr, "depuis Firefox sous Linux")]
    {
        let mail = compose(&code(), Addressed { locale, ..to(1) }, &senders()).expect("composed");
        for part in [&mail.text, &mail.html] {
            assert!(part.contains("1234 5678") && part.contains(asked) && part.contains("10"), "{part}");
            assert!(!part.contains("http") && !part.contains("help.example.org"), "{part}");
        }
        let (head, body) = mail.html.split_once("</div>").expect("the preheader ends");
        assert!(!head.contains("1234") && body.contains("1234"));
        assert!(!headers(&mail).contains("1234"));
    }
}

/// R-H5, R-H1, decisions 28.
#[test]
fn headers_are_those_of_the_kind() {
    let security = ["m3", "m6", "m7"];
    let threaded = ["m1", "m2", "m4", "m5"];
    let subscribed = ["m2", "m4", "m5", "m8"];
    for letter in letters() {
        let (kind, mail) = (letter.kind(), compose(&letter, to(1), &senders()).expect("composed"));
        let headers = headers(&mail);
        let get = |name| header(&headers, name);
        let sender = if security.contains(&kind) { "security" } else { "alerts" };
        assert_eq!(get("From"), Some(&*format!("\"Acme Pay\" <{sender}@help.example.org>")), "{kind}");
        assert_eq!(get("To"), Some("amina@example.org"), "{kind}");
        assert_eq!(get("Reply-To"), None, "{kind}");
        assert_eq!(get("Precedence"), None, "{kind}");
        assert_eq!(get("Auto-Submitted"), Some("auto-generated"), "{kind}");
        assert_eq!(get("X-Auto-Response-Suppress"), Some("OOF, AutoReply, RN, NRN"), "{kind}");
        assert_eq!(get("Content-Language"), Some("en"), "{kind}");
        assert_eq!(get("MIME-Version"), Some("1.0"), "{kind}");
        assert_eq!(get("Date"), Some("Sun, 22 Nov 2026 12:00:00 +0000"), "{kind}");
        let class = if security.contains(&kind) { "security" } else { "alerts" };
        assert_eq!(get("Feedback-ID"), Some(&*format!("{kind}:help.example.org:{class}:acmepay")), "{kind}");
        assert_eq!(get("List-Unsubscribe").is_some(), subscribed.contains(&kind), "{kind}");
        assert_eq!(get("List-Unsubscribe-Post").is_some(), subscribed.contains(&kind), "{kind}");
        assert_eq!(get("In-Reply-To").is_some(), threaded.contains(&kind), "{kind}");
        assert_eq!(get("List-Id").is_some(), threaded.contains(&kind), "{kind}");
        assert_eq!(mail.text.contains("https://help.example.org/u/abcdef"), subscribed.contains(&kind), "{kind}");
    }
}

#[test]
fn mails_of_one_ticket_stand_together_and_a_retry_is_the_same_mail() {
    let letter = Letter::Updated { number: 10_042, link: link() };
    let composed = |to| compose(&letter, to, &senders()).expect("composed");
    let (first, again, second) = (composed(to(1)), composed(to(1)), composed(to(2)));
    assert!(first == again, "byte for byte");
    let ids = |mail: &Mail, name: &str| header(&headers(mail), name).map(str::to_owned);
    assert_ne!(ids(&first, "Message-ID"), ids(&second, "Message-ID"));
    assert_eq!(ids(&first, "References"), ids(&second, "References"));
    assert_eq!(ids(&first, "References"), ids(&first, "In-Reply-To"));
    // Another ticket, and a code, stand elsewhere.
    let other = composed(Addressed { thread: Some("ticket-10043".to_owned()), ..to(3) });
    assert_ne!(ids(&first, "References"), ids(&other, "References"));
    let codes = [1, 2].map(|n| compose(&code(), to(n), &senders()).expect("composed"));
    assert_ne!(ids(&codes[0], "References"), ids(&codes[1], "References"));
    assert_ne!(ids(&codes[0], "References"), ids(&first, "References"));
}

/// R-A16: whatever a row holds, a link leads to the hub.
#[test]
fn links_lead_to_the_hubs_origin_alone() {
    for link in [
        "",
        "https://help.example.org",
        "https://help.example.org.evil.test/t/x",
        "https://help.example.org@evil.test/",
        "http://help.example.org/t/x",
        "https://evil.test/https://help.example.org/",
        "javascript:alert(1)",
        "https://help.example.org/t/x\"onclick=1",
        "https://help.example.org/t/x\r\nBcc: x@example.org",
        "https://help.example.org/t/x>",
        "https://help.example.org/t/x&amp;",
        "https://help.example.org/t/a b",
    ] {
        let letter = Letter::Updated { number: 1, link: link.to_owned() };
        assert!(matches!(compose(&letter, to(1), &senders()), Err(MailError::Link)), "{link}");
        let unsubscribe = Addressed { unsubscribe: Some(link.to_owned()), ..to(1) };
        assert!(matches!(compose(&code(), unsubscribe, &senders()), Err(MailError::Link)), "{link}");
    }
}

/// R-H4, R-G4 and the crates' behaviour that was measured (M-8).
#[test]
fn a_poisoned_row_neither_panics_nor_reaches_a_header() {
    let poisons = [
        "Acme\r\nBcc: x@example.org",
        "Acme\rBcc: x@example.org",
        "Acme\nBcc: x@example.org",
        "Acme\0",
        "Acme\u{202E}gro.live",
        "Acme\u{1b}[31m",
        "\u{200B}\u{FEFF}",
        "\"Acme\" <boss@example.org>,",
        "<img src=x onerror=alert(1)>",
        "Écran\u{2028}Total",
        &"a".repeat(1_200),
        &"é".repeat(1_200),
        "",
    ];
    for poison in poisons {
        for letter in letters() {
            let letter = match letter {
                Letter::Code { digits, asked_at, .. } => Letter::Code { digits, browser: poison.to_owned(), asked_at },
                other => other,
            };
            let to = Addressed {
                brand: poison.to_owned(),
                identity: poison.to_owned(),
                thread: Some(poison.to_owned()),
                ..to(1)
            };
            let mail = compose(&letter, to, &senders()).expect("composed");
            let headers = headers(&mail);
            assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
            assert!(!mail.raw.contains(&0) && mail.raw.split(|byte| *byte == b'\n').all(|line| line.len() < 998));
            assert!(!mail.html.contains("<img") && !mail.html.contains('\u{202E}') && !mail.text.contains('\u{1b}'));
        }
    }
}

#[test]
fn an_address_that_no_mail_goes_to_is_a_permanent_error() {
    for address in [
        "",
        "amina",
        "a@[127.0.0.1]",
        "a@localhost",
        "-oQ/tmp/x@example.org",
        "ａ@example.org",
        "josé@example.org",
        "a@example.org\r\nRCPT TO:<b@example.org>",
        "a\0@example.org",
        "\u{202E}a@example.org",
        "\"a b\"@example.org",
        "a@example.org,b@example.org",
        &format!("{}@example.org", "a".repeat(1_200)),
    ] {
        let to = Addressed { to: address.to_owned(), ..to(1) };
        assert!(matches!(compose(&code(), to, &senders()), Err(MailError::Address)), "{address:?}");
    }
    // A domain is written in A-labels: no server needs SMTPUTF8.
    let abroad = compose(&code(), Addressed { to: "Amina@Bücher.example".to_owned(), ..to(1) }, &senders());
    assert_eq!(abroad.expect("composed").to, "Amina@xn--bcher-kva.example");
}

#[test]
fn a_mail_shows_nothing_of_itself_in_debug() {
    let mail = compose(&code(), to(1), &senders()).expect("composed");
    assert_eq!(format!("{mail:?} {:?}", to(1)), format!("Mail({0}) Addressed({0})", Uuid::from_u128(1)));
}
