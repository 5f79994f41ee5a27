//! What a batch has to know before it decides, read under the locks of its tickets.

use std::collections::{BTreeSet, HashMap, HashSet};

use protocol::model::{AgentBody, AgentRef, Attachment, Detail, Role, Status, TeamRef};
use protocol::{AttachmentId, ClientId, LoginId, Millis, ParticipantId, SiteId, TeamId, TicketId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};
use uuid::Uuid;

use super::acts::waited_until;
use super::batch::Job;
use super::places::{self, Standing};
use super::{Act, Actor, Append, tags};
use crate::domain::access::{self, TicketRef, Who};
use crate::store::Rules;
use crate::store::alerts::{self, AttentionRow};
use crate::store::fault::Outcome;
use crate::store::files::{ATTACHMENT, attachment};
use crate::store::rows::{EVENT, EventRow, Rest, TICKET, TICKET_FROM, TicketRow};
use crate::store::sql::{Columns, Sql, all};
use crate::store::who::{self, GrantRow, LoginRow};

/// The state of everything the batch touches.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub tickets: HashMap<TicketId, TicketRow>,
    /// What of them is written only if it changed, as it was read.
    pub rests: HashMap<TicketId, Rest>,
    /// Left out of this batch.
    pub locked_elsewhere: HashSet<TicketId>,
    pub logins: HashMap<LoginId, LoginRow>,
    pub grants: HashMap<LoginId, Vec<GrantRow>>,
    /// Rights that were ended, to tickets that others are merged into.
    pub ended: HashSet<(LoginId, TicketId)>,
    pub written: HashMap<(TicketId, ParticipantId, ClientId), Written>,
    /// Events that edits and redactions speak of, by (ticket, seq).
    pub targets: HashMap<(TicketId, i64), EventRow>,
    pub attachments: HashMap<AttachmentId, FoundAttachment>,
    /// Whom a ticket can be given to, each on their own site.
    pub teams: HashMap<(SiteId, TeamId), TeamRef>,
    pub agents: HashMap<(SiteId, ParticipantId), AgentRef>,
    /// How each site spells the tags that are given, by their folded names.
    pub tags: HashMap<(SiteId, String), String>,
    /// Whom notes of this batch mention.
    pub mentionable: HashMap<ParticipantId, Colleague>,
    pub standings: HashMap<(TicketId, ParticipantId), Standing>,
    /// For each mark that moves: where the numbers it asks for lie.
    pub asked: Vec<places::Asked>,
    /// What the requests of closed tickets said that may go on in another one.
    pub details: HashMap<TicketId, Vec<Detail>>,
    /// Of tickets that are reopened: since when somebody had waited when it was solved, if nobody answered since.
    pub waited: HashMap<TicketId, Millis>,
    pub opened: HashMap<(Opener, ClientId), TicketId>,
    pub next_numbers: HashMap<SiteId, i64>,
    pub attention: HashMap<TicketId, Vec<AttentionRow>>,
    /// Of tickets in which something is erased: the events that somebody is called for and has not read.
    pub calls: HashMap<TicketId, Vec<EventRow>>,
    /// Rows of attention, of tickets that are merged, about which a mail is queued and not sent.
    pub untold: HashSet<Uuid>,
}

/// An event that stands under its author's client id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub seq: i64,
    /// In the requesters' numbering; of an internal event, the last number before it.
    pub pub_n: i64,
    /// The ticket in which it stands, where that continues the one it was written to.
    pub in_other: Option<TicketId>,
}

#[derive(Clone, Debug)]
pub(super) struct FoundAttachment {
    pub attachment: Attachment,
    pub ticket: TicketId,
    pub uploader: ParticipantId,
    pub bound: bool,
}

/// An agent whom a note may mention, if the ticket is in their reach.
#[derive(Clone, Debug)]
pub(super) struct Colleague {
    pub agent: AgentRef,
    site: SiteId,
    role: Role,
    teams: Vec<TeamId>,
}

impl Colleague {
    pub fn reaches(&self, ticket: &TicketRef) -> bool {
        access::agent_sees(self.site, self.agent.id, self.role, &self.teams, ticket)
    }
}

/// Under whom an opening is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Opener {
    Login(LoginId),
    Customer(ParticipantId),
}

