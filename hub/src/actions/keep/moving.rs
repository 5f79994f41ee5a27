//! `hub move`: everything to another place, as it is. Both commands go on where they were cut off, and compare
//! both sides at their end (R-K17).

use std::collections::HashMap;

use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};

use super::KeepFailure;
use super::copying::{CopyFailure, copy};
use super::parts::{Part, tally};
use crate::actions::files::verify::{Depth, Differs, parts};
use crate::domain::Clock;
use crate::domain::file::hex;
use crate::domain::limits::FILES_AT_ONCE_MAX;
use crate::files::{Files, FilesError};
use crate::store::Database;
use crate::store::keep::{Filling, Look, Source, State, TableShape, Wrong};

/// What each table is.
type Contents = HashMap<&'static str, Part>;

/// Copies every row to an empty database. The one it comes from must be at rest, its schema up to date. Answers
/// how many rows there are.
///
/// # Errors
/// When the other one is not empty, unless it holds the very same.
pub async fn database(from: &Look, to: &Database, clock: &Clock) -> Result<u64, KeepFailure> {
    let state = from.hold().await?;
    let contents = contents(&state).await?;
    let shape =
        |table: &crate::store::keep::Table| TableShape { name: table.name.to_owned(), columns: table.columns.clone() };
    let source = Source {
        id: id(&state, &contents),
        schema: state.about().schema,
        tables: state.tables().iter().map(shape).collect(),
    };
    match Filling::open(to, &source, clock.clone()).await? {
        Some(mut filling) => {
            rows(&state, &mut filling).await?;
            let there = filling.hold().await?;
            compare(&contents, &there).await?;
            there.end().await?;
            filling.finish(None).await?;
        }
        // Perhaps only the last word of it was cut off.
        None => {
            let look = Look::open(to).await?;
            let same = is_same(&look, &contents).await;
            look.close().await;
            if !same {
                return Err(KeepFailure::Refused(
                    "the other database is not empty, and does not hold the same: give an empty one".to_owned(),
                ));
            }
        }
    }
    state.end().await?;
    Ok(contents.values().map(|part| part.lines).sum())
}

async fn contents(state: &State) -> Result<Contents, KeepFailure> {
    let mut found = Contents::new();
    for table in state.tables() {
        found.insert(table.name, tally(state.rows(table)).await?);
    }
    Ok(found)
}

/// The same while nothing has changed.
fn id(state: &State, contents: &Contents) -> String {
    let mut digest = Sha256::new();
    for table in state.tables() {
        digest.update(table.name);
        digest.update(contents.get(table.name).map_or("", |part| part.sha256.as_str()));
    }
    hex(&digest.finalize())
}

async fn rows(state: &State, filling: &mut Filling) -> Result<(), KeepFailure> {
    for table in state.tables() {
        let mut to_skip = filling.done(table.name);
        let mut rows = state.rows(table);
        loop {
            let lines = rows.next().await?;
            if lines.is_empty() {
                break;
            }
            let skipped = to_skip.min(lines.len() as u64);
            to_skip -= skipped;
            let rest = &lines[usize::try_from(skipped).unwrap_or(lines.len())..];
            if !rest.is_empty() {
                filling.put(table.name, rest).await?;
            }
        }
    }
    Ok(())
}

async fn compare(contents: &Contents, there: &State) -> Result<(), KeepFailure> {
    for table in there.tables() {
        if contents.get(table.name) != Some(&tally(there.rows(table)).await?) {
            return Err(KeepFailure::Refused(format!(
                "what came to {} is not what went: empty the other database, and begin once more",
                table.name
            )));
        }
    }
    Ok(())
}

async fn is_same(there: &Look, contents: &Contents) -> bool {
    let Ok(state) = there.hold().await else { return false };
    state.tables().len() == contents.len() && compare(contents, &state).await.is_ok()
}

/// What was copied, and what could not be.
#[derive(Clone, Debug, Default)]
pub struct FilesMoved {
    pub files: u64,
    pub bytes: u64,
    /// Those that were not there yet, or had other bytes.
    pub copied: u64,
    pub not_well: Wrong,
}

/// Copies every file that a row says is stored, unless it is there already byte for byte, and compares what is
/// there then with the digest of what came.
///
/// # Errors
/// When one of the places does not answer.
pub async fn files(look: &Look, from: &Files, to: &Files) -> Result<FilesMoved, KeepFailure> {
    let mut moved = FilesMoved::default();
    let mut after = None;
    loop {
        let rows = look.stored_files(after).await.map_err(KeepFailure::Store)?;
        let Some(last) = rows.last() else { return Ok(moved) };
        after = Some(last.file.attachment.id);
        let moves = stream::iter(rows.iter().flat_map(parts)).map(|part| async move {
            let brought = bring(&part, from, to).await;
            (part, brought)
        });
        let brought: Vec<_> = moves.buffered(FILES_AT_ONCE_MAX).collect().await;
        for (part, brought) in brought {
            let (copied, differs) = brought?;
            if let Some(differs) = differs {
                // It may have been removed since the row was read.
                if look.is_stored(&part.key.of_file()).await? {
                    moved.not_well.add(|| match differs {
                        Differs::Missing => format!("{} is missing", part.named()),
                        Differs::Changed(how) => format!("{}: {how}", part.named()),
                    });
                }
                continue;
            }
            moved.files += 1;
            moved.bytes += part.bytes;
            moved.copied += u64::from(copied);
        }
    }
}

/// Whether it had to be copied, and how what is there now differs from its row. What is there with other bytes is
/// copied once more: a disk, or somebody, changed it since.
async fn bring(
    part: &crate::actions::files::verify::Part,
    from: &Files,
    to: &Files,
) -> Result<(bool, Option<Differs>), FilesError> {
    if part.differs(to, Depth::Bytes).await?.is_none() {
        return Ok((false, None));
    }
    match copy(from, to, &part.key).await {
        Ok(_) => Ok((true, part.differs(to, Depth::Bytes).await?)),
        Err(CopyFailure::From(FilesError::Missing)) => Ok((false, Some(Differs::Missing))),
        Err(CopyFailure::From(FilesError::Failed(why))) => Ok((false, Some(Differs::Changed(why)))),
        Err(failure) => Err(failure.into()),
    }
}
