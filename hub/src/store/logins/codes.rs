//! Signing in by a code that was mailed (decisions.md 14, R-A6 to R-A9).
//!
//! The digits are nowhere in the database: they are derived from the code row's id and a key that
//! only the hub's files hold.

use protocol::model::Proof;
use protocol::{LoginId, Millis, ParticipantId, SiteId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::attempts::{Count, seconds_until, write_as_much};
use super::{CodeAsked, CodeTry, Digest, NewCode, renew};
use crate::domain::email::Email;
use crate::domain::ids;
use crate::domain::limits::{
    CODE_LIFE_MS, CODE_TRIES_MAX, CODE_TRIES_PER_NETWORK_HOUR_MAX, CODES_PER_15_MIN_MAX, CODES_PER_DAY_MAX,
    CODES_PER_NETWORK_HOUR_MAX,
};
use crate::store::alerts::{self, NewDelivery};
use crate::store::db::{commit, one_at_a_time, retrying, rollback};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, one, run, word};
use crate::store::{Store, StoreError, Window};

const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

impl Store {
    /// Checks the limits per address and network, ends the older code of this browser, writes the
    /// code and the delivery of its mail (M3) in one transaction.
    pub async fn ask_code(&self, code: NewCode) -> Result<CodeAsked, StoreError> {
        Ok(retrying(|| self.ask_code_once(&code)).await?)
    }

    async fn ask_code_once(&self, code: &NewCode) -> Outcome<CodeAsked> {
        let now = self.now();
        let tx = self.db().begin().await?;
        let counted =
            [code.email.canonical(), code.network.as_str(), &code.login.to_string()].map(|of| format!("code {of}"));
        one_at_a_time(&tx, &counted.each_ref().map(String::as_str)).await?;
        if let Some(free_at) = free_at(&tx, code, now).await? {
            rollback(tx).await?;
            return Ok(CodeAsked::TooOften { retry_after_s: seconds_until(free_at, now) });
        }
        let text =
            "update access_code set ended_at = $1 where login_id = $2 and purpose = 'sign_in' and ended_at is null";
        run(&tx, Sql::with(text, [now.into(), code.login.0.into()])).await?;
        let id = ids::new_id(self.clock());
        insert_code(&tx, id, code, now).await?;
        queue_mail(&tx, ids::new_id(self.clock()), id, code.site, now).await?;
        commit(tx).await?;
        Ok(CodeAsked::Queued { id })
    }

    /// Counts a try on this browser's live code before it is compared. `Ok(None)`: no live code, or its
    /// tries are used up (R-A6, R-A7, R-A8); the network's count is written in any case, so that every
    /// wrong guess costs the same (R-A10). `Err`: too many tries from there, for so many seconds.
    pub async fn try_code(&self, login: LoginId, network: &str) -> Result<Result<Option<CodeTry>, u64>, StoreError> {
        Ok(retrying(|| self.try_code_once(login, network)).await?)
    }

    async fn try_code_once(&self, login: LoginId, network: &str) -> Outcome<Result<Option<CodeTry>, u64>> {
        let now = self.now();
        let tx = self.db().begin().await?;
        let by_hour = [Window { since: now - 60 * MINUTE_MS, max: CODE_TRIES_PER_NETWORK_HOUR_MAX }];
        let count = Count { kind: "code.network", subject: network, windows: &by_hour };
        one_at_a_time(&tx, &[&count.lock()]).await?;
        if let Some(free_at) = count.free_at(&tx, now).await? {
            rollback(tx).await?;
            return Ok(Err(seconds_until(free_at, now)));
        }
        let counted = self.count(&tx, &count, now).await?;
        let text = "update access_code set tries = tries + 1 where login_id = $1 and purpose = 'sign_in' \
                    and ended_at is null and expires_at > $2 and tries < $3 returning id, kid, email";
        let row = one(&tx, Sql::with(text, [login.0.into(), now.into(), CODE_TRIES_MAX.into()])).await?;
        write_as_much(&tx, row.is_some(), counted).await?;
        commit(tx).await?;
        Ok(Ok(row.map(|row| read_try(&row)).transpose()?))
    }

    /// Ends the code and signs the browser in as the customer of its address, who is made when new
    /// and is confirmed now; the login gets the new token. `None` when the code was used meanwhile:
    /// two right answers at once give one session.
    pub async fn use_code(
        &self,
        code: Uuid,
        login: LoginId,
        token: Digest,
    ) -> Result<Option<ParticipantId>, StoreError> {
        Ok(retrying(|| self.use_code_once(code, login, token)).await?)
    }

    async fn use_code_once(&self, code: Uuid, login: LoginId, token: Digest) -> Outcome<Option<ParticipantId>> {
        let now = self.now();
        let tx = self.db().begin().await?;
        let text = "update access_code set ended_at = $1 where id = $2 and login_id = $3 and ended_at is null \
                    and expires_at > $1 returning site_id, email, locale";
        let Some(row) = one(&tx, Sql::with(text, [now.into(), code.into(), login.0.into()])).await? else {
            return Ok(None);
        };
        let (site, locale): (SiteId, String) = (row.id("site_id")?, row.get("locale")?);
        let email = Email::parse(&row.get::<String>("email")?)?;
        let customer = confirmed_customer(&tx, ids::new_id(self.clock()), site, &email, &locale, now).await?;
        if renew(&tx, login, token, Some(customer), now).await? == 0 {
            // The login was ended meanwhile; dropping the transaction undoes it.
            return Ok(None);
        }
        commit(tx).await?;
        Ok(Some(customer))
    }
}

