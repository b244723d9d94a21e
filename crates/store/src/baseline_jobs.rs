//! Versions of baselines on their way.

use driftline_model::Settings;
use driftline_model::service::{BaselineJob, BaselineJobState, CheckProgress, Page, PageRequest};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};

const JOB: &str = "id, workspace_id, name, state, datasets, left_out, candidate, created_ms, created_by, ended_ms, \
                   progress, version, error_code, error_message";

/// The saving of a baseline with what only the service needs.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBaselineJob {
    /// The job.
    pub job: BaselineJob,
    /// How its data are read.
    pub settings: Settings,
}

impl Change {
    /// Keeps the saving of a baseline that was just asked for.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_baseline_job(
        &mut self,
        job: &BaselineJob,
        settings: &Settings,
    ) -> Result<(), StoreError> {
        self.run(
            sqlx::query(
                "INSERT INTO baseline_jobs (id, workspace_id, name, state, datasets, left_out, candidate, settings, \
                 created_ms, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(job.id.as_str())
            .bind(job.workspace_id.as_str())
            .bind(job.name.as_str())
            .bind(job.state.name())
            .bind(to_json(&job.datasets)?)
            .bind(to_json(&job.left_out)?)
            .bind(i64::from(job.candidate))
            .bind(to_json(settings)?)
            .bind(job.created_ms)
            .bind(job.created_by.as_str()),
        )
        .await?;
        Ok(())
    }

    /// Notes how far it has come.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_baseline_progress(
        &mut self,
        id: &str,
        progress: &CheckProgress,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE baseline_jobs SET state = 'running', progress = $2 \
                   WHERE id = $1 AND state IN ('queued', 'running')";
        self.run(sqlx::query(sql).bind(id).bind(to_json(progress)?)).await?;
        Ok(())
    }

    /// Puts it back into the queue.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn requeue_baseline(&mut self, id: &str) -> Result<(), StoreError> {
        let sql =
            "UPDATE baseline_jobs SET state = 'queued', progress = NULL WHERE id = $1 AND state = 'running'";
        self.run(sqlx::query(sql).bind(id)).await?;
        Ok(())
    }

    /// Ends it with the version that came of it; says whether it had not ended already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn finish_baseline(&mut self, id: &str, version: u32, now_ms: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE baseline_jobs SET state = 'done', progress = NULL, version = $2, ended_ms = $3 \
                   WHERE id = $1 AND state IN ('queued', 'running')";
        Ok(self.run(sqlx::query(sql).bind(id).bind(i64::from(version)).bind(now_ms)).await? > 0)
    }

    /// Ends it without a version. `error` is a stable code and a sentence; without one it was cancelled. Says
    /// whether it had not ended already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_baseline(
        &mut self,
        id: &str,
        error: Option<(&str, &str)>,
        now_ms: i64,
    ) -> Result<bool, StoreError> {
        let state = if error.is_some() { BaselineJobState::Failed } else { BaselineJobState::Cancelled };
        let query = sqlx::query(
            "UPDATE baseline_jobs SET state = $2, progress = NULL, ended_ms = $3, error_code = $4, \
             error_message = $5 WHERE id = $1 AND state IN ('queued', 'running')",
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
    /// Savings of baselines of a workspace, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn baseline_jobs(
        &self,
        workspace_id: &str,
        page: &PageRequest,
    ) -> Result<Page<BaselineJob>, StoreError> {
        let sql = format!(
            "SELECT {JOB} FROM baseline_jobs WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
        );
        let query =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(page.bound()).bind(page.size() + 1);
        let items = self.rows(query).await?.iter().map(job).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(items, page.size(), |job| job.id.clone()))
    }

    /// The saving of a baseline of a workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn baseline_job(
        &self,
        workspace_id: &str,
        id: &str,
    ) -> Result<Option<StoredBaselineJob>, StoreError> {
        let sql = format!("SELECT {JOB}, settings FROM baseline_jobs WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.map(|row| {
            Ok(StoredBaselineJob { job: job(&row)?, settings: from_json(&field::<String>(&row, 14)?)? })
        })
        .transpose()
    }
}

fn job(row: &AnyRow) -> Result<BaselineJob, StoreError> {
    let state = match field::<String>(row, 3)?.as_str() {
        "queued" => BaselineJobState::Queued,
        "running" => BaselineJobState::Running,
        "done" => BaselineJobState::Done,
        "cancelled" => BaselineJobState::Cancelled,
        _ => BaselineJobState::Failed,
    };
    let progress: Option<String> = field(row, 10)?;
    let version: Option<i64> = field(row, 11)?;
    let error: (Option<String>, Option<String>) = (field(row, 12)?, field(row, 13)?);
    Ok(BaselineJob {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        name: field(row, 2)?,
        state,
        datasets: from_json(&field::<String>(row, 4)?)?,
        left_out: from_json(&field::<String>(row, 5)?)?,
        candidate: field::<i64>(row, 6)? != 0,
        created_ms: field(row, 7)?,
        created_by: field(row, 8)?,
        ended_ms: field(row, 9)?,
        progress: progress.as_deref().map(from_json).transpose()?,
        version: version.and_then(|version| u32::try_from(version).ok()),
        error: error.0.zip(error.1).map(|(code, message)| [code, message]),
    })
}
