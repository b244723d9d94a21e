//! Deleting checks, and telling what went with them.

use driftline_store::{Change, StoreError};

use crate::finding_change::incident_changed;
use crate::{Service, alerting};

/// Deletes a check that has ended and tells everybody what went with it. Gives the blobs that are not needed any more;
/// nothing when there is no such check or it has not ended.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn delete(
    change: &mut Change,
    (workspace_id, id): (&str, &str),
    now_ms: i64,
) -> Result<Option<Vec<String>>, StoreError> {
    let Some(deleted) = change.delete_check(workspace_id, id, now_ms).await? else { return Ok(None) };
    change.publish((workspace_id, "check.deleted", id), &id, now_ms).await?;
    for incident in &deleted.incidents {
        incident_changed(change, incident, now_ms).await?;
    }
    for id in &deleted.incidents_gone {
        change.publish((workspace_id, "incident.deleted", id), id, now_ms).await?;
        alerting::gone(change, workspace_id, id, now_ms).await?;
    }
    Ok(Some(deleted.blobs))
}

/// Removes the blobs of checks that were deleted.
pub(crate) async fn remove(service: &Service, blobs: &[String]) {
    for blob in blobs {
        // Nothing refers to it any more; what cannot be removed now is removed by the sweeper.
        let _ = tokio::fs::remove_file(service.data.blob(blob)).await;
    }
}
