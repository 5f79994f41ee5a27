//! What the logs say: each event can be read, requesters have numbers for what they may see and for nothing else
//! (invariant 11), files that are named are there, and each ticket is what its log made of it (invariant 20).

use std::collections::{BTreeMap, HashMap};

use protocol::model::{AgentBody, AgentTicket, Attachment, PublicTicket, Status};
use protocol::{AttachmentId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::tickets::OfTickets;
use crate::domain::fold::Ticket;
use crate::domain::limits::TEXTS_CHECKED_AT_ONCE;
use crate::store::fault::Outcome;
use crate::store::rows::{EVENT, EventRow, TICKET, TICKET_FROM, TicketRow, kind};
use crate::store::sql::{Columns, Sql, all_patiently};

/// A ticket as it was opened, into which its log is folded.
struct Folding {
    row: TicketRow,
    agent: AgentTicket,
    public: PublicTicket,
    /// What its requester has been told of so far.
    pub_seq: i64,
    is_misnumbered: bool,
}

/// A file that an event names.
type Named = (AttachmentId, TicketId, i64);

/// Of the tickets after one and up to another: in one state of the database, since each log is folded as a whole.
pub(super) async fn check(tx: &DatabaseTransaction, after: Uuid, last: Uuid, found: &mut OfTickets) -> Outcome<()> {
    let mut tickets = tickets(tx, after, last, found).await?;
    let mut place = (after, i64::MAX);
    loop {
        let text = format!(
            "select e.ticket_id, e.kind, {EVENT} from event e where (e.ticket_id, e.seq) > ($1, $2) \
             and e.ticket_id <= $3 order by e.ticket_id, e.seq limit $4"
        );
        let values = [place.0.into(), place.1.into(), last.into(), TEXTS_CHECKED_AT_ONCE.into()];
        let rows = all_patiently(tx, Sql::with(text, values)).await?;
        let Some(end) = rows.last() else { break };
        place = (end.get("ticket_id")?, end.get("seq")?);
        let mut named = Vec::new();
        for row in &rows {
            let ticket = row.id("ticket_id")?;
            let event = read(row, ticket, found)?;
            if let Some(event) = &event {
                named.extend(files_of(&event.event.body).iter().map(|file| (file.id, ticket, event.event.n)));
            }
            let Some(folding) = tickets.get_mut(&ticket) else { continue };
            match event {
                Some(event) => folding.fold(&event, found),
                // It is told; what follows is numbered after it all the same.
                None => folding.pub_seq = row.get::<Option<i64>>("pub_seq")?.unwrap_or(folding.pub_seq),
            }
        }
        bound(tx, &named, found).await?;
    }
    for folding in tickets.values() {
        folding.compare(found);
    }
    Ok(())
}

async fn tickets(
    tx: &DatabaseTransaction,
    after: Uuid,
    last: Uuid,
    found: &mut OfTickets,
) -> Outcome<BTreeMap<TicketId, Folding>> {
    let text = [TICKET, TICKET_FROM, "where t.id > $1 and t.id <= $2"].concat();
    let mut tickets = BTreeMap::new();
    for row in all_patiently(tx, Sql::with(text, [after.into(), last.into()])).await? {
        let id = row.id("id")?;
        match TicketRow::read(&row) {
            Ok(row) => {
                tickets.insert(id, Folding::new(row));
            }
            Err(_) => found.logs.add(|| format!("the ticket {id} cannot be read")),
        }
    }
    Ok(tickets)
}

/// An event of a kind that is known, which its body is of too.
fn read(row: &QueryResult, ticket: TicketId, found: &mut OfTickets) -> Outcome<Option<EventRow>> {
    let (seq, said): (i64, String) = (row.get("seq")?, row.get("kind")?);
    let event = EventRow::read(row).ok().filter(|event| kind(&event.event.body) == said);
    if event.is_none() {
        found.logs.add(|| format!("the event {seq} of the ticket {ticket} cannot be read"));
    }
    Ok(event)
}

fn files_of(body: &AgentBody) -> &[Attachment] {
    match body {
        AgentBody::Message(message) => &message.attachments,
        AgentBody::Note(note) => &note.attachments,
        _ => &[],
    }
}

/// Each file that an event names has its row, which names the event.
async fn bound(tx: &DatabaseTransaction, named: &[Named], found: &mut OfTickets) -> Outcome<()> {
    if named.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("select id, ticket_id, seq from attachment where id ");
    sql.one_of(tx.get_database_backend(), named.iter().map(|(id, ..)| id.0));
    let mut there: HashMap<AttachmentId, (TicketId, Option<i64>)> = HashMap::new();
    for row in all_patiently(tx, sql).await? {
        there.insert(row.id("id")?, (row.id("ticket_id")?, row.get("seq")?));
    }
    for (id, ticket, seq) in named {
        if there.get(id) != Some(&(*ticket, Some(*seq))) {
            found
                .attachments
                .add(|| format!("the event {seq} of the ticket {ticket} names {id}, which is not its own"));
        }
    }
    Ok(())
}

impl Folding {
    fn new(row: TicketRow) -> Self {
        // A continuation has its team from the ticket that it continues: of that no event tells.
        let agent = AgentTicket { status: Status::Open, theirs: 0, assignee: None, ..row.agent.clone() };
        let public = PublicTicket { theirs: 0, ..row.public.clone() };
        Self { row, agent, public, pub_seq: 0, is_misnumbered: false }
    }

    fn fold(&mut self, event: &EventRow, found: &mut OfTickets) {
        let next = event.is_public().then_some(self.pub_seq + 1);
        if event.pub_seq != next && !self.is_misnumbered {
            // What follows is off by as much: once is enough.
            self.is_misnumbered = true;
            let (ticket, seq) = (self.agent.id, event.event.n);
            found.public_numbers.add(|| {
                let [has, due] = [event.pub_seq, next].map(|n| n.map_or("none".to_owned(), |n| n.to_string()));
                format!("the event {seq} of the ticket {ticket} has the number {has} for requesters, and {due} is due")
            });
        }
        self.pub_seq = next.unwrap_or(self.pub_seq);
        self.agent.fold(&event.event, None);
        if let Some(public) = event.public() {
            self.public.fold(&public, None);
        }
    }

    fn compare(&self, found: &mut OfTickets) {
        let (kept, id) = (&self.row.agent, self.agent.id);
        let people = |ticket: &AgentTicket| {
            (ticket.team.as_ref().map(|team| team.id), ticket.assignee.as_ref().map(|agent| agent.id))
        };
        let same = [
            ("status", kept.status == self.agent.status),
            ("team or agent", people(kept) == people(&self.agent)),
            ("count of messages", (kept.theirs, self.row.public.theirs) == (self.agent.theirs, self.public.theirs)),
        ];
        for (what, _) in same.into_iter().filter(|(_, is_same)| !is_same) {
            found.logs.add(|| format!("the {what} of the ticket {id} is not what its log says"));
        }
    }
}
