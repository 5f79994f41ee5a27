//! The words of the mails: one file per language, whole by its type.
//!
//! Each text is a small template over numbers, times and the brand; `page.rs` renders it. The subjects
//! are constant, so that a ticket's mails stand together (alerts.md 3.6).

mod en;
mod fr;

use crate::domain::Locale;

/// Everything that mails say in one language.
pub struct Words {
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    pub months: [&'static str; 12],
    /// The first day of a month, where it is written otherwise than the others.
    pub first_day: &'static str,
    /// Over `day`, `month`, `year`.
    pub date: &'static str,
    /// Over `date`, `hours`, `minutes`.
    pub time: &'static str,
    /// Between a browser and its system.
    pub on: &'static str,
    pub unknown_browser: &'static str,

    pub received: Say,
    pub updated: Say,
    pub code: Say,
    pub solved: Say,
    pub asked: Say,
    pub links: Say,
    pub new_device: Say,
    pub waiting: Say,

    /// A line of M6, over `number`, `date`, `is_open`.
    pub ticket: &'static str,
    /// Before the bare address under the button.
    pub address: &'static str,
    pub not_read: &'static str,
    /// How to get there without the link, over `site`: for customers and guests, for agents, beside a code.
    pub way_back: &'static str,
    pub way_back_agents: &'static str,
    pub way_back_code: &'static str,
    pub stop: &'static str,
}

/// One kind of mail. A paragraph that comes out empty is left out.
pub struct Say {
    pub subject: &'static str,
    /// What mail programs show beside the subject.
    pub preheader: &'static str,
    pub heading: &'static str,
    pub before: &'static [&'static str],
    /// On the button; empty where there is none.
    pub button: &'static str,
    pub after: &'static [&'static str],
}

pub fn of(locale: Locale) -> &'static Words {
    match locale {
        Locale::En => &en::WORDS,
        Locale::Fr => &fr::WORDS,
    }
}
