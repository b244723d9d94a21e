//! Findings, and what people do about them.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use driftline_model::FindingState;
use driftline_model::service::{Activity, Comment, FindingChange, FindingRecord, Page, PageRequest};
use driftline_store::{new_id, state_name};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answered;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Characters that a comment has at most.
const MAX_COMMENT: usize = 10_000;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, change)).routes(routes!(comment))
}

/// Which findings.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those in this state: `open`, `acknowledged`, `resolved` or `muted`.
    #[serde(default)]
    state: Option<FindingState>,
    /// Only those of this check.
    #[serde(default)]
    check: Option<String>,
    /// Items on the page, 1 to 200 (default 50).
    #[serde(default)]
    limit: Option<u32>,
    /// Only items before this one: the `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// Findings of the workspace
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(Which),
    responses((status = 200, description = "Newest first", body = Page<FindingRecord>)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Response, ApiError> {
    let question = format!("findings {which:?}");
    let page = PageRequest { limit: which.limit, before: which.before };
    let wanted = (which.state, which.check.as_deref());
    let made = async { Ok(service.database.findings(&caller.workspace_id, wanted, &page).await?) };
    answered::list(&service, (&caller.workspace_id, &question), made).await
}

/// A finding with its history.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct FindingWithHistory {
    /// The finding.
    finding: FindingRecord,
    /// What was said about it, oldest first.
    comments: Vec<Comment>,
    /// What happened to it, oldest first.
    activity: Vec<Activity>,
}

/// One finding with its history
#[utoipa::path(get, path = "/api/v1/findings/{id}", tag = "findings",
    params(("id" = String, Path, description = "The finding")),
    responses((status = 200, description = "The finding", body = FindingWithHistory)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<FindingWithHistory>, ApiError> {
    let finding = one(&service, &caller, &id).await?;
    let (comments, activity) =
        (service.database.comments(&id).await?, service.database.activities(&id).await?);
    Ok(Json(FindingWithHistory { finding, comments, activity }))
}

/// Change state or assignee
///
/// Answers 409 with the present finding when somebody else has changed it since `version`.
#[utoipa::path(patch, path = "/api/v1/findings/{id}", tag = "findings", request_body = FindingChange,
    params(("id" = String, Path, description = "The finding")),
    responses((status = 200, description = "Changed", body = FindingRecord)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<FindingChange>,
) -> Result<Json<FindingRecord>, ApiError> {
    let before = one(&service, &caller, &id).await?;
    let conflict =
        |present: &FindingRecord| ApiError::conflict("somebody else has changed the finding", present);
    if body.version != before.version {
        return Err(conflict(&before));
    }
    let mut finding = before.clone();
    let mut steps = Vec::new();
    if let Some(state) = body.state.filter(|state| *state != before.state) {
        finding.state = state;
        steps.push(format!("state: {} → {}", state_name(before.state), state_name(state)));
    }
    if let Some(assignee) = body.assignee {
        let assignee = Some(assignee).filter(|id| !id.is_empty());
        if let Some(id) = &assignee
            && service.database.role_in(&caller.workspace_id, id).await?.is_none()
        {
            return Err(ApiError::invalid("`assignee` is nobody in this workspace"));
        }
        if assignee != before.assignee {
            steps.push(format!("assignee: {}", assignee.as_deref().unwrap_or("nobody")));
        }
        finding.assignee = assignee;
    }
    if steps.is_empty() {
        return Ok(Json(before));
    }
    let now = now_ms();
    (finding.version, finding.updated_ms) = (before.version + 1, now);
    let mut change = service.database.change().await?;
    if !change.update_finding(&finding).await? {
        drop(change);
        return Err(conflict(&one(&service, &caller, &id).await?));
    }
    for step in &steps {
        change.note_activity(&id, (&caller.user_id, step), now).await?;
    }
    change.publish((&caller.workspace_id, "finding.changed", &id), &finding, now).await?;
    service.audited(&mut change, &caller, ("finding.change", &id, &steps.join("; "))).await?;
    change.commit().await?;
    Ok(Json(finding))
}

/// What to say.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewComment {
    /// Plain text, 1 to 10,000 characters. `@` and the address of somebody in the workspace mentions them.
    text: String,
}

/// Comment on a finding
#[utoipa::path(post, path = "/api/v1/findings/{id}/comments", tag = "findings", request_body = NewComment,
    params(("id" = String, Path, description = "The finding")),
    responses((status = 201, description = "Said", body = Comment)))]
async fn comment(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<NewComment>,
) -> Result<(StatusCode, Json<Comment>), ApiError> {
    one(&service, &caller, &id).await?;
    let text = body.text.trim().to_owned();
    if text.is_empty() || text.chars().count() > MAX_COMMENT {
        return Err(ApiError::invalid(format!("`text` needs 1 to {MAX_COMMENT} characters")));
    }
    let members = service.database.members(&caller.workspace_id).await?;
    let mentioned = |email: &str| text.to_lowercase().contains(&format!("@{email}"));
    let mentions = members
        .iter()
        .filter(|member| mentioned(&member.user.email))
        .map(|member| member.user.id.clone())
        .collect();
    let now = now_ms();
    let comment = Comment { id: new_id(), user_id: caller.user_id.clone(), text, mentions, created_ms: now };
    let mut change = service.database.change().await?;
    if !change.create_comment(&id, &comment).await? {
        return Err(ApiError::missing("finding"));
    }
    change.publish((&caller.workspace_id, "finding.commented", &id), &comment, now).await?;
    service.audited(&mut change, &caller, ("finding.comment", &id, "")).await?;
    change.commit().await?;
    Ok((StatusCode::CREATED, Json(comment)))
}

async fn one(service: &Service, caller: &Caller, id: &str) -> Result<FindingRecord, ApiError> {
    let known = service.database.finding(&caller.workspace_id, id).await?;
    known.ok_or_else(|| ApiError::missing("finding"))
}
