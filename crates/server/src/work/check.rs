//! The work on a check: from its two sides to a report and its findings.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use driftline_engine::spread::{Workers, can_be_cut};
use driftline_engine::{
    CancelToken, CheckRequest, ContractInput, EngineError, Event, Input, Observer, Phase, Progress,
};
use driftline_model::service::{AuditOutcome, Check, CheckProgress, CheckSide, JobState};
use driftline_model::{ErrorCategory, Report};
use driftline_store::{
    AuditLine, BaselineReference, Change, Lease, MAX_ATTEMPTS, Raised, StoreError, StoredCheck, new_id,
};
use tokio::sync::watch;

use super::attended::{Ended, Running, attend};
use super::worker::{back_off_ms, end, may_try_again};
use crate::metrics::ReadMeter;
use crate::previews::Kept;
use crate::state::now_ms;
use crate::{ClusterConfig, Service};
use crate::{alerting, previews, settings_layers};

/// What a full disk is called.
const NO_SPACE: &str = "system.no_space";

/// Does the job of a check, and says in a word how its work ended.
pub(super) async fn work(service: &Service, lease: &Lease) -> Result<&'static str, StoreError> {
    match service.database.check(&lease.job.workspace_id, &lease.job.subject).await? {
        Some(stored) if !stored.check.state.is_final() => match check(service, lease, &stored).await {
            // The report may not have found room, or the database said no: not the end of the check yet.
            Err(error) => set_back(service, lease, &stored, (error.code(), &error.to_string())).await,
            done => done,
        },
        // It has ended, or is gone: what is left is to say so.
        _ => end(service, lease, JobState::Done).await.map(|()| "needless"),
    }
}

/// Does a check, and says in a word how its work ended.
async fn check(service: &Service, lease: &Lease, stored: &StoredCheck) -> Result<&'static str, StoreError> {
    if lease.job.attempts > MAX_ATTEMPTS {
        let message = "the check was begun several times and never ended: its workers were lost";
        return fail(service, lease, stored, ("processing.lost", message)).await.map(|()| "failed");
    }
    match run(service, lease, stored).await? {
        Ended::Done((report, profiles)) => done(service, lease, stored, (&report, profiles)).await,
        Ended::Cancelled => {
            let now = now_ms();
            let mut change = service.database.change().await?;
            if !change.end_job(lease, JobState::Cancelled).await? {
                // Another worker has it meanwhile.
                return Ok("overtaken");
            }
            change.end_check(&stored.check.id, None, now).await?;
            let of = (stored.check.workspace_id.as_str(), "check.cancelled", stored.check.id.as_str());
            change.publish(of, &stored.check.id, now).await?;
            change.commit().await.map(|()| "cancelled")
        }
        Ended::Abandoned => put_back(service, lease, stored, now_ms()).await.map(|is_ours| match is_ours {
            true => "put_back",
            false => "overtaken",
        }),
        Ended::Failed(error) if error.category() == ErrorCategory::System => {
            set_back(service, lease, stored, (&error.code(), &error.to_string())).await
        }
        Ended::Failed(error) => {
            let message = without_paths(service, stored, error.to_string()).await;
            fail(service, lease, stored, (&error.code(), &message)).await.map(|()| "failed")
        }
    }
}

/// Puts a check back into the queue for a while: what the system refused once it may grant later; data do not become
/// better by waiting. After the last attempt the check fails, with what the system said.
async fn set_back(
    service: &Service,
    lease: &Lease,
    stored: &StoredCheck,
    (code, message): (&str, &str),
) -> Result<&'static str, StoreError> {
    if !may_try_again(lease) {
        let message = without_paths(service, stored, message.to_owned()).await;
        return fail(service, lease, stored, (code, &message)).await.map(|()| "failed");
    }
    if !put_back(service, lease, stored, now_ms() + back_off_ms(lease)).await? {
        return Ok("overtaken");
    }
    service.telemetry.job_failed(lease, (code, message));
    Ok("retried")
}

