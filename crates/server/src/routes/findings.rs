//! Findings, and what people do about them.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use driftline_model::service::{
    Activity, Comment, FindingChange, FindingChanges, FindingOutcome, FindingRecord, FindingResult,
    FindingResults, NoticeKind, Page, PageRequest,
};
use driftline_model::{FindingState, Severity};
use driftline_store::{Change, FindingFilter, new_id};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answered;
use crate::caller::Caller;
use crate::finding_change::{NewAssignee, Wanted, name_of, settle};
use crate::notify::{News, excerpt, tell};
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Characters that a comment has at most.
const MAX_COMMENT: usize = 10_000;
/// Findings that are changed at once at most.
const MAX_CHANGES: usize = 200;
/// Characters that a search has at most.
const MAX_SEARCH: usize = 200;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(change_several))
        .routes(routes!(get, change))
        .routes(routes!(comment))
}

/// Which findings.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those in this state: `open`, `acknowledged`, `resolved` or `muted`.
    #[serde(default)]
    state: Option<FindingState>,
    /// Only those of this severity or a higher one: `low`, `medium`, `high` or `critical`.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    severity: Option<Severity>,
    /// Only those of this check.
    #[serde(default)]
    check: Option<String>,
    /// Only those of this incident.
    #[serde(default)]
    incident: Option<String>,
    /// Only those that this monitor has raised.
    #[serde(default)]
    monitor: Option<String>,
    /// Only those that this user looks after: an id, `me`, or `nobody`.
    #[serde(default)]
    assignee: Option<String>,
    /// Only those about this column.
    #[serde(default)]
    column: Option<String>,
    /// Only those with this text in their message or column, whatever the case of its letters; at most 200
    /// characters.
    #[serde(default)]
    q: Option<String>,
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
    if which.q.as_ref().is_some_and(|text| text.chars().count() > MAX_SEARCH) {
        return Err(ApiError::invalid(format!("`q` has at most {MAX_SEARCH} characters")));
    }
    let filter = FindingFilter {
        state: which.state,
        severity: which.severity,
        check_id: which.check,
        incident_id: which.incident,
        monitor_id: which.monitor,
        assignee: which.assignee.map(|who| assignee_of(who, &caller)),
        column: which.column,
        text: which.q,
    };
    let page = PageRequest { limit: which.limit, before: which.before };
    let question = format!("findings {filter:?} {page:?}");
    let made = async { Ok(service.database.findings(&caller.workspace_id, &filter, &page).await?) };
    answered::list(&service, (&caller.workspace_id, &question), made).await
}

/// The user that a filter means, the empty text for nobody.
pub(crate) fn assignee_of(who: String, caller: &Caller) -> String {
    match who.as_str() {
        "me" => caller.user_id.clone(),
        "nobody" => String::new(),
        _ => who,
    }
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
/// Answers 409 with the present finding when somebody else has changed it since `version`. An incident is resolved
/// by itself when all its findings are resolved or muted.
#[utoipa::path(patch, path = "/api/v1/findings/{id}", tag = "findings", request_body = FindingChange,
    params(("id" = String, Path, description = "The finding")),
    responses((status = 200, description = "Changed", body = FindingRecord)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<FindingChange>,
) -> Result<Json<FindingRecord>, ApiError> {
    one(&service, &caller, &id).await?;
    let assignee = NewAssignee::asked(&service, &caller, body.assignee).await?;
    let wanted = Wanted { state: body.state, assignee };
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.hold_incidents(&caller.workspace_id).await?;
    let known = change.finding(&caller.workspace_id, &id).await?;
    let before = known.ok_or_else(|| ApiError::missing("finding"))?;
    if body.version != before.version {
        return Err(ApiError::conflict("somebody else has changed the finding", &before));
    }
    let mut finding = before.clone();
    let steps = wanted.apply(&mut change, &caller, &mut finding, now).await?;
    if steps.is_empty() {
        return Ok(Json(before));
    }
    if finding.state != before.state {
        let incidents = finding.incident_id.iter().cloned().collect();
        settle(&mut change, &caller.workspace_id, incidents, now).await?;
    }
    if let Some(new) = wanted.assignee.filter(|_| finding.assignee != before.assignee) {
        let what = format!("a finding to you: {}", excerpt(&finding.message));
        new.tell(&mut change, &caller, (Some(&id), None), (&what, now)).await?;
    }
    service.audited(&mut change, &caller, ("finding.change", &id, &steps.join("; "))).await?;
    change.commit().await?;
    Ok(Json(finding))
}

/// Change several findings
///
/// All in one go, whatever their versions. Answers for each of them whether it was `changed`, was that way already
/// (`unchanged`), or is `missing`.
#[utoipa::path(post, path = "/api/v1/findings/changes", tag = "findings", request_body = FindingChanges,
    responses((status = 200, description = "What became of each", body = FindingResults)))]
