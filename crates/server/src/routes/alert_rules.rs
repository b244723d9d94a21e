//! Alert rules: who is told of which incidents, and when.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use driftline_alert::rule;
use driftline_model::Severity;
use driftline_model::service::{AlertRule, AlertRuleChange, AlertRuleSettings, IncidentState, PageRequest};
use driftline_store::{Change, IncidentFilter, MAX_ALERT_RULES, new_id};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::alerting::{facts_of, would_tell};
use crate::answered;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Incidents that a preview looks at when nothing else is asked for.
const USUAL_PREVIEW: u32 = 50;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, put, delete))
        .routes(routes!(order))
        .routes(routes!(preview))
}

/// Alert rules of the workspace
#[utoipa::path(get, path = "/api/v1/alert-rules", tag = "alerts",
    responses((status = 200, description = "In their order; at most 100", body = Vec<AlertRule>)))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Response, ApiError> {
    let made = async { Ok(service.database.alert_rules(&caller.workspace_id).await?) };
    answered::list(&service, (&caller.workspace_id, "alert rules"), made).await
}

/// One alert rule
#[utoipa::path(get, path = "/api/v1/alert-rules/{id}", tag = "alerts",
    params(("id" = String, Path, description = "The rule")),
    responses((status = 200, description = "The rule", body = AlertRule)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<AlertRule>, ApiError> {
    let rules = service.database.alert_rules(&caller.workspace_id).await?;
    let known = rules.into_iter().find(|rule| rule.id == id);
    Ok(Json(known.ok_or_else(|| ApiError::missing("alert rule"))?))
}

/// Make an alert rule
///
/// It comes behind the others. What is left out has its default. It is asked about an incident as soon as something
/// happens to that.
#[utoipa::path(post, path = "/api/v1/alert-rules", tag = "alerts", request_body = AlertRuleSettings,
    responses((status = 201, description = "Made", body = AlertRule)))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    Json(settings): Json<AlertRuleSettings>,
) -> Result<(StatusCode, Json<AlertRule>), ApiError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.hold_incidents(&caller.workspace_id).await?;
    check(&mut change, &caller, &settings).await?;
    let rules = change.alert_rules(&caller.workspace_id).await?;
    if rules.len() >= MAX_ALERT_RULES {
        return Err(ApiError::invalid(format!("a workspace has {MAX_ALERT_RULES} alert rules at most")));
    }
    let rule = AlertRule {
        id: new_id(),
        workspace_id: caller.workspace_id.clone(),
        position: rules.last().map_or(0, |last| last.position + 1),
        settings,
        version: 1,
        created_ms: now,
        created_by: caller.user_id.clone(),
        updated_ms: now,
    };
    change.create_alert_rule(&rule).await?;
    changed(&service, &caller, change, ("alert_rule.create", &rule)).await?;
    Ok((StatusCode::CREATED, Json(rule)))
}

/// Change an alert rule
///
/// The settings are given whole. Answers 409 with the present rule when somebody else has changed it. Incidents that
/// the rule has told are looked at again at once.
#[utoipa::path(put, path = "/api/v1/alert-rules/{id}", tag = "alerts", request_body = AlertRuleChange,
    params(("id" = String, Path, description = "The rule")),
    responses((status = 200, description = "Changed", body = AlertRule)))]
async fn put(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<AlertRuleChange>,
) -> Result<Json<AlertRule>, ApiError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.hold_incidents(&caller.workspace_id).await?;
    let rules = change.alert_rules(&caller.workspace_id).await?;
    let before = rules.into_iter().find(|rule| rule.id == id);
    let before = before.ok_or_else(|| ApiError::missing("alert rule"))?;
    check(&mut change, &caller, &body.settings).await?;
    if body.version != before.version {
        return Err(ApiError::conflict("somebody else has changed the alert rule", &before));
    }
    let rule = AlertRule { settings: body.settings, version: before.version + 1, updated_ms: now, ..before };
    change.update_alert_rule(&rule).await?;
    change.look_at_alerts_again(&caller.workspace_id, now).await?;
    changed(&service, &caller, change, ("alert_rule.change", &rule)).await?;
    Ok(Json(rule))
}

/// Delete an alert rule
#[utoipa::path(delete, path = "/api/v1/alert-rules/{id}", tag = "alerts",
    params(("id" = String, Path, description = "The rule")),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut change = service.database.change().await?;
    change.hold_incidents(&caller.workspace_id).await?;
    if !change.delete_alert_rule(&caller.workspace_id, &id).await? {
        return Err(ApiError::missing("alert rule"));
    }
    change.publish((&caller.workspace_id, "alert_rule.deleted", &id), &id, now_ms()).await?;
    service.audited(&mut change, &caller, ("alert_rule.delete", &id, "")).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An order of rules.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleOrder {
    /// All rules of the workspace, by their ids, in their new order.
    ids: Vec<String>,
}

/// Put the alert rules in order
///
/// The order matters for rules that stop: those behind are left out. Answers 409 with the present rules when they are
/// not just those that were named.
#[utoipa::path(put, path = "/api/v1/alert-rules/order", tag = "alerts", request_body = RuleOrder,
    responses((status = 200, description = "In their new order", body = Vec<AlertRule>)))]
