//! The two rows that everything is made of, tickets and events, and their forms for each audience.

use protocol::model::{
    AgentBody, AgentEvent, AgentRef, AgentTicket, Author, Line, Priority, PublicBody, PublicEvent, PublicTicket,
    Requester, Status, TeamRef, TicketName,
};
use protocol::{Millis, ParticipantId, SiteId, TeamId, TicketId};
use sea_orm::QueryResult;

use super::fault::Outcome;
use super::sql::Columns;
use crate::domain::access::TicketRef;

macro_rules! ticket_joins {
    () => {
        " join participant r on r.id = t.requester_id left join ticket into_t on into_t.id = t.merged_into \
         left join ticket on_t on on_t.id = t.continued_in \
         left join team g on g.id = t.team_id left join participant a on a.id = t.assignee_id "
    };
}

/// What [`TicketRow::read`] needs; `t` is the ticket, `r` its requester.
pub(super) const TICKET: &str = "\
    select t.id, t.site_id, t.number, t.subject, t.topic, t.status, t.opened_at, t.last_seq, t.last_pub_seq, \
    t.version, t.pub_version, t.from_requester, t.from_agents, t.last_at, t.last_pub_at, t.last_line, \
    t.last_line_seq, t.waiting_since, t.priority, t.tags, t.snoozed_until, t.merge_depth, into_t.id as into_id, \
    into_t.number as into_number, t.closed_at, on_t.id as on_id, on_t.number as on_number, r.id as requester_id, r.kind as requester_kind, r.name as requester_name, \
    r.email as requester_email, r.email_canonical as requester_canonical, r.proof as requester_proof, \
    r.locale as requester_locale, g.id as team_id, g.name as team_name, a.id as assignee_id, a.name as assignee_name";

pub(super) const TICKET_FROM: &str = concat!(" from ticket t ", ticket_joins!());

/// The same for a ticket that another table leads to.
pub(super) const TICKET_JOINS: &str = ticket_joins!();

/// A ticket in both its forms. They are kept together, so that one event is folded into both.
#[derive(Clone, Debug)]
pub(super) struct TicketRow {
    pub site: SiteId,
    pub agent: AgentTicket,
    pub public: PublicTicket,
    /// The last message, in the agents' numbering.
    pub last_line_seq: Option<i64>,
    pub requester_canonical: String,
    /// The longest way, in steps, by which a merged ticket leads here.
    pub merge_depth: i64,
}

/// What most messages leave as it is, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub status: Status,
    pub requester: ParticipantId,
    pub team: Option<TeamId>,
    pub assignee: Option<ParticipantId>,
    pub priority: Priority,
    pub tags: Vec<String>,
    pub snoozed_until: Option<Millis>,
    pub merged_into: Option<TicketId>,
    pub merge_depth: i64,
    pub closed_at: Option<Millis>,
    pub continued_in: Option<TicketId>,
}

impl TicketRow {
    pub fn read(row: &QueryResult) -> Outcome<Self> {
        let id: TicketId = row.id("id")?;
        let (number, subject): (i64, String) = (row.get("number")?, row.get("subject")?);
        let (topic, status): (String, _) = (row.get("topic")?, row.word("status")?);
        let opened_at = row.get("opened_at")?;
        let last_line: Option<Line> = match row.get::<Option<String>>("last_line")? {
            Some(json) => Some(serde_json::from_str(&json)?),
            None => None,
        };
        let assignee = agent_ref(row)?;
        let (merged_into, closed_at) = (ticket_name(row, "into_id", "into_number")?, row.get("closed_at")?);
        let continued_in = ticket_name(row, "on_id", "on_number")?;
        let public = PublicTicket {
            id,
            number,
            subject: subject.clone(),
            topic: topic.clone(),
            status,
            opened_at,
            last_n: row.get("last_pub_seq")?,
            last_at: row.get("last_pub_at")?,
            last_line: last_line.clone(),
            theirs: row.get("from_agents")?,
            version: row.get("pub_version")?,
            agent: assignee.clone(),
            merged_into,
            closed_at,
            continued_in,
        };
        let agent = AgentTicket {
            id,
            number,
            subject,
            topic,
            status,
            opened_at,
            last_n: row.get("last_seq")?,
            last_at: row.get("last_at")?,
            last_line,
            theirs: row.get("from_requester")?,
            version: row.get("version")?,
            requester: requester(row)?,
            team: team_ref(row)?,
            assignee,
            waiting_since: row.get("waiting_since")?,
            priority: row.word("priority")?,
            tags: row.json("tags")?,
            snoozed_until: row.get("snoozed_until")?,
            merged_into,
            closed_at,
            continued_in,
        };
        Ok(Self {
            site: row.id("site_id")?,
            agent,
            public,
            last_line_seq: row.get("last_line_seq")?,
            requester_canonical: row.get("requester_canonical")?,
            merge_depth: row.get("merge_depth")?,
        })
    }

