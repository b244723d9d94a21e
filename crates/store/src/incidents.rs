//! Incidents: findings that moved together, over one check or several.
//!
//! An incident belongs to a *stream*: checks of data of the same name, or against the same baseline. Findings of a
//! check join the incident of their stream that is still there and shares a code about a column with them;
//! otherwise they are an incident of their own.

use std::collections::HashSet;

use driftline_model::service::{
    Activity, Check, CheckSide, FindingRecord, Incident, IncidentState, IncidentSubject, Page, PageRequest,
};
use driftline_model::{Finding, FindingState, Severity};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::secret::new_id;

const INCIDENT: &str = "id, workspace_id, title, severity, state, confirmed, assignee, current_name, reference_name, \
                        last_check_id, columns_total, findings_total, findings_open, checks_total, version, \
                        first_seen_ms, last_seen_ms, updated_ms";

/// Incidents of a stream that new findings may join, the one seen last first. A stream has a few.
const MAX_CANDIDATES: i64 = 50;

/// How long after the last finding of a monitor the next one belongs to the same incident.
const TOGETHER_MS: i64 = 600_000;

/// What a check has raised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raised {
    /// Its findings.
    pub findings: Vec<FindingRecord>,
    /// The incident that they are, or have joined; nothing without findings.
    pub incident: Option<Incident>,
    /// How severe the incident was before; nothing when it is new.
    pub severity_before: Option<Severity>,
}

impl Raised {
    /// Whether the incident has become one that somebody should look at now.
    pub fn is_alarm(&self) -> bool {
        let is_high = |severity: Severity| severity >= Severity::High;
        self.incident.as_ref().is_some_and(|incident| is_high(incident.severity))
            && !self.severity_before.is_some_and(is_high)
    }
}

/// Which incidents of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Only those in this state.
    pub state: Option<IncidentState>,
    /// Only those of this severity or a higher one.
    pub severity: Option<Severity>,
    /// Only those that this user looks after; the empty text for those that nobody does.
    pub assignee: Option<String>,
}

