//! Jobs for the tests of what workers do with them.

use driftline_model::service::{Job, JobState};
use driftline_store::{Lease, new_id};
use tempfile::TempDir;

use super::worker::LEASE_MS;
use crate::serve::Running;
use crate::state::now_ms;
use crate::{Service, ServiceConfig, first_sign_in, serve};

/// A service, its folder, and its workspace.
pub(super) async fn begun() -> (Running, TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = ServiceConfig::new(folder.path().to_path_buf());
    config.listen = ([127, 0, 0, 1], 0).into();
    let running = serve(config).await.unwrap();
    let home = first_sign_in(&running.service.database).await.unwrap().unwrap().workspace_id;
    (running, folder, home)
}

/// A job that `me` holds, and that no worker of the service takes, because its time has not come.
pub(super) async fn leased(service: &Service, workspace_id: &str, subject: &str) -> Lease {
    let later = now_ms() + 3_600_000;
    let job = Job {
        id: new_id(),
        workspace_id: workspace_id.to_owned(),
        kind: "test".to_owned(),
        subject: subject.to_owned(),
        state: JobState::Queued,
        priority: 0,
        attempts: 0,
        created_ms: later,
    };
    let mut change = service.database.change().await.unwrap();
    change.enqueue(&job).await.unwrap();
    change.commit().await.unwrap();
    service.database.take_job("me", later, later + LEASE_MS).await.unwrap().unwrap()
}
