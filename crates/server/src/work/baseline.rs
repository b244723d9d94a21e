//! The work on a version of a baseline: from datasets to a profile that is kept under a name.
//!
//! The version is a file beside the index of its baseline, the job a row of the database, and no crash may leave them
//! at odds. The version is saved first, and carries the id of the job; then the job is ended. A worker that is lost
//! before the version is in the index has left nothing (the index is changed last, as a whole). One that is lost
//! after that has left a version that the next worker finds by the id, so that it only has to end the job. Two
//! workers that both believe to have the job save one after the other, under the lock of the baseline, and the
//! second one is given the version of the first. So a job has one version at most, whenever anybody is killed.

use std::sync::{Arc, Mutex, PoisonError};

use driftline_engine::{CancelToken, CombinedRequest, Event, Observer, ProfileFile, profile_combined};
use driftline_model::ErrorCategory;
use driftline_model::service::{AuditOutcome, BaselineJob, CheckProgress, JobState};
use driftline_store::{
    AuditLine, Baseline, BaselineName, Lease, MAX_ATTEMPTS, Placement, StoreError, StoredBaselineJob,
    VersionDetails,
};

use super::attended::{Ended, Running, attend};
use super::check::as_told;
use super::worker::{back_off_ms, end, may_try_again};
use crate::Service;
use crate::baseline_summary::summary;
use crate::metrics::ReadMeter;
use crate::state::now_ms;

/// Names of datasets that the source of a version lists.
const NAMED: usize = 3;

/// Does the job of a baseline, and says in a word how its work ended.
pub(super) async fn work(service: &Service, lease: &Lease) -> Result<&'static str, StoreError> {
    match service.database.baseline_job(&lease.job.workspace_id, &lease.job.subject).await? {
        Some(stored) if !stored.job.state.is_final() => match save(service, lease, &stored).await {
            // The version may not have found room, or the database said no: not the end of the job yet.
            Err(error) => set_back(service, lease, &stored.job, (error.code(), &error.to_string())).await,
            done => done,
        },
        // It has ended, or is gone: what is left is to say so.
        _ => end(service, lease, JobState::Done).await.map(|()| "needless"),
    }
}

async fn save(
    service: &Service,
    lease: &Lease,
    stored: &StoredBaselineJob,
) -> Result<&'static str, StoreError> {
    let job = &stored.job;
    match known(service, job).await {
        Ok(Some(baseline)) => return done(service, lease, job, baseline).await,
        Ok(None) => {}
        Err(error) => return refused(service, lease, job, error).await,
    }
    if lease.job.attempts > MAX_ATTEMPTS {
        let message = "the baseline was begun several times and never saved: its workers were lost";
        return fail(service, lease, job, ("processing.lost", message)).await;
    }
    let sources = sources(service, job).await?;
    match run(service, lease, stored, &sources).await? {
        Ended::Done(profile) => match keep(service, job, &sources, profile).await {
            Ok(baseline) => done(service, lease, job, baseline).await,
            Err(error) => refused(service, lease, job, error).await,
        },
        Ended::Cancelled => {
            let now = now_ms();
            let mut change = service.database.change().await?;
            if !change.end_job(lease, JobState::Cancelled).await? {
                // Another worker has it meanwhile.
                return Ok("overtaken");
            }
            change.end_baseline(&job.id, None, now).await?;
            change.publish((&job.workspace_id, "baseline.cancelled", &job.id), &job.id, now).await?;
            change.commit().await.map(|()| "cancelled")
        }
        Ended::Abandoned => put_back(service, lease, job, now_ms()).await.map(|is_ours| match is_ours {
            true => "put_back",
            false => "overtaken",
        }),
        Ended::Failed(error) if error.category() == ErrorCategory::System => {
            let message = without_paths(service, &sources, error.to_string());
            set_back(service, lease, job, (&error.code(), &message)).await
        }
        Ended::Failed(error) => {
            let message = without_paths(service, &sources, error.to_string());
            fail(service, lease, job, (&error.code(), &message)).await
        }
    }
}

