//! What other settings of a monitor would have said of the windows that are kept.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use driftline_engine::live::{FeedSize, Resolution, outlook, preview};
use driftline_model::service::{FoundAfter, MonitorPreview};
use driftline_model::{MonitorSettings, WindowSummary};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::monitors::{known, pinned};
use crate::caller::Caller;
use crate::live::{self, Kept};
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Values that are looked at: a few seconds of work.
const MOST_VALUES: usize = 400_000;
/// Windows that are looked at.
const MOST_WINDOWS: i64 = 20_000;
/// Alarms that are answered one by one.
const MOST_ALARMS: usize = 200;
/// Parts of the keys of metrics of which every column has one.
const OF_EVERY_COLUMN: &str = ".null_ratio";

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(try_out))
}

/// What other settings would have said
///
/// Runs the last windows through settings that need not be saved. Exact for the series of metrics, from the hundredth
/// of these windows on; near for drift, of which only the mass that moved is kept. How soon changes are found follows
/// from the budget, the columns and the present rate of rows.
#[utoipa::path(post, path = "/api/v1/monitors/{id}/preview", tag = "monitors",
    params(("id" = String, Path, description = "The monitor")),
    request_body = MonitorSettings,
    responses((status = 200, description = "What they would have said", body = MonitorPreview)))]
async fn try_out(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(settings): Json<MonitorSettings>,
) -> Result<Json<MonitorPreview>, ApiError> {
    let record = known(&service, &caller, &id).await?;
    let settings = pinned(&service, &caller, settings)?;
    let kept = Kept::of(Resolution::Window);
    let length_ms = (record.settings.window.length_secs * 1000.0).max(1.0) as i64;
    let now = now_ms();
    let windows =
        live::history(&service.database, &id, kept, (now - MOST_WINDOWS * length_ms, now + length_ms))
            .await?;
    let tried = tokio::task::spawn_blocking(move || tried(&windows, &settings)).await;
    tried.map(Json).map_err(|_| {
        let message = "the windows could not be looked at";
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "system.internal", message)
    })
}

fn tried(windows: &[WindowSummary], settings: &MonitorSettings) -> MonitorPreview {
    let values = windows.iter().rev().take(10).map(|window| window.values.len()).max().unwrap_or(0);
    let most = MOST_VALUES / values.max(1);
    let windows = windows.get(windows.len().saturating_sub(most)..).unwrap_or_default();
    let mut seen = preview(windows, settings);
    let alarms_total = seen.alarms.len() as u64;
    seen.alarms.truncate(MOST_ALARMS);
    MonitorPreview {
        windows: seen.windows,
        span_secs: seen.days * 86_400.0,
        alarms: seen.alarms,
        alarms_total,
        finds: finds(windows, settings),
    }
}

/// How soon changes are found at the rate of the last windows.
fn finds(windows: &[WindowSummary], settings: &MonitorSettings) -> Vec<FoundAfter> {
    let window_secs = settings.window.length_secs;
    let last = windows.get(windows.len().saturating_sub(60)..).unwrap_or_default();
    let span_ms: i64 = last.iter().map(|window| window.end_ms - window.start_ms).sum();
    let rows: u64 = last.iter().map(|window| window.rows).sum();
    let columns = |window: &WindowSummary| {
        window.values.keys().filter(|metric| metric.ends_with(OF_EVERY_COLUMN)).count()
    };
    let feed = FeedSize {
        window_secs,
        rows_per_window: rows as f64 * 1000.0 * window_secs / span_ms.max(1) as f64,
        columns: last.iter().map(columns).max().unwrap_or(0),
    };
    let found = outlook(settings.alarms.per_week, feed).windows_to_find.into_iter();
    found.map(|(change, windows)| FoundAfter { change: change.to_owned(), windows }).collect()
}
