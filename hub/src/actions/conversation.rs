//! Taking part in a ticket: posting, correcting, deciding, and how far one has read.

use protocol::frame::PostKind;
use protocol::http::{Posted, TicketAction};
use protocol::{AttachmentId, ClientId, DraftRevision, ErrorCode, ParticipantId, SiteId, TicketId};

use super::Hub;
use crate::bus::Signal;
use crate::domain::Refusal;
use crate::domain::access::{self, Audience, TicketRef, Who};
use crate::domain::committed::CommittedMark;
use crate::domain::limits::{ATTACHMENTS_MAX, DRAFT_STATES_MAX, MENTIONS_MAX};
use crate::domain::message::Text;
use crate::domain::tag::Tag;
use crate::store::StoreError;
use crate::store::writer::{Act, Actor, Append, MarkMove};

/// A text to be posted, as it came in.
#[derive(Clone, Debug)]
pub struct RawPost {
    pub kind: PostKind,
    pub text: String,
    pub attachments: Vec<AttachmentId>,
    /// Notes only: the colleagues whom it calls.
    pub mentions: Vec<ParticipantId>,
    /// Agents only: the states of the draft that it was written from.
    pub drafts: Vec<DraftRevision>,
}

/// Posts a message or a note. A repeat of the same client id gets the same answer.
pub async fn post(
    hub: &Hub,
    who: &Who,
    ticket: TicketId,
    client_id: ClientId,
    post: RawPost,
) -> Result<Posted, StoreError> {
    let RawPost { kind, text, attachments, mentions, drafts } = post;
    let text = Text::parse(text)?;
    if attachments.len() > ATTACHMENTS_MAX {
        return Err(Refusal::of("attachments", ErrorCode::TooLong).with_limit(ATTACHMENTS_MAX as u64).into());
    }
    if mentions.len() > MENTIONS_MAX {
        return Err(Refusal::of("mentions", ErrorCode::TooLong).with_limit(MENTIONS_MAX as u64).into());
    }
    if !mentions.is_empty() && kind != PostKind::Note {
        return Err(Refusal::of("mentions", ErrorCode::BadValue).into());
    }
    if drafts.len() > DRAFT_STATES_MAX {
        return Err(Refusal::of("drafts", ErrorCode::TooLong).with_limit(DRAFT_STATES_MAX as u64).into());
    }
    let writer = match who {
        Who::Agent(agent) => (!drafts.is_empty()).then_some(agent.id),
        Who::Visitor(_) if drafts.is_empty() => None,
        Who::Visitor(_) => return Err(Refusal::of("drafts", ErrorCode::BadValue).into()),
    };
    let act = Act::Post { kind, text, attachments, mentions, drafts };
    let posted = append(hub, who, ticket, client_id, act).await?;
    if let Some(agent) = writer {
        hub.bus.publish(Signal::DraftChanged { agent, ticket, kind, revision: None });
    }
    if posted.ticket != ticket {
        // Guests may see the ticket in which it goes on: their sockets learn of it.
        tell_rights(hub, who, ticket).await?;
    }
    Ok(posted)
}

/// Corrects one's own text.
pub async fn edit(
    hub: &Hub,
    who: &Who,
    ticket: TicketId,
    client_id: ClientId,
    target: i64,
    text: String,
) -> Result<Posted, StoreError> {
    let text = Text::parse(text)?;
    append(hub, who, ticket, client_id, Act::Edit { target, text }).await
}

/// An agent's decision about a ticket.
pub async fn decide(
    hub: &Hub,
    who: &Who,
    ticket: TicketId,
    client_id: ClientId,
    action: TicketAction,
) -> Result<Posted, StoreError> {
    let act = parse_action(action)?;
    let erases = matches!(act, Act::Redact { .. });
    let merges = matches!(act, Act::Merge { .. });
    let posted = append(hub, who, ticket, client_id, act).await?;
    if erases {
        hub.uploads.sweep_soon();
    }
    if merges {
        // Guests of the merged ticket may see where it leads: their sockets learn of it.
        tell_rights(hub, who, ticket).await?;
    }
    Ok(posted)
}

