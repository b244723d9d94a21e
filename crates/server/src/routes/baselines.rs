//! Baselines of a workspace.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use driftline_engine::{CancelToken, Input, ProfileRequest, Silent};
use driftline_model::service::{BaselineSummary, BaselineVersionSummary, DatasetState};
use driftline_store::{Baseline, BaselineName, Placement, VersionDetails};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(save))
        .routes(routes!(promote))
        .routes(routes!(rollback))
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

/// What to save.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewVersion {
    /// The dataset to summarise: its id.
    dataset: String,
    /// Do not make it the current version: it waits to be promoted.
    #[serde(default)]
    candidate: bool,
}

/// Save a dataset as a new version
#[utoipa::path(post, path = "/api/v1/baselines/{name}/versions", tag = "baselines", request_body = NewVersion,
    params(("name" = String, Path, description = "The baseline, which is made when it is not there")),
    responses((status = 201, description = "Saved", body = BaselineSummary)))]
async fn save(
    State(service): State<Service>,
    caller: Caller,
    Path(name): Path<String>,
    Json(body): Json<NewVersion>,
) -> Result<(StatusCode, Json<BaselineSummary>), ApiError> {
    let name: BaselineName = name.parse()?;
    let known = service.database.dataset(&caller.workspace_id, &body.dataset).await?;
    let stored = known
        .filter(|stored| stored.dataset.state == DatasetState::Ready)
        .ok_or_else(|| ApiError::missing("dataset"))?;
    let request = ProfileRequest {
        input: Input::Table(service.data.blob(&stored.blob).to_string_lossy().into_owned()),
        settings: service.database.settings(&caller.workspace_id).await?.settings,
        run: service.config.run.clone(),
    };
    let workspace = service.data.baselines(&caller.workspace_id);
    let placement = if body.candidate { Placement::Candidate } else { Placement::Current };
    let (of_name, source) = (name.clone(), stored.dataset.name);
    let saved = blocking(move || {
        let outcome = driftline_engine::profile(&request, &Silent, &CancelToken::new())?;
        let details = VersionDetails {
            source,
            rows: outcome.side().rows,
            columns: outcome.side().columns,
            saved_unix_secs: u64::try_from(now_ms() / 1000).unwrap_or(0),
            job: None,
        };
        workspace.save(&of_name, &outcome.to_bytes(), details, placement)?;
        one(&workspace.list()?, of_name.as_str())
    })
    .await?;
    told(&service, &caller, ("baseline.save", &saved)).await?;
    Ok((StatusCode::CREATED, Json(saved)))
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
        one(&workspace.list()?, name.as_str())
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
        one(&workspace.list()?, name.as_str())
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

fn one(all: &[Baseline], name: &str) -> Result<BaselineSummary, ApiError> {
    let found = all.iter().find(|baseline| baseline.name == name).cloned();
    found.map(summary).ok_or_else(|| ApiError::missing("baseline"))
}

fn summary(baseline: Baseline) -> BaselineSummary {
    let version = |known: driftline_store::BaselineVersion| BaselineVersionSummary {
        version: known.version,
        size_bytes: known.size_bytes,
        source: known.details.source,
        rows: known.details.rows,
        columns: known.details.columns,
        saved_ms: i64::try_from(known.details.saved_unix_secs).unwrap_or(0).saturating_mul(1000),
    };
    BaselineSummary {
        name: baseline.name,
        current: baseline.current,
        versions: baseline.versions.into_iter().map(version).collect(),
    }
}
