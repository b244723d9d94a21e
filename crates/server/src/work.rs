//! Workers: they take jobs from the database and do them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use driftline_detect::contract::parse;
use driftline_engine::{
    CancelToken, CheckRequest, ContractInput, EngineError, Event, Input, Observer, Phase,
};
use driftline_model::service::{AuditOutcome, CheckProgress, CheckSide, JobState};
use driftline_model::{ErrorCategory, Report};
use driftline_store::{AuditLine, BaselineReference, Lease, MAX_ATTEMPTS, StoreError, StoredCheck, new_id};
use tokio::sync::watch;

use crate::Service;
use crate::metrics::ReadMeter;
use crate::state::{now_ms, stopped};

/// How long a job belongs to a worker that says nothing.
const LEASE_MS: i64 = 15_000;
/// How often a worker says that it still works, and tells how far it has come.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long an idle worker waits before it looks for jobs of lost workers and of other instances.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a failed job waits before it is begun again, times two for every attempt.
const BACK_OFF_MS: i64 = 2_000;

/// Works until the service stops. A job that is cut off is left to the next worker.
pub(crate) async fn work(service: Service) {
    let owner = new_id();
    let mut stopping = service.stopping.clone();
    while !*stopping.borrow() {
        let now = now_ms();
        // A database that does not answer is asked again a little later.
        let taken = service.database.take_job(&owner, now, now + LEASE_MS).await.unwrap_or_default();
        match taken {
            Some(lease) => do_job(&service, &lease).await,
            None => {
                tokio::select! {
                    () = service.work.notified() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = stopped(&mut stopping) => {}
                }
            }
        }
    }
}

async fn do_job(service: &Service, lease: &Lease) {
    let begun = service.telemetry.job_begun(lease);
    let known = service.database.check(&lease.job.workspace_id, &lease.job.subject).await;
    let outcome = match known {
        Ok(Some(stored)) if !stored.check.state.is_final() => check(service, lease, stored).await,
        // It has ended, or is gone: what is left is to say so.
        Ok(_) => end(service, lease, JobState::Done).await.map(|()| "needless"),
        Err(error) => Err(error),
    };
    // What could not be written down is tried again by whoever finds the lease run out.
    service.telemetry.job_ended(lease, begun, &outcome);
}

/// How a run ended, as the worker sees it.
enum Ended {
    Done(Box<Report>),
    Failed(EngineError),
    /// Somebody cancelled the check.
    Cancelled,
    /// The lease was lost or the service stops: the next worker begins again.
    Abandoned,
}

/// Does a check, and says in a word how its work ended.
async fn check(service: &Service, lease: &Lease, stored: StoredCheck) -> Result<&'static str, StoreError> {
    if lease.job.attempts > MAX_ATTEMPTS {
        let message = "the check was begun several times and never ended: its workers were lost";
        return fail(service, lease, &stored, ("processing.lost", message)).await.map(|()| "failed");
    }
    match run(service, lease, &stored).await? {
        Ended::Done(report) => done(service, lease, &stored, &report).await,
        Ended::Cancelled => {
            let now = now_ms();
            let mut change = service.database.change().await?;
            change.end_check(&stored.check.id, None, now).await?;
            change.end_job(lease, JobState::Cancelled).await?;
            let of = (stored.check.workspace_id.as_str(), "check.cancelled", stored.check.id.as_str());
            change.publish(of, &stored.check.id, now).await?;
            change.commit().await.map(|()| "cancelled")
        }
        Ended::Abandoned => {
            let mut change = service.database.change().await?;
            change.requeue_check(&stored.check.id).await?;
            let of = (stored.check.workspace_id.as_str(), "check.queued", stored.check.id.as_str());
            change.publish(of, &stored.check.id, now_ms()).await?;
            change.retry_job(lease, now_ms()).await?;
            change.commit().await.map(|()| "put_back")
        }
        // What the system refused once it may grant later; data do not become better by waiting.
        Ended::Failed(error)
            if error.category() == ErrorCategory::System && lease.job.attempts < MAX_ATTEMPTS =>
        {
            let wait = BACK_OFF_MS << lease.job.attempts.clamp(0, 10);
            // Up to half as long again, so that jobs that failed together do not come back together.
            let jitter = now_ms() % (wait / 2 + 1);
            let mut change = service.database.change().await?;
            change.requeue_check(&stored.check.id).await?;
            let of = (stored.check.workspace_id.as_str(), "check.queued", stored.check.id.as_str());
            change.publish(of, &stored.check.id, now_ms()).await?;
            change.retry_job(lease, now_ms() + wait + jitter).await?;
            change.commit().await?;
            service.telemetry.check_failed(&stored.check.id, (&error.code(), &error.to_string()));
            Ok("retried")
        }
        Ended::Failed(error) => {
            let message = without_paths(service, &stored, error.to_string()).await;
            fail(service, lease, &stored, (&error.code(), &message)).await.map(|()| "failed")
        }
    }
}

