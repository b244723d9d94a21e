//! The columns of the feed: which come, go, and change their type.

use std::collections::BTreeSet;

use driftline_chunk::{Physical, Schema};
use driftline_model::{LiveAlarm, Severity};
use serde::{Deserialize, Serialize};

use super::panes::Pane;

/// Rows of a window without a column before the column is missing.
const MISSING_ROWS: u64 = 20;

/// Watches the columns.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SchemaWatch {
    /// Columns that some record has had.
    seen: BTreeSet<String>,
}

impl SchemaWatch {
    /// What is said of columns that are others than before.
    pub(super) fn changed(before: &Schema, now: &Schema, at_ms: i64) -> Vec<LiveAlarm> {
        let mut alarms = Vec::new();
        let of = |schema: &Schema, name: &str| {
            schema.fields().iter().find(|field| field.name == name).map(|field| field.physical)
        };
        for field in now.fields() {
            let name = &field.name;
            match of(before, name) {
                None => {
                    let message = format!("The column `{name}` is new in the feed.");
                    alarms.push(alarm("schema.column_new", (name, Severity::Low), message, at_ms));
                }
                Some(physical) if physical != field.physical => {
                    let (was, is) = (word(physical), word(field.physical));
                    let message = format!("`{name}` holds {is} now; it held {was}.");
                    alarms.push(alarm("schema.kind_changed", (name, Severity::Critical), message, at_ms));
                }
                Some(_) => {}
            }
        }
        for field in before.fields().iter().filter(|field| of(now, &field.name).is_none()) {
            alarms.push(missing(&field.name, at_ms));
        }
        alarms
    }

    /// Columns that no record of a window has had, though earlier ones did.
    pub(super) fn closed(&mut self, pane: &Pane) -> Vec<LiveAlarm> {
        let Some(profile) = &pane.profile else { return Vec::new() };
        let mut alarms = Vec::new();
        for (field, present) in profile.schema().fields().iter().zip(&pane.present) {
            if *present {
                if !self.seen.contains(&field.name) {
                    self.seen.insert(field.name.clone());
                }
            } else if profile.rows() >= MISSING_ROWS && self.seen.contains(&field.name) {
                alarms.push(missing(&field.name, pane.end_ms));
            }
        }
        alarms
    }
}

fn missing(name: &str, at_ms: i64) -> LiveAlarm {
    let message = format!("The column `{name}` no longer comes.");
    alarm("schema.column_missing", (name, Severity::High), message, at_ms)
}

fn alarm(code: &str, (column, severity): (&str, Severity), message: String, at_ms: i64) -> LiveAlarm {
    LiveAlarm {
        code: code.to_owned(),
        severity,
        column: Some(column.to_owned()),
        metric: None,
        message,
        began_ms: at_ms,
        raised_ms: at_ms,
    }
}

fn word(physical: Physical) -> &'static str {
    match physical {
        Physical::Number => "numbers",
        Physical::Boolean => "true and false",
        Physical::Datetime => "dates and times",
        Physical::Text => "text",
    }
}
