//! Alert rules, and what they know of incidents.
//!
//! What a rule knows is a document of whoever works with it; this is where it is kept, with the moment at which it is
//! to be looked at again.

use driftline_model::Severity;
use driftline_model::service::{AlertRule, AlertRuleSettings, Channel};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::channels::StoredChannel;
use crate::database::{Change, Database, field};
use crate::events::{from_json, to_json};
use crate::secret::new_id;

const RULE: &str = "id, workspace_id, position, document, version, created_ms, created_by, updated_ms";

/// Most rules of a workspace.
pub const MAX_ALERT_RULES: usize = 100;

/// Kinds of findings of an incident that rules look at: more than any table has columns that matter.
const MAX_KINDS: i64 = 20_000;

/// Findings of an incident that are alike to a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingKind {
    /// Their code.
    pub code: String,
    /// Their column.
    pub column: Option<String>,
    /// How much they matter.
    pub severity: Severity,
}

/// A finding as a message tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingLine {
    /// What it is.
    pub kind: FindingKind,
    /// One sentence.
    pub message: String,
}

/// An incident that a rule is to look at again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAlert {
    /// Its workspace.
    pub workspace_id: String,
    /// The incident.
    pub incident_id: String,
}

impl Change {
    /// What every workspace begins with: a channel inside the service, and a rule that tells admins of incidents of
    /// high and critical severity.
    pub(crate) async fn create_first_alert_rule(
        &mut self,
        workspace_id: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let channel = Channel {
            id: new_id(),
            workspace_id: workspace_id.to_owned(),
            name: "Notices in the dashboard".to_owned(),
            kind: "in_app".to_owned(),
            enabled: true,
            config: [("least_role".to_owned(), "admin".to_owned())].into(),
            secrets: Default::default(),
            templates: Default::default(),
            version: 1,
            created_ms: now_ms,
            created_by: "system".to_owned(),
            updated_ms: now_ms,
        };
        let rule = AlertRule {
            id: new_id(),
            workspace_id: workspace_id.to_owned(),
            position: 0,
            settings: AlertRuleSettings::first(&channel.id),
            version: 1,
            created_ms: now_ms,
            created_by: "system".to_owned(),
            updated_ms: now_ms,
        };
        self.create_channel(&StoredChannel { channel, secrets: Default::default() }).await?;
        self.create_alert_rule(&rule).await
    }

    /// Keeps a new rule.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn create_alert_rule(&mut self, rule: &AlertRule) -> Result<(), StoreError> {
        let query = sqlx::query(
            "INSERT INTO alert_rules (id, workspace_id, position, document, version, created_ms, created_by, \
             updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(rule.id.as_str())
        .bind(rule.workspace_id.as_str())
        .bind(rule.position)
        .bind(to_json(&rule.settings)?)
        .bind(rule.version)
        .bind(rule.created_ms)
        .bind(rule.created_by.as_str())
        .bind(rule.updated_ms);
        self.run(query).await?;
        Ok(())
    }

