//! Reading a ticket's log: snapshots, their older pages, and the feed after a number.

use protocol::TicketId;
use protocol::frame::AnyEvent;
use protocol::model::{AgentTicket, Mark, PublicTicket, Side};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};

use super::{AgentView, Events, PublicView, Snapshot};
use crate::domain::access::{Audience, Readable};
use crate::domain::fold;
use crate::domain::limits::{EVENTS_MAX, EVENTS_PAGE};
use crate::store::db::commit;
use crate::store::fault::{Fault, Outcome};
use crate::store::rows::{EVENT, EventRow, TICKET, TICKET_FROM, TicketRow};
use crate::store::sql::{Columns, Sql, all, one};
use crate::store::{Store, StoreError};

/// One audience's way through the log.
trait Form: fold::Ticket {
    /// The column that numbers it.
    const NUMBER: &'static str;
    const AUDIENCE: Audience;

    fn of(row: TicketRow) -> Self;
    fn last_n(&self) -> i64;
    fn theirs(&self) -> i64;
    fn event(row: EventRow) -> Option<Self::Event>;
}

impl Form for AgentTicket {
    const NUMBER: &'static str = "seq";
    const AUDIENCE: Audience = Audience::Agent;

    fn of(row: TicketRow) -> Self {
        row.agent
    }

    fn last_n(&self) -> i64 {
        self.last_n
    }

    fn theirs(&self) -> i64 {
        self.theirs
    }

    fn event(row: EventRow) -> Option<Self::Event> {
        Some(row.event)
    }
}

impl Form for PublicTicket {
    const NUMBER: &'static str = "pub_seq";
    const AUDIENCE: Audience = Audience::Requester;

    fn of(row: TicketRow) -> Self {
        row.public
    }

    fn last_n(&self) -> i64 {
        self.last_n
    }

    fn theirs(&self) -> i64 {
        self.theirs
    }

    fn event(row: EventRow) -> Option<Self::Event> {
        row.public()
    }
}

impl Store {
    /// The last page, or the page before number `before`. For an agent's `Readable` only.
    pub async fn agent_snapshot(&self, ticket: &Readable<'_>, before: Option<i64>) -> Result<AgentView, StoreError> {
        Ok(self.snapshot(ticket, before).await?)
    }

    /// For a requester's `Readable` only.
    pub async fn public_snapshot(&self, ticket: &Readable<'_>, before: Option<i64>) -> Result<PublicView, StoreError> {
        Ok(self.snapshot(ticket, before).await?)
    }

    /// Events after a number in the reader's numbering and form, at most `limit`.
    pub async fn events_after(&self, ticket: &Readable<'_>, after: i64, limit: u64) -> Result<Events, StoreError> {
        self.feed_after(ticket.ticket().id, ticket.audience(), after, limit).await
    }

    /// The same for live delivery, whose subscribers were checked when they joined.
    pub async fn feed_after(
        &self,
        ticket: TicketId,
        audience: Audience,
        after: i64,
        limit: u64,
    ) -> Result<Events, StoreError> {
        let db = self.db().reads();
        Ok(match audience {
            Audience::Agent => feed::<AgentTicket>(db, ticket, after, limit, AnyEvent::Agent).await?,
            Audience::Requester => feed::<PublicTicket>(db, ticket, after, limit, AnyEvent::Public).await?,
        })
    }

    async fn snapshot<T: Form>(&self, ticket: &Readable<'_>, before: Option<i64>) -> Outcome<Snapshot<T, T::Event>> {
        if ticket.audience() != T::AUDIENCE {
            return Err(Fault::Failed("a snapshot was asked for in the other audience's form".to_owned()));
        }
        let tx = self.db().look().await?;
        let snapshot = read_snapshot(&tx, ticket, before).await?;
        commit(tx).await?;
        Ok(snapshot)
    }
}

async fn read_snapshot<T: Form>(
    tx: &DatabaseTransaction,
    readable: &Readable<'_>,
    before: Option<i64>,
) -> Outcome<Snapshot<T, T::Event>> {
    let id = readable.ticket().id;
    let text = [TICKET, TICKET_FROM, "where t.id = $1"].concat();
    let row = one(tx, Sql::with(text, [id.0.into()])).await?;
    let row = row.ok_or_else(|| Fault::Failed("a ticket that was there is gone".to_owned()))?;
    let ticket = T::of(TicketRow::read(&row)?);
    let (events, has_older) = page::<T>(tx, id, before).await?;
    let marks = marks::<T>(tx, id).await?;
    let own = marks.iter().find(|mark| mark.0.participant == readable.reader());
    let (read_n, theirs_read) = own.map_or((0, 0), |(mark, theirs_read)| (mark.read_n, *theirs_read));
    Ok(Snapshot {
        cursor: ticket.last_n(),
        unread: ticket.theirs() - theirs_read,
        ticket,
        events,
        has_older,
        read_n,
        marks: marks.into_iter().map(|(mark, _)| mark).collect(),
    })
}

