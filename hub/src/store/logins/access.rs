//! Who holds a guest's right to a ticket, and how it ends: here, everywhere, by an agent, by the one
//! who never asked for it (R-A14, decisions.md 10).

use protocol::http::{TicketAccess, TicketLink, TicketSession};
use protocol::{LoginId, Millis, ParticipantId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult};

use super::link_codes::{ASKED, FAILED};
use crate::domain::limits::{VISITOR_IDLE_MS, VISITOR_LIFE_MS};
use crate::store::alerts;
use crate::store::db::{commit, retrying};
use crate::store::fault::Outcome;
use crate::store::sql::{Columns, Sql, all, one, run};
use crate::store::{Store, StoreError};

/// Rights that ended: whose open sockets have to learn of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    pub logins: Vec<LoginId>,
    pub participants: Vec<ParticipantId>,
}

/// Every browser in which the address of `from`, which was merged into `into`, was proven may see `into`
/// too, but for those whose right to `into` was ended: a merge is no reason to give it back (R-A14). Both are
/// guests' tickets of that address.
pub(in crate::store) async fn grant_on(
    tx: &DatabaseTransaction,
    from: TicketId,
    into: TicketId,
    now: Millis,
) -> Outcome<()> {
    let text = "insert into login_grant (login_id, ticket_id, participant_id, proven, created_at) \
                select g.login_id, t.id, t.requester_id, g.proven, $1 from login_grant g join ticket t on t.id = $2 \
                where g.ticket_id = $3 and g.proven = $4 and g.revoked_at is null \
                on conflict (login_id, ticket_id) do update set proven = excluded.proven, \
                participant_id = excluded.participant_id, created_at = excluded.created_at \
                where login_grant.revoked_at is null and login_grant.proven = $5";
    run(tx, Sql::with(text, [now.into(), into.0.into(), from.0.into(), true.into(), false.into()])).await?;
    Ok(())
}

/// Of the ticket `into`, which continues `from`: every browser in which the address of `from` was proven, and the
/// one that wrote, has the right that it had. `guest` is who a guest of `from` is in `into`.
pub(in crate::store) async fn grant_continuation(
    tx: &DatabaseTransaction,
    from: TicketId,
    into: TicketId,
    guest: Option<(ParticipantId, ParticipantId)>,
    writer: LoginId,
    now: Millis,
) -> Outcome<()> {
    let mut sql = Sql::new("insert into login_grant (login_id, ticket_id, participant_id, proven, created_at) select ");
    sql.push("g.login_id, n.id, ");
    match guest {
        Some((was, is)) => {
            sql.push("case when g.participant_id = ").bind(was.0).push(" then ").bind(is.0);
            sql.push(" else g.participant_id end");
        }
        None => {
            sql.push("g.participant_id");
        }
    }
    sql.push(", g.proven, ").bind(now).push(" from login_grant g join ticket n on n.id = ").bind(into.0);
    sql.push(" where g.ticket_id = ").bind(from.0).push(" and g.revoked_at is null and (g.proven = ").bind(true);
    sql.push(" or g.login_id = ").bind(writer.0).push(")");
    run(tx, sql).await?;
    Ok(())
}

impl Store {
    /// Ends one browser's right to a ticket. Nothing when it had none.
    pub async fn end_access_here(&self, ticket: TicketId, login: LoginId) -> Result<Ended, StoreError> {
        let mut whose = Sql::new(" and login_id = ");
        whose.bind(login.0);
        Ok(end_grants(self.db().writes(), ticket, whose, self.now()).await?)
    }

    /// Ends every browser's right to a ticket, its live codes, and every link that was mailed.
    pub async fn end_access(&self, ticket: TicketId) -> Result<Ended, StoreError> {
        Ok(retrying(|| self.end_access_once(ticket)).await?)
    }

    async fn end_access_once(&self, ticket: TicketId) -> Outcome<Ended> {
        let tx = self.db().begin().await?;
        lock_ticket(&tx, ticket).await?;
        let ended = void(&tx, ticket, None, self.now()).await?;
        commit(tx).await?;
        Ok(ended)
    }

    /// Lets a ticket's codes be asked for and tried again (R-A9: an agent can).
    pub async fn reset_code_limits(&self, ticket: TicketId) -> Result<(), StoreError> {
        let text = "delete from attempt where kind in ($1, $2) and subject like $3";
        let values = [ASKED.into(), FAILED.into(), format!("{ticket}.%").into()];
        run(self.db().writes(), Sql::with(text, values)).await?;
        Ok(())
    }

    /// "This was not me": whoever opened the ticket without proving the address may see it no more, and
    /// the address gets no mails about it.
    pub async fn disown(&self, ticket: TicketId, recipient: ParticipantId) -> Result<Ended, StoreError> {
        Ok(retrying(|| self.disown_once(ticket, recipient)).await?)
    }

    async fn disown_once(&self, ticket: TicketId, recipient: ParticipantId) -> Outcome<Ended> {
        let now = self.now();
        let tx = self.db().begin().await?;
        lock_ticket(&tx, ticket).await?;
        let ended = end_unproven(&tx, ticket, now).await?;
        alerts::mute(&tx, ticket, recipient, now).await?;
        commit(tx).await?;
        Ok(ended)
    }

    /// Every ticket that a login was ever granted.
    pub async fn tickets_ever_granted(&self, login: LoginId) -> Result<Vec<TicketId>, StoreError> {
        let text = "select g.ticket_id from login_grant g join login l on l.id = g.login_id \
                    where g.login_id = $1 and l.site_id = $2";
        let rows = all(self.db().reads(), Sql::with(text, [login.0.into(), self.site().id.0.into()])).await?;
        Ok(rows.iter().map(|row| row.id("ticket_id")).collect::<Outcome<_>>()?)
    }