/// A dataset with the place of its bytes.
struct Source {
    name: String,
    path: String,
}

async fn sources(service: &Service, job: &BaselineJob) -> Result<Vec<Source>, StoreError> {
    let mut sources = Vec::with_capacity(job.datasets.len());
    for id in &job.datasets {
        // The blob of a dataset that was deleted meanwhile is not there: reading it says so.
        let known = service.database.dataset(&job.workspace_id, id).await?;
        let (name, blob) =
            known.map_or_else(|| (id.clone(), id.clone()), |known| (known.dataset.name, known.blob));
        sources.push(Source { name, path: service.data.blob(&blob).to_string_lossy().into_owned() });
    }
    Ok(sources)
}

/// The sources as a version names them.
fn in_words(sources: &[Source]) -> String {
    let named: Vec<&str> = sources.iter().take(NAMED).map(|source| source.name.as_str()).collect();
    match sources.len().saturating_sub(named.len()) {
        0 => named.join(", "),
        others => format!("{} and {others} more", named.join(", ")),
    }
}

async fn run(
    service: &Service,
    lease: &Lease,
    stored: &StoredBaselineJob,
    sources: &[Source],
) -> Result<Ended<ProfileFile>, StoreError> {
    let request = CombinedRequest {
        files: sources.iter().map(|source| source.path.clone()).collect(),
        name: in_words(sources),
        settings: stored.settings.clone(),
        run: service.config.run.clone(),
    };
    let cancel = CancelToken::new();
    let watched = Arc::new(Watched { news: Mutex::default(), meter: ReadMeter::new(service) });
    let handle = tokio::task::spawn_blocking({
        let (cancel, watched) = (cancel.clone(), Arc::clone(&watched));
        move || profile_combined(&request, &*watched, &cancel)
    });
    let ended = attend(service, lease, Running { handle, cancel }, || {
        let news = watched.news.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move {
            match news {
                Some(now) => tell_progress(service, &stored.job, &now).await,
                None => Ok(()),
            }
        }
    })
    .await?;
    if let Ended::Done(profile) = &ended {
        watched.meter.finished(profile.side().rows);
    }
    Ok(ended)
}

async fn tell_progress(
    service: &Service,
    job: &BaselineJob,
    progress: &CheckProgress,
) -> Result<(), StoreError> {
    let mut change = service.database.change().await?;
    change.set_baseline_progress(&job.id, progress).await?;
    change.publish((&job.workspace_id, "baseline.progress", &job.id), progress, now_ms()).await?;
    change.commit().await
}

/// The baseline, if a worker that was lost has saved the version of this job already.
async fn known(service: &Service, job: &BaselineJob) -> Result<Option<Baseline>, StoreError> {
    let name: BaselineName = job.name.parse()?;
    let (workspace, id) = (service.data.baselines(&job.workspace_id), job.id.clone());
    blocking(move || match workspace.baseline(&name) {
        Ok(baseline) => Ok(Some(baseline).filter(|baseline| baseline.version_of(&id).is_some())),
        Err(StoreError::Unknown { .. }) => Ok(None),
        Err(error) => Err(error),
    })
    .await
}

