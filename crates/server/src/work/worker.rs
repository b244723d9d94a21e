//! Workers: they take jobs from the database and do them.

use std::time::Duration;

use driftline_model::service::JobState;
use driftline_store::{Lease, StoreError, new_id};

use super::check::check;
use crate::Service;
use crate::state::{now_ms, stopped};

/// How long a job belongs to a worker that says nothing.
pub(super) const LEASE_MS: i64 = 15_000;
/// How often a worker says that it still works, and tells how far it has come.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long an idle worker waits before it looks for jobs of lost workers and of other instances.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a failed job waits before it is begun again, times two for every attempt.
pub(super) const BACK_OFF_MS: i64 = 2_000;

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

async fn end(service: &Service, lease: &Lease, state: JobState) -> Result<(), StoreError> {
    let mut change = service.database.change().await?;
    change.end_job(lease, state).await?;
    change.commit().await
}
