//! Changing findings, one or several: the same rules whoever asks.

use std::collections::BTreeSet;

use driftline_model::FindingState;
use driftline_model::service::{FindingRecord, Incident, NoticeKind};
use driftline_store::{Change, StoreError, state_name};

use crate::caller::Caller;
use crate::notify::{News, tell};
use crate::{ApiError, Service, alerting};

/// Somebody who is to look after something.
#[derive(Debug, Clone)]
pub(crate) struct NewAssignee {
    /// The person; nothing for nobody.
    pub(crate) id: Option<String>,
    /// Name of who has said so.
    actor_name: String,
}

impl NewAssignee {
    /// What a request says of it: the id of a member of the workspace, or the empty text for nobody.
    pub(crate) async fn asked(
        service: &Service,
        caller: &Caller,
        assignee: Option<String>,
    ) -> Result<Option<Self>, ApiError> {
        let Some(id) = assignee else { return Ok(None) };
        let id = Some(id).filter(|id| !id.is_empty());
        if let Some(id) = &id
            && service.database.role_in(&caller.workspace_id, id).await?.is_none()
        {
            return Err(ApiError::invalid("`assignee` is nobody in this workspace"));
        }
        Ok(Some(Self { id, actor_name: name_of(service, caller).await? }))
    }

    /// Tells the person, unless they have done it themselves. `what` is what they are to look after now.
    pub(crate) async fn tell(
        &self,
        change: &mut Change,
        caller: &Caller,
        (finding_id, incident_id): (Option<&str>, Option<&str>),
        (what, now_ms): (&str, i64),
    ) -> Result<(), StoreError> {
        let Some(person) = self.id.as_deref() else { return Ok(()) };
        let news = News {
            workspace_id: &caller.workspace_id,
            kind: NoticeKind::Assignment,
            finding_id,
            incident_id,
            actor: &caller.user_id,
            text: format!("{} assigned {what}", self.actor_name),
        };
        tell(change, &[person], &news, now_ms).await
    }
}

/// What who asks is called.
pub(crate) async fn name_of(service: &Service, caller: &Caller) -> Result<String, ApiError> {
    let user = service.database.user(&caller.user_id).await?;
    Ok(user.map_or_else(|| "somebody".to_owned(), |user| user.name))
}

/// What is to be changed about a finding.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) state: Option<FindingState>,
    pub(crate) assignee: Option<NewAssignee>,
}

impl Wanted {
    /// In words, for the audit log.
    pub(crate) fn in_words(&self) -> String {
        let state = self.state.map(|state| format!("state: {}", state_name(state)));
        let assignee = self.assignee.as_ref().map(|new| assigned(new.id.as_deref()));
        state.into_iter().chain(assignee).collect::<Vec<_>>().join("; ")
    }

    /// Changes a finding, with its notes and its event. Gives the steps; none when it was that way already.
    pub(crate) async fn apply(
        &self,
        change: &mut Change,
        caller: &Caller,
        finding: &mut FindingRecord,
        now_ms: i64,
    ) -> Result<Vec<String>, StoreError> {
        let mut steps = Vec::new();
        if let Some(state) = self.state.filter(|state| *state != finding.state) {
            steps.push(format!("state: {} → {}", state_name(finding.state), state_name(state)));
            finding.state = state;
        }
        if let Some(new) = self.assignee.as_ref().filter(|new| new.id != finding.assignee) {
            steps.push(assigned(new.id.as_deref()));
            finding.assignee.clone_from(&new.id);
        }
        if steps.is_empty() {
            return Ok(steps);
        }
        (finding.version, finding.updated_ms) = (finding.version + 1, now_ms);
        change.update_finding(finding).await?;
        for step in &steps {
            change.note_activity(&finding.id, (&caller.user_id, step), now_ms).await?;
        }
        change.publish((&caller.workspace_id, "finding.changed", &finding.id), finding, now_ms).await?;
        Ok(steps)
    }
}

/// Brings incidents in line with their findings after the state of some was changed.
pub(crate) async fn settle(
    change: &mut Change,
    workspace_id: &str,
    incidents: BTreeSet<String>,
    now_ms: i64,
) -> Result<(), StoreError> {
    for id in incidents {
        if let Some(incident) = change.settle_incident(workspace_id, &id, now_ms).await? {
            incident_changed(change, &incident, now_ms).await?;
        }
    }
    Ok(())
}

/// The event that an incident was changed, and what its alert rules make of it.
pub(crate) async fn incident_changed(
    change: &mut Change,
    incident: &Incident,
    now_ms: i64,
) -> Result<(), StoreError> {
    change.publish((&incident.workspace_id, "incident.changed", &incident.id), incident, now_ms).await?;
    alerting::consider(change, incident, now_ms).await
}

/// The step that somebody else looks after something.
pub(crate) fn assigned(assignee: Option<&str>) -> String {
    format!("assignee: {}", assignee.unwrap_or("nobody"))
}
