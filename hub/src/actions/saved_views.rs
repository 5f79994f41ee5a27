//! Saved views: an agent's own, and those of the site, which admins look after.

use protocol::http::{ChangeView, NewView, SavedView, SavedViews, ViewFilters};
use protocol::{ClientId, SavedViewId};

use super::Hub;
use super::agents::require_admin;
use crate::domain::Refusal;
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

pub async fn add(
    hub: &Hub,
    agent: &Agent,
    shelf: Shelf,
    key: ClientId,
    form: NewView,
) -> Result<SavedView, StoreError> {
    may_change(agent, shelf)?;
    let (name, filters) = (ViewName::parse(&form.name)?, Filters::parse(form.filters)?);
    hub.store.add_view(agent, shelf, (&name, &filters), key).await
}

pub async fn change(
    hub: &Hub,
    agent: &Agent,
    shelf: Shelf,
    view: SavedViewId,
    form: ChangeView,
) -> Result<(), StoreError> {
    may_change(agent, shelf)?;
    let change = ViewChange {
        name: form.name.as_deref().map(ViewName::parse).transpose()?,
        filters: form.filters.map(Filters::parse).transpose()?,
        place: form.place,
    };
    hub.store.change_view(agent, shelf, view, &change).await
}

pub async fn remove(hub: &Hub, agent: &Agent, shelf: Shelf, view: SavedViewId) -> Result<(), StoreError> {
    may_change(agent, shelf)?;
    hub.store.remove_view(agent, shelf, view).await
}

fn may_change(agent: &Agent, shelf: Shelf) -> Result<(), Refusal> {
    match shelf {
        Shelf::Own => Ok(()),
        Shelf::Shared => require_admin(agent),
    }
}
