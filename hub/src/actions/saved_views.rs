//! Saved views: lists by filters of one's own.

use protocol::http::{ChangeView, NewView, SavedView, SavedViews, ViewFilters};
use protocol::{ClientId, SavedViewId};

use super::{Hub, shelf};
use crate::domain::access::Agent;
use crate::domain::saved_view::{Filters, ViewName};
use crate::store::StoreError;
use crate::store::tickets::{Shelf, ViewChange};

pub async fn list(hub: &Hub, agent: &Agent) -> Result<SavedViews, StoreError> {
    Ok(SavedViews { views: hub.store.saved_views(agent).await? })
}

/// The filters of a view that the agent may use.
pub async fn filters(hub: &Hub, agent: &Agent, view: SavedViewId) -> Result<ViewFilters, StoreError> {
    hub.store.view_filters(agent, view).await
}

pub async fn add(hub: &Hub, agent: &Agent, on: Shelf, key: ClientId, form: NewView) -> Result<SavedView, StoreError> {
    shelf::may_change(agent, on)?;
    let (name, filters) = (ViewName::parse(&form.name)?, Filters::parse(form.filters)?);
    let added = hub.store.add_view(agent, on, (&name, &filters), key).await?;
    shelf::tell(hub, agent, on);
    Ok(added)
}

pub async fn change(
    hub: &Hub,
    agent: &Agent,
    on: Shelf,
    view: SavedViewId,
    form: ChangeView,
) -> Result<(), StoreError> {
    shelf::may_change(agent, on)?;
    let change = ViewChange {
        name: form.name.as_deref().map(ViewName::parse).transpose()?,
        filters: form.filters.map(Filters::parse).transpose()?,
        place: form.place,
    };
    hub.store.change_view(agent, on, view, &change).await?;
    shelf::tell(hub, agent, on);
    Ok(())
}

pub async fn remove(hub: &Hub, agent: &Agent, on: Shelf, view: SavedViewId) -> Result<(), StoreError> {
    shelf::may_change(agent, on)?;
    hub.store.remove_view(agent, on, view).await?;
    shelf::tell(hub, agent, on);
    Ok(())
}
