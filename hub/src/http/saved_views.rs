//! Saved views: an agent's own, and those of the site.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::SavedViewId;
use protocol::http::{ChangeView, NewView, SavedView, SavedViews};

use super::Front;
use super::access::Agent;
use super::body::Body;
use super::inputs::{Key, Path};
use super::problem::Failure;
use super::shelf::on_both_shelves;
use crate::actions::saved_views;
use crate::store::tickets::Shelf;

pub async fn list(State(front): State<Front>, Agent(agent): Agent) -> Result<Json<SavedViews>, Failure> {
    Ok(Json(saved_views::list(&front.hub, &agent).await?))
}

on_both_shelves!(saved_views: SavedViewId, NewView, ChangeView, SavedView);
