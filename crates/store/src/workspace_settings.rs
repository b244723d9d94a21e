//! The settings of a workspace, in versions.

use driftline_model::Settings;
use driftline_model::service::{Page, PageRequest};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};

/// Settings of a workspace with where they come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SettingsVersion {
    /// Its number, from 1; 0 for the defaults that hold before anything was set.
    pub version: i64,
    /// The settings.
    pub settings: Settings,
    /// When they were set.
    pub created_ms: i64,
    /// Who set them: the id of a user.
    pub created_by: String,
}

impl Change {
    /// Sets the settings of a workspace if `version` follows the one in force; says whether it does.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_settings(
        &mut self,
        workspace_id: &str,
        next: &SettingsVersion,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT COALESCE(MAX(version), 0) FROM settings WHERE workspace_id = $1";
        let row = self.row(sqlx::query(sql).bind(workspace_id)).await?;
        let present: i64 = row.as_ref().map_or(Ok(0), |row| field(row, 0))?;
        if next.version != present + 1 {
            return Ok(false);
        }
        self.run(
            sqlx::query(
                "INSERT INTO settings (workspace_id, version, document, created_ms, created_by) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(workspace_id)
            .bind(next.version)
            .bind(to_json(&next.settings)?)
            .bind(next.created_ms)
            .bind(next.created_by.as_str()),
        )
        .await?;
        Ok(true)
    }
}

impl Database {
    /// The settings of a workspace that are in force.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn settings(&self, workspace_id: &str) -> Result<SettingsVersion, StoreError> {
        let sql = "SELECT version, document, created_ms, created_by FROM settings WHERE workspace_id = $1 \
                   ORDER BY version DESC LIMIT 1";
        let row = self.row(sqlx::query(sql).bind(workspace_id)).await?;
        row.map_or_else(|| Ok(SettingsVersion::default()), |row| version(&row))
    }

    /// All versions of the settings of a workspace, newest first. Pages go on before a version.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn settings_history(
        &self,
        workspace_id: &str,
        page: &PageRequest,
    ) -> Result<Page<SettingsVersion>, StoreError> {
        let sql = "SELECT version, document, created_ms, created_by FROM settings WHERE workspace_id = $1 \
                   AND version < $2 ORDER BY version DESC LIMIT $3";
        let query = sqlx::query(sql).bind(workspace_id).bind(before(page)).bind(page.size() + 1);
        let items = self.rows(query).await?.iter().map(version).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(items, page.size(), |known| known.version.to_string()))
    }
}

/// The version that all of a page come before; what is no number stands for the first page.
pub(crate) fn before(page: &PageRequest) -> i64 {
    page.before.as_deref().and_then(|before| before.parse().ok()).unwrap_or(i64::MAX)
}

fn version(row: &AnyRow) -> Result<SettingsVersion, StoreError> {
    Ok(SettingsVersion {
        version: field(row, 0)?,
        settings: from_json(&field::<String>(row, 1)?)?,
        created_ms: field(row, 2)?,
        created_by: field(row, 3)?,
    })
}
