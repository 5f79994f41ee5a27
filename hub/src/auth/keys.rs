//! The hub's keys: files in `keys/` of the data directory, readable by the hub alone, never in the
//! database (decisions.md 4). A file's name is the key's id (kid), which sorts by age; the newest key
//! signs, older ones still check. A running hub reads the directory again when it is told to (R-J6).

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use protocol::{ClientId, LoginId, Millis};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::tokens::Token;
use crate::domain::Clock;
use crate::domain::ids::new_secret;

/// Clocks of two machines may differ by as much.
const OPERATORS_PROOF_LIFE_MS: u64 = 60_000;

/// Keys by id.
type Held = BTreeMap<String, [u8; 32]>;

/// All keys; clones are the same. `Debug` shows the ids alone.
#[derive(Clone)]
pub struct Keys {
    held: Arc<RwLock<Arc<Held>>>,
    /// None: in memory, for tests.
    directory: Option<Arc<Path>>,
}

#[derive(Debug, Error)]
pub enum KeysError {
    #[error("cannot use the key directory {path}: {why}", path = path.display())]
    Io { path: PathBuf, why: std::io::Error },
    #[error("{path} is not a key file, which holds 32 bytes as base64url", path = .0.display())]
    NotAKey(PathBuf),
    #[error("there is no key in {path}", path = .0.display())]
    Missing(PathBuf),
    #[error("{0} is the newest key, with which everything new is made: make a newer one first (hub keys rotate)")]
    Newest(String),
    #[error("there is no key with the id {0}")]
    Unknown(String),
}

/// What a derived value is for: one key serves them all without one standing for another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Code,
    BeforeLogin,
    Invite,
    SecureLink,
    Unsubscribe,
    EndTrust,
    Thread,
    Operator,
    Fingerprint,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"guichet code v1\0",
            Self::BeforeLogin => b"guichet before login v1\0",
            Self::Invite => b"guichet invite v1\0",
            Self::SecureLink => b"guichet secure link v1\0",
            Self::Unsubscribe => b"guichet unsubscribe v1\0",
            Self::EndTrust => b"guichet end trust v1\0",
            Self::Thread => b"guichet mail thread v1\0",
            Self::Operator => b"guichet operator v1\0",
            Self::Fingerprint => b"guichet key fingerprint v1\0",
        }
    }
}

impl Keys {
    /// Reads the keys, making the first one when there is none.
    ///
    /// # Errors
    /// When the directory cannot be used or a file in it is no key.
    pub fn open(directory: &Path, clock: &Clock) -> Result<Self, KeysError> {
        make_private_directory(directory).map_err(unusable(directory))?;
        // Of nodes that begin at once with one directory, one makes the key. Where a file system knows no locks
        // (some networks'), a second key would be told by the database, and the start tried again.
        let turn = fs::File::open(directory).map_err(unusable(directory))?;
        let _ = turn.lock();
        if read_all(directory)?.is_empty() {
            add_key(directory, None, clock)?;
        }
        Self::read(directory)
    }

    /// Reads keys that have to be there.
    ///
    /// # Errors
    /// When there is none, the directory cannot be used or a file in it is no key.
    pub fn read(directory: &Path) -> Result<Self, KeysError> {
        let held = if directory.exists() { read_all(directory)? } else { Held::new() };
        if held.is_empty() {
            return Err(KeysError::Missing(directory.to_owned()));
        }
        Ok(Self { held: Arc::new(RwLock::new(Arc::new(held))), directory: Some(directory.into()) })
    }

    /// One random key that no file holds: for tests.
    pub fn in_memory() -> Self {
        let held = Held::from([("000000000000".to_owned(), new_secret())]);
        Self { held: Arc::new(RwLock::new(Arc::new(held))), directory: None }
    }

    /// Reads the directory again, for all clones. Keys stay as they were when it cannot be read.
    ///
    /// # Errors
    /// As [`Keys::read`].
    pub fn reload(&self) -> Result<(), KeysError> {
        if let Some(directory) = &self.directory {
            let read = Self::read(directory)?.held();
            *self.held.write().unwrap_or_else(PoisonError::into_inner) = read;
        }
        Ok(())
    }

