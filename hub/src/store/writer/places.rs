//! Marks: how far somebody has got, in their own numbering and in the other side's.

use protocol::TicketId;
use sea_orm::{DatabaseTransaction, Value};

use super::batch::Job;
use super::load::Loaded;
use super::{Committed, CommittedMark, MarkMove};
use crate::domain::access::Audience;
use crate::store::fault::Outcome;
use crate::store::rows::TicketRow;
use crate::store::sql::{Columns, Sql, all};
use crate::store::who;

/// A number of one's own log, and the last number of the other side's log up to there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub n: i64,
    pub other_n: i64,
}

/// Where somebody's marks stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub audience: Audience,
    pub delivered: Place,
    pub read: Place,
    /// Messages of the other side up to `read`.
    pub theirs_read: i64,
    pub changed: bool,
}

impl Standing {
    pub fn none(audience: Audience) -> Self {
        Self { audience, delivered: Place::default(), read: Place::default(), theirs_read: 0, changed: false }
    }

    /// Everything up to the ticket's last event is read.
    pub fn at_end(audience: Audience, ticket: &TicketRow) -> Self {
        let place = end(audience, ticket);
        Self { audience, delivered: place, read: place, theirs_read: theirs(audience, ticket), changed: true }
    }

    /// Moves forward only. Answers whether anything moved.
    pub fn advance(&mut self, asked: &Asked) -> bool {
        let before = (self.delivered, self.read);
        if let Some((place, theirs)) = asked.read.filter(|(place, _)| place.n > self.read.n) {
            (self.read, self.theirs_read) = (place, theirs);
        }
        // What was read has been delivered.
        for place in asked.delivered.into_iter().chain([self.read]) {
            if place.n > self.delivered.n {
                self.delivered = place;
            }
        }
        let moved = before != (self.delivered, self.read);
        self.changed |= moved;
        moved
    }
}

/// Where the numbers of a move lie.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub delivered: Option<Place>,
    pub read: Option<(Place, i64)>,
}

/// The last place of a ticket's log.
pub(super) fn end(audience: Audience, ticket: &TicketRow) -> Place {
    match audience {
        Audience::Agent => Place { n: ticket.agent.last_n, other_n: ticket.public.last_n },
        Audience::Requester => Place { n: ticket.public.last_n, other_n: ticket.agent.last_n },
    }
}

/// How many messages the other side has written.
pub(super) fn theirs(audience: Audience, ticket: &TicketRow) -> i64 {
    match audience {
        Audience::Agent => ticket.agent.theirs,
        Audience::Requester => ticket.public.theirs,
    }
}

/// What the marks of the batch are, and where the numbers lie that they are to move to.
pub(super) async fn read(tx: &DatabaseTransaction, loaded: &mut Loaded, jobs: &[Job]) -> Outcome<()> {
    let marks: Vec<MarkMove> =
        jobs.iter().filter_map(|job| if let Job::Mark(mark) = job { Some(*mark) } else { None }).collect();
    if marks.is_empty() {
        return Ok(());
    }
    let stored = read_stored(tx, &marks).await?;
    loaded.asked = vec![Asked::default(); marks.len()];
    let mut numbers = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        let Some(ticket) = loaded.tickets.get(&mark.ticket) else { continue };
        let last = end(mark.audience, ticket).n;
        let stored =
            stored.iter().find(|stored| (stored.ticket, stored.participant) == (mark.ticket, mark.participant.0));
        let (delivered, read) = stored.map_or((0, 0), |stored| (stored.delivered_n, stored.read_n));
        let standing =
            Standing { theirs_read: stored.map_or(0, |stored| stored.theirs_read), ..Standing::none(mark.audience) };
        loaded.standings.insert((mark.ticket, mark.participant), standing);
        // A move to the end, the common one, needs no look-up.
        let inside = |n: Option<i64>, above: i64| n.filter(|n| *n > above && *n < last);
        let wanted = [
            (STOOD_DELIVERED, Some(delivered)),
            (STOOD_READ, Some(read)),
            (DELIVERED, inside(mark.delivered_n, delivered)),
            (READ, inside(mark.read_n, read)),
        ];
        numbers.extend(wanted.into_iter().filter_map(|(what, n)| Some(number(index, what, mark, n?, read))));
    }
    for row in read_numbers(tx, numbers).await? {
        let mark = &marks[usize::try_from(row.index).unwrap_or_default()];
        let standing = loaded.standings.get_mut(&(mark.ticket, mark.participant)).expect("inserted above");
        let asked = &mut loaded.asked[usize::try_from(row.index).unwrap_or_default()];
        match row.what {
            STOOD_DELIVERED => standing.delivered = row.place,
            STOOD_READ => standing.read = row.place,
            DELIVERED => asked.delivered = Some(row.place),
            _ => asked.read = Some((row.place, standing.theirs_read + row.gained)),
        }
    }
    Ok(())
}

