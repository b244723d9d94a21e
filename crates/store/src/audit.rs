//! The audit log: append-only, each line chained to the one before by its hash.

use driftline_model::service::{AuditEntry, AuditOutcome, ChainReport, Page, PageRequest};
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;

use crate::StoreError;
use crate::database::{Change, Database, field};
use crate::secret::hexadecimal;

/// What stands for the hash of the line before the first.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Lines that are checked at a time.
const CHECKED_AT_ONCE: i64 = 5_000;

/// Values of a question that stand before those of its filter.
const FIXED_VALUES: usize = 3;

/// What is to be written into the log.
#[derive(Debug, Clone, Copy)]
pub struct AuditLine<'a> {
    /// Who: the id of a user or a token, `system`, or empty for somebody unknown.
    pub actor: &'a str,
    /// From where.
    pub address: &'a str,
    /// In which workspace; empty for the service as a whole.
    pub workspace_id: &'a str,
    /// What, such as `dataset.create`.
    pub action: &'a str,
    /// On what.
    pub subject: &'a str,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// More, in words; never a secret.
    pub detail: &'a str,
}

/// Which lines of the log; everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those of this workspace.
    pub workspace_id: Option<String>,
    /// Those with this text in action, subject, actor or detail, in any case.
    pub text: Option<String>,
    /// Those of this actor: the id of a person, with the tokens that the person has now, the address of one, or
    /// any other word that stands in the log as actor.
    pub actor: Option<String>,
    /// Those whose action begins so, such as `dataset.`.
    pub action: Option<String>,
    /// Those that were done, or that were refused.
    pub outcome: Option<AuditOutcome>,
    /// Those from this moment on.
    pub since_ms: Option<i64>,
    /// Those from before this moment.
    pub until_ms: Option<i64>,
}

impl AuditFilter {
    /// Conditions, to follow three values that stand before, and their values in the same order. What is not asked
    /// for is left out: a condition that may be empty hides the index.
    fn conditions(&self) -> (String, Vec<String>) {
        let (mut sql, mut values) = (String::new(), Vec::new());
        let mut add = |condition: &str, value: &str| {
            values.push(value.to_owned());
            sql.push_str(" AND ");
            sql.push_str(&condition.replace('?', &format!("${}", values.len() + FIXED_VALUES)));
        };
        if let Some(workspace_id) = &self.workspace_id {
            add("workspace_id = ?", workspace_id);
        }
        if let Some(actor) = &self.actor {
            add(
                "actor IN (SELECT ? UNION SELECT id FROM users WHERE email = LOWER(?) \
                 UNION SELECT t.id FROM tokens t JOIN users u ON u.id = t.user_id \
                 WHERE u.id = ? OR u.email = LOWER(?))",
                actor,
            );
        }
        if let Some(action) = self.action.as_deref().filter(|action| !action.is_empty()) {
            add("action LIKE ? ESCAPE '!'", &format!("{}%", escaped(action)));
        }
        if let Some(outcome) = self.outcome {
            add("outcome = ?", outcome.name());
        }
        if let Some(text) = self.text.as_deref().map(pattern).filter(|pattern| !pattern.is_empty()) {
            add("LOWER(action || ' ' || subject || ' ' || actor || ' ' || detail) LIKE ? ESCAPE '!'", &text);
        }
        (sql, values)
    }
}

impl Change {
    /// Writes a line into the audit log. It is there when the change is, and not without it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn audit(&mut self, line: &AuditLine<'_>, now_ms: i64) -> Result<(), StoreError> {
        let sequence = self.next_number("audit").await?;
        let before = sqlx::query("SELECT hash FROM audit WHERE sequence = $1")
            .bind(sequence - 1)
            .fetch_optional(&mut *self.transaction)
            .await
            .map_err(StoreError::database("read the audit log"))?;
        let previous_hash = before.map_or_else(|| Ok(NO_HASH.to_owned()), |row| field(&row, 0))?;
        let mut entry = AuditEntry {
            sequence,
            at_ms: now_ms,
            actor: line.actor.to_owned(),
            address: line.address.to_owned(),
            workspace_id: line.workspace_id.to_owned(),
            action: line.action.to_owned(),
            subject: line.subject.to_owned(),
            outcome: line.outcome,
            detail: line.detail.to_owned(),
            previous_hash,
            hash: String::new(),
        };
        entry.hash = hash(&entry);
        sqlx::query(
            "INSERT INTO audit (sequence, at_ms, actor, address, workspace_id, action, subject, outcome, detail, \
             previous_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(entry.sequence)
        .bind(entry.at_ms)
        .bind(entry.actor)
        .bind(entry.address)
        .bind(entry.workspace_id)
        .bind(entry.action)
        .bind(entry.subject)
        .bind(entry.outcome.name())
        .bind(entry.detail)
        .bind(entry.previous_hash)
        .bind(entry.hash)
        .execute(&mut *self.transaction)
        .await
        .map_err(StoreError::database("write the audit log"))?;
        Ok(())
    }
}