    pub fn rest(&self) -> Rest {
        let agent = &self.agent;
        Rest {
            status: agent.status,
            requester: agent.requester.id,
            team: agent.team.as_ref().map(|team| team.id),
            assignee: agent.assignee.as_ref().map(|agent| agent.id),
            priority: agent.priority,
            tags: agent.tags.clone(),
            snoozed_until: agent.snoozed_until,
            merged_into: agent.merged_into.map(|into| into.ticket),
            merge_depth: self.merge_depth,
            closed_at: agent.closed_at,
            continued_in: self.public.continued_in.map(|other| other.ticket),
        }
    }

    pub fn as_ref(&self) -> TicketRef {
        TicketRef {
            site: self.site,
            id: self.agent.id,
            team: self.agent.team.as_ref().map(|team| team.id),
            assignee: self.agent.assignee.as_ref().map(|agent| agent.id),
            requester: self.agent.requester.id,
            last_seq: self.agent.last_n,
            last_pub_seq: self.public.last_n,
        }
    }
}

fn requester(row: &QueryResult) -> Outcome<Requester> {
    Ok(Requester {
        id: row.id("requester_id")?,
        guest: row.get::<String>("requester_kind")? == "guest",
        name: row.get("requester_name")?,
        email: row.get("requester_email")?,
        proof: row.word("requester_proof")?,
        locale: row.get("requester_locale")?,
    })
}

fn ticket_name(row: &QueryResult, id: &str, number: &str) -> Outcome<Option<TicketName>> {
    let Some(ticket) = row.id_or_none(id)? else { return Ok(None) };
    Ok(Some(TicketName { ticket, number: row.get(number)? }))
}

fn team_ref(row: &QueryResult) -> Outcome<Option<TeamRef>> {
    let Some(id) = row.id_or_none::<TeamId>("team_id")? else { return Ok(None) };
    Ok(Some(TeamRef { id, name: row.get("team_name")? }))
}

fn agent_ref(row: &QueryResult) -> Outcome<Option<AgentRef>> {
    let Some(id) = row.id_or_none::<ParticipantId>("assignee_id")? else { return Ok(None) };
    Ok(Some(AgentRef { id, name: row.get("assignee_name")? }))
}

/// What access is decided from, without the joins of [`TICKET`].
pub(super) const TICKET_REF: &str =
    "select id, site_id, team_id, assignee_id, requester_id, last_seq, last_pub_seq from ticket";

pub(super) fn ticket_ref(row: &QueryResult) -> Outcome<TicketRef> {
    Ok(TicketRef {
        site: row.id("site_id")?,
        id: row.id("id")?,
        team: row.id_or_none("team_id")?,
        assignee: row.id_or_none("assignee_id")?,
        requester: row.id("requester_id")?,
        last_seq: row.get("last_seq")?,
        last_pub_seq: row.get("last_pub_seq")?,
    })
}

