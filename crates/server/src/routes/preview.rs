//! What other settings would have said of the data of a check.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use driftline_engine::{KeptProfiles, Preview};
use driftline_model::service::{CheckPreview, PreviewBody, PreviewChange, PreviewDecision};
use driftline_model::{ColumnReport, ColumnVerdict, Report, Settings};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::{ApiError, Service, settings_layers};

/// Previews that are worked on at once.
pub(crate) const AT_ONCE: usize = 2;
/// How long one waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(preview)).routes(routes!(preview_report))
}

/// What would other settings say?
///
/// Decides again from what was kept of the data; nothing is changed. With the settings that the check had the answer
/// is that of its report.
#[utoipa::path(post, path = "/api/v1/checks/{id}/preview", tag = "checks", request_body = PreviewBody,
    params(("id" = String, Path, description = "The check")),
    responses((status = 200, description = "The columns as they would be judged", body = CheckPreview)))]
async fn preview(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<PreviewBody>,
) -> Result<Json<CheckPreview>, ApiError> {
    let begun = Instant::now();
    let (known, preview) = decided(&service, &caller, &id, body.settings).await?;
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(Json(in_short(&known, preview, took_ms)))
}

/// The report that other settings would give
#[utoipa::path(post, path = "/api/v1/checks/{id}/preview/report", tag = "checks", request_body = PreviewBody,
    params(("id" = String, Path, description = "The check")),
    responses((status = 200, description = "The whole report; rows are those of the check", body = Report)))]
async fn preview_report(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<PreviewBody>,
) -> Result<Json<Report>, ApiError> {
    Ok(Json(decided(&service, &caller, &id, body.settings).await?.1.report))
}

/// The report of a check, and what other settings say.
async fn decided(
    service: &Service,
    caller: &Caller,
    id: &str,
    settings: Settings,
) -> Result<(Report, Preview), ApiError> {
    driftline_engine::validate(&settings)?;
    let known = service.database.check(&caller.workspace_id, id).await?;
    let stored = known.ok_or_else(|| ApiError::missing("check"))?;
    let conflict = |code, message| Err(ApiError::new(StatusCode::CONFLICT, code, message));
    let Some(report) = stored.report_blob else {
        let message = format!("the check is {}: it has no report", stored.check.state.name());
        return conflict("data.no_report", message);
    };
    let Some(profiles) = service.database.profiles(&caller.workspace_id, id).await? else {
        let message = "nothing was kept of the data of this check: it is too old, or its data were deleted";
        return conflict("data.no_profile", message.to_owned());
    };
    let turn = tokio::time::timeout(LONGEST_WAIT, Arc::clone(&service.previews).acquire_owned()).await;
    let Ok(Ok(turn)) = turn else {
        let message = "too many previews are being worked on";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "system.busy", message)
            .with_help("try again in a moment"));
    };
    let (report, profiles) = (service.data.read(&report).await?, service.data.read(&profiles).await?);
    let run = service.config.run.clone();
    let origins = settings_layers::of_request(&settings, &stored.settings, &stored.origins);
    let work = move || -> Result<(Report, Preview), ApiError> {
        // It is kept until the work is done, even when the client goes away.
        let _turn = turn;
        let internal = |error: String| ApiError::internal(error);
        let known: Report = serde_json::from_slice(&report).map_err(|error| internal(error.to_string()))?;
        let kept = KeptProfiles::from_bytes(&profiles).map_err(|error| internal(error.to_string()))?;
        let mut preview = driftline_engine::preview(&kept, &known, &settings, &run)?;
        settings_layers::name_origins(&mut preview.report, &origins);
        Ok((known, preview))
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| ApiError::internal(error.to_string()))?
}

fn in_short(known: &Report, preview: Preview, took_ms: u64) -> CheckPreview {
    let Preview { report, not_previewed } = preview;
    let before: HashMap<&str, &ColumnReport> =
        known.columns.iter().map(|column| (column.name.as_str(), column)).collect();
    let changed = report.columns.iter().filter_map(|after| {
        let before = before.get(after.name.as_str())?;
        let differs = (before.verdict, before.severity) != (after.verdict, after.severity);
        differs.then(|| PreviewChange {
            column: after.name.clone(),
            before: PreviewDecision::from(*before),
            after: after.into(),
        })
    });
    let drifted = report.columns.iter().filter(|column| column.verdict == ColumnVerdict::Drifted).count();
    CheckPreview {
        verdict: report.verdict,
        severity: report.severity,
        drifted: u32::try_from(drifted).unwrap_or(u32::MAX),
        changed: changed.collect(),
        columns: report.columns.iter().map(Into::into).collect(),
        headline: report.headline,
        not_previewed,
        took_ms,
    }
}
