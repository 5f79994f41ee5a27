//! Saved views: an agent's own and those of the site, with how many tickets each holds for whoever asks.

use protocol::http::{AssigneeFilter, SavedView, ViewFilters};
use protocol::{ClientId, ErrorCode, LoginId, Millis, SavedViewId};
use sea_orm::{DbBackend, QueryResult};

use super::lists::push_reach;
use crate::domain::access::Agent;
use crate::domain::limits::SAVED_VIEWS_MAX;
use crate::domain::saved_view::{Filters, ViewName};
use crate::domain::{Refusal, ids, tag};
use crate::store::db::{commit, retrying};
use crate::store::fault::Outcome;
use crate::store::logins::{answer, keep_answer, or_answered};
use crate::store::sql::{Columns, Sql, all, one, run, word};
use crate::store::{Store, StoreError};

/// Whose view it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    Own,
    /// Everybody's of the site.
    Shared,
}

/// What changes in a view; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ViewChange {
    pub name: Option<ViewName>,
    pub filters: Option<Filters>,
    /// Its place among those of its shelf, from 0.
    pub place: Option<u32>,
}

impl Store {
    /// Own views, then the site's, each in their order.
    pub async fn saved_views(&self, agent: &Agent) -> Result<Vec<SavedView>, StoreError> {
        let mut views = Vec::new();
        for shelf in [Shelf::Own, Shelf::Shared] {
            let mut sql = Sql::new("select id, name, filters from saved_view where ");
            push_shelf(&mut sql, agent, shelf);
            sql.push(" order by place, id");
            for row in all(self.db().reads(), sql).await? {
                views.push(saved_view(&row, shelf)?);
            }
        }
        self.count_views(agent, &mut views).await?;
        Ok(views)
    }

    /// The filters of a view that the agent may use.
    pub async fn view_filters(&self, agent: &Agent, id: SavedViewId) -> Result<ViewFilters, StoreError> {
        let mut sql = Sql::new("select filters from saved_view where id = ");
        sql.bind(id.0).push(" and site_id = ").bind(agent.site.0);
        sql.push(" and (owner_id is null or owner_id = ").bind(agent.id.0).push(")");
        let row = one(self.db().reads(), sql).await?.ok_or(Refusal::of("saved", ErrorCode::NotFound))?;
        Ok(row.json("filters")?)
    }

    /// `conflict` when the shelf is full. A repeat of the key answers the same view.
    pub async fn add_view(
        &self,
        agent: &Agent,
        shelf: Shelf,
        (name, filters): (&ViewName, &Filters),
        key: ClientId,
    ) -> Result<SavedView, StoreError> {
        let view = SavedView {
            id: SavedViewId(ids::new_id(self.clock())),
            name: name.as_str().to_owned(),
            shared: shelf == Shelf::Shared,
            filters: filters.as_wire().clone(),
            count: 0,
        };
        let key = (agent.login, key);
        let done = retrying(|| self.add_view_once(agent, shelf, &view, key)).await;
        let mut views = [or_answered(self.db().writes(), done, Some(key)).await?];
        self.count_views(agent, &mut views).await?;
        let [view] = views;
        Ok(view)
    }

    async fn add_view_once(
        &self,
        agent: &Agent,
        shelf: Shelf,
        view: &SavedView,
        (login, key): (LoginId, ClientId),
    ) -> Outcome<SavedView> {
        let tx = self.db().begin().await?;
        if let Some(answer) = answer(&tx, login, key).await? {
            return Ok(serde_json::from_str(&answer)?);
        }
        let mut sql = Sql::new("select count(*) as n, coalesce(max(place), -1) as last from saved_view where ");
        push_shelf(&mut sql, agent, shelf);
        let (n, last): (i64, i64) =
            one(&tx, sql).await?.map_or(Ok((0, -1)), |row| Outcome::Ok((row.get("n")?, row.get("last")?)))?;
        if n >= SAVED_VIEWS_MAX {
            return Err(Refusal::of("name", ErrorCode::Conflict).with_limit(SAVED_VIEWS_MAX.unsigned_abs()).into());
        }
        let owner = (shelf == Shelf::Own).then_some(agent.id.0);
        let filters = serde_json::to_string(&view.filters)?;
        let text = "insert into saved_view (id, site_id, owner_id, name, filters, place, created_at) \
                    values ($1, $2, $3, $4, $5, $6, $7)";
        let (id, name) = (view.id.0, view.name.as_str());
        let row = [
            id.into(),
            agent.site.0.into(),
            owner.into(),
            name.into(),
            filters.into(),
            (last + 1).into(),
            self.now().into(),
        ];
        run(&tx, Sql::with(text, row)).await?;
        keep_answer(&tx, (login, key), "add_view", serde_json::to_string(view)?, self.now()).await?;
        commit(tx).await?;
        Ok(view.clone())
    }

    /// `not_found` when it is not there, or not of that shelf.
    pub async fn change_view(
        &self,
        agent: &Agent,
        shelf: Shelf,
        id: SavedViewId,
        change: &ViewChange,
    ) -> Result<(), StoreError> {
        Ok(retrying(|| self.change_view_once(agent, shelf, id, change)).await?)
    }

