//! Incidents: findings that moved together.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use driftline_model::Severity;
use driftline_model::service::{
    Activity, FindingRecord, Incident, IncidentChange, IncidentState, Page, PageRequest,
};
use driftline_store::{FindingFilter, IncidentFilter};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::findings::assignee_of;
use crate::answered;
use crate::caller::Caller;
use crate::finding_change::{NewAssignee, assigned, incident_changed};
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Findings that are given with an incident; the others are found with `GET /api/v1/findings?incident=ID`.
const MAX_FINDINGS: u32 = 200;
/// Steps in its life that are given with an incident, the last ones.
const MAX_STEPS: i64 = 200;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, change))
}

/// Which incidents.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those in this state: `open`, `acknowledged` or `resolved`.
    #[serde(default)]
    state: Option<IncidentState>,
    /// Only those of this severity or a higher one: `low`, `medium`, `high` or `critical`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    severity: Option<Severity>,
    /// Only those that this user looks after: an id, `me`, or `nobody`.
    #[serde(default)]
    assignee: Option<String>,
    /// Items on the page, 1 to 200 (default 50).
    #[serde(default)]
    limit: Option<u32>,
    /// Only items before this one: the `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// Incidents of the workspace
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(Which),
    responses((status = 200, description = "The one seen last first", body = Page<Incident>)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Response, ApiError> {
    let assignee = which.assignee.map(|who| assignee_of(who, &caller));
    let filter = IncidentFilter { state: which.state, severity: which.severity, assignee };
    let page = PageRequest { limit: which.limit, before: which.before };
    let question = format!("incidents {filter:?} {page:?}");
    let made = async { Ok(service.database.incidents(&caller.workspace_id, &filter, &page).await?) };
    answered::list(&service, (&caller.workspace_id, &question), made).await
}

/// An incident with its findings and its history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct IncidentWithFindings {
    /// The incident.
    incident: Incident,
    /// Its findings, newest first, at most 200; `GET /api/v1/findings?incident=ID` gives all.
    findings: Vec<FindingRecord>,
    /// All its findings.
    findings_total: i64,
    /// What happened to it, oldest first: the last 200 steps.
    activity: Vec<Activity>,
}

/// One incident with its findings
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents",
    params(("id" = String, Path, description = "The incident")),
    responses((status = 200, description = "The incident", body = IncidentWithFindings)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<IncidentWithFindings>, ApiError> {
    let known = service.database.incident(&caller.workspace_id, &id).await?;
    let incident = known.ok_or_else(|| ApiError::missing("incident"))?;
    let filter = FindingFilter { incident_id: Some(id.clone()), ..FindingFilter::default() };
    let page = PageRequest { limit: Some(MAX_FINDINGS), before: None };
    let findings = service.database.findings(&caller.workspace_id, &filter, &page).await?.items;
    let activity = service.database.incident_activities(&id, MAX_STEPS).await?;
    let findings_total = incident.findings_total;
    Ok(Json(IncidentWithFindings { incident, findings, findings_total, activity }))
}

/// Change state, assignee or `confirmed`
///
/// `acknowledged` and `resolved` carry over to its findings that are still open. Answers 409 with the present
/// incident when somebody else has changed it, or findings have joined it, since `version`.
#[utoipa::path(patch, path = "/api/v1/incidents/{id}", tag = "incidents", request_body = IncidentChange,
    params(("id" = String, Path, description = "The incident")),
    responses((status = 200, description = "Changed", body = Incident)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<IncidentChange>,
) -> Result<Json<Incident>, ApiError> {
    let new = NewAssignee::asked(&service, &caller, body.assignee).await?;
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.hold_incidents(&caller.workspace_id).await?;
    let known = change.incident(&caller.workspace_id, &id).await?;
    let before = known.ok_or_else(|| ApiError::missing("incident"))?;
    if body.version != before.version {
        return Err(ApiError::conflict("the incident was changed, or findings have joined it", &before));
    }
    let mut incident = before.clone();
    let mut steps = Vec::new();
    if let Some(state) = body.state.filter(|state| *state != before.state) {
        incident.state = state;
        let carried = change.carry_over(&mut incident, &caller.user_id, now).await?;
        let with = if carried == 0 { String::new() } else { format!(", with {carried} of its findings") };
        steps.push(format!("state: {} → {}{with}", before.state.name(), state.name()));
    }
    if let Some(confirmed) = body.confirmed.filter(|confirmed| *confirmed != before.confirmed) {
        incident.confirmed = confirmed;
        steps.push(format!("confirmed: {}", if confirmed { "yes" } else { "no" }));
    }
    let new = new.filter(|new| new.id != before.assignee);
    if let Some(new) = &new {
        incident.assignee.clone_from(&new.id);
        steps.push(assigned(new.id.as_deref()));
    }
    if steps.is_empty() {
        return Ok(Json(before));
    }
    (incident.version, incident.updated_ms) = (before.version + 1, now);
    change.update_incident(&incident).await?;
    for step in &steps {
        change.note_incident(&id, (&caller.user_id, step), now).await?;
    }
    incident_changed(&mut change, &incident, now).await?;
    if let Some(new) = &new {
        let what = format!("an incident to you: {}", incident.title);
        new.tell(&mut change, &caller, (None, Some(&id)), (&what, now)).await?;
    }
    service.audited(&mut change, &caller, ("incident.change", &id, &steps.join("; "))).await?;
    change.commit().await?;
    Ok(Json(incident))
}
