//! Codes for a ticket, asked for by its secure link (R-A4 to R-A9, decisions.md 14).
//!
//! Everything that is counted is counted in the transaction that acts on it, under the ticket's lock:
//! however many come at once, the numbers hold.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protocol::{LoginId, Millis, ParticipantId, SiteId, TicketId};
use sea_orm::{DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::access::{self, lock_ticket};
use super::attempts::{Count, seconds_until, write_as_much};
use super::codes::network_free_at;
use super::{Digest, renew};
use crate::domain::email::Email;
use crate::domain::limits::{
    CODE_FAILS_PER_HUB_HOUR_MAX, CODE_LIFE_MS, CODE_TRIES_MAX, CODE_TRIES_PER_NETWORK_HOUR_MAX, CODES_PER_15_MIN_MAX,
    CODES_PER_DAY_MAX, LINK_CODE_FAILS_PER_DAY_MAX, LINK_CODE_GAP_MS, MERGE_STEPS_MAX, VISITOR_TRUSTED_MS,
};
use crate::domain::{SecureLink, ids};
use crate::store::alerts::{self, NewDelivery};
use crate::store::db::{commit, one_at_a_time, retrying, rollback};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, one, run};
use crate::store::{Store, StoreError, Window};

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What is counted. Subjects begin with the ticket, so that an agent can reset a ticket's.
pub(super) const ASKED: &str = "link.code";
pub(super) const FAILED: &str = "link.fail";
const FAILED_ANYWHERE: &str = "code.fail";
pub(super) const TRIED_BY_NETWORK: &str = "code.network";

/// A code that the holder of a link asks for.
#[derive(Clone, Debug)]
pub struct NewLinkCode {
    pub site: SiteId,
    pub link: SecureLink,
    pub login: LoginId,
    pub network: String,
    pub kid: String,
}

/// What became of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkCodeAsked {
    Queued {
        id: Uuid,
        /// When one more may be asked for.
        next_after_s: u64,
    },
    TooOften {
        retry_after_s: u64,
    },
    /// The link was voided meanwhile, or leads to an account by now.
    Void,
}

/// A guess that has been counted.
#[derive(Clone, Debug)]
pub enum LinkCodeTried {
    Code {
        id: Uuid,
        kid: String,
        /// What was counted for it: not a failure, should it be right.
        counted: Vec<Uuid>,
    },
    /// This browser has no live code for the link, or used its tries up.
    None,
    TooOften {
        retry_after_s: u64,
    },
}

/// A right guess, to be used once.
#[derive(Clone, Debug)]
pub struct LinkCodeUse {
    pub code: Uuid,
    pub counted: Vec<Uuid>,
    pub link: SecureLink,
    pub login: LoginId,
    /// The login goes on under it (R-A12).
    pub token: Digest,
    pub trust: bool,
}

/// An address that was proved in a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// It had not been before.
    pub is_new: bool,
    /// The link's ticket, or the one that it leads to since they were merged.
    pub opened: TicketId,
    /// Browsers whose unproven right to the ticket ended.
    pub ended: Vec<LoginId>,
}

/// The address that a link's mails go to, while the link holds.
struct Holder {
    email: Email,
    locale: String,
}

impl Store {
    /// Checks the limits, ends this browser's older code for the link, writes the code and the delivery
    /// of its mail, to the address that the ticket has.
    pub async fn ask_link_code(&self, new: NewLinkCode) -> Result<LinkCodeAsked, StoreError> {
        Ok(retrying(|| self.ask_link_code_once(&new)).await?)
    }

    async fn ask_link_code_once(&self, new: &NewLinkCode) -> Outcome<LinkCodeAsked> {
        let (now, ticket) = (self.now(), new.link.ticket);
        let tx = self.db().begin().await?;
        lock_ticket(&tx, ticket).await?;
        let Some(holder) = holder(&tx, &new.link).await? else { return Ok(LinkCodeAsked::Void) };
        let reserve = reserve(&tx, new.login, ticket).await?;
        let subject = subject(ticket, &holder.email, reserve);
        let windows = asked_windows(now);
        let count = Count { kind: ASKED, subject: &subject, windows: &windows };
        one_at_a_time(&tx, &[&count.lock(), &format!("code {}", new.network)]).await?;
        let mut free_at = count.free_at(&tx, now).await?;
        if reserve.is_none() {
            free_at = free_at.max(network_free_at(&tx, new.site, &new.network, now).await?);
        }
        if let Some(free_at) = free_at {
            rollback(tx).await?;
            return Ok(LinkCodeAsked::TooOften { retry_after_s: seconds_until(free_at, now) });
        }
        self.count(&tx, &count, now).await?;
        let next_at = count.free_at(&tx, now).await?.unwrap_or(now);
        let text = "update access_code set ended_at = $1 where login_id = $2 and link_id = $3 and ended_at is null";
        run(&tx, Sql::with(text, [now.into(), new.login.0.into(), new.link.id.into()])).await?;
        let id = ids::new_id(self.clock());
        insert_code(&tx, id, new, &holder, now).await?;
        alerts::queue(&tx, self.code_mail(id, new, now)).await?;
        commit(tx).await?;
        Ok(LinkCodeAsked::Queued { id, next_after_s: seconds_until(next_at, now) })
    }

