//! Writes what a batch came to: a handful of statements, however many jobs there were.

use protocol::model::AgentBody;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};

use super::batch::Ran;
use super::decide::Decision;
use super::drafts;
use super::findable;
use super::tags;
use crate::store::alerts;
use crate::store::fault::Outcome;
use crate::store::logins;
use crate::store::rows::{TicketRow, kind};
use crate::store::sql::{Sql, run, word};
use crate::store::who;

pub(super) async fn save(tx: &DatabaseTransaction, decision: Decision<'_>) -> Outcome<Ran> {
    let now = decision.now;
    // The order of the foreign keys, and of the locks: tickets, attention, deliveries, marks, logins, drafts.
    insert_openings(tx, &decision, now).await?;
    lead_on(tx, &decision, now).await?;
    update_tickets(tx, &decision).await?;
    save_attention(tx, &decision, now).await?;
    insert_events(tx, &decision).await?;
    insert_mentions(tx, &decision).await?;
    erase(tx, &decision).await?;
    bind_attachments(tx, &decision).await?;
    tags::save(tx, &decision, now).await?;
    change_addresses(tx, &decision, now).await?;
    end_unproven(tx, &decision, now).await?;
    findable::save(tx, &decision).await?;
    save_marks(tx, &decision, now).await?;
    touch_logins(tx, &decision, now).await?;
    drafts::save(tx, &decision, now).await?;
    Ok(decision.into_ran())
}

/// What every event changes of its ticket.
const LOG: [&str; 11] = [
    "last_seq",
    "last_pub_seq",
    "version",
    "pub_version",
    "from_requester",
    "from_agents",
    "last_at",
    "last_pub_at",
    "last_line",
    "last_line_seq",
    "waiting_since",
];
/// What most messages leave as it is. Indexes of what is set are written anew, whether it changed or not.
const REST: [&str; 11] = [
    "status",
    "requester_id",
    "team_id",
    "assignee_id",
    "priority",
    "tags",
    "snoozed_until",
    "merged_into",
    "merge_depth",
    "closed_at",
    "continued_in",
];

async fn update_tickets(tx: &DatabaseTransaction, decision: &Decision<'_>) -> Outcome<()> {
    let changed = decision.changed.iter().map(|id| (decision.loaded.rests.get(id), decision.ticket(*id)));
    let (longer, whole): (Vec<_>, Vec<_>) = changed.partition(|(rest, ticket)| *rest == Some(&ticket.rest()));
    if !longer.is_empty() {
        let rows = longer.into_iter().map(|(_, ticket)| log_of(ticket)).collect::<Outcome<_>>()?;
        run(tx, update(&LOG, rows)).await?;
    }
    if !whole.is_empty() {
        let rows = whole.into_iter().map(|(_, ticket)| whole_of(ticket)).collect::<Outcome<_>>()?;
        run(tx, update(&[LOG, REST].concat(), rows)).await?;
    }
    Ok(())
}

/// Sets these columns of tickets, whose rows begin with their id.
fn update<const N: usize>(columns: &[&str], rows: Vec<[Value; N]>) -> Sql {
    let set: Vec<_> = columns.iter().map(|column| format!("{column} = v.{column}")).collect();
    let mut sql = Sql::new(format!("with v(id, {}) as (", columns.join(", ")));
    // The rows are joined by id: one that comes twice does no harm.
    sql.rows_to_find(rows).push(&format!(") update ticket set {} from v where ticket.id = v.id", set.join(", ")));
    sql
}

fn log_of(ticket: &TicketRow) -> Outcome<[Value; 1 + LOG.len()]> {
    let (agent, public) = (&ticket.agent, &ticket.public);
    Ok([
        agent.id.0.into(),
        agent.last_n.into(),
        public.last_n.into(),
        agent.version.into(),
        public.version.into(),
        agent.theirs.into(),
        public.theirs.into(),
        agent.last_at.into(),
        public.last_at.into(),
        last_line(ticket)?.into(),
        ticket.last_line_seq.into(),
        agent.waiting_since.into(),
    ])
}