const STOOD_DELIVERED: i64 = 0;
const STOOD_READ: i64 = 1;
const DELIVERED: i64 = 2;
const READ: i64 = 3;

struct Stored {
    ticket: TicketId,
    participant: uuid::Uuid,
    delivered_n: i64,
    read_n: i64,
    theirs_read: i64,
}

async fn read_stored(tx: &DatabaseTransaction, marks: &[MarkMove]) -> Outcome<Vec<Stored>> {
    let keys: Vec<[Value; 2]> = marks.iter().map(|mark| [mark.ticket.0.into(), mark.participant.0.into()]).collect();
    let mut sql = Sql::new("with k(ticket_id, participant_id) as (");
    sql.rows_to_find(keys).push(
        ") select distinct m.ticket_id, m.participant_id, m.delivered_n, m.read_n, m.theirs_read from k \
         join read_mark m on m.ticket_id = k.ticket_id and m.participant_id = k.participant_id",
    );
    let rows = all(tx, sql).await?;
    rows.iter()
        .map(|row| {
            Ok(Stored {
                ticket: row.id("ticket_id")?,
                participant: row.get("participant_id")?,
                delivered_n: row.get("delivered_n")?,
                read_n: row.get("read_n")?,
                theirs_read: row.get("theirs_read")?,
            })
        })
        .collect()
}

fn number(index: usize, what: i64, mark: &MarkMove, n: i64, since: i64) -> [Value; 6] {
    let index = i64::try_from(index).unwrap_or_default();
    [index.into(), what.into(), mark.ticket.0.into(), who::side_word(mark.audience), n.into(), since.into()]
}

struct Number {
    index: i64,
    what: i64,
    place: Place,
    /// Messages of the other side since the mark's old place.
    gained: i64,
}

async fn read_numbers(tx: &DatabaseTransaction, numbers: Vec<[Value; 6]>) -> Outcome<Vec<Number>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("with k(i, what, ticket_id, side, n, since) as (");
    sql.rows_to_find(numbers).push(
        ") select k.i, k.what, k.n, \
         coalesce(case k.side when 'agent' then (select e.pub_seq from event e where e.ticket_id = k.ticket_id \
         and e.seq <= k.n and e.pub_seq is not null order by e.seq desc limit 1) \
         else (select e.seq from event e where e.ticket_id = k.ticket_id and e.pub_seq = k.n) end, 0) as other_n, \
         case when k.what <> 3 then 0 when k.side = 'agent' then (select count(*) from event e \
         where e.ticket_id = k.ticket_id and e.seq > k.since and e.seq <= k.n and e.kind = 'message' \
         and e.side = 'requester') else (select count(*) from event e where e.ticket_id = k.ticket_id \
         and e.pub_seq > k.since and e.pub_seq <= k.n and e.kind = 'message' and e.side = 'agent') end as gained \
         from k order by k.i, k.what",
    );
    let rows = all(tx, sql).await?;
    rows.iter()
        .map(|row| {
            let place = Place { n: row.get("n")?, other_n: row.get("other_n")? };
            Ok(Number { index: row.get("i")?, what: row.get("what")?, place, gained: row.get("gained")? })
        })
        .collect()
}

/// What the others are told of a mark that moved.
pub(super) fn committed(
    mark: &MarkMove,
    standing: &Standing,
    ticket: &TicketRow,
    at: protocol::Millis,
) -> CommittedMark {
    use protocol::model::{Mark, Side};
    let side = match mark.audience {
        Audience::Agent => Side::Agent,
        Audience::Requester => Side::Requester,
    };
    let participant = mark.participant;
    let own = Mark { participant, side, delivered_n: standing.delivered.n, read_n: standing.read.n };
    let other = Mark { participant, side, delivered_n: standing.delivered.other_n, read_n: standing.read.other_n };
    let (for_agents, for_requesters) = match mark.audience {
        Audience::Agent => (own, other),
        Audience::Requester => (other, own),
    };
    let unread = theirs(mark.audience, ticket) - standing.theirs_read;
    CommittedMark { ticket: ticket.as_ref(), for_agents, for_requesters, unread, at }
}

impl From<CommittedMark> for Committed {
    fn from(mark: CommittedMark) -> Self {
        Self::Mark(mark)
    }
}
