//! Two checks side by side: what is new since the earlier one, what is over, what went on.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use driftline_model::{ColumnReport, Report, Severity};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(compare))
}

/// With which one.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct With {
    /// The earlier check: its id.
    with: String,
}

/// What became of the columns between two checks.
#[derive(Debug, PartialEq, Serialize, utoipa::ToSchema)]
struct Comparison {
    /// Columns whose verdict or severity differs, the most severe now first.
    changed: Vec<ColumnChange>,
    /// Columns that are as they were.
    unchanged: u64,
}

/// A column in both checks.
#[derive(Debug, PartialEq, Serialize, utoipa::ToSchema)]
struct ColumnChange {
    /// Its name.
    column: String,
    /// In the earlier check; absent when that did not have it.
    earlier: Option<ColumnState>,
    /// In this check; absent when this does not have it.
    now: Option<ColumnState>,
}

/// What a check said of a column.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
struct ColumnState {
    /// `drifted`, `stable`, `failed` or `skipped`.
    verdict: String,
    /// How much it matters.
    severity: Severity,
    /// Share of rows moved, 0..1.
    mass_moved: Option<f64>,
}

impl ColumnState {
    fn of(column: &ColumnReport) -> Self {
        Self {
            verdict: column.verdict.name().to_owned(),
            severity: column.severity,
            mass_moved: column.effect.as_ref().map(|effect| effect.mass_moved),
        }
    }

    /// Whether both say the same, whatever the figures.
    fn agrees(&self, other: &Self) -> bool {
        (&self.verdict, self.severity) == (&other.verdict, other.severity)
    }
}

/// Compare with an earlier check
#[utoipa::path(get, path = "/api/v1/checks/{id}/comparison", tag = "checks", params(With,
    ("id" = String, Path, description = "The check")),
    responses((status = 200, description = "What became of the columns", body = Comparison)))]
async fn compare(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Query(With { with }): Query<With>,
) -> Result<Json<Comparison>, ApiError> {
    let (earlier, now) = (report(&service, &caller, &with).await?, report(&service, &caller, &id).await?);
    Ok(Json(compared(&earlier, &now)))
}

/// The report of a check that has one.
async fn report(service: &Service, caller: &Caller, id: &str) -> Result<Report, ApiError> {
    let known = service.database.check(&caller.workspace_id, id).await?;
    let stored = known.ok_or_else(|| ApiError::missing("check"))?;
    let blob = stored.report_blob.ok_or_else(|| {
        let message = format!("the check {id} is {}: it has no report", stored.check.state.name());
        ApiError::new(StatusCode::CONFLICT, "data.no_report", message)
    })?;
    let bytes = service.data.read(&blob).await?;
    let parsed = tokio::task::spawn_blocking(move || serde_json::from_slice(&bytes)).await;
    let parsed = parsed.map_err(|error| ApiError::internal(error.to_string()))?;
    parsed.map_err(|error| ApiError::internal(error.to_string()))
}

fn compared(earlier: &Report, now: &Report) -> Comparison {
    let mut columns: BTreeMap<&str, (Option<ColumnState>, Option<ColumnState>)> = BTreeMap::new();
    for column in &earlier.columns {
        columns.entry(&column.name).or_default().0 = Some(ColumnState::of(column));
    }
    for column in &now.columns {
        columns.entry(&column.name).or_default().1 = Some(ColumnState::of(column));
    }
    let all = columns.len();
    let mut changed: Vec<ColumnChange> = columns
        .into_iter()
        .filter(|(_, states)| match states {
            (Some(earlier), Some(now)) => !earlier.agrees(now),
            _ => true,
        })
        .map(|(column, (earlier, now))| ColumnChange { column: column.to_owned(), earlier, now })
        .collect();
    // A stable sort: equal ones stay in the order of their names.
    changed.sort_by_key(|change| std::cmp::Reverse(change.now.as_ref().map(|now| now.severity)));
    let unchanged = (all - changed.len()) as u64;
    Comparison { changed, unchanged }
}
