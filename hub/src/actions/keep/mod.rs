//! What an operator does with everything that a hub holds, its rows and its files: checks it, backs it up,
//! restores and moves it. The command line's: each runs in a process of its own, and nobody waits behind it.

pub mod backup;
pub mod check;
mod copying;
pub mod manifest;
pub mod moving;
mod parts;
pub mod restore;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::auth::keys::KeysError;
use crate::files::FilesError;
use crate::store::StoreError;

/// Why it was not done.
#[derive(Debug, Error)]
pub enum KeepFailure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error("{path}: {why}", path = path.display())]
    Disk { path: PathBuf, why: std::io::Error },
    /// It must not be, or cannot be, for a reason that an operator is told.
    #[error("{0}")]
    Refused(String),
}

/// What went wrong with a file of this machine.
fn disk(path: &Path) -> impl FnOnce(std::io::Error) -> KeepFailure {
    let path = path.to_owned();
    move |why| KeepFailure::Disk { path, why }
}
