//! The rows of attention: what each recipient has not seen of a ticket, and when a mail is due.

use protocol::{ParticipantId, SiteId, TicketId};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use uuid::Uuid;

use crate::domain::alert::{AlertTimes, Audience, Hold};
use crate::domain::attention::{Attention, Wanted};
use crate::store::fault::{Fault, Outcome};
use crate::store::sql::{Columns, Sql, all, one, run};

/// For whom a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Recipient {
    /// The customer or guest.
    Requester(ParticipantId),
    Agent(ParticipantId),
    /// Everybody of a team while nobody is assigned; of the whole site (by its id) when the ticket has
    /// no team either.
    Team(Uuid),
}

/// A row, as it stands or is to be written.
#[derive(Clone, Debug)]
pub(in crate::store) struct AttentionRow {
    pub id: Uuid,
    pub site: SiteId,
    pub ticket: TicketId,
    pub recipient: Recipient,
    pub state: Attention,
}

/// What [`AttentionRow::read`] needs beside `recipient_kind`; `a` is the row.
pub(super) const ATTENTION_COLUMNS: &str = "a.id, a.site_id, a.ticket_id, a.recipient_id, a.team_id, a.wanted_seq, \
    a.wanted_kind, a.read_seq, a.mailed_seq, a.first_unread_at, a.last_wanted_at, a.mail_due, a.mail_n, \
    a.mail_allowed_at, a.hold_reason";

impl AttentionRow {
    pub(super) fn read(row: &QueryResult) -> Outcome<Self> {
        let kind: Option<String> = row.get("recipient_kind")?;
        let recipient = match (row.id_or_none("recipient_id")?, row.get::<Option<Uuid>>("team_id")?) {
            (Some(one), _) if kind.as_deref() == Some("agent") => Recipient::Agent(one),
            (Some(one), _) => Recipient::Requester(one),
            (None, Some(team)) => Recipient::Team(team),
            (None, None) => return Err(Fault::Failed("an attention row stands for nobody".to_owned())),
        };
        let hold: Option<String> = row.get("hold_reason")?;
        Ok(Self {
            id: row.get("id")?,
            site: row.id("site_id")?,
            ticket: row.id("ticket_id")?,
            recipient,
            state: Attention {
                wanted: row.get("wanted_seq")?,
                kind: wanted(&row.get::<String>("wanted_kind")?)?,
                read: row.get("read_seq")?,
                mailed: row.get("mailed_seq")?,
                first_unread_at: row.get("first_unread_at")?,
                last_wanted_at: row.get("last_wanted_at")?,
                mail_due: row.get("mail_due")?,
                mail_n: row.get("mail_n")?,
                mail_allowed_at: row.get("mail_allowed_at")?,
                hold: hold.as_deref().and_then(Hold::from_word),
            },
        })
    }

    fn values(&self) -> [Value; 15] {
        let (one, team) = match self.recipient {
            Recipient::Requester(one) | Recipient::Agent(one) => (Some(one.0), None),
            Recipient::Team(team) => (None, Some(team)),
        };
        let state = &self.state;
        [
            self.id.into(),
            self.site.0.into(),
            self.ticket.0.into(),
            one.into(),
            team.into(),
            state.wanted.into(),
            wanted_word(state.kind).into(),
            state.read.into(),
            state.mailed.into(),
            state.first_unread_at.into(),
            state.last_wanted_at.into(),
            state.mail_due.into(),
            state.mail_n.into(),
            state.mail_allowed_at.into(),
            state.hold.map(Hold::word).into(),
        ]
    }
}

/// The rows of some tickets, locked until the transaction ends.
pub(in crate::store) async fn rows_of(
    db: &impl ConnectionTrait,
    tickets: impl IntoIterator<Item = TicketId>,
) -> Outcome<Vec<AttentionRow>> {
    let backend = db.get_database_backend();
    let mut sql = Sql::new(format!(
        "select p.kind as recipient_kind, {ATTENTION_COLUMNS} from attention a \
         left join participant p on p.id = a.recipient_id where a.ticket_id "
    ));
    sql.one_of(backend, tickets.into_iter().map(|ticket| ticket.0));
    if backend == DbBackend::Postgres {
        // The order of the locks (decisions.md 2).
        sql.push(" order by a.ticket_id, a.id for no key update of a");
    }
    all(db, sql).await?.iter().map(AttentionRow::read).collect()
}

