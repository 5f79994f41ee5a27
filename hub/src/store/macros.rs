//! Macros: an agent's own and those of the site, each kind in an order of its own.

use protocol::macros::{Macro, MacroActions, MacroAssignee, MacroContent};
use protocol::{ClientId, ErrorCode, LoginId, MacroId, SiteId};
use sea_orm::{DatabaseTransaction, QueryResult};

use super::db::{commit, retrying};
use super::fault::Outcome;
use super::logins::{answer, keep_answer, or_answered};
use super::sql::{Columns, Sql, all, one, run};
use super::tickets::{Shelf, push_shelf};
use super::{Store, StoreError};
use crate::domain::access::Agent;
use crate::domain::limits::MACROS_MAX;
use crate::domain::macros::{Content, MacroName};
use crate::domain::{Refusal, ids};

/// What changes in a macro; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct MacroChange {
    pub name: Option<MacroName>,
    pub content: Option<Content>,
    /// Its place among those of its shelf, from 0.
    pub place: Option<u32>,
}

impl Store {
    /// Own macros, then the site's, each in their order.
    pub async fn macros(&self, agent: &Agent) -> Result<Vec<Macro>, StoreError> {
        let mut macros = Vec::new();
        for shelf in [Shelf::Own, Shelf::Shared] {
            let mut sql = Sql::new("select id, name, content from macro where ");
            push_shelf(&mut sql, agent, shelf);
            sql.push(" order by place, id");
            for row in all(self.db().reads(), sql).await? {
                macros.push(read_macro(&row, shelf)?);
            }
        }
        Ok(macros)
    }

    /// `conflict` when the shelf is full, `not_found` for a team or an agent who is not there. A repeat of the key
    /// answers the same macro.
    pub async fn add_macro(
        &self,
        agent: &Agent,
        shelf: Shelf,
        (name, content): (&MacroName, &Content),
        key: ClientId,
    ) -> Result<Macro, StoreError> {
        let new = Macro {
            id: MacroId(ids::new_id(self.clock())),
            name: name.as_str().to_owned(),
            shared: shelf == Shelf::Shared,
            content: content.as_wire().clone(),
        };
        let key = (agent.login, key);
        let done = retrying(|| self.add_macro_once(agent, shelf, &new, key)).await;
        Ok(or_answered(self.db().writes(), done, Some(key)).await?)
    }

    async fn add_macro_once(
        &self,
        agent: &Agent,
        shelf: Shelf,
        new: &Macro,
        (login, key): (LoginId, ClientId),
    ) -> Outcome<Macro> {
        let tx = self.db().begin().await?;
        if let Some(answer) = answer(&tx, login, key).await? {
            return Ok(serde_json::from_str(&answer)?);
        }
        check_assignment(&tx, agent.site, &new.content.actions).await?;
        let mut sql = Sql::new("select count(*) as n, coalesce(max(place), -1) as last from macro where ");
        push_shelf(&mut sql, agent, shelf);
        let (n, last): (i64, i64) =
            one(&tx, sql).await?.map_or(Ok((0, -1)), |row| Outcome::Ok((row.get("n")?, row.get("last")?)))?;
        if n >= MACROS_MAX {
            return Err(Refusal::of("name", ErrorCode::Conflict).with_limit(MACROS_MAX.unsigned_abs()).into());
        }
        let text = "insert into macro (id, site_id, owner_id, name, content, place, created_at) \
                    values ($1, $2, $3, $4, $5, $6, $7)";
        let row = [
            new.id.0.into(),
            agent.site.0.into(),
            (shelf == Shelf::Own).then_some(agent.id.0).into(),
            new.name.as_str().into(),
            serde_json::to_string(&new.content)?.into(),
            (last + 1).into(),
            self.now().into(),
        ];
        run(&tx, Sql::with(text, row)).await?;
        keep_answer(&tx, (login, key), "add_macro", serde_json::to_string(new)?, self.now()).await?;
        commit(tx).await?;
        Ok(new.clone())
    }

    /// `not_found` when it is not there, or not of that shelf.
    pub async fn change_macro(
        &self,
        agent: &Agent,
        shelf: Shelf,
        id: MacroId,
        change: &MacroChange,
    ) -> Result<(), StoreError> {
        Ok(retrying(|| self.change_macro_once(agent, shelf, id, change)).await?)
    }

    async fn change_macro_once(&self, agent: &Agent, shelf: Shelf, id: MacroId, change: &MacroChange) -> Outcome<()> {
        let tx = self.db().begin().await?;
        let mut sql = Sql::new("select id from macro where ");
        push_shelf(&mut sql, agent, shelf);
        sql.push(" order by place, id");
        let mut order: Vec<MacroId> = all(&tx, sql).await?.iter().map(|row| row.id("id")).collect::<Outcome<_>>()?;
        let at = order.iter().position(|each| *each == id).ok_or(Refusal::new(ErrorCode::NotFound))?;
        if let Some(name) = &change.name {
            run(&tx, Sql::with("update macro set name = $1 where id = $2", [name.as_str().into(), id.0.into()]))
                .await?;
        }
        if let Some(content) = &change.content {
            check_assignment(&tx, agent.site, &content.as_wire().actions).await?;
            let content = serde_json::to_string(content.as_wire())?;
            run(&tx, Sql::with("update macro set content = $1 where id = $2", [content.into(), id.0.into()])).await?;
        }
        if let Some(place) = change.place {
            let moved = order.remove(at);
            order.insert(usize::try_from(place).unwrap_or(usize::MAX).min(order.len()), moved);
            for (place, id) in (0_i64..).zip(order) {
                run(&tx, Sql::with("update macro set place = $1 where id = $2", [place.into(), id.0.into()])).await?;
            }
        }
        commit(tx).await
    }

    /// `not_found` when it is not there, or not of that shelf.
    pub async fn remove_macro(&self, agent: &Agent, shelf: Shelf, id: MacroId) -> Result<(), StoreError> {
        let mut sql = Sql::new("delete from macro where id = ");
        sql.bind(id.0).push(" and ");
        push_shelf(&mut sql, agent, shelf);
        match run(self.db().writes(), sql).await? {
            0 => Err(Refusal::new(ErrorCode::NotFound).into()),
            _ => Ok(()),
        }
    }
}

/// Whoever is named is there now. Later they may be gone: then the act is refused when it is done.
async fn check_assignment(tx: &DatabaseTransaction, site: SiteId, actions: &MacroActions) -> Outcome<()> {
    if let Some(team) = actions.team {
        let sql = Sql::with("select id from team where id = $1 and site_id = $2", [team.0.into(), site.0.into()]);
        one(tx, sql).await?.ok_or(Refusal::of("content.actions.team", ErrorCode::NotFound))?;
    }
    if let Some(MacroAssignee::Agent { id }) = actions.assignee {
        let text = "select id from participant where id = $1 and site_id = $2 and kind = 'agent' \
                    and disabled_at is null and password_hash is not null";
        let found = one(tx, Sql::with(text, [id.0.into(), site.0.into()])).await?;
        found.ok_or(Refusal::of("content.actions.assignee", ErrorCode::NotFound))?;
    }
    Ok(())
}

fn read_macro(row: &QueryResult, shelf: Shelf) -> Outcome<Macro> {
    let content: MacroContent = row.json("content")?;
    Ok(Macro { id: row.id("id")?, name: row.get("name")?, shared: shelf == Shelf::Shared, content })
}