/// Puts a check back into the queue until `run_after_ms`, unless another worker has it meanwhile; says whether it did.
async fn put_back(
    service: &Service,
    lease: &Lease,
    stored: &StoredCheck,
    run_after_ms: i64,
) -> Result<bool, StoreError> {
    let mut change = service.database.change().await?;
    if !change.retry_job(lease, run_after_ms).await? {
        return Ok(false);
    }
    change.requeue_check(&stored.check.id).await?;
    let of = (stored.check.workspace_id.as_str(), "check.queued", stored.check.id.as_str());
    change.publish(of, &stored.check.id, now_ms()).await?;
    change.commit().await?;
    Ok(true)
}

/// A report, and what is kept for previews.
type Checked = (Report, Vec<u8>);

async fn run(service: &Service, lease: &Lease, stored: &StoredCheck) -> Result<Ended<Checked>, StoreError> {
    let request = CheckRequest {
        current: input(service, stored, &stored.check.current, 0).await?,
        reference: input(service, stored, &stored.check.reference, 1).await?,
        settings: stored.settings.clone(),
        run: service.config.run.clone(),
    };
    let contract = match contract(service, stored).await? {
        Ok(contract) => contract,
        Err(error) => return Ok(Ended::Failed(error)),
    };
    let (progress, mut seen) = watch::channel(CheckProgress::default());
    let cancel = CancelToken::new();
    let watched =
        Arc::new(Watched { progress, has_news: AtomicBool::new(false), meter: ReadMeter::new(service) });
    let handle = tokio::task::spawn_blocking({
        let (cancel, watched) = (cancel.clone(), Arc::clone(&watched));
        let cluster = service.config.cluster.clone().filter(|cluster| is_for(cluster, &request));
        move || {
            let contract = contract.as_ref();
            let checked = match cluster {
                Some(cluster) => {
                    let by = (contract, &*cluster.workers as &dyn Workers);
                    driftline_engine::check_spread(&request, by, &*watched, &cancel)
                }
                None => driftline_engine::check_and_keep(&request, contract, &*watched, &cancel),
            };
            checked.map(|(report, profiles)| (report, profiles.to_bytes()))
        }
    });
    let ended = attend(service, lease, Running { handle, cancel }, || {
        let news = watched.has_news.swap(false, Ordering::AcqRel).then(|| seen.borrow_and_update().clone());
        async move {
            match news {
                Some(now) => tell_progress(service, stored, &now).await,
                None => Ok(()),
            }
        }
    })
    .await?;
    if let Ended::Done((report, _)) = &ended {
        watched.meter.finished(rows_read(report, &stored.check.reference));
    }
    Ok(ended)
}

/// Whether a cluster reads the data of a check: when they are large, and of a form that is read in parts.
fn is_for(cluster: &ClusterConfig, request: &CheckRequest) -> bool {
    let bytes = |input: &Input| match input {
        Input::Table(path) => std::fs::metadata(path).map_or(0, |file| file.len()),
        _ => 0,
    };
    bytes(&request.current).max(bytes(&request.reference)) >= cluster.min_bytes
        && can_be_cut(&request.current, &request.settings)
        && can_be_cut(&request.reference, &request.settings)
}

/// The rows that were read for a report; those of a baseline were read when it was saved.
fn rows_read(report: &Report, reference: &CheckSide) -> u64 {
    match reference {
        CheckSide::Dataset(_) => report.current.rows + report.reference.rows,
        CheckSide::Baseline(_) | CheckSide::Monitor(_) => report.current.rows,
    }
}

/// The contract of a check, ready; else what is wrong with it.
async fn contract(
    service: &Service,
    stored: &StoredCheck,
) -> Result<Result<Option<ContractInput>, EngineError>, StoreError> {
    let Some(known) = service.database.contract_of_check(&stored.check.id).await? else {
        return Ok(Ok(None));
    };
    let name = format!("{}@{}", known.name, known.version);
    let ready = driftline_engine::read_contract(&known.toml)
        .and_then(|contract| ContractInput::new(&name, &contract, now_ms()));
    Ok(ready.map(Some).map_err(|error| EngineError::Setting {
        setting: "contract",
        value: name,
        wanted: error.to_string(),
    }))
}