async fn run(service: &Service, lease: &Lease, stored: &StoredCheck) -> Result<Ended, StoreError> {
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
    let mut running = tokio::task::spawn_blocking({
        let (cancel, watched) = (cancel.clone(), Arc::clone(&watched));
        move || driftline_engine::check_with_contract(&request, contract.as_ref(), &*watched, &cancel)
    });
    let mut stopping = service.stopping.clone();
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    let mut why_stopped = None;
    let outcome = loop {
        tokio::select! {
            outcome = &mut running => break outcome,
            () = stopped(&mut stopping), if why_stopped.is_none() => {
                why_stopped = Some(Ended::Abandoned);
                cancel.cancel();
            }
            _ = heartbeat.tick() => {
                match service.database.renew_lease(lease, now_ms() + LEASE_MS).await {
                    Ok(Some(false)) => {}
                    Ok(Some(true)) => {
                        why_stopped = Some(Ended::Cancelled);
                        cancel.cancel();
                    }
                    Ok(None) => {
                        why_stopped = Some(Ended::Abandoned);
                        cancel.cancel();
                    }
                    // The lease lasts for a while yet; the next beat tries again.
                    Err(_) => {}
                }
                if watched.has_news.swap(false, Ordering::AcqRel) {
                    let now = seen.borrow_and_update().clone();
                    tell_progress(service, stored, &now).await?;
                }
            }
        }
    };
    if let Ok(Ok(report)) = &outcome {
        watched.meter.finished(rows_read(report, &stored.check.reference));
    }
    Ok(match (outcome, why_stopped) {
        (Ok(Ok(report)), _) => Ended::Done(Box::new(report)),
        (Ok(Err(EngineError::Cancelled)), Some(why)) => why,
        (Ok(Err(error)), _) => Ended::Failed(error),
        (Err(_), _) => Ended::Failed(EngineError::Panic {
            during: "running a check".to_owned(),
            message: "the thread was lost".to_owned(),
        }),
    })
}

/// The rows that were read for a report; those of a baseline were read when it was saved.
fn rows_read(report: &Report, reference: &CheckSide) -> u64 {
    match reference {
        CheckSide::Dataset(_) => report.current.rows + report.reference.rows,
        CheckSide::Baseline(_) => report.current.rows,
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
    let ready = parse(&known.toml).and_then(|contract| ContractInput::new(&name, &contract, now_ms()));
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
    report: &Report,
) -> Result<&'static str, StoreError> {
    let check = &stored.check;
    let report = named_as_people_do(service, stored, report.clone());
    let bytes =
        serde_json::to_vec(&report).map_err(|error| StoreError::Stored { reason: error.to_string() })?;
    // Each attempt writes a file of its own: one that was cut off leaves an orphan, never a broken report.
    let blob = new_id();
    service.data.write(&blob, bytes).await?;
    let now = now_ms();
    let mut change = service.database.change().await?;
    if !change.end_job(lease, JobState::Done).await? {
        // Another worker has it meanwhile.
        drop(change);
        let _ = tokio::fs::remove_file(service.data.blob(&blob)).await;
        return Ok("overtaken");
    }
    let raised = change.finish_check(check, (&report, &blob), now).await?;
    for finding in &raised {
        change.publish((&check.workspace_id, "finding.raised", &finding.id), finding, now).await?;
    }
    let answer = serde_json::json!({
        "id": check.id, "verdict": report.verdict, "severity": report.severity, "headline": report.headline,
    });
    change.publish((&check.workspace_id, "check.done", &check.id), &answer, now).await?;
    change.audit(&line(stored, "check.done", ""), now).await?;
    change.commit().await.map(|()| "done")
}

async fn fail(
    service: &Service,
    lease: &Lease,
    stored: &StoredCheck,
    error: (&str, &str),
) -> Result<(), StoreError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    change.end_check(&stored.check.id, Some(error), now).await?;
    change.end_job(lease, JobState::Failed).await?;
    let of = (stored.check.workspace_id.as_str(), "check.failed", stored.check.id.as_str());
    change.publish(of, &error, now).await?;
    change.audit(&line(stored, "check.failed", error.0), now).await?;
    change.commit().await?;
    service.telemetry.check_failed(&stored.check.id, error);
    Ok(())
}

async fn end(service: &Service, lease: &Lease, state: JobState) -> Result<(), StoreError> {
    let mut change = service.database.change().await?;
    change.end_job(lease, state).await?;
    change.commit().await
}

fn line<'a>(stored: &'a StoredCheck, action: &'a str, detail: &'a str) -> AuditLine<'a> {
    AuditLine {
        actor: "system",
        address: "local",
        workspace_id: &stored.check.workspace_id,
        action,
        subject: &stored.check.id,
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
        for row in side.quarantine.examples.iter_mut().filter(|row| is_ours(&row.source)) {
            row.source.clone_from(name);
        }
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

/// A message that names files as people know them, not by where we keep them.
async fn without_paths(service: &Service, stored: &StoredCheck, mut message: String) -> String {
    for (place, side) in [&stored.check.current, &stored.check.reference].into_iter().enumerate() {
        // A side that cannot be looked up any more is not what the message names.
        let path = match input(service, stored, side, place).await {
            Ok(Input::Table(path)) => path,
            Ok(Input::Profile { path, .. }) => path.to_string_lossy().into_owned(),
            Err(_) => continue,
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
                *known = CheckProgress {
                    phase: phase(now.phase).to_owned(),
                    bytes: now.bytes,
                    bytes_total: now.bytes_total.unwrap_or(0),
                    rows: now.rows,
                    rows_per_sec: now.rows_per_sec,
                    memory_bytes: now.memory_bytes,
                    chunk_secs: now.chunk_secs,
                };
            }),
            Event::Phase(now) => self.progress.send_modify(|known| phase(*now).clone_into(&mut known.phase)),
            _ => return,
        }
        self.has_news.store(true, Ordering::Release);
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Reference => "reference",
        Phase::Current => "current",
        Phase::Deciding => "deciding",
    }
}
