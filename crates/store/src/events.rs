//! Events: what happened, in the order in which it became visible.

use driftline_model::service::Event;
use serde::Serialize;
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};

/// Most events that are given at a time.
const MAX_EVENTS: i64 = 500;

impl Change {
    /// Writes an event; it is seen by others when the change is committed, and never without it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn publish(
        &mut self,
        (workspace_id, kind, subject): (&str, &str, &str),
        body: &(impl Serialize + Sync),
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let body = to_json(body)?;
        let sequence = self.next_number("events").await?;
        sqlx::query(
            "INSERT INTO events (sequence, workspace_id, kind, subject, body, at_ms) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(sequence)
        .bind(workspace_id)
        .bind(kind)
        .bind(subject)
        .bind(body)
        .bind(now_ms)
        .execute(&mut *self.transaction)
        .await
        .map_err(StoreError::database("write an event"))?;
        self.last_event = Some(sequence);
        Ok(())
    }
}

impl Database {
    /// Events of a workspace after the one with number `after`, at most 500, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events_after(&self, workspace_id: &str, after: i64) -> Result<Vec<Event>, StoreError> {
        let rows = sqlx::query(
            "SELECT sequence, workspace_id, kind, subject, body, at_ms FROM events \
             WHERE workspace_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
        )
        .bind(workspace_id)
        .bind(after)
        .bind(MAX_EVENTS)
        .fetch_all(self.pool())
        .await
        .map_err(StoreError::database("read the events"))?;
        rows.iter().map(event).collect()
    }

    /// The number of the last event there is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_event(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT value FROM counters WHERE name = 'events'")
            .fetch_one(self.pool())
            .await
            .map_err(StoreError::database("read the events"))?;
        field(&row, 0)
    }

    /// Drops events from before `before_ms`: who was away for longer starts anew.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_events(&self, before_ms: i64) -> Result<u64, StoreError> {
        let mut change = self.change().await?;
        let outcome = sqlx::query("DELETE FROM events WHERE at_ms < $1")
            .bind(before_ms)
            .execute(&mut *change.transaction)
            .await
            .map_err(StoreError::database("forget old events"))?;
        change.commit().await?;
        Ok(outcome.rows_affected())
    }
}

fn event(row: &AnyRow) -> Result<Event, StoreError> {
    Ok(Event {
        sequence: field(row, 0)?,
        workspace_id: field(row, 1)?,
        kind: field(row, 2)?,
        subject: field(row, 3)?,
        body: from_json(&field::<String>(row, 4)?)?,
        at_ms: field(row, 5)?,
    })
}

/// A value as the database keeps it.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Stored { reason: error.to_string() })
}

/// A value that the database kept.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Stored { reason: error.to_string() })
}
