//! Lists of checks, and checks that grow old.

use driftline_model::service::{Check, CheckSide, CheckState, Incident, Page, PageRequest};

use crate::StoreError;
use crate::audit::pattern;
use crate::checks::{CHECK, check};
use crate::database::{Change, Database, field};
use crate::events::to_json;

/// Which checks of a workspace; everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckFilter {
    /// Those in this state.
    pub state: Option<CheckState>,
    /// Those with this text in one of their names, in any case.
    pub text: Option<String>,
    /// Those with this dataset on one of their sides.
    pub dataset: Option<String>,
    /// Those that compared with any version of this baseline.
    pub baseline: Option<String>,
}

/// A check that is old enough to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldCheck {
    /// Its workspace.
    pub workspace_id: String,
    /// Its id.
    pub id: String,
}

/// What went with a check, or changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletedCheck {
    /// Blobs that nothing refers to any more; the caller removes them once this is committed.
    pub blobs: Vec<String>,
    /// Incidents that go on without its findings.
    pub incidents: Vec<Incident>,
    /// Ids of incidents that had no other findings.
    pub incidents_gone: Vec<String>,
}

impl CheckFilter {
    /// Conditions, to follow two values that stand before, and their values in the same order. What is not asked
    /// for is left out: a condition that may be empty hides the index.
    fn conditions(&self) -> Result<(String, Vec<String>), StoreError> {
        let (mut sql, mut values) = (String::new(), Vec::new());
        let mut add = |condition: &str, value: String| {
            values.push(value);
            sql.push_str(" AND ");
            sql.push_str(&condition.replace('?', &format!("${}", values.len() + 2)));
        };
        if let Some(state) = self.state {
            add("state = ?", state.name().to_owned());
        }
        if let Some(baseline) = &self.baseline {
            add("reference_baseline = ?", baseline.clone());
        }
        if let Some(id) = &self.dataset {
            let side = to_json(&CheckSide::Dataset(id.clone()))?;
            // Two questions, each with an index of its own, instead of one look at every check.
            add(
                "id IN (SELECT id FROM checks WHERE workspace_id = $1 AND current_side = ? \
                 UNION SELECT id FROM checks WHERE workspace_id = $1 AND reference_side = ?)",
                side,
            );
        }
        if let Some(text) = self.text.as_deref().map(pattern).filter(|pattern| !pattern.is_empty()) {
            add("LOWER(current_name || ' ' || reference_name) LIKE ? ESCAPE '!'", text);
        }
        Ok((sql, values))
    }
}

impl Database {
    /// Checks of a workspace, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn checks(
        &self,
        workspace_id: &str,
        filter: &CheckFilter,
        page: &PageRequest,
    ) -> Result<Page<Check>, StoreError> {
        let (conditions, values) = filter.conditions()?;
        let sql = format!(
            "SELECT {CHECK} FROM checks WHERE workspace_id = $1 AND id < $2{conditions} ORDER BY id DESC LIMIT ${}",
            values.len() + 3
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(page.bound());
        for value in values {
            query = query.bind(value);
        }
        let rows = self.rows(query.bind(page.size() + 1)).await?;
        let items = rows.iter().map(check).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(items, page.size(), |check| check.id.clone()))
    }

    /// Checks that ended before `before_ms`, oldest first, at most `most`. The newest done check of each pair of
    /// names is not among them, whatever its age: the next one is compared with it. Neither is one with findings of a
    /// confirmed incident, as long as its data are there: it keeps them out of baselines.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn old_checks(&self, before_ms: i64, most: i64) -> Result<Vec<OldCheck>, StoreError> {
        // `{"dataset":"ID"}`: the id begins with its 13th character.
        let sql = "SELECT c.workspace_id, c.id FROM checks c WHERE c.ended_ms < $1 \
                   AND c.state IN ('done', 'failed', 'cancelled') AND (c.state <> 'done' OR EXISTS \
                   (SELECT 1 FROM checks n WHERE n.workspace_id = c.workspace_id \
                   AND n.current_name = c.current_name AND n.reference_name = c.reference_name \
                   AND n.id > c.id AND n.state = 'done')) AND NOT EXISTS \
                   (SELECT 1 FROM findings f JOIN incidents i ON i.id = f.incident_id \
                   JOIN datasets d ON d.id = SUBSTR(c.current_side, 13, LENGTH(c.current_side) - 14) \
                   WHERE f.check_id = c.id AND i.confirmed = 1 AND d.state = 'ready' \
                   AND d.workspace_id = c.workspace_id) ORDER BY c.ended_ms LIMIT $2";
        let rows = self.rows(sqlx::query(sql).bind(before_ms).bind(most)).await?;
        rows.iter().map(|row| Ok(OldCheck { workspace_id: field(row, 0)?, id: field(row, 1)? })).collect()
    }
}

impl Change {
    /// Deletes a check that has ended, with its findings, what people did about them and what they were told of
    /// them, and what is kept for previews. Incidents lose those findings, and go with their last one. Nothing when
    /// there is no such check or it has not ended.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_check(
        &mut self,
        workspace_id: &str,
        id: &str,
        now_ms: i64,
    ) -> Result<Option<DeletedCheck>, StoreError> {
        self.hold_incidents(workspace_id).await?;
        let sql = "SELECT report_blob FROM checks WHERE workspace_id = $1 AND id = $2 \
                   AND state IN ('done', 'failed', 'cancelled')";
        let Some(row) = self.row(sqlx::query(sql).bind(workspace_id).bind(id)).await? else {
            return Ok(None);
        };
        let mut deleted = DeletedCheck::default();
        deleted.blobs.extend(field::<Option<String>>(&row, 0)?);
        let sql = "SELECT blob FROM previews WHERE check_id = $1";
        for row in self.rows(sqlx::query(sql).bind(id)).await? {
            deleted.blobs.push(field(&row, 0)?);
        }
        let sql = "SELECT DISTINCT incident_id FROM findings WHERE check_id = $1 AND incident_id IS NOT NULL \
                   ORDER BY incident_id";
        let incidents = self.rows(sqlx::query(sql).bind(id)).await?;
        for sql in [
            "DELETE FROM previews WHERE check_id = $1",
            "DELETE FROM check_contracts WHERE check_id = $1",
            "DELETE FROM notices WHERE finding_id IN (SELECT id FROM findings WHERE check_id = $1)",
            "DELETE FROM comments WHERE finding_id IN (SELECT id FROM findings WHERE check_id = $1)",
            "DELETE FROM activities WHERE finding_id IN (SELECT id FROM findings WHERE check_id = $1)",
            "DELETE FROM findings WHERE check_id = $1",
        ] {
            self.run(sqlx::query(sql).bind(id)).await?;
        }
        for row in &incidents {
            let incident: String = field(row, 0)?;
            match self.lost_findings(workspace_id, &incident, now_ms).await? {
                Some(incident) => deleted.incidents.push(incident),
                None => deleted.incidents_gone.push(incident),
            }
        }
        for sql in ["DELETE FROM jobs WHERE subject = $1", "DELETE FROM checks WHERE id = $1"] {
            self.run(sqlx::query(sql).bind(id)).await?;
        }
        Ok(Some(deleted))
    }
}