/// The tickets that the jobs name, in the order of their ids.
pub(super) fn tickets_of(jobs: &[Job]) -> BTreeSet<TicketId> {
    let named = jobs.iter().filter_map(|job| match job {
        Job::Append(append) => Some(append.ticket),
        Job::Mark(mark) => Some(mark.ticket),
        Job::Close(closing) => Some(closing.ticket),
        Job::Wake(ticket) => Some(*ticket),
        Job::Open(_) | Job::Touch(_) => None,
    });
    let merged_into = jobs.iter().filter_map(|job| match job {
        Job::Append(Append { act: Act::Merge { into }, .. }) => Some(*into),
        _ => None,
    });
    named.chain(merged_into).collect()
}

pub(super) fn login_of(actor: Actor) -> LoginId {
    match actor {
        Actor::Agent(login) | Actor::Visitor(login) => login,
    }
}

pub(super) async fn load(
    tx: &DatabaseTransaction,
    jobs: &[Job],
    locked_elsewhere: HashSet<TicketId>,
    rules: &Rules,
) -> Outcome<Loaded> {
    let db = tx.get_database_backend();
    let mut loaded = Loaded { locked_elsewhere, ..Loaded::default() };
    let tickets = tickets_of(jobs);
    if !tickets.is_empty() {
        loaded.tickets = read_tickets(tx, &tickets).await?;
        loaded.rests = loaded.tickets.iter().map(|(id, ticket)| (*id, ticket.rest())).collect();
        loaded.locked_elsewhere.retain(|ticket| loaded.tickets.contains_key(ticket));
        let free = tickets.iter().filter(|ticket| !loaded.locked_elsewhere.contains(ticket));
        for row in alerts::rows_of(tx, free.copied()).await? {
            loaded.attention.entry(row.ticket).or_default().push(row);
        }
    }
    let logins: BTreeSet<LoginId> = jobs.iter().filter_map(login_in).collect();
    if !logins.is_empty() {
        let mut filter = Sql::new("l.id ");
        filter.one_of(db, logins.iter().map(|login| login.0));
        loaded.logins = who::logins(tx, filter).await?.into_iter().map(|login| (login.id, login)).collect();
    }
    let appends: Vec<&Append> =
        jobs.iter().filter_map(|job| if let Job::Append(append) = job { Some(append) } else { None }).collect();
    read_grants(tx, &mut loaded, &appends).await?;
    read_written(tx, &mut loaded, &appends).await?;
    read_targets(tx, &mut loaded, &appends).await?;
    read_attachments(tx, &mut loaded, &appends).await?;
    read_assignable(tx, &mut loaded, &appends).await?;
    tags::read(tx, &mut loaded, &appends).await?;
    read_mentionable(tx, &mut loaded, &appends).await?;
    read_calls(tx, &mut loaded, &appends).await?;
    read_waited(tx, &mut loaded, &appends).await?;
    read_untold(tx, &mut loaded, &appends).await?;
    places::read(tx, &mut loaded, jobs).await?;
    if rules.reopen_within_ms.is_some() {
        read_details(tx, &mut loaded, &appends).await?;
    }
    read_openings(tx, &mut loaded, jobs).await?;
    Ok(loaded)
}

fn login_in(job: &Job) -> Option<LoginId> {
    match job {
        Job::Append(append) => Some(login_of(append.actor)),
        Job::Open(opening) => Some(opening.login),
        Job::Touch(login) => Some(*login),
        Job::Mark(_) | Job::Close(_) | Job::Wake(_) => None,
    }
}

async fn read_tickets(tx: &DatabaseTransaction, ids: &BTreeSet<TicketId>) -> Outcome<HashMap<TicketId, TicketRow>> {
    let mut sql = Sql::new([TICKET, TICKET_FROM, "where t.id "].concat());
    sql.one_of(tx.get_database_backend(), ids.iter().map(|id| id.0));
    let mut tickets = HashMap::with_capacity(ids.len());
    for row in all(tx, sql).await? {
        let ticket = TicketRow::read(&row)?;
        tickets.insert(ticket.agent.id, ticket);
    }
    Ok(tickets)
}