/// Whoever takes part in a ticket as its requester may see more from now on.
async fn tell_rights(hub: &Hub, who: &Who, ticket: TicketId) -> Result<(), StoreError> {
    let requester = hub.store.ticket_ref(site_of(who), ticket).await?.map(|found| found.requester);
    let grants = match who {
        Who::Agent(_) => &[],
        Who::Visitor(visitor) => visitor.grants.as_slice(),
    };
    let guest = grants.iter().find(|grant| grant.ticket == ticket).map(|grant| grant.participant);
    hub.bus.publish(Signal::RightsChanged(requester.into_iter().chain(guest).collect()));
    Ok(())
}

/// What an agent asks for, checked as far as it can be without the ticket.
pub fn parse_action(action: TicketAction) -> Result<Act, Refusal> {
    Ok(match action {
        TicketAction::Assign { team, agent } => Act::Assign { team, agent },
        TicketAction::Solve => Act::Solve,
        TicketAction::Reopen { pending } => Act::Reopen { pending },
        TicketAction::Redact { target } => Act::Redact { target },
        TicketAction::SetPriority { priority } => Act::SetPriority(priority),
        TicketAction::Tag { add, remove } => {
            Act::Tag { add: Tag::parse_all("add", &add)?, remove: Tag::parse_all("remove", &remove)? }
        }
        TicketAction::Snooze { until } => Act::Snooze { until },
        TicketAction::Wake => Act::Wake,
        TicketAction::Merge { into } => Act::Merge { into },
    })
}

/// How far somebody's page has got.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    Delivered(i64),
    Read(i64),
}

/// Moves one's marks forward; `None` when they stood there already.
pub async fn mark(
    hub: &Hub,
    who: &Who,
    ticket: TicketId,
    progress: Progress,
) -> Result<Option<CommittedMark>, StoreError> {
    let found = find(hub, who, ticket).await?;
    let readable = access::read(who, &found).ok_or(Refusal::new(ErrorCode::NotFound))?;
    let (delivered_n, read_n) = match progress {
        Progress::Delivered(n) => (Some(n), None),
        Progress::Read(n) => (Some(n), Some(n)),
    };
    let (participant, audience) = (readable.reader(), readable.audience());
    hub.store.mark(MarkMove { site: found.site, ticket, participant, audience, delivered_n, read_n }).await
}

/// The ticket as access sees it; a missing one and another's are the same `not_found` (R-D2).
pub async fn find(hub: &Hub, who: &Who, ticket: TicketId) -> Result<TicketRef, StoreError> {
    let found = hub.store.ticket_ref(site_of(who), ticket).await?;
    found.filter(|found| access::read(who, found).is_some()).ok_or_else(|| Refusal::new(ErrorCode::NotFound).into())
}

fn site_of(who: &Who) -> SiteId {
    match who {
        Who::Agent(agent) => agent.site,
        Who::Visitor(visitor) => visitor.site,
    }
}

/// The audience that somebody belongs to.
pub fn audience(who: &Who) -> Audience {
    match who {
        Who::Agent(_) => Audience::Agent,
        Who::Visitor(_) => Audience::Requester,
    }
}

async fn append(hub: &Hub, who: &Who, ticket: TicketId, client_id: ClientId, act: Act) -> Result<Posted, StoreError> {
    let (site, actor) = match who {
        Who::Agent(agent) => (agent.site, Actor::Agent(agent.login)),
        Who::Visitor(visitor) => (visitor.site, Actor::Visitor(visitor.login)),
    };
    let appended = hub.store.append(Append { site, ticket, actor, client_id, act, if_last_n: None }).await?;
    Ok(Posted { ticket: appended.in_other.unwrap_or(ticket), client_id, n: appended.n })
}