async fn order(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<RuleOrder>,
) -> Result<Json<Vec<AlertRule>>, ApiError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.hold_incidents(&caller.workspace_id).await?;
    let present = change.alert_rules(&caller.workspace_id).await?;
    let (mut known, mut named) =
        (Vec::from_iter(present.iter().map(|rule| &rule.id)), Vec::from_iter(&body.ids));
    known.sort();
    named.sort();
    if known != named {
        return Err(ApiError::conflict("name every alert rule of the workspace once", &present));
    }
    for (position, id) in (0_i64..).zip(&body.ids) {
        change.place_alert_rule(id, position).await?;
    }
    let rules = change.alert_rules(&caller.workspace_id).await?;
    change.look_at_alerts_again(&caller.workspace_id, now).await?;
    change.publish((&caller.workspace_id, "alert_rule.ordered", ""), &body.ids, now).await?;
    service.audited(&mut change, &caller, ("alert_rule.order", "", &body.ids.join(", "))).await?;
    change.commit().await?;
    Ok(Json(rules))
}

/// A rule to try.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RulePreview {
    /// What it says. Its name and channels may be left out.
    settings: AlertRuleSettings,
    /// How many of the last incidents are looked at, 1 to 200 (default 50).
    #[serde(default)]
    incidents: Option<u32>,
}

/// What a rule would have done.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct RulePreviewResult {
    /// The incidents that were looked at, the one seen last first.
    incidents: Vec<PreviewedIncident>,
    /// How many of them would have been told.
    alerts: usize,
}

/// What a rule would have made of an incident.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct PreviewedIncident {
    /// The incident.
    id: String,
    /// Its title.
    title: String,
    /// Its severity.
    #[schema(value_type = String)]
    severity: Severity,
    /// Where it stands.
    state: IncidentState,
    /// When its first findings were raised.
    first_seen_ms: i64,
    /// Whether the rule is about it.
    matches: bool,
    /// The highest severity of the findings that the rule is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    matched_severity: Option<Severity>,
    /// When it would have been told first; absent when it would not, or would have been over by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_ms: Option<i64>,
}

/// Show what an alert rule would have done
///
/// Looks at the last incidents with this rule alone, as if it had been there when they were raised. Nothing is sent and
/// nothing is kept.
#[utoipa::path(post, path = "/api/v1/alert-rules/preview", tag = "alerts", request_body = RulePreview,
    responses((status = 200, description = "What it would have done", body = RulePreviewResult)))]
async fn preview(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<RulePreview>,
) -> Result<Json<RulePreviewResult>, ApiError> {
    let mut settings = body.settings;
    if settings.name.is_empty() {
        settings.name = "Preview".to_owned();
    }
    if settings.channels.is_empty() {
        settings.channels = vec![String::new()];
    }
    rule::check(&settings).map_err(|error| ApiError::invalid(error.to_string()))?;
    let rule = AlertRule {
        id: String::new(),
        workspace_id: caller.workspace_id.clone(),
        position: 0,
        settings,
        version: 0,
        created_ms: 0,
        created_by: String::new(),
        updated_ms: 0,
    };
    let page = PageRequest { limit: Some(body.incidents.unwrap_or(USUAL_PREVIEW)), before: None };
    let all = service.database.incidents(&caller.workspace_id, &IncidentFilter::default(), &page).await?;
    let mut incidents = Vec::with_capacity(all.items.len());
    for incident in all.items {
        let kinds = service.database.all_finding_kinds(&incident.id).await?;
        let facts: Vec<_> = kinds.into_iter().map(facts_of).collect();
        let told = would_tell(&rule, &incident, &facts);
        incidents.push(PreviewedIncident {
            matches: told.is_some(),
            matched_severity: told.map(|(severity, _)| severity),
            alert_ms: told.and_then(|(_, at)| at),
            id: incident.id,
            title: incident.title,
            severity: incident.severity,
            state: incident.state,
            first_seen_ms: incident.first_seen_ms,
        });
    }
    let alerts = incidents.iter().filter(|incident| incident.alert_ms.is_some()).count();
    Ok(Json(RulePreviewResult { incidents, alerts }))
}

/// Whether a rule makes sense, and its channels are there.
async fn check(change: &mut Change, caller: &Caller, settings: &AlertRuleSettings) -> Result<(), ApiError> {
    rule::check(settings).map_err(|error| ApiError::invalid(error.to_string()))?;
    let channels = change.channels(&caller.workspace_id).await?;
    let steps = settings.escalation.iter().flat_map(|step| &step.channels);
    for id in settings.channels.iter().chain(steps) {
        if !channels.iter().any(|stored| stored.channel.id == *id) {
            let id: String = id.chars().take(40).collect();
            return Err(ApiError::invalid(format!("`channels`: there is no channel `{id}`")));
        }
    }
    Ok(())
}

/// Makes a change of a rule last, with its event and its line in the audit log.
async fn changed(
    service: &Service,
    caller: &Caller,
    mut change: Change,
    (action, rule): (&str, &AlertRule),
) -> Result<(), ApiError> {
    let of = (caller.workspace_id.as_str(), "alert_rule.changed", rule.id.as_str());
    change.publish(of, rule, now_ms()).await?;
    let detail = serde_json::to_string(&rule.settings).unwrap_or_default();
    service.audited(&mut change, caller, (action, &rule.id, &detail)).await?;
    Ok(change.commit().await?)
}