/// Saves the version of a job, and gives the baseline.
async fn keep(
    service: &Service,
    job: &BaselineJob,
    sources: &[Source],
    profile: ProfileFile,
) -> Result<Baseline, StoreError> {
    let name: BaselineName = job.name.parse()?;
    let workspace = service.data.baselines(&job.workspace_id);
    let details = VersionDetails {
        source: in_words(sources),
        rows: profile.side().rows,
        columns: profile.side().columns,
        saved_unix_secs: u64::try_from(now_ms() / 1000).unwrap_or(0),
        job: Some(job.id.clone()),
    };
    let placement = if job.candidate { Placement::Candidate } else { Placement::Current };
    blocking(move || {
        workspace.save(&name, &profile.to_bytes(), details, placement)?;
        workspace.baseline(&name)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.map_err(|error| StoreError::Stored { reason: error.to_string() })?
}

/// Ends a job whose version is saved.
async fn done(
    service: &Service,
    lease: &Lease,
    job: &BaselineJob,
    baseline: Baseline,
) -> Result<&'static str, StoreError> {
    let version = baseline.version_of(&job.id).unwrap_or(baseline.current);
    let now = now_ms();
    let mut change = service.database.change().await?;
    if !change.end_job(lease, JobState::Done).await? {
        // Another worker has it meanwhile, and will find the version.
        return Ok("overtaken");
    }
    change.finish_baseline(&job.id, version, now).await?;
    let detail = format!("version {version}, version {} is current", baseline.current);
    change.publish((&job.workspace_id, "baseline.save", &job.name), &summary(baseline), now).await?;
    change.audit(&line(job, "baseline.save", &detail), now).await?;
    change.commit().await.map(|()| "done")
}

/// The version could not be kept. What is wrong with the baseline itself stays wrong; anything else is tried again.
async fn refused(
    service: &Service,
    lease: &Lease,
    job: &BaselineJob,
    error: StoreError,
) -> Result<&'static str, StoreError> {
    if error.category() != ErrorCategory::Data {
        return Err(error);
    }
    let message = without_paths(service, &[], error.to_string());
    fail(service, lease, job, (error.code(), &message)).await
}

/// Puts a job back into the queue for a while: what the system refused once it may grant later. After the last attempt
/// the job fails, with what the system said; but never one whose version is there already, which only waits to be
/// told.
async fn set_back(
    service: &Service,
    lease: &Lease,
    job: &BaselineJob,
    (code, message): (&str, &str),
) -> Result<&'static str, StoreError> {
    if !may_try_again(lease) && !matches!(known(service, job).await, Ok(Some(_))) {
        let message = without_paths(service, &[], message.to_owned());
        return fail(service, lease, job, (code, &message)).await;
    }
    if !put_back(service, lease, job, now_ms() + back_off_ms(lease)).await? {
        return Ok("overtaken");
    }
    service.telemetry.job_failed(lease, (code, message));
    Ok("retried")
}

/// Puts a job back into the queue until `run_after_ms`, unless another worker has it meanwhile; says whether it did.
async fn put_back(
    service: &Service,
    lease: &Lease,
    job: &BaselineJob,
    run_after_ms: i64,
) -> Result<bool, StoreError> {
    let mut change = service.database.change().await?;
    if !change.retry_job(lease, run_after_ms).await? {
        return Ok(false);
    }
    change.requeue_baseline(&job.id).await?;
    change.publish((&job.workspace_id, "baseline.queued", &job.id), &job.id, now_ms()).await?;
    change.commit().await?;
    Ok(true)
}

async fn fail(
    service: &Service,
    lease: &Lease,
    job: &BaselineJob,
    error: (&str, &str),
) -> Result<&'static str, StoreError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    if !change.end_job(lease, JobState::Failed).await? {
        // Another worker has it meanwhile.
        return Ok("overtaken");
    }
    change.end_baseline(&job.id, Some(error), now).await?;
    change.publish((&job.workspace_id, "baseline.failed", &job.id), &error, now).await?;
    change.audit(&line(job, "baseline.failed", error.0), now).await?;
    change.commit().await?;
    service.telemetry.job_failed(lease, error);
    Ok("failed")
}

fn line<'a>(job: &'a BaselineJob, action: &'a str, detail: &'a str) -> AuditLine<'a> {
    AuditLine {
        actor: "system",
        address: "local",
        workspace_id: &job.workspace_id,
        action,
        subject: &job.name,
        outcome: AuditOutcome::Done,
        detail,
    }
}

/// A message that names data as people know them, not by where we keep them.
fn without_paths(service: &Service, sources: &[Source], message: String) -> String {
    let named = sources.iter().fold(message, |message, source| message.replace(&source.path, &source.name));
    named.replace(&*service.data.root().to_string_lossy(), "the data folder")
}

