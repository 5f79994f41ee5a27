//! Compares every file with its row, and the rows with what is there: `hub verify` (R-F9).

use futures_util::{StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};

use super::FileFailure;
use super::sweeper::step_size;
use crate::domain::file::{ObjectKey, hex};
use crate::files::{Files, FilesError};
use crate::store::Store;
use crate::store::files::StoredFile;

/// What was found; well when the lists are empty and the two counts agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    pub files: u64,
    pub bytes: i64,
    /// Other bytes than those that came.
    pub changed: Vec<String>,
    /// A row, and no bytes.
    pub missing: Vec<String>,
    /// Bytes, and no row.
    pub orphans: Vec<String>,
    /// Bytes as they are counted for the limits, and by the rows.
    pub space: (i64, i64),
}

impl Verified {
    pub fn is_well(&self) -> bool {
        self.changed.is_empty() && self.missing.is_empty() && self.orphans.is_empty() && self.space.0 == self.space.1
    }
}

/// Reads every byte that is kept.
pub async fn verify(store: &Store, files: &Files) -> Result<Verified, FileFailure> {
    let mut found = Verified::default();
    let mut after = None;
    loop {
        let rows = store.stored_files(after).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.file.attachment.id);
        for row in &rows {
            found.files += 1;
            found.bytes += row.file.attachment.bytes;
            compare(store, files, row, &mut found).await?;
        }
    }
    found.orphans = orphans(store, files).await?;
    found.space = store.space_taken().await?;
    Ok(found)
}

async fn compare(store: &Store, files: &Files, row: &StoredFile, found: &mut Verified) -> Result<(), FileFailure> {
    let key = &row.file.object_key;
    let mut parts = vec![(key.clone(), row.file.attachment.bytes, &row.file.sha256)];
    if let Some(preview) = &row.file.preview {
        parts.push((key.preview(), preview.bytes, &preview.sha256));
    }
    for (key, bytes, sha256) in parts {
        let said = format!("{} (attachment {}, ticket {})", key.as_str(), row.file.attachment.id, row.ticket);
        match digest(files, &key, bytes).await {
            Ok(digest) if digest == *sha256 => {}
            Ok(digest) => found.changed.push(format!("{said}: {} instead of {}", hex(&digest), hex(sha256))),
            // It may have been removed since the row was read.
            Err(_) if store.known_keys(&[key.of_file()]).await?.is_empty() => {}
            Err(FilesError::Missing) => found.missing.push(said),
            Err(FilesError::Failed(why)) => found.changed.push(format!("{said}: {why}")),
            Err(away @ (FilesError::Unavailable(_) | FilesError::Full)) => return Err(away.into()),
        }
    }
    Ok(())
}

/// Of as many bytes as the row says.
async fn digest(files: &Files, key: &ObjectKey, bytes: i64) -> Result<Vec<u8>, FilesError> {
    let mut digest = Sha256::new();
    let mut stream = files.read(key, 0..bytes.unsigned_abs()).await?;
    while let Some(bytes) = stream.next().await {
        digest.update(bytes?);
    }
    Ok(digest.finalize().to_vec())
}

async fn orphans(store: &Store, files: &Files) -> Result<Vec<String>, FileFailure> {
    let mut steps = files.kept(store.site().id).map_ok(|kept| kept.key).try_chunks(step_size()).boxed();
    let mut orphans = Vec::new();
    while let Some(keys) = steps.next().await {
        let keys = keys.map_err(|stopped| stopped.1)?;
        let of_files: Vec<ObjectKey> = keys.iter().map(ObjectKey::of_file).collect();
        let known = store.known_keys(&of_files).await?;
        orphans.extend(keys.iter().filter(|key| !known.contains(&key.of_file())).map(|key| key.as_str().to_owned()));
    }
    Ok(orphans)
}