    /// Ends a browser's right to a ticket, and its longer life.
    pub async fn end_trust(&self, login: LoginId, ticket: TicketId) -> Result<Ended, StoreError> {
        Ok(retrying(|| self.end_trust_once(login, ticket)).await?)
    }

    async fn end_trust_once(&self, login: LoginId, ticket: TicketId) -> Outcome<Ended> {
        let now = self.now();
        let tx = self.db().begin().await?;
        lock_ticket(&tx, ticket).await?;
        let mut whose = Sql::new(" and login_id = ");
        whose.bind(login.0);
        let ended = end_grants(&tx, ticket, whose, now).await?;
        let text = "update login set trusted = $1, idle_ms = $2, life_ms = $3, \
                    expires_at = case when expires_at > $4 then $4 else expires_at end where id = $5 and trusted = $6";
        let values = [
            false.into(),
            VISITOR_IDLE_MS.into(),
            VISITOR_LIFE_MS.into(),
            (now + VISITOR_LIFE_MS).into(),
            login.0.into(),
            true.into(),
        ];
        run(&tx, Sql::with(text, values)).await?;
        commit(tx).await?;
        Ok(ended)
    }

    /// What agents see of the ways into a ticket: no address, no network, no token.
    pub async fn ticket_access(&self, ticket: TicketId) -> Result<TicketAccess, StoreError> {
        let text = "select l.created_at, l.last_seen_at, l.generation from secure_link l \
                    join ticket t on t.id = l.ticket_id and t.requester_id = l.participant_id \
                    where l.ticket_id = $1 and l.revoked_at is null";
        let link = one(self.db().reads(), Sql::with(text, [ticket.0.into()])).await?;
        let text = "select l.id, l.browser, l.trusted, l.last_seen_at, g.proven, g.created_at from login_grant g \
                    join login l on l.id = g.login_id where g.ticket_id = $1 and g.revoked_at is null \
                    and l.revoked_at is null and l.expires_at > $2 and $2 - l.last_seen_at < l.idle_ms \
                    order by g.created_at desc, l.id desc";
        let rows = all(self.db().reads(), Sql::with(text, [ticket.0.into(), self.now().into()])).await?;
        let text = "select count(*) as n from alert_mute m join ticket t on t.id = m.ticket_id \
                    and t.requester_id = m.participant_id where m.ticket_id = $1";
        let mutes = one(self.db().reads(), Sql::with(text, [ticket.0.into()])).await?;
        Ok(TicketAccess {
            link: link.map(|row| read_link(&row)).transpose()?,
            sessions: rows.iter().map(read_session).collect::<Outcome<_>>()?,
            muted: mutes.map(|row| row.get::<i64>("n")).transpose()?.unwrap_or_default() > 0,
        })
    }
}

fn read_link(row: &QueryResult) -> Outcome<TicketLink> {
    Ok(TicketLink {
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        generation: row.get("generation")?,
    })
}

fn read_session(row: &QueryResult) -> Outcome<TicketSession> {
    Ok(TicketSession {
        id: row.id("id")?,
        browser: row.get("browser")?,
        proven: row.get("proven")?,
        trusted: row.get("trusted")?,
        opened_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
    })
}

/// The first lock of every transaction here (decisions.md 2). SQLite: it is the only writer already.
pub(super) async fn lock_ticket(tx: &DatabaseTransaction, ticket: TicketId) -> Outcome<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        one(tx, Sql::with("select id from ticket where id = $1 for no key update", [ticket.0.into()])).await?;
    }
    Ok(())
}

/// Under the ticket's lock: ends every right to it but `keep`'s, its live codes, and its links.
pub(in crate::store) async fn void(
    tx: &DatabaseTransaction,
    ticket: TicketId,
    keep: Option<LoginId>,
    now: Millis,
) -> Outcome<Ended> {
    let text = "update secure_link set generation = generation + 1 where ticket_id = $1";
    run(tx, Sql::with(text, [ticket.0.into()])).await?;
    let text = "update access_code set ended_at = $1 where ticket_id = $2 and ended_at is null";
    run(tx, Sql::with(text, [now.into(), ticket.0.into()])).await?;
    let mut whose = Sql::new("");
    if let Some(keep) = keep {
        whose.push(" and login_id <> ").bind(keep.0);
    }
    end_grants(tx, ticket, whose, now).await
}

/// Ends the rights of browsers in which nobody entered a code.
pub(super) async fn end_unproven(tx: &DatabaseTransaction, ticket: TicketId, now: Millis) -> Outcome<Ended> {
    let mut whose = Sql::new(" and proven = ");
    whose.bind(false);
    end_grants(tx, ticket, whose, now).await
}

/// `whose` follows what names the ticket.
async fn end_grants(db: &impl ConnectionTrait, ticket: TicketId, whose: Sql, now: Millis) -> Outcome<Ended> {
    let mut sql = Sql::new("update login_grant set revoked_at = ");
    sql.bind(now).push(" where revoked_at is null and ticket_id = ").bind(ticket.0);
    sql.append(whose).push(" returning login_id, participant_id");
    let mut ended = Ended::default();
    for row in all(db, sql).await? {
        ended.logins.push(row.id("login_id")?);
        ended.participants.push(row.id("participant_id")?);
    }
    ended.participants.sort_unstable();
    ended.participants.dedup();
    Ok(ended)
}