impl Change {
    /// Keeps other changes of findings and incidents of a workspace waiting until this one is made or dropped: what
    /// is true of an incident depends on all its findings. Taken before any of them is changed, so that two changes
    /// never wait for each other.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold_incidents(&mut self, workspace_id: &str) -> Result<(), StoreError> {
        let sql = "UPDATE workspaces SET name = name WHERE id = $1";
        self.run(sqlx::query(sql).bind(workspace_id)).await?;
        Ok(())
    }

    /// Raises the findings of a check, in an incident.
    pub(crate) async fn raise(
        &mut self,
        check: &Check,
        findings: &[Finding],
        now_ms: i64,
    ) -> Result<Raised, StoreError> {
        if findings.is_empty() {
            return Ok(Raised::default());
        }
        self.hold_incidents(&check.workspace_id).await?;
        let severity = findings.iter().map(|finding| finding.severity).max().unwrap_or_default();
        let (mut incident, severity_before) = match self.going_on(check, findings).await? {
            Some(incident) => (incident.clone(), Some(incident.severity)),
            None => (self.new_incident(check, severity, now_ms).await?, None),
        };
        let mut raised = Vec::with_capacity(findings.len());
        for finding in findings {
            let record = FindingRecord {
                id: new_id(),
                workspace_id: check.workspace_id.clone(),
                check_id: check.id.clone(),
                incident_id: Some(incident.id.clone()),
                code: finding.code.clone(),
                severity: finding.severity,
                column: finding.column.clone(),
                message: finding.message.clone(),
                state: FindingState::Open,
                assignee: None,
                version: 1,
                created_ms: now_ms,
                updated_ms: now_ms,
            };
            self.insert_finding(&record).await?;
            raised.push(record);
        }
        if let Some(before) = severity_before {
            self.goes_on(&mut incident, (before, severity), now_ms).await?;
        }
        self.seen(&mut incident, check, now_ms).await?;
        Ok(Raised { findings: raised, incident: Some(incident), severity_before })
    }

    /// The incident that findings of a check go on with.
    async fn going_on(
        &mut self,
        check: &Check,
        findings: &[Finding],
    ) -> Result<Option<Incident>, StoreError> {
        let sql = "SELECT i.id, f.code, f.column_name FROM incidents i JOIN findings f ON f.incident_id = i.id \
                   WHERE i.id IN (SELECT id FROM incidents WHERE workspace_id = $1 AND state <> 'resolved' \
                   AND (current_name = $2 OR baseline = $3) ORDER BY seen DESC LIMIT $4) \
                   GROUP BY i.id, i.seen, f.code, f.column_name ORDER BY i.seen DESC";
        let query = sqlx::query(sql)
            .bind(check.workspace_id.as_str())
            .bind(check.names[0].as_str())
            .bind(baseline(check).unwrap_or_default())
            .bind(MAX_CANDIDATES);
        if matches!(check.current, CheckSide::Monitor(_)) {
            return self.still_there(check).await;
        }
        let new: HashSet<(&str, Option<&str>)> =
            findings.iter().map(|finding| (finding.code.as_str(), finding.column.as_deref())).collect();
        for row in self.rows(query).await? {
            let (code, column): (String, Option<String>) = (field(&row, 1)?, field(&row, 2)?);
            if new.contains(&(code.as_str(), column.as_deref())) {
                return self.incident(&check.workspace_id, &field::<String>(&row, 0)?).await;
            }
        }
        Ok(None)
    }

    /// The incident of a monitor that something was said of a short while ago: what comes together on a feed belongs
    /// together, whatever the columns.
    async fn still_there(&mut self, check: &Check) -> Result<Option<Incident>, StoreError> {
        let sql = format!(
            "SELECT {INCIDENT} FROM incidents WHERE workspace_id = $1 AND state <> 'resolved' AND current_name = $2 \
             AND last_seen_ms >= $3 ORDER BY seen DESC LIMIT 1"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(check.workspace_id.as_str())
            .bind(check.names[0].as_str())
            .bind(check.created_ms - TOGETHER_MS);
        self.row(query).await?.as_ref().map(incident).transpose()
    }

    async fn new_incident(
        &mut self,
        check: &Check,
        severity: Severity,
        now_ms: i64,
    ) -> Result<Incident, StoreError> {
        let [current_name, reference_name] = check.names.clone();
        let incident = Incident {
            id: new_id(),
            workspace_id: check.workspace_id.clone(),
            title: String::new(),
            severity,
            state: IncidentState::Open,
            confirmed: false,
            assignee: None,
            current_name,
            reference_name,
            last_check_id: check.id.clone(),
            columns_total: 0,
            findings_total: 0,
            findings_open: 0,
            checks_total: 0,
            version: 1,
            first_seen_ms: now_ms,
            last_seen_ms: now_ms,
            updated_ms: now_ms,
        };
        self.run(
            sqlx::query(
                "INSERT INTO incidents (id, workspace_id, seen, title, severity, state, confirmed, current_name, \
                 reference_name, last_check_id, columns_total, findings_total, findings_open, checks_total, version, \
                 first_seen_ms, last_seen_ms, updated_ms) \
                 VALUES ($1, $2, $1, '', $3, 'open', 0, $4, $5, $6, 0, 0, 0, 0, 1, $7, $7, $7)",
            )
            .bind(incident.id.as_str())
            .bind(incident.workspace_id.as_str())
            .bind(severity.name())
            .bind(incident.current_name.as_str())
            .bind(incident.reference_name.as_str())
            .bind(incident.last_check_id.as_str())
            .bind(now_ms),
        )
        .await?;
        Ok(incident)
    }

    /// New findings have joined an incident. Somebody who was on it is told when it has become worse: it is open
    /// again then.
    async fn goes_on(
        &mut self,
        incident: &mut Incident,
        (before, severity): (Severity, Severity),
        now_ms: i64,
    ) -> Result<(), StoreError> {
        incident.severity = before.max(severity);
        incident.version += 1;
        if severity > before {
            let what = format!("severity: {before} → {severity}");
            self.note_incident(&incident.id, ("system", &what), now_ms).await?;
            if incident.state == IncidentState::Acknowledged {
                incident.state = IncidentState::Open;
                let what = "state: acknowledged → open, because it has become more severe";
                self.note_incident(&incident.id, ("system", what), now_ms).await?;
            }
        }
        Ok(())
    }

    /// Writes down what an incident is now that a check has raised findings of it.
    async fn seen(&mut self, incident: &mut Incident, check: &Check, now_ms: i64) -> Result<(), StoreError> {
        [incident.current_name, incident.reference_name] = check.names.clone();
        incident.last_check_id.clone_from(&check.id);
        (incident.last_seen_ms, incident.updated_ms) = (now_ms, now_ms);
        incident.title = self.recount(incident).await?.title();
        self.run(
            sqlx::query(
                "UPDATE incidents SET seen = $2, title = $3, severity = $4, state = $5, current_name = $6, \
                 reference_name = $7, baseline = COALESCE($8, baseline), last_check_id = $9, columns_total = $10, \
                 findings_total = $11, findings_open = $12, checks_total = $13, version = $14, last_seen_ms = $15, \
                 updated_ms = $15 WHERE id = $1",
            )
            .bind(incident.id.as_str())
            .bind(new_id())
            .bind(incident.title.as_str())
            .bind(incident.severity.name())
            .bind(incident.state.name())
            .bind(incident.current_name.as_str())
            .bind(incident.reference_name.as_str())
            .bind(baseline(check))
            .bind(incident.last_check_id.as_str())
            .bind(incident.columns_total)
            .bind(incident.findings_total)
            .bind(incident.findings_open)
            .bind(incident.checks_total)
            .bind(incident.version)
            .bind(now_ms),
        )
        .await?;
        Ok(())
    }

    /// Counts the findings of an incident anew, and gives what they are about.
    async fn recount(&mut self, incident: &mut Incident) -> Result<IncidentSubject, StoreError> {
        let sql = "SELECT COUNT(*), SUM(CASE WHEN state IN ('open', 'acknowledged') THEN 1 ELSE 0 END), \
                   COUNT(DISTINCT column_name), COUNT(DISTINCT check_id), MIN(code), MAX(code) \
                   FROM findings WHERE incident_id = $1";
        let mut subject =
            IncidentSubject { name: incident.current_name.clone(), ..IncidentSubject::default() };
        if let Some(row) = self.row(sqlx::query(sql).bind(incident.id.as_str())).await? {
            incident.findings_total = field(&row, 0)?;
            incident.findings_open = field::<Option<i64>>(&row, 1)?.unwrap_or(0);
            incident.columns_total = field(&row, 2)?;
            incident.checks_total = field(&row, 3)?;
            let (first, last): (Option<String>, Option<String>) = (field(&row, 4)?, field(&row, 5)?);
            subject.only_code = first.filter(|first| last.as_ref() == Some(first));
        }
        subject.columns_total = usize::try_from(incident.columns_total).unwrap_or(0);
        // In the order in which they were raised: the most severe of a check come first.
        let sql = "SELECT column_name FROM findings WHERE incident_id = $1 AND column_name IS NOT NULL \
                   GROUP BY column_name ORDER BY MIN(id) LIMIT 3";
        for row in self.rows(sqlx::query(sql).bind(incident.id.as_str())).await? {
            subject.columns.push(field(&row, 0)?);
        }
        let sql = "SELECT message FROM findings WHERE incident_id = $1 AND check_id = $2 ORDER BY id LIMIT 1";
        let query = sqlx::query(sql).bind(incident.id.as_str()).bind(incident.last_check_id.as_str());
        if let Some(row) = self.row(query).await? {
            subject.message = field(&row, 0)?;
        }
        Ok(subject)
    }

    /// Brings an incident in line with its findings after some of them were deleted. It goes with the last of them,
    /// and with what people were told of it: nothing then. When it was seen stays as it was.
    pub(crate) async fn lost_findings(
        &mut self,
        workspace_id: &str,
        id: &str,
        now_ms: i64,
    ) -> Result<Option<Incident>, StoreError> {
        let Some(mut incident) = self.incident(workspace_id, id).await? else { return Ok(None) };
        let sql = "SELECT c.id, c.current_name, c.reference_name FROM findings f JOIN checks c ON c.id = f.check_id \
                   WHERE f.incident_id = $1 ORDER BY f.id DESC LIMIT 1";
        let Some(last) = self.row(sqlx::query(sql).bind(id)).await? else {
            for sql in [
                "DELETE FROM incident_activities WHERE incident_id = $1",
                "DELETE FROM notices WHERE incident_id = $1",
                "DELETE FROM incidents WHERE id = $1",
            ] {
                self.run(sqlx::query(sql).bind(id)).await?;
            }
            return Ok(None);
        };
        incident.last_check_id = field(&last, 0)?;
        [incident.current_name, incident.reference_name] = [field(&last, 1)?, field(&last, 2)?];
        let mut severities = Vec::new();
        let sql = "SELECT DISTINCT severity FROM findings WHERE incident_id = $1";
        for row in self.rows(sqlx::query(sql).bind(id)).await? {
            severities.push(severity(&field::<String>(&row, 0)?)?);
        }
        incident.severity = severities.into_iter().max().unwrap_or_default();
        incident.title = self.recount(&mut incident).await?.title();
        if incident.findings_open == 0 && incident.state != IncidentState::Resolved {
            let why = "because its open findings were deleted with their check";
            let what = format!("state: {} → resolved, {why}", incident.state.name());
            self.note_incident(id, ("system", &what), now_ms).await?;
            incident.state = IncidentState::Resolved;
        }
        (incident.version, incident.updated_ms) = (incident.version + 1, now_ms);
        let sql = "UPDATE incidents SET title = $2, severity = $3, current_name = $4, reference_name = $5, \
                   last_check_id = $6, columns_total = $7, findings_total = $8, checks_total = $9 WHERE id = $1";
        let query = sqlx::query(sql)
            .bind(id)
            .bind(incident.title.as_str())
            .bind(incident.severity.name())
            .bind(incident.current_name.as_str())
            .bind(incident.reference_name.as_str())
            .bind(incident.last_check_id.as_str())
            .bind(incident.columns_total)
            .bind(incident.findings_total)
            .bind(incident.checks_total);
        self.run(query).await?;
        self.update_incident(&incident).await?;
        Ok(Some(incident))
    }

    /// Brings an incident in line with its findings after the state of some was changed: it is resolved when none is
    /// open or acknowledged any more, and open again when one is after all. Gives it when its state has changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn settle_incident(
        &mut self,
        workspace_id: &str,
        id: &str,
        now_ms: i64,
    ) -> Result<Option<Incident>, StoreError> {
        let Some(mut incident) = self.incident(workspace_id, id).await? else { return Ok(None) };
        let before = incident.state;
        self.recount(&mut incident).await?;
        let why = match (before, incident.findings_open) {
            (IncidentState::Open | IncidentState::Acknowledged, 0) => {
                incident.state = IncidentState::Resolved;
                "all its findings are resolved or muted"
            }
            (IncidentState::Resolved, 1..) => {
                incident.state = IncidentState::Open;
                "one of its findings is open again"
            }
            _ => {
                let sql = "UPDATE incidents SET findings_open = $2 WHERE id = $1";
                self.run(sqlx::query(sql).bind(id).bind(incident.findings_open)).await?;
                return Ok(None);
            }
        };
        (incident.version, incident.updated_ms) = (incident.version + 1, now_ms);
        self.update_incident(&incident).await?;
        let what = format!("state: {} → {}, because {why}", before.name(), incident.state.name());
        self.note_incident(id, ("system", &what), now_ms).await?;
        Ok(Some(incident))
    }

    /// Changes what people change about an incident if it still is of the version before `incident.version`; says
    /// whether it was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn update_incident(&mut self, incident: &Incident) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "UPDATE incidents SET state = $2, assignee = $3, confirmed = $4, findings_open = $5, version = $6, \
             updated_ms = $7 WHERE id = $1 AND version = $6 - 1",
        )
        .bind(incident.id.as_str())
        .bind(incident.state.name())
        .bind(incident.assignee.as_deref())
        .bind(i64::from(incident.confirmed))
        .bind(incident.findings_open)
        .bind(incident.version)
        .bind(incident.updated_ms);
        Ok(self.run(query).await? > 0)
    }

    /// Carries the state of an incident over to its findings that are still open: those that nobody has answered
    /// when it is acknowledged, the acknowledged ones too when it is resolved. Counts them, and those that stay
    /// open.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn carry_over(
        &mut self,
        incident: &mut Incident,
        actor: &str,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let still_open = match incident.state {
            IncidentState::Open => return Ok(0),
            IncidentState::Acknowledged => "state = 'open'",
            IncidentState::Resolved => "state IN ('open', 'acknowledged')",
        };
        // One statement for all: an incident may have thousands of findings. Ids of notes begin with the time, and
        // are told apart by those of the findings.
        let sql = format!(
            "INSERT INTO activities (id, finding_id, actor, what, at_ms) \
             SELECT $2 || id, id, $3, 'state: ' || state || ' → ' || $4 || ', with its incident', $5 \
             FROM findings WHERE incident_id = $1 AND {still_open}"
        );
        let note = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(incident.id.as_str())
            .bind(new_id())
            .bind(actor)
            .bind(incident.state.name())
            .bind(now_ms);
        self.run(note).await?;
        let sql = format!(
            "UPDATE findings SET state = $2, version = version + 1, updated_ms = $3 \
             WHERE incident_id = $1 AND {still_open}"
        );
        let update = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(incident.id.as_str())
            .bind(incident.state.name())
            .bind(now_ms);
        let changed = self.run(update).await?;
        self.recount(incident).await?;
        Ok(changed)
    }

    /// Notes a step in the life of an incident.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_incident(
        &mut self,
        incident_id: &str,
        (actor, what): (&str, &str),
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO incident_activities (id, incident_id, actor, what, at_ms) VALUES ($1, $2, $3, $4, $5)";
        let query = sqlx::query(sql).bind(new_id()).bind(incident_id).bind(actor).bind(what).bind(now_ms);
        self.run(query).await?;
        Ok(())
    }

    /// An incident of a workspace, seen from within the change.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn incident(&mut self, workspace_id: &str, id: &str) -> Result<Option<Incident>, StoreError> {
        let sql = format!("SELECT {INCIDENT} FROM incidents WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.as_ref().map(incident).transpose()
    }
}

