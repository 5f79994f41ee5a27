//! The outbox: mails that are due, claimed with a lease that fences late workers off.

use std::collections::HashSet;

use protocol::model::{Proof, Status};
use protocol::{LoginId, Millis, ParticipantId, TicketId};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use uuid::Uuid;

use super::outbox::Claimed;
use crate::domain::alert::Hold;
use crate::domain::{Clock, ids};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all, one, run, word};
use crate::store::{Store, StoreError};

/// Codes never wait behind alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    Codes,
    Alerts,
}

impl Lane {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Codes => "codes",
            Self::Alerts => "alerts",
        }
    }
}

/// A mail that is due, claimed by this worker until its lease ends, with what it is composed from.
#[derive(Clone, Debug)]
pub struct DueMail {
    pub id: Uuid,
    pub lease: Uuid,
    pub kind: String,
    pub identity: String,
    /// With this one.
    pub attempts: i64,
    pub created_at: Millis,
    pub to: String,
    pub canonical: String,
    pub locale: String,
    pub recipient: Option<ParticipantId>,
    /// The address belongs to a guest who never entered a code from it.
    pub unproven: bool,
    /// Why nothing goes there.
    pub hold: Option<Hold>,
    pub code: Option<DueCode>,
    pub ticket: Option<DueTicket>,
    pub login: Option<DueLogin>,
}

#[derive(Clone, Debug)]
pub struct DueCode {
    pub id: Uuid,
    pub kid: String,
    /// Which browser asked.
    pub browser: String,
    pub asked_at: Millis,
}

#[derive(Clone, Debug)]
pub struct DueTicket {
    pub id: TicketId,
    pub number: i64,
    pub status: Status,
    pub opened_at: Millis,
}

/// The browser that a mail speaks of.
#[derive(Clone, Debug)]
pub struct DueLogin {
    pub id: LoginId,
    pub browser: String,
}

impl Store {
    /// Claims mails of a lane that are due, at most `max`, for `lease_ms`.
    pub async fn claim_mails(&self, lane: Lane, max: u64, lease_ms: i64) -> Result<Vec<DueMail>, StoreError> {
        // SQLite has one writer, which a look must not keep busy.
        if self.db().backend() == DbBackend::Sqlite && !self.is_mail_due(lane).await? {
            return Ok(Vec::new());
        }
        self.inner.outbox.claim(Claim { lane, max, lease_ms }).await
    }

    /// Whether a mail of this lane is due that nobody has claimed.
    pub async fn is_mail_due(&self, lane: Lane) -> Result<bool, StoreError> {
        let mut sql = Sql::new("select 1 as due from delivery where ");
        lane.push_due(&mut sql, self.now());
        sql.push(" limit 1");
        Ok(one(self.db().reads(), sql).await?.is_some())
    }

    /// How many mails of this lane are due that nobody has claimed, and since when the oldest of them is.
    pub async fn mails_due(&self, lane: Lane) -> Result<(i64, Option<Millis>), StoreError> {
        let mut sql = Sql::new("select count(*) as mails, min(due_at) as oldest from delivery where ");
        lane.push_due(&mut sql, self.now());
        let row = one(self.db().reads(), sql).await?;
        Ok(match row {
            Some(row) => (row.get("mails")?, row.get("oldest")?),
            None => (0, None),
        })
    }

    /// Mails that an earlier process held when it died are due now, not when their leases end. For the
    /// start of a hub that holds its data directory, before its workers. Answers how many there were.
    ///
    /// On SQLite alone, where no other process can be at work: on Postgres another node may be sending
    /// what is leased, and a dead node's mails wait for the end of their leases.
    pub async fn free_claims(&self) -> Result<u64, StoreError> {
        if self.db().backend() == DbBackend::Postgres {
            return Ok(0);
        }
        let text = "update delivery set lease = null, lease_until = null where state = 'queued' and lease is not null";
        Ok(run(self.db().writes(), Sql::new(text)).await?)
    }

