//! The settings of a workspace.

use axum::Json;
use axum::extract::{Query, State};
use driftline_model::Settings;
use driftline_model::service::{Page, PageRequest};
use driftline_store::SettingsVersion;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::settings_layers::{self, Origins};
use crate::state::now_ms;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(get, put)).routes(routes!(history))
}

/// Settings with where they come from.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SettingsInForce {
    /// Their version; 0 for the defaults.
    version: i64,
    /// `default` or `workspace`.
    origin: String,
    /// When they were set.
    created_ms: i64,
    /// Who set them: the id of a user.
    created_by: String,
    /// The settings.
    settings: Settings,
    /// Where each setting comes from: `workspace` or `default`, by names such as `drift.min_mass_moved` and
    /// `roles.COLUMN`.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    origins: Origins,
}

/// Settings that are or were in force.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PastSettings {
    /// Their version.
    version: i64,
    /// When they were set.
    created_ms: i64,
    /// Who set them: the id of a user.
    created_by: String,
    /// The settings.
    settings: Settings,
}

/// New settings.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSettings {
    /// The version that these were made from; when another one is in force meanwhile, the answer is 409.
    version: i64,
    /// The settings; what is left out has its default.
    settings: Settings,
}

impl From<SettingsVersion> for SettingsInForce {
    fn from(known: SettingsVersion) -> Self {
        let SettingsVersion { version, settings, created_ms, created_by } = known;
        let origin = if version == 0 { "default" } else { "workspace" }.to_owned();
        let origins = settings_layers::origins_of_workspace(&settings);
        Self { version, origin, created_ms, created_by, settings, origins }
    }
}

impl From<SettingsVersion> for PastSettings {
    fn from(known: SettingsVersion) -> Self {
        let SettingsVersion { version, settings, created_ms, created_by } = known;
        Self { version, created_ms, created_by, settings }
    }
}

/// The settings of the workspace
#[utoipa::path(get, path = "/api/v1/settings", tag = "settings",
    responses((status = 200, description = "Those in force", body = SettingsInForce)))]
async fn get(State(service): State<Service>, caller: Caller) -> Result<Json<SettingsInForce>, ApiError> {
    Ok(Json(service.database.settings(&caller.workspace_id).await?.into()))
}

/// Set the settings of the workspace
#[utoipa::path(put, path = "/api/v1/settings", tag = "settings", request_body = NewSettings,
    responses((status = 200, description = "Those now in force", body = SettingsInForce)))]
async fn put(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<NewSettings>,
) -> Result<Json<SettingsInForce>, ApiError> {
    driftline_engine::validate(&body.settings).map_err(ApiError::from)?;
    let now = now_ms();
    let next = SettingsVersion {
        version: body.version.saturating_add(1),
        settings: body.settings,
        created_ms: now,
        created_by: caller.user_id.clone(),
    };
    let mut change = service.database.change().await?;
    if !change.set_settings(&caller.workspace_id, &next).await? {
        drop(change);
        let present: SettingsInForce = service.database.settings(&caller.workspace_id).await?.into();
        return Err(ApiError::conflict("somebody else has changed the settings", &present));
    }
    let subject = next.version.to_string();
    change.publish((&caller.workspace_id, "settings.changed", &subject), &next.version, now).await?;
    service.audited(&mut change, &caller, ("settings.set", &subject, "")).await?;
    change.commit().await?;
    Ok(Json(next.into()))
}

/// What the settings of the workspace were
#[utoipa::path(get, path = "/api/v1/settings/history", tag = "settings", params(PageRequest),
    responses((status = 200, description = "All versions, newest first", body = Page<PastSettings>)))]
async fn history(
    State(service): State<Service>,
    caller: Caller,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<PastSettings>>, ApiError> {
    let Page { items, next } = service.database.settings_history(&caller.workspace_id, &page).await?;
    Ok(Json(Page { items: items.into_iter().map(Into::into).collect(), next }))
}
