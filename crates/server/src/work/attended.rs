//! A run under the eyes of its worker: the lease is renewed, news are told, and it stops when it shall.

use std::time::Duration;

use driftline_engine::{CancelToken, EngineError};
use driftline_store::{Lease, StoreError};
use tokio::task::JoinHandle;

use super::worker::LEASE_MS;
use crate::Service;
use crate::state::{now_ms, stopped};

/// How often a worker says that it still works, and tells how far it has come.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// A run on a thread of its own.
pub(super) struct Running<T> {
    pub(super) handle: JoinHandle<Result<T, EngineError>>,
    pub(super) cancel: CancelToken,
}

/// How a run ended, as the worker sees it.
pub(super) enum Ended<T> {
    Done(T),
    Failed(EngineError),
    /// Somebody cancelled the job.
    Cancelled,
    /// The lease was lost or the service stops: the next worker begins again.
    Abandoned,
}

/// Waits for the end of a run and holds its lease meanwhile. `tell` is called at every beat.
pub(super) async fn attend<T, F>(
    service: &Service,
    lease: &Lease,
    mut running: Running<T>,
    mut tell: impl FnMut() -> F + Send,
) -> Result<Ended<T>, StoreError>
where
    F: Future<Output = Result<(), StoreError>> + Send,
{
    let mut stopping = service.stopping.clone();
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    let mut why_stopped = None;
    let outcome = loop {
        tokio::select! {
            outcome = &mut running.handle => break outcome,
            () = stopped(&mut stopping), if why_stopped.is_none() => {
                why_stopped = Some(Ended::Abandoned);
                running.cancel.cancel();
            }
            _ = heartbeat.tick() => {
                match service.database.renew_lease(lease, now_ms() + LEASE_MS).await {
                    Ok(Some(false)) => {}
                    Ok(Some(true)) => {
                        why_stopped = Some(Ended::Cancelled);
                        running.cancel.cancel();
                    }
                    Ok(None) => {
                        why_stopped = Some(Ended::Abandoned);
                        running.cancel.cancel();
                    }
                    // The lease lasts for a while yet; the next beat tries again.
                    Err(_) => {}
                }
                // How far it has come is told again with the next beat.
                let _ = tell().await;
            }
        }
    };
    Ok(match (outcome, why_stopped) {
        (Ok(Ok(result)), _) => Ended::Done(result),
        (Ok(Err(EngineError::Cancelled)), Some(why)) => why,
        (Ok(Err(error)), _) => Ended::Failed(error),
        (Err(_), _) => Ended::Failed(EngineError::Panic {
            during: format!("working on a {}", lease.job.kind),
            message: "the thread was lost".to_owned(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use driftline_store::new_id;

    use super::super::leased::{begun, leased};
    use super::*;

    /// A run that goes on until it is cancelled.
    fn endless() -> Running<()> {
        let cancel = CancelToken::new();
        let seen = cancel.clone();
        let handle = tokio::task::spawn_blocking(move || {
            while !seen.is_cancelled() {
                std::thread::yield_now();
            }
            Err(EngineError::Cancelled)
        });
        Running { handle, cancel }
    }

    #[tokio::test]
    async fn a_run_stops_when_it_is_cancelled_or_the_lease_is_lost_or_the_service_stops() {
        let (running, _folder, home) = begun().await;
        let service = running.service.clone();
        let told = AtomicUsize::new(0);
        let tell = || {
            told.fetch_add(1, Ordering::Relaxed);
            async { Ok(()) }
        };

        let lease = leased(&service, &home, &new_id()).await;
        let mut change = service.database.change().await.unwrap();
        assert!(!change.cancel_job(&lease.job.subject).await.unwrap(), "it runs");
        change.commit().await.unwrap();
        let ended = attend(&service, &lease, endless(), tell).await.unwrap();
        assert!(matches!(ended, Ended::Cancelled));
        assert!(told.load(Ordering::Relaxed) > 0, "every beat tells the news");

        let lost = Lease { owner: "another".to_owned(), ..leased(&service, &home, &new_id()).await };
        let ended = attend(&service, &lost, endless(), tell).await.unwrap();
        assert!(matches!(ended, Ended::Abandoned));

        let lease = leased(&service, &home, &new_id()).await;
        let (ended, stopped) = tokio::join!(attend(&service, &lease, endless(), tell), running.stop());
        assert!(matches!(ended.unwrap(), Ended::Abandoned));
        stopped.unwrap();
    }
}
