//! One worker's connection: sends a mail at a time and keeps the connection while nothing about it is
//! in doubt.

use std::error::Error as _;
use std::fmt;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt, Rset};
use lettre::transport::smtp::response::{Response, Severity};
use protocol::Millis;

use super::{Inner, Smtp};
use crate::domain::limits::{SMTP_COMMAND_MS, SMTP_DATA_MS, SMTP_IDLE_MS, SMTP_MAILS_PER_CONNECTION_MAX, SMTP_QUIT_MS};
use crate::mail::Mail;
use crate::mail::outcome::{Answer, Outcome, Stage, classify};

pub(in crate::mail) struct Courier {
    smtp: Smtp,
    kept: Option<Kept>,
}

/// A connection between two mails.
struct Kept {
    connection: AsyncSmtpConnection,
    mails: u32,
    last_used: Millis,
}

/// Why a step did not go well.
pub(super) enum Trouble {
    /// The server said no.
    No(Answer),
    /// No answer, or none that makes sense: the connection is in doubt.
    Cut(Answer),
}

impl Trouble {
    pub(super) fn cut(what: &str, why: &dyn fmt::Display) -> Self {
        Self::Cut(Answer::ours(&format!("{what}: {why}")))
    }

    /// Before a mail's own recipient is named, whatever happens is not the mail's fault.
    fn before_the_recipient(self) -> Outcome {
        match self {
            Self::No(answer) => classify(Stage::Sender, answer),
            Self::Cut(answer) => Outcome::OurSide(answer),
        }
    }
}

impl fmt::Debug for Courier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Courier").field("smtp", &self.smtp).field("is_connected", &self.kept.is_some()).finish()
    }
}

impl Courier {
    pub(super) fn new(smtp: Smtp) -> Self {
        Self { smtp, kept: None }
    }

    pub(in crate::mail) async fn send(&mut self, mail: &Mail) -> Outcome {
        // Taken out: when this future is dropped half-way, the connection goes with it.
        let (mut connection, mails) = match self.begin(mail).await {
            Ok(begun) => begun,
            Err(trouble) => return trouble.before_the_recipient(),
        };
        let (outcome, is_clean) = self.smtp.inner.finish(&mut connection, mail).await;
        if is_clean {
            let (mails, last_used) = (mails + 1, self.smtp.inner.clock.now());
            self.kept = Some(Kept { connection, mails, last_used });
            if mails >= SMTP_MAILS_PER_CONNECTION_MAX {
                self.quit().await;
            }
        }
        outcome
    }

    /// Connects, with everything that a mail needs before it is begun, and takes leave.
    pub(in crate::mail) async fn look(&mut self) -> Result<(), Answer> {
        let connection = self.smtp.inner.connect().await.map_err(|trouble| match trouble {
            Trouble::No(answer) | Trouble::Cut(answer) => answer,
        })?;
        self.kept = Some(Kept { connection, mails: 0, last_used: self.smtp.inner.clock.now() });
        self.quit().await;
        Ok(())
    }

    /// Ends a connection that has been idle for too long.
    pub(in crate::mail) async fn rest(&mut self) {
        if self.kept.as_ref().is_some_and(|kept| self.is_stale(kept)) {
            self.quit().await;
        }
    }

    /// A connection on which MAIL was accepted, and how many mails it has sent.
    async fn begin(&mut self, mail: &Mail) -> Result<(AsyncSmtpConnection, u32), Trouble> {
        self.rest().await;
        if let Some(Kept { mut connection, mails, .. }) = self.kept.take() {
            // The server may have ended it meanwhile, politely or not: a new one tells what is the matter.
            if self.smtp.inner.mail_from(&mut connection, mail).await.is_ok() {
                return Ok((connection, mails));
            }
        }
        let mut connection = self.smtp.inner.connect().await.map_err(|trouble| match trouble {
            // A server that has no time for anybody is no reason to slow down for one domain.
            Trouble::No(answer) | Trouble::Cut(answer) => Trouble::Cut(answer),
        })?;
        self.smtp.inner.mail_from(&mut connection, mail).await?;
        Ok((connection, 0))
    }

    fn is_stale(&self, kept: &Kept) -> bool {
        self.smtp.inner.clock.now() - kept.last_used >= SMTP_IDLE_MS
    }

    async fn quit(&mut self) {
        if let Some(mut kept) = self.kept.take() {
            // Whatever is answered, the connection ends.
            let _ = self.smtp.inner.clock.within(SMTP_QUIT_MS, kept.connection.quit()).await;
        }
    }
}