    /// Whether a claimed mail still has something to tell: a last look before it is sent (I2).
    pub async fn is_still_due(&self, mail: &DueMail) -> Result<bool, StoreError> {
        self.inner.outbox.look((mail.id, mail.lease)).await
    }
}

/// Of one statement. Postgres makes its plan for a tenth of it, which is what workers ask for.
pub(super) const CLAIM_MAX: u64 = 64;

/// What a worker asks for; what several do is at most `CLAIM_MAX`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub lane: Lane,
    pub max: u64,
    pub lease_ms: i64,
}

/// Claims what is due. By the connection that writes, within a transaction or alone.
pub(super) async fn take(tx: &impl ConnectionTrait, clock: &Clock, claim: Claim) -> Outcome<Vec<DueMail>> {
    let (backend, now, lease) = (tx.get_database_backend(), clock.now(), ids::new_id(clock));
    let mut due = Sql::new("with due as materialized (select id from (select id from delivery where ");
    claim.lane.push_due(&mut due, now);
    // The number in the text lets Postgres keep its plan of so many joins: of a bound limit alone it supposes
    // a tenth of the table, and so makes a plan each time. The rows are locked one by one, as they are taken.
    let rows = match backend {
        DbBackend::Postgres => " for update skip locked) next limit ",
        _ => ") limit ",
    };
    due.push(" order by due_at limit ").push(&CLAIM_MAX.to_string()).push(rows).bind(claim.max as i64);
    // A claimed mail is due again when its lease ends, whatever became of the worker. No index knows of what
    // is written here: Postgres then writes none.
    let mut update = Sql::new("update delivery set lease = ");
    update.bind(lease).push(", lease_until = ").bind(now.saturating_add(claim.lease_ms));
    update.push(", attempts = attempts + 1, hold_reason = null where id in (select id from due) returning ");
    let rows = if backend == DbBackend::Postgres {
        // One statement: what it wrote is what it reads from.
        due.push("), d as (").append(update);
        due.push("*) ").push(CLAIMED).push("d").push(CLAIMED_WITH).push(CLAIMED_ORDER);
        all(tx, due).await?
    } else {
        due.push(") ").append(update).push("id");
        let claimed = all(tx, due).await?;
        let ids = claimed.iter().map(|row| row.get("id")).collect::<Outcome<Vec<Uuid>>>()?;
        let mut sql = Sql::new([CLAIMED, "delivery d", CLAIMED_WITH, " where d.id "].concat());
        sql.one_of(backend, ids).push(" and d.lease = ").bind(lease).push(CLAIMED_ORDER);
        all(tx, sql).await?
    };
    rows.iter().map(read_mail).collect()
}

/// Which of these still have something to tell, and are held by the same worker.
pub(super) async fn still_due(reads: &impl ConnectionTrait, mails: &[Claimed]) -> Outcome<HashSet<Claimed>> {
    // Rows of values: Postgres knows their number without looking at them, and so makes its plan once. For an
    // array it makes one each time, which takes longer than to run it.
    let mut sql = Sql::new("with k(id, lease) as (");
    sql.rows_to_find(mails.iter().map(|(id, lease)| [(*id).into(), (*lease).into()]).collect()).push(
        ") select d.id, d.lease from k join delivery d on d.id = k.id and d.lease = k.lease \
         left join attention a on a.id = d.attention_id \
         where d.state = 'queued' and (a.id is null or a.read_seq < d.cover_seq)",
    );
    let rows = all(reads, sql).await?;
    let held: HashSet<Claimed> =
        rows.iter().map(|row| Ok((row.get("id")?, row.get("lease")?))).collect::<Outcome<_>>()?;
    Ok(mails.iter().filter(|mail| held.contains(mail)).copied().collect())
}