    /// Makes a key that is newer than all others. Answers its id.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub fn rotate(&self, clock: &Clock) -> Result<String, KeysError> {
        let Some(directory) = &self.directory else { return Ok(self.newest_kid()) };
        let kid = add_key(directory, Some(&self.newest_kid()), clock)?;
        self.reload()?;
        Ok(kid)
    }

    /// Takes a key away for good: nothing that was made with it holds any more.
    ///
    /// # Errors
    /// When it is the newest one, not there, or its file cannot be removed.
    pub fn retire(&self, kid: &str) -> Result<(), KeysError> {
        self.may_retire(kid)?;
        if let Some(directory) = &self.directory {
            let path = key_path(directory, kid);
            fs::remove_file(&path).map_err(|why| KeysError::Io { path, why })?;
        }
        self.reload()
    }

    /// # Errors
    /// When it is the newest one or not there.
    pub fn may_retire(&self, kid: &str) -> Result<(), KeysError> {
        if self.newest_kid() == kid {
            return Err(KeysError::Newest(kid.to_owned()));
        }
        match self.held().contains_key(kid) {
            true => Ok(()),
            false => Err(KeysError::Unknown(kid.to_owned())),
        }
    }

    /// The key that new things are made with.
    pub fn newest_kid(&self) -> String {
        self.held().last_key_value().map(|(kid, _)| kid.clone()).unwrap_or_default()
    }

    /// Every key's id, the oldest first.
    pub fn kids(&self) -> Vec<String> {
        self.held().keys().cloned().collect()
    }

    /// By which the database knows a key without holding it; `None` when the key is not there.
    pub fn fingerprint(&self, kid: &str) -> Option<String> {
        let mac = self.derive(kid, Purpose::Fingerprint, &[])?;
        Some(BASE64_URL_SAFE_NO_PAD.encode(&mac[..16]))
    }

    fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// HMAC-SHA-256 of `parts` under the key `kid`; `None` when that key is gone.
    pub(super) fn derive(&self, kid: &str, purpose: Purpose, parts: &[&[u8]]) -> Option<[u8; 32]> {
        let held = self.held();
        let mut mac = Hmac::<Sha256>::new_from_slice(held.get(kid)?).expect("HMAC takes keys of any length");
        mac.update(purpose.label());
        for part in parts {
            mac.update(part);
        }
        Some(mac.finalize().into_bytes().into())
    }

    /// A token for a browser that has no login yet, and the mark that the hub made it: the login's row
    /// is written when it is first needed, so that looking at a page writes nothing.
    pub fn before_login(&self) -> (Token, String) {
        let token = Token::random();
        let mark = self.mark(&self.newest_kid(), &token).unwrap_or_default();
        (token, mark)
    }

    /// Whether this hub made the token of a browser without a login.
    pub fn made_before_login(&self, token: &Token, mark: &str) -> bool {
        self.kids()
            .iter()
            .filter_map(|kid| self.mark(kid, token))
            .any(|made| made.as_bytes().ct_eq(mark.as_bytes()).into())
    }

    fn mark(&self, kid: &str, token: &Token) -> Option<String> {
        let mac = self.derive(kid, Purpose::BeforeLogin, &[token.bytes()])?;
        Some(BASE64_URL_SAFE_NO_PAD.encode(&mac[..16]))
    }

    /// What `hub doctor` shows the running hub: it was made now, by whoever may read the keys.
    pub fn operators_proof(&self, now: Millis) -> String {
        let made = self.operators_mark(&self.newest_kid(), &now.to_string());
        format!("{now}.{}", made.unwrap_or_default())
    }

    pub fn is_operators_proof(&self, proof: &str, now: Millis) -> bool {
        let Some((at, mark)) = proof.split_once('.') else { return false };
        let is_fresh = at.parse::<Millis>().is_ok_and(|at| now.abs_diff(at) <= OPERATORS_PROOF_LIFE_MS);
        is_fresh
            && self
                .kids()
                .iter()
                .filter_map(|kid| self.operators_mark(kid, at))
                .any(|made| made.as_bytes().ct_eq(mark.as_bytes()).into())
    }

    fn operators_mark(&self, kid: &str, at: &str) -> Option<String> {
        Some(BASE64_URL_SAFE_NO_PAD.encode(self.derive(kid, Purpose::Operator, &[at.as_bytes()])?))
    }

    /// The one-time link of an invitation: the same for every repeat of the same request.
    pub fn invite(&self, login: LoginId, key: ClientId) -> Token {
        let parts: [&[u8]; 2] = [login.0.as_bytes(), key.0.as_bytes()];
        // The newest key always exists.
        self.derive(&self.newest_kid(), Purpose::Invite, &parts).map_or_else(Token::random, Token::from_bytes)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.kids()).finish()
    }
}

