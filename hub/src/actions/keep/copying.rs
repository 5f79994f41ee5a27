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

/// Copies whatever is there, whole. What was cut off before under the same key is written over.
pub(super) async fn copy(from: &Files, to: &Files, key: &ObjectKey) -> Result<Copied, FilesError> {
    let bytes = from.bytes(key).await?;
    to.remove_half(key).await?;
    let mut writing = to.begin(key, Some(bytes)).await?;
    match write(from, key, bytes, &mut writing).await {
        Ok(sha256) => {
            writing.finish().await?;
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

async fn write(from: &Files, key: &ObjectKey, bytes: u64, to: &mut Writing) -> Result<[u8; 32], FilesError> {
    let mut digest = Sha256::new();
    let mut stream = from.read(key, 0..bytes).await?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        digest.update(&chunk);
        to.write(&chunk).await?;
    }
    Ok(digest.finalize().into())
}
