//! Tables that were uploaded, and uploads on their way.

use driftline_model::service::{
    Dataset, DatasetDetails, DatasetState, Page, PageRequest, Upload, UploadState,
};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};

const DATASET: &str = "id, workspace_id, name, size_bytes, sha256, state, created_ms, created_by, expires_ms";
const UPLOAD: &str = "id, workspace_id, name, length_bytes, offset_bytes, state, dataset_id, created_ms, \
                      created_by, expires_ms";

/// A dataset with the place of its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDataset {
    /// The dataset.
    pub dataset: Dataset,
    /// Name of its blob.
    pub blob: String,
}

impl Change {
    /// Keeps a dataset whose bytes are safe in the blob `blob`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_dataset(&mut self, details: &DatasetDetails, blob: &str) -> Result<(), StoreError> {
        let dataset = &details.dataset;
        self.run(
            sqlx::query(
                "INSERT INTO datasets (id, workspace_id, name, size_bytes, sha256, blob, state, details, created_ms, \
                 created_by, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(dataset.id.as_str())
            .bind(dataset.workspace_id.as_str())
            .bind(dataset.name.as_str())
            .bind(dataset.size_bytes)
            .bind(dataset.sha256.as_str())
            .bind(blob)
            .bind("ready")
            .bind(to_json(details)?)
            .bind(dataset.created_ms)
            .bind(dataset.created_by.as_str())
            .bind(dataset.expires_ms),
        )
        .await?;
        Ok(())
    }

    /// Marks a dataset as deleted and gives the name of its blob, which the caller removes once this is committed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_dataset(
        &mut self,
        workspace_id: &str,
        id: &str,
    ) -> Result<Option<String>, StoreError> {
        let sql = "UPDATE datasets SET state = 'deleted' WHERE workspace_id = $1 AND id = $2 AND state = 'ready' \
                   RETURNING blob";
        let row = self.row(sqlx::query(sql).bind(workspace_id).bind(id)).await?;
        row.map(|row| field(&row, 0)).transpose()
    }

    /// Forgets the rows that were kept to be shown of a dataset.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_preview(&mut self, workspace_id: &str, id: &str) -> Result<(), StoreError> {
        let sql = "SELECT details FROM datasets WHERE workspace_id = $1 AND id = $2";
        let Some(row) = self.row(sqlx::query(sql).bind(workspace_id).bind(id)).await? else { return Ok(()) };
        let mut kept: DatasetDetails = from_json(&field::<String>(&row, 0)?)?;
        kept.preview.clear();
        let sql = "UPDATE datasets SET details = $3 WHERE workspace_id = $1 AND id = $2";
        self.run(sqlx::query(sql).bind(workspace_id).bind(id).bind(to_json(&kept)?)).await?;
        Ok(())
    }

    /// Keeps a new upload.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_upload(&mut self, upload: &Upload) -> Result<(), StoreError> {
        self.run(
            sqlx::query(
                "INSERT INTO uploads (id, workspace_id, name, length_bytes, offset_bytes, state, created_ms, \
                 created_by, expires_ms) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8)",
            )
            .bind(upload.id.as_str())
            .bind(upload.workspace_id.as_str())
            .bind(upload.name.as_str())
            .bind(upload.length_bytes)
            .bind(upload.offset_bytes)
            .bind(upload.created_ms)
            .bind(upload.created_by.as_str())
            .bind(upload.expires_ms),
        )
        .await?;
        Ok(())
    }

    /// Notes that the first `offset_bytes` of an upload are safe on the disk.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn advance_upload(
        &mut self,
        id: &str,
        offset_bytes: i64,
        expires_ms: i64,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE uploads SET offset_bytes = $2, expires_ms = $3 WHERE id = $1 AND state = 'open'";
        self.run(sqlx::query(sql).bind(id).bind(offset_bytes).bind(expires_ms)).await?;
        Ok(())
    }

    /// Notes which dataset came of an upload.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn finish_upload(&mut self, id: &str, dataset_id: &str) -> Result<(), StoreError> {
        let sql =
            "UPDATE uploads SET state = 'done', offset_bytes = length_bytes, dataset_id = $2 WHERE id = $1";
        self.run(sqlx::query(sql).bind(id).bind(dataset_id)).await?;
        Ok(())
    }

    /// Gives an upload up; says whether there was an open one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_upload(&mut self, workspace_id: &str, id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM uploads WHERE workspace_id = $1 AND id = $2 AND state = 'open'";
        Ok(self.run(sqlx::query(sql).bind(workspace_id).bind(id)).await? > 0)
    }

    /// Forgets at most `most` uploads that became datasets and that nobody can still ask for.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_uploads(&mut self, now_ms: i64, most: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM uploads WHERE id IN \
                   (SELECT id FROM uploads WHERE state = 'done' AND expires_ms <= $1 LIMIT $2)";
        self.run(sqlx::query(sql).bind(now_ms).bind(most)).await
    }
}

