//! Settings for all datasets of a name, over those of the workspace.

use axum::Json;
use axum::extract::{Path, Query, State};
use driftline_model::Settings;
use driftline_model::service::{Page, PageRequest};
use driftline_store::DatasetSettingsVersion;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::settings_layers::{self, Origins};
use crate::state::now_ms;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(get, put)).routes(routes!(history))
}

/// Settings of a dataset with where each of them comes from. All datasets of the same name have the same ones.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct DatasetSettings {
    /// Version of `own`; 0 before anything was set.
    version: i64,
    /// When `own` was set.
    created_ms: i64,
    /// Who set it: the id of a user.
    created_by: String,
    /// What differs from the settings of the workspace: a part of `Settings`.
    #[schema(value_type = Object)]
    own: Map<String, Value>,
    /// What holds for a check of this dataset.
    effective: Settings,
    /// Where each setting comes from: `dataset`, `workspace` or `default`, by names such as
    /// `drift.min_mass_moved` and `roles.COLUMN`.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    origins: Origins,
}

/// What shall differ from the settings of the workspace.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDatasetSettings {
    /// The version that this was made from; when another one is in force meanwhile, the answer is 409.
    version: i64,
    /// What differs, whole: what is left out is as in the workspace. `null` for a column under `roles` takes back a
    /// role that the workspace gives.
    #[schema(value_type = Object)]
    own: Map<String, Value>,
}

/// What once differed from the settings of the workspace.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct OwnSettingsVersion {
    /// Its number.
    version: i64,
    /// When it was set.
    created_ms: i64,
    /// Who set it: the id of a user.
    created_by: String,
    /// What differed.
    #[schema(value_type = Object)]
    own: Map<String, Value>,
}

impl From<DatasetSettingsVersion> for OwnSettingsVersion {
    fn from(known: DatasetSettingsVersion) -> Self {
        let DatasetSettingsVersion { version, own, created_ms, created_by } = known;
        Self { version, created_ms, created_by, own }
    }
}

/// The settings of a dataset
///
/// They belong to its name: what is uploaded under the same name later has them too.
#[utoipa::path(get, path = "/api/v1/datasets/{id}/settings", tag = "settings",
    params(("id" = String, Path, description = "The dataset")),
    responses((status = 200, description = "Those in force", body = DatasetSettings)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DatasetSettings>, ApiError> {
    let name = name_of(&service, &caller, &id).await?;
    Ok(Json(in_force(&service, (&caller.workspace_id, &name)).await?))
}

/// Set the settings of a dataset
#[utoipa::path(put, path = "/api/v1/datasets/{id}/settings", tag = "settings", request_body = NewDatasetSettings,
    params(("id" = String, Path, description = "The dataset")),
    responses((status = 200, description = "Those now in force", body = DatasetSettings)))]
async fn put(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<NewDatasetSettings>,
) -> Result<Json<DatasetSettings>, ApiError> {
    let name = name_of(&service, &caller, &id).await?;
    let of = (caller.workspace_id.as_str(), name.as_str());
    let workspace = service.database.settings(of.0).await?.settings;
    settings_layers::of_dataset(&body.own, &workspace)?;
    let now = now_ms();
    let next = DatasetSettingsVersion {
        version: body.version.saturating_add(1),
        own: body.own,
        created_ms: now,
        created_by: caller.user_id.clone(),
    };
    let mut change = service.database.change().await?;
    if !change.set_dataset_settings(of, &next).await? {
        drop(change);
        let present = in_force(&service, of).await?;
        return Err(ApiError::conflict("somebody else has changed the settings", &present));
    }
    let body = serde_json::json!({ "dataset": name, "version": next.version });
    change.publish((of.0, "settings.changed", &id), &body, now).await?;
    let detail = format!("{name}, version {}", next.version);
    service.audited(&mut change, &caller, ("dataset.settings", &id, &detail)).await?;
    change.commit().await?;
    Ok(Json(in_force(&service, of).await?))
}

/// What the settings of a dataset were
#[utoipa::path(get, path = "/api/v1/datasets/{id}/settings/history", tag = "settings",
    params(PageRequest, ("id" = String, Path, description = "The dataset")),
    responses((status = 200, description = "All versions, newest first", body = Page<OwnSettingsVersion>)))]
async fn history(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<OwnSettingsVersion>>, ApiError> {
    let name = name_of(&service, &caller, &id).await?;
    let of = (caller.workspace_id.as_str(), name.as_str());
    let Page { items, next } = service.database.dataset_settings_history(of, &page).await?;
    Ok(Json(Page { items: items.into_iter().map(Into::into).collect(), next }))
}

async fn name_of(service: &Service, caller: &Caller, id: &str) -> Result<String, ApiError> {
    let known = service.database.dataset(&caller.workspace_id, id).await?;
    Ok(known.ok_or_else(|| ApiError::missing("dataset"))?.dataset.name)
}

async fn in_force(
    service: &Service,
    (workspace_id, name): (&str, &str),
) -> Result<DatasetSettings, ApiError> {
    let workspace = service.database.settings(workspace_id).await?.settings;
    let known = service.database.dataset_settings(workspace_id, name).await?;
    let layered = settings_layers::of_dataset(&known.own, &workspace)?;
    let DatasetSettingsVersion { version, own, created_ms, created_by } = known;
    let (effective, origins) = (layered.settings, layered.origins);
    Ok(DatasetSettings { version, created_ms, created_by, own, effective, origins })
}
