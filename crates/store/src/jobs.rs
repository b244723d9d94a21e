//! Jobs: work that outlives whoever does it.
//!
//! A worker takes a job for a limited time (its *lease*) and renews the lease while it works. A job whose lease
//! has run out was lost with its worker, and is taken by the next one. Nothing else has to happen at start-up.

use driftline_model::service::{Job, JobState};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, Dialect, field};

/// How often a job is begun before it is given up.
pub const MAX_ATTEMPTS: i64 = 5;

/// A job that a worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: Job,
    /// Who holds it.
    pub owner: String,
}

/// What the queue is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueState {
    /// Jobs that wait.
    pub queued: i64,
    /// Jobs that are worked on.
    pub running: i64,
    /// When the oldest waiting job was asked for.
    pub oldest_ms: Option<i64>,
}

impl Change {
    /// Puts a job into the queue.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enqueue(&mut self, job: &Job) -> Result<(), StoreError> {
        self.run(
            sqlx::query(
                "INSERT INTO jobs (id, workspace_id, kind, subject, state, priority, attempts, run_after_ms, \
                 cancel_wanted, created_ms) VALUES ($1, $2, $3, $4, 'queued', $5, 0, $6, 0, $6)",
            )
            .bind(job.id.as_str())
            .bind(job.workspace_id.as_str())
            .bind(job.kind.as_str())
            .bind(job.subject.as_str())
            .bind(job.priority)
            .bind(job.created_ms),
        )
        .await?;
        Ok(())
    }

    /// Ends a job that `owner` holds; says whether it still held it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_job(&mut self, lease: &Lease, state: JobState) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "UPDATE jobs SET state = $3, lease_owner = NULL, lease_until_ms = NULL \
             WHERE id = $1 AND lease_owner = $2 AND state = 'running'",
        )
        .bind(lease.job.id.as_str())
        .bind(lease.owner.as_str())
        .bind(state.name());
        Ok(self.run(query).await? > 0)
    }

    /// Puts a job that `owner` holds back into the queue, to be begun again at `run_after_ms`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn retry_job(&mut self, lease: &Lease, run_after_ms: i64) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "UPDATE jobs SET state = 'queued', lease_owner = NULL, lease_until_ms = NULL, run_after_ms = $3 \
             WHERE id = $1 AND lease_owner = $2 AND state = 'running'",
        )
        .bind(lease.job.id.as_str())
        .bind(lease.owner.as_str())
        .bind(run_after_ms);
        Ok(self.run(query).await? > 0)
    }

    /// Cancels the job on `subject`: a waiting one at once, a running one by asking its worker. Says whether it
    /// had been waiting.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn cancel_job(&mut self, subject: &str) -> Result<bool, StoreError> {
        let waiting =
            sqlx::query("UPDATE jobs SET state = 'cancelled' WHERE subject = $1 AND state = 'queued'");
        if self.run(waiting.bind(subject)).await? > 0 {
            return Ok(true);
        }
        let running =
            sqlx::query("UPDATE jobs SET cancel_wanted = 1 WHERE subject = $1 AND state = 'running'");
        self.run(running.bind(subject)).await?;
        Ok(false)
    }
}

/// How far the clocks of two instances may be apart, in milliseconds. A lease that ends later than any that could be
/// taken now, and by more than this, was taken by a clock that has been put back since: nobody holds it.
pub(crate) const CLOCKS_DIFFER_MS: i64 = 600_000;

impl Database {
    /// Takes the next job: of the workspace with the fewest jobs running, the one of the highest priority, the
    /// oldest first. Jobs whose worker was lost are among them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_job(
        &self,
        owner: &str,
        now_ms: i64,
        lease_until_ms: i64,
    ) -> Result<Option<Lease>, StoreError> {
        let locking = match self.dialect() {
            Dialect::Sqlite => "",
            // Workers of other instances take other jobs instead of waiting for this one.
            Dialect::Postgres => "FOR UPDATE OF j SKIP LOCKED",
        };
        let sql = format!(
            "UPDATE jobs SET state = 'running', lease_owner = $1, lease_until_ms = $3, attempts = attempts + 1 \
             WHERE id = (SELECT j.id FROM jobs j WHERE (j.state = 'queued' AND j.run_after_ms <= $2) \
             OR (j.state = 'running' AND (j.lease_until_ms <= $2 OR j.lease_until_ms > $4)) \
             ORDER BY (SELECT COUNT(*) FROM jobs r WHERE r.workspace_id = j.workspace_id AND r.state = 'running' \
             AND r.lease_until_ms > $2), j.priority DESC, j.id LIMIT 1 {locking}) \
             RETURNING id, workspace_id, kind, subject, state, priority, attempts, created_ms"
        );
        let mut change = self.change().await?;
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(owner).bind(now_ms).bind(lease_until_ms);
        let query = query.bind(lease_until_ms.saturating_add(CLOCKS_DIFFER_MS));
        let row = change.row(query).await?;
        let lease = row.map(|row| Ok(Lease { job: job(&row)?, owner: owner.to_owned() })).transpose()?;
        change.commit().await?;
        Ok(lease)
    }

    /// Renews a lease. Nothing when it was lost, otherwise whether the job shall be cancelled.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn renew_lease(&self, lease: &Lease, lease_until_ms: i64) -> Result<Option<bool>, StoreError> {
        let mut change = self.change().await?;
        let query = sqlx::query(
            "UPDATE jobs SET lease_until_ms = $3 WHERE id = $1 AND lease_owner = $2 AND state = 'running' \
             RETURNING cancel_wanted",
        )
        .bind(lease.job.id.as_str())
        .bind(lease.owner.as_str())
        .bind(lease_until_ms);
        let row = change.row(query).await?;
        change.commit().await?;
        row.map(|row| Ok(field::<i64>(&row, 0)? != 0)).transpose()
    }

    /// What the queue is like.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn queue_state(&self) -> Result<QueueState, StoreError> {
        let sql = "SELECT state, COUNT(*), MIN(created_ms) FROM jobs WHERE state IN ('queued', 'running') \
                   GROUP BY state";
        let mut state = QueueState::default();
        for row in self.rows(sqlx::query(sql)).await? {
            let count = field(&row, 1)?;
            match field::<String>(&row, 0)?.as_str() {
                "queued" => (state.queued, state.oldest_ms) = (count, field(&row, 2)?),
                _ => state.running = count,
            }
        }
        Ok(state)
    }
}

fn job(row: &AnyRow) -> Result<Job, StoreError> {
    let state = match field::<String>(row, 4)?.as_str() {
        "queued" => JobState::Queued,
        "running" => JobState::Running,
        "done" => JobState::Done,
        "cancelled" => JobState::Cancelled,
        _ => JobState::Failed,
    };
    Ok(Job {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        kind: field(row, 2)?,
        subject: field(row, 3)?,
        state,
        priority: field(row, 5)?,
        attempts: field(row, 6)?,
        created_ms: field(row, 7)?,
    })
}
