//! Monitors, their windows, and which findings are theirs.

use driftline_model::service::{MonitorRecord, MonitorState};
use driftline_model::{LiveAlarm, LiveRecovery};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};
use crate::jobs::CLOCKS_DIFFER_MS;

const MONITOR: &str =
    "id, workspace_id, name, feed, settings, state, version, created_ms, created_by, updated_ms";
/// Monitors of a workspace that are listed.
const MOST_LISTED: i64 = 1_000;
/// Rows of windows that are given at a time.
const MOST_ROWS: i64 = 10_000;

impl Change {
    /// Keeps a new monitor; says whether its name was free.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_monitor(&mut self, monitor: &MonitorRecord) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM monitors WHERE workspace_id = $1 AND name = $2";
        let query = sqlx::query(sql).bind(monitor.workspace_id.as_str()).bind(monitor.name.as_str());
        if self.row(query).await?.is_some() {
            return Ok(false);
        }
        self.run(
            sqlx::query(
                "INSERT INTO monitors (id, workspace_id, name, feed, settings, state, version, created_ms, created_by, \
                 updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(monitor.id.as_str())
            .bind(monitor.workspace_id.as_str())
            .bind(monitor.name.as_str())
            .bind(to_json(&monitor.feed)?)
            .bind(to_json(&monitor.settings)?)
            .bind(monitor.state.name())
            .bind(monitor.version)
            .bind(monitor.created_ms)
            .bind(monitor.created_by.as_str())
            .bind(monitor.updated_ms),
        )
        .await?;
        Ok(true)
    }

    /// Changes a monitor if it still is of the version before `monitor.version`; says whether it was. Whoever runs it
    /// lets go of it, so that it is begun again as it is now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn update_monitor(&mut self, monitor: &MonitorRecord) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "UPDATE monitors SET name = $2, feed = $3, settings = $4, state = $5, version = $6, updated_ms = $7 \
             WHERE id = $1 AND version = $6 - 1",
        )
        .bind(monitor.id.as_str())
        .bind(monitor.name.as_str())
        .bind(to_json(&monitor.feed)?)
        .bind(to_json(&monitor.settings)?)
        .bind(monitor.state.name())
        .bind(monitor.version)
        .bind(monitor.updated_ms);
        Ok(self.run(query).await? > 0)
    }

    /// Deletes a monitor and its windows. Its findings stay.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_monitor(&mut self, id: &str) -> Result<bool, StoreError> {
        self.run(sqlx::query("DELETE FROM monitor_windows WHERE monitor_id = $1").bind(id)).await?;
        Ok(self.run(sqlx::query("DELETE FROM monitors WHERE id = $1").bind(id)).await? > 0)
    }

    /// Keeps windows, in place of what was there. `body` is text of the caller's own.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_windows(
        &mut self,
        monitor_id: &str,
        (resolution, start_ms): (&str, i64),
        body: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO monitor_windows (monitor_id, resolution, start_ms, body) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (monitor_id, resolution, start_ms) DO UPDATE SET body = excluded.body";
        self.run(sqlx::query(sql).bind(monitor_id).bind(resolution).bind(start_ms).bind(body)).await?;
        Ok(())
    }

    /// Forgets windows of a resolution from before a moment.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_windows(&mut self, resolution: &str, before_ms: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM monitor_windows WHERE resolution = $1 AND start_ms < $2";
        self.run(sqlx::query(sql).bind(resolution).bind(before_ms)).await
    }

    /// Says that findings of a check are those of a monitor: `alarms` in the order of the findings.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn pin_alarms(
        &mut self,
        monitor_id: &str,
        (check_id, alarms): (&str, &[LiveAlarm]),
    ) -> Result<(), StoreError> {
        let sql = "UPDATE findings SET monitor_id = $2 WHERE check_id = $1";
        self.run(sqlx::query(sql).bind(check_id).bind(monitor_id)).await?;
        for alarm in alarms.iter().filter(|alarm| alarm.metric.is_some()) {
            let sql = "UPDATE findings SET metric = $2 WHERE check_id = $1 AND code = $3 AND message = $4";
            let query = sqlx::query(sql)
                .bind(check_id)
                .bind(alarm.metric.as_deref())
                .bind(alarm.code.as_str())
                .bind(alarm.message.as_str());
            self.run(query).await?;
        }
        Ok(())
    }

    /// Resolves what a monitor says is over. Gives the incidents that this touched.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn recover_findings(
        &mut self,
        monitor_id: &str,
        recovery: &LiveRecovery,
        now_ms: i64,
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT id, incident_id, state FROM findings WHERE monitor_id = $1 AND code = $2 \
                   AND COALESCE(column_name, '') = $3 AND COALESCE(metric, '') = $4 \
                   AND state IN ('open', 'acknowledged')";
        let query = sqlx::query(sql)
            .bind(monitor_id)
            .bind(recovery.code.as_str())
            .bind(recovery.column.as_deref().unwrap_or_default())
            .bind(recovery.metric.as_deref().unwrap_or_default());
        let mut incidents = Vec::new();
        for row in self.rows(query).await? {
            let id: String = field(&row, 0)?;
            let sql = "UPDATE findings SET state = 'resolved', version = version + 1, updated_ms = $2 WHERE id = $1";
            self.run(sqlx::query(sql).bind(id.as_str()).bind(now_ms)).await?;
            let state: String = field(&row, 2)?;
            let what = format!("state: {state} → resolved, because the windows are as before");
            self.note_activity(&id, ("system", &what), now_ms).await?;
            incidents.extend(field::<Option<String>>(&row, 1)?);
        }
        incidents.sort();
        incidents.dedup();
        Ok(incidents)
    }
}

