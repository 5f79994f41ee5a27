//! Macros: an agent's own, and those of the site.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::MacroId;
use protocol::macros::{ChangeMacro, Macro, Macros, NewMacro};

use super::Front;
use super::access::Agent;
use super::body::Body;
use super::inputs::{Key, Path};
use super::problem::Failure;
use crate::actions::macros;
use crate::store::tickets::Shelf;

pub async fn list(State(front): State<Front>, Agent(agent): Agent) -> Result<Json<Macros>, Failure> {
    Ok(Json(macros::list(&front.hub, &agent).await?))
}

macro_rules! on_shelf {
    ($shelf:ident: $add:ident, $change:ident, $remove:ident) => {
        pub async fn $add(
            State(front): State<Front>,
            Agent(agent): Agent,
            Key(key): Key,
            Body(form): Body<NewMacro>,
        ) -> Result<(StatusCode, Json<Macro>), Failure> {
            let added = macros::add(&front.hub, &agent, Shelf::$shelf, key, form).await?;
            Ok((StatusCode::CREATED, Json(added)))
        }

        pub async fn $change(
            State(front): State<Front>,
            Agent(agent): Agent,
            Path(id): Path<MacroId>,
            Body(form): Body<ChangeMacro>,
        ) -> Result<StatusCode, Failure> {
            macros::change(&front.hub, &agent, Shelf::$shelf, id, form).await?;
            Ok(StatusCode::NO_CONTENT)
        }

        pub async fn $remove(
            State(front): State<Front>,
            Agent(agent): Agent,
            Path(id): Path<MacroId>,
        ) -> Result<StatusCode, Failure> {
            macros::remove(&front.hub, &agent, Shelf::$shelf, id).await?;
            Ok(StatusCode::NO_CONTENT)
        }
    };
}

on_shelf!(Own: add_own, change_own, remove_own);
on_shelf!(Shared: add_shared, change_shared, remove_shared);
