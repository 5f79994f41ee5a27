//! The draft that a message was made from ends with it, in the message's own transaction.
//!
//! The message names the states that the draft may stand in; any other one was written elsewhere, and stays.
//! What ended keeps its row for a while, under a state that no page knows: whatever of the draft was still on
//! its way is refused.

use protocol::frame::PostKind;
use protocol::{DraftRevision, Millis, ParticipantId, SiteId, TicketId};
use sea_orm::{DatabaseTransaction, Value};

use super::Act;
use super::decide::{Decision, Scene};
use crate::store::fault::Outcome;
use crate::store::sql::{Sql, run, word};

pub(super) struct EndedDraft {
    site: SiteId,
    ticket: TicketId,
    agent: ParticipantId,
    kind: PostKind,
    states: Vec<DraftRevision>,
}

impl Decision<'_> {
    pub(super) fn end_draft(&mut self, scene: &Scene, act: &Act) {
        let Act::Post { kind, drafts, .. } = act else { return };
        if drafts.is_empty() {
            return;
        }
        let site = self.ticket(scene.ticket).site;
        let (ticket, agent, kind, states) = (scene.ticket, scene.author.id, *kind, drafts.clone());
        self.ended_drafts.push(EndedDraft { site, ticket, agent, kind, states });
    }
}

pub(super) async fn save(tx: &DatabaseTransaction, decision: &Decision<'_>, now: Millis) -> Outcome<()> {
    let ended = &decision.ended_drafts;
    if ended.is_empty() {
        return Ok(());
    }
    // By its state, wherever it is: of a merged ticket the message went to where that leads.
    let rows = ended.iter().flat_map(|draft| {
        draft
            .states
            .iter()
            .map(|state| -> [Value; 4] { [draft.agent.0.into(), state.0.into(), decision.new_id().into(), now.into()] })
    });
    let mut sql = Sql::new("with v(agent_id, state, revision, at) as (");
    sql.rows_to_find(rows.collect()).push(
        ") update draft set text = '', revision = v.revision, at = v.at from v \
         where draft.agent_id = v.agent_id and draft.revision = v.state",
    );
    run(tx, sql).await?;
    // A first state that is still on its way finds that the draft has ended.
    let rows = ended.iter().map(|draft| -> [Value; 7] {
        [
            draft.agent.0.into(),
            draft.ticket.0.into(),
            word(draft.kind).into(),
            draft.site.0.into(),
            "".into(),
            decision.new_id().into(),
            now.into(),
        ]
    });
    let into = "draft (agent_id, ticket_id, kind, site_id, text, revision, at)";
    let mut sql = Sql::insert(into, rows.collect());
    sql.push(" on conflict (agent_id, ticket_id, kind) do nothing");
    run(tx, sql).await?;
    Ok(())
}
