//! Saving versions of baselines: asked for here, done by the workers.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use driftline_model::service::{
    BaselineJob, BaselineJobState, CheckSide, Dataset, DatasetState, Job, JobState, LeftOut, Page,
    PageRequest,
};
use driftline_store::{BaselineName, new_id};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answered;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Datasets that a version is made of at most.
const MAX_DATASETS: usize = 200;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(save))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(cancel))
}

/// What to save: `dataset`, `datasets` or `check`, and nothing else of the three.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewVersion {
    /// The dataset to summarise: its id.
    #[serde(default)]
    dataset: Option<String>,
    /// The datasets to summarise as one table, in this order: 1 to 200 ids.
    #[serde(default)]
    datasets: Option<Vec<String>>,
    /// The check whose current data are summarised: its id.
    #[serde(default)]
    check: Option<String>,
    /// Do not make it the current version: it waits to be promoted.
    #[serde(default)]
    candidate: bool,
    /// Take data too that are part of a confirmed incident.
    #[serde(default)]
    include_incidents: bool,
}

/// Save data as a new version
///
/// Answers at once; follow it with `GET /api/v1/baseline-jobs/{id}`, or with the events `baseline.progress`,
/// `baseline.save` and `baseline.failed`. Several datasets become one reference. Those that are part of a confirmed
/// incident are left out; when nothing remains the answer is 409 with the code `baseline.incident`.
#[utoipa::path(post, path = "/api/v1/baselines/{name}/versions", tag = "baselines", request_body = NewVersion,
    params(("name" = String, Path, description = "The baseline, which is made when it is not there")),
    responses((status = 202, description = "Queued", body = BaselineJob)))]
async fn save(
    State(service): State<Service>,
    caller: Caller,
    Path(name): Path<String>,
    Json(body): Json<NewVersion>,
) -> Result<(StatusCode, Json<BaselineJob>), ApiError> {
    let name: BaselineName = name.parse()?;
    let (candidate, include_incidents) = (body.candidate, body.include_incidents);
    let asked = datasets(&service, &caller, wanted(&service, &caller, body).await?).await?;
    let left_out = if include_incidents { Vec::new() } else { confirmed(&service, &caller, &asked).await? };
    if left_out.len() == asked.len() {
        return Err(nothing_remains(&left_out));
    }
    let is_taken = |dataset: &&Dataset| left_out.iter().all(|out| out.dataset != dataset.id);
    let taken: Vec<&Dataset> = asked.iter().filter(is_taken).collect();
    let settings = service.database.settings(&caller.workspace_id).await?.settings;
    let now = now_ms();
    let asked_for = BaselineJob {
        id: new_id(),
        workspace_id: caller.workspace_id.clone(),
        name: name.to_string(),
        state: BaselineJobState::Queued,
        datasets: taken.iter().map(|dataset| dataset.id.clone()).collect(),
        left_out,
        candidate,
        created_ms: now,
        created_by: caller.user_id.clone(),
        ended_ms: None,
        progress: None,
        version: None,
        error: None,
    };
    let job = Job {
        id: new_id(),
        workspace_id: caller.workspace_id.clone(),
        kind: "baseline".to_owned(),
        subject: asked_for.id.clone(),
        state: JobState::Queued,
        priority: 0,
        attempts: 0,
        created_ms: now,
    };
    let mut change = service.database.change().await?;
    change.create_baseline_job(&asked_for, &settings).await?;
    change.enqueue(&job).await?;
    change.publish((&caller.workspace_id, "baseline.queued", &asked_for.id), &asked_for, now).await?;
    let detail = format!("{} datasets, {} left out", taken.len(), asked_for.left_out.len());
    service.audited(&mut change, &caller, ("baseline.create", name.as_str(), &detail)).await?;
    change.commit().await?;
    service.work.notify_one();
    Ok((StatusCode::ACCEPTED, Json(asked_for)))
}

/// The ids of the datasets that a request asks for, in its order.
async fn wanted(service: &Service, caller: &Caller, body: NewVersion) -> Result<Vec<String>, ApiError> {
    match (body.dataset, body.datasets, body.check) {
        (Some(dataset), None, None) => Ok(vec![dataset]),
        (None, Some(datasets), None) => Ok(datasets),
        (None, None, Some(id)) => {
            let known = service.database.check(&caller.workspace_id, &id).await?;
            match known.ok_or_else(|| ApiError::missing("check"))?.check.current {
                CheckSide::Dataset(dataset) => Ok(vec![dataset]),
                CheckSide::Baseline(_) | CheckSide::Monitor(_) => {
                    Err(ApiError::invalid("the check has judged no dataset"))
                }
            }
        }
        _ => Err(ApiError::invalid("send one of `dataset`, `datasets` and `check`")),
    }
}