async fn read_grants(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let visitors = appends.iter().filter(|append| matches!(append.actor, Actor::Visitor(_)));
    let (logins, tickets): (BTreeSet<_>, BTreeSet<_>) =
        visitors.map(|append| (login_of(append.actor).0, append.ticket.0)).unzip();
    if logins.is_empty() {
        return Ok(());
    }
    let db = tx.get_database_backend();
    let mut filter = Sql::new("g.login_id ");
    filter.one_of(db, logins.iter().copied()).push(" and g.ticket_id ").one_of(db, tickets);
    for grant in who::grants(tx, filter).await? {
        loaded.grants.entry(grant.login).or_default().push(grant);
    }
    let merges =
        appends.iter().filter_map(|append| if let Act::Merge { into } = append.act { Some(into.0) } else { None });
    let merges: BTreeSet<_> = merges.collect();
    if !merges.is_empty() {
        let mut filter = Sql::new("g.login_id ");
        filter.one_of(db, logins).push(" and g.ticket_id ").one_of(db, merges);
        loaded.ended = who::ended_grants(tx, filter).await?.into_iter().collect();
    }
    Ok(())
}

impl Loaded {
    /// Who is behind a login, with the grants that concern this batch.
    pub fn who(&self, login: &LoginRow) -> Who {
        let grants = self.grants.get(&login.id).into_iter().flatten();
        login.who(grants.map(|grant| grant.grant).collect())
    }

    /// Everybody as whom a login could have written into a ticket.
    pub fn authors(&self, login: LoginId, ticket: TicketId) -> Vec<ParticipantId> {
        let person = self.logins.get(&login).and_then(|login| login.person.as_ref()).map(|person| person.id);
        let grants = self.grants.get(&login).into_iter().flatten();
        let guests = grants.filter(|grant| grant.grant.ticket == ticket).map(|grant| grant.grant.participant);
        person.into_iter().chain(guests).collect()
    }
}

async fn read_written(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let mut keys: Vec<[Value; 3]> = Vec::with_capacity(appends.len());
    for append in appends {
        for author in loaded.authors(login_of(append.actor), append.ticket) {
            keys.push([append.ticket.0.into(), author.0.into(), append.client_id.0.into()]);
        }
    }
    if keys.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("with k(ticket_id, author_id, client_id) as (");
    sql.rows_to_find(keys).push(
        ") select e.ticket_id, e.author_id, e.client_id, e.seq, \
         case when e.kind = 'continued_in' then e.body end as went_on, coalesce(e.pub_seq, (select max(b.pub_seq) from event b \
         where b.ticket_id = e.ticket_id and b.seq < e.seq), 0) as pub_n from k join event e \
         on e.ticket_id = k.ticket_id and e.author_id = k.author_id and e.client_id = k.client_id",
    );
    for row in all(tx, sql).await? {
        let key = (row.id("ticket_id")?, row.id("author_id")?, row.id("client_id")?);
        let written = match row.get::<Option<String>>("went_on")? {
            None => Written { seq: row.get("seq")?, pub_n: row.get("pub_n")?, in_other: None },
            Some(body) => Written::in_continuation(&serde_json::from_str(&body)?),
        };
        loaded.written.insert(key, written);
    }
    Ok(())
}

async fn read_targets(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    for (column, by_visitor) in [("seq", false), ("pub_seq", true)] {
        let wanted = appends.iter().filter(|append| matches!(append.actor, Actor::Visitor(_)) == by_visitor);
        let keys: Vec<[Value; 2]> = wanted
            .filter_map(|append| match append.act {
                Act::Edit { target, .. } | Act::Redact { target } => Some([append.ticket.0.into(), target.into()]),
                _ => None,
            })
            .collect();
        if keys.is_empty() {
            continue;
        }
        let mut sql = Sql::new("with k(ticket_id, n) as (");
        sql.rows_to_find(keys).push(&format!(
            ") select e.ticket_id, {EVENT} from k join event e on e.ticket_id = k.ticket_id and e.{column} = k.n"
        ));
        for row in all(tx, sql).await? {
            let target = EventRow::read(&row)?;
            loaded.targets.insert((row.id("ticket_id")?, target.event.n), target);
        }
    }
    Ok(())
}

/// What a continuation takes over from the first event of what it continues.
async fn read_details(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let may_go_on = |append: &&&Append| {
        let closed = loaded.tickets.get(&append.ticket).is_some_and(|ticket| ticket.agent.status == Status::Closed);
        closed && matches!((append.actor, &append.act), (Actor::Visitor(_), Act::Post { .. }))
    };
    let closed: BTreeSet<_> = appends.iter().filter(may_go_on).map(|append| append.ticket.0).collect();
    if closed.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("select ticket_id, body from event where seq = 1 and ticket_id ");
    sql.one_of(tx.get_database_backend(), closed);
    for row in all(tx, sql).await? {
        if let AgentBody::Opened { details, .. } = row.json("body")? {
            loaded.details.insert(row.id("ticket_id")?, details);
        }
    }
    Ok(())
}

