//! What an agent is writing, kept for their other pages, which hear of each change. Nobody else ever does.

use protocol::TicketId;
use protocol::drafts::{Drafts, KeepDraft, TicketDrafts};
use protocol::frame::PostKind;

use super::{Hub, conversation};
use crate::bus::Signal;
use crate::domain::Refusal;
use crate::domain::access::{self, Agent, Who};
use crate::domain::message::DraftText;
use crate::store::StoreError;
use crate::store::drafts::DraftState;

pub async fn list(hub: &Hub, agent: &Agent) -> Result<Drafts, StoreError> {
    Ok(Drafts { drafts: hub.store.drafts(agent).await? })
}

pub async fn of_ticket(hub: &Hub, agent: &Agent, ticket: TicketId) -> Result<TicketDrafts, StoreError> {
    let who = Who::Agent(agent.clone());
    let found = conversation::find(hub, &who, ticket).await?;
    let readable = access::read(&who, &found).ok_or(Refusal::new(protocol::ErrorCode::NotFound))?;
    Ok(TicketDrafts { drafts: hub.store.ticket_drafts(&readable).await? })
}

pub async fn keep(
    hub: &Hub,
    agent: &Agent,
    ticket: TicketId,
    kind: PostKind,
    form: KeepDraft,
) -> Result<(), StoreError> {
    let KeepDraft { text, base, revision } = form;
    let state = DraftState { kind, text: DraftText::parse(text)?, base, revision };
    let who = Who::Agent(agent.clone());
    let found = conversation::find(hub, &who, ticket).await?;
    let readable = access::read(&who, &found).ok_or(Refusal::new(protocol::ErrorCode::NotFound))?;
    hub.store.keep_draft(&readable, &state).await?;
    hub.bus.publish(Signal::DraftChanged { agent: agent.id, ticket, kind, revision: Some(revision) });
    Ok(())
}
