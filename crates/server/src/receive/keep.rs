//! From a file that came in whole to a dataset.

use axum::body::Body;
use axum::http::StatusCode;
use driftline_engine::Inspection;
use driftline_model::service::{AuditOutcome, Dataset, DatasetDetails, DatasetState};
use driftline_store::{AuditLine, new_id};

use super::arriving::Arriving;
use super::delete::line_of;
use super::look::Look;
use super::partial::{Partial, Whole};
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Bytes that came in whole.
pub(super) struct Received {
    /// Their file.
    pub(super) whole: Whole,
    /// Name of the file, and later of the blob: one of our own ids.
    pub(super) id: String,
    /// What the caller calls it.
    pub(super) name: String,
    /// Whether there is a resumable upload of this id.
    pub(super) is_upload: bool,
}

/// Receives the body of one request as a dataset. `wanted` is the hash that the client expects.
///
/// # Errors
/// When the body does not come whole or is no table; nothing of it stays then.
pub(crate) async fn receive_whole(
    service: &Service,
    caller: &Caller,
    (name, wanted): (String, Option<String>),
    body: Body,
) -> Result<Dataset, ApiError> {
    let id = new_id();
    let path = service.data.upload(&id);
    let outcome = async {
        let mut partial = Partial::create(path.clone()).await?;
        let mut arriving = Arriving::new(service, body, service.config.max_upload_bytes);
        while let Some(bytes) = arriving.next().await? {
            partial = partial.write(bytes).await?;
        }
        let whole = partial.complete().await?;
        if wanted.is_some_and(|wanted| wanted != whole.sha256) {
            return Err(checksum(&whole.sha256));
        }
        keep(service, caller, Received { whole, id, name, is_upload: false }).await
    };
    let outcome = outcome.await;
    if outcome.is_err() {
        // What cannot be removed now is removed by the sweeper.
        let _ = tokio::fs::remove_file(&path).await;
    }
    outcome
}

fn checksum(sha256: &str) -> ApiError {
    let message = format!("other bytes came than were announced: their SHA-256 is {sha256}");
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "data.checksum", message).with_help("send the file again")
}

/// Makes a dataset of what came in, or refuses it. A crash at any place leaves the upload as it was, with a file
/// that has either name, or a dataset.
///
/// # Errors
/// When it is no table that can be used: then it is gone. When the system fails: then an upload can go on.
pub(super) async fn keep(
    service: &Service,
    caller: &Caller,
    received: Received,
) -> Result<Dataset, ApiError> {
    let settings = service.database.settings(&caller.workspace_id).await?.settings;
    let look = Look {
        path: received.whole.path.clone(),
        name: received.name.clone(),
        csv: settings.csv,
        max_expansion: service.config.max_expansion,
        stopping: service.stopping.clone(),
    };
    match look.take().await {
        Ok(inspection) => settle(service, caller, received, inspection).await,
        Err(error) => {
            if error.status().is_client_error() {
                refuse(service, caller, &received).await?;
            }
            Err(error)
        }
    }
}

async fn settle(
    service: &Service,
    caller: &Caller,
    received: Received,
    inspection: Inspection,
) -> Result<Dataset, ApiError> {
    let Received { whole, id: blob, name, is_upload } = received;
    // The lock is held until the change is made.
    let whole = whole.rename(service.data.blob(&blob)).await?;
    let now = now_ms();
    let days = i64::from(service.config.keep_datasets_days);
    let dataset = Dataset {
        id: new_id(),
        workspace_id: caller.workspace_id.clone(),
        name,
        size_bytes: i64::try_from(whole.length).unwrap_or(i64::MAX),
        sha256: whole.sha256.clone(),
        state: DatasetState::Ready,
        created_ms: now,
        created_by: caller.user_id.clone(),
        expires_ms: (days > 0).then(|| now + days * DAY_MS),
    };
    let Inspection { dialect, columns, rows: preview } = inspection;
    let details = DatasetDetails { dataset: dataset.clone(), dialect, columns, preview };
    let recorded = record(service, caller, &details, (&blob, is_upload)).await;
    if recorded.is_err() && !is_upload {
        service.data.remove_unused(&service.database, &blob).await;
    }
    recorded.map(|()| dataset)
}

/// Makes what came in a dataset, in one change.
async fn record(
    service: &Service,
    caller: &Caller,
    details: &DatasetDetails,
    (blob, is_upload): (&str, bool),
) -> Result<(), ApiError> {
    let (dataset, now) = (&details.dataset, details.dataset.created_ms);
    let mut change = service.database.change().await?;
    change.create_dataset(details, blob).await?;
    if is_upload {
        change.finish_upload(blob, &dataset.id).await?;
    }
    change.publish((&caller.workspace_id, "dataset.created", &dataset.id), dataset, now).await?;
    service.audited(&mut change, caller, ("dataset.create", &dataset.id, &dataset.name)).await?;
    Ok(change.commit().await?)
}

/// Forgets what is no table: first the upload, then its file, which the sweeper removes if we do not come to it.
async fn refuse(service: &Service, caller: &Caller, received: &Received) -> Result<(), ApiError> {
    let outcome = AuditOutcome::Refused;
    let line =
        AuditLine { outcome, detail: &received.name, ..line_of(caller, "dataset.create", &received.id) };
    let mut change = service.database.change().await?;
    if received.is_upload {
        change.delete_upload(&caller.workspace_id, &received.id).await?;
    }
    change.audit(&line, now_ms()).await?;
    change.commit().await?;
    let _ = tokio::fs::remove_file(&received.whole.path).await;
    Ok(())
}