/// Who waited until what is reopened was solved.
async fn read_waited(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let reopens = appends.iter().filter(|append| matches!(append.act, Act::Reopen { .. }));
    let tickets: BTreeSet<_> = reopens.map(|append| append.ticket.0).collect();
    if tickets.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("with last(ticket_id, seq) as (select ticket_id, max(seq) from event where ticket_id ");
    sql.one_of(tx.get_database_backend(), tickets).push(&format!(
        " and (kind = 'status' or kind = 'message' and side = 'agent') group by ticket_id) select e.ticket_id, {EVENT} \
         from last join event e on e.ticket_id = last.ticket_id and e.seq = last.seq"
    ));
    for row in all(tx, sql).await? {
        if let Some(since) = waited_until(&EventRow::read(&row)?.event).flatten() {
            loaded.waited.insert(row.id("ticket_id")?, since);
        }
    }
    Ok(())
}

/// What is left to call people for, once something is erased.
async fn read_calls(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let erased: BTreeSet<_> =
        appends.iter().filter(|append| matches!(append.act, Act::Redact { .. })).map(|append| append.ticket).collect();
    for ticket in erased {
        let rows = loaded.attention.get(&ticket).into_iter().flatten().filter(|row| row.state.is_unread());
        // In either numbering: no number of the agents' log is below the requesters' number of the same event.
        let Some(read) = rows.map(|row| row.state.read).min() else { continue };
        let mut sql = Sql::new(format!("select e.ticket_id, {EVENT} from event e where e.ticket_id = "));
        sql.bind(ticket.0).push(" and e.kind in ('message', 'note', 'status') and e.seq > ").bind(read);
        let events = all(tx, sql).await?;
        loaded.calls.insert(ticket, events.iter().map(EventRow::read).collect::<Outcome<_>>()?);
    }
    Ok(())
}

/// What a merge has to move along: a mail that is queued about a merged ticket will not be sent.
async fn read_untold(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let merged = appends.iter().filter(|append| matches!(append.act, Act::Merge { .. }));
    let rows: BTreeSet<Uuid> = merged
        .flat_map(|append| loaded.attention.get(&append.ticket).into_iter().flatten())
        .filter(|row| row.state.is_unread())
        .map(|row| row.id)
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("select attention_id from delivery where state in ('queued', 'held') and attention_id ");
    sql.one_of(tx.get_database_backend(), rows);
    for row in all(tx, sql).await? {
        loaded.untold.insert(row.get("attention_id")?);
    }
    Ok(())
}

async fn read_attachments(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let ids = appends.iter().flat_map(|append| match &append.act {
        Act::Post { attachments, .. } => attachments.as_slice(),
        _ => &[],
    });
    let ids: BTreeSet<_> = ids.map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let db = tx.get_database_backend();
    let mut sql = Sql::new(format!(
        "select {ATTACHMENT}, a.ticket_id, a.uploader_id, a.seq from attachment a where a.state = 'stored' and a.id "
    ));
    sql.one_of(db, ids);
    if db == DbBackend::Postgres {
        // Until the commit nobody drops what is about to be bound.
        sql.push(" order by a.id for no key update");
    }
    for row in all(tx, sql).await? {
        let found = FoundAttachment {
            ticket: row.id("ticket_id")?,
            uploader: row.id("uploader_id")?,
            bound: row.get::<Option<i64>>("seq")?.is_some(),
            attachment: attachment(&row)?,
        };
        loaded.attachments.insert(found.attachment.id, found);
    }
    Ok(())
}

