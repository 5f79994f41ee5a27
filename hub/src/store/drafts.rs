//! What agents are writing, each for themselves: one text for each ticket and kind of message.
//!
//! A state of a draft is named by the page that writes it, and says which state it was made from: so nothing is
//! written over unseen, and a repeat is known as one. A message ends its draft by itself (`writer/drafts`).

use protocol::DraftRevision;
use protocol::ErrorCode;
use protocol::drafts::{Draft, DraftRef};
use protocol::frame::PostKind;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult};

use super::db::{commit, one_at_a_time, retrying};
use super::fault::{Fault, Outcome};
use super::sql::{Columns, Sql, all, one, run, word};
use super::tickets::lists::push_reach;
use super::{Store, StoreError};
use crate::domain::Refusal;
use crate::domain::access::{Agent, Audience, Readable};
use crate::domain::limits::DRAFTS_MAX;
use crate::domain::message::DraftText;

/// A state of a draft that is to be kept.
#[derive(Clone, Debug)]
pub struct DraftState {
    pub kind: PostKind,
    pub text: DraftText,
    /// The state that it was made from.
    pub base: Option<DraftRevision>,
    pub revision: DraftRevision,
}

impl Store {
    /// Where the agent has a draft, newest first, among the tickets they may see.
    pub async fn drafts(&self, agent: &Agent) -> Result<Vec<DraftRef>, StoreError> {
        let mut sql = Sql::new(
            "select d.ticket_id, d.kind, d.revision from draft d join ticket t on t.id = d.ticket_id \
             where d.text <> '' and d.agent_id = ",
        );
        sql.bind(agent.id.0).push(" and t.site_id = ").bind(agent.site.0);
        push_reach(&mut sql, self.db().backend(), agent);
        sql.push(" order by d.at desc, d.ticket_id, d.kind limit ").bind(DRAFTS_MAX);
        let rows = all(self.db().reads(), sql).await?;
        let draft = |row: &QueryResult| {
            Ok(DraftRef { ticket: row.id("ticket_id")?, kind: row.word("kind")?, revision: row.id("revision")? })
        };
        Ok(rows.iter().map(draft).collect::<Outcome<_>>()?)
    }

    /// The reader's own ones of a ticket, ended ones too. For an agent's `Readable` only.
    pub async fn ticket_drafts(&self, ticket: &Readable<'_>) -> Result<Vec<Draft>, StoreError> {
        agents_only(ticket)?;
        let text = "select kind, text, revision, at from draft where agent_id = $1 and ticket_id = $2 order by kind";
        let rows = all(self.db().reads(), Sql::with(text, key(ticket))).await?;
        Ok(rows.iter().map(draft).collect::<Outcome<_>>()?)
    }

    /// `draft_changed` where another state stands than the one this was made from, `merged` where nothing can be
    /// written any more, `conflict` when the agent has too many. For an agent's `Readable` only.
    pub async fn keep_draft(&self, ticket: &Readable<'_>, state: &DraftState) -> Result<(), StoreError> {
        agents_only(ticket)?;
        Ok(retrying(|| self.keep_draft_once(ticket, state)).await?)
    }

    async fn keep_draft_once(&self, ticket: &Readable<'_>, state: &DraftState) -> Outcome<()> {
        let tx = self.db().begin().await?;
        let merged_into = lock(&tx, ticket).await?;
        let text = "select kind, text, revision, at from draft where agent_id = $1 and ticket_id = $2 and kind = $3";
        let [agent, id] = key(ticket);
        let kind = word(state.kind);
        let found = one(&tx, Sql::with(text, [agent.clone(), id.clone(), kind.as_str().into()])).await?;
        let found = found.as_ref().map(draft).transpose()?;
        match &found {
            Some(found) if found.revision == state.revision => return commit(tx).await,
            Some(found) if Some(found.revision) != state.base => {
                return Err(Refusal::draft_changed(found.clone()).into());
            }
            // Of a draft that was swept nothing can be written over.
            Some(_) | None => {}
        }
        if !state.text.is_empty() {
            if let Some(into) = merged_into {
                return Err(Refusal::merged(into).into());
            }
            if found.as_ref().is_none_or(|found| found.text.is_empty()) {
                self.has_room(&tx, ticket).await?;
            }
        }
        let text = "insert into draft (agent_id, ticket_id, kind, site_id, text, revision, at) \
                    values ($1, $2, $3, $4, $5, $6, $7) on conflict (agent_id, ticket_id, kind) do update set \
                    text = excluded.text, revision = excluded.revision, at = excluded.at";
        let row = [
            agent,
            id,
            kind.into(),
            ticket.ticket().site.0.into(),
            state.text.as_str().into(),
            state.revision.0.into(),
            self.now().into(),
        ];
        run(&tx, Sql::with(text, row)).await?;
        commit(tx).await
    }

    /// Drafts of one agent are begun one after the other: as many at once as there are tickets keep to the limit.
    async fn has_room(&self, tx: &DatabaseTransaction, ticket: &Readable<'_>) -> Outcome<()> {
        one_at_a_time(tx, &[&format!("drafts {}", ticket.reader())]).await?;
        let text = "select count(*) as n from draft where agent_id = $1 and text <> ''";
        let row = one(tx, Sql::with(text, [ticket.reader().0.into()])).await?;
        match row.map_or(Ok(0), |row| row.get::<i64>("n"))? {
            n if n >= DRAFTS_MAX => {
                Err(Refusal::of("text", ErrorCode::Conflict).with_limit(DRAFTS_MAX.unsigned_abs()).into())
            }
            _ => Ok(()),
        }
    }
}

/// Keeps the writer from the ticket until this is written, as the writer keeps others from it: a message that
/// ends the draft comes before or after, and so does a merge. Answers where a merged ticket leads.
async fn lock(tx: &DatabaseTransaction, ticket: &Readable<'_>) -> Outcome<Option<protocol::TicketId>> {
    let mut sql = Sql::new("select merged_into from ticket where id = ");
    sql.bind(ticket.ticket().id.0);
    if tx.get_database_backend() == DbBackend::Postgres {
        sql.push(" for no key update");
    }
    one(tx, sql).await?.map_or(Ok(None), |row| row.id_or_none("merged_into"))
}

fn agents_only(ticket: &Readable<'_>) -> Outcome<()> {
    match ticket.audience() {
        Audience::Agent => Ok(()),
        Audience::Requester => Err(Fault::Failed("a draft was asked for by a requester".to_owned())),
    }
}

fn key(ticket: &Readable<'_>) -> [sea_orm::Value; 2] {
    [ticket.reader().0.into(), ticket.ticket().id.0.into()]
}

fn draft(row: &QueryResult) -> Outcome<Draft> {
    Ok(Draft { kind: row.word("kind")?, text: row.get("text")?, revision: row.id("revision")?, at: row.get("at")? })
}
