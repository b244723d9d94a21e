use serde::{Deserialize, Serialize};

use crate::Severity;

/// Names of columns that a title lists.
const NAMED: usize = 3;
/// Most characters of a title that repeats a message.
const MAX_TITLE: usize = 200;

/// Where an incident stands with the people who look after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum IncidentState {
    /// Nobody has answered yet.
    #[default]
    Open,
    /// Somebody has seen it and is on it.
    Acknowledged,
    /// It is over: what comes after it is another incident.
    Resolved,
}

impl IncidentState {
    /// The word used in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// Findings that moved together, over one check or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Incident {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// One plain sentence, such as `3 columns of orders.csv moved: price, qty and city`.
    pub title: String,
    /// The highest severity of its findings.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub severity: Severity,
    /// Where it stands.
    pub state: IncidentState,
    /// Whether somebody has said that this was a real problem in the data.
    pub confirmed: bool,
    /// Who looks after it: the id of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Name of the data that were judged last.
    pub current_name: String,
    /// Name of what they were compared with.
    pub reference_name: String,
    /// The check that raised findings of it last.
    pub last_check_id: String,
    /// Columns that its findings are about.
    pub columns_total: i64,
    /// Its findings.
    pub findings_total: i64,
    /// Those of them that are open or acknowledged.
    pub findings_open: i64,
    /// Checks that raised findings of it.
    pub checks_total: i64,
    /// Raised by every change but that of `findings_open` alone; a change must name the version it was made on.
    pub version: i64,
    /// When its first findings were raised.
    pub first_seen_ms: i64,
    /// When its last findings were raised.
    pub last_seen_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
}

/// What to change about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IncidentChange {
    /// The version that the change was made on; another one is answered with 409 and the present state.
    pub version: i64,
    /// The new state. `acknowledged` and `resolved` carry over to its findings that are still open.
    #[serde(default)]
    pub state: Option<IncidentState>,
    /// Who looks after it from now on: the id of a user, or the empty text for nobody.
    #[serde(default)]
    pub assignee: Option<String>,
    /// Whether this was a real problem in the data: if so, the data are left out of the next baseline.
    #[serde(default)]
    pub confirmed: Option<bool>,
}

/// What an incident is about, as its title tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentSubject {
    /// Name of the data.
    pub name: String,
    /// Names of the first columns, at least three where there are so many.
    pub columns: Vec<String>,
    /// How many columns there are.
    pub columns_total: usize,
    /// The codes of its findings, when it has just one: what a title can say more of.
    pub only_code: Option<String>,
    /// The message of its first finding.
    pub message: String,
}

impl IncidentSubject {
    /// The title: one plain sentence.
    pub fn title(&self) -> String {
        if self.columns_total == 0 {
            let message = self.message.trim_end_matches('.');
            return format!("{}: {message}", self.name).chars().take(MAX_TITLE).collect();
        }
        let (columns, are) = if self.columns_total == 1 { ("column", "is") } else { ("columns", "are") };
        let what = match self.only_code.as_deref() {
            Some("schema.column_missing") => format!("{are} missing"),
            Some("schema.column_new") => format!("{are} new"),
            _ => "moved".to_owned(),
        };
        format!("{} {columns} of {} {what}: {}", self.columns_total, self.name, self.listed())
    }

    /// The columns as a sentence lists them.
    fn listed(&self) -> String {
        let named: Vec<&str> = self.columns.iter().take(NAMED).map(String::as_str).collect();
        let others = self.columns_total.saturating_sub(named.len());
        match (named.split_last(), others) {
            (None, _) => String::new(),
            (Some((last, [])), 0) => (*last).to_owned(),
            (Some((last, first)), 0) => format!("{} and {last}", first.join(", ")),
            (Some(_), others) => format!("{} and {others} more", named.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(columns: &[&str], only_code: Option<&str>) -> IncidentSubject {
        IncidentSubject {
            name: "orders.csv".to_owned(),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            columns_total: columns.len(),
            only_code: only_code.map(str::to_owned),
            message: "12 rows could not be read.".to_owned(),
        }
    }

    #[test]
    fn titles_are_plain_sentences() {
        let all = ["price", "qty", "city", "zip", "day"];
        let titles: Vec<String> = [0, 1, 2, 3, 5].map(|n| subject(&all[..n], None).title()).to_vec();
        assert_eq!(
            titles,
            [
                "orders.csv: 12 rows could not be read",
                "1 column of orders.csv moved: price",
                "2 columns of orders.csv moved: price and qty",
                "3 columns of orders.csv moved: price, qty and city",
                "5 columns of orders.csv moved: price, qty, city and 2 more",
            ]
        );
        let missing = subject(&all[..1], Some("schema.column_missing"));
        assert_eq!(missing.title(), "1 column of orders.csv is missing: price");
        let new = subject(&all[..2], Some("schema.column_new"));
        assert_eq!(new.title(), "2 columns of orders.csv are new: price and qty");
    }
}
