//! This machine: its folders, its disks, its limits, and the keys.
//!
//! A disk may be a network's, and never answer: whatever touches one is waited for in a thread of its own.

use std::io;
use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::oneshot;

use super::ANSWER_WAIT_MS;
use super::finding::Finding::{self, Hint, Well, Wrong};
use super::services::NewestKey;
use crate::auth::Keys;
use crate::auth::keys::{KeysError, readable_by_others};
use crate::domain::Clock;

/// Below this the database soon cannot grow.
const DISK_FREE_MIN_KIB: u64 = 512 * 1024;
/// Files beside connections: database, logs, mailbox.
const DATABASE_FILES: usize = 200;

/// What a disk says; `None` when it does not answer. Nobody waits for the thread at the end.
pub(super) async fn on_disk<T: Send + 'static>(clock: &Clock, look: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = tell.send(look());
    });
    clock.within(ANSWER_WAIT_MS, told).await?.ok()
}

pub(super) fn silent(path: &Path) -> Finding {
    Wrong(format!(
        "{} does not answer within {} s: is its disk, or the network to it, well?",
        path.display(),
        ANSWER_WAIT_MS / 1_000
    ))
}

/// Makes a file in a folder and takes it away.
pub(super) async fn folder(path: &Path, clock: &Clock, absent: impl FnOnce(String) -> Finding) -> Finding {
    let place = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let shown = place.display().to_string();
    let probe = place.join(".doctor");
    let tried = on_disk(clock, move || {
        if !place.try_exists()? {
            return Ok(false);
        }
        std::fs::write(&probe, b"x")?;
        std::fs::remove_file(&probe)?;
        io::Result::Ok(true)
    });
    match tried.await {
        Some(Ok(true)) => Well(format!("{shown} can be written")),
        Some(Ok(false)) => absent(shown),
        Some(Err(error)) => {
            Wrong(format!("{shown} cannot be written ({error}): give it to the user that runs the hub"))
        }
        None => silent(path),
    }
}

/// Of the disk that a folder is on, or will be.
pub(super) async fn disk_space(path: &Path, clock: &Clock) -> Finding {
    let wanted = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = on_disk(clock, move || wanted.ancestors().find(|place| place.exists()).map(Path::to_owned));
    let Some(place) = there.await else { return silent(path) };
    let df = Command::new("df").arg("-Pk").arg(place.unwrap_or_else(|| PathBuf::from("/"))).kill_on_drop(true).output();
    let Some(told) = clock.within(ANSWER_WAIT_MS, df).await else { return silent(path) };
    let text = told.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // POSIX: the fourth word of the second line is what is available.
    let kib = text.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    match kib {
        None => Hint("could not be asked (`df` is missing)".to_owned()),
        Some(kib) if kib < DISK_FREE_MIN_KIB => {
            Wrong(format!("{} MiB are free: make room, or nothing can be saved soon", kib / 1024))
        }
        Some(kib) => Well(format!("{} MiB are free", kib / 1024)),
    }
}

/// Each connection takes one, and the database some.
pub(super) fn open_files(connections_max: usize) -> Finding {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    match line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()) {
        None => Well("could not be asked, or unlimited".to_owned()),
        Some(max) if max < connections_max + DATABASE_FILES => Wrong(format!(
            "{max} may be open: raise the limit (ulimit -n {}), or lower http.connections_max",
            connections_max + DATABASE_FILES
        )),
        Some(max) => Well(format!("{max} may be open")),
    }
}

/// Whether a hub would start with the keys that are there, and the keys themselves if they can be read.
pub(super) async fn keys(path: &Path, newest: &NewestKey, clock: &Clock) -> (Finding, Option<Keys>) {
    let directory = path.to_owned();
    let read = on_disk(clock, move || {
        // That nobody may look there does not mean that there is nothing.
        directory.try_exists().map_err(|why| KeysError::Io { path: directory.clone(), why })?;
        let keys = Keys::read(&directory)?;
        let open = readable_by_others(&directory).map_err(|why| KeysError::Io { path: directory, why })?;
        Ok((keys, open))
    });
    match read.await {
        None => (silent(path), None),
        Some(Err(KeysError::Missing(_))) => (without_keys(path, newest), None),
        Some(Err(error @ KeysError::Io { .. })) => {
            (Wrong(format!("{error}: give it to the user that runs the hub")), None)
        }
        Some(Err(error)) => (Wrong(error.to_string()), None),
        Some(Ok((keys, open))) => (judge(path, &keys, &open, newest), Some(keys)),
    }
}

fn without_keys(path: &Path, newest: &NewestKey) -> Finding {
    match newest {
        NewestKey::Known { kid, .. } => other_keys(path, kid),
        NewestKey::None | NewestKey::NotAsked => {
            Hint(format!("none in {} yet; the first `hub serve` makes one", path.display()))
        }
    }
}

fn judge(path: &Path, keys: &Keys, open: &[PathBuf], newest: &NewestKey) -> Finding {
    let count = keys.kids().len();
    if let NewestKey::Known { kid, fingerprint } = newest
        && keys.fingerprint(kid).as_ref() != Some(fingerprint)
    {
        return other_keys(path, kid);
    }
    if !open.is_empty() {
        let open: Vec<_> = open.iter().map(|path| path.display().to_string()).collect();
        return Wrong(format!("other users can read {}: chmod 600", open.join(", ")));
    }
    match newest {
        NewestKey::NotAsked => Hint(format!("{count}; whether they are those of the database could not be asked")),
        NewestKey::None | NewestKey::Known { .. } => {
            Well(format!("{count}, readable by the hub alone; back them up apart from the database"))
        }
    }
}

fn other_keys(path: &Path, kid: &str) -> Finding {
    Wrong(format!(
        "the database was written with the key {kid}, which is not in {} or is another one there, and no hub starts: copy \
         the keys of the hub that ran on it, or restore them from the backup",
        path.display()
    ))
}
