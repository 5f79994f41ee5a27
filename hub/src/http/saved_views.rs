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
use crate::actions::saved_views;
use crate::store::tickets::Shelf;

pub async fn list(State(front): State<Front>, Agent(agent): Agent) -> Result<Json<SavedViews>, Failure> {
    Ok(Json(saved_views::list(&front.hub, &agent).await?))
}

macro_rules! on_shelf {
    ($shelf:ident: $add:ident, $change:ident, $remove:ident) => {
        pub async fn $add(
            State(front): State<Front>,
            Agent(agent): Agent,
            Key(key): Key,
            Body(form): Body<NewView>,
        ) -> Result<(StatusCode, Json<SavedView>), Failure> {
            let view = saved_views::add(&front.hub, &agent, Shelf::$shelf, key, form).await?;
            Ok((StatusCode::CREATED, Json(view)))
        }

        pub async fn $change(
            State(front): State<Front>,
            Agent(agent): Agent,
            Path(view): Path<SavedViewId>,
            Body(form): Body<ChangeView>,
        ) -> Result<StatusCode, Failure> {
            saved_views::change(&front.hub, &agent, Shelf::$shelf, view, form).await?;
            Ok(StatusCode::NO_CONTENT)
        }

        pub async fn $remove(
            State(front): State<Front>,
            Agent(agent): Agent,
            Path(view): Path<SavedViewId>,
        ) -> Result<StatusCode, Failure> {
            saved_views::remove(&front.hub, &agent, Shelf::$shelf, view).await?;
            Ok(StatusCode::NO_CONTENT)
        }
    };
}

on_shelf!(Own: add_own, change_own, remove_own);
on_shelf!(Shared: add_shared, change_shared, remove_shared);