/// Where a side is read from.
async fn input(
    service: &Service,
    stored: &StoredCheck,
    side: &CheckSide,
    place: usize,
) -> Result<Input, StoreError> {
    let workspace_id = &stored.check.workspace_id;
    match side {
        CheckSide::Dataset(id) => {
            let known = service.database.dataset(workspace_id, id).await?;
            let blob = known.map_or_else(String::new, |known| known.blob);
            Ok(Input::Table(service.data.blob(&blob).to_string_lossy().into_owned()))
        }
        CheckSide::Baseline(text) => {
            let reference: BaselineReference = text.parse()?;
            let (_, path) = service.data.baselines(workspace_id).resolve(&reference)?;
            Ok(Input::Profile { path, name: stored.check.names[place].clone() })
        }
        // Monitors make their own reports; what cannot be read again reads as a file that is not there.
        CheckSide::Monitor(id) => Ok(Input::Table(service.data.blob(id).to_string_lossy().into_owned())),
    }
}

async fn tell_progress(
    service: &Service,
    stored: &StoredCheck,
    progress: &CheckProgress,
) -> Result<(), StoreError> {
    let mut change = service.database.change().await?;
    change.set_check_progress(&stored.check.id, progress).await?;
    let of = (stored.check.workspace_id.as_str(), "check.progress", stored.check.id.as_str());
    change.publish(of, progress, now_ms()).await?;
    change.commit().await
}

async fn done(
    service: &Service,
    lease: &Lease,
    stored: &StoredCheck,
    (report, profiles): (&Report, Vec<u8>),
) -> Result<&'static str, StoreError> {
    let check = &stored.check;
    let mut report = named_as_people_do(service, stored, report.clone());
    settings_layers::name_origins(&mut report, &stored.origins);
    let bytes =
        serde_json::to_vec(&report).map_err(|error| StoreError::Stored { reason: error.to_string() })?;
    // Each attempt writes a file of its own: one that was cut off leaves an orphan, never a broken report.
    let blob = new_id();
    service.data.write(&blob, bytes).await?;
    let mut kept = previews::write(service, &check.id, profiles).await;
    let mut recorded = record(service, lease, check, (&report, &blob, &kept)).await;
    let is_full = recorded.as_ref().is_err_and(|error| error.code() == NO_SPACE);
    // The last room belongs to the report and not to what only previews need.
    if is_full && kept.discard_unused(service).await {
        kept = Kept::default();
        recorded = record(service, lease, check, (&report, &blob, &kept)).await;
    }
    match recorded {
        Ok(true) => {}
        Ok(false) => {
            let _ = tokio::fs::remove_file(service.data.blob(&blob)).await;
            kept.discard(service).await;
        }
        Err(_) => {
            service.data.remove_unused(&service.database, &blob).await;
            kept.discard_unused(service).await;
        }
    }
    recorded.map(|is_ours| if is_ours { "done" } else { "overtaken" })
}

/// Ends a check with its report, in one change; says whether it did, or another worker has the check meanwhile.
async fn record(
    service: &Service,
    lease: &Lease,
    check: &Check,
    (report, blob, kept): (&Report, &str, &Kept),
) -> Result<bool, StoreError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    if !change.end_job(lease, JobState::Done).await? {
        return Ok(false);
    }
    let raised = change.finish_check(check, (report, blob), now).await?;
    tell_raised(&mut change, &raised, now).await?;
    let answer = serde_json::json!({
        "id": check.id, "verdict": report.verdict, "severity": report.severity, "headline": report.headline,
    });
    change.publish((&check.workspace_id, "check.done", &check.id), &answer, now).await?;
    change.audit(&line(check, "check.done", ""), now).await?;
    let is_kept = kept.note(&mut change, check, now).await?;
    change.commit().await?;
    if !is_kept {
        kept.discard(service).await;
    }
    Ok(true)
}

