//! Workers: they take jobs from the database and do them.

use std::time::Duration;

use driftline_model::service::JobState;
use driftline_store::{Lease, MAX_ATTEMPTS, StoreError, new_id};

use super::{baseline, check};
use crate::Service;
use crate::state::{now_ms, stopped};

/// How long a job belongs to a worker that says nothing.
pub(super) const LEASE_MS: i64 = 15_000;
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
    let outcome = match lease.job.kind.as_str() {
        "check" => check::work(service, lease).await,
        "baseline" => baseline::work(service, lease).await,
        _ => leave(service, lease).await,
    };
    // What could not be written down is tried again by whoever finds the lease run out.
    service.telemetry.job_ended(lease, begun, &outcome);
}

/// Leaves a job to an instance of a newer version, which knows what to do.
async fn leave(service: &Service, lease: &Lease) -> Result<&'static str, StoreError> {
    let mut change = service.database.change().await?;
    change.retry_job(lease, now_ms() + back_off_ms(lease)).await?;
    change.commit().await.map(|()| "put_back")
}

/// Whether a job that the system refused is begun again, because it may be granted later.
pub(super) fn may_try_again(lease: &Lease) -> bool {
    lease.job.attempts < MAX_ATTEMPTS
}

/// How long a failed job waits before it is begun again.
pub(super) fn back_off_ms(lease: &Lease) -> i64 {
    let wait = BACK_OFF_MS << lease.job.attempts.clamp(0, 10);
    // Up to half as long again, so that jobs that failed together do not come back together.
    wait + now_ms() % (wait / 2 + 1)
}

/// Ends a job of which nothing else is to be told.
pub(super) async fn end(service: &Service, lease: &Lease, state: JobState) -> Result<(), StoreError> {
    let mut change = service.database.change().await?;
    change.end_job(lease, state).await?;
    change.commit().await
}