fn whole_of(ticket: &TicketRow) -> Outcome<[Value; 1 + LOG.len() + REST.len()]> {
    let rest = ticket.rest();
    let rest: [Value; REST.len()] = [
        word(rest.status).into(),
        rest.requester.0.into(),
        rest.team.map(|team| team.0).into(),
        rest.assignee.map(|agent| agent.0).into(),
        word(rest.priority).into(),
        serde_json::to_string(&rest.tags)?.into(),
        rest.snoozed_until.into(),
        rest.merged_into.map(|into| into.0).into(),
        rest.merge_depth.into(),
        rest.closed_at.into(),
        rest.continued_in.map(|other| other.0).into(),
    ];
    let whole: Vec<Value> = log_of(ticket)?.into_iter().chain(rest).collect();
    Ok(whole.try_into().expect("as many as there are columns"))
}

fn last_line(ticket: &TicketRow) -> Outcome<Option<String>> {
    Ok(ticket.agent.last_line.as_ref().map(serde_json::to_string).transpose()?)
}

async fn insert_openings(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    if decision.opened.is_empty() {
        return Ok(());
    }
    for site in &decision.numbers_taken {
        let next = decision.loaded.next_numbers.get(site).copied();
        run(tx, Sql::with("update site set next_number = $1 where id = $2", [next.into(), site.0.into()])).await?;
    }
    let opened = || decision.opened.iter().map(|(id, new)| (decision.ticket(*id), new));
    let guests: Vec<[Value; 9]> = opened()
        .filter_map(|(ticket, new)| {
            let requester = &ticket.agent.requester;
            new.is_guest.then(|| {
                [
                    requester.id.0.into(),
                    ticket.site.0.into(),
                    requester.name.as_str().into(),
                    requester.email.as_str().into(),
                    ticket.requester_canonical.as_str().into(),
                    word(requester.proof).into(),
                    requester.locale.as_str().into(),
                    ticket.agent.id.0.into(),
                    now.into(),
                ]
            })
        })
        .collect();
    if !guests.is_empty() {
        let names = "id, site_id, name, email, email_canonical, proof, locale, ticket_id, created_at";
        let into = format!("participant ({names}, kind)");
        run(tx, Sql::insert_as(names, guests, &into, &format!("{names}, 'guest'"))).await?;
    }
    insert_tickets(tx, decision).await?;
    insert_grants(tx, decision, now).await?;
    let answering = opened().filter(|(_, new)| new.continues.is_none());
    let answers = answering.map(|(ticket, new)| -> Outcome<[Value; 6]> {
        let answer = serde_json::to_string(&ticket.agent.id)?;
        let customer = new.customer.map(|customer| customer.0);
        let login = new.login.0;
        Ok([login.into(), new.client_id.0.into(), customer.into(), "open_ticket".into(), answer.into(), now.into()])
    });
    let answers = answers.collect::<Outcome<Vec<_>>>()?;
    if answers.is_empty() {
        return Ok(());
    }
    let into = "answered (login_id, client_id, participant_id, action, answer, at)";
    run(tx, Sql::insert(into, answers)).await?;
    Ok(())
}

async fn insert_tickets(tx: &DatabaseTransaction, decision: &Decision<'_>) -> Outcome<()> {
    let rows = decision.opened.keys().map(|id| -> Outcome<[Value; 20]> {
        let ticket = decision.ticket(*id);
        let (agent, public) = (&ticket.agent, &ticket.public);
        Ok([
            agent.id.0.into(),
            ticket.site.0.into(),
            agent.number.into(),
            agent.subject.as_str().into(),
            agent.topic.as_str().into(),
            word(agent.status).into(),
            agent.requester.id.0.into(),
            agent.last_n.into(),
            public.last_n.into(),
            agent.version.into(),
            public.version.into(),
            agent.theirs.into(),
            public.theirs.into(),
            agent.last_at.into(),
            last_line(ticket)?.into(),
            ticket.last_line_seq.into(),
            agent.waiting_since.into(),
            agent.opened_at.into(),
            agent.team.as_ref().map(|team| team.id.0).into(),
            serde_json::to_string(&agent.tags)?.into(),
        ])
    });
    let names = "id, site_id, number, subject, topic, status, requester_id, last_seq, last_pub_seq, version, \
                 pub_version, from_requester, from_agents, last_at, last_line, last_line_seq, waiting_since, \
                 opened_at, team_id, tags";
    let into = format!("ticket ({names}, last_pub_at)");
    run(tx, Sql::insert_as(names, rows.collect::<Outcome<_>>()?, &into, &format!("{names}, last_at"))).await?;
    Ok(())
}

