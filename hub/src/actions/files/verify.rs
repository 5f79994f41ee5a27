//! Compares every file with its row, and the rows with what is there: `hub verify` (R-F9).

use futures_util::{StreamExt, TryStreamExt};
use protocol::{AttachmentId, TicketId};
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
    for part in parts(row) {
        let Some(differs) = part.differs(files, Depth::Bytes).await? else { continue };
        // It may have been removed since the row was read.
        if store.known_keys(&[part.key.of_file()]).await?.is_empty() {
            continue;
        }
        match differs {
            Differs::Missing => found.missing.push(part.named()),
            Differs::Changed(how) => found.changed.push(format!("{}: {how}", part.named())),
        }
    }
    Ok(())
}

/// What a row says of the bytes under one key: the file's own, or its preview's.
pub(in crate::actions) struct Part {
    pub key: ObjectKey,
    pub bytes: u64,
    pub sha256: Vec<u8>,
    attachment: AttachmentId,
    ticket: TicketId,
}

pub(in crate::actions) fn parts(row: &StoredFile) -> impl Iterator<Item = Part> {
    let file = &row.file;
    let part = |key, bytes: i64, sha256: &[u8]| Part {
        key,
        bytes: bytes.unsigned_abs(),
        sha256: sha256.to_vec(),
        attachment: file.attachment.id,
        ticket: row.ticket,
    };
    let whole = part(file.object_key.clone(), file.attachment.bytes, &file.sha256);
    let preview = file.preview.as_ref().map(|preview| part(file.object_key.preview(), preview.bytes, &preview.sha256));
    std::iter::once(whole).chain(preview)
}

/// How closely bytes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// That they are there, and how many.
    Size,
    /// Each of them, by their SHA-256.
    Bytes,
}

/// How what is kept differs from its row.
pub(in crate::actions) enum Differs {
    Missing,
    Changed(String),
}

impl Part {
    pub fn named(&self) -> String {
        format!("{} (attachment {}, ticket {})", self.key.as_str(), self.attachment, self.ticket)
    }

    /// # Errors
    /// When the place of the files does not answer.
    pub async fn differs(&self, files: &Files, depth: Depth) -> Result<Option<Differs>, FilesError> {
        let looked = match depth {
            Depth::Size => self.size_differs(files).await,
            Depth::Bytes => match self.size_differs(files).await {
                Ok(None) => self.bytes_differ(files).await,
                differs => differs,
            },
        };
        match looked {
            Ok(how) => Ok(how.map(Differs::Changed)),
            Err(FilesError::Missing) => Ok(Some(Differs::Missing)),
            Err(FilesError::Failed(why)) => Ok(Some(Differs::Changed(why))),
            Err(away @ (FilesError::Unavailable(_) | FilesError::Full)) => Err(away),
        }
    }

    async fn size_differs(&self, files: &Files) -> Result<Option<String>, FilesError> {
        let bytes = files.bytes(&self.key).await?;
        Ok((bytes != self.bytes).then(|| format!("{bytes} bytes instead of {}", self.bytes)))
    }

    /// Of as many bytes as the row says.
    async fn bytes_differ(&self, files: &Files) -> Result<Option<String>, FilesError> {
        let mut digest = Sha256::new();
        let mut stream = files.read(&self.key, 0..self.bytes).await?;
        while let Some(bytes) = stream.next().await {
            digest.update(bytes?);
        }
        let digest = digest.finalize();
        Ok((digest[..] != self.sha256[..]).then(|| format!("{} instead of {}", hex(&digest), hex(&self.sha256))))
    }
}

/// The keys of bytes that no row knows.
pub async fn orphans(store: &Store, files: &Files) -> Result<Vec<String>, FileFailure> {
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
