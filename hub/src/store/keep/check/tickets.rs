//! What has to be so in each ticket: dense numbers, single client ids, marks within the log, files of messages; and
//! what its log says (`logs`).

use sea_orm::{DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::{Wrong, logs};
use crate::domain::limits::TICKETS_CHECKED_AT_ONCE;
use crate::store::db::rollback;
use crate::store::fault::{Fault, Outcome};
use crate::store::keep::Look;
use crate::store::sql::{Columns, Sql, all_patiently};

#[derive(Default)]
pub(super) struct OfTickets {
    pub numbers: Wrong,
    pub public_numbers: Wrong,
    pub client_ids: Wrong,
    pub marks: Wrong,
    pub attachments: Wrong,
    pub logs: Wrong,
}

/// Some tickets at a time, each lot in one state of the database.
pub(super) async fn check(look: &Look) -> Outcome<OfTickets> {
    let mut found = OfTickets::default();
    let mut after = Uuid::nil();
    loop {
        let tx = look.state().await?;
        let last = match last_of_lot(&tx, after).await {
            Ok(None) => return Ok(found),
            Ok(Some(last)) => last,
            Err(fault) => return found.cannot_be_looked_at(fault),
        };
        let looked = found.numbers(&tx, after, last).await;
        found.public_numbers.take(looked.clone())?;
        found.numbers.take(looked)?;
        let looked = found.client_ids(&tx, after, last).await;
        found.client_ids.take(looked)?;
        let looked = found.marks(&tx, after, last).await;
        found.marks.take(looked)?;
        let looked = found.attachments(&tx, after, last).await;
        found.attachments.take(looked)?;
        let looked = logs::check(&tx, after, last, &mut found).await;
        found.logs.take(looked)?;
        rollback(tx).await?;
        after = last;
    }
}

/// The last ticket of those that are looked at next.
async fn last_of_lot(tx: &DatabaseTransaction, after: Uuid) -> Outcome<Option<Uuid>> {
    let text =
        "select id from (select id from ticket where id > $1 order by id limit $2) as lot order by id desc limit 1";
    let rows = all_patiently(tx, Sql::with(text, [after.into(), TICKETS_CHECKED_AT_ONCE.into()])).await?;
    rows.first().map(|row| row.get("id")).transpose()
}

impl OfTickets {
    /// None of its lines is well where not even the tickets can be read.
    fn cannot_be_looked_at(mut self, fault: Fault) -> Outcome<Self> {
        let lines = [
            &mut self.numbers,
            &mut self.public_numbers,
            &mut self.client_ids,
            &mut self.marks,
            &mut self.attachments,
            &mut self.logs,
        ];
        for wrong in lines {
            wrong.take::<()>(Err(fault.clone()))?;
        }
        Ok(self)
    }

    async fn numbers(&mut self, tx: &DatabaseTransaction, after: Uuid, last: Uuid) -> Outcome<()> {
        let text = "with p as (select id, last_seq, last_pub_seq from ticket where id > $1 and id <= $2) \
                    select p.id, p.last_seq, p.last_pub_seq, count(e.seq) as n, count(distinct e.seq) as different, \
                    coalesce(min(e.seq), 0) as low, coalesce(max(e.seq), 0) as top, count(e.pub_seq) as pub_n, \
                    count(distinct e.pub_seq) as pub_different, coalesce(min(e.pub_seq), 0) as pub_low, \
                    coalesce(max(e.pub_seq), 0) as pub_top from p left join event e on e.ticket_id = p.id \
                    group by p.id, p.last_seq, p.last_pub_seq order by p.id";
        for row in all_patiently(tx, Sql::with(text, [after.into(), last.into()])).await? {
            let id: Uuid = row.get("id")?;
            look_at_log(&mut self.numbers, id, Log::read(&row, ["last_seq", "n", "different", "low", "top"])?);
            let public = ["last_pub_seq", "pub_n", "pub_different", "pub_low", "pub_top"];
            look_at_log(&mut self.public_numbers, id, Log::read(&row, public)?);
        }
        Ok(())
    }

    /// Invariant 3.
    async fn client_ids(&mut self, tx: &DatabaseTransaction, after: Uuid, last: Uuid) -> Outcome<()> {
        let text = "select ticket_id, author_id, client_id, count(*) as n from event \
                    where ticket_id > $1 and ticket_id <= $2 and client_id is not null \
                    group by ticket_id, author_id, client_id having count(*) > 1 order by 1, 2, 3";
        for row in all_patiently(tx, Sql::with(text, [after.into(), last.into()])).await? {
            let (ticket, client_id): (Uuid, Uuid) = (row.get("ticket_id")?, row.get("client_id")?);
            let n: i64 = row.get("n")?;
            self.client_ids.add(|| format!("the ticket {ticket} has {n} events with the client id {client_id}"));
        }
        Ok(())
    }

    /// They are within the log, and count the other side's messages up to where somebody has read.
    async fn marks(&mut self, tx: &DatabaseTransaction, after: Uuid, last: Uuid) -> Outcome<()> {
        let text = "select * from (select m.ticket_id, m.participant_id, m.delivered_n, m.read_n, m.theirs_read, \
                    case m.side when 'agent' then t.last_seq when 'requester' then t.last_pub_seq else -1 end as top, \
                    case m.side when 'agent' then (select count(*) from event e where e.ticket_id = m.ticket_id \
                    and e.kind = 'message' and e.side = 'requester' and e.seq <= m.read_n) \
                    else (select count(*) from event e where e.ticket_id = m.ticket_id \
                    and e.kind = 'message' and e.side = 'agent' and e.pub_seq <= m.read_n) end as theirs \
                    from read_mark m join ticket t on t.id = m.ticket_id where t.id > $1 and t.id <= $2) as marks \
                    where delivered_n > top or read_n > top or delivered_n < 0 or read_n < 0 or theirs_read <> theirs \
                    order by 1, 2";
        for row in all_patiently(tx, Sql::with(text, [after.into(), last.into()])).await? {
            let (ticket, whose): (Uuid, Uuid) = (row.get("ticket_id")?, row.get("participant_id")?);
            let (delivered, read, top): (i64, i64, i64) =
                (row.get("delivered_n")?, row.get("read_n")?, row.get("top")?);
            let (counted, theirs): (i64, i64) = (row.get("theirs_read")?, row.get("theirs")?);
            self.marks.add(|| match delivered.max(read) <= top && delivered.min(read) >= 0 {
                true => format!("{whose} has read {theirs} messages in the ticket {ticket}, and {counted} are counted"),
                false => {
                    format!("{whose} has got {delivered} and read {read} of the {top} there are in the ticket {ticket}")
                }
            });
        }
        Ok(())
    }

    /// What a message names is stored, or was erased with it.
    async fn attachments(&mut self, tx: &DatabaseTransaction, after: Uuid, last: Uuid) -> Outcome<()> {
        let text = "select a.id, a.ticket_id, a.seq, a.state from attachment a \
                    where a.ticket_id > $1 and a.ticket_id <= $2 and (a.state not in \
                    ('uploading', 'stored', 'dropped', 'erased', 'gone') or (a.seq is not null and \
                    (a.state in ('uploading', 'dropped') or not exists (select 1 from event e \
                    where e.ticket_id = a.ticket_id and e.seq = a.seq)))) order by a.id";
        for row in all_patiently(tx, Sql::with(text, [after.into(), last.into()])).await? {
            let (id, ticket): (Uuid, Uuid) = (row.get("id")?, row.get("ticket_id")?);
            let (seq, state): (Option<i64>, String) = (row.get("seq")?, row.get("state")?);
            let bound = seq.map_or("no event".to_owned(), |seq| format!("the event {seq}"));
            self.attachments.add(|| format!("the attachment {id} of {bound} of the ticket {ticket} is {state}"));
        }
        Ok(())
    }
}

/// One numbering of a ticket.
struct Log {
    last: i64,
    events: i64,
    different: i64,
    low: i64,
    top: i64,
}

impl Log {
    fn read(row: &QueryResult, [last, events, different, low, top]: [&str; 5]) -> Outcome<Self> {
        Ok(Self {
            last: row.get(last)?,
            events: row.get(events)?,
            different: row.get(different)?,
            low: row.get(low)?,
            top: row.get(top)?,
        })
    }

    /// 1, 2 … up to the last number, each once (invariant 4). No log is empty.
    const fn is_dense(&self) -> bool {
        self.low == 1 && self.top == self.last && self.events == self.last && self.different == self.last
    }
}

fn look_at_log(wrong: &mut Wrong, ticket: Uuid, log: Log) {
    if !log.is_dense() {
        let Log { last, events, low, top, .. } = log;
        wrong.add(|| format!("the ticket {ticket} has {events} events from {low} to {top}, and says {last}"));
    }
}