/// A directory that its owner alone may look into.
pub fn make_private_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The extension of a file of ours while it is being written.
pub const HALF: &str = "half";

/// Writes a file for its owner alone. It is there as a whole or not at all, whenever this is cut off.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let half = path.with_extension(HALF);
    if half.exists() {
        fs::remove_file(&half)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&half, path)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(parent)?.sync_all()
}

/// The files in a directory that somebody other than the owner may read.
pub fn readable_by_others(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mut open = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            if entry.metadata()?.permissions().mode() & 0o077 != 0 {
                open.push(entry.path());
            }
        }
        Ok(open)
    }
    #[cfg(not(unix))]
    Ok(Vec::new())
}

fn unusable(path: &Path) -> impl Fn(std::io::Error) -> KeysError {
    let path = path.to_owned();
    move |why| KeysError::Io { path: path.clone(), why }
}

fn key_path(directory: &Path, kid: &str) -> PathBuf {
    directory.join(format!("{kid}.key"))
}

fn read_all(directory: &Path) -> Result<Held, KeysError> {
    let mut held = Held::new();
    for entry in fs::read_dir(directory).map_err(unusable(directory))? {
        let path = entry.map_err(unusable(directory))?.path();
        if path.extension().is_some_and(|extension| extension == "key") {
            let kid = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
            held.insert(kid, read_key(&path)?);
        }
    }
    Ok(held)
}

/// Twelve hex digits of milliseconds: ids sort by age until the year 10889. A clock that went back
/// must not make an older one.
fn add_key(directory: &Path, newest: Option<&str>, clock: &Clock) -> Result<String, KeysError> {
    let after = newest.and_then(|kid| i64::from_str_radix(kid, 16).ok()).map_or(0, |newest| newest + 1);
    let kid = format!("{:012x}", clock.now().max(after));
    let path = key_path(directory, &kid);
    let line = format!("{}\n", BASE64_URL_SAFE_NO_PAD.encode(new_secret()));
    write_whole(&path, line.as_bytes()).map_err(|why| KeysError::Io { path, why })?;
    Ok(kid)
}