impl Database {
    /// Incidents of a workspace, the one seen last first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn incidents(
        &self,
        workspace_id: &str,
        filter: &IncidentFilter,
        page: &PageRequest,
    ) -> Result<Page<Incident>, StoreError> {
        // What is not asked for is left out of the statement: a condition that may be empty hides the index.
        let of_state = if filter.state.is_some() { "AND state = $4" } else { "AND $4 = ''" };
        let of_assignee = match filter.assignee.as_deref() {
            Some("") => "AND assignee IS NULL AND $5 = ''",
            Some(_) => "AND assignee = $5",
            None => "AND $5 = ''",
        };
        let of_severity = filter.severity.map(crate::findings::at_least).unwrap_or_default();
        let sql = format!(
            "SELECT {INCIDENT}, seen FROM incidents WHERE workspace_id = $1 AND seen < $2 \
             {of_state} {of_assignee} {of_severity} ORDER BY seen DESC LIMIT $3"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(workspace_id)
            .bind(page.bound())
            .bind(page.size() + 1)
            .bind(filter.state.map_or("", IncidentState::name))
            .bind(filter.assignee.as_deref().unwrap_or_default());
        let with_seen = |row: &AnyRow| Ok((incident(row)?, field::<String>(row, 18)?));
        let rows = self.rows(query).await?.iter().map(with_seen).collect::<Result<Vec<_>, StoreError>>()?;
        let Page { items, next } = Page::of(rows, page.size(), |(_, seen)| seen.clone());
        Ok(Page { items: items.into_iter().map(|(incident, _)| incident).collect(), next })
    }

    /// An incident of a workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn incident(&self, workspace_id: &str, id: &str) -> Result<Option<Incident>, StoreError> {
        let sql = format!("SELECT {INCIDENT} FROM incidents WHERE workspace_id = $1 AND id = $2");
        let row = self.row(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace_id).bind(id)).await?;
        row.as_ref().map(incident).transpose()
    }

    /// The last `most` steps in the life of an incident, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn incident_activities(
        &self,
        incident_id: &str,
        most: i64,
    ) -> Result<Vec<Activity>, StoreError> {
        let sql = "SELECT at_ms, actor, what FROM incident_activities WHERE incident_id = $1 \
                   ORDER BY id DESC LIMIT $2";
        let rows = self.rows(sqlx::query(sql).bind(incident_id).bind(most)).await?;
        let activity = |row: &AnyRow| {
            Ok(Activity { at_ms: field(row, 0)?, actor: field(row, 1)?, what: field(row, 2)? })
        };
        rows.iter().rev().map(activity).collect()
    }

    /// A confirmed incident with findings of a check that judged this dataset: its id and title.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn confirmed_incident(
        &self,
        workspace_id: &str,
        dataset_id: &str,
    ) -> Result<Option<(String, String)>, StoreError> {
        let sql = "SELECT i.id, i.title FROM checks c JOIN findings f ON f.check_id = c.id \
                   JOIN incidents i ON i.id = f.incident_id \
                   WHERE c.workspace_id = $1 AND c.current_side = $2 AND i.confirmed = 1 \
                   ORDER BY i.seen DESC LIMIT 1";
        let side = crate::events::to_json(&CheckSide::Dataset(dataset_id.to_owned()))?;
        let row = self.row(sqlx::query(sql).bind(workspace_id).bind(side)).await?;
        row.map(|row| Ok((field(&row, 0)?, field(&row, 1)?))).transpose()
    }
}