async fn change_several(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<FindingChanges>,
) -> Result<Json<FindingResults>, ApiError> {
    if !(1..=MAX_CHANGES).contains(&body.ids.len()) {
        return Err(ApiError::invalid(format!("`ids` names 1 to {MAX_CHANGES} findings")));
    }
    if body.state.is_none() && body.assignee.is_none() {
        return Err(ApiError::invalid("say what to change: `state`, `assignee` or both"));
    }
    let assignee = NewAssignee::asked(&service, &caller, body.assignee).await?;
    let wanted = Wanted { state: body.state, assignee };
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.hold_incidents(&caller.workspace_id).await?;
    let (mut results, mut incidents) = (Vec::with_capacity(body.ids.len()), BTreeSet::new());
    let (mut changed, mut assigned) = (0, Vec::new());
    for id in body.ids {
        let outcome = match change.finding(&caller.workspace_id, &id).await? {
            None => FindingOutcome::Missing,
            Some(before) => {
                let mut finding = before.clone();
                let steps = wanted.apply(&mut change, &caller, &mut finding, now).await?;
                if finding.state != before.state {
                    incidents.extend(finding.incident_id);
                }
                if finding.assignee != before.assignee {
                    assigned.push((id.clone(), finding.message));
                }
                changed += u64::from(!steps.is_empty());
                if steps.is_empty() { FindingOutcome::Unchanged } else { FindingOutcome::Changed }
            }
        };
        results.push(FindingResult { id, outcome });
    }
    if changed == 0 {
        return Ok(Json(FindingResults { results, changed }));
    }
    settle(&mut change, &caller.workspace_id, incidents, now).await?;
    tell_assigned(&mut change, &caller, (&wanted, &assigned), now).await?;
    let missing = results.iter().filter(|result| result.outcome == FindingOutcome::Missing).count();
    let detail = format!("{changed} changed, {missing} missing; {}", wanted.in_words());
    service.audited(&mut change, &caller, ("finding.change_several", "", &detail)).await?;
    change.commit().await?;
    Ok(Json(FindingResults { results, changed }))
}

/// One notice for all findings that were assigned to somebody.
async fn tell_assigned(
    change: &mut Change,
    caller: &Caller,
    (wanted, assigned): (&Wanted, &[(String, String)]),
    now_ms: i64,
) -> Result<(), ApiError> {
    let Some(new) = &wanted.assignee else { return Ok(()) };
    let (finding, what) = match assigned {
        [] => return Ok(()),
        [(id, message)] => (Some(id.as_str()), format!("a finding to you: {}", excerpt(message))),
        several => (None, format!("{} findings to you", several.len())),
    };
    Ok(new.tell(change, caller, (finding, None), (&what, now_ms)).await?)
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
    let finding = one(&service, &caller, &id).await?;
    let text = body.text.trim().to_owned();
    if text.is_empty() || text.chars().count() > MAX_COMMENT {
        return Err(ApiError::invalid(format!("`text` needs 1 to {MAX_COMMENT} characters")));
    }
    let members = service.database.members(&caller.workspace_id).await?;
    let mentioned = |email: &str| text.to_lowercase().contains(&format!("@{email}"));
    let mentions: Vec<String> = members
        .iter()
        .filter(|member| mentioned(&member.user.email))
        .map(|member| member.user.id.clone())
        .collect();
    let name = name_of(&service, &caller).await?;
    let now = now_ms();
    let comment = Comment { id: new_id(), user_id: caller.user_id.clone(), text, mentions, created_ms: now };
    let mut change = service.database.change().await?;
    if !change.create_comment(&id, &comment).await? {
        return Err(ApiError::missing("finding"));
    }
    change.publish((&caller.workspace_id, "finding.commented", &id), &comment, now).await?;
    let people: Vec<&str> = comment.mentions.iter().map(String::as_str).collect();
    let news = News {
        workspace_id: &caller.workspace_id,
        kind: NoticeKind::Mention,
        finding_id: Some(&id),
        incident_id: finding.incident_id.as_deref(),
        actor: &caller.user_id,
        text: format!("{name} mentioned you: {}", excerpt(&comment.text)),
    };
    tell(&mut change, &people, &news, now).await?;
    service.audited(&mut change, &caller, ("finding.comment", &id, "")).await?;
    change.commit().await?;
    Ok((StatusCode::CREATED, Json(comment)))
}

async fn one(service: &Service, caller: &Caller, id: &str) -> Result<FindingRecord, ApiError> {
    let known = service.database.finding(&caller.workspace_id, id).await?;
    known.ok_or_else(|| ApiError::missing("finding"))
}