async fn read_assignable(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let assigns = appends.iter().filter_map(|append| match append.act {
        Act::Assign { team, agent } => Some((team, agent)),
        _ => None,
    });
    let (teams, agents): (Vec<_>, Vec<_>) = assigns.unzip();
    let db = tx.get_database_backend();
    let teams: BTreeSet<_> = teams.into_iter().flatten().map(|team| team.0).collect();
    if !teams.is_empty() {
        let mut sql = Sql::new("select id, site_id, name from team where id ");
        sql.one_of(db, teams);
        for row in all(tx, sql).await? {
            let team = TeamRef { id: row.id("id")?, name: row.get("name")? };
            loaded.teams.insert((row.id("site_id")?, team.id), team);
        }
    }
    let agents: BTreeSet<_> = agents.into_iter().flatten().map(|agent| agent.0).collect();
    if !agents.is_empty() {
        let mut sql = Sql::new(
            "select id, site_id, name from participant where kind = 'agent' and disabled_at is null \
             and password_hash is not null and id ",
        );
        sql.one_of(db, agents);
        for row in all(tx, sql).await? {
            let agent = AgentRef { id: row.id("id")?, name: row.get("name")? };
            loaded.agents.insert((row.id("site_id")?, agent.id), agent);
        }
    }
    Ok(())
}

async fn read_mentionable(tx: &DatabaseTransaction, loaded: &mut Loaded, appends: &[&Append]) -> Outcome<()> {
    let ids = appends.iter().flat_map(|append| match &append.act {
        Act::Post { mentions, .. } => mentions.as_slice(),
        _ => &[],
    });
    let ids: BTreeSet<_> = ids.map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(
        "select p.id, p.site_id, p.name, p.role, m.team_id from participant p \
         left join team_member m on m.participant_id = p.id where p.kind = 'agent' and p.disabled_at is null \
         and p.password_hash is not null and p.id ",
    );
    sql.one_of(tx.get_database_backend(), ids);
    for row in all(tx, sql).await? {
        let agent = AgentRef { id: row.id("id")?, name: row.get("name")? };
        let (site, role) = (row.id("site_id")?, row.word("role")?);
        let colleague = Colleague { agent, site, role, teams: Vec::new() };
        let colleague = loaded.mentionable.entry(colleague.agent.id).or_insert(colleague);
        colleague.teams.extend(row.id_or_none::<TeamId>("team_id")?);
    }
    Ok(())
}

/// Which openings were answered before, and the sites' next ticket numbers.
async fn read_openings(tx: &DatabaseTransaction, loaded: &mut Loaded, jobs: &[Job]) -> Outcome<()> {
    let openings = || jobs.iter().filter_map(|job| if let Job::Open(opening) = job { Some(opening) } else { None });
    let going_on = loaded.details.keys().filter_map(|ticket| Some(loaded.tickets.get(ticket)?.site.0));
    let sites: BTreeSet<_> = openings().map(|opening| opening.site.0).chain(going_on).collect();
    if sites.is_empty() {
        return Ok(());
    }
    let db = tx.get_database_backend();
    // The numbers first: the lock makes two nodes with the same opening take turns.
    let mut sql = Sql::new("select id, next_number from site where id ");
    sql.one_of(db, sites);
    if db == DbBackend::Postgres {
        sql.push(" order by id for no key update");
    }
    for row in all(tx, sql).await? {
        loaded.next_numbers.insert(row.id("id")?, row.get("next_number")?);
    }
    let customer = |login: &LoginId| loaded.logins.get(login).and_then(|login| Some(login.person.as_ref()?.id));
    let keys: Vec<[Value; 3]> = openings()
        .map(|opening| {
            // A participant that is nobody where none is signed in: null would match nothing either.
            let customer = customer(&opening.login).map(|customer| customer.0);
            [opening.login.0.into(), customer.into(), opening.client_id.0.into()]
        })
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new("with k(login_id, participant_id, client_id) as (");
    sql.rows_to_find(keys).push(
        ") select a.login_id, a.participant_id, a.client_id, a.answer from k join answered a \
         on a.client_id = k.client_id and (a.login_id = k.login_id or a.participant_id = k.participant_id) \
         where a.action = 'open_ticket'",
    );
    for row in all(tx, sql).await? {
        let (client_id, ticket) = (row.id("client_id")?, row.json("answer")?);
        loaded.opened.insert((Opener::Login(row.id("login_id")?), client_id), ticket);
        if let Some(customer) = row.id_or_none("participant_id")? {
            loaded.opened.insert((Opener::Customer(customer), client_id), ticket);
        }
    }
    let missing: BTreeSet<TicketId> =
        loaded.opened.values().copied().filter(|ticket| !loaded.tickets.contains_key(ticket)).collect();
    if !missing.is_empty() {
        let found = read_tickets(tx, &missing).await?;
        loaded.tickets.extend(found);
    }
    Ok(())
}
