//! Contracts of a workspace, in versions.

use driftline_model::service::ContractVersion;
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};

const CONTRACT: &str = "name, version, document, created_ms, created_by";

/// Most contracts of a workspace that are listed.
const MOST_LISTED: i64 = 1_000;

impl Change {
    /// Sets a contract if `next.version` follows the version in force; says whether it does.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_contract(
        &mut self,
        workspace_id: &str,
        next: &ContractVersion,
    ) -> Result<bool, StoreError> {
        self.add_contract_version(workspace_id, next, Some(&next.toml)).await
    }

    /// Deletes a contract if `gone.version` follows the version in force; says whether it does. Its versions stay
    /// for the checks that were made with them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_contract(
        &mut self,
        workspace_id: &str,
        gone: &ContractVersion,
    ) -> Result<bool, StoreError> {
        self.add_contract_version(workspace_id, gone, None).await
    }

    async fn add_contract_version(
        &mut self,
        workspace_id: &str,
        next: &ContractVersion,
        document: Option<&str>,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT version, document FROM contracts WHERE workspace_id = $1 AND name = $2 \
                   ORDER BY version DESC LIMIT 1";
        let row = self.row(sqlx::query(sql).bind(workspace_id).bind(next.name.as_str())).await?;
        let (last, is_there) = match &row {
            Some(row) => (field::<i64>(row, 0)?, field::<Option<String>>(row, 1)?.is_some()),
            None => (0, false),
        };
        // To whoever asks, a deleted contract is none, of version 0; its numbers go on all the same.
        let in_force = if is_there { last } else { 0 };
        if next.version != in_force + 1 || (document.is_none() && !is_there) {
            return Ok(false);
        }
        self.run(
            sqlx::query(
                "INSERT INTO contracts (workspace_id, name, version, document, created_ms, created_by) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(workspace_id)
            .bind(next.name.as_str())
            .bind(last + 1)
            .bind(document)
            .bind(next.created_ms)
            .bind(next.created_by.as_str()),
        )
        .await?;
        Ok(true)
    }

    /// Notes the contract that a check uses.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn pin_contract(
        &mut self,
        (workspace_id, check_id): (&str, &str),
        (name, version): (&str, i64),
    ) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO check_contracts (check_id, workspace_id, name, version) VALUES ($1, $2, $3, $4)";
        self.run(sqlx::query(sql).bind(check_id).bind(workspace_id).bind(name).bind(version)).await?;
        Ok(())
    }
}

impl Database {
    /// The contracts of a workspace that are in force, by name; at most 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn contracts(&self, workspace_id: &str) -> Result<Vec<ContractVersion>, StoreError> {
        let sql = format!(
            "SELECT {CONTRACT} FROM contracts c WHERE workspace_id = $1 AND document IS NOT NULL AND version = \
             (SELECT MAX(version) FROM contracts l WHERE l.workspace_id = c.workspace_id AND l.name = c.name) \
             ORDER BY name LIMIT $2"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(MOST_LISTED);
        let rows = self.rows(query).await?;
        Ok(rows.iter().map(contract).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }

    /// The contract of a name that is in force.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn contract(
        &self,
        workspace_id: &str,
        name: &str,
    ) -> Result<Option<ContractVersion>, StoreError> {
        let sql = format!(
            "SELECT {CONTRACT} FROM contracts WHERE workspace_id = $1 AND name = $2 ORDER BY version DESC LIMIT 1"
        );
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(name)).await?;
        Ok(row.as_ref().map(contract).transpose()?.flatten())
    }

    /// The contract that a check uses, in the version that was in force when it was asked for.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn contract_of_check(&self, check_id: &str) -> Result<Option<ContractVersion>, StoreError> {
        let sql = "SELECT c.name, c.version, c.document, c.created_ms, c.created_by FROM check_contracts p \
                   JOIN contracts c ON c.workspace_id = p.workspace_id AND c.name = p.name \
                   AND c.version = p.version WHERE p.check_id = $1";
        let row = self.row(sqlx::query(sql).bind(check_id)).await?;
        Ok(row.as_ref().map(contract).transpose()?.flatten())
    }
}

/// A version with its document; nothing for one that says that the contract was deleted.
fn contract(row: &AnyRow) -> Result<Option<ContractVersion>, StoreError> {
    let Some(toml) = field::<Option<String>>(row, 2)? else { return Ok(None) };
    Ok(Some(ContractVersion {
        name: field(row, 0)?,
        version: field(row, 1)?,
        toml,
        created_ms: field(row, 3)?,
        created_by: field(row, 4)?,
    }))
}