/// Everything that a mail is composed from; `d` is its row.
const CLAIMED: &str = "select d.id, d.lease, d.kind, d.identity, d.attempts, d.created_at, d.recipient_id, \
    p.proof, p.kind as recipient_kind, coalesce(c.email, p.email) as email, \
    coalesce(c.email_canonical, p.email_canonical) as email_canonical, coalesce(c.locale, p.locale) as locale, \
    c.id as code_id, c.kid, c.created_at as asked_at, b.browser as asked_by, \
    t.id as ticket_id, t.number, t.status, t.opened_at, l.id as login_id, l.browser, \
    m.suppressed_at, m.unsubscribed_at, x.created_at as muted_at from ";
const CLAIMED_WITH: &str = " left join access_code c on c.id = d.code_id left join login b on b.id = c.login_id \
    left join participant p on p.id = d.recipient_id left join ticket t on t.id = d.ticket_id \
    left join login l on l.id = d.login_id \
    left join mail_address m on m.site_id = d.site_id \
    and m.email_canonical = coalesce(c.email_canonical, p.email_canonical) \
    left join alert_mute x on x.participant_id = d.recipient_id and x.ticket_id = d.ticket_id";
const CLAIMED_ORDER: &str = " order by d.created_at, d.id";

impl Lane {
    /// What is due and not held by a worker, in the words of the lane's index (`0003_outbox.sql`).
    fn push_due(self, sql: &mut Sql, now: Millis) {
        let kind = match self {
            Self::Codes => "kind = 'm3'",
            Self::Alerts => "kind <> 'm3'",
        };
        sql.push("state = 'queued' and channel = 'mail' and ").push(kind).push(" and due_at <= ").bind(now);
        sql.push(" and (lease_until is null or lease_until <= ").bind(now).push(")");
    }
}

fn read_mail(row: &QueryResult) -> Outcome<DueMail> {
    let kind: String = row.get("kind")?;
    let text =
        |column: &str| Ok::<_, crate::store::fault::Fault>(row.get::<Option<String>>(column)?.unwrap_or_default());
    let code = match row.get::<Option<Uuid>>("code_id")? {
        Some(id) => {
            Some(DueCode { id, kid: row.get("kid")?, browser: text("asked_by")?, asked_at: row.get("asked_at")? })
        }
        None => None,
    };
    let ticket = match row.id_or_none("ticket_id")? {
        Some(id) => Some(DueTicket {
            id,
            number: row.get("number")?,
            status: row.word("status")?,
            opened_at: row.get("opened_at")?,
        }),
        None => None,
    };
    let login = match row.id_or_none("login_id")? {
        Some(id) => Some(DueLogin { id, browser: row.get("browser")? }),
        None => None,
    };
    let is_guest = text("recipient_kind")? == "guest";
    Ok(DueMail {
        id: row.get("id")?,
        lease: row.get("lease")?,
        identity: row.get("identity")?,
        attempts: row.get("attempts")?,
        created_at: row.get("created_at")?,
        to: text("email")?,
        canonical: text("email_canonical")?,
        locale: text("locale")?,
        recipient: row.id_or_none("recipient_id")?,
        unproven: is_guest && row.get::<Option<String>>("proof")? == Some(word(Proof::NotConfirmed)),
        hold: hold(row, &kind)?,
        code,
        ticket,
        login,
        kind,
    })
}

/// Nothing goes to an address that mails come back from; what was switched off are alerts alone.
fn hold(row: &QueryResult, kind: &str) -> Outcome<Option<Hold>> {
    let is_alert = matches!(kind, "m1" | "m2" | "m4" | "m5");
    if row.get::<Option<Millis>>("suppressed_at")?.is_some() {
        return Ok(Some(Hold::Bounces));
    }
    if is_alert && row.get::<Option<Millis>>("muted_at")?.is_some() {
        return Ok(Some(Hold::Muted));
    }
    let unsubscribed = is_alert && row.get::<Option<Millis>>("unsubscribed_at")?.is_some();
    Ok(unsubscribed.then_some(Hold::Unsubscribed))
}
