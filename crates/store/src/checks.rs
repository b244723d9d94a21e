//! Checks and what came of them.

use std::collections::BTreeMap;

use driftline_model::service::{Check, CheckProgress, CheckSide, CheckState};
use driftline_model::{Finding, Report, Settings};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};
use crate::incidents::Raised;

pub(crate) const CHECK: &str = "id, workspace_id, state, current_side, reference_side, current_name, reference_name, created_ms, \
                     created_by, ended_ms, progress, verdict, severity, headline, error_code, error_message";

/// A check with what only the service needs.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCheck {
    /// The check.
    pub check: Check,
    /// Its settings.
    pub settings: Settings,
    /// Where those settings come from that are not at their defaults, by name.
    pub origins: BTreeMap<String, String>,
    /// Name of the blob with its report, once it is done.
    pub report_blob: Option<String>,
}

impl Change {
    /// Keeps a check that was just asked for.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_check(&mut self, check: &Check, settings: &Settings) -> Result<(), StoreError> {
        let [current_name, reference_name] = &check.names;
        let baseline = match &check.reference {
            CheckSide::Baseline(text) => Some(text.split('@').next().unwrap_or_default()),
            CheckSide::Dataset(_) | CheckSide::Monitor(_) => None,
        };
        self.run(
            sqlx::query(
                "INSERT INTO checks (id, workspace_id, state, current_side, reference_side, current_name, \
                 reference_name, settings, created_ms, created_by, reference_baseline) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(check.id.as_str())
            .bind(check.workspace_id.as_str())
            .bind(check.state.name())
            .bind(to_json(&check.current)?)
            .bind(to_json(&check.reference)?)
            .bind(current_name.as_str())
            .bind(reference_name.as_str())
            .bind(to_json(settings)?)
            .bind(check.created_ms)
            .bind(check.created_by.as_str())
            .bind(baseline),
        )
        .await?;
        Ok(())
    }

    /// Notes where the settings of a check come from that are not at their defaults.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_settings_origins(
        &mut self,
        id: &str,
        origins: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE checks SET settings_origins = $2 WHERE id = $1";
        self.run(sqlx::query(sql).bind(id).bind(to_json(origins)?)).await?;
        Ok(())
    }

    /// Notes how far a running check has come.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_check_progress(&mut self, id: &str, progress: &CheckProgress) -> Result<(), StoreError> {
        let sql = "UPDATE checks SET state = 'running', progress = $2 \
                   WHERE id = $1 AND state IN ('queued', 'running')";
        self.run(sqlx::query(sql).bind(id).bind(to_json(progress)?)).await?;
        Ok(())
    }

    /// Puts a check whose worker was lost back into the queue.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn requeue_check(&mut self, id: &str) -> Result<(), StoreError> {
        let sql = "UPDATE checks SET state = 'queued', progress = NULL WHERE id = $1 AND state = 'running'";
        self.run(sqlx::query(sql).bind(id)).await?;
        Ok(())
    }

    /// Ends a check with its report, which is safe in the blob `blob`, and raises its findings; gives them back.
    /// They are one incident, or go on with one that is still there. Does nothing, and gives none, when the check
    /// has ended already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn finish_check(
        &mut self,
        check: &Check,
        (report, blob): (&Report, &str),
        now_ms: i64,
    ) -> Result<Raised, StoreError> {
        let verdict = to_json(&report.verdict)?;
        let done = sqlx::query(
            "UPDATE checks SET state = 'done', progress = NULL, ended_ms = $2, verdict = $3, severity = $4, \
             headline = $5, report_blob = $6 WHERE id = $1 AND state IN ('queued', 'running')",
        )
        .bind(check.id.as_str())
        .bind(now_ms)
        .bind(verdict.trim_matches('"'))
        .bind(report.severity.name())
        .bind(report.headline.as_str())
        .bind(blob);
        if self.run(done).await? == 0 {
            return Ok(Raised::default());
        }
        let all: Vec<Finding> = report.findings.iter().chain(&report.violations).cloned().collect();
        self.raise(check, &all, now_ms).await
    }

    /// Ends a check without a report. `error` is a stable code and a sentence; without one it was cancelled.
    /// Says whether it had not ended already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_check(
        &mut self,
        id: &str,
        error: Option<(&str, &str)>,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let state = if error.is_some() { CheckState::Failed } else { CheckState::Cancelled };
        let query = sqlx::query(
            "UPDATE checks SET state = $2, progress = NULL, ended_ms = $3, error_code = $4, error_message = $5 \
             WHERE id = $1 AND state IN ('queued', 'running')",
        )
        .bind(id)
        .bind(state.name())
        .bind(now_ms)
        .bind(error.map(|(code, _)| code))
        .bind(error.map(|(_, message)| message));
        Ok(self.run(query).await? > 0)
    }
}

impl Database {
    /// A check of a workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn check(&self, workspace_id: &str, id: &str) -> Result<Option<StoredCheck>, StoreError> {
        let sql = format!(
            "SELECT {CHECK}, settings, report_blob, settings_origins FROM checks WHERE workspace_id = $1 AND id = $2"
        );
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.map(|row| {
            let settings = from_json(&field::<String>(&row, 16)?)?;
            let origins: Option<String> = field(&row, 18)?;
            let origins = origins.as_deref().map(from_json).transpose()?.unwrap_or_default();
            Ok(StoredCheck { check: check(&row)?, settings, origins, report_blob: field(&row, 17)? })
        })
        .transpose()
    }
}

pub(crate) fn check(row: &AnyRow) -> Result<Check, StoreError> {
    let state = match field::<String>(row, 2)?.as_str() {
        "queued" => CheckState::Queued,
        "running" => CheckState::Running,
        "done" => CheckState::Done,
        "cancelled" => CheckState::Cancelled,
        _ => CheckState::Failed,
    };
    let side = |index: usize| -> Result<CheckSide, StoreError> { from_json(&field::<String>(row, index)?) };
    let progress: Option<String> = field(row, 10)?;
    let severity: Option<String> = field(row, 12)?;
    let error: (Option<String>, Option<String>) = (field(row, 14)?, field(row, 15)?);
    Ok(Check {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        state,
        current: side(3)?,
        reference: side(4)?,
        names: [field(row, 5)?, field(row, 6)?],
        created_ms: field(row, 7)?,
        created_by: field(row, 8)?,
        ended_ms: field(row, 9)?,
        progress: progress.as_deref().map(from_json).transpose()?,
        verdict: field(row, 11)?,
        severity: severity
            .map(|text| text.parse().map_err(|reason| StoreError::Stored { reason }))
            .transpose()?,
        headline: field(row, 13)?,
        error: error.0.zip(error.1).map(|(code, message)| [code, message]),
    })
}