impl Inner {
    async fn mail_from(&self, connection: &mut AsyncSmtpConnection, mail: &Mail) -> Result<(), Trouble> {
        let command = MailFrom::new(mail.envelope.from().cloned(), Vec::new());
        self.done("MAIL", connection.command(command)).await
    }

    /// Recipient and message. Also says whether the connection can be used again.
    async fn finish(&self, connection: &mut AsyncSmtpConnection, mail: &Mail) -> (Outcome, bool) {
        for recipient in mail.envelope.to() {
            let command = connection.command(Rcpt::new(recipient.clone(), Vec::new()));
            if let Err(trouble) = self.done("RCPT", command).await {
                return self.refused(connection, Stage::Recipient, trouble).await;
            }
        }
        let asked = self.answered("DATA", SMTP_COMMAND_MS, connection.command(Data)).await;
        match asked {
            Ok(response) if response.has_code(354) => {}
            Ok(response) => return self.refused(connection, Stage::Message, unexpected("DATA", &response)).await,
            Err(trouble) => return self.refused(connection, Stage::Message, trouble).await,
        }
        // lettre ends the last line itself.
        let message = mail.raw.strip_suffix(b"\r\n").unwrap_or(&mail.raw);
        match self.answered("the message", SMTP_DATA_MS, connection.message(message)).await {
            Ok(response) if response.has_code(250) => (Outcome::Accepted, true),
            Ok(response) => (Outcome::Unknown(answer_of(&response)), false),
            Err(Trouble::Cut(answer)) => (Outcome::Unknown(answer), false),
            Err(Trouble::No(answer)) => {
                let is_clean = answer.code != Some(421);
                (classify(Stage::Message, answer), is_clean)
            }
        }
    }

    /// The mail was not handed over. A server that said so may be asked again, from the beginning.
    async fn refused(&self, connection: &mut AsyncSmtpConnection, stage: Stage, trouble: Trouble) -> (Outcome, bool) {
        match trouble {
            Trouble::Cut(answer) => (Outcome::Later(answer), false),
            Trouble::No(answer) => {
                let ends = answer.code == Some(421);
                let is_clean = !ends && self.done("RSET", connection.command(Rset)).await.is_ok();
                (classify(stage, answer), is_clean)
            }
        }
    }

    /// A step that 2xx answers.
    async fn done(
        &self,
        what: &'static str,
        step: impl Future<Output = Result<Response, Error>>,
    ) -> Result<(), Trouble> {
        let response = self.answered(what, SMTP_COMMAND_MS, step).await?;
        match response.code().severity {
            Severity::PositiveCompletion => Ok(()),
            _ => Err(unexpected(what, &response)),
        }
    }

    /// A step of lettre's, within its time.
    pub(super) async fn answered<T>(
        &self,
        what: &'static str,
        limit_ms: u64,
        step: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Trouble> {
        match self.clock.within(limit_ms, step).await {
            None => Err(out_of_time(what, limit_ms)),
            Some(Ok(done)) => Ok(done),
            Some(Err(error)) => Err(told(what, &error)),
        }
    }

    /// A step of the network's, within its time.
    pub(super) async fn limited<T>(
        &self,
        limit_ms: u64,
        what: &'static str,
        step: impl Future<Output = std::io::Result<T>>,
    ) -> Result<T, Trouble> {
        match self.clock.within(limit_ms, step).await {
            None => Err(out_of_time(what, limit_ms)),
            Some(done) => done.map_err(|error| Trouble::cut(what, &error)),
        }
    }
}

fn out_of_time(what: &str, limit_ms: u64) -> Trouble {
    Trouble::Cut(Answer::ours(&format!("{what}: nothing within {} s", limit_ms / 1_000)))
}

fn told(what: &str, error: &Error) -> Trouble {
    let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    match error.status() {
        Some(code) => Trouble::No(Answer::of_server(code.into(), &text)),
        None => Trouble::cut(what, &text),
    }
}

/// A yes in the wrong place: the dialogue is out of step.
fn unexpected(what: &str, response: &Response) -> Trouble {
    Trouble::cut(what, &format_args!("an unexpected answer: {}", answer_of(response)))
}

fn answer_of(response: &Response) -> Answer {
    let text = response.message().collect::<Vec<_>>().join(" ");
    Answer::of_server(response.code().into(), &text)
}
