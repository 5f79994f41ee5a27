//! The handlers of what agents keep on a shelf, macros and saved views: the same for their own and the site's.

/// `add_own`, `change_own`, `remove_own` and the same for what is shared, over `$actions`.
macro_rules! on_both_shelves {
    ($actions:ident: $id:ty, $new:ty, $change:ty, $kept:ty) => {
        $crate::http::shelf::on_shelf!($actions, Own, $id, $new, $change, $kept: add_own, change_own, remove_own);
        $crate::http::shelf::on_shelf!(
            $actions, Shared, $id, $new, $change, $kept: add_shared, change_shared, remove_shared
        );
    };
}

macro_rules! on_shelf {
    (
        $actions:ident, $shelf:ident, $id:ty, $new:ty, $change:ty, $kept:ty:
        $add:ident, $alter:ident, $remove:ident
    ) => {
        pub async fn $add(
            State(front): State<Front>,
            Agent(agent): Agent,
            Key(key): Key,
            Body(form): Body<$new>,
        ) -> Result<(StatusCode, Json<$kept>), Failure> {
            let added = $actions::add(&front.hub, &agent, Shelf::$shelf, key, form).await?;
            Ok((StatusCode::CREATED, Json(added)))
        }

        pub async fn $alter(
            State(front): State<Front>,
            Agent(agent): Agent,
            Path(id): Path<$id>,
            Body(form): Body<$change>,
        ) -> Result<StatusCode, Failure> {
            $actions::change(&front.hub, &agent, Shelf::$shelf, id, form).await?;
            Ok(StatusCode::NO_CONTENT)
        }

        pub async fn $remove(
            State(front): State<Front>,
            Agent(agent): Agent,
            Path(id): Path<$id>,
        ) -> Result<StatusCode, Failure> {
            $actions::remove(&front.hub, &agent, Shelf::$shelf, id).await?;
            Ok(StatusCode::NO_CONTENT)
        }
    };
}

pub(super) use {on_both_shelves, on_shelf};
