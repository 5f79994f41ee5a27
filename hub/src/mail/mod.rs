//! Mails: what they say, how they look, and the way they go. Knows nothing of the store, of tickets or
//! of when a mail is due.
//!
//! [`compose`] makes a [`Mail`] of a [`Letter`], which has no field for what people wrote. A worker's
//! own [`Courier`] hands mails over and says with an [`Outcome`] what became of each.

mod dates;
mod letter;
mod local;
mod message;
mod outcome;
mod page;
mod smtp;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lettre::address::Envelope;
use protocol::Millis;
use protocol::http::LocalMail;
use thiserror::Error;
use uuid::Uuid;

use crate::domain::Clock;
use local::Folder;
use smtp::Smtp;

pub use letter::{Addressed, Letter, Sender, Senders, TicketLink, compose};
pub use outcome::{Answer, Outcome};
pub use smtp::{Account, BadServer, Security, Server};

/// A mail that is ready to go. `Debug` shows its id alone: it may hold a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Of the delivery: the same on every try.
    pub id: Uuid,
    pub identity: String,
    pub at: Millis,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The whole message as it goes over the wire.
    pub raw: Vec<u8>,
    envelope: Envelope,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({})", self.id)
    }
}

/// What cannot be composed now or ever, or a mailer that cannot be set up.
#[derive(Debug, Error)]
pub enum MailError {
    #[error("cannot use the mailbox folder: {0}")]
    Io(std::io::Error),
    #[error("the mail's template failed: {0}")]
    Template(minijinja::Error),
    #[error("no mail can be sent to this address")]
    Address,
    #[error("a link of the mail does not lead to the hub's origin")]
    Link,
    #[error("the mail could not be put together: {0}")]
    Message(String),
    #[error("cannot read the certificates that mail servers are checked by: {0}")]
    Roots(String),
}

impl From<std::io::Error> for MailError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<minijinja::Error> for MailError {
    fn from(error: minijinja::Error) -> Self {
        Self::Template(error)
    }
}

/// Where mails go; clones are the same place.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// A mail server.
    Smtp(Smtp),
    /// A folder on this machine, shown by `/dev/mailbox`.
    Local(Folder),
    /// Kept in memory, for tests.
    Memory(Arc<Mutex<Vec<Mail>>>),
}

impl Mailer {
    /// # Errors
    /// When the certificates to check the server by cannot be read.
    pub fn smtp(server: Server, clock: Clock) -> Result<Self, MailError> {
        Ok(Self::Smtp(Smtp::new(server, clock)?))
    }

    /// # Errors
    /// When the folder cannot be made.
    pub fn local(folder: &Path) -> Result<Self, MailError> {
        Ok(Self::Local(Folder::open(folder)?))
    }

    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// A way for one worker to send: each has at most one connection.
    pub fn courier(&self) -> Courier {
        Courier {
            way: match self {
                Self::Smtp(smtp) => Way::Smtp(Box::new(smtp.courier())),
                Self::Local(folder) => Way::Local(folder.clone()),
                Self::Memory(mails) => Way::Memory(Arc::clone(mails)),
            },
        }
    }

    /// The mails after one, newest last; all that are kept without one. What went to a server is not kept.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn kept(&self, after: Option<Uuid>) -> Result<Vec<LocalMail>, MailError> {
        let mails = match self {
            Self::Smtp(_) => Vec::new(),
            Self::Local(folder) => folder.kept().await?,
            Self::Memory(mails) => {
                let mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                mails.iter().map(local::on_the_wire).collect()
            }
        };
        // An id that is gone by now gives all: the page drops what it knows.
        let start = mails.iter().position(|mail| Some(mail.id) == after).map_or(0, |position| position + 1);
        Ok(mails.into_iter().skip(start).collect())
    }

    /// The HTML part of a mail that is kept.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn kept_html(&self, id: Uuid) -> Result<Option<String>, MailError> {
        match self {
            Self::Smtp(_) => Ok(None),
            Self::Local(folder) => Ok(folder.html(id).await?),
            Self::Memory(mails) => {
                let mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(mails.iter().find(|mail| mail.id == id).map(|mail| mail.html.clone()))
            }
        }
    }
}

/// One worker's way to send.
#[derive(Debug)]
pub struct Courier {
    way: Way,
}

#[derive(Debug)]
enum Way {
    Smtp(Box<smtp::Courier>),
    Local(Folder),
    Memory(Arc<Mutex<Vec<Mail>>>),
}

impl Courier {
    /// Hands a mail over, once. Dropped half-way, its connection is dropped too. In a local mailbox the
    /// same id again replaces the earlier mail.
    pub async fn send(&mut self, mail: &Mail) -> Outcome {
        match &mut self.way {
            Way::Smtp(courier) => courier.send(mail).await,
            Way::Local(folder) => match folder.keep(mail).await {
                Ok(()) => Outcome::Accepted,
                Err(error) => Outcome::OurSide(Answer::ours(&format!("cannot write into the local mailbox: {error}"))),
            },
            Way::Memory(mails) => {
                let mut mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                mails.retain(|other| other.id != mail.id);
                mails.push(mail.clone());
                Outcome::Accepted
            }
        }
    }

    /// Whether a mail could be handed over now: for an operator who asks. No mail is sent.
    ///
    /// # Errors
    /// What the server says, or why there is no way to it.
    pub async fn look(&mut self) -> Result<(), Answer> {
        match &mut self.way {
            Way::Smtp(courier) => courier.look().await,
            Way::Local(_) | Way::Memory(_) => Ok(()),
        }
    }

    /// Ends the connection when nothing was sent over it for a minute. For a worker with nothing to do.
    pub async fn rest(&mut self) {
        if let Way::Smtp(courier) = &mut self.way {
            courier.rest().await;
        }
    }
}
