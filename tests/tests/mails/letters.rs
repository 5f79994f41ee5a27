//! One mail of every kind in every language, with a name that has to be encoded.

use hub::domain::{Locale, Origin};
use hub::mail::{Addressed, Letter, Mail, Senders, TicketLink, compose};
use uuid::Uuid;

/// 2026-11-22T12:00:00Z.
pub const NOON: i64 = 1_795_348_800_000;
pub const BRAND: &str = "Crédit & Épargne “Été”";
pub const ADDRESS: &str = "amina@example.org";

/// Names such as `m1-fr`, and mails.
pub fn all() -> Vec<(String, Mail)> {
    let kinds = letters();
    let both =
        Locale::ALL.iter().flat_map(|locale| kinds.iter().enumerate().map(move |(n, letter)| (*locale, n, letter)));
    both.map(|(locale, n, letter)| (format!("m{}-{}", n + 1, locale.code()), mail(letter, locale, ADDRESS))).collect()
}

/// Some mail to somebody.
pub fn to(address: &str) -> Mail {
    mail(&letters()[1], Locale::En, address)
}

fn mail(letter: &Letter, locale: Locale, address: &str) -> Mail {
    let to = Addressed {
        id: Uuid::from_u128(1),
        identity: format!("{address} {letter:?} {locale:?}"),
        at: NOON,
        to: address.to_owned(),
        locale,
        brand: BRAND.to_owned(),
        thread: Some("ticket-10042".to_owned()),
        unsubscribe: Some("https://help.example.org/u/Ab3_-xYz90Ab3_-xYz90".to_owned()),
    };
    compose(letter, to, &Senders::new(None, None, Origin::parse("https://help.example.org").unwrap())).unwrap()
}

/// M1 to M8, as long as they get.
fn letters() -> Vec<Letter> {
    let link = || format!("https://help.example.org/t/{}", "Ab3_-xYz90".repeat(4));
    let ticket = |number| TicketLink { number, opened_at: NOON, is_open: number % 2 == 0, link: link() };
    vec![
        Letter::Received { number: 10_042, opened_at: NOON, link: link(), not_me: true },
        Letter::Updated { number: 10_042, link: link() },
        Letter::Code { digits: "1234 5678".to_owned(), browser: "Firefox on Linux".to_owned(), asked_at: NOON },
        Letter::Solved { number: 10_042, link: link(), reopen_until: Some(NOON) },
        Letter::Asked { number: 10_042, link: link() },
        Letter::Links { tickets: (10_001..10_011).map(ticket).collect() },
        Letter::NewDevice { number: 10_042, browser: "Safari on iPhone".to_owned(), at: NOON, revoke_link: link() },
        Letter::Waiting { numbers: (10_001..10_100).collect(), link: "https://help.example.org/agent".to_owned() },
    ]
}
