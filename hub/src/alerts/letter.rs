//! Makes the mail of a delivery: its letter, its links, whom it goes to.

use protocol::model::Status;
use protocol::{ParticipantId, TicketId};
use thiserror::Error;

use crate::actions::Hub;
use crate::auth::codes;
use crate::auth::links::LinkUse;
use crate::domain::{Locale, SecureLink};
use crate::mail::{Addressed, Letter, Mail, MailError, TicketLink, compose};
use crate::store::StoreError;
use crate::store::alerts::{DueMail, DueTicket};

/// Why there is no mail.
#[derive(Debug, Error)]
pub(super) enum NoMail {
    /// What it was to tell is gone.
    #[error("there is nothing to tell any more")]
    Nothing,
    /// It can never be made: it is given up, and does not hold up the next one.
    #[error("{0}")]
    Never(String),
    /// Perhaps later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<MailError> for NoMail {
    fn from(error: MailError) -> Self {
        Self::Never(error.to_string())
    }
}

/// What a letter needs beside its words.
struct Written {
    letter: Letter,
    /// The link of the ticket that it tells of.
    link: Option<SecureLink>,
}

pub(super) async fn write(hub: &Hub, due: &DueMail) -> Result<Mail, NoMail> {
    let Written { letter, link } = letter(hub, due).await?;
    let unsubscribe = link.as_ref().filter(|_| is_alert(&due.kind));
    let to = Addressed {
        id: due.id,
        identity: due.identity.clone(),
        at: due.created_at,
        to: due.to.clone(),
        locale: Locale::from_code(&due.locale).unwrap_or_default(),
        brand: hub.store.site().name.clone(),
        thread: link.as_ref().and_then(|link| hub.keys.thread(&link.kid, link.ticket)),
        unsubscribe: unsubscribe.map(|link| url(hub, link, LinkUse::Unsubscribe)).transpose()?,
    };
    Ok(compose(&letter, to, &hub.settings.senders)?)
}

/// Alerts can be switched off; what guards the access, and the first mail, cannot.
pub(super) fn is_alert(kind: &str) -> bool {
    matches!(kind, "m2" | "m4" | "m5")
}

async fn letter(hub: &Hub, due: &DueMail) -> Result<Written, NoMail> {
    match due.kind.as_str() {
        "m3" => code(hub, due),
        "m6" => links(hub, due).await,
        "m7" => new_device(hub, due).await,
        "m8" => waiting(hub, due).await,
        _ => about_ticket(hub, due).await,
    }
}

async fn about_ticket(hub: &Hub, due: &DueMail) -> Result<Written, NoMail> {
    let (ticket, recipient) = ticket_and_recipient(due)?;
    let secure_link = secure_link(hub, ticket.id, recipient).await?;
    let (number, link) = (ticket.number, url(hub, &secure_link, LinkUse::Open)?);
    let letter = match due.kind.as_str() {
        "m1" => Letter::Received { number, opened_at: ticket.opened_at, link, not_me: due.unproven },
        "m2" => Letter::Updated { number, link },
        "m4" => Letter::Solved { number, link, reopen_until: None },
        "m5" => Letter::Asked { number, link },
        kind => return Err(NoMail::Never(format!("there is no mail of the kind {kind:?}"))),
    };
    Ok(Written { letter, link: Some(secure_link) })
}

fn code(hub: &Hub, due: &DueMail) -> Result<Written, NoMail> {
    let code = due.code.as_ref().ok_or(NoMail::Nothing)?;
    let digits = codes::digits(&hub.keys, &code.kid, code.id);
    let digits = digits.ok_or_else(|| NoMail::Never("the code's key is gone".to_owned()))?;
    let (browser, asked_at) = (code.browser.clone(), code.asked_at);
    Ok(Written { letter: Letter::Code { digits: codes::spaced(&digits), browser, asked_at }, link: None })
}

async fn links(hub: &Hub, due: &DueMail) -> Result<Written, NoMail> {
    // It was queued for an address that nobody has here.
    due.recipient.ok_or(NoMail::Nothing)?;
    let mut tickets = Vec::new();
    for found in hub.store.tickets_of_address(hub.store.site().id, &due.canonical).await? {
        let link = secure_link(hub, found.ticket, found.requester).await?;
        tickets.push(TicketLink {
            number: found.number,
            opened_at: found.opened_at,
            is_open: matches!(found.status, Status::Open | Status::Pending),
            link: url(hub, &link, LinkUse::Open)?,
        });
    }
    match tickets.is_empty() {
        true => Err(NoMail::Nothing),
        false => Ok(Written { letter: Letter::Links { tickets }, link: None }),
    }
}

async fn new_device(hub: &Hub, due: &DueMail) -> Result<Written, NoMail> {
    let (ticket, _) = ticket_and_recipient(due)?;
    let login = due.login.as_ref().ok_or(NoMail::Nothing)?;
    let token = hub.keys.end_trust_token(&hub.keys.newest_kid(), login.id, ticket.id);
    let token = token.ok_or_else(|| NoMail::Never("the hub has no key".to_owned()))?;
    let revoke_link = format!("{}/r/{}", hub.settings.origin, token.encode());
    let (number, browser, at) = (ticket.number, login.browser.clone(), due.created_at);
    Ok(Written { letter: Letter::NewDevice { number, browser, at, revoke_link }, link: None })
}

async fn waiting(hub: &Hub, due: &DueMail) -> Result<Written, NoMail> {
    let agent = due.recipient.ok_or(NoMail::Nothing)?;
    let numbers = hub.store.waiting_for(hub.store.site().id, agent).await?;
    if numbers.is_empty() {
        return Err(NoMail::Nothing);
    }
    let link = format!("{}/agent", hub.settings.origin);
    Ok(Written { letter: Letter::Waiting { numbers, link }, link: None })
}

fn ticket_and_recipient(due: &DueMail) -> Result<(&DueTicket, ParticipantId), NoMail> {
    Ok((due.ticket.as_ref().ok_or(NoMail::Nothing)?, due.recipient.ok_or(NoMail::Nothing)?))
}

async fn secure_link(hub: &Hub, ticket: TicketId, recipient: ParticipantId) -> Result<SecureLink, NoMail> {
    Ok(hub.store.secure_link(ticket, recipient, &hub.keys.newest_kid()).await?)
}

/// Built from the configured origin alone (R-A16).
fn url(hub: &Hub, link: &SecureLink, what_for: LinkUse) -> Result<String, NoMail> {
    let token = hub.keys.link_token(link, what_for);
    let token = token.ok_or_else(|| NoMail::Never("the link's key is gone".to_owned()))?;
    let path = match what_for {
        LinkUse::Open => "t",
        LinkUse::Unsubscribe => "u",
    };
    Ok(format!("{}/{path}/{}", hub.settings.origin, token.encode()))
}
