//! Checks: comparing a dataset with another one or with a baseline.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use driftline_export::RenderOptions;
use driftline_model::Report;
use driftline_model::service::{
    Check, CheckRequestBody, CheckSide, CheckState, DatasetState, Job, JobState, Page, PageRequest,
};
use driftline_store::{BaselineReference, CheckFilter, new_id};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answered;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service, check_deletion, settings_layers};

/// Characters of a text to look for.
const MAX_SEARCH: usize = 200;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, delete))
        .routes(routes!(cancel))
        .routes(routes!(report))
}

/// Which checks.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those in this state: `queued`, `running`, `done`, `failed` or `cancelled`.
    #[serde(default)]
    state: Option<CheckState>,
    /// Only those with this text in the name of a side, in any case; at most 200 characters.
    #[serde(default)]
    q: Option<String>,
    /// Only those with this dataset on a side, by id.
    #[serde(default)]
    dataset: Option<String>,
    /// Only those that compared with this baseline, by name, whatever its version.
    #[serde(default)]
    baseline: Option<String>,
    /// Items on the page, 1 to 200 (default 50).
    #[serde(default)]
    limit: Option<u32>,
    /// Only items before this one: the `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// Checks of the workspace
#[utoipa::path(get, path = "/api/v1/checks", tag = "checks", params(Which),
    responses((status = 200, description = "Newest first", body = Page<Check>)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Response, ApiError> {
    for (name, text) in [("q", &which.q), ("dataset", &which.dataset), ("baseline", &which.baseline)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > MAX_SEARCH) {
            return Err(ApiError::invalid(format!("`{name}` has at most {MAX_SEARCH} characters")));
        }
    }
    let question = format!("checks {which:?}");
    let page = PageRequest { limit: which.limit, before: which.before };
    let filter =
        CheckFilter { state: which.state, text: which.q, dataset: which.dataset, baseline: which.baseline };
    let made = async { Ok(service.database.checks(&caller.workspace_id, &filter, &page).await?) };
    answered::list(&service, (&caller.workspace_id, &question), made).await
}

/// Start a check
///
/// Answers at once; follow it with GET, or with the events `check.progress`, `check.done` and `check.failed`.
#[utoipa::path(post, path = "/api/v1/checks", tag = "checks", request_body = CheckRequestBody,
    responses((status = 202, description = "Queued", body = Check)))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<CheckRequestBody>,
) -> Result<(StatusCode, Json<Check>), ApiError> {
    if !(-100..=100).contains(&body.priority) {
        return Err(ApiError::invalid("`priority` is a number from -100 to 100"));
    }
    let (current, current_name) = named(&service, &caller, body.current, Side::Current).await?;
    let (reference, reference_name) = named(&service, &caller, body.reference, Side::Reference).await?;
    let of = (caller.workspace_id.as_str(), current_name.as_str());
    let in_force = settings_layers::in_force(&service.database, of).await?;
    let settings = body.settings.unwrap_or_else(|| in_force.settings.clone());
    driftline_engine::validate(&settings)?;
    let origins = settings_layers::of_request(&settings, &in_force.settings, &in_force.origins);
    let contract = contract(&service, &caller, (body.contract.as_deref(), &current_name)).await?;
    let now = now_ms();
    let check = Check {
        id: new_id(),
        workspace_id: caller.workspace_id.clone(),
        state: CheckState::Queued,
        current,
        reference,
        names: [current_name, reference_name],
        created_ms: now,
        created_by: caller.user_id.clone(),
        ended_ms: None,
        progress: None,
        verdict: None,
        severity: None,
        headline: None,
        error: None,
    };
    let job = Job {
        id: new_id(),
        workspace_id: caller.workspace_id.clone(),
        kind: "check".to_owned(),
        subject: check.id.clone(),
        state: JobState::Queued,
        priority: body.priority,
        attempts: 0,
        created_ms: now,
    };
    let mut change = service.database.change().await?;
    change.create_check(&check, &settings).await?;
    change.set_settings_origins(&check.id, &origins).await?;
    if let Some((name, version)) = &contract {
        change.pin_contract((&caller.workspace_id, &check.id), (name, *version)).await?;
    }
    change.enqueue(&job).await?;
    change.publish((&caller.workspace_id, "check.queued", &check.id), &check, now).await?;
    service
        .audited(&mut change, &caller, ("check.create", &check.id, &check.names.join(" against ")))
        .await?;
    change.commit().await?;
    service.work.notify_one();
    Ok((StatusCode::ACCEPTED, Json(check)))
}

