//! `hub restore`: a backup into an empty database and an empty data directory (R-K17).
//!
//! Cut off at any moment, the same command goes on where it was. The files come first, then the rows, and with
//! the last commit of the database everything is there, under a new epoch.

use std::ffi::OsStr;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::backup::{digest, look_at_lines};
use super::copying::copy;
use super::manifest::{Backup, FileLine, KeptLine};
use super::parts::tally;
use super::{KeepFailure, disk};
use crate::auth::Keys;
use crate::auth::keys::{HALF, make_private_directory, write_whole};
use crate::domain::Clock;
use crate::domain::alert::AlertTimes;
use crate::domain::file::{ObjectKey, hex};
use crate::domain::limits::{ROWS_MOVED_AT_ONCE, SWEPT_AT_ONCE_MAX};
use crate::files::{Files, FilesError};
use crate::store::Database;
use crate::store::keep::{Anew, Filling, Look, Source};

/// Where a backup goes.
pub struct Place<'a> {
    pub data_dir: &'a Path,
    pub database: &'a Database,
    pub files: &'a Files,
    pub keys_dir: &'a Path,
    pub times: AlertTimes,
    pub clock: &'a Clock,
}

/// Stands in a data directory whose restore has not come to its end: the backup's id.
pub const RESTORING: &str = "restoring";

/// What became of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoredKeys {
    /// They came with the backup, or were there.
    There,
    /// Nobody has them: links and codes of before are void, and the first start makes a key.
    Lost,
}

/// Brings a backup back.
///
/// # Errors
/// When it is not whole, made by a newer version, or the place is not empty.
pub async fn restore(backup: &Backup, place: &Place<'_>) -> Result<RestoredKeys, KeepFailure> {
    let wrong = look_at_lines(backup)?;
    if !wrong.is_none() {
        return Err(KeepFailure::Refused(format!("the backup is not whole: {}", wrong.examples.join("; "))));
    }
    let keys = look_at_keys(backup, place.keys_dir)?;
    let was_begun = look_at_data_dir(place.data_dir, &backup.id)?;
    let about = &backup.manifest.database;
    let source = Source { id: backup.id.clone(), schema: about.schema, tables: backup.manifest.shapes() };
    let filling = Filling::open(place.database, &source, place.clock.clone()).await?;
    let Some(mut filling) = filling else {
        // Perhaps only the last word of it was cut off.
        if was_begun && is_of(backup, place.database).await? {
            return Ok(keys);
        }
        return Err(KeepFailure::Refused(
            "the database is not empty: a backup is restored into an empty one".to_owned(),
        ));
    };
    let mark = place.data_dir.join(RESTORING);
    if !mark.exists() {
        write_whole(&mark, backup.id.as_bytes()).map_err(disk(&mark))?;
    }
    let kids = put_keys(backup, place.keys_dir, keys)?;
    let gone = files(backup, place).await?;
    rows(backup, &mut filling).await?;
    filling.finish(Some(&Anew { kids, gone, times: place.times })).await?;
    Ok(keys)
}

/// The restore is at its end: a hub may start.
pub fn restored(data_dir: &Path) -> Result<(), KeepFailure> {
    let mark = data_dir.join(RESTORING);
    std::fs::remove_file(&mark).map_err(disk(&mark))
}

/// Nothing of another hub is there. Whether the database is empty it says itself. Answers whether this restore
/// was begun before.
fn look_at_data_dir(data_dir: &Path, id: &str) -> Result<bool, KeepFailure> {
    let mark = data_dir.join(RESTORING);
    if mark.exists() {
        return match std::fs::read_to_string(&mark).map_err(disk(&mark))? == id {
            true => Ok(true),
            false => Err(KeepFailure::Refused(format!(
                "another backup was begun to be restored into {}: empty it first",
                data_dir.display()
            ))),
        };
    }
    match ["files", "mailbox"].into_iter().find(|name| data_dir.join(name).exists()) {
        None => Ok(false),
        Some(name) => Err(KeepFailure::Refused(format!(
            "{} holds {name} of a hub: a backup is restored into an empty data directory",
            data_dir.display()
        ))),
    }
}

/// Whether what is in the database came from this backup, as a whole.
async fn is_of(backup: &Backup, database: &Database) -> Result<bool, KeepFailure> {
    let look = Look::open(database).await?;
    let state = look.hold().await?;
    let (there, then) = (state.about(), &backup.manifest.database);
    let is_of = there.site == then.site && there.epoch != then.epoch;
    state.end().await?;
    look.close().await;
    Ok(is_of)
}

/// The keys have to be those of the backup, come from it, or be lost as a whole: others would void what
/// these made.
fn look_at_keys(backup: &Backup, keys_dir: &Path) -> Result<RestoredKeys, KeepFailure> {
    if !holds_something(keys_dir)? {
        let comes = backup.manifest.keys.is_some();
        return Ok(if comes { RestoredKeys::There } else { RestoredKeys::Lost });
    }
    let keys = Keys::read(keys_dir)?;
    let newest = backup.manifest.database.newest_key.as_ref();
    let has_newest = newest.is_none_or(|(kid, print)| keys.fingerprint(kid).as_ref() == Some(print));
    if has_newest || come_from(backup, keys_dir, &keys) {
        return Ok(RestoredKeys::There);
    }
    Err(KeepFailure::Refused(format!(
        "the keys in {} are not those of the backup: put the right ones there, or none",
        keys_dir.display()
    )))
}