/// Keeps the last progress of a run for the heartbeat to tell.
struct Watched {
    news: Mutex<Option<CheckProgress>>,
    meter: ReadMeter,
}

impl Observer for Watched {
    fn event(&self, event: &Event) {
        self.meter.event(event);
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Progress(now) => *news = Some(as_told(now, "reading")),
            Event::Phase(_) => {
                news.get_or_insert_default().phase = "reading".to_owned();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use driftline_model::Settings;
    use driftline_model::service::BaselineJobState;
    use driftline_store::new_id;

    use super::super::leased::{begun, leased};
    use super::*;

    /// Attempts after which a job is put back for half an hour, if at all.
    const MANY: i64 = 10;

    /// A job for a version of a baseline, and who holds it.
    async fn asked(service: &Service, workspace_id: &str) -> (Lease, BaselineJob) {
        let job = BaselineJob {
            id: new_id(),
            workspace_id: workspace_id.to_owned(),
            name: "orders".to_owned(),
            state: BaselineJobState::Queued,
            datasets: vec![new_id()],
            left_out: vec![],
            candidate: false,
            created_ms: now_ms(),
            created_by: "me".to_owned(),
            ended_ms: None,
            progress: None,
            version: None,
            error: None,
        };
        let mut change = service.database.change().await.unwrap();
        change.create_baseline_job(&job, &Settings::default()).await.unwrap();
        change.set_baseline_progress(&job.id, &CheckProgress::default()).await.unwrap();
        change.commit().await.unwrap();
        let mut lease = leased(service, workspace_id, &job.id).await;
        lease.job.attempts = MANY;
        (lease, job)
    }

    async fn state(service: &Service, job: &BaselineJob) -> BaselineJobState {
        let known = service.database.baseline_job(&job.workspace_id, &job.id).await.unwrap();
        known.unwrap().job.state
    }

    #[tokio::test]
    async fn whoever_has_lost_the_lease_neither_ends_the_job_nor_puts_it_back() {
        let (running, _folder, home) = begun().await;
        let service = running.service.clone();
        let (lease, job) = asked(&service, &home).await;
        let lost = Lease { owner: "another".to_owned(), ..lease.clone() };
        let refused = ("system.no_space", "full");
        assert_eq!(fail(&service, &lost, &job, refused).await.unwrap(), "overtaken");
        assert!(!put_back(&service, &lost, &job, now_ms()).await.unwrap());
        let first =
            Lease { job: driftline_model::service::Job { attempts: 1, ..lost.job }, owner: lost.owner };
        assert_eq!(set_back(&service, &first, &job, refused).await.unwrap(), "overtaken");
        assert_eq!(state(&service, &job).await, BaselineJobState::Running);
        let renewed = service.database.renew_lease(&lease, now_ms()).await.unwrap();
        assert_eq!(renewed, Some(false), "it is still held");
        running.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_job_fails_after_the_last_attempt_unless_its_version_is_there() {
        let (running, _folder, home) = begun().await;
        let service = running.service.clone();
        let refused = ("system.no_space", "full");
        let (lease, job) = asked(&service, &home).await;
        assert_eq!(set_back(&service, &lease, &job, refused).await.unwrap(), "failed");
        assert_eq!(state(&service, &job).await, BaselineJobState::Failed);

        let (lease, job) = asked(&service, &home).await;
        let details = VersionDetails {
            source: "orders.csv".to_owned(),
            rows: 1,
            columns: 1,
            saved_unix_secs: 0,
            job: Some(job.id.clone()),
        };
        let name = "orders".parse().unwrap();
        service.data.baselines(&home).save(&name, b"profile", details, Placement::Current).unwrap();
        assert_eq!(set_back(&service, &lease, &job, refused).await.unwrap(), "retried");
        assert_eq!(state(&service, &job).await, BaselineJobState::Queued);
        running.stop().await.unwrap();
    }
}
