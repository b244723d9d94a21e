//! Keeps an eye on the service while it runs, and says when something changes for the worse or the better.

use std::collections::BTreeMap;
use std::time::Duration;

use driftline_model::service::AuditOutcome;
use driftline_store::{AuditLine, StoreError};
use tokio::time::MissedTickBehavior;

use crate::Service;
use crate::state::{now_ms, stopped};
use crate::telemetry::Alive;
use crate::watch_health::{HealthCheck, HealthState, look};

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A worker that is counted for as long as it lives, from before it first runs.
pub(crate) fn worker(service: Service) -> impl Future<Output = ()> {
    let alive = Alive::begin(&service.telemetry);
    async move {
        crate::work::work(service).await;
        drop(alive);
    }
}

/// Looks until the service stops.
pub(crate) async fn watch(service: Service) {
    let mut stopping = service.stopping.clone();
    let mut known = Known::default();
    let mut clock = tokio::time::interval(LOOK_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopped(&mut stopping) => return,
            () = async { clock.tick().await; round(&service, &mut known).await } => {}
        }
    }
}

/// Looks once, and tells what has changed.
async fn round(service: &Service, known: &mut Known) {
    let checks = look(service).await.checks;
    let changes = known.changes(&checks);
    if changes.is_empty() {
        return;
    }
    for check in &changes {
        let HealthCheck { name, detail, help, .. } = check;
        if check.state == HealthState::Ok {
            tracing::info!(check = name, detail, "health is back");
        } else {
            tracing::warn!(check = name, state = state_name(check.state), detail, help, "health alert");
        }
    }
    match tell(service, &changes).await {
        Ok(()) => known.note(&changes),
        // It counts as untold, so that the next look tries again.
        Err(error) => tracing::error!(cause = error.to_string(), "a health alert could not be written down"),
    }
}

/// How things were when it was last told.
#[derive(Debug, Default)]
struct Known {
    /// What was told; what is not here is well.
    told: BTreeMap<&'static str, HealthState>,
    /// What was seen in the last look.
    seen: BTreeMap<&'static str, HealthState>,
}

impl Known {
    /// What is to be told: what is not as it was told, and was so in the look before too. A figure that wavers at its
    /// limit is not told at every turn.
    fn changes(&mut self, checks: &[HealthCheck]) -> Vec<HealthCheck> {
        let now = checks.iter().map(|check| (check.name, check.state)).collect();
        let before = std::mem::replace(&mut self.seen, now);
        let is_new = |check: &&HealthCheck| {
            let told = self.told.get(check.name).copied().unwrap_or(HealthState::Ok);
            check.state != told && before.get(check.name) == Some(&check.state)
        };
        checks.iter().filter(is_new).cloned().collect()
    }

    fn note(&mut self, changes: &[HealthCheck]) {
        self.told.extend(changes.iter().map(|check| (check.name, check.state)));
    }
}

/// An event for each workspace, and a line in the audit log.
async fn tell(service: &Service, changes: &[HealthCheck]) -> Result<(), StoreError> {
    let (now, workspaces) = (now_ms(), service.database.workspaces().await?);
    let mut change = service.database.change().await?;
    for check in changes {
        for (id, _) in &workspaces {
            change.publish((id, "system.alert", check.name), check, now).await?;
        }
        let detail = format!("{}: {}", state_name(check.state), check.detail);
        let line = AuditLine {
            actor: "system",
            address: "local",
            workspace_id: "",
            action: "system.alert",
            subject: check.name,
            outcome: AuditOutcome::Done,
            detail: &detail,
        };
        change.audit(&line, now).await?;
    }
    change.commit().await
}

fn state_name(state: HealthState) -> &'static str {
    match state {
        HealthState::Ok => "ok",
        HealthState::Warning => "warning",
        HealthState::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use driftline_model::service::{Event, PageRequest};
    use driftline_store::AuditFilter;

    use super::*;
    use crate::{ServiceConfig, first_sign_in, serve};

    fn check(state: HealthState) -> HealthCheck {
        HealthCheck::new("memory", false, state, "", "")
    }

    #[test]
    fn a_state_is_told_once_and_only_when_it_stays() {
        let mut known = Known::default();
        let (well, bad) = ([check(HealthState::Ok)], [check(HealthState::Failed)]);
        let mut told = Vec::new();
        for now in [&well, &bad, &well, &bad, &bad, &bad, &well, &well, &well] {
            let changes = known.changes(now);
            known.note(&changes);
            told.push(changes.first().map(|check| check.state));
        }
        let (failed, back) = (Some(HealthState::Failed), Some(HealthState::Ok));
        assert_eq!(told, [None, None, None, None, failed, None, None, back, None]);
    }

    #[tokio::test]
    async fn a_folder_that_is_lost_and_found_is_told_in_every_workspace_and_to_the_audit_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = ServiceConfig::new(folder.path().to_path_buf());
        config.listen = ([127, 0, 0, 1], 0).into();
        let running = serve(config).await.unwrap();
        let service = running.service.clone();
        let home = first_sign_in(&service.database).await.unwrap().unwrap().workspace_id;
        let mut known = Known::default();
        let uploads = folder.path().join("uploads");
        std::fs::remove_dir(&uploads).unwrap();
        for _ in 0..3 {
            round(&service, &mut known).await;
        }
        std::fs::create_dir(&uploads).unwrap();
        for _ in 0..3 {
            round(&service, &mut known).await;
        }
        let events = service.database.events_after(&home, 0).await.unwrap();
        let is_ours =
            |event: &&Event| (event.kind.as_str(), event.subject.as_str()) == ("system.alert", "data_folder");
        let states: Vec<_> = events.iter().filter(is_ours).map(|event| event.body["state"].clone()).collect();
        assert_eq!(states, ["failed", "ok"]);
        let filter = AuditFilter { text: Some("data_folder".to_owned()), ..AuditFilter::default() };
        let lines = service.database.audit_entries(&filter, &PageRequest::default()).await.unwrap();
        let details: Vec<_> = lines.items.iter().map(|line| (&*line.actor, &*line.detail)).collect();
        let back = ("system", "ok: can be written to");
        assert_eq!(details, [back, ("system", "failed: cannot be written to: entity not found")]);
        running.stop().await.unwrap();
    }
}
