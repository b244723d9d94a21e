//! Settings for all datasets of a name, in versions: what differs from those of the workspace.

use driftline_model::service::{Page, PageRequest};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};
use crate::workspace_settings::before;

const COLUMNS: &str = "version, document, created_ms, created_by";

/// What differs from the settings of the workspace, with when it was set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DatasetSettingsVersion {
    /// Its number, from 1; 0 before anything was set.
    pub version: i64,
    /// What differs.
    pub own: Map<String, Value>,
    /// When it was set.
    pub created_ms: i64,
    /// Who set it: the id of a user.
    pub created_by: String,
}

impl Change {
    /// Sets what differs for a name if `version` follows the one in force; says whether it does.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_dataset_settings(
        &mut self,
        (workspace_id, name): (&str, &str),
        next: &DatasetSettingsVersion,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT COALESCE(MAX(version), 0) FROM dataset_settings \
                   WHERE workspace_id = $1 AND dataset_name = $2";
        let row = self.row(sqlx::query(sql).bind(workspace_id).bind(name)).await?;
        let present: i64 = row.as_ref().map_or(Ok(0), |row| field(row, 0))?;
        if next.version != present + 1 {
            return Ok(false);
        }
        // Two that set the same version at the same moment: the second is late.
        let sql = "INSERT INTO dataset_settings (workspace_id, dataset_name, version, document, created_ms, \
                   created_by) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let query = sqlx::query(sql)
            .bind(workspace_id)
            .bind(name)
            .bind(next.version)
            .bind(to_json(&next.own)?)
            .bind(next.created_ms)
            .bind(next.created_by.as_str());
        Ok(self.run(query).await? > 0)
    }
}

impl Database {
    /// What differs for a name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn dataset_settings(
        &self,
        workspace_id: &str,
        name: &str,
    ) -> Result<DatasetSettingsVersion, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM dataset_settings WHERE workspace_id = $1 AND dataset_name = $2 \
             ORDER BY version DESC LIMIT 1"
        );
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(name)).await?;
        row.map_or_else(|| Ok(DatasetSettingsVersion::default()), |row| version(&row))
    }

    /// All versions for a name, newest first. Pages go on before a version.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn dataset_settings_history(
        &self,
        (workspace_id, name): (&str, &str),
        page: &PageRequest,
    ) -> Result<Page<DatasetSettingsVersion>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM dataset_settings WHERE workspace_id = $1 AND dataset_name = $2 \
             AND version < $3 ORDER BY version DESC LIMIT $4"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let query = query.bind(workspace_id).bind(name).bind(before(page)).bind(page.size() + 1);
        let items = self.rows(query).await?.iter().map(version).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(items, page.size(), |known| known.version.to_string()))
    }
}

fn version(row: &AnyRow) -> Result<DatasetSettingsVersion, StoreError> {
    Ok(DatasetSettingsVersion {
        version: field(row, 0)?,
        own: from_json(&field::<String>(row, 1)?)?,
        created_ms: field(row, 2)?,
        created_by: field(row, 3)?,
    })
}
