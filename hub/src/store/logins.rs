//! Logins, codes, one-time links, attempts: who a browser is.

use protocol::http::LinkPurpose;
use protocol::{ClientId, LoginId, Millis, ParticipantId, SiteId, TicketId};
use uuid::Uuid;

use super::{Store, StoreError, Window};
use crate::domain::access::{Agent, Audience, Visitor};
use crate::domain::email::Email;
use crate::domain::message::Name;

/// SHA-256 of a secret that only its holder knows.
pub type Digest = [u8; 32];

/// A new login row.
#[derive(Clone, Debug)]
pub struct NewLogin {
    pub site: SiteId,
    pub audience: Audience,
    pub token: Digest,
    pub participant: Option<ParticipantId>,
    /// Browser family and system, such as "Firefox on Linux".
    pub browser: String,
    pub idle_ms: i64,
    pub life_ms: i64,
}

/// A login as found: who it is now. `Ended` tells an expired one from a revoked one.
#[derive(Clone, Debug)]
pub enum FoundLogin {
    Agent(Agent),
    Visitor(Visitor),
    Expired,
    Revoked,
}

/// A code that was asked for.
#[derive(Clone, Debug)]
pub struct NewCode {
    pub site: SiteId,
    pub login: LoginId,
    pub email: Email,
    pub locale: String,
    pub network: String,
    pub kid: String,
}

/// What became of asking for a code. The person is told the same in every case but `TooOften`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeAsked {
    /// The code's row and the mail that carries it are written.
    Queued {
        id: Uuid,
    },
    TooOften {
        retry_after_s: u64,
    },
}

/// A code row as it stands before a guess is compared: its try is counted already.
#[derive(Clone, Debug)]
pub struct CodeTry {
    pub id: Uuid,
    pub kid: String,
    pub email: Email,
}

/// A one-time link that may be used.
#[derive(Clone, Debug)]
pub struct OneTime {
    pub id: Uuid,
    pub purpose: LinkPurpose,
    pub participant: Option<ParticipantId>,
    pub email: String,
    pub name: String,
}

impl Store {
    pub async fn new_login(&self, _login: NewLogin) -> Result<LoginId, StoreError> {
        todo!("store")
    }

    /// Who holds this token on this audience's cookie; moves `last_seen_at` (at most once a minute).
    /// A disabled agent's logins are `Revoked`. `None`: never was.
    pub async fn login(&self, _audience: Audience, _token: &Digest) -> Result<Option<FoundLogin>, StoreError> {
        todo!("store")
    }

    /// The same by id: re-reads the rights of open connections. One query for many.
    pub async fn logins(&self, _ids: &[LoginId]) -> Result<Vec<(LoginId, FoundLogin)>, StoreError> {
        todo!("store")
    }

    /// Replaces the token of a login that gains rights, so that an earlier one is worth nothing (R-A12).
    /// Extends its life as a new one.
    pub async fn renew_login(&self, _login: LoginId, _token: Digest) -> Result<(), StoreError> {
        todo!("store")
    }

    pub async fn revoke_login(&self, _login: LoginId) -> Result<(), StoreError> {
        todo!("store")
    }

    /// Ends every login of a participant, but `keep`. Answers the ended ones.
    pub async fn revoke_logins_of(
        &self,
        _participant: ParticipantId,
        _keep: Option<LoginId>,
    ) -> Result<Vec<LoginId>, StoreError> {
        todo!("store")
    }

    /// Takes the customer out of a visitor's login (sign-out), and its grants too.
    pub async fn sign_out(&self, _login: LoginId) -> Result<(), StoreError> {
        todo!("store")
    }

    // ---- Sign-in by code (decisions.md 14) ----

    /// Checks the limits per address and network, ends the older code of this browser, writes the
    /// code and the delivery of its mail (M3) in one transaction.
    pub async fn ask_code(&self, _code: NewCode) -> Result<CodeAsked, StoreError> {
        todo!("store")
    }

    /// Counts a try on this browser's live code before it is compared. `None`: no live code, or its
    /// tries are used up (R-A6, R-A7, R-A8).
    pub async fn try_code(&self, _login: LoginId) -> Result<Option<CodeTry>, StoreError> {
        todo!("store")
    }

    /// Ends the code and signs the browser in as the customer of its address, who is made when new
    /// and is confirmed now; the login gets the new token. `None` when the code was used meanwhile:
    /// two right answers at once give one session.
    pub async fn use_code(
        &self,
        _code: Uuid,
        _login: LoginId,
        _token: Digest,
    ) -> Result<Option<ParticipantId>, StoreError> {
        todo!("store")
    }

    // ---- Limits that survive a restart (fail-closed) ----

    /// Counts an attempt and says whether it is within the window's limit; when not, in how many
    /// seconds it will be. A refused attempt is not counted.
    pub async fn attempt(&self, _kind: &str, _subject: &str, _window: Window) -> Result<Result<(), u64>, StoreError> {
        todo!("store")
    }

    /// Forgets the attempts of a subject, after a success.
    pub async fn forget_attempts(&self, _kind: &str, _subject: &str) -> Result<(), StoreError> {
        todo!("store")
    }

    // ---- One-time links ----

    /// Makes a link and ends older ones for the same participant and purpose.
    pub async fn new_one_time_link(
        &self,
        _site: SiteId,
        _purpose: LinkPurpose,
        _participant: Option<ParticipantId>,
        _token: Digest,
        _expires_at: Millis,
    ) -> Result<(), StoreError> {
        todo!("store")
    }

    /// The link behind a token, if it can still be used. Changes nothing.
    pub async fn one_time_link(&self, _token: &Digest) -> Result<Option<OneTime>, StoreError> {
        todo!("store")
    }

    /// Uses the link up: sets the password (and, for the first admin, makes the agent; for an invite,
    /// the name), ends that agent's other logins, makes a login. `None` when it was used meanwhile.
    pub async fn use_one_time_link(
        &self,
        _link: Uuid,
        _email: Option<Email>,
        _name: Option<Name>,
        _password_hash: String,
        _login: NewLogin,
    ) -> Result<Option<(ParticipantId, LoginId)>, StoreError> {
        todo!("store")
    }

    /// Whether any agent has a password yet; if not, the first admin's link is offered.
    pub async fn has_agents(&self, _site: SiteId) -> Result<bool, StoreError> {
        todo!("store")
    }

    // ---- Clients without a cookie ----

    pub async fn new_realtime_token(
        &self,
        _login: LoginId,
        _token: Digest,
        _expires_at: Millis,
    ) -> Result<(), StoreError> {
        todo!("store")
    }

    /// Uses the token up; `None` when it was used, has expired or never was.
    pub async fn use_realtime_token(&self, _token: &Digest) -> Result<Option<LoginId>, StoreError> {
        todo!("store")
    }

    // ---- Creations that are not events ----

    /// The answer given to this (login, key) before.
    pub async fn answered(&self, _login: LoginId, _key: ClientId) -> Result<Option<String>, StoreError> {
        todo!("store")
    }

    /// Tickets of which this login holds a guest's grant.
    pub async fn granted_tickets(&self, _login: LoginId) -> Result<Vec<TicketId>, StoreError> {
        todo!("store")
    }
}
