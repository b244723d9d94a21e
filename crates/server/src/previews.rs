//! What is kept of a check for previews, on its way to the disk.

use driftline_model::service::Check;
use driftline_store::{Change, StoreError, new_id};

use crate::Service;

/// A blob with the profiles of a check, when there was room for it.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    blob: Option<(String, i64)>,
}

/// Writes the profiles of a check. A check is not lost because there is no room for what only previews need.
pub(crate) async fn write(service: &Service, check_id: &str, profiles: Vec<u8>) -> Kept {
    let (blob, size_bytes) = (new_id(), i64::try_from(profiles.len()).unwrap_or(i64::MAX));
    match service.data.write(&blob, profiles).await {
        Ok(()) => Kept { blob: Some((blob, size_bytes)) },
        Err(error) => {
            tracing::warn!(check = check_id, error = %error, "nothing is kept for previews");
            Kept { blob: None }
        }
    }
}

impl Kept {
    /// Notes in the database that they are there; says whether they may be.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn note(
        &self,
        change: &mut Change,
        check: &Check,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let Some((blob, size_bytes)) = &self.blob else { return Ok(true) };
        change.keep_profiles(check, (blob, *size_bytes), now_ms).await
    }

    /// Removes them again when it is sure that nothing refers to them; says whether there is room for more now.
    pub(crate) async fn discard_unused(&self, service: &Service) -> bool {
        let Some((blob, _)) = &self.blob else { return false };
        service.data.remove_unused(&service.database, blob).await
    }

    /// Removes them again.
    pub(crate) async fn discard(&self, service: &Service) {
        let Some((blob, _)) = &self.blob else { return };
        // What cannot be removed now is removed by the sweeper.
        let _ = tokio::fs::remove_file(service.data.blob(blob)).await;
    }
}
