//! What is kept of checks for saying what other settings would have said.

use driftline_model::service::{Check, CheckSide};

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::to_json;

impl Change {
    /// Notes that the profiles of a check are safe in the blob `blob`; says whether they may be kept. They may not
    /// when data that they were made from have been deleted: what is kept would show some of its rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_profiles(
        &mut self,
        check: &Check,
        (blob, size_bytes): (&str, i64),
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        for side in [&check.current, &check.reference] {
            let CheckSide::Dataset(id) = side else { continue };
            let sql = "SELECT id FROM datasets WHERE workspace_id = $1 AND id = $2 AND state = 'deleted'";
            let gone = sqlx::query(sql).bind(check.workspace_id.as_str()).bind(id.as_str());
            if self.row(gone).await?.is_some() {
                return Ok(false);
            }
        }
        let sql = "INSERT INTO previews (check_id, blob, size_bytes, created_ms) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT DO NOTHING";
        let query = sqlx::query(sql).bind(check.id.as_str()).bind(blob).bind(size_bytes).bind(now_ms);
        Ok(self.run(query).await? > 0)
    }

    /// Forgets the profiles of all checks that were made with a dataset, and gives the names of their blobs, which
    /// the caller removes once this is committed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_profiles(
        &mut self,
        workspace_id: &str,
        dataset_id: &str,
    ) -> Result<Vec<String>, StoreError> {
        let side = to_json(&CheckSide::Dataset(dataset_id.to_owned()))?;
        let query = sqlx::query(
            "DELETE FROM previews WHERE check_id IN (SELECT id FROM checks WHERE workspace_id = $1 AND \
             (current_side = $2 OR reference_side = $2)) RETURNING blob",
        );
        let rows = query.bind(workspace_id).bind(side).fetch_all(&mut *self.transaction).await;
        let rows = rows.map_err(StoreError::database("write to the database"))?;
        rows.iter().map(|row| field(row, 0)).collect()
    }
}

impl Database {
    /// The blob with the profiles of a check, where they are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn profiles(&self, workspace_id: &str, check_id: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT blob FROM previews JOIN checks ON checks.id = previews.check_id \
                   WHERE checks.workspace_id = $1 AND checks.id = $2";
        let row = self.row(sqlx::query(sql).bind(workspace_id).bind(check_id)).await?;
        row.map(|row| field(&row, 0)).transpose()
    }
}