/// What was cut off while it was written is nothing yet.
fn holds_something(keys_dir: &Path) -> Result<bool, KeepFailure> {
    if !keys_dir.exists() {
        return Ok(false);
    }
    for entry in std::fs::read_dir(keys_dir).map_err(disk(keys_dir))? {
        if entry.map_err(disk(keys_dir))?.path().extension() != Some(OsStr::new(HALF)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether each key that is there is one of the backup's: a try that was cut off brought it, and the rest comes.
fn come_from(backup: &Backup, keys_dir: &Path, there: &Keys) -> bool {
    let brought = |kid: &String| {
        let bytes = std::fs::read(keys_dir.join(format!("{kid}.key"))).ok()?;
        let key = backup.manifest.keys.iter().flatten().find(|key| key.kid == *kid)?;
        Some(hex(&Sha256::digest(&bytes)) == key.sha256)
    };
    there.kids().iter().all(|kid| brought(kid) == Some(true))
}

/// Answers the ids of the keys that are there now.
fn put_keys(backup: &Backup, keys_dir: &Path, keys: RestoredKeys) -> Result<Vec<String>, KeepFailure> {
    for key in backup.manifest.keys.iter().flatten() {
        let name = format!("{}.key", key.kid);
        let (from, to) = (backup.keys_dir().join(&name), keys_dir.join(&name));
        let bytes = std::fs::read(&from).map_err(disk(&from))?;
        if hex(&Sha256::digest(&bytes)) != key.sha256 {
            return Err(KeepFailure::Refused(format!("{} is not what was written", from.display())));
        }
        make_private_directory(keys_dir).map_err(disk(keys_dir))?;
        if !std::fs::read(&to).is_ok_and(|there| there == bytes) {
            write_whole(&to, &bytes).map_err(disk(&to))?;
        }
    }
    match keys {
        RestoredKeys::There => Ok(Keys::read(keys_dir)?.kids()),
        RestoredKeys::Lost => Ok(Vec::new()),
    }
}

/// Copies what is not there yet. Answers what was removed while the backup was made.
async fn files(backup: &Backup, place: &Place<'_>) -> Result<Vec<ObjectKey>, KeepFailure> {
    let from = backup.files(place.clock.clone());
    let mut gone = Vec::new();
    let mut list = backup.file_list()?;
    loop {
        let lines = list.next(usize::try_from(SWEPT_AT_ONCE_MAX).unwrap_or(1))?;
        if lines.is_empty() {
            return Ok(gone);
        }
        for line in &lines {
            match FileLine::read(line)? {
                (key, KeptLine::Kept { bytes, sha256 }) => {
                    bring(&from, place.files, &key, (bytes, sha256)).await?;
                }
                (key, KeptLine::Gone) => gone.push(key),
                (_, KeptLine::Missing) => {}
            }
        }
    }
}

/// A file that is there with the right bytes, of a try that was cut off or of a bucket that outlived the
/// database, is not written again.
async fn bring(from: &Files, to: &Files, key: &ObjectKey, written: (u64, String)) -> Result<(), KeepFailure> {
    match digest(to, key).await {
        Ok(found) if found == written => return Ok(()),
        Ok(_) | Err(FilesError::Missing | FilesError::Failed(_)) => {}
        Err(away) => return Err(away.into()),
    }
    let copied = copy(from, to, key).await.map_err(FilesError::from)?;
    match (copied.bytes, hex(&copied.sha256)) == written {
        true => Ok(()),
        false => Err(KeepFailure::Refused(format!("the backup is not whole: files/{} has other bytes", key.as_str()))),
    }
}

async fn rows(backup: &Backup, filling: &mut Filling) -> Result<(), KeepFailure> {
    for table in &backup.manifest.tables {
        let mut reader = backup.table(&table.name)?;
        let mut to_skip = filling.done(&table.name);
        loop {
            let lines = reader.next(usize::try_from(ROWS_MOVED_AT_ONCE).unwrap_or(1))?;
            if lines.is_empty() {
                break;
            }
            let skipped = to_skip.min(lines.len() as u64);
            to_skip -= skipped;
            let rest = &lines[usize::try_from(skipped).unwrap_or(lines.len())..];
            if !rest.is_empty() {
                filling.put(&table.name, rest).await?;
            }
        }
    }
    let state = filling.hold().await?;
    for table in state.tables() {
        let found = tally(state.rows(table)).await?;
        let written = backup.manifest.tables.iter().find(|part| part.name == table.name).map(|part| &part.part);
        if written != Some(&found) {
            return Err(KeepFailure::Refused(format!(
                "what is in {} is not what was written: empty the database, and restore once more",
                table.name
            )));
        }
    }
    state.end().await?;
    Ok(())
}