/// Tells what a check has raised, first all that look on, then those who should know.
pub(crate) async fn tell_raised(change: &mut Change, raised: &Raised, now: i64) -> Result<(), StoreError> {
    for finding in &raised.findings {
        change.publish((&finding.workspace_id, "finding.raised", &finding.id), finding, now).await?;
    }
    let Some(incident) = &raised.incident else { return Ok(()) };
    let kind = if raised.severity_before.is_none() { "incident.raised" } else { "incident.changed" };
    change.publish((&incident.workspace_id, kind, &incident.id), incident, now).await?;
    alerting::consider(change, incident, now).await
}

async fn fail(
    service: &Service,
    lease: &Lease,
    stored: &StoredCheck,
    error: (&str, &str),
) -> Result<(), StoreError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    if !change.end_job(lease, JobState::Failed).await? {
        // Another worker has it meanwhile.
        return Ok(());
    }
    change.end_check(&stored.check.id, Some(error), now).await?;
    let of = (stored.check.workspace_id.as_str(), "check.failed", stored.check.id.as_str());
    change.publish(of, &error, now).await?;
    change.audit(&line(&stored.check, "check.failed", error.0), now).await?;
    change.commit().await?;
    service.telemetry.job_failed(lease, error);
    Ok(())
}

fn line<'a>(check: &'a Check, action: &'a str, detail: &'a str) -> AuditLine<'a> {
    AuditLine {
        actor: "system",
        address: "local",
        workspace_id: &check.workspace_id,
        action,
        subject: &check.id,
        outcome: AuditOutcome::Done,
        detail,
    }
}

/// Reports name files as people know them, not by where we keep them.
fn named_as_people_do(service: &Service, stored: &StoredCheck, mut report: Report) -> Report {
    let [current, reference] = &stored.check.names;
    let kept = service.data.root().to_string_lossy().into_owned();
    let is_ours = |name: &str| name.starts_with(&kept);
    report.current.name.clone_from(current);
    report.reference.name.clone_from(reference);
    for (side, name) in [(&mut report.current, current), (&mut report.reference, reference)] {
        for source in side.sources_mut().filter(|source| is_ours(source)) {
            source.clone_from(name);
        }
        for text in side.broken_off.iter_mut().chain(&mut side.notes) {
            *text = renamed(text, &kept, name);
        }
    }
    for finding in &mut report.findings {
        let name = if finding.message.starts_with("The reference") { reference } else { current };
        finding.message = renamed(&finding.message, &kept, name);
    }
    let rules = report.contract.iter_mut().flat_map(|outcome| &mut outcome.rules);
    let examples = rules.flat_map(|rule| &mut rule.examples);
    for example in examples.filter(|example| is_ours(&example.source)) {
        example.source.clone_from(current);
    }
    for row in report.anomalies.top.iter_mut().filter(|row| is_ours(&row.source)) {
        row.source.clone_from(current);
    }
    report
}

/// A text with another name for what stands in backticks and lies in our folder.
fn renamed(text: &str, kept: &str, name: &str) -> String {
    let parts = text.split('`').map(|part| if part.starts_with(kept) { name } else { part });
    parts.collect::<Vec<_>>().join("`")
}

/// A message that names files as people know them, not by where we keep them.
async fn without_paths(service: &Service, stored: &StoredCheck, mut message: String) -> String {
    for (place, side) in [&stored.check.current, &stored.check.reference].into_iter().enumerate() {
        // A side that cannot be looked up any more is not what the message names.
        let path = match input(service, stored, side, place).await {
            Ok(Input::Table(path)) => path,
            Ok(Input::Profile { path, .. }) => path.to_string_lossy().into_owned(),
            Ok(Input::Query(_)) | Err(_) => continue,
        };
        if !path.ends_with('/') {
            message = message.replace(&path, &stored.check.names[place]);
        }
    }
    message.replace(&*service.data.root().to_string_lossy(), "the data folder")
}

