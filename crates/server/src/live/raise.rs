//! What a monitor says, as findings that people look after.

use driftline_engine::live::Closed;
use driftline_model::service::{Check, CheckSide, CheckState, MonitorRecord};
use driftline_model::{
    BaselineSource, Finding, LiveAlarm, Report, SCHEMA_VERSION, SideReport, Timings, Verdict,
};
use driftline_store::StoreError;
use sha2::{Digest as _, Sha256};

use crate::Service;
use crate::alerting;
use crate::state::now_ms;
use crate::work::tell_raised;

/// Keeps what begins and what is over with a window. The same window again changes nothing: after a crash windows
/// come again.
pub(super) async fn tell(
    service: &Service,
    monitor: &MonitorRecord,
    closed: &Closed,
) -> Result<(), StoreError> {
    if !closed.raised.is_empty() {
        raise(service, monitor, closed).await?;
    }
    if !closed.recovered.is_empty() {
        recover(service, monitor, closed).await?;
    }
    Ok(())
}

async fn raise(service: &Service, monitor: &MonitorRecord, closed: &Closed) -> Result<(), StoreError> {
    let id = check_id(&monitor.id, closed.summary.end_ms);
    if service.database.check(&monitor.workspace_id, &id).await?.is_some() {
        return Ok(());
    }
    let mut alarms = Vec::new();
    for alarm in &closed.raised {
        if !service.database.is_told(&monitor.id, alarm).await? {
            alarms.push(alarm.clone());
        }
    }
    if alarms.is_empty() {
        return Ok(());
    }
    let reference = match &monitor.settings.baseline {
        BaselineSource::Saved(name) => (CheckSide::Baseline(name.clone()), format!("baseline:{name}")),
        BaselineSource::Learned(_) => {
            (CheckSide::Monitor(monitor.id.clone()), "learned from the feed".to_owned())
        }
    };
    let check = Check {
        id: id.clone(),
        workspace_id: monitor.workspace_id.clone(),
        state: CheckState::Running,
        current: CheckSide::Monitor(monitor.id.clone()),
        reference: reference.0,
        names: [monitor.name.clone(), reference.1],
        created_ms: closed.summary.end_ms,
        created_by: monitor.created_by.clone(),
        ended_ms: None,
        progress: None,
        verdict: None,
        severity: None,
        headline: None,
        error: None,
    };
    let mut report = match &closed.report {
        Some(report) => (**report).clone(),
        None => told_only(monitor, &alarms, closed.summary.rows),
    };
    report.findings.retain(|finding| alarms.iter().any(|alarm| alarm.finding() == *finding));
    report.current.name.clone_from(&check.names[0]);
    report.reference.name.clone_from(&check.names[1]);
    let bytes =
        serde_json::to_vec(&report).map_err(|error| StoreError::Stored { reason: error.to_string() })?;
    service.data.write(&id, bytes).await?;
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.create_check(&check, &monitor.settings.check).await?;
    let raised = change.finish_check(&check, (&report, &id), now).await?;
    change.pin_alarms(&monitor.id, (&id, &alarms)).await?;
    tell_raised(&mut change, &raised, now).await?;
    let answer = serde_json::json!({
        "id": id, "verdict": report.verdict, "severity": report.severity, "headline": report.headline,
    });
    change.publish((&monitor.workspace_id, "check.done", &id), &answer, now).await?;
    change.publish((&monitor.workspace_id, "monitor.alarm", &monitor.id), &alarms, now).await?;
    change.commit().await
}

async fn recover(service: &Service, monitor: &MonitorRecord, closed: &Closed) -> Result<(), StoreError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.hold_incidents(&monitor.workspace_id).await?;
    let mut incidents = Vec::new();
    for recovery in &closed.recovered {
        incidents.extend(change.recover_findings(&monitor.id, recovery, now).await?);
    }
    incidents.sort();
    incidents.dedup();
    for id in incidents {
        if let Some(incident) = change.settle_incident(&monitor.workspace_id, &id, now).await? {
            change.publish((&monitor.workspace_id, "incident.changed", &id), &incident, now).await?;
            alerting::consider(&mut change, &incident, now).await?;
        }
    }
    change.publish((&monitor.workspace_id, "monitor.recovered", &monitor.id), &closed.recovered, now).await?;
    change.commit().await
}

/// The report of a window that had nothing to compare: what was said, and nothing else.
fn told_only(monitor: &MonitorRecord, alarms: &[LiveAlarm], rows: u64) -> Report {
    let findings: Vec<Finding> = alarms.iter().map(LiveAlarm::finding).collect();
    Report {
        schema_version: SCHEMA_VERSION,
        verdict: Verdict::Suspect,
        severity: findings.iter().map(|finding| finding.severity).max().unwrap_or_default(),
        headline: findings.first().map_or_else(String::new, |finding| finding.message.clone()),
        reference: SideReport::default(),
        current: SideReport { rows, ..SideReport::default() },
        columns: Vec::new(),
        anomalies: driftline_model::Anomalies::default(),
        cells: None,
        violations: Vec::new(),
        contract: None,
        findings,
        insights: Vec::new(),
        settings: monitor.settings.check.clone(),
        timings: Timings::default(),
        memory_peak_bytes: 0,
    }
}

/// The id of the check of a window: the same whenever it is made, and sorted by its moment like all ids.
fn check_id(monitor_id: &str, end_ms: i64) -> String {
    let digest = Sha256::new().chain_update(monitor_id).chain_update(end_ms.to_le_bytes()).finalize();
    let hex: String = digest.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    let ms = format!("{:012x}", u64::try_from(end_ms).unwrap_or_default() & 0xffff_ffff_ffff);
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
    format!("{ms}7{}8{}{}", part(0..3), part(3..6), part(6..18))
}

#[cfg(test)]
mod tests {
    use super::check_id;

    #[test]
    fn ids_are_the_same_again_and_sort_by_their_moment() {
        assert_eq!(check_id("m", 1_767_571_200_000), check_id("m", 1_767_571_200_000));
        assert!(check_id("m", 1_767_571_200_000) < check_id("a", 1_767_571_200_001));
        assert_ne!(check_id("m", 5), check_id("n", 5));
        assert_eq!(check_id("m", 1_767_571_200_000).len(), 32);
    }
}