async fn datasets(service: &Service, caller: &Caller, ids: Vec<String>) -> Result<Vec<Dataset>, ApiError> {
    if !(1..=MAX_DATASETS).contains(&ids.len()) {
        return Err(ApiError::invalid(format!("`datasets` names 1 to {MAX_DATASETS} datasets")));
    }
    let mut known: Vec<Dataset> = Vec::with_capacity(ids.len());
    for id in ids {
        let stored = service.database.dataset(&caller.workspace_id, &id).await?;
        let stored = stored.filter(|stored| stored.dataset.state == DatasetState::Ready);
        let dataset = stored.ok_or_else(|| ApiError::missing("dataset"))?.dataset;
        if known.iter().any(|other| other.id == dataset.id) {
            return Err(ApiError::invalid(format!("`datasets` names `{}` twice", dataset.name)));
        }
        known.push(dataset);
    }
    Ok(known)
}

/// Those of the datasets that are part of a confirmed incident: a reference made of them would take the fault for
/// what is usual.
async fn confirmed(
    service: &Service,
    caller: &Caller,
    datasets: &[Dataset],
) -> Result<Vec<LeftOut>, ApiError> {
    let mut left_out = Vec::new();
    for Dataset { id, name, .. } in datasets {
        if let Some((incident_id, title)) =
            service.database.confirmed_incident(&caller.workspace_id, id).await?
        {
            let why = format!("it is part of a confirmed incident: {title}");
            left_out.push(LeftOut { dataset: id.clone(), name: name.clone(), incident_id, why });
        }
    }
    Ok(left_out)
}

fn nothing_remains(left_out: &[LeftOut]) -> ApiError {
    let message = match left_out {
        [LeftOut { name, incident_id, why, .. }] => {
            format!("`{name}` cannot be a reference: {why} (incident {incident_id})")
        }
        several => {
            let incident = several.first().map_or("", |first| first.incident_id.as_str());
            format!("all {} datasets are part of confirmed incidents, such as {incident}", several.len())
        }
    };
    ApiError::new(StatusCode::CONFLICT, "baseline.incident", message)
        .with_help("choose other data, say that the incident was none (`confirmed: false`), or send `include_incidents: true`")
        .with_present(&left_out)
}

/// Versions on their way, and those that were saved
#[utoipa::path(get, path = "/api/v1/baseline-jobs", tag = "baselines", params(PageRequest),
    responses((status = 200, description = "Newest first", body = Page<BaselineJob>)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(page): Query<PageRequest>,
) -> Result<Response, ApiError> {
    let question = format!("baseline jobs {page:?}");
    let made = async { Ok(service.database.baseline_jobs(&caller.workspace_id, &page).await?) };
    answered::list(&service, (&caller.workspace_id, &question), made).await
}

/// How the saving of a version goes
#[utoipa::path(get, path = "/api/v1/baseline-jobs/{id}", tag = "baselines",
    params(("id" = String, Path, description = "The job")),
    responses((status = 200, description = "The job", body = BaselineJob)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<BaselineJob>, ApiError> {
    Ok(Json(one(&service, &caller, &id).await?))
}

/// Cancel the saving of a version
#[utoipa::path(post, path = "/api/v1/baseline-jobs/{id}/cancel", tag = "baselines",
    params(("id" = String, Path, description = "The job")),
    responses((status = 202, description = "It will stop, or has ended", body = BaselineJob)))]
async fn cancel(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<BaselineJob>), ApiError> {
    let job = one(&service, &caller, &id).await?;
    if job.state.is_final() {
        return Ok((StatusCode::ACCEPTED, Json(job)));
    }
    let now = now_ms();
    let mut change = service.database.change().await?;
    if change.cancel_job(&id).await? {
        change.end_baseline(&id, None, now).await?;
        change.publish((&caller.workspace_id, "baseline.cancelled", &id), &id, now).await?;
    }
    service.audited(&mut change, &caller, ("baseline.cancel", &id, "")).await?;
    change.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(one(&service, &caller, &id).await?)))
}

async fn one(service: &Service, caller: &Caller, id: &str) -> Result<BaselineJob, ApiError> {
    let known = service.database.baseline_job(&caller.workspace_id, id).await?;
    Ok(known.ok_or_else(|| ApiError::missing("baseline job"))?.job)
}