fn read_try(row: &sea_orm::QueryResult) -> Outcome<CodeTry> {
    let email = Email::parse(&row.get::<String>("email")?)?;
    Ok(CodeTry { id: row.get("id")?, kid: row.get("kid")?, email })
}

/// When a limit is reached: the time from which one more code is allowed.
async fn free_at(tx: &DatabaseTransaction, code: &NewCode, now: Millis) -> Outcome<Option<Millis>> {
    let (site, address) = (code.site, code.email.canonical());
    // Codes for tickets have limits of their own (decisions.md 13).
    let by_address = "site_id = $1 and email_canonical = $2 and purpose = 'sign_in'";
    let by_15_min = full_until(tx, site, by_address, address, (CODES_PER_15_MIN_MAX, 15 * MINUTE_MS), now).await?;
    let by_day = full_until(tx, site, by_address, address, (CODES_PER_DAY_MAX, DAY_MS), now).await?;
    Ok(by_15_min.max(by_day).max(network_free_at(tx, site, &code.network, now).await?))
}

/// The same for a network alone, over codes of every purpose.
pub(super) async fn network_free_at(
    tx: &DatabaseTransaction,
    site: SiteId,
    network: &str,
    now: Millis,
) -> Outcome<Option<Millis>> {
    let of = "site_id = $1 and network = $2";
    full_until(tx, site, of, network, (CODES_PER_NETWORK_HOUR_MAX, 60 * MINUTE_MS), now).await
}

async fn full_until(
    tx: &DatabaseTransaction,
    site: SiteId,
    of: &str,
    subject: &str,
    (max, window_ms): (i64, i64),
    now: Millis,
) -> Outcome<Option<Millis>> {
    let text = format!(
        "select created_at from access_code where {of} and created_at > $3 order by created_at desc limit 1 offset $4"
    );
    let values = [site.0.into(), subject.into(), (now - window_ms).into(), (max - 1).into()];
    let row = one(tx, Sql::with(text, values)).await?;
    row.map(|row| Ok(row.get::<Millis>("created_at")? + window_ms)).transpose()
}

async fn insert_code(tx: &DatabaseTransaction, id: Uuid, code: &NewCode, now: Millis) -> Outcome<()> {
    let text = "insert into access_code (id, site_id, purpose, login_id, email, email_canonical, locale, network, kid, \
                tries, expires_at, created_at) values ($1, $2, 'sign_in', $3, $4, $5, $6, $7, $8, 0, $9, $10)";
    let row = [
        id.into(),
        code.site.0.into(),
        code.login.0.into(),
        code.email.typed().into(),
        code.email.canonical().into(),
        code.locale.as_str().into(),
        code.network.as_str().into(),
        code.kid.as_str().into(),
        (now + CODE_LIFE_MS).into(),
        now.into(),
    ];
    run(tx, Sql::with(text, row)).await?;
    Ok(())
}

/// The mail's identity is the code's: a retried mail is the same mail.
async fn queue_mail(tx: &DatabaseTransaction, id: Uuid, code: Uuid, site: SiteId, now: Millis) -> Outcome<()> {
    let mail = NewDelivery {
        id,
        site,
        kind: "m3",
        attention: None,
        ticket: None,
        recipient: None,
        code: Some(code),
        login: None,
        cover_seq: None,
        identity: format!("m3.{code}"),
        due_at: now,
        now,
    };
    alerts::queue(tx, mail).await
}

async fn confirmed_customer(
    tx: &impl ConnectionTrait,
    new_id: Uuid,
    site: SiteId,
    email: &Email,
    locale: &str,
    now: Millis,
) -> Outcome<ParticipantId> {
    let confirmed = word(Proof::Confirmed);
    let text = "insert into participant (id, site_id, kind, name, email, email_canonical, proof, locale, created_at) \
                values ($1, $2, 'customer', '', $3, $4, $5, $6, $7) on conflict do nothing";
    let row = [
        new_id.into(),
        site.0.into(),
        email.typed().into(),
        email.canonical().into(),
        confirmed.as_str().into(),
        locale.into(),
        now.into(),
    ];
    run(tx, Sql::with(text, row)).await?;
    let text = "update participant set proof = case when proof = 'not_confirmed' then $1 else proof end, locale = $2 \
                where site_id = $3 and email_canonical = $4 and kind = 'customer' returning id";
    let values = [confirmed.into(), locale.into(), site.0.into(), email.canonical().into()];
    let row = one(tx, Sql::with(text, values)).await?;
    row.ok_or_else(|| Fault::Failed("a customer that was just made is gone".to_owned()))?.id("id")
}