/// Keeps the last progress of a run for the heartbeat to tell.
struct Watched {
    progress: watch::Sender<CheckProgress>,
    has_news: AtomicBool,
    meter: ReadMeter,
}

impl Observer for Watched {
    fn event(&self, event: &Event) {
        self.meter.event(event);
        match event {
            Event::Progress(now) => self.progress.send_modify(|known| {
                let partial = known.partial.take();
                *known = CheckProgress { partial, ..as_told(now, phase(now.phase)) };
            }),
            Event::Phase(now) => self.progress.send_modify(|known| phase(*now).clone_into(&mut known.phase)),
            Event::Partial(now) => self.progress.send_modify(|known| known.partial = Some(now.clone())),
            _ => return,
        }
        self.has_news.store(true, Ordering::Release);
    }

    fn wants_partial(&self) -> bool {
        true
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Reference => "reference",
        Phase::Current => "current",
        Phase::Deciding => "deciding",
        Phase::Cells => "cells",
    }
}

/// The progress of a run as the API tells it.
pub(super) fn as_told(now: &Progress, phase: &str) -> CheckProgress {
    CheckProgress {
        phase: phase.to_owned(),
        bytes: now.bytes,
        bytes_total: now.bytes_total.unwrap_or(0),
        rows: now.rows,
        rows_per_sec: now.rows_per_sec,
        memory_bytes: now.memory_bytes,
        memory_budget_bytes: now.memory_budget_bytes,
        chunk_secs: now.chunk_secs,
        recent_chunk_secs: now.recent_chunk_secs.clone(),
        partial: None,
    }
}

#[cfg(test)]
mod tests {
    use driftline_model::Settings;
    use driftline_model::service::{CheckState, Job};

    use super::super::leased::{begun, leased};
    use super::*;

    #[tokio::test]
    async fn whoever_has_lost_the_lease_neither_ends_the_check_nor_puts_it_back() {
        let (running, _folder, home) = begun().await;
        let service = running.service.clone();
        let side = || CheckSide::Dataset(new_id());
        let check = Check {
            id: new_id(),
            workspace_id: home.clone(),
            state: CheckState::Queued,
            current: side(),
            reference: side(),
            names: ["july.csv".to_owned(), "january.csv".to_owned()],
            created_ms: now_ms(),
            created_by: "me".to_owned(),
            ended_ms: None,
            progress: None,
            verdict: None,
            severity: None,
            headline: None,
            error: None,
        };
        let mut change = service.database.change().await.unwrap();
        change.create_check(&check, &Settings::default()).await.unwrap();
        change.set_check_progress(&check.id, &CheckProgress::default()).await.unwrap();
        change.commit().await.unwrap();
        let state = async || service.database.check(&home, &check.id).await.unwrap().unwrap();
        let (stored, lease) = (state().await, leased(&service, &home, &check.id).await);
        let lost = Lease { owner: "another".to_owned(), ..lease.clone() };
        let refused = ("system.no_space", "full");
        assert_eq!(set_back(&service, &lost, &stored, refused).await.unwrap(), "overtaken");
        assert!(!put_back(&service, &lost, &stored, now_ms()).await.unwrap());
        fail(&service, &lost, &stored, refused).await.unwrap();
        assert_eq!(state().await.check.state, CheckState::Running);
        assert_eq!(
            service.database.renew_lease(&lease, now_ms()).await.unwrap(),
            Some(false),
            "it is still held"
        );

        // Whoever holds it puts it back, and after the last attempt ends it.
        let much_later = now_ms() + 3_600_000;
        assert!(put_back(&service, &lease, &stored, much_later).await.unwrap());
        assert_eq!(state().await.check.state, CheckState::Queued);
        let again = service.database.take_job("me", much_later, much_later + 1).await.unwrap().unwrap();
        let last = Lease { job: Job { attempts: MAX_ATTEMPTS, ..again.job }, ..again };
        assert_eq!(set_back(&service, &last, &stored, refused).await.unwrap(), "failed");
        assert_eq!(state().await.check.state, CheckState::Failed);
        running.stop().await.unwrap();
    }
}
