//! Agents' passwords: argon2id off the async threads, with a bounded queue (R-B4 to R-B6).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::ErrorCode;
use tokio::sync::Semaphore;

use super::weak;
use crate::domain::Refusal;
use crate::domain::limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};

/// OWASP's floor: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes at the same time: each takes 19 MiB and a core for some 20 ms.
const AT_ONCE_MAX: usize = 2;
/// Hashes that wait; one more is told to come back (R-B5). About a second's work.
const WAITING_MAX: usize = 64;
const BUSY_RETRY_AFTER_S: u64 = 2;

/// A password as it was typed. `Debug` shows nothing.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// A new password: long enough, and hard to guess also for somebody who knows the `context`
    /// (the person's address and name, the site).
    pub fn choose(field: &'static str, raw: String, context: &[&str]) -> Result<Self, Refusal> {
        let chars = raw.chars().count();
        if chars == 0 {
            return Err(Refusal::of(field, ErrorCode::Required));
        }
        if chars < PASSWORD_CHARS_MIN {
            return Err(Refusal::of(field, ErrorCode::TooShort).with_limit(PASSWORD_CHARS_MIN as u64));
        }
        if chars > PASSWORD_CHARS_MAX {
            return Err(Refusal::of(field, ErrorCode::TooLong).with_limit(PASSWORD_CHARS_MAX as u64));
        }
        if weak::is_weak(&raw, context) {
            return Err(Refusal::of(field, ErrorCode::WeakPassword));
        }
        Ok(Self(raw))
    }

    /// A password to be compared; too long a one is wrong, not refused in another way.
    pub fn typed(raw: String) -> Option<Self> {
        (!raw.is_empty() && raw.chars().count() <= PASSWORD_CHARS_MAX).then_some(Self(raw))
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What comparing a password told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    Wrong,
    Right {
        /// It was hashed with weaker parameters than today's: hash it anew.
        outdated: bool,
    },
}

/// Hashes and compares; clones share one queue.
#[derive(Clone)]
pub struct Passwords {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    /// Compared with when there is no such account, so that it takes as long (R-B6).
    dummy_hash: Arc<str>,
}

impl Passwords {
    pub fn new() -> Self {
        let dummy_hash = hash("no account has this password").unwrap_or_default();
        Self {
            admitted: Arc::new(Semaphore::new(AT_ONCE_MAX + WAITING_MAX)),
            running: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            dummy_hash: dummy_hash.into(),
        }
    }

    /// The PHC string to be kept.
    ///
    /// # Errors
    /// `unavailable` when too many wait.
    pub async fn hash(&self, password: Password) -> Result<String, Refusal> {
        self.run(move || hash(&password.0)).await?.ok_or(Refusal::new(ErrorCode::Internal))
    }

    /// Compares with a kept hash; without one it takes as long and is wrong.
    ///
    /// # Errors
    /// `unavailable` when too many wait.
    pub async fn compare(&self, password: Password, kept: Option<&str>) -> Result<Compared, Refusal> {
        let known = kept.is_some();
        let kept = kept.unwrap_or(&self.dummy_hash).to_owned();
        let compared = self.run(move || compare(&password.0, &kept)).await?;
        Ok(if known { compared } else { Compared::Wrong })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let busy = || Refusal::new(ErrorCode::Unavailable).retry_after_s(BUSY_RETRY_AFTER_S);
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| busy())?;
        let running = Arc::clone(&self.running).acquire_owned().await.map_err(|_| busy())?;
        // The places go with the work: it runs to its end even when nobody waits for it any more.
        let done = tokio::task::spawn_blocking(move || {
            let _places = (admitted, running);
            work()
        });
        done.await.map_err(|_| Refusal::new(ErrorCode::Internal))
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constant parameters within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Option<String> {
    argon2().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

fn compare(password: &str, kept: &str) -> Compared {
    let Ok(parsed) = PasswordHash::new(kept) else { return Compared::Wrong };
    match argon2().verify_password(password.as_bytes(), &parsed) {
        Ok(()) => Compared::Right { outdated: is_outdated(&parsed) },
        Err(_) => Compared::Wrong,
    }
}

fn is_outdated(kept: &PasswordHash) -> bool {
    match Params::try_from(kept) {
        Ok(params) => params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES,
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_weakness_are_told_apart() {
        let code = |raw: &str| Password::choose("password", raw.to_owned(), &[]).map_err(|refusal| refusal.code).err();
        assert_eq!(code(""), Some(ErrorCode::Required));
        assert_eq!(code("short"), Some(ErrorCode::TooShort));
        assert_eq!(code(&"é".repeat(257)), Some(ErrorCode::TooLong));
        assert_eq!(code("password1"), Some(ErrorCode::WeakPassword));
        assert_eq!(code("🦊🐻🐼🐨🐯🦁🐮🐷"), None);
        assert_eq!(code(&"correct horse ".repeat(18)), None);
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_and_compares() {
        let passwords = Passwords::new();
        let typed = |raw: &str| Password::typed(raw.to_owned()).expect("not empty");
        let kept = passwords.hash(typed("correct horse battery")).await.expect("hashed");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        let right = passwords.compare(typed("correct horse battery"), Some(&kept)).await;
        assert_eq!(right, Ok(Compared::Right { outdated: false }));
        assert_eq!(passwords.compare(typed("correct horse"), Some(&kept)).await, Ok(Compared::Wrong));
    }

    /// R-B6: without an account the same work is done, and is wrong whatever was typed.
    #[tokio::test]
    async fn nobody_costs_what_somebody_costs() {
        let passwords = Passwords::new();
        let typed = || Password::typed("no account has this password".to_owned()).expect("not empty");
        let kept = passwords.hash(typed()).await.expect("hashed");
        let cost = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cost(&passwords.dummy_hash), cost(&kept));
        assert_eq!(compare("no account has this password", &passwords.dummy_hash), Compared::Right { outdated: false });
        assert_eq!(passwords.compare(typed(), None).await, Ok(Compared::Wrong));
        // It waits in the same queue.
        let _taken = Arc::clone(&passwords.admitted).try_acquire_many_owned(66).expect("all places");
        for kept in [None, Some(kept.as_str())] {
            let refused = passwords.compare(typed(), kept).await.map_err(|refusal| refusal.code);
            assert_eq!(refused, Err(ErrorCode::Unavailable));
        }
    }

    #[tokio::test]
    async fn more_than_can_wait_are_told_to_come_back() {
        let passwords = Passwords::new();
        let _taken = Arc::clone(&passwords.admitted).try_acquire_many_owned(66).expect("all places");
        let refused = passwords.hash(Password::typed("x".to_owned()).expect("typed")).await;
        assert_eq!(
            refused.map_err(|refusal| (refusal.code, refusal.retry_after_s)),
            Err((ErrorCode::Unavailable, Some(2)))
        );
    }
}