    async fn change_view_once(&self, agent: &Agent, shelf: Shelf, id: SavedViewId, change: &ViewChange) -> Outcome<()> {
        let tx = self.db().begin().await?;
        let mut sql = Sql::new("select id from saved_view where ");
        push_shelf(&mut sql, agent, shelf);
        sql.push(" order by place, id");
        let mut order: Vec<SavedViewId> =
            all(&tx, sql).await?.iter().map(|row| row.id("id")).collect::<Outcome<_>>()?;
        let at = order.iter().position(|view| *view == id).ok_or(Refusal::new(ErrorCode::NotFound))?;
        if let Some(name) = &change.name {
            let text = "update saved_view set name = $1 where id = $2";
            run(&tx, Sql::with(text, [name.as_str().into(), id.0.into()])).await?;
        }
        if let Some(filters) = &change.filters {
            let filters = serde_json::to_string(filters.as_wire())?;
            run(&tx, Sql::with("update saved_view set filters = $1 where id = $2", [filters.into(), id.0.into()]))
                .await?;
        }
        if let Some(place) = change.place {
            let view = order.remove(at);
            order.insert(usize::try_from(place).unwrap_or(usize::MAX).min(order.len()), view);
            for (place, view) in (0_i64..).zip(order) {
                run(&tx, Sql::with("update saved_view set place = $1 where id = $2", [place.into(), view.0.into()]))
                    .await?;
            }
        }
        commit(tx).await
    }

    /// `not_found` when it is not there, or not of that shelf.
    pub async fn remove_view(&self, agent: &Agent, shelf: Shelf, id: SavedViewId) -> Result<(), StoreError> {
        let mut sql = Sql::new("delete from saved_view where id = ");
        sql.bind(id.0).push(" and ");
        push_shelf(&mut sql, agent, shelf);
        match run(self.db().writes(), sql).await? {
            0 => Err(Refusal::new(ErrorCode::NotFound).into()),
            _ => Ok(()),
        }
    }

    /// How many tickets each view holds for the agent: one statement for all of them.
    async fn count_views(&self, agent: &Agent, views: &mut [SavedView]) -> Outcome<()> {
        let mut sql = Sql::new("");
        for (index, view) in views.iter().enumerate() {
            sql.push(if index > 0 { " union all select " } else { "select " }).push(&index.to_string());
            sql.push(" as place, count(*) as n from ticket t where t.site_id = ").bind(agent.site.0);
            push_reach(&mut sql, self.db().backend(), agent);
            push_filters(&mut sql, self.db().backend(), agent, &view.filters, self.now());
        }
        if views.is_empty() {
            return Ok(());
        }
        for row in all(self.db().reads(), sql).await? {
            let index = usize::try_from(i64::from(row.get::<i32>("place")?)).unwrap_or(usize::MAX);
            if let Some(view) = views.get_mut(index) {
                view.count = row.get("n")?;
            }
        }
        Ok(())
    }
}

pub(in crate::store) fn push_shelf(sql: &mut Sql, agent: &Agent, shelf: Shelf) {
    sql.push("site_id = ").bind(agent.site.0);
    match shelf {
        Shelf::Own => sql.push(" and owner_id = ").bind(agent.id.0),
        Shelf::Shared => sql.push(" and owner_id is null"),
    };
}

fn saved_view(row: &QueryResult, shelf: Shelf) -> Outcome<SavedView> {
    Ok(SavedView {
        id: row.id("id")?,
        name: row.get("name")?,
        shared: shelf == Shelf::Shared,
        filters: row.json("filters")?,
        count: 0,
    })
}

/// What `fitsFilters` of the console says, in SQL.
pub(super) fn push_filters(sql: &mut Sql, db: DbBackend, agent: &Agent, filters: &ViewFilters, now: Millis) {
    push_words(sql, "t.status", filters.statuses.iter().map(word));
    push_words(sql, "t.priority", filters.priorities.iter().map(word));
    push_words(sql, "t.topic", filters.topics.iter().cloned());
    match &filters.assignee {
        None => {}
        Some(AssigneeFilter::Me) => {
            sql.push(" and t.assignee_id = ").bind(agent.id.0);
        }
        Some(AssigneeFilter::Nobody) => {
            sql.push(" and t.assignee_id is null");
        }
        Some(AssigneeFilter::Agent { id }) => {
            sql.push(" and t.assignee_id = ").bind(id.0);
        }
    }
    if !filters.teams.is_empty() {
        sql.push(" and t.team_id ").one_of(db, filters.teams.iter().map(|team| team.0));
    }
    for name in &filters.tags {
        sql.push(" and exists (select 1 from ticket_tag u where u.ticket_id = t.id and u.folded = ");
        sql.bind(tag::fold(name)).push(")");
    }
    if let Some(minutes) = filters.waiting_min {
        sql.push(" and t.waiting_since <= ").bind(now - i64::from(minutes) * 60_000);
    }
    match filters.snoozed {
        None => {}
        Some(true) => {
            sql.push(" and t.snoozed_until is not null");
        }
        Some(false) => {
            sql.push(" and t.snoozed_until is null");
        }
    }
}

/// One of the words, or any where none is named.
fn push_words(sql: &mut Sql, column: &str, words: impl Iterator<Item = String>) {
    let mut words = words.peekable();
    if words.peek().is_none() {
        return;
    }
    sql.push(" and ").push(column).push(" in (");
    while let Some(word) = words.next() {
        sql.bind(word).push(if words.peek().is_some() { ", " } else { ")" });
    }
}
