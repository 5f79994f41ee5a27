//! What mails say, as types: there is no field for what people wrote, so it cannot be mailed (R-H2).
//! A letter, to whom it goes and who sends it make a [`Mail`].

use protocol::Millis;
use uuid::Uuid;

use super::page::Page;
use super::words::{Say, Words};
use super::{Mail, MailError, message};
use crate::domain::limits::BRAND_CHARS_MAX;
use crate::domain::{Locale, Origin};

/// What a mail says: numbers, times, links and the brand are all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// M1. With `not_me`, that the page offers "this was not me".
    Received { number: i64, opened_at: Millis, link: String, not_me: bool },
    /// M2.
    Updated { number: i64, link: String },
    /// M3: digits as people read them (`1234 5678`), and who asked for them when. It has no link.
    Code { digits: String, browser: String, asked_at: Millis },
    /// M4.
    Solved { number: i64, link: String, reopen_until: Option<Millis> },
    /// M5: the team needs an answer.
    Asked { number: i64, link: String },
    /// M6: the links, again.
    Links { tickets: Vec<TicketLink> },
    /// M7.
    NewDevice { number: i64, browser: String, at: Millis, revoke_link: String },
    /// M8: the agents' digest.
    Waiting { numbers: Vec<i64>, link: String },
}

/// One ticket of [`Letter::Links`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketLink {
    pub number: i64,
    pub opened_at: Millis,
    pub is_open: bool,
    pub link: String,
}

/// To whom a letter goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Addressed {
    /// Of the delivery.
    pub id: Uuid,
    /// The same over all tries: the Message-ID is made from it.
    pub identity: String,
    /// The mail's date; given the same on every try, the mail is the same byte for byte.
    pub at: Millis,
    pub to: String,
    pub locale: Locale,
    pub brand: String,
    /// One per ticket and recipient: mails with the same one stand together. Only its digest is sent.
    pub thread: Option<String>,
    /// The address of one-click unsubscribing.
    pub unsubscribe: Option<String>,
}

impl std::fmt::Debug for Addressed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Addressed({})", self.id)
    }
}

/// A checked address that mails are sent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(pub(super) lettre::Address);

impl Sender {
    /// `None` when it is no address.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// `name@` a host; an IP address is no domain, so that is `localhost`.
    fn at(name: &str, host: &str) -> Self {
        let address = lettre::Address::new(name, host).or_else(|_| lettre::Address::new(name, "localhost"));
        Self(address.expect("a plain name and a domain"))
    }
}

impl std::fmt::Display for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Who sends, and the one origin that links may lead to (R-A16).
#[derive(Clone, Debug)]
pub struct Senders {
    alerts: Sender,
    security: Sender,
    pub(super) origin: Origin,
}

impl Senders {
    /// Without an address of its own a sender is `alerts@` or `security@` the origin's host.
    pub fn new(alerts: Option<Sender>, security: Option<Sender>, origin: Origin) -> Self {
        let alerts = alerts.unwrap_or_else(|| Sender::at("alerts", origin.host()));
        let security = security.unwrap_or_else(|| Sender::at("security", origin.host()));
        Self { alerts, security, origin }
    }

    /// Decisions 28: codes and links come from an address of their own, so that no flood of alerts
    /// harms its name.
    pub(super) fn of(&self, letter: &Letter) -> &lettre::Address {
        match letter.is_security() {
            true => &self.security.0,
            false => &self.alerts.0,
        }
    }
}

/// Makes the mail.
///
/// # Errors
/// When it can never be sent: a bad address, a link that leads elsewhere, a template that fails.
pub fn compose(letter: &Letter, to: Addressed, from: &Senders) -> Result<Mail, MailError> {
    let to = Addressed { brand: plain(&to.brand, BRAND_CHARS_MAX), ..to };
    let links = letter.links().into_iter().chain(to.unsubscribe.as_deref());
    if !links.into_iter().all(|link| leads_to(&from.origin, link)) {
        return Err(MailError::Link);
    }
    let page = Page::of(letter, &to, &from.origin)?;
    message::build(letter, to, from, page)
}

impl Letter {
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Received { .. } => "m1",
            Self::Updated { .. } => "m2",
            Self::Code { .. } => "m3",
            Self::Solved { .. } => "m4",
            Self::Asked { .. } => "m5",
            Self::Links { .. } => "m6",
            Self::NewDevice { .. } => "m7",
            Self::Waiting { .. } => "m8",
        }
    }

    pub(super) fn say(&self, words: &'static Words) -> &'static Say {
        match self {
            Self::Received { .. } => &words.received,
            Self::Updated { .. } => &words.updated,
            Self::Code { .. } => &words.code,
            Self::Solved { .. } => &words.solved,
            Self::Asked { .. } => &words.asked,
            Self::Links { .. } => &words.links,
            Self::NewDevice { .. } => &words.new_device,
            Self::Waiting { .. } => &words.waiting,
        }
    }

    pub(super) const fn is_security(&self) -> bool {
        matches!(self, Self::Code { .. } | Self::Links { .. } | Self::NewDevice { .. })
    }

    /// Stands together with the other mails of its ticket; the others never hide in a thread.
    pub(super) const fn is_threaded(&self) -> bool {
        matches!(self, Self::Received { .. } | Self::Updated { .. } | Self::Solved { .. } | Self::Asked { .. })
    }

    /// What somebody may not want: not the first mail, and nothing that guards the access.
    pub(super) const fn is_subscribed(&self) -> bool {
        matches!(self, Self::Updated { .. } | Self::Solved { .. } | Self::Asked { .. } | Self::Waiting { .. })
    }

    /// The one that has the button.
    pub(super) fn link(&self) -> Option<&str> {
        match self {
            Self::Received { link, .. }
            | Self::Updated { link, .. }
            | Self::Solved { link, .. }
            | Self::Asked { link, .. }
            | Self::NewDevice { revoke_link: link, .. }
            | Self::Waiting { link, .. } => Some(link),
            Self::Code { .. } | Self::Links { .. } => None,
        }
    }

    fn links(&self) -> Vec<&str> {
        match self {
            Self::Links { tickets } => tickets.iter().map(|ticket| &*ticket.link).collect(),
            _ => self.link().into_iter().collect(),
        }
    }
}

/// Only characters that stand by themselves in a URL, a header and in HTML. No `&`: our links need none.
fn leads_to(origin: &Origin, link: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/?#=%".contains(c);
    link.strip_prefix(&origin.to_string()).is_some_and(|path| path.starts_with('/') && path.chars().all(plain))
}

/// One line without controls or marks that turn text around or are not seen (R-H4, R-G4).
pub(super) fn plain(text: &str, chars_max: usize) -> String {
    let seen = |c: &char| {
        !c.is_control()
            && !matches!(*c,
                '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
    };
    text.chars().filter(seen).take(chars_max).collect::<String>().trim().to_owned()
}
