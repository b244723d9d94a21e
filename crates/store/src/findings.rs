//! Findings: what people look after, and what they say about it.

use driftline_model::FindingState;
use driftline_model::service::{Activity, Comment, FindingRecord, Page, PageRequest};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};
use crate::secret::new_id;

const FINDING: &str = "id, workspace_id, check_id, code, severity, column_name, message, state, assignee, version, \
                       created_ms, updated_ms";

impl Change {
    pub(crate) async fn insert_finding(&mut self, finding: &FindingRecord) -> Result<(), StoreError> {
        self.run(
            sqlx::query(
                "INSERT INTO findings (id, workspace_id, check_id, code, severity, column_name, message, state, \
                 assignee, version, created_ms, updated_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            )
            .bind(finding.id.as_str())
            .bind(finding.workspace_id.as_str())
            .bind(finding.check_id.as_str())
            .bind(finding.code.as_str())
            .bind(finding.severity.name())
            .bind(finding.column.as_deref())
            .bind(finding.message.as_str())
            .bind(state_name(finding.state))
            .bind(finding.assignee.as_deref())
            .bind(finding.version)
            .bind(finding.created_ms)
            .bind(finding.updated_ms),
        )
        .await?;
        Ok(())
    }

    /// Changes state and assignee of a finding if it still is of the version before `finding.version`; says
    /// whether it was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn update_finding(&mut self, finding: &FindingRecord) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "UPDATE findings SET state = $2, assignee = $3, version = $4, updated_ms = $5 \
             WHERE id = $1 AND version = $4 - 1",
        )
        .bind(finding.id.as_str())
        .bind(state_name(finding.state))
        .bind(finding.assignee.as_deref())
        .bind(finding.version)
        .bind(finding.updated_ms);
        Ok(self.run(query).await? > 0)
    }

    /// Notes a step in the life of a finding.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_activity(
        &mut self,
        finding_id: &str,
        (actor, what): (&str, &str),
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO activities (id, finding_id, actor, what, at_ms) VALUES ($1, $2, $3, $4, $5)";
        let query = sqlx::query(sql).bind(new_id()).bind(finding_id).bind(actor).bind(what).bind(now_ms);
        self.run(query).await?;
        Ok(())
    }

    /// Keeps what somebody said about a finding; says whether there still was such a finding.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_comment(&mut self, finding_id: &str, comment: &Comment) -> Result<bool, StoreError> {
        let known = self.row(sqlx::query("SELECT id FROM findings WHERE id = $1").bind(finding_id)).await?;
        if known.is_none() {
            return Ok(false);
        }
        self.run(
            sqlx::query(
                "INSERT INTO comments (id, finding_id, user_id, body, mentions, created_ms) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(comment.id.as_str())
            .bind(finding_id)
            .bind(comment.user_id.as_str())
            .bind(comment.text.as_str())
            .bind(to_json(&comment.mentions)?)
            .bind(comment.created_ms),
        )
        .await?;
        Ok(true)
    }
}

impl Database {
    /// Findings of a workspace, newest first; of one state and of one check where they are given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn findings(
        &self,
        workspace_id: &str,
        (state, check_id): (Option<FindingState>, Option<&str>),
        page: &PageRequest,
    ) -> Result<Page<FindingRecord>, StoreError> {
        // What is not asked for is left out of the statement: a condition that may be empty hides the index.
        let of_state = if state.is_some() { "AND state = $4" } else { "AND $4 = ''" };
        let of_check = if check_id.is_some() { "AND check_id = $5" } else { "AND $5 = ''" };
        let sql = format!(
            "SELECT {FINDING} FROM findings WHERE workspace_id = $1 AND id < $2 {of_state} {of_check} \
             ORDER BY id DESC LIMIT $3"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(workspace_id)
            .bind(page.bound())
            .bind(page.size() + 1)
            .bind(state.map_or("", state_name))
            .bind(check_id.unwrap_or_default());
        let items = self.rows(query).await?.iter().map(finding).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(items, page.size(), |finding| finding.id.clone()))
    }

    /// A finding of a workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn finding(&self, workspace_id: &str, id: &str) -> Result<Option<FindingRecord>, StoreError> {
        let sql = format!("SELECT {FINDING} FROM findings WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.as_ref().map(finding).transpose()
    }

    /// What was said about a finding, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn comments(&self, finding_id: &str) -> Result<Vec<Comment>, StoreError> {
        let sql =
            "SELECT id, user_id, body, mentions, created_ms FROM comments WHERE finding_id = $1 ORDER BY id";
        let rows = self.rows(sqlx::query(sql).bind(finding_id)).await?;
        let comment = |row: &AnyRow| {
            Ok(Comment {
                id: field(row, 0)?,
                user_id: field(row, 1)?,
                text: field(row, 2)?,
                mentions: from_json(&field::<String>(row, 3)?)?,
                created_ms: field(row, 4)?,
            })
        };
        rows.iter().map(comment).collect()
    }

    /// What happened to a finding, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn activities(&self, finding_id: &str) -> Result<Vec<Activity>, StoreError> {
        let sql = "SELECT at_ms, actor, what FROM activities WHERE finding_id = $1 ORDER BY id";
        let rows = self.rows(sqlx::query(sql).bind(finding_id)).await?;
        let activity = |row: &AnyRow| {
            Ok(Activity { at_ms: field(row, 0)?, actor: field(row, 1)?, what: field(row, 2)? })
        };
        rows.iter().map(activity).collect()
    }
}

/// The word for a state in the API and in the database.
pub fn state_name(state: FindingState) -> &'static str {
    match state {
        FindingState::Open => "open",
        FindingState::Acknowledged => "acknowledged",
        FindingState::Resolved => "resolved",
        FindingState::Muted => "muted",
    }
}

fn finding(row: &AnyRow) -> Result<FindingRecord, StoreError> {
    let state = match field::<String>(row, 7)?.as_str() {
        "acknowledged" => FindingState::Acknowledged,
        "resolved" => FindingState::Resolved,
        "muted" => FindingState::Muted,
        _ => FindingState::Open,
    };
    Ok(FindingRecord {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        check_id: field(row, 2)?,
        code: field(row, 3)?,
        severity: field::<String>(row, 4)?.parse().map_err(|reason| StoreError::Stored { reason })?,
        column: field(row, 5)?,
        message: field(row, 6)?,
        state,
        assignee: field(row, 8)?,
        version: field(row, 9)?,
        created_ms: field(row, 10)?,
        updated_ms: field(row, 11)?,
    })
}