impl Database {
    /// Lines of the audit log, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let before: i64 = page.before.as_deref().and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
        let (conditions, values) = filter.conditions();
        let sql = format!(
            "SELECT sequence, at_ms, actor, address, workspace_id, action, subject, outcome, detail, \
             previous_hash, hash FROM audit WHERE sequence < $1 AND at_ms >= $2 AND at_ms < $3{conditions} \
             ORDER BY sequence DESC LIMIT ${}",
            values.len() + FIXED_VALUES + 1
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(before)
            .bind(filter.since_ms.unwrap_or(i64::MIN))
            .bind(filter.until_ms.unwrap_or(i64::MAX));
        for value in values {
            query = query.bind(value);
        }
        let rows = self.rows(query.bind(page.size() + 1)).await?;
        let entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::of(entries, page.size(), |entry| entry.sequence.to_string()))
    }

    /// Checks that every line of the audit log follows from the one before, that none is missing and that the
    /// last is the last that was written.
    ///
    /// # Errors
    /// When the database cannot be read. A broken chain is no error but the answer.
    pub async fn verify_audit(&self) -> Result<ChainReport, StoreError> {
        let mut report =
            ChainReport { entries: 0, is_intact: true, broken_at: None, last_hash: NO_HASH.to_owned() };
        loop {
            let rows = sqlx::query(
                "SELECT sequence, at_ms, actor, address, workspace_id, action, subject, outcome, detail, \
                 previous_hash, hash FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            )
            .bind(report.entries)
            .bind(CHECKED_AT_ONCE)
            .fetch_all(self.pool())
            .await
            .map_err(StoreError::database("read the audit log"))?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let entry = entry(row)?;
                let follows = entry.sequence == report.entries + 1
                    && entry.previous_hash == report.last_hash
                    && entry.hash == hash(&entry);
                if !follows {
                    report.is_intact = false;
                    report.broken_at = Some(report.entries + 1);
                    return Ok(report);
                }
                report.entries += 1;
                report.last_hash = entry.hash;
            }
        }
        let written = sqlx::query("SELECT value FROM counters WHERE name = 'audit'")
            .fetch_one(self.pool())
            .await
            .map_err(StoreError::database("read the audit log"))?;
        if field::<i64>(&written, 0)? != report.entries {
            report.is_intact = false;
            report.broken_at = Some(report.entries + 1);
        }
        Ok(report)
    }
}

/// SHA-256 over the length and bytes of every part, so that no text can pass for two.
fn hash(entry: &AuditEntry) -> String {
    let mut state = Sha256::new();
    let (sequence, at_ms) = (entry.sequence.to_string(), entry.at_ms.to_string());
    for part in [
        &sequence,
        &at_ms,
        &entry.actor,
        &entry.address,
        &entry.workspace_id,
        &entry.action,
        &entry.subject,
        entry.outcome.name(),
        &entry.detail,
        &entry.previous_hash,
    ] {
        state.update((part.len() as u64).to_le_bytes());
        state.update(part.as_bytes());
    }
    hexadecimal(&state.finalize())
}

fn entry(row: &AnyRow) -> Result<AuditEntry, StoreError> {
    let outcome = match field::<String>(row, 7)?.as_str() {
        "done" => AuditOutcome::Done,
        _ => AuditOutcome::Refused,
    };
    Ok(AuditEntry {
        sequence: field(row, 0)?,
        at_ms: field(row, 1)?,
        actor: field(row, 2)?,
        address: field(row, 3)?,
        workspace_id: field(row, 4)?,
        action: field(row, 5)?,
        subject: field(row, 6)?,
        outcome,
        detail: field(row, 8)?,
        previous_hash: field(row, 9)?,
        hash: field(row, 10)?,
    })
}

