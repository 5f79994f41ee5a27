//! Logins: who a browser is. Codes, one-time links and attempts have files of their own.

mod access;
mod attempts;
mod codes;
mod link_codes;
mod links;
mod lost;

pub use access::Ended;
pub(super) use access::{grant_continuation, grant_on, void};
pub use link_codes::{LinkCodeAsked, LinkCodeTried, LinkCodeUse, NewLinkCode, Proven};
pub(super) use links::end_links_of;
pub use lost::LostAsked;

use protocol::http::LinkPurpose;
use protocol::{ClientId, LoginId, Millis, ParticipantId, SiteId, TicketId};
use sea_orm::ConnectionTrait;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::db::{commit, retrying};
use super::fault::{Fault, Outcome};
use super::sql::{Columns, Sql, all, one, run};
use super::who::{self, Holds, LoginRow};
use super::writer::Job;
use super::{Store, StoreError};
use crate::domain::access::{Agent, Audience, Visitor, Who};
use crate::domain::email::Email;
use crate::domain::ids;
use crate::domain::limits::LOGIN_TOUCH_MS;

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
    pub async fn new_login(&self, login: NewLogin) -> Result<LoginId, StoreError> {
        let id = LoginId(ids::new_id(self.clock()));
        insert_login(self.db().writes(), id, &login, self.now()).await?;
        Ok(id)
    }

    /// The same in a browser whose login expired: limits know it again (decisions.md 14).
    pub async fn new_login_after(&self, login: NewLogin, expired: LoginId) -> Result<LoginId, StoreError> {
        let id = LoginId(ids::new_id(self.clock()));
        retrying(|| self.new_login_after_once(id, &login, expired)).await?;
        Ok(id)
    }

    async fn new_login_after_once(&self, id: LoginId, login: &NewLogin, expired: LoginId) -> Outcome<()> {
        let tx = self.db().begin().await?;
        insert_login(&tx, id, login, self.now()).await?;
        let text = "update login set browser_id = (select coalesce(o.browser_id, o.id) from login o where o.id = $1) \
                    where id = $2";
        run(&tx, Sql::with(text, [expired.0.into(), id.0.into()])).await?;
        commit(tx).await
    }

    /// The visitor's login behind a token, whether or not it still holds.
    pub async fn visitors_login_id(&self, token: &Digest) -> Result<Option<LoginId>, StoreError> {
        let text = "select id from login where token_digest = $1 and audience = 'visitor'";
        let row = one(self.db().reads(), Sql::with(text, [token.to_vec().into()])).await?;
        Ok(row.map(|row| row.id("id")).transpose()?)
    }

    /// Who holds this token on this audience's cookie; moves `last_seen_at` (at most once a minute).
    /// A disabled agent's logins are `Revoked`. `None`: never was.
    pub async fn login(&self, audience: Audience, token: &Digest) -> Result<Option<FoundLogin>, StoreError> {
        let mut filter = Sql::new("l.token_digest = ");
        filter.bind(token.to_vec()).push(" and l.audience = ").bind(who::audience_word(audience));
        let found = self.find_logins(filter).await?.pop();
        if let Some((row, FoundLogin::Agent(_) | FoundLogin::Visitor(_))) = &found
            && self.now() - row.seen_at >= LOGIN_TOUCH_MS
        {
            // With the writer's next batch: a page's first request need not wait for the disk.
            self.inner.queue.write_sometime(Job::Touch(row.id));
        }
        Ok(found.map(|(_, found)| found))
    }

    /// The same by id: re-reads the rights of open connections. One query for many (and one for
    /// visitors' grants). Does not count as being seen.
    pub async fn logins(&self, ids: &[LoginId]) -> Result<Vec<(LoginId, FoundLogin)>, StoreError> {
        let mut filter = Sql::new("l.id ");
        filter.one_of(self.db().backend(), ids.iter().map(|id| id.0));
        Ok(self.find_logins(filter).await?.into_iter().map(|(row, found)| (row.id, found)).collect())
    }

    /// The same, each with when it ends by itself if nobody uses it meanwhile.
    pub async fn logins_with_ends(&self, ids: &[LoginId]) -> Result<Vec<(LoginId, FoundLogin, Millis)>, StoreError> {
        let mut filter = Sql::new("l.id ");
        filter.one_of(self.db().backend(), ids.iter().map(|id| id.0));
        let found = self.find_logins(filter).await?;
        Ok(found.into_iter().map(|(row, found)| (row.id, found, row.ends_at())).collect())
    }

    async fn find_logins(&self, filter: Sql) -> Outcome<Vec<(LoginRow, FoundLogin)>> {
        let db = self.db().reads();
        let rows = who::logins(db, filter).await?;
        let visitors: Vec<Uuid> =
            rows.iter().filter(|row| row.audience == Audience::Requester).map(|row| row.id.0).collect();
        let mut grants = Vec::new();
        if !visitors.is_empty() {
            let mut filter = Sql::new("g.login_id ");
            filter.one_of(self.db().backend(), visitors);
            grants = who::grants(db, filter).await?;
        }
        let found = |row: LoginRow| {
            let own = grants.iter().filter(|grant| grant.login == row.id).map(|grant| grant.grant);
            let found = match row.holds(self.now()) {
                Holds::Expired => FoundLogin::Expired,
                Holds::Revoked => FoundLogin::Revoked,
                Holds::Yes => match row.who(own.collect()) {
                    Who::Agent(agent) => FoundLogin::Agent(agent),
                    Who::Visitor(visitor) => FoundLogin::Visitor(visitor),
                },
            };
            (row, found)
        };
        Ok(rows.into_iter().map(found).collect())
    }

    /// Replaces the token of a login that gains rights, so that an earlier one is worth nothing (R-A12).
    /// Extends its life as a new one.
    pub async fn renew_login(&self, login: LoginId, token: Digest) -> Result<(), StoreError> {
        renew(self.db().writes(), login, token, None, self.now()).await?;
        Ok(())
    }

    pub async fn revoke_login(&self, login: LoginId) -> Result<(), StoreError> {
        let text = "update login set revoked_at = $1 where id = $2 and revoked_at is null";
        run(self.db().writes(), Sql::with(text, [self.now().into(), login.0.into()])).await?;
        Ok(())
    }

    /// Ends every login of a participant, but `keep`. Answers the ended ones.
    pub async fn revoke_logins_of(
        &self,
        participant: ParticipantId,
        keep: Option<LoginId>,
    ) -> Result<Vec<LoginId>, StoreError> {
        Ok(end_logins_of(self.db().writes(), participant, keep, self.now()).await?)
    }

    /// Takes the customer out of a visitor's login (sign-out), and its grants too.
    pub async fn sign_out(&self, login: LoginId) -> Result<(), StoreError> {
        retrying(|| self.sign_out_once(login)).await?;
        Ok(())
    }

    async fn sign_out_once(&self, login: LoginId) -> Outcome<()> {
        let tx = self.db().begin().await?;
        let text = "update login set participant_id = null where id = $1 and audience = 'visitor'";
        run(&tx, Sql::with(text, [login.0.into()])).await?;
        let text = "update login_grant set revoked_at = $1 where login_id = $2 and revoked_at is null";
        run(&tx, Sql::with(text, [self.now().into(), login.0.into()])).await?;
        commit(tx).await
    }

    // ---- Clients without a cookie ----

    pub async fn new_realtime_token(
        &self,
        login: LoginId,
        token: Digest,
        expires_at: Millis,
    ) -> Result<(), StoreError> {
        let text = "insert into realtime_token (token_digest, login_id, expires_at) values ($1, $2, $3)";
        let row = [token.to_vec().into(), login.0.into(), expires_at.into()];
        run(self.db().writes(), Sql::with(text, row)).await?;
        Ok(())
    }

    /// Uses the token up; `None` when it was used, has expired or never was.
    pub async fn use_realtime_token(&self, token: &Digest) -> Result<Option<LoginId>, StoreError> {
        let text = "update realtime_token set used_at = $1 \
                    where token_digest = $2 and used_at is null and expires_at > $1 returning login_id";
        let row = one(self.db().writes(), Sql::with(text, [self.now().into(), token.to_vec().into()])).await?;
        Ok(row.map(|row| row.id("login_id")).transpose()?)
    }

    // ---- Creations that are not events ----

    /// The answer given to this (login, key) before.
    pub async fn answered(&self, login: LoginId, key: ClientId) -> Result<Option<String>, StoreError> {
        Ok(answer(self.db().reads(), login, key).await?)
    }

    /// Tickets of which this login holds a guest's grant.
    pub async fn granted_tickets(&self, login: LoginId) -> Result<Vec<TicketId>, StoreError> {
        let mut filter = Sql::new("g.login_id = ");
        filter.bind(login.0);
        Ok(who::grants(self.db().reads(), filter).await?.into_iter().map(|grant| grant.grant.ticket).collect())
    }
}