/// The contract of a check in the version that it has now: the one that was named, or that of the dataset's name.
async fn contract(
    service: &Service,
    caller: &Caller,
    (wanted, dataset): (Option<&str>, &str),
) -> Result<Option<(String, i64)>, ApiError> {
    if wanted == Some("") {
        return Ok(None);
    }
    let known = service.database.contract(&caller.workspace_id, wanted.unwrap_or(dataset)).await?;
    match (known, wanted) {
        (Some(known), _) => Ok(Some((known.name, known.version))),
        (None, Some(_)) => Err(ApiError::missing("contract")),
        (None, None) => Ok(None),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Current,
    Reference,
}

/// A side of a check as it will be used, and its name. A baseline is pinned to the version it has now.
async fn named(
    service: &Service,
    caller: &Caller,
    side: CheckSide,
    place: Side,
) -> Result<(CheckSide, String), ApiError> {
    match side {
        CheckSide::Dataset(id) => {
            let known = service.database.dataset(&caller.workspace_id, &id).await?;
            let stored = known.ok_or_else(|| ApiError::missing("dataset"))?;
            if stored.dataset.state == DatasetState::Deleted {
                return Err(ApiError::invalid(format!("the dataset `{}` was deleted", stored.dataset.name)));
            }
            Ok((CheckSide::Dataset(id), stored.dataset.name))
        }
        CheckSide::Baseline(_) if place == Side::Current => {
            Err(ApiError::invalid("`current` must be a dataset: a baseline holds no rows to judge"))
        }
        CheckSide::Baseline(text) => {
            let reference: BaselineReference = text.parse()?;
            let (version, _) = service.data.baselines(&caller.workspace_id).resolve(&reference)?;
            let pinned = format!("{}@{version}", reference.name);
            Ok((CheckSide::Baseline(pinned.clone()), format!("baseline:{pinned}")))
        }
        CheckSide::Monitor(_) => {
            Err(ApiError::invalid("the windows of a monitor are judged by the monitor itself"))
        }
    }
}

/// One check
#[utoipa::path(get, path = "/api/v1/checks/{id}", tag = "checks",
    params(("id" = String, Path, description = "The check")),
    responses((status = 200, description = "The check", body = Check)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Check>, ApiError> {
    let known = service.database.check(&caller.workspace_id, &id).await?;
    Ok(Json(known.ok_or_else(|| ApiError::missing("check"))?.check))
}

/// Delete a check
///
/// Its report, its findings, what was said about them and what is kept for previews go with it, for good. An incident
/// loses its findings, and goes with the last of them. Datasets and baselines stay. One that has not ended is refused
/// with 409: cancel it first.
#[utoipa::path(delete, path = "/api/v1/checks/{id}", tag = "checks",
    params(("id" = String, Path, description = "The check")),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let known = service.database.check(&caller.workspace_id, &id).await?;
    let check = known.ok_or_else(|| ApiError::missing("check"))?.check;
    let mut change = service.database.change().await?;
    let of = (caller.workspace_id.as_str(), id.as_str());
    let Some(blobs) = check_deletion::delete(&mut change, of, now_ms()).await? else {
        drop(change);
        // Somebody else may have deleted it meanwhile.
        let known = service.database.check(&caller.workspace_id, &id).await?;
        let state = known.ok_or_else(|| ApiError::missing("check"))?.check.state;
        let message = format!("the check is {}: only one that has ended can be deleted", state.name());
        return Err(ApiError::new(StatusCode::CONFLICT, "data.not_ended", message)
            .with_help("cancel it first, or wait for its end"));
    };
    service.audited(&mut change, &caller, ("check.delete", &id, &check.names.join(" against "))).await?;
    change.commit().await?;
    check_deletion::remove(&service, &blobs).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Cancel a check
#[utoipa::path(post, path = "/api/v1/checks/{id}/cancel", tag = "checks",
    params(("id" = String, Path, description = "The check")),
    responses((status = 202, description = "It will stop, or has ended", body = Check)))]
async fn cancel(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Check>), ApiError> {
    let known = service.database.check(&caller.workspace_id, &id).await?;
    let check = known.ok_or_else(|| ApiError::missing("check"))?.check;
    if check.state.is_final() {
        return Ok((StatusCode::ACCEPTED, Json(check)));
    }
    let now = now_ms();
    let mut change = service.database.change().await?;
    if change.cancel_job(&id).await? {
        change.end_check(&id, None, now).await?;
        change.publish((&caller.workspace_id, "check.cancelled", &id), &id, now).await?;
    }
    service.audited(&mut change, &caller, ("check.cancel", &id, "")).await?;
    change.commit().await?;
    let known = service.database.check(&caller.workspace_id, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(known.ok_or_else(|| ApiError::missing("check"))?.check)))
}

/// In which form.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// `json` (default), `md`, `csv`, `junit`, `text`, or another id of the catalogue.
    #[serde(default)]
    format: Option<String>,
    /// JSON in one line, as it is kept, instead of indented.
    #[serde(default)]
    compact: bool,
}

/// The report of a check
#[utoipa::path(get, path = "/api/v1/checks/{id}/report", tag = "checks", params(ReportQuery,
    ("id" = String, Path, description = "The check")),
    responses((status = 200, description = "The report in the form that was asked for",
        content((Report = "application/json"), (Vec<u8> = "*/*")))))]
async fn report(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Query(query): Query<ReportQuery>,
) -> Result<Response, ApiError> {
    let known = service.database.check(&caller.workspace_id, &id).await?;
    let stored = known.ok_or_else(|| ApiError::missing("check"))?;
    let Some(blob) = stored.report_blob else {
        let message = format!("the check is {}: it has no report", stored.check.state.name());
        return Err(ApiError::new(StatusCode::CONFLICT, "data.no_report", message));
    };
    let format = query.format.as_deref().unwrap_or("json");
    let format = driftline_export::find(format).ok_or_else(|| {
        let ids: Vec<&str> = driftline_export::FORMATS.iter().map(|format| format.id).collect();
        ApiError::invalid(format!("`{format}` is not a format: use one of {}", ids.join(", ")))
    })?;
    let bytes = service.data.read(&blob).await?;
    if query.compact && format.id == "json" {
        return Ok(([(header::CONTENT_TYPE, format.media_type)], bytes).into_response());
    }
    let rendered = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, ApiError> {
        let report: Report =
            serde_json::from_slice(&bytes).map_err(|error| ApiError::internal(error.to_string()))?;
        let rendered = format.render(&report, &RenderOptions::default());
        Ok(rendered.map_err(|error| ApiError::internal(error.to_string()))?.into_bytes())
    });
    let rendered = rendered.await.map_err(|error| ApiError::internal(error.to_string()))??;
    let name = format!("attachment; filename=\"driftline-{id}.{}\"", format.extension);
    Ok((
        [(header::CONTENT_TYPE, format.media_type.to_owned()), (header::CONTENT_DISPOSITION, name)],
        rendered,
    )
        .into_response())
}
