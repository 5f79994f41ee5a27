//! A mail as it goes over the wire: headers (alerts.md 3.2, decisions 28) around the two parts.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::letter::{Addressed, Letter, Senders};
use super::page::Page;
use super::{Mail, MailError};
use crate::domain::email::Email;

pub(super) fn build(letter: &Letter, to: Addressed, from: &Senders, page: Page) -> Result<Mail, MailError> {
    let sender = from.of(letter);
    let recipient = recipient(&to.to)?;
    let ids = Ids::of(letter, &to, sender.domain());
    // The recipient's name is not known to mails; the brand is cleaned already: lettre panics on a
    // line break in a name.
    let name = (!to.brand.is_empty()).then(|| to.brand.clone());
    let mut message = Message::builder()
        .from(Mailbox::new(name, sender.clone()))
        .to(Mailbox::new(None, recipient.clone()))
        .date(UNIX_EPOCH + Duration::from_millis(u64::try_from(to.at).unwrap_or_default()))
        .subject(&page.subject)
        .message_id(Some(ids.message))
        .references(ids.thread)
        .raw_header(header("Auto-Submitted", "auto-generated"))
        // Not `All`, which would silence the bounces that we need (MS-OXCMAIL 2.1.3.2.20).
        .raw_header(header("X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN"))
        .raw_header(header("Feedback-ID", &feedback_id(letter, &to.brand, sender.domain())))
        .raw_header(header("Content-Language", to.locale.code()));
    if let Some(parent) = ids.parent {
        message = message.in_reply_to(parent);
    }
    if let Some(list) = ids.list {
        message = message.raw_header(whole("List-Id", list));
    }
    if let Some(link) = to.unsubscribe.as_deref().filter(|_| letter.is_subscribed()) {
        message = message
            .raw_header(whole("List-Unsubscribe", format!("<{link}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let envelope = Envelope::new(Some(sender.clone()), vec![recipient.clone()]).map_err(|_| MailError::Address)?;
    // Made from the delivery: the same mail again is the same, byte for byte.
    let parts = MultiPart::alternative()
        .boundary(format!("part-{}", to.id.simple()))
        .singlepart(part(ContentType::TEXT_PLAIN, &page.text))
        .singlepart(part(ContentType::TEXT_HTML, &page.html));
    let message =
        message.envelope(envelope.clone()).multipart(parts).map_err(|error| MailError::Message(error.to_string()))?;
    Ok(Mail {
        id: to.id,
        identity: to.identity,
        at: to.at,
        from: sender.to_string(),
        to: recipient.to_string(),
        subject: page.subject,
        text: page.text,
        html: page.html,
        raw: message.formatted(),
        envelope,
    })
}

/// R-A17's form of an address: an ASCII local part as it was typed, the domain in A-labels. So no
/// server needs SMTPUTF8.
fn recipient(raw: &str) -> Result<lettre::Address, MailError> {
    let email = Email::parse(raw).map_err(|_| MailError::Address)?;
    let (local, _) = email.typed().rsplit_once('@').ok_or(MailError::Address)?;
    let (_, domain) = email.canonical().rsplit_once('@').ok_or(MailError::Address)?;
    lettre::Address::new(local, domain).map_err(|_| MailError::Address)
}

/// What ties a mail to others.
struct Ids {
    message: String,
    /// The same for all mails of a ticket, so that they stand together; another one for each mail that
    /// must not hide among them.
    thread: String,
    parent: Option<String>,
    list: Option<String>,
}

impl Ids {
    fn of(letter: &Letter, to: &Addressed, domain: &str) -> Self {
        let own = digest(&to.identity);
        let message = format!("<a.{own}@{domain}>");
        match to.thread.as_deref().filter(|_| letter.is_threaded()).map(digest) {
            Some(ticket) => {
                let thread = format!("<t.{ticket}@{domain}>");
                Self { message, parent: Some(thread.clone()), thread, list: Some(format!("<t.{ticket}.{domain}>")) }
            }
            None => Self { message, thread: format!("<u.{own}@{domain}>"), parent: None, list: None },
        }
    }
}

/// Text of any form as one word of letters and digits.
fn digest(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// For the complaints that Gmail counts: kind, hub, class, and the brand as the sender.
fn feedback_id(letter: &Letter, brand: &str, domain: &str) -> String {
    let class = if letter.is_security() { "security" } else { "alerts" };
    let brand: String = brand.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    format!("{}:{domain}:{class}:{}", letter.kind(), brand.to_ascii_lowercase())
}

fn part(content_type: ContentType, text: &str) -> SinglePart {
    SinglePart::builder()
        .header(content_type)
        // Lines stay short and every byte is ASCII: no server needs 8BITMIME.
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(text.to_owned())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A value of checked ASCII characters that must not be folded or encoded, whatever its length.
fn whole(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}
