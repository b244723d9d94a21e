//! Deleting datasets and uploads: first in the database, then on the disk.

use driftline_model::service::AuditOutcome;
use driftline_store::AuditLine;

use super::partial::Partial;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// A line for the audit log of what a caller has done.
pub(crate) fn line_of<'a>(caller: &'a Caller, action: &'a str, subject: &'a str) -> AuditLine<'a> {
    AuditLine {
        actor: &caller.actor,
        address: &caller.address,
        workspace_id: &caller.workspace_id,
        action,
        subject,
        outcome: AuditOutcome::Done,
        detail: "",
    }
}

/// Deletes the dataset that is the subject of `line`, and what was shown or kept of its rows; says whether there was
/// one. Checks that were made with it stay, without previews, and one that reads it goes on.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn delete_dataset(service: &Service, line: &AuditLine<'_>) -> Result<bool, ApiError> {
    let (workspace_id, id, now) = (line.workspace_id, line.subject, now_ms());
    let mut change = service.database.change().await?;
    let Some(blob) = change.delete_dataset(workspace_id, id).await? else { return Ok(false) };
    change.forget_preview(workspace_id, id).await?;
    let profiles = change.forget_profiles(workspace_id, id).await?;
    change.publish((workspace_id, "dataset.deleted", id), &id, now).await?;
    change.audit(line, now).await?;
    change.commit().await?;
    // Nothing refers to it any more; what cannot be removed now is removed by the sweeper.
    for blob in std::iter::once(&blob).chain(&profiles) {
        let _ = tokio::fs::remove_file(service.data.blob(blob)).await;
    }
    Ok(true)
}

/// Gives up the open upload that is the subject of `line`; says whether there was one.
///
/// # Errors
/// When somebody writes to it at the moment, or the database refuses.
pub(crate) async fn delete_upload(service: &Service, line: &AuditLine<'_>) -> Result<bool, ApiError> {
    // After a crash the file may have its last name already, without being a dataset.
    let places = [service.data.upload(line.subject), service.data.blob(line.subject)];
    // Whoever else goes on with the upload finds the lock taken, and afterwards no upload.
    let _held = Partial::open(places.clone()).await?;
    let mut change = service.database.change().await?;
    if !change.delete_upload(line.workspace_id, line.subject).await? {
        return Ok(false);
    }
    change.audit(line, now_ms()).await?;
    change.commit().await?;
    for place in places {
        // It is at one of them; what cannot be removed now is removed by the sweeper.
        let _ = tokio::fs::remove_file(place).await;
    }
    Ok(true)
}
