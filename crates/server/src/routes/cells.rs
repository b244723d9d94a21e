//! Cells of a dataset that are probably wrong.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use driftline_detect::cells::CellOptions;
use driftline_engine::{CellsRequest, Silent};
use driftline_model::{CellReport, Settings};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::at_once::{at_once, dataset, path_of, rename};
use crate::caller::Caller;
use crate::{ApiError, Service, settings_layers};

/// What helps where a dataset is too large.
const TOO_LARGE: &str = "look for wrong cells on the command line: `driftline cells FILE`";
/// How long a search may take: longer than that few people and few proxies wait.
const LONGEST_SEARCH: Duration = Duration::from_secs(60);
/// How long one waits for the search of somebody else.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Different suspects listed of one column, unless it is said otherwise.
const LISTED: u64 = 20;
/// The most that can be asked for.
const MOST_LISTED: u64 = 200;
/// Suspects in one answer; the surest of all columns.
const MOST_IN_ALL: usize = 5_000;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(cells))
}

/// Which cells, and in which form.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct CellsQuery {
    /// Judge this column only.
    #[serde(default)]
    column: Option<String>,
    /// Different suspects listed of one column, 1 to 200 (20); what is not listed is counted.
    #[serde(default)]
    limit: Option<u64>,
    /// `json` (default), `csv` or `md`.
    #[serde(default)]
    format: Option<String>,
}

/// Suspected cells of a dataset
///
/// The dataset is read twice, as text, with the settings for its name: values of personal data are masked unless
/// `privacy.show_personal` says otherwise. Datasets larger than 256 MiB, and those that take longer than a minute,
/// are refused with 413; the answer is 503 when others are being searched. At most 5,000 suspects, the surest.
#[utoipa::path(get, path = "/api/v1/datasets/{id}/cells", tag = "data", params(CellsQuery,
    ("id" = String, Path, description = "The dataset")),
    responses((status = 200, description = "Suspected cells with reason and, where one is known, what probably belongs there",
        content((CellReport = "application/json"), (String = "text/csv"), (String = "text/markdown")))))]
async fn cells(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<CellsQuery>,
) -> Result<Response, ApiError> {
    let form = Form::find(query.format.as_deref().unwrap_or("json"))?;
    let options = options(&query)?;
    let (input, name) = dataset(&service, &caller, (&id, TOO_LARGE)).await?;
    let settings =
        settings_layers::in_force(&service.database, (&caller.workspace_id, &name)).await?.settings;
    let question = question(&id, &query, &settings)?;
    let run = service.config.run.clone();
    let request = CellsRequest { input, settings, options, run };
    let report = match service.found_cells.get(&question) {
        Some(known) => known,
        None => search(&service, (question, name), request).await?,
    };
    Ok(form.answer(&report, &id))
}

fn options(query: &CellsQuery) -> Result<CellOptions, ApiError> {
    let per_column = query.limit.unwrap_or(LISTED);
    if !(1..=MOST_LISTED).contains(&per_column) {
        return Err(ApiError::invalid(format!("`limit` is a number from 1 to {MOST_LISTED}")));
    }
    let columns = query.column.iter().cloned().collect();
    Ok(CellOptions { columns, per_column, ..CellOptions::default() })
}

/// Everything that an answer depends on. A dataset never changes.
fn question(id: &str, query: &CellsQuery, settings: &Settings) -> Result<String, ApiError> {
    let of = (id, &query.column, query.limit.unwrap_or(LISTED), settings);
    serde_json::to_string(&of).map_err(|error| ApiError::internal(error.to_string()))
}

/// Searches when it is our turn, unless somebody has asked the same meanwhile.
async fn search(
    service: &Service,
    (question, name): (String, String),
    request: CellsRequest,
) -> Result<Arc<CellReport>, ApiError> {
    let turn = tokio::time::timeout(LONGEST_WAIT, service.found_cells.turn()).await;
    let Ok(Some(turn)) = turn else {
        let message = "other datasets are being searched for wrong cells";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "system.busy", message)
            .with_help("try again in a moment"));
    };
    if let Some(known) = service.found_cells.get(&question) {
        return Ok(known);
    }
    let path = path_of(&request.input);
    let searching = at_once((path.clone(), name.clone()), move |cancel| {
        // It is kept until the work has stopped, even when the client goes away.
        let _turn = turn;
        driftline_engine::cells(&request, &Silent, cancel)
    });
    let Ok(found) = tokio::time::timeout(LONGEST_SEARCH, searching).await else {
        let message = format!("the dataset `{name}` is too large to be searched while you wait");
        let error = ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "data.too_large", message);
        return Err(error.with_help(TOO_LARGE));
    };
    let mut report = found?;
    name_as_people_do(&mut report, (&path, &name));
    report.keep_surest(MOST_IN_ALL);
    let report = Arc::new(report);
    service.found_cells.keep(question, &report);
    Ok(report)
}

fn name_as_people_do(report: &mut CellReport, (path, name): (&str, &str)) {
    rename(&mut report.table, (path, name));
    let places = report.suspects.iter_mut().flat_map(|suspect| &mut suspect.places);
    places.for_each(|place| name.clone_into(&mut place.source));
}

/// Forms of an answer.
#[derive(Debug, Clone, Copy)]
enum Form {
    Json,
    Csv,
    Markdown,
}

impl Form {
    fn find(id: &str) -> Result<Self, ApiError> {
        match id {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "md" => Ok(Self::Markdown),
            other => Err(ApiError::invalid(format!("`{other}` is not a format: use one of json, csv, md"))),
        }
    }

    fn answer(self, report: &CellReport, id: &str) -> Response {
        let file = |media_type: &str, ending: &str, text: String| {
            let name = format!("attachment; filename=\"suspected-cells-{id}.{ending}\"");
            let headers =
                [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, name)];
            (headers, text).into_response()
        };
        match self {
            Self::Json => Json(report).into_response(),
            Self::Csv => file("text/csv; charset=utf-8", "csv", driftline_export::cells_to_csv(report)),
            Self::Markdown => {
                file("text/markdown; charset=utf-8", "md", driftline_export::cells_to_markdown(report))
            }
        }
    }
}