/// What [`EventRow::read`] needs; `e` is the event.
pub(super) const EVENT: &str = "\
    e.seq, e.pub_seq, e.side, e.author_id, e.author_name, e.client_id, e.body, e.target_pub_seq, e.at";

/// An event as it is kept: in the agents' form, with the requesters' numbers beside it.
#[derive(Clone, Debug)]
pub(super) struct EventRow {
    pub event: AgentEvent,
    pub pub_seq: Option<i64>,
    pub target_pub_seq: Option<i64>,
}

impl EventRow {
    pub fn read(row: &QueryResult) -> Outcome<Self> {
        let author = Author { id: row.id("author_id")?, side: row.word("side")?, name: row.get("author_name")? };
        let event = AgentEvent {
            n: row.get("seq")?,
            at: row.get("at")?,
            author,
            client_id: row.id_or_none("client_id")?,
            body: row.json("body")?,
        };
        Ok(Self { event, pub_seq: row.get("pub_seq")?, target_pub_seq: row.get("target_pub_seq")? })
    }

    /// Whether requesters may see it: what is internal has no number of theirs.
    pub fn is_public(&self) -> bool {
        public_body(&self.event.body, self.target_pub_seq).is_some()
    }

    /// The requesters' form; none for an internal event.
    pub fn public(&self) -> Option<PublicEvent> {
        Some(PublicEvent {
            n: self.pub_seq?,
            at: self.event.at,
            author: self.event.author.clone(),
            client_id: self.event.client_id,
            body: public_body(&self.event.body, self.target_pub_seq)?,
        })
    }
}

fn public_body(body: &AgentBody, target: Option<i64>) -> Option<PublicBody> {
    Some(match body {
        AgentBody::Opened { topic, details } => PublicBody::Opened { topic: topic.clone(), details: details.clone() },
        AgentBody::Message(message) => PublicBody::Message(message.clone()),
        AgentBody::Status { from, to, .. } => PublicBody::Status { from: *from, to: *to },
        AgentBody::Joined { name } => PublicBody::Joined { name: name.clone() },
        AgentBody::MergedInto(into) => PublicBody::MergedInto(*into),
        AgentBody::MergedFrom(from) => PublicBody::MergedFrom(TicketName { ticket: from.ticket, number: from.number }),
        AgentBody::ContinuedIn(other) => PublicBody::ContinuedIn(*other),
        AgentBody::Continues(other) => PublicBody::Continues(*other),
        AgentBody::Edited { text, .. } => PublicBody::Edited { target: target?, text: text.clone() },
        AgentBody::Redacted { .. } => PublicBody::Redacted { target: target? },
        AgentBody::Note(_)
        | AgentBody::Assigned { .. }
        | AgentBody::Address { .. }
        | AgentBody::Priority { .. }
        | AgentBody::Tagged { .. }
        | AgentBody::Snoozed { .. }
        | AgentBody::Woken => return None,
    })
}

/// The column `kind`, for filters; the body names its kind too.
pub(super) fn kind(body: &AgentBody) -> &'static str {
    match body {
        AgentBody::Opened { .. } => "opened",
        AgentBody::Message(_) => "message",
        AgentBody::Note(_) => "note",
        AgentBody::Status { .. } => "status",
        AgentBody::Assigned { .. } => "assigned",
        AgentBody::Joined { .. } => "joined",
        AgentBody::Address { .. } => "address",
        AgentBody::Priority { .. } => "priority",
        AgentBody::Tagged { .. } => "tagged",
        AgentBody::Snoozed { .. } => "snoozed",
        AgentBody::Woken => "woken",
        AgentBody::MergedInto(_) => "merged_into",
        AgentBody::MergedFrom(_) => "merged_from",
        AgentBody::ContinuedIn(_) => "continued_in",
        AgentBody::Continues(_) => "continues",
        AgentBody::Edited { .. } => "edited",
        AgentBody::Redacted { .. } => "redacted",
    }
}