    /// Changes a rule if it still is of the version before `rule.version`; says whether it was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn update_alert_rule(&mut self, rule: &AlertRule) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "UPDATE alert_rules SET document = $2, version = $3, updated_ms = $4, position = $5 \
             WHERE id = $1 AND version = $3 - 1",
        )
        .bind(rule.id.as_str())
        .bind(to_json(&rule.settings)?)
        .bind(rule.version)
        .bind(rule.updated_ms)
        .bind(rule.position);
        Ok(self.run(query).await? > 0)
    }

    /// Puts a rule in another place.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn place_alert_rule(&mut self, id: &str, position: i64) -> Result<(), StoreError> {
        let sql = "UPDATE alert_rules SET position = $2 WHERE id = $1";
        self.run(sqlx::query(sql).bind(id).bind(position)).await?;
        Ok(())
    }

    /// Deletes a rule and what it knows; says whether there was one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn delete_alert_rule(&mut self, workspace_id: &str, id: &str) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM alert_rules WHERE workspace_id = $1 AND id = $2");
        if self.run(gone.bind(workspace_id).bind(id)).await? == 0 {
            return Ok(false);
        }
        self.run(sqlx::query("DELETE FROM alerts WHERE rule_id = $1").bind(id)).await?;
        self.run(sqlx::query("DELETE FROM alert_flaps WHERE rule_id = $1").bind(id)).await?;
        Ok(true)
    }

    /// The rules of a workspace in their order, seen from within the change.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn alert_rules(&mut self, workspace_id: &str) -> Result<Vec<AlertRule>, StoreError> {
        let sql = format!("SELECT {RULE} FROM alert_rules WHERE workspace_id = $1 ORDER BY position, id");
        let rows = self.rows(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id)).await?;
        rows.iter().map(rule).collect()
    }

    /// What rules know of an incident: the id of the rule, and its document.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn alerts_of(&mut self, incident_id: &str) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT rule_id, document FROM alerts WHERE incident_id = $1";
        let rows = self.rows(sqlx::query(sql).bind(incident_id)).await?;
        rows.iter().map(|row| Ok((field(row, 0)?, field(row, 1)?))).collect()
    }

    /// Keeps what a rule knows of an incident, and when it is to look again.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_alert(
        &mut self,
        rule_id: &str,
        of: &DueAlert,
        document: &str,
        due_ms: Option<i64>,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(
            "INSERT INTO alerts (rule_id, incident_id, workspace_id, document, due_ms) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (rule_id, incident_id) DO UPDATE SET document = excluded.document, due_ms = excluded.due_ms",
        )
        .bind(rule_id)
        .bind(of.incident_id.as_str())
        .bind(of.workspace_id.as_str())
        .bind(document)
        .bind(due_ms);
        self.run(query).await?;
        Ok(())
    }

    /// Forgets what rules know of an incident.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_alerts(&mut self, incident_id: &str) -> Result<(), StoreError> {
        self.run(sqlx::query("DELETE FROM alerts WHERE incident_id = $1").bind(incident_id)).await?;
        Ok(())
    }

    /// Lets rules look again at once at incidents of a workspace that are not over: their rules have changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn look_at_alerts_again(&mut self, workspace_id: &str, now_ms: i64) -> Result<(), StoreError> {
        let sql = "UPDATE alerts SET due_ms = $2 WHERE workspace_id = $1 AND incident_id IN \
                   (SELECT id FROM incidents WHERE workspace_id = $1 AND state <> 'resolved')";
        self.run(sqlx::query(sql).bind(workspace_id).bind(now_ms)).await?;
        Ok(())
    }

    /// What a rule knows of the coming and going of incidents about a name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn alert_flaps(&mut self, rule_id: &str, stream: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT document FROM alert_flaps WHERE rule_id = $1 AND stream = $2";
        let row = self.row(sqlx::query(sql).bind(rule_id).bind(stream)).await?;
        row.map(|row| field(&row, 0)).transpose()
    }

    /// Keeps what a rule knows of the coming and going of incidents about a name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_alert_flaps(
        &mut self,
        (rule_id, stream): (&str, &str),
        document: &str,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(
            "INSERT INTO alert_flaps (rule_id, stream, document, updated_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (rule_id, stream) DO UPDATE SET document = excluded.document, \
             updated_ms = excluded.updated_ms",
        );
        self.run(query.bind(rule_id).bind(stream).bind(document).bind(now_ms)).await?;
        Ok(())
    }

    /// Forgets the coming and going from before `before_ms`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_alert_flaps(&mut self, before_ms: i64) -> Result<u64, StoreError> {
        self.run(sqlx::query("DELETE FROM alert_flaps WHERE updated_ms < $1").bind(before_ms)).await
    }

    /// The kinds of findings of an incident that are open or acknowledged.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn finding_kinds(&mut self, incident_id: &str) -> Result<Vec<FindingKind>, StoreError> {
        let sql = "SELECT DISTINCT code, column_name, severity FROM findings WHERE incident_id = $1 \
                   AND state IN ('open', 'acknowledged') LIMIT $2";
        let rows = self.rows(sqlx::query(sql).bind(incident_id).bind(MAX_KINDS)).await?;
        rows.iter().map(kind).collect()
    }

    /// The most severe findings of an incident, those that are not over first, the newest of each first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn worst_findings(
        &mut self,
        incident_id: &str,
        most: i64,
    ) -> Result<Vec<FindingLine>, StoreError> {
        let sql = "SELECT code, column_name, severity, message FROM findings WHERE incident_id = $1 \
                   ORDER BY CASE WHEN state IN ('open', 'acknowledged') THEN 0 ELSE 1 END, \
                   CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 \
                   ELSE 4 END, id DESC LIMIT $2";
        let rows = self.rows(sqlx::query(sql).bind(incident_id).bind(most)).await?;
        rows.iter().map(|row| Ok(FindingLine { kind: kind(row)?, message: field(row, 3)? })).collect()
    }

    /// The name of a workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn workspace_name(&mut self, workspace_id: &str) -> Result<String, StoreError> {
        let sql = "SELECT name FROM workspaces WHERE id = $1";
        let row = self.row(sqlx::query(sql).bind(workspace_id)).await?;
        row.map_or_else(|| Ok(String::new()), |row| field(&row, 0))
    }
}

