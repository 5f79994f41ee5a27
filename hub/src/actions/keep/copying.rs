//! A file's bytes from one place to another, digested on their way.

use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use crate::domain::file::ObjectKey;
use crate::files::{Files, FilesError, Writing};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    pub bytes: u64,
    pub sha256: [u8; 32],
}

/// At which end it failed.
#[derive(Debug)]
pub(super) enum CopyFailure {
    From(FilesError),
    To(FilesError),
}

impl From<CopyFailure> for FilesError {
    fn from(failure: CopyFailure) -> Self {
        match failure {
            CopyFailure::From(error) | CopyFailure::To(error) => error,
        }
    }
}

/// Copies whatever is there, whole. What was cut off before under the same key is written over.
pub(super) async fn copy(from: &Files, to: &Files, key: &ObjectKey) -> Result<Copied, CopyFailure> {
    let bytes = from.bytes(key).await.map_err(CopyFailure::From)?;
    to.remove_half(key).await.map_err(CopyFailure::To)?;
    let mut writing = to.begin(key, Some(bytes)).await.map_err(CopyFailure::To)?;
    match write(from, key, bytes, &mut writing).await {
        Ok(sha256) => {
            writing.finish().await.map_err(CopyFailure::To)?;
            Ok(Copied { bytes, sha256 })
        }
        Err(error) => {
            if let Some(parts) = writing.parts() {
                // So that S3 does not keep what nobody will finish; the error that is told is the first one.
                let _ = to.remove(key, Some(parts)).await;
            }
            Err(error)
        }
    }
}

async fn write(from: &Files, key: &ObjectKey, bytes: u64, to: &mut Writing) -> Result<[u8; 32], CopyFailure> {
    let mut digest = Sha256::new();
    let mut stream = from.read(key, 0..bytes).await.map_err(CopyFailure::From)?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(CopyFailure::From)?;
        digest.update(&chunk);
        to.write(&chunk).await.map_err(CopyFailure::To)?;
    }
    Ok(digest.finalize().into())
}
