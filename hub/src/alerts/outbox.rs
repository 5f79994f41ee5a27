//! The worker that sends the mails of the outbox.
//!
//! A row is claimed with a lease, composed, handed to the mailer, finished. It is woken when a mail
//! may be due and looks by itself every second: a wake-up that is lost costs a second. A mail that
//! cannot go is tried again, and is dead after three minutes; one bad row does not hold up the others.

use protocol::Millis;
use tokio_util::sync::CancellationToken;

use crate::actions::Hub;
use crate::auth::codes;
use crate::domain::Locale;
use crate::mail::{self, Composed, Mail, Mailer};
use crate::store::StoreError;
use crate::store::people::DueMail;

const LOOK_EVERY_MS: u64 = 1_000;
/// A worker that died holds its mails for this long.
const LEASE_MS: i64 = 60_000;
const AT_ONCE_MAX: u64 = 16;
/// Waits before the next tries; the last one goes on.
const RETRIES_MS: [Millis; 3] = [2_000, 8_000, 30_000];
/// A code lives ten minutes; a mail later than this would only confuse.
const DEAD_AFTER_MS: Millis = 3 * 60 * 1000;

/// Sends what is due until it is stopped.
pub async fn run(hub: Hub, mailer: Mailer, stop: CancellationToken) {
    loop {
        if let Err(error) = send_due(&hub, &mailer).await {
            tracing::warn!(%error, "could not read the outbox");
        }
        // All three may be dropped half-way without loss.
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.mail_due.notified() => {}
            () = hub.clock.sleep(LOOK_EVERY_MS) => {}
        }
    }
}

/// Sends everything that is due now. Answers how many mails went out.
///
/// # Errors
/// When the outbox cannot be read or written.
pub async fn send_due(hub: &Hub, mailer: &Mailer) -> Result<usize, StoreError> {
    let mut sent = 0;
    loop {
        let due = hub.store.claim_mails(AT_ONCE_MAX, LEASE_MS).await?;
        if due.is_empty() {
            return Ok(sent);
        }
        for mail in due {
            sent += usize::from(send(hub, mailer, &mail).await?);
        }
    }
}

async fn send(hub: &Hub, mailer: &Mailer, due: &DueMail) -> Result<bool, StoreError> {
    let failed = match compose(hub, due) {
        Err(why) => Some((why, None)),
        Ok(Composed { subject, text }) => {
            let mail = Mail { id: due.id, at: hub.clock.now(), to: due.to.clone(), subject, text };
            let error = mailer.send(mail).await.err();
            error.map(|error| (error.to_string(), retry_at(due, hub.clock.now())))
        }
    };
    match failed {
        None => hub.store.finish_mail(due, None, None).await?,
        Some((why, retry_at)) => {
            tracing::warn!(mail = %due.id, kind = due.kind, attempt = due.attempts, why, "a mail did not go");
            hub.store.finish_mail(due, Some(&why), retry_at).await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// When to try again; `None` when it is too late for that.
fn retry_at(due: &DueMail, now: Millis) -> Option<Millis> {
    let tried = usize::try_from(due.attempts.max(1)).unwrap_or(usize::MAX);
    let wait = RETRIES_MS[(tried - 1).min(RETRIES_MS.len() - 1)];
    let then = now + wait;
    (then < due.created_at + DEAD_AFTER_MS).then_some(then)
}

/// The words of a mail, or why it can never be composed.
fn compose(hub: &Hub, due: &DueMail) -> Result<Composed, String> {
    let locale = Locale::from_code(&due.locale).unwrap_or_default();
    match (due.kind.as_str(), &due.code) {
        ("m3", Some((id, kid))) => {
            let digits = codes::digits(&hub.keys, kid, *id).ok_or("the code's key is gone")?;
            let site = &hub.store.site().name;
            mail::code(locale, site, &codes::spaced(&digits)).map_err(|error| error.to_string())
        }
        (kind, _) => Err(format!("no mail of the kind {kind:?} can be composed")),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn due(attempts: i64) -> DueMail {
        DueMail {
            id: Uuid::nil(),
            lease: Uuid::nil(),
            kind: "m3".to_owned(),
            identity: String::new(),
            to: String::new(),
            locale: "en".to_owned(),
            attempts,
            code: None,
            created_at: 0,
        }
    }

    #[test]
    fn tries_are_spread_and_end_after_three_minutes() {
        let waits: Vec<_> = (0..5).map(|attempts| retry_at(&due(attempts), 1_000)).collect();
        assert_eq!(waits, [Some(3_000), Some(3_000), Some(9_000), Some(31_000), Some(31_000)]);
        assert_eq!(retry_at(&due(4), 149_000), Some(179_000));
        assert_eq!(retry_at(&due(4), 150_000), None);
    }
}
