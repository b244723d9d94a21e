//! Channels: places that alerts are sent to, with their secrets.

use std::collections::BTreeMap;
use std::fmt;

use driftline_model::service::Channel;
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};

const CHANNEL: &str = "id, workspace_id, name, kind, enabled, config, secrets, templates, version, created_ms, \
                       created_by, updated_ms";

/// Most channels of a workspace.
pub const MAX_CHANNELS: usize = 100;

/// A channel with its secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredChannel {
    /// What everybody may see; which of its secrets are set is told here too.
    pub channel: Channel,
    /// Its secrets, by the name of the field. Never answered, logged or audited.
    pub secrets: BTreeMap<String, String>,
}

impl fmt::Debug for StoredChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredChannel").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl StoredChannel {
    /// Notes in what everybody may see which secrets are set.
    pub fn note_secrets(&mut self) {
        let is_set = |(name, value): (&String, &String)| (name.clone(), !value.is_empty());
        self.channel.secrets = self.secrets.iter().map(is_set).collect();
    }
}

impl Change {
    /// Keeps a new channel.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_channel(&mut self, stored: &StoredChannel) -> Result<(), StoreError> {
        let channel = &stored.channel;
        let query = sqlx::query(
            "INSERT INTO channels (id, workspace_id, name, kind, enabled, config, secrets, templates, version, \
             created_ms, created_by, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(channel.id.as_str())
        .bind(channel.workspace_id.as_str())
        .bind(channel.name.as_str())
        .bind(channel.kind.as_str())
        .bind(i64::from(channel.enabled))
        .bind(to_json(&channel.config)?)
        .bind(to_json(&stored.secrets)?)
        .bind(to_json(&channel.templates)?)
        .bind(channel.version)
        .bind(channel.created_ms)
        .bind(channel.created_by.as_str())
        .bind(channel.updated_ms);
        self.run(query).await?;
        Ok(())
    }

    /// Changes a channel if it still is of the version before `version`; says whether it was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn update_channel(&mut self, stored: &StoredChannel) -> Result<bool, StoreError> {
        let channel = &stored.channel;
        let query = sqlx::query(
            "UPDATE channels SET name = $2, enabled = $3, config = $4, secrets = $5, templates = $6, version = $7, \
             updated_ms = $8 WHERE id = $1 AND version = $7 - 1",
        )
        .bind(channel.id.as_str())
        .bind(channel.name.as_str())
        .bind(i64::from(channel.enabled))
        .bind(to_json(&channel.config)?)
        .bind(to_json(&stored.secrets)?)
        .bind(to_json(&channel.templates)?)
        .bind(channel.version)
        .bind(channel.updated_ms);
        Ok(self.run(query).await? > 0)
    }

    /// Deletes a channel; says whether there was one. What waits for it is cancelled.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_channel(
        &mut self,
        workspace_id: &str,
        id: &str,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM channels WHERE workspace_id = $1 AND id = $2");
        let was_there = self.run(gone.bind(workspace_id).bind(id)).await? > 0;
        let cancel = sqlx::query(
            "UPDATE deliveries SET state = 'cancelled', ended_ms = $2, next_attempt_ms = NULL \
             WHERE channel_id = $1 AND state = 'pending'",
        );
        self.run(cancel.bind(id).bind(now_ms)).await?;
        Ok(was_there)
    }

    /// The channels of a workspace, oldest first, seen from within the change.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn channels(&mut self, workspace_id: &str) -> Result<Vec<StoredChannel>, StoreError> {
        let sql = format!("SELECT {CHANNEL} FROM channels WHERE workspace_id = $1 ORDER BY id");
        let rows = self.rows(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id)).await?;
        rows.iter().map(channel).collect()
    }
}

impl Database {
    /// The channels of a workspace, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn channels(&self, workspace_id: &str) -> Result<Vec<StoredChannel>, StoreError> {
        let sql = format!("SELECT {CHANNEL} FROM channels WHERE workspace_id = $1 ORDER BY id");
        let rows = self.rows(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id)).await?;
        rows.iter().map(channel).collect()
    }

    /// A channel of a workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn channel(&self, workspace_id: &str, id: &str) -> Result<Option<StoredChannel>, StoreError> {
        let sql = format!("SELECT {CHANNEL} FROM channels WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.as_ref().map(channel).transpose()
    }
}

fn channel(row: &AnyRow) -> Result<StoredChannel, StoreError> {
    let channel = Channel {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        name: field(row, 2)?,
        kind: field(row, 3)?,
        enabled: field::<i64>(row, 4)? != 0,
        config: from_json(&field::<String>(row, 5)?)?,
        secrets: BTreeMap::new(),
        templates: from_json(&field::<String>(row, 7)?)?,
        version: field(row, 8)?,
        created_ms: field(row, 9)?,
        created_by: field(row, 10)?,
        updated_ms: field(row, 11)?,
    };
    let mut stored = StoredChannel { channel, secrets: from_json(&field::<String>(row, 6)?)? };
    stored.note_secrets();
    Ok(stored)
}