impl Database {
    /// The monitors of a workspace by name; at most 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn monitors(&self, workspace_id: &str) -> Result<Vec<MonitorRecord>, StoreError> {
        let sql = format!("SELECT {MONITOR} FROM monitors WHERE workspace_id = $1 ORDER BY name LIMIT $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(MOST_LISTED);
        self.rows(query).await?.iter().map(monitor).collect()
    }

    /// Whether something that a monitor says is told already and not over: after a crash it may say it again, with
    /// another window.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_told(&self, monitor_id: &str, alarm: &LiveAlarm) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM findings WHERE monitor_id = $1 AND code = $2 AND COALESCE(column_name, '') = $3 \
                   AND COALESCE(metric, '') = $4 AND state IN ('open', 'acknowledged') LIMIT 1";
        let query = sqlx::query(sql)
            .bind(monitor_id)
            .bind(alarm.code.as_str())
            .bind(alarm.column.as_deref().unwrap_or_default())
            .bind(alarm.metric.as_deref().unwrap_or_default());
        Ok(self.row(query).await?.is_some())
    }

    /// A monitor of a workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn monitor(&self, workspace_id: &str, id: &str) -> Result<Option<MonitorRecord>, StoreError> {
        let sql = format!("SELECT {MONITOR} FROM monitors WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.as_ref().map(monitor).transpose()
    }

    /// Takes the monitors that run and that nobody watches; those that `owner` watches go on being its own until
    /// `lease_ms`. Gives all of them as they are now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_monitors(
        &self,
        owner: &str,
        (now_ms, lease_ms): (i64, i64),
    ) -> Result<Vec<MonitorRecord>, StoreError> {
        let none =
            self.row(sqlx::query("SELECT id FROM monitors WHERE state = 'running' LIMIT 1")).await?.is_none();
        if none {
            // A service that watches nothing writes nothing.
            return Ok(Vec::new());
        }
        let mut change = self.change().await?;
        let sql = "UPDATE monitors SET owner = $1, lease_ms = $3 \
                   WHERE state = 'running' AND (owner IS NULL OR owner = $1 OR lease_ms < $2 OR lease_ms > $4)";
        let held_at_most_ms = lease_ms.saturating_add(CLOCKS_DIFFER_MS);
        change.run(sqlx::query(sql).bind(owner).bind(now_ms).bind(lease_ms).bind(held_at_most_ms)).await?;
        let sql =
            format!("SELECT {MONITOR} FROM monitors WHERE owner = $1 AND state = 'running' ORDER BY id");
        let rows = change.rows(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(owner)).await?;
        let taken = rows.iter().map(monitor).collect();
        change.commit().await?;
        taken
    }

    /// Lets go of the monitors of an owner that stops.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn release_monitors(&self, owner: &str) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        let sql = "UPDATE monitors SET owner = NULL, lease_ms = 0 WHERE owner = $1";
        change.run(sqlx::query(sql).bind(owner)).await?;
        change.commit().await
    }

    /// Whether there is a monitor with this id, in whatever workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_monitor(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.row(sqlx::query("SELECT id FROM monitors WHERE id = $1").bind(id)).await?.is_some())
    }

    /// What was kept of the windows of a monitor that begin within `from_ms..until_ms`, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn windows(
        &self,
        (monitor_id, resolution): (&str, &str),
        (from_ms, until_ms): (i64, i64),
    ) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT body FROM monitor_windows WHERE monitor_id = $1 AND resolution = $2 AND start_ms >= $3 \
                   AND start_ms < $4 ORDER BY start_ms LIMIT $5";
        let query =
            sqlx::query(sql).bind(monitor_id).bind(resolution).bind(from_ms).bind(until_ms).bind(MOST_ROWS);
        self.rows(query).await?.iter().map(|row| field(row, 0)).collect()
    }

    /// Findings of a monitor that are open or acknowledged.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open_findings_of(&self, monitor_id: &str) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM findings WHERE monitor_id = $1 AND state IN ('open', 'acknowledged')";
        let row = self.row(sqlx::query(sql).bind(monitor_id)).await?;
        row.as_ref().map_or(Ok(0), |row| field(row, 0))
    }
}

fn monitor(row: &AnyRow) -> Result<MonitorRecord, StoreError> {
    let state = match field::<String>(row, 5)?.as_str() {
        "paused" => MonitorState::Paused,
        _ => MonitorState::Running,
    };
    Ok(MonitorRecord {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        name: field(row, 2)?,
        feed: from_json(&field::<String>(row, 3)?)?,
        settings: from_json(&field::<String>(row, 4)?)?,
        state,
        version: field(row, 6)?,
        created_ms: field(row, 7)?,
        created_by: field(row, 8)?,
        updated_ms: field(row, 9)?,
    })
}
