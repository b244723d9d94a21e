//! What is told, before a channel puts it into its own form.

use driftline_model::Severity;
use driftline_model::service::{AlertEvent, Incident, IncidentState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Findings that a message names; the others are counted.
pub const MAX_FINDINGS: usize = 20;
/// Most characters of the message of a finding.
const MAX_TEXT: usize = 500;

/// What happened to an incident, as it was at that moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Why it is told.
    pub event: AlertEvent,
    /// How severe the findings are that the rule is about.
    pub severity: Severity,
    /// Name of the workspace.
    pub workspace: String,
    /// Name of the rule; empty for a test.
    pub rule: String,
    /// When.
    pub at_ms: i64,
    /// The incident.
    pub incident: Incident,
    /// The most severe findings, 20 at most.
    pub findings: Vec<MessageFinding>,
    /// How many more there are.
    pub findings_more: i64,
}

/// A finding of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFinding {
    /// Stable code.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// The column it is about; empty when it is about the table.
    pub column: String,
    /// One sentence.
    pub message: String,
}

impl MessageFinding {
    /// A finding with a message of bearable length.
    pub fn new(code: String, severity: Severity, column: Option<String>, message: &str) -> Self {
        let message = message.chars().take(MAX_TEXT).collect();
        Self { code, severity, column: column.unwrap_or_default(), message }
    }
}

impl Message {
    /// One line that says it all.
    pub fn heading(&self) -> String {
        let (severity, title) = (capitalised(self.severity), &self.incident.title);
        match self.event {
            AlertEvent::Raised => format!("{severity}: {title}"),
            AlertEvent::Worsened => format!("Worse, now {}: {title}", self.severity),
            AlertEvent::Reopened => format!("Open again, {}: {title}", self.severity),
            AlertEvent::Reminder => format!("Still open, {}: {title}", self.severity),
            AlertEvent::Escalated => format!("Nobody has answered, {}: {title}", self.severity),
            AlertEvent::Flapping => {
                format!("Comes and goes, {}: {title} (more when it is calm)", self.severity)
            }
            AlertEvent::Acknowledged => format!("Somebody is on it: {title}"),
            AlertEvent::Resolved => format!("Over: {title}"),
            AlertEvent::Test => format!("Test: {title}"),
        }
    }

    /// A message that shows what an alert looks like.
    pub fn example(event: AlertEvent, workspace: &str, now_ms: i64) -> Self {
        let incident = Incident {
            id: "0".repeat(32),
            workspace_id: String::new(),
            title: "2 columns of orders.csv moved: price and city".to_owned(),
            severity: Severity::High,
            state: IncidentState::Open,
            confirmed: false,
            assignee: None,
            current_name: "orders.csv".to_owned(),
            reference_name: "baseline:orders@3".to_owned(),
            last_check_id: "0".repeat(32),
            columns_total: 2,
            findings_total: 2,
            findings_open: 2,
            checks_total: 1,
            version: 1,
            first_seen_ms: now_ms,
            last_seen_ms: now_ms,
            updated_ms: now_ms,
        };
        let finding = |code: &str, severity, column: &str, message: &str| {
            MessageFinding::new(code.to_owned(), severity, Some(column.to_owned()), message)
        };
        let price = "`price` moved up: 41 % of its rows would have to change bin.";
        let city = "`city` has 3 new values in 12 % of its rows.";
        Self {
            event,
            severity: Severity::High,
            workspace: workspace.to_owned(),
            rule: String::new(),
            at_ms: now_ms,
            incident,
            findings: vec![
                finding("drift.value", Severity::High, "price", price),
                finding("categories.new", Severity::Medium, "city", city),
            ],
            findings_more: 0,
        }
    }
}

/// A message on its way to a channel.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// The message.
    pub message: &'a Message,
    /// The id of the delivery: the same at every attempt.
    pub delivery_id: &'a str,
    /// The name of the channel.
    pub channel: &'a str,
    /// Where people see the incident; empty when there is nothing to see.
    pub link: &'a str,
    /// When it is sent.
    pub sent_ms: i64,
}

/// A moment for people and programs: `2026-11-25T12:00:00Z`.
pub(crate) fn moment(at_ms: i64) -> String {
    let seconds = Timestamp::from_second(at_ms.div_euclid(1000));
    seconds.map_or_else(|_| at_ms.to_string(), |at| at.to_string())
}

/// The word for a severity at the beginning of a sentence.
pub(crate) fn capitalised(severity: Severity) -> &'static str {
    match severity {
        Severity::None => "None",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}