pub(super) async fn insert_login(db: &impl ConnectionTrait, id: LoginId, login: &NewLogin, now: Millis) -> Outcome<()> {
    let row = [
        id.0.into(),
        login.site.0.into(),
        who::audience_word(login.audience).into(),
        login.token.to_vec().into(),
        login.participant.map(|participant| participant.0).into(),
        login.browser.as_str().into(),
        false.into(),
        login.idle_ms.into(),
        login.life_ms.into(),
        now.into(),
        now.saturating_add(login.life_ms).into(),
    ];
    let text = "insert into login (id, site_id, audience, token_digest, participant_id, browser, trusted, idle_ms, \
                life_ms, last_seen_at, expires_at, created_at) \
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)";
    run(db, Sql::with(text, row)).await?;
    Ok(())
}

/// A new token and a new life, with `participant` signed in if one is given.
pub(super) async fn renew(
    db: &impl ConnectionTrait,
    login: LoginId,
    token: Digest,
    participant: Option<ParticipantId>,
    now: Millis,
) -> Outcome<u64> {
    let text = "update login set token_digest = $1, participant_id = coalesce($2, participant_id), last_seen_at = $3, \
                expires_at = $3 + life_ms where id = $4 and revoked_at is null";
    let participant = participant.map(|participant| participant.0);
    run(db, Sql::with(text, [token.to_vec().into(), participant.into(), now.into(), login.0.into()])).await
}