/// Writes rows whole, new ones and changed ones. Their locks are held.
pub(in crate::store) async fn save(db: &impl ConnectionTrait, rows: &[AttentionRow]) -> Outcome<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let names = "id, site_id, ticket_id, recipient_id, team_id, wanted_seq, wanted_kind, read_seq, mailed_seq, \
                 first_unread_at, last_wanted_at, mail_due, mail_n, mail_allowed_at, hold_reason";
    let into = format!("attention ({names}, pushed_seq, version)");
    let mut sql =
        Sql::insert_as(names, rows.iter().map(AttentionRow::values).collect(), &into, &format!("{names}, 0, 0"));
    sql.push(
        " on conflict (id) do update set wanted_seq = excluded.wanted_seq, \
         wanted_kind = excluded.wanted_kind, read_seq = excluded.read_seq, mailed_seq = excluded.mailed_seq, \
         first_unread_at = excluded.first_unread_at, last_wanted_at = excluded.last_wanted_at, \
         mail_due = excluded.mail_due, mail_n = excluded.mail_n, mail_allowed_at = excluded.mail_allowed_at, \
         hold_reason = excluded.hold_reason, version = attention.version + 1",
    );
    run(db, sql).await?;
    Ok(())
}

/// Ends the mails that were queued about what has been read since.
pub(in crate::store) async fn cancel_read(
    db: &impl ConnectionTrait,
    read: impl IntoIterator<Item = (Uuid, i64)>,
    now: i64,
) -> Outcome<()> {
    let rows: Vec<[Value; 2]> = read.into_iter().map(|(row, read)| [row.into(), read.into()]).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("with v(attention_id, read_seq) as (");
    sql.rows_to_find(rows).push(") update delivery set state = 'cancelled', done_at = ").bind(now).push(
        " from v where delivery.state = 'queued' and delivery.attention_id = v.attention_id \
         and delivery.cover_seq <= v.read_seq",
    );
    run(db, sql).await?;
    Ok(())
}

/// A guest's address was confirmed. What was read in the browsers of that guest counts from now on, and
/// mails that waited for this need wait no longer.
pub(in crate::store) async fn confirmed(
    db: &impl ConnectionTrait,
    ticket: TicketId,
    guest: ParticipantId,
    times: &AlertTimes,
    now: i64,
) -> Outcome<()> {
    let rows = rows_of(db, [ticket]).await?;
    let text = "select read_n from read_mark where ticket_id = $1 and participant_id = $2";
    let read = one(db, Sql::with(text, [ticket.0.into(), guest.0.into()])).await?;
    let read: i64 = read.map(|row| row.get("read_n")).transpose()?.unwrap_or_default();
    for mut row in rows.into_iter().filter(|row| row.recipient == Recipient::Requester(guest)) {
        row.state.reads(read);
        row.state.begin_anew(now, times.pace(Audience::Guest));
        cancel_read(db, [(row.id, row.state.read)], now).await?;
        save(db, &[row]).await?;
    }
    let text = "update delivery set due_at = $1, hold_reason = null where recipient_id = $2 and state = 'queued' \
                and hold_reason is not null and lease is null";
    run(db, Sql::with(text, [now.into(), guest.0.into()])).await?;
    Ok(())
}

fn wanted(word: &str) -> Outcome<Wanted> {
    match word {
        "reply" => Ok(Wanted::Reply),
        "ask" => Ok(Wanted::Asked),
        "solved" => Ok(Wanted::Solved),
        "reopened" => Ok(Wanted::Reopened),
        "mention" => Ok(Wanted::Mentioned),
        _ => Err(Fault::Failed(format!("an attention row wants {word:?}"))),
    }
}

fn wanted_word(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Reply => "reply",
        Wanted::Asked => "ask",
        Wanted::Solved => "solved",
        Wanted::Reopened => "reopened",
        Wanted::Mentioned => "mention",
    }
}
