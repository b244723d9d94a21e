//! Findings: what people look after, and what they say about it.

use driftline_model::service::{Activity, Comment, FindingRecord, Page, PageRequest};
use driftline_model::{FindingState, Severity};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::audit::pattern;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};
use crate::secret::new_id;

const FINDING: &str = "id, workspace_id, check_id, code, severity, column_name, message, state, assignee, version, \
                       created_ms, updated_ms, incident_id";

/// Which findings of a workspace; what is left out is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingFilter {
    /// Only those in this state.
    pub state: Option<FindingState>,
    /// Only those of this severity or a higher one.
    pub severity: Option<Severity>,
    /// Only those of this check.
    pub check_id: Option<String>,
    /// Only those of this incident.
    pub incident_id: Option<String>,
    /// Only those that this monitor has raised.
    pub monitor_id: Option<String>,
    /// Only those that this user looks after; the empty text for those that nobody does.
    pub assignee: Option<String>,
    /// Only those about this column.
    pub column: Option<String>,
    /// Only those with this text in their message or column, whatever the case of its letters.
    pub text: Option<String>,
}

impl Change {
    pub(crate) async fn insert_finding(&mut self, finding: &FindingRecord) -> Result<(), StoreError> {
        self.run(
            sqlx::query(
                "INSERT INTO findings (id, workspace_id, check_id, code, severity, column_name, message, state, \
                 assignee, version, created_ms, updated_ms, incident_id) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
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
            .bind(finding.updated_ms)
            .bind(finding.incident_id.as_deref()),
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

    /// A finding of a workspace, seen from within the change.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn finding(
        &mut self,
        workspace_id: &str,
        id: &str,
    ) -> Result<Option<FindingRecord>, StoreError> {
        let sql = format!("SELECT {FINDING} FROM findings WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.as_ref().map(finding).transpose()
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

impl FindingFilter {
    /// The conditions of a statement, and the values of its parameters after the first `used` ones. What is not asked
    /// for is left out of the statement: a condition that may be empty hides the index.
    fn conditions(&self, used: usize) -> (String, Vec<String>) {
        let (mut sql, mut values) = (String::new(), Vec::new());
        let mut add = |condition: &str, value: String| {
            values.push(value);
            sql.push_str(&format!(" AND {}", condition.replace('?', &format!("${}", used + values.len()))));
        };
        if let Some(state) = self.state {
            add("state = ?", state_name(state).to_owned());
        }
        for (condition, value) in [
            ("check_id = ?", &self.check_id),
            ("incident_id = ?", &self.incident_id),
            ("monitor_id = ?", &self.monitor_id),
            ("column_name = ?", &self.column),
            ("COALESCE(assignee, '') = ?", &self.assignee.clone().filter(String::is_empty)),
            ("assignee = ?", &self.assignee.clone().filter(|id| !id.is_empty())),
        ] {
            if let Some(value) = value {
                add(condition, value.clone());
            }
        }
        if let Some(pattern) = self.text.as_deref().map(pattern).filter(|pattern| !pattern.is_empty()) {
            add("LOWER(message || ' ' || COALESCE(column_name, '')) LIKE ? ESCAPE '!'", pattern);
        }
        if let Some(severity) = self.severity {
            sql.push_str(&format!(" {}", at_least(severity)));
        }
        (sql, values)
    }
}

impl Database {
    /// Findings of a workspace, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn findings(
        &self,
        workspace_id: &str,
        filter: &FindingFilter,
        page: &PageRequest,
    ) -> Result<Page<FindingRecord>, StoreError> {
        let (conditions, values) = filter.conditions(3);
        let sql = format!(
            "SELECT {FINDING} FROM findings WHERE workspace_id = $1 AND id < $2{conditions} \
             ORDER BY id DESC LIMIT $3"
        );
        let query =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(page.bound()).bind(page.size() + 1);
        let query = values.into_iter().fold(query, |query, value| query.bind(value));
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

/// The condition that a row is of this severity or a higher one.
pub(crate) fn at_least(least: Severity) -> String {
    let all = [Severity::None, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let names = all.into_iter().filter(|severity| *severity >= least).map(|severity| format!("'{severity}'"));
    format!("AND severity IN ({})", names.collect::<Vec<_>>().join(", "))
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
        incident_id: field(row, 12)?,
    })
}