    /// The mail's identity is the code's: a retried mail is the same mail.
    fn code_mail(&self, code: Uuid, new: &NewLinkCode, now: Millis) -> NewDelivery {
        NewDelivery {
            id: ids::new_id(self.clock()),
            site: new.site,
            kind: "m3",
            attention: None,
            ticket: Some(new.link.ticket),
            recipient: Some(new.link.recipient),
            code: Some(code),
            login: Some(new.login),
            cover_seq: None,
            identity: format!("m3.{code}"),
            due_at: now,
            now,
        }
    }

    /// Counts a try on this browser's live code for the link before it is compared (R-A7). Whatever is
    /// wrong with it, the network's try is counted, and the work is the same.
    pub async fn try_link_code(
        &self,
        link: &SecureLink,
        login: LoginId,
        network: &str,
    ) -> Result<LinkCodeTried, StoreError> {
        Ok(retrying(|| self.try_link_code_once(link, login, network)).await?)
    }

    async fn try_link_code_once(&self, link: &SecureLink, login: LoginId, network: &str) -> Outcome<LinkCodeTried> {
        let now = self.now();
        let tx = self.db().begin().await?;
        lock_ticket(&tx, link.ticket).await?;
        let by_network = [Window { since: now - HOUR_MS, max: CODE_TRIES_PER_NETWORK_HOUR_MAX }];
        let network = Count { kind: TRIED_BY_NETWORK, subject: network, windows: &by_network };
        one_at_a_time(&tx, &[&network.lock()]).await?;
        if let Some(free_at) = network.free_at(&tx, now).await? {
            rollback(tx).await?;
            return Ok(LinkCodeTried::TooOften { retry_after_s: seconds_until(free_at, now) });
        }
        let counted = self.count(&tx, &network, now).await?;
        let tried = count_try(&tx, link, login, now).await?;
        write_as_much(&tx, tried.is_some(), counted).await?;
        let reserve = reserve(&tx, login, link.ticket).await?;
        let subject = match &tried {
            Some((_, _, email)) => subject(link.ticket, email, reserve),
            None => format!("{}.nobody", link.ticket),
        };
        let counted = match self.count_failure(&tx, &subject, reserve.is_some(), now).await? {
            Ok(counted) => counted,
            Err(retry_after_s) => {
                rollback(tx).await?;
                return Ok(LinkCodeTried::TooOften { retry_after_s });
            }
        };
        // Where nothing was guessed at it was counted for the work alone, and counts for nobody.
        let in_vain = vec![Uuid::nil(); counted.len()];
        forget(&tx, if tried.is_none() { &counted } else { &in_vain }).await?;
        commit(tx).await?;
        Ok(match tried {
            Some((id, kid, _)) => LinkCodeTried::Code { id, kid, counted },
            None => LinkCodeTried::None,
        })
    }

