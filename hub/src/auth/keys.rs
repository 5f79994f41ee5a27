//! The hub's keys: files in `keys/` of the data directory, readable by the hub alone, never in the
//! database (decisions.md 4). A file's name is the key's id (kid), which sorts by age; the newest key
//! signs, older ones still check.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use protocol::{ClientId, LoginId};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::tokens::Token;
use crate::domain::Clock;
use crate::domain::ids::new_secret;

/// All keys, by id; clones are the same. `Debug` shows the ids alone.
#[derive(Clone)]
pub struct Keys {
    keys: Arc<BTreeMap<String, [u8; 32]>>,
}

#[derive(Debug, Error)]
pub enum KeysError {
    #[error("cannot use the key directory {path}: {why}", path = path.display())]
    Io { path: PathBuf, why: std::io::Error },
    #[error("{path} is not a key file, which holds 32 bytes as base64url", path = .0.display())]
    NotAKey(PathBuf),
}

/// What a derived value is for: one key serves them all without one standing for another.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Code,
    BeforeLogin,
    Invite,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"guichet code v1\0",
            Self::BeforeLogin => b"guichet before login v1\0",
            Self::Invite => b"guichet invite v1\0",
        }
    }
}

impl Keys {
    /// Reads the keys, making the first one when there is none.
    ///
    /// # Errors
    /// When the directory cannot be used or a file in it is no key.
    pub fn open(directory: &Path, clock: &Clock) -> Result<Self, KeysError> {
        let io = |why| KeysError::Io { path: directory.to_owned(), why };
        make_private_directory(directory).map_err(io)?;
        let mut keys = BTreeMap::new();
        for entry in fs::read_dir(directory).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.extension().is_some_and(|extension| extension == "key") {
                let kid = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
                keys.insert(kid, read_key(&path)?);
            }
        }
        if keys.is_empty() {
            // Twelve hex digits of milliseconds: they sort by age until the year 10889.
            let kid = format!("{:012x}", clock.now());
            let key = new_secret();
            write_key(&directory.join(format!("{kid}.key")), &key).map_err(io)?;
            keys.insert(kid, key);
        }
        Ok(Self { keys: Arc::new(keys) })
    }

    /// One random key that no file holds: for tests.
    pub fn in_memory() -> Self {
        Self { keys: Arc::new(BTreeMap::from([("000000000000".to_owned(), new_secret())])) }
    }

    /// The key that new things are made with.
    pub fn newest_kid(&self) -> &str {
        self.keys.last_key_value().map_or("", |(kid, _)| kid)
    }

    /// HMAC-SHA-256 of `parts` under the key `kid`; `None` when that key is gone.
    pub(super) fn derive(&self, kid: &str, purpose: Purpose, parts: &[&[u8]]) -> Option<[u8; 32]> {
        let key = self.keys.get(kid)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
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
        let mark = self.mark(self.newest_kid(), &token).unwrap_or_default();
        (token, mark)
    }

    /// Whether this hub made the token of a browser without a login.
    pub fn made_before_login(&self, token: &Token, mark: &str) -> bool {
        self.keys
            .keys()
            .filter_map(|kid| self.mark(kid, token))
            .any(|made| made.as_bytes().ct_eq(mark.as_bytes()).into())
    }

    fn mark(&self, kid: &str, token: &Token) -> Option<String> {
        let mac = self.derive(kid, Purpose::BeforeLogin, &[token.bytes()])?;
        Some(BASE64_URL_SAFE_NO_PAD.encode(&mac[..16]))
    }

    /// The one-time link of an invitation: the same for every repeat of the same request.
    pub fn invite(&self, login: LoginId, key: ClientId) -> Token {
        let parts: [&[u8]; 2] = [login.0.as_bytes(), key.0.as_bytes()];
        // The newest key always exists.
        self.derive(self.newest_kid(), Purpose::Invite, &parts).map_or_else(Token::random, Token::from_bytes)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.keys()).finish()
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

fn read_key(path: &Path) -> Result<[u8; 32], KeysError> {
    let text = fs::read_to_string(path).map_err(|why| KeysError::Io { path: path.to_owned(), why })?;
    Token::decode(text.trim()).map(|key| *key.bytes()).ok_or_else(|| KeysError::NotAKey(path.to_owned()))
}

fn write_key(path: &Path, key: &[u8; 32]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", BASE64_URL_SAFE_NO_PAD.encode(key))?;
    file.sync_all()
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
        assert_eq!(first.keys, again.keys);
        assert_eq!(readable_by_others(&path).expect("a look"), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_broken_key_file_is_told() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("x.key"), "short").expect("written");
        assert!(matches!(Keys::open(directory.path(), &Clock::System), Err(KeysError::NotAKey(_))));
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
    fn debug_shows_no_key() {
        let keys = Keys::in_memory();
        assert_eq!(format!("{keys:?}"), "[\"000000000000\"]");
    }
}
