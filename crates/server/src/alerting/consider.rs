//! What the rules of a workspace make of an incident.

use std::collections::BTreeMap;

use driftline_alert::rule::{FindingFacts, matched_in_order};
use driftline_alert::{AlertState, FlapState, Message, Standing, Tell, step};
use driftline_model::Severity;
use driftline_model::service::{AlertRule, Incident, IncidentState};
use driftline_store::{Change, DueAlert, FindingKind, StoreError};

use super::tell::{Wanted, message_of, tell_all};

/// Looks at an incident that was raised, has grown, was answered, is over or open again, or that a rule has waited for,
/// and tells whom it concerns. Nothing is told twice, however often this is called.
///
/// The change must hold the incidents of the workspace ([`Change::hold_incidents`]).
///
/// # Errors
/// When the database refuses.
pub(crate) async fn consider(
    change: &mut Change,
    incident: &Incident,
    now_ms: i64,
) -> Result<(), StoreError> {
    let rules = change.alert_rules(&incident.workspace_id).await?;
    if rules.is_empty() {
        return Ok(());
    }
    let known = states(change, &incident.id).await?;
    let facts: Vec<FindingFacts> =
        change.finding_kinds(&incident.id).await?.into_iter().map(facts_of).collect();
    let all = rules.iter().map(|rule| &rule.settings);
    let severities = matched_in_order(all, &incident.current_name, &facts);
    let mut wanted = Vec::new();
    for (rule, severity) in rules.iter().zip(severities) {
        let state = known.get(&rule.id).cloned();
        if state.is_none() && severity.is_none() {
            continue;
        }
        let standing = Standing { state: incident.state, severity };
        let tells = advance(change, (rule, incident), (state.unwrap_or_default(), standing), now_ms).await?;
        let severity = severity.unwrap_or(incident.severity);
        wanted.extend(tells.into_iter().map(|tell| Wanted { rule, severity, tell }));
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let message = message_of(change, incident, now_ms).await?;
    tell_all(change, &message, &wanted, now_ms).await
}

/// Looks at an incident that was deleted, with the last check that it was seen in: to whom it was told it is over.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn gone(
    change: &mut Change,
    workspace_id: &str,
    incident_id: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let known = states(change, incident_id).await?;
    let last: Option<Message> =
        change.last_message(incident_id).await?.and_then(|text| serde_json::from_str(&text).ok());
    if let Some(mut message) = last.filter(|_| !known.is_empty()) {
        (message.incident.state, message.at_ms) = (IncidentState::Resolved, now_ms);
        let rules = change.alert_rules(workspace_id).await?;
        let mut wanted = Vec::new();
        for rule in &rules {
            let Some(state) = known.get(&rule.id).cloned() else { continue };
            let standing = Standing { state: IncidentState::Resolved, severity: None };
            let of = (rule, &message.incident);
            let tells = advance(change, of, (state, standing), now_ms).await?;
            let severity = message.severity;
            wanted.extend(tells.into_iter().map(|tell| Wanted { rule, severity, tell }));
        }
        tell_all(change, &message, &wanted, now_ms).await?;
    }
    change.forget_alerts(incident_id).await
}

/// What the rules know of an incident, by the id of the rule.
async fn states(change: &mut Change, incident_id: &str) -> Result<BTreeMap<String, AlertState>, StoreError> {
    let rows = change.alerts_of(incident_id).await?;
    // What an unknown version has written is forgotten: the rule begins anew.
    Ok(rows.into_iter().map(|(id, text)| (id, serde_json::from_str(&text).unwrap_or_default())).collect())
}

/// Takes one rule a step further, and keeps what it knows then.
async fn advance(
    change: &mut Change,
    (rule, incident): (&AlertRule, &Incident),
    (mut state, standing): (AlertState, Standing),
    now_ms: i64,
) -> Result<Vec<Tell>, StoreError> {
    let stream = (rule.id.as_str(), incident.current_name.as_str());
    let kept = change.alert_flaps(stream.0, stream.1).await?;
    let mut flaps: FlapState = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let before = flaps.clone();
    let tells = step(&rule.settings, (&mut state, &mut flaps), standing, now_ms);
    let of = DueAlert { workspace_id: incident.workspace_id.clone(), incident_id: incident.id.clone() };
    change.set_alert(&rule.id, &of, &text_of(&state)?, state.due_ms).await?;
    if flaps != before {
        change.set_alert_flaps(stream, &text_of(&flaps)?, now_ms).await?;
    }
    Ok(tells)
}

fn text_of(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Stored { reason: error.to_string() })
}

/// A kind of findings as a rule sees it.
pub(crate) fn facts_of(kind: FindingKind) -> FindingFacts {
    let FindingKind { code, column, severity } = kind;
    FindingFacts { code, column, severity }
}

/// What one rule, by itself, would have made of an incident: when it would have told it first, and the severity of
/// what it is about. Nothing when it does not match; no moment when it would have been over too early.
pub(crate) fn would_tell(
    rule: &AlertRule,
    incident: &Incident,
    facts: &[FindingFacts],
) -> Option<(Severity, Option<i64>)> {
    let severity = driftline_alert::rule::matched(&rule.settings, &incident.current_name, facts)?;
    let standing = Standing { state: IncidentState::Open, severity: Some(severity) };
    let over_ms = (incident.state == IncidentState::Resolved).then_some(incident.updated_ms);
    let (mut state, mut flaps) = (AlertState::default(), FlapState::default());
    let mut now_ms = incident.first_seen_ms;
    loop {
        if !step(&rule.settings, (&mut state, &mut flaps), standing, now_ms).is_empty() {
            return Some((severity, Some(now_ms)));
        }
        now_ms = match state.due_ms {
            Some(due) if due > now_ms && over_ms.is_none_or(|over| due < over) => due,
            _ => return Some((severity, None)),
        };
    }
}