pub(super) async fn end_logins_of(
    db: &impl ConnectionTrait,
    participant: ParticipantId,
    keep: Option<LoginId>,
    now: Millis,
) -> Outcome<Vec<LoginId>> {
    let mut sql = Sql::new("update login set revoked_at = ");
    sql.bind(now).push(" where revoked_at is null and participant_id = ").bind(participant.0);
    if let Some(keep) = keep {
        sql.push(" and id <> ").bind(keep.0);
    }
    sql.push(" returning id");
    all(db, sql).await?.iter().map(|row| row.id("id")).collect()
}

pub(super) async fn answer(db: &impl ConnectionTrait, login: LoginId, key: ClientId) -> Outcome<Option<String>> {
    let text = "select answer from answered where client_id = $1 and login_id = $2";
    one(db, Sql::with(text, [key.0.into(), login.0.into()])).await?.map(|row| row.get("answer")).transpose()
}

/// What a creation came to. Of two repeats that run at once the slower one fails, and is answered
/// what the quicker one made.
pub(super) async fn or_answered<T: DeserializeOwned>(
    db: &impl ConnectionTrait,
    done: Outcome<T>,
    key: Option<(LoginId, ClientId)>,
) -> Outcome<T> {
    match (done, key) {
        (Err(fault @ (Fault::Taken(_) | Fault::Refused(_))), Some((login, key))) => {
            let answer = answer(db, login, key).await?.ok_or(fault)?;
            Ok(serde_json::from_str(&answer)?)
        }
        (done, _) => done,
    }
}

/// Keeps the answer of a creation, for its repeats.
pub(super) async fn keep_answer(
    db: &impl ConnectionTrait,
    (login, key): (LoginId, ClientId),
    action: &str,
    answer: String,
    now: Millis,
) -> Outcome<()> {
    let text = "insert into answered (login_id, client_id, action, answer, at) values ($1, $2, $3, $4, $5)";
    let row = [login.0.into(), key.0.into(), action.into(), answer.into(), now.into()];
    run(db, Sql::with(text, row)).await?;
    Ok(())
}