impl Database {
    /// The rules of a workspace in their order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn alert_rules(&self, workspace_id: &str) -> Result<Vec<AlertRule>, StoreError> {
        let sql = format!("SELECT {RULE} FROM alert_rules WHERE workspace_id = $1 ORDER BY position, id");
        let rows = self.rows(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id)).await?;
        rows.iter().map(rule).collect()
    }

    /// Incidents that rules are to look at again by now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn due_alerts(&self, now_ms: i64, most: i64) -> Result<Vec<DueAlert>, StoreError> {
        let sql = "SELECT workspace_id, incident_id FROM alerts WHERE due_ms <= $1 \
                   GROUP BY workspace_id, incident_id ORDER BY MIN(due_ms) LIMIT $2";
        let rows = self.rows(sqlx::query(sql).bind(now_ms).bind(most)).await?;
        let due = |row: &AnyRow| Ok(DueAlert { workspace_id: field(row, 0)?, incident_id: field(row, 1)? });
        rows.iter().map(due).collect()
    }

    /// When a rule is to look next after `now_ms`, or a message is to be sent next, if anything waits.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn next_alert_ms(&self, now_ms: i64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT MIN(moment) FROM (SELECT MIN(due_ms) AS moment FROM alerts WHERE due_ms > $1 UNION ALL \
                   SELECT MIN(next_attempt_ms) AS moment FROM deliveries \
                   WHERE state = 'pending' AND next_attempt_ms > $1) AS moments";
        let row = self.row(sqlx::query(sql).bind(now_ms)).await?;
        row.map_or(Ok(None), |row| field(&row, 0))
    }

    /// The kinds of all findings of an incident, whatever became of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn all_finding_kinds(&self, incident_id: &str) -> Result<Vec<FindingKind>, StoreError> {
        let sql = "SELECT DISTINCT code, column_name, severity FROM findings WHERE incident_id = $1 LIMIT $2";
        let rows = self.rows(sqlx::query(sql).bind(incident_id).bind(MAX_KINDS)).await?;
        rows.iter().map(kind).collect()
    }
}

fn kind(row: &AnyRow) -> Result<FindingKind, StoreError> {
    let severity: String = field(row, 2)?;
    let severity = severity.parse().map_err(|reason| StoreError::Stored { reason })?;
    Ok(FindingKind { code: field(row, 0)?, column: field(row, 1)?, severity })
}

fn rule(row: &AnyRow) -> Result<AlertRule, StoreError> {
    Ok(AlertRule {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        position: field(row, 2)?,
        settings: from_json(&field::<String>(row, 3)?)?,
        version: field(row, 4)?,
        created_ms: field(row, 5)?,
        created_by: field(row, 6)?,
        updated_ms: field(row, 7)?,
    })
}
