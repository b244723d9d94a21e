//! Baselines of a workspace.

use axum::Json;
use axum::extract::{Path, State};
use driftline_model::service::BaselineSummary;
use driftline_store::BaselineName;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::baseline_summary::summary;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(promote)).routes(routes!(rollback))
}

/// Baselines of the workspace
#[utoipa::path(get, path = "/api/v1/baselines", tag = "baselines",
    responses((status = 200, description = "By name", body = Vec<BaselineSummary>)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<Vec<BaselineSummary>>, ApiError> {
    let workspace = service.data.baselines(&caller.workspace_id);
    let known = blocking(move || Ok(workspace.list()?)).await?;
    Ok(Json(known.into_iter().map(summary).collect()))
}

/// Which version.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichVersion {
    /// Its number.
    version: u32,
}

/// Make a version the current one
#[utoipa::path(post, path = "/api/v1/baselines/{name}/promote", tag = "baselines", request_body = WhichVersion,
    params(("name" = String, Path, description = "The baseline")),
    responses((status = 200, description = "Promoted", body = BaselineSummary)))]
async fn promote(
    State(service): State<Service>,
    caller: Caller,
    Path(name): Path<String>,
    Json(body): Json<WhichVersion>,
) -> Result<Json<BaselineSummary>, ApiError> {
    let name: BaselineName = name.parse()?;
    let workspace = service.data.baselines(&caller.workspace_id);
    let now = blocking(move || {
        workspace.promote(&name, body.version)?;
        Ok(summary(workspace.baseline(&name)?))
    })
    .await?;
    told(&service, &caller, ("baseline.promote", &now)).await?;
    Ok(Json(now))
}

/// Go back to the version that was current before
#[utoipa::path(post, path = "/api/v1/baselines/{name}/rollback", tag = "baselines",
    params(("name" = String, Path, description = "The baseline")),
    responses((status = 200, description = "Rolled back", body = BaselineSummary)))]
async fn rollback(
    State(service): State<Service>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<BaselineSummary>, ApiError> {
    let name: BaselineName = name.parse()?;
    let workspace = service.data.baselines(&caller.workspace_id);
    let now = blocking(move || {
        workspace.rollback(&name)?;
        Ok(summary(workspace.baseline(&name)?))
    })
    .await?;
    told(&service, &caller, ("baseline.rollback", &now)).await?;
    Ok(Json(now))
}

async fn told(
    service: &Service,
    caller: &Caller,
    (action, baseline): (&str, &BaselineSummary),
) -> Result<(), ApiError> {
    let mut change = service.database.change().await?;
    change.publish((&caller.workspace_id, action, &baseline.name), baseline, now_ms()).await?;
    let detail = format!("version {} is current", baseline.current);
    service.audited(&mut change, caller, (action, &baseline.name, &detail)).await?;
    Ok(change.commit().await?)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::internal(error.to_string()))?
}
