//! Macros: an agent's own, and those of the site, which admins look after. Whoever may use one hears of a change.

use protocol::macros::{ChangeMacro, Macro, Macros, NewMacro};
use protocol::{ClientId, MacroId};

use super::Hub;
use super::agents::require_admin;
use crate::bus::Signal;
use crate::domain::Refusal;
use crate::domain::access::Agent;
use crate::domain::macros::{Content, MacroName};
use crate::store::StoreError;
use crate::store::macros::MacroChange;
use crate::store::tickets::Shelf;

pub async fn list(hub: &Hub, agent: &Agent) -> Result<Macros, StoreError> {
    Ok(Macros { macros: hub.store.macros(agent).await? })
}

pub async fn add(hub: &Hub, agent: &Agent, shelf: Shelf, key: ClientId, form: NewMacro) -> Result<Macro, StoreError> {
    may_change(agent, shelf)?;
    let (name, content) = (MacroName::parse(&form.name)?, Content::parse(form.content)?);
    let added = hub.store.add_macro(agent, shelf, (&name, &content), key).await?;
    tell(hub, agent, shelf);
    Ok(added)
}

pub async fn change(hub: &Hub, agent: &Agent, shelf: Shelf, id: MacroId, form: ChangeMacro) -> Result<(), StoreError> {
    may_change(agent, shelf)?;
    let change = MacroChange {
        name: form.name.as_deref().map(MacroName::parse).transpose()?,
        content: form.content.map(Content::parse).transpose()?,
        place: form.place,
    };
    hub.store.change_macro(agent, shelf, id, &change).await?;
    tell(hub, agent, shelf);
    Ok(())
}

pub async fn remove(hub: &Hub, agent: &Agent, shelf: Shelf, id: MacroId) -> Result<(), StoreError> {
    may_change(agent, shelf)?;
    hub.store.remove_macro(agent, shelf, id).await?;
    tell(hub, agent, shelf);
    Ok(())
}

fn may_change(agent: &Agent, shelf: Shelf) -> Result<(), Refusal> {
    match shelf {
        Shelf::Own => Ok(()),
        Shelf::Shared => require_admin(agent),
    }
}

fn tell(hub: &Hub, agent: &Agent, shelf: Shelf) {
    let owner = (shelf == Shelf::Own).then_some(agent.id);
    hub.bus.publish(Signal::MacrosChanged { site: agent.site, owner });
}