impl Database {
    /// Datasets of a workspace that can be used, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn datasets(
        &self,
        workspace_id: &str,
        page: &PageRequest,
    ) -> Result<Page<Dataset>, StoreError> {
        let sql = format!(
            "SELECT {DATASET} FROM datasets WHERE workspace_id = $1 AND state = 'ready' AND id < $2 \
             ORDER BY id DESC LIMIT $3"
        );
        let query =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(page.bound()).bind(page.size() + 1);
        let items = self.rows(query).await?.iter().map(dataset).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(items, page.size(), |dataset| dataset.id.clone()))
    }

    /// A dataset with the place of its bytes; a deleted one too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn dataset(&self, workspace_id: &str, id: &str) -> Result<Option<StoredDataset>, StoreError> {
        let sql = format!("SELECT {DATASET}, blob FROM datasets WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.map(|row| Ok(StoredDataset { dataset: dataset(&row)?, blob: field(&row, 9)? })).transpose()
    }

    /// A dataset with what a look inside showed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn dataset_details(
        &self,
        workspace_id: &str,
        id: &str,
    ) -> Result<Option<DatasetDetails>, StoreError> {
        let sql = format!("SELECT {DATASET}, details FROM datasets WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.map(|row| {
            let kept: DatasetDetails = from_json(&field::<String>(&row, 9)?)?;
            Ok(DatasetDetails { dataset: dataset(&row)?, ..kept })
        })
        .transpose()
    }

    /// Datasets whose time is over, at most `most`, as workspace and id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn expired_datasets(
        &self,
        now_ms: i64,
        most: i64,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT workspace_id, id FROM datasets WHERE state = 'ready' AND expires_ms <= $1 LIMIT $2";
        self.rows(sqlx::query(sql).bind(now_ms).bind(most)).await?.iter().map(pair).collect()
    }

    /// An upload.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn upload(&self, workspace_id: &str, id: &str) -> Result<Option<Upload>, StoreError> {
        let sql = format!("SELECT {UPLOAD} FROM uploads WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.as_ref().map(upload).transpose()
    }

    /// Uploads that were given up, as workspace and id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn expired_uploads(&self, now_ms: i64, most: i64) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT workspace_id, id FROM uploads WHERE state = 'open' AND expires_ms <= $1 LIMIT $2";
        self.rows(sqlx::query(sql).bind(now_ms).bind(most)).await?.iter().map(pair).collect()
    }

    /// How many uploads of a workspace are open.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_uploads(&self, workspace_id: &str) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM uploads WHERE workspace_id = $1 AND state = 'open'";
        let row = self.row(sqlx::query(sql).bind(workspace_id)).await?;
        row.as_ref().map_or(Ok(0), |row| field(row, 0))
    }

    /// Whether there is an open upload of this id in any workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_upload_open(&self, id: &str) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM uploads WHERE id = $1 AND state = 'open'";
        Ok(self.row(sqlx::query(sql).bind(id)).await?.is_some())
    }

    /// Whether anything refers to a blob of this name; what nothing refers to is an orphan.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_blob_used(&self, blob: &str) -> Result<bool, StoreError> {
        let sql = "SELECT COUNT(*) FROM (SELECT id FROM datasets WHERE blob = $1 AND state = 'ready' \
                   UNION ALL SELECT id FROM checks WHERE report_blob = $1 \
                   UNION ALL SELECT check_id FROM previews WHERE blob = $1) AS users";
        let row = self.row(sqlx::query(sql).bind(blob)).await?;
        Ok(row.as_ref().map_or(Ok(0_i64), |row| field(row, 0))? > 0)
    }
}

fn pair(row: &AnyRow) -> Result<(String, String), StoreError> {
    Ok((field(row, 0)?, field(row, 1)?))
}

fn dataset(row: &AnyRow) -> Result<Dataset, StoreError> {
    let state = match field::<String>(row, 5)?.as_str() {
        "ready" => DatasetState::Ready,
        _ => DatasetState::Deleted,
    };
    Ok(Dataset {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        name: field(row, 2)?,
        size_bytes: field(row, 3)?,
        sha256: field(row, 4)?,
        state,
        created_ms: field(row, 6)?,
        created_by: field(row, 7)?,
        expires_ms: field(row, 8)?,
    })
}

fn upload(row: &AnyRow) -> Result<Upload, StoreError> {
    let state = match field::<String>(row, 5)?.as_str() {
        "done" => UploadState::Done,
        _ => UploadState::Open,
    };
    Ok(Upload {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        name: field(row, 2)?,
        length_bytes: field(row, 3)?,
        offset_bytes: field(row, 4)?,
        state,
        dataset_id: field(row, 6)?,
        created_ms: field(row, 7)?,
        created_by: field(row, 8)?,
        expires_ms: field(row, 9)?,
    })
}