/// The name of the baseline that a check compares with, whatever its version.
fn baseline(check: &Check) -> Option<&str> {
    match &check.reference {
        CheckSide::Baseline(text) => Some(text.split_once('@').map_or(text.as_str(), |(name, _)| name)),
        CheckSide::Dataset(_) | CheckSide::Monitor(_) => None,
    }
}

fn severity(name: &str) -> Result<Severity, StoreError> {
    name.parse().map_err(|reason| StoreError::Stored { reason })
}

fn incident(row: &AnyRow) -> Result<Incident, StoreError> {
    let state = match field::<String>(row, 4)?.as_str() {
        "acknowledged" => IncidentState::Acknowledged,
        "resolved" => IncidentState::Resolved,
        _ => IncidentState::Open,
    };
    Ok(Incident {
        id: field(row, 0)?,
        workspace_id: field(row, 1)?,
        title: field(row, 2)?,
        severity: severity(&field::<String>(row, 3)?)?,
        state,
        confirmed: field::<i64>(row, 5)? != 0,
        assignee: field(row, 6)?,
        current_name: field(row, 7)?,
        reference_name: field(row, 8)?,
        last_check_id: field(row, 9)?,
        columns_total: field(row, 10)?,
        findings_total: field(row, 11)?,
        findings_open: field(row, 12)?,
        checks_total: field(row, 13)?,
        version: field(row, 14)?,
        first_seen_ms: field(row, 15)?,
        last_seen_ms: field(row, 16)?,
        updated_ms: field(row, 17)?,
    })
}
