//! Macros: texts with variables and acts.

use protocol::macros::{ChangeMacro, Macro, Macros, NewMacro};
use protocol::{ClientId, MacroId};

use super::{Hub, shelf};
use crate::domain::access::Agent;
use crate::domain::macros::{Content, MacroName};
use crate::store::StoreError;
use crate::store::macros::MacroChange;
use crate::store::tickets::Shelf;

pub async fn list(hub: &Hub, agent: &Agent) -> Result<Macros, StoreError> {
    Ok(Macros { macros: hub.store.macros(agent).await? })
}

pub async fn add(hub: &Hub, agent: &Agent, on: Shelf, key: ClientId, form: NewMacro) -> Result<Macro, StoreError> {
    shelf::may_change(agent, on)?;
    let (name, content) = (MacroName::parse(&form.name)?, Content::parse(form.content)?);
    let added = hub.store.add_macro(agent, on, (&name, &content), key).await?;
    shelf::tell(hub, agent, on);
    Ok(added)
}

pub async fn change(hub: &Hub, agent: &Agent, on: Shelf, id: MacroId, form: ChangeMacro) -> Result<(), StoreError> {
    shelf::may_change(agent, on)?;
    let change = MacroChange {
        name: form.name.as_deref().map(MacroName::parse).transpose()?,
        content: form.content.map(Content::parse).transpose()?,
        place: form.place,
    };
    hub.store.change_macro(agent, on, id, &change).await?;
    shelf::tell(hub, agent, on);
    Ok(())
}

pub async fn remove(hub: &Hub, agent: &Agent, on: Shelf, id: MacroId) -> Result<(), StoreError> {
    shelf::may_change(agent, on)?;
    hub.store.remove_macro(agent, on, id).await?;
    shelf::tell(hub, agent, on);
    Ok(())
}