async fn insert_grants(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    let guests = decision.opened.iter().filter(|(_, new)| new.is_guest && new.continues.is_none());
    let rows: Vec<[Value; 5]> = guests
        .map(|(id, new)| {
            let guest = decision.ticket(*id).agent.requester.id;
            [new.login.0.into(), id.0.into(), guest.0.into(), false.into(), now.into()]
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    run(tx, Sql::insert("login_grant (login_id, ticket_id, participant_id, proven, created_at)", rows)).await?;
    Ok(())
}

async fn insert_events(tx: &DatabaseTransaction, decision: &Decision<'_>) -> Outcome<()> {
    if decision.events.is_empty() {
        return Ok(());
    }
    let rows = decision.events.iter().map(|new| -> Outcome<[Value; 13]> {
        let event = &new.row.event;
        Ok([
            new.site.0.into(),
            new.ticket.0.into(),
            event.n.into(),
            new.row.pub_seq.into(),
            kind(&event.body).into(),
            word(event.author.side).into(),
            event.author.id.0.into(),
            event.author.name.as_str().into(),
            event.client_id.map(|id| id.0).into(),
            serde_json::to_string(&event.body)?.into(),
            new.target_seq.into(),
            new.row.target_pub_seq.into(),
            event.at.into(),
        ])
    });
    let into = "event (site_id, ticket_id, seq, pub_seq, kind, side, author_id, author_name, client_id, body, \
                target_seq, target_pub_seq, at)";
    run(tx, Sql::insert(into, rows.collect::<Outcome<_>>()?)).await?;
    Ok(())
}

/// What the mentions view lists; whether one is read follows from the agent's read mark.
async fn insert_mentions(tx: &DatabaseTransaction, decision: &Decision<'_>) -> Outcome<()> {
    let mut rows: Vec<[Value; 5]> = Vec::new();
    for new in &decision.events {
        let AgentBody::Note(note) = &new.row.event.body else { continue };
        for agent in &note.mentions {
            let (seq, at) = (new.row.event.n, new.row.event.at);
            rows.push([new.ticket.0.into(), seq.into(), agent.id.0.into(), new.site.0.into(), at.into()]);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    run(tx, Sql::insert("mention (ticket_id, seq, agent_id, site_id, at)", rows)).await?;
    Ok(())
}

/// Erases what was redacted: the text itself, its edits, its files' rows.
async fn erase(tx: &DatabaseTransaction, decision: &Decision<'_>) -> Outcome<()> {
    for (ticket, target, body) in &decision.erased {
        let (ticket, seq) = (Value::from(ticket.0), Value::from(*target));
        let body = serde_json::to_string(body)?.into();
        let text = "update event set body = $1 where ticket_id = $2 and seq = $3";
        run(tx, Sql::with(text, [body, ticket.clone(), seq.clone()])).await?;
        let edited = AgentBody::Edited { target: *target, text: String::new() };
        let edited = serde_json::to_string(&edited)?.into();
        let text = "update event set body = $1 where ticket_id = $2 and target_seq = $3 and kind = 'edited'";
        run(tx, Sql::with(text, [edited, ticket.clone(), seq.clone()])).await?;
        let text = "update attachment set name = '', state = 'erased' where ticket_id = $1 and seq = $2";
        run(tx, Sql::with(text, [ticket.clone(), seq.clone()])).await?;
        run(tx, Sql::with("delete from mention where ticket_id = $1 and seq = $2", [ticket, seq])).await?;
    }
    Ok(())
}

async fn bind_attachments(tx: &DatabaseTransaction, decision: &Decision<'_>) -> Outcome<()> {
    if decision.bound.is_empty() {
        return Ok(());
    }
    // Also where: what goes on in another ticket takes its files along.
    let bound = decision.bound.iter();
    let rows: Vec<[Value; 3]> =
        bound.map(|(id, (ticket, seq))| [id.0.into(), ticket.0.into(), (*seq).into()]).collect();
    let mut sql = Sql::new("with v(id, ticket_id, seq) as (");
    sql.rows_to_find(rows)
        .push(") update attachment set ticket_id = v.ticket_id, seq = v.seq from v where attachment.id = v.id");
    run(tx, sql).await?;
    Ok(())
}

async fn save_attention(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    let of = |ticket| decision.loaded.attention.get(ticket).into_iter().flatten();
    let armed = decision.armed.iter().filter_map(|(ticket, id)| of(ticket).find(|row| row.id == *id));
    let rows: Vec<_> = armed.cloned().collect();
    alerts::save(tx, &rows).await?;
    alerts::cancel_read(tx, decision.caught_up.iter().map(|(row, read)| (*row, *read)), now).await?;
    alerts::queue_all(tx, decision.mails.clone()).await
}

async fn change_addresses(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    for (guest, new) in &decision.addresses {
        let text = "update participant set email = $1, email_canonical = $2 where id = $3 and kind = 'guest'";
        let values = [new.email.typed().into(), new.email.canonical().into(), guest.0.into()];
        run(tx, Sql::with(text, values)).await?;
        // R-A14: what was given for the old address is void.
        logins::void(tx, new.ticket, Some(new.by), now).await?;
    }
    Ok(())
}

async fn end_unproven(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    for (ticket, login) in &decision.joined {
        let mut sql = Sql::new("update login_grant set revoked_at = ");
        sql.bind(now).push(" where revoked_at is null and ticket_id = ").bind(ticket.0);
        sql.push(" and proven = ").bind(false).push(" and login_id <> ").bind(login.0);
        run(tx, sql).await?;
    }
    Ok(())
}

/// Rights to a ticket that leads on go along, in the order of the batch: they may go further in it. What ends
/// rights comes later: it concerns the ticket that it names.
async fn lead_on(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    for (from, to) in &decision.led_on {
        match decision.opened.get(to).and_then(|new| Some((new.login, new.continues?))) {
            Some((writer, was)) => {
                let requester = &decision.ticket(*to).agent.requester;
                let guest = requester.guest.then_some((was, requester.id));
                logins::grant_continuation(tx, *from, *to, guest, writer, now).await?;
            }
            None => logins::grant_on(tx, *from, *to, now).await?,
        }
    }
    Ok(())
}

async fn save_marks(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    let mut moved: Vec<_> = decision.loaded.standings.iter().filter(|(_, standing)| standing.changed).collect();
    if moved.is_empty() {
        return Ok(());
    }
    moved.sort_unstable_by_key(|(key, _)| **key);
    let rows = moved.into_iter().map(|((ticket, participant), standing)| -> [Value; 7] {
        [
            ticket.0.into(),
            participant.0.into(),
            who::side_word(standing.audience),
            standing.delivered.n.into(),
            standing.read.n.into(),
            standing.theirs_read.into(),
            now.into(),
        ]
    });
    let into = "read_mark (ticket_id, participant_id, side, delivered_n, read_n, theirs_read, updated_at)";
    let mut sql = Sql::insert(into, rows.collect());
    // The ticket's lock is held: nobody else moves its marks, and what was decided is the furthest.
    sql.push(
        " on conflict (ticket_id, participant_id) do update set delivered_n = excluded.delivered_n, \
         read_n = excluded.read_n, theirs_read = excluded.theirs_read, updated_at = excluded.updated_at",
    );
    run(tx, sql).await?;
    Ok(())
}

async fn touch_logins(tx: &DatabaseTransaction, decision: &Decision<'_>, now: i64) -> Outcome<()> {
    if decision.touched.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("update login set last_seen_at = ");
    sql.bind(now).push(" where last_seen_at < ").bind(now).push(" and id ");
    sql.one_of(tx.get_database_backend(), decision.touched.iter().map(|login| login.0));
    run(tx, sql).await?;
    Ok(())
}
