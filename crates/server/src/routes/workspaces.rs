//! Workspaces.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use driftline_model::service::{Role, Workspace};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, create))
}

/// My workspaces
///
/// Choose one for a request with the header `X-Workspace`; without it the first one is meant. An API token
/// belongs to one workspace.
#[utoipa::path(get, path = "/api/v1/workspaces", tag = "people",
    responses((status = 200, description = "By name", body = Vec<Workspace>)))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Json<Vec<Workspace>>, ApiError> {
    Ok(Json(service.database.workspaces_of(&caller.user_id).await?))
}

/// What to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWorkspace {
    /// Its name, 1 to 100 characters.
    name: String,
}

/// Make a workspace
///
/// Who makes it owns it.
#[utoipa::path(post, path = "/api/v1/workspaces", tag = "people", request_body = NewWorkspace,
    responses((status = 201, description = "Made", body = Workspace)))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<NewWorkspace>,
) -> Result<(StatusCode, Json<Workspace>), ApiError> {
    let name = body.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(ApiError::invalid("`name` needs 1 to 100 characters"));
    }
    let now = now_ms();
    let mut change = service.database.change().await?;
    let id = change.create_workspace(&name, now).await?;
    change.set_role(&id, &caller.user_id, Role::Owner).await?;
    service.audited(&mut change, &caller, ("workspace.create", &id, &name)).await?;
    change.commit().await?;
    Ok((StatusCode::CREATED, Json(Workspace { id, name, created_ms: now, role: Role::Owner })))
}
