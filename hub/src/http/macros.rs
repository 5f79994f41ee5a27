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
use super::shelf::on_both_shelves;
use crate::actions::macros;
use crate::store::tickets::Shelf;

pub async fn list(State(front): State<Front>, Agent(agent): Agent) -> Result<Json<Macros>, Failure> {
    Ok(Json(macros::list(&front.hub, &agent).await?))
}

on_both_shelves!(macros: MacroId, NewMacro, ChangeMacro, Macro);
