//! The data directory: made private, and held by one running hub at a time (decisions.md 8).

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::StartError;
use crate::actions::keep::restore::RESTORING;
use crate::auth::keys::make_private_directory;

/// Held until it is dropped, or the process dies.
#[derive(Debug)]
pub struct DataDir {
    _lock: File,
}

impl DataDir {
    /// # Errors
    /// When it cannot be used, a running hub holds it, or a restore into it was cut off.
    pub fn hold(path: &Path) -> Result<Self, StartError> {
        let held = Self::hold_to_restore(path)?;
        match path.join(RESTORING).exists() {
            false => Ok(held),
            true => Err(StartError::HalfRestored { path: path.to_owned() }),
        }
    }

    /// The same for whoever brings a restore to its end.
    ///
    /// # Errors
    /// When it cannot be used, or a running hub holds it.
    pub fn hold_to_restore(path: &Path) -> Result<Self, StartError> {
        let unusable = |why| StartError::DataDir { path: path.to_owned(), why };
        make_private_directory(path).map_err(unusable)?;
        let lock = open_lock(path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::Held { path: path.to_owned() }),
            Err(TryLockError::Error(why)) => Err(unusable(why)),
        }
    }

    /// Whether a running hub holds it. One that is not there is held by none. Makes nothing.
    pub fn is_held(path: &Path) -> bool {
        let looked = File::options().write(true).open(path.join("lock")).map(|lock| lock.try_lock());
        matches!(looked, Ok(Err(TryLockError::WouldBlock)))
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(path.join("lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hub_at_a_time_holds_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("data");
        let held = DataDir::hold(&path).expect("free");
        assert!(matches!(DataDir::hold(&path), Err(StartError::Held { .. })));
        assert!(DataDir::is_held(&path));
        drop(held);
        assert!(!DataDir::is_held(&path));
        DataDir::hold(&path).expect("free again");
    }
}
