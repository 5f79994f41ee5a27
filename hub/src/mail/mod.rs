//! Mails: their texts and where they go. Knows nothing of the store, of tickets or of when a mail is due.

mod local;
mod text;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::Millis;
use protocol::http::LocalMail;
use thiserror::Error;
use uuid::Uuid;

use local::Folder;
pub use text::code;

/// A mail that is ready to go. `Debug` shows its id alone: it may hold a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Of the delivery: the same on every try.
    pub id: Uuid,
    pub at: Millis,
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// Subject and text, before it is known to whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Composed {
    pub subject: String,
    pub text: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({})", self.id)
    }
}

#[derive(Debug, Error)]
pub enum MailError {
    #[error("cannot use the mailbox folder: {0}")]
    Io(std::io::Error),
    #[error("the mail's template failed: {0}")]
    Template(minijinja::Error),
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
    /// A folder on this machine, shown by `/dev/mailbox`.
    Local(Folder),
    /// Kept in memory, for tests.
    Memory(Arc<Mutex<Vec<Mail>>>),
}

impl Mailer {
    /// # Errors
    /// When the folder cannot be made.
    pub fn local(folder: &Path) -> Result<Self, MailError> {
        Ok(Self::Local(Folder::open(folder)?))
    }

    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Hands a mail over. The same id again replaces the earlier one.
    ///
    /// # Errors
    /// When it was not taken; trying again may help.
    pub async fn send(&self, mail: Mail) -> Result<(), MailError> {
        match self {
            Self::Local(folder) => Ok(folder.keep(mail).await?),
            Self::Memory(mails) => {
                let mut mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                mails.retain(|other| other.id != mail.id);
                mails.push(mail);
                Ok(())
            }
        }
    }

    /// The mails after one, newest last; all that are kept without one.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn kept(&self, after: Option<Uuid>) -> Result<Vec<LocalMail>, MailError> {
        let mails = match self {
            Self::Local(folder) => folder.kept().await?,
            Self::Memory(mails) => {
                let mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                mails.iter().cloned().map(local::on_the_wire).collect()
            }
        };
        // An id that is gone by now gives all: the page drops what it knows.
        let start = mails.iter().position(|mail| Some(mail.id) == after).map_or(0, |position| position + 1);
        Ok(mails.into_iter().skip(start).collect())
    }
}
