//! What a hub leans on: its database, Redis, the store of files, the mail server.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use super::ANSWER_WAIT_MS;
use super::clocks::Clocks;
use super::finding::Finding::{self, Hint, Well, Wrong};
use super::machine::{folder, on_disk, silent};
use crate::config::{Config, Kept};
use crate::domain::Clock;
use crate::files::look_at_bucket;
use crate::store::{Database, Schema, Store};

/// With the repeats of a request.
const FILES_WAIT_MS: u64 = 10_000;
/// Greeting, TLS and sign-in.
const MAIL_WAIT_MS: u64 = 15_000;

/// By which key the database knows its hub.
pub(super) enum NewestKey {
    /// It could not be asked.
    NotAsked,
    /// No hub has begun with it.
    None,
    Known {
        kid: String,
        fingerprint: String,
    },
}

pub(super) async fn database(config: &Config, clock: &Clock, clocks: &mut Clocks<'_>) -> (Finding, NewestKey) {
    let what = match config.database() {
        Database::Postgres { .. } => "Postgres".to_owned(),
        Database::Sqlite { path } => match sqlite_file(&path, clock).await {
            Ok(()) => format!("SQLite in {}", path.display()),
            Err(found) => return found,
        },
    };
    let asked = clock.now();
    let found = match clock.within(ANSWER_WAIT_MS, Store::look(&config.database())).await {
        Some(Ok(found)) => found,
        Some(Err(error)) => return (Wrong(format!("{what}: {error}")), NewestKey::NotAsked),
        None => {
            let silent = format!("{what} does not answer within {} s", ANSWER_WAIT_MS / 1_000);
            return (Wrong(silent), NewestKey::NotAsked);
        }
    };
    if let Some(theirs) = found.now {
        clocks.heard(&what, theirs, asked);
    }
    let newest = match found.newest_key {
        Some((kid, fingerprint)) => NewestKey::Known { kid, fingerprint },
        None => NewestKey::None,
    };
    (judge(&what, found.schema, found.refuses_writes), newest)
}

fn judge(what: &str, schema: Schema, refuses_writes: Option<String>) -> Finding {
    match (schema, refuses_writes) {
        (Schema::Newer { found, known }, _) => Wrong(format!(
            "{what} was written by a newer version of the hub: its schema is at step {found}, this version knows \
             {known}; start the newer version, or restore a backup made before it"
        )),
        (_, Some(why)) => Wrong(format!("{what} answers, and takes no writes: {why}")),
        (Schema::UpToDate, None) => Well(format!("{what} answers, and its schema is up to date")),
        (Schema::Missing { steps }, None) => Well(format!(
            "{what} answers; {steps} of its schema's steps are missing: the next `hub serve` or `hub migrate` adds them"
        )),
    }
}

/// Whether the file is there and can be written; what to say where it is not.
async fn sqlite_file(path: &Path, clock: &Clock) -> Result<(), (Finding, NewestKey)> {
    let file = path.to_owned();
    match on_disk(clock, move || is_writable(&file)).await {
        Some(Ok(true)) => Ok(()),
        Some(Ok(false)) => {
            let absent = format!("SQLite in {} is not there yet; `hub serve` makes it", path.display());
            Err((Hint(absent), NewestKey::None))
        }
        Some(Err((part, error))) => {
            let part = part.display();
            Err((
                Wrong(format!("SQLite's {part} cannot be written ({error}): give it to the user that runs the hub")),
                NewestKey::NotAsked,
            ))
        }
        None => Err((silent(path), NewestKey::NotAsked)),
    }
}

/// The database's file, and those that SQLite has beside it; false when there is none.
fn is_writable(path: &Path) -> Result<bool, (PathBuf, io::Error)> {
    let mut is_there = false;
    for ending in ["", "-wal", "-shm"] {
        let mut part = path.as_os_str().to_owned();
        part.push(ending);
        match OpenOptions::new().write(true).open(&part) {
            Ok(_) => is_there = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err((part.into(), error)),
        }
    }
    Ok(is_there)
}

pub(super) async fn redis(config: &Config, clock: &Clock, clocks: &mut Clocks<'_>) -> Finding {
    let Some(server) = &config.redis.server else { return Well("none: one node".to_owned()) };
    let asked = clock.now();
    match clock.within(ANSWER_WAIT_MS, server.look()).await {
        Some(Ok(theirs)) => {
            if let Some(theirs) = theirs {
                clocks.heard("Redis", theirs, asked);
            }
            Well("what is told there comes back".to_owned())
        }
        Some(Err(error)) => Wrong(format!("{error}: check [redis], and what its account may do")),
        None => Wrong(format!("no answer within {} s: is redis.urls right?", ANSWER_WAIT_MS / 1_000)),
    }
}

pub(super) async fn files(config: &Config, clock: &Clock, clocks: &mut Clocks<'_>) -> Finding {
    let s3 = match &config.files.kept {
        Kept::Local { folder: place } => {
            let place = place.clone().unwrap_or_else(|| config.data_dir.join("files"));
            return folder(&place, clock, |place| Well(format!("{place} is not there yet; the first file makes it")))
                .await;
        }
        Kept::S3(s3) => s3,
    };
    let asked = clock.now();
    match clock.within(FILES_WAIT_MS, look_at_bucket(&s3.settings(), clock)).await {
        Some(Ok(theirs)) => {
            clocks.heard("S3", theirs, asked);
            Well(format!("the bucket {} gives every right that the hub needs", s3.bucket))
        }
        Some(Err(error)) => {
            Wrong(format!("the bucket {}: {error}: check [files], and the rights of its key", s3.bucket))
        }
        None => Wrong(format!("no answer within {} s: is files.s3_endpoint right?", FILES_WAIT_MS / 1_000)),
    }
}

pub(super) async fn mail_server(config: &Config, clock: &Clock) -> Finding {
    if config.mail.host.is_empty() {
        return Well("none: mails stay in the local mailbox".to_owned());
    }
    let mut courier = match config.mailer(clock.clone()) {
        Ok(mailer) => mailer.courier(),
        Err(error) => return Wrong(format!("{error}: check [mail]")),
    };
    match clock.within(MAIL_WAIT_MS, courier.look()).await {
        Some(Ok(())) => Well("takes the hub in, by the settings of [mail]".to_owned()),
        Some(Err(answer)) => Wrong(format!("{answer}: check [mail]")),
        None => Wrong(format!("no answer within {} s: are mail.host and mail.port right?", MAIL_WAIT_MS / 1_000)),
    }
}