/// A pattern that finds a text anywhere; empty for the empty text.
pub(crate) fn pattern(search: &str) -> String {
    let search = search.trim().to_lowercase();
    if search.is_empty() {
        return search;
    }
    format!("%{}%", escaped(&search))
}

/// A text without what has a meaning in a pattern.
fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(folder: &tempfile::TempDir, lines: usize) -> Database {
        let database = Database::open_file(&folder.path().join("driftline.db")).await.unwrap();
        for number in 0..lines {
            let mut change = database.change().await.unwrap();
            let subject = format!("d{number}");
            let line = AuditLine {
                actor: "u1",
                address: "127.0.0.1",
                workspace_id: "w1",
                action: "dataset.create",
                subject: &subject,
                outcome: AuditOutcome::Done,
                detail: "100 % sure",
            };
            change.audit(&line, 1_000 + number as i64).await.unwrap();
            change.commit().await.unwrap();
        }
        database
    }

    async fn tamper(database: &Database, sql: &'static str) {
        sqlx::query(sql).execute(database.pool()).await.unwrap();
    }

    #[tokio::test]
    async fn an_honest_log_verifies_and_is_searched() {
        let folder = tempfile::tempdir().unwrap();
        let database = written(&folder, 5).await;
        let report = database.verify_audit().await.unwrap();
        assert_eq!((report.entries, report.is_intact), (5, true));
        let page = PageRequest { limit: Some(2), before: None };
        let everything = AuditFilter::default();
        let of = |id: &str| AuditFilter { workspace_id: Some(id.to_owned()), ..AuditFilter::default() };
        let with = |text: &str| AuditFilter { text: Some(text.to_owned()), ..AuditFilter::default() };
        let first = database.audit_entries(&of("w1"), &page).await.unwrap();
        assert_eq!(first.items.iter().map(|line| line.sequence).collect::<Vec<_>>(), [5, 4]);
        let next = PageRequest { before: first.next, ..page };
        assert_eq!(database.audit_entries(&everything, &next).await.unwrap().items[0].sequence, 3);
        for (filter, found) in [
            (with("D3"), 1),
            (with("100 %"), 5),
            (of("w2"), 0),
            (AuditFilter { actor: Some("u1".to_owned()), ..of("w1") }, 5),
            (AuditFilter { actor: Some("u2".to_owned()), ..of("w1") }, 0),
            (AuditFilter { action: Some("dataset.".to_owned()), ..AuditFilter::default() }, 5),
            (AuditFilter { action: Some("dataset_".to_owned()), ..AuditFilter::default() }, 0),
            (AuditFilter { outcome: Some(AuditOutcome::Refused), ..AuditFilter::default() }, 0),
            (AuditFilter { since_ms: Some(1_001), until_ms: Some(1_004), ..with("d") }, 3),
        ] {
            let lines = database.audit_entries(&filter, &PageRequest::default()).await.unwrap();
            assert_eq!(lines.items.len(), found, "{filter:?}");
        }
    }

    #[tokio::test]
    async fn every_sort_of_tampering_is_noticed() {
        for (sql, broken_at) in [
            ("UPDATE audit SET detail = 'x' WHERE sequence = 3", 3),
            ("UPDATE audit SET at_ms = 1 WHERE sequence = 1", 1),
            ("DELETE FROM audit WHERE sequence = 2", 2),
            ("DELETE FROM audit WHERE sequence = 5", 5),
            ("UPDATE audit SET hash = previous_hash WHERE sequence = 4", 4),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let database = written(&folder, 5).await;
            tamper(&database, sql).await;
            let report = database.verify_audit().await.unwrap();
            assert_eq!((report.is_intact, report.broken_at), (false, Some(broken_at)), "{sql}");
        }
    }

    #[tokio::test]
    async fn lines_written_at_the_same_time_make_one_chain() {
        let folder = tempfile::tempdir().unwrap();
        let database = written(&folder, 1).await;
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move {
                    let mut change = database.change().await.unwrap();
                    let line = AuditLine {
                        actor: "",
                        address: "local",
                        workspace_id: "",
                        action: "x",
                        subject: "",
                        outcome: AuditOutcome::Refused,
                        detail: "",
                    };
                    change.audit(&line, 5).await.unwrap();
                    change.commit().await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let report = database.verify_audit().await.unwrap();
        assert_eq!((report.entries, report.is_intact), (21, true));
    }
}