/// A page of what people see, with every edit and redaction of it applied, however late it came.
async fn page<T: Form>(
    tx: &DatabaseTransaction,
    ticket: TicketId,
    before: Option<i64>,
) -> Outcome<(Vec<T::Event>, bool)> {
    let number = T::NUMBER;
    let text = format!(
        "select {EVENT} from event e where e.ticket_id = $1 and e.{number} < $2 \
         and e.kind not in ('edited', 'redacted') order by e.{number} desc limit $3"
    );
    let limit = i64::try_from(EVENTS_PAGE).unwrap_or(i64::MAX);
    let rows =
        all(tx, Sql::with(text, [ticket.0.into(), before.unwrap_or(i64::MAX).into(), (limit + 1).into()])).await?;
    let has_older = rows.len() as u64 > EVENTS_PAGE;
    let mut rows = rows.iter().take(EVENTS_PAGE as usize).map(EventRow::read).collect::<Outcome<Vec<_>>>()?;
    rows.reverse();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok((Vec::new(), false)) };
    let revisions =
        format!("select {EVENT} from event e where e.ticket_id = $1 and e.target_seq between $2 and $3 order by e.seq");
    let range = [ticket.0.into(), first.event.n.into(), last.event.n.into()];
    let revisions = all(tx, Sql::with(revisions, range)).await?;
    let mut events: Vec<T::Event> = rows.into_iter().filter_map(T::event).collect();
    for row in &revisions {
        if let Some(revision) = T::event(EventRow::read(row)?) {
            fold::revise(&mut events, &revision);
        }
    }
    Ok((events, has_older))
}

/// Everybody's marks in the reader's numbering, each with how many messages of the other side it covers.
async fn marks<T: Form>(tx: &DatabaseTransaction, ticket: TicketId) -> Outcome<Vec<(Mark, i64)>> {
    let (own, other) = match T::AUDIENCE {
        Audience::Agent => ("agent", "select e.seq from event e where e.ticket_id = m.ticket_id and e.pub_seq = m."),
        Audience::Requester => (
            "requester",
            "select e.pub_seq from event e where e.ticket_id = m.ticket_id and e.pub_seq is not null and e.seq <= m.",
        ),
    };
    let translated = |column: &str| {
        format!(
            "case when m.side = '{own}' then m.{column} else coalesce(({other}{column} order by e.seq desc limit 1), 0) end"
        )
    };
    let text = format!(
        "select m.participant_id, m.side, m.theirs_read, {} as delivered, {} as read_up_to \
         from read_mark m where m.ticket_id = $1 order by m.participant_id",
        translated("delivered_n"),
        translated("read_n"),
    );
    let rows = all(tx, Sql::with(text, [ticket.0.into()])).await?;
    rows.iter().map(mark).collect()
}

fn mark(row: &QueryResult) -> Outcome<(Mark, i64)> {
    let mark = Mark {
        participant: row.id("participant_id")?,
        side: row.word::<Side>("side")?,
        delivered_n: row.get("delivered")?,
        read_n: row.get("read_up_to")?,
    };
    Ok((mark, row.get("theirs_read")?))
}

/// One statement, so that the events and the last number are of one look.
async fn feed<T: Form>(
    db: &impl ConnectionTrait,
    ticket: TicketId,
    after: i64,
    limit: u64,
    form: impl Fn(T::Event) -> AnyEvent,
) -> Outcome<Events> {
    let number = T::NUMBER;
    let text = format!(
        "select t.last_{number} as last_n, {EVENT} from ticket t \
         left join event e on e.ticket_id = t.id and e.{number} > $2 \
         where t.id = $1 order by e.{number} limit $3"
    );
    let limit = i64::try_from(limit.min(EVENTS_MAX)).unwrap_or(i64::MAX);
    let rows = all(db, Sql::with(text, [ticket.0.into(), after.into(), limit.into()])).await?;
    let mut events = Events { events: Vec::with_capacity(rows.len()), last_n: 0 };
    for row in &rows {
        events.last_n = row.get("last_n")?;
        if row.get::<Option<i64>>("seq")?.is_some() {
            events.events.extend(T::event(EventRow::read(row)?).map(&form));
        }
    }
    Ok(events)
}