    /// A guess counts as a failure until it was right: for its ticket and address, and for the hub.
    async fn count_failure(
        &self,
        tx: &DatabaseTransaction,
        subject: &str,
        has_reserve: bool,
        now: Millis,
    ) -> Outcome<Result<Vec<Uuid>, u64>> {
        let by_ticket = [Window { since: now - DAY_MS, max: LINK_CODE_FAILS_PER_DAY_MAX }];
        let by_hub = [Window { since: now - HOUR_MS, max: CODE_FAILS_PER_HUB_HOUR_MAX }];
        let mut counts = vec![Count { kind: FAILED, subject, windows: &by_ticket }];
        if !has_reserve {
            counts.push(Count { kind: FAILED_ANYWHERE, subject: "", windows: &by_hub });
        }
        let locks: Vec<String> = counts.iter().map(Count::lock).collect();
        one_at_a_time(tx, &locks.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        let mut counted = Vec::with_capacity(counts.len());
        for count in &counts {
            if let Some(free_at) = count.free_at(tx, now).await? {
                return Ok(Err(seconds_until(free_at, now)));
            }
            counted.push(self.count(tx, count, now).await?);
        }
        Ok(Ok(counted))
    }

    /// Uses a right code: once, while its link holds and its address is the ticket's. `None` when it is
    /// too late for that: two right answers at once give one session (R-A6).
    pub async fn use_link_code(&self, used: LinkCodeUse) -> Result<Option<Proven>, StoreError> {
        Ok(retrying(|| self.use_link_code_once(&used)).await?)
    }

    async fn use_link_code_once(&self, used: &LinkCodeUse) -> Outcome<Option<Proven>> {
        let (now, ticket) = (self.now(), used.link.ticket);
        let tx = self.db().begin().await?;
        lock_ticket(&tx, ticket).await?;
        let text = "update access_code set ended_at = $1 where id = $2 and login_id = $3 and link_id = $4 \
                    and ended_at is null and expires_at > $1 returning email_canonical";
        let key = [now.into(), used.code.into(), used.login.0.into(), used.link.id.into()];
        let Some(code) = one(&tx, Sql::with(text, key)).await? else { return Ok(None) };
        let holder = holder(&tx, &used.link).await?;
        let address: String = code.get("email_canonical")?;
        if holder.is_none_or(|holder| holder.email.canonical() != address) {
            return Ok(None);
        }
        let proven = confirm(&tx, used.login, &used.link, now).await?;
        if proven.is_new {
            alerts::confirmed(&tx, used.link.ticket, used.link.recipient, self.alert_times(), now).await?;
        }
        if used.trust {
            self.trust(&tx, used, now).await?;
        }
        if renew(&tx, used.login, used.token, None, now).await? == 0 {
            // The login was ended meanwhile; dropping the transaction undoes it.
            return Ok(None);
        }
        let opened = lead_on(&tx, used.login, &used.link, now).await?;
        forget(&tx, &used.counted).await?;
        commit(tx).await?;
        Ok(Some(Proven { opened, ..proven }))
    }

    /// The browser stays signed in for longer, and the address is told (M7).
    async fn trust(&self, tx: &DatabaseTransaction, used: &LinkCodeUse, now: Millis) -> Outcome<()> {
        let text = "update login set trusted = $1, idle_ms = $2, life_ms = $2 where id = $3";
        run(tx, Sql::with(text, [true.into(), VISITOR_TRUSTED_MS.into(), used.login.0.into()])).await?;
        let mail = NewDelivery {
            id: ids::new_id(self.clock()),
            site: self.site().id,
            kind: "m7",
            attention: None,
            ticket: Some(used.link.ticket),
            recipient: Some(used.link.recipient),
            code: None,
            login: Some(used.login),
            cover_seq: None,
            identity: format!("m7.{}", used.code),
            due_at: now,
            now,
        };
        alerts::queue(tx, mail).await
    }
}

async fn forget(tx: &DatabaseTransaction, counted: &[Uuid]) -> Outcome<()> {
    for attempt in counted {
        run(tx, Sql::with("delete from attempt where id = $1", [(*attempt).into()])).await?;
    }
    Ok(())
}

/// What proving an address does, in the transaction of the code that proved it and under the ticket's
/// lock: this browser may see the ticket, the address is confirmed, and whoever had opened the ticket
/// without proving it may see it no more.
async fn confirm(tx: &DatabaseTransaction, login: LoginId, link: &SecureLink, now: Millis) -> Outcome<Proven> {
    let (ticket, participant) = (link.ticket, link.recipient);
    grant(tx, login, ticket, participant, now).await?;
    let text = "update participant set proof = 'confirmed' where id = $1 and proof = 'not_confirmed'";
    let is_new = run(tx, Sql::with(text, [participant.0.into()])).await? == 1;
    let ended = access::end_unproven(tx, ticket, now).await?;
    Ok(Proven { is_new, opened: ticket, ended: ended.logins })
}

/// The browser may see the ticket as this guest, whose address it proved.
async fn grant(
    tx: &DatabaseTransaction,
    login: LoginId,
    ticket: TicketId,
    guest: ParticipantId,
    now: Millis,
) -> Outcome<()> {
    let text = "insert into login_grant (login_id, ticket_id, participant_id, proven, created_at) \
                values ($1, $2, $3, $4, $5) on conflict (login_id, ticket_id) do update set proven = excluded.proven, \
                participant_id = excluded.participant_id, created_at = excluded.created_at, revoked_at = null";
    run(tx, Sql::with(text, [login.0.into(), ticket.0.into(), guest.0.into(), true.into(), now.into()])).await?;
    Ok(())
}

/// Where a link's ticket leads, by merging or going on, step by step, as far as the next is a guest's of the same
/// proven address. The browser that proved it may see each; what was ended for another one stays ended.
async fn lead_on(tx: &DatabaseTransaction, login: LoginId, link: &SecureLink, now: Millis) -> Outcome<TicketId> {
    let text = "select n.id, n.requester_id, t.merged_into from ticket t join participant p on p.id = t.requester_id \
                join ticket n on n.id = coalesce(t.merged_into, t.continued_in) join participant r on r.id = n.requester_id \
                where t.id = $1 and p.kind = 'guest' and r.kind = 'guest' and p.email_canonical = r.email_canonical \
                and p.proof <> 'not_confirmed' and r.proof <> 'not_confirmed'";
    let (mut at, mut opened) = (link.ticket, link.ticket);
    for _ in 0..MERGE_STEPS_MAX {
        let Some(row) = one(tx, Sql::with(text, [at.0.into()])).await? else { break };
        let merged: Option<TicketId> = row.id_or_none("merged_into")?;
        let next = row.id("id")?;
        grant(tx, login, next, row.id("requester_id")?, now).await?;
        // What goes on elsewhere is opened where it was: it leads on by itself.
        if merged.is_some() && opened == at {
            opened = next;
        }
        at = next;
    }
    Ok(opened)
}

/// Whom a link's mails go to; none when it was voided, or the ticket is another's by now.
async fn holder(tx: &DatabaseTransaction, link: &SecureLink) -> Outcome<Option<Holder>> {
    let text = "select p.email, p.locale from secure_link l join ticket t on t.id = l.ticket_id \
                join participant p on p.id = l.participant_id and p.id = t.requester_id \
                where l.id = $1 and l.generation = $2 and l.revoked_at is null and p.kind = 'guest'";
    let row = one(tx, Sql::with(text, [link.id.into(), link.generation.into()])).await?;
    row.map(|row| Ok(Holder { email: Email::parse(&row.get::<String>("email")?)?, locale: row.get("locale")? }))
        .transpose()
}

/// The browser, if it has entered a code for the ticket before and was not shut out: nobody else can
/// use up what it may ask for.
async fn reserve(tx: &DatabaseTransaction, login: LoginId, ticket: TicketId) -> Outcome<Option<Uuid>> {
    let text = "select coalesce(l.browser_id, l.id) as browser from login l where l.id = $1 and exists \
                (select 1 from login_grant g join login o on o.id = g.login_id \
                where g.ticket_id = $2 and g.proven = $3 and g.revoked_at is null \
                and (o.id = l.id or coalesce(o.browser_id, o.id) = l.browser_id))";
    let row = one(tx, Sql::with(text, [login.0.into(), ticket.0.into(), true.into()])).await?;
    row.map(|row| row.get("browser")).transpose()
}

/// Ticket and address as they are counted, and the browser that is counted for itself.
fn subject(ticket: TicketId, email: &Email, reserve: Option<Uuid>) -> String {
    let address = BASE64_URL_SAFE_NO_PAD.encode(ids::digest(email.canonical()));
    match reserve {
        Some(browser) => format!("{ticket}.{address}.{browser}"),
        None => format!("{ticket}.{address}"),
    }
}

fn asked_windows(now: Millis) -> [Window; 3] {
    [
        Window { since: now - LINK_CODE_GAP_MS, max: 1 },
        Window { since: now - HOUR_MS / 4, max: CODES_PER_15_MIN_MAX },
        Window { since: now - DAY_MS, max: CODES_PER_DAY_MAX },
    ]
}

async fn insert_code(
    tx: &DatabaseTransaction,
    id: Uuid,
    new: &NewLinkCode,
    holder: &Holder,
    now: Millis,
) -> Outcome<()> {
    let text = "insert into access_code (id, site_id, purpose, login_id, ticket_id, link_id, email, email_canonical, \
                locale, network, kid, tries, expires_at, created_at) \
                values ($1, $2, 'ticket', $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)";
    let row = [
        id.into(),
        new.site.0.into(),
        new.login.0.into(),
        new.link.ticket.0.into(),
        new.link.id.into(),
        holder.email.typed().into(),
        holder.email.canonical().into(),
        holder.locale.as_str().into(),
        new.network.as_str().into(),
        new.kid.as_str().into(),
        (now + CODE_LIFE_MS).into(),
        now.into(),
    ];
    run(tx, Sql::with(text, row)).await?;
    Ok(())
}

async fn count_try(
    tx: &DatabaseTransaction,
    link: &SecureLink,
    login: LoginId,
    now: Millis,
) -> Outcome<Option<(Uuid, String, Email)>> {
    let text = "update access_code set tries = tries + 1 where login_id = $1 and link_id = $2 and purpose = 'ticket' \
                and ended_at is null and expires_at > $3 and tries < $4 returning id, kid, email";
    let key = [login.0.into(), link.id.into(), now.into(), CODE_TRIES_MAX.into()];
    let read = |row: QueryResult| Ok((row.get("id")?, row.get("kid")?, Email::parse(&row.get::<String>("email")?)?));
    one(tx, Sql::with(text, key)).await?.map(read).transpose()
}