fn read_key(path: &Path) -> Result<[u8; 32], KeysError> {
    let text = fs::read_to_string(path).map_err(|why| KeysError::Io { path: path.to_owned(), why })?;
    Token::decode(text.trim()).map(|key| *key.bytes()).ok_or_else(|| KeysError::NotAKey(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_is_made_once_private_and_found_again() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("keys");
        let first = Keys::open(&path, &Clock::System).expect("keys");
        let again = Keys::open(&path, &Clock::System).expect("keys");
        assert_eq!(first.newest_kid(), again.newest_kid());
        assert_eq!(first.held(), again.held());
        assert_eq!(readable_by_others(&path).expect("a look"), Vec::<PathBuf>::new());
    }

    #[test]
    fn nodes_that_begin_at_once_have_the_same_first_key() {
        for _ in 0..20 {
            let directory = tempfile::tempdir().expect("a directory");
            let begin = || Keys::open(directory.path(), &Clock::System).expect("keys").kids();
            let kids: Vec<_> = std::thread::scope(|scope| {
                let nodes: Vec<_> = (0..4).map(|_| scope.spawn(begin)).collect();
                nodes.into_iter().map(|node| node.join().expect("it ends")).collect()
            });
            assert!(kids.iter().all(|of_one| of_one.len() == 1 && *of_one == kids[0]), "{kids:?}");
        }
    }

    #[test]
    fn a_broken_key_file_is_told() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("x.key"), "short").expect("written");
        assert!(matches!(Keys::open(directory.path(), &Clock::System), Err(KeysError::NotAKey(_))));
    }

    /// A start that was killed while it made the first key is begun anew.
    #[test]
    fn a_key_that_was_cut_off_is_none() {
        let directory = tempfile::tempdir().expect("a directory");
        let half = directory.path().join("00000000ffff.half");
        fs::write(&half, "shor").expect("written");
        let (clock, _) = Clock::manual(0xffff);
        let keys = Keys::open(directory.path(), &clock).expect("keys");
        assert_eq!(keys.kids(), ["00000000ffff"]);
        assert!(!half.exists() && Keys::read(directory.path()).is_ok());
    }

    #[test]
    fn keys_rotate_under_a_running_hub_and_retire() {
        let directory = tempfile::tempdir().expect("a directory");
        let (clock, _) = Clock::manual(1_000);
        let running = Keys::open(directory.path(), &clock).expect("keys");
        let (first, other_clone) = (running.newest_kid(), running.clone());
        let second = Keys::read(directory.path()).expect("keys").rotate(&clock).expect("a key");
        assert!(second > first, "newer, though the clock stands still");
        assert_eq!(running.newest_kid(), first);
        running.reload().expect("keys");
        assert_eq!((running.newest_kid(), other_clone.kids()), (second.clone(), vec![first.clone(), second.clone()]));
        assert!(running.fingerprint(&first).is_some() && running.fingerprint(&first) != running.fingerprint(&second));
        assert!(matches!(running.retire(&second), Err(KeysError::Newest(_))));
        assert!(matches!(running.retire("../../etc"), Err(KeysError::Unknown(_))));
        running.retire(&first).expect("retired");
        assert_eq!((other_clone.kids(), running.fingerprint(&first)), (vec![second], None));
        assert_eq!(readable_by_others(directory.path()).expect("a look"), Vec::<PathBuf>::new());
    }

    #[test]
    fn keys_that_are_not_there_are_not_made_by_reading() {
        let directory = tempfile::tempdir().expect("a directory");
        for path in [directory.path().to_owned(), directory.path().join("none")] {
            assert!(matches!(Keys::read(&path), Err(KeysError::Missing(_))));
        }
        assert_eq!(fs::read_dir(directory.path()).expect("a look").count(), 0);
    }

    #[test]
    fn only_tokens_of_this_hub_carry_its_mark() {
        let keys = Keys::in_memory();
        let (token, mark) = keys.before_login();
        assert!(keys.made_before_login(&token, &mark));
        assert!(!keys.made_before_login(&Token::random(), &mark));
        assert!(!keys.made_before_login(&token, "") && !Keys::in_memory().made_before_login(&token, &mark));
    }

    #[test]
    fn an_operators_proof_is_made_by_the_keys_and_holds_for_a_minute() {
        let keys = Keys::in_memory();
        let proof = keys.operators_proof(1_000_000);
        for (now, holds) in [(1_000_000, true), (1_060_000, true), (940_000, true), (1_060_001, false), (0, false)] {
            assert_eq!(keys.is_operators_proof(&proof, now), holds, "{now}");
        }
        let (at, mark) = proof.split_once('.').expect("two parts");
        for other in ["", ".", at, mark, &format!("{at}."), &format!("1000001.{mark}"), &format!("0{at}.{mark}")] {
            assert!(!keys.is_operators_proof(other, 1_000_000), "{other}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let keys = Keys::in_memory();
        assert_eq!(format!("{keys:?}"), "[\"000000000000\"]");
    }
}
