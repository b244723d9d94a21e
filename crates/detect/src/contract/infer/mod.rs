//! Rules that a table keeps, found in the table itself, for people to look through.
//!
//! What is proposed should still hold next month: ranges have a margin, lists are closed ones only, and what holds
//! by chance or by the nature of things is left out.

mod across;
mod column;
mod margin;
mod texts;

use std::collections::BTreeMap;

use driftline_model::{ContractRule, Severity, SuggestedRule};
use driftline_profile::Side;
use serde_json::Value;

use super::plan::prepare;

/// A rule that could be, and what it rests on.
pub(crate) struct Suggestion {
    rule: ContractRule,
    why: String,
    basis: Basis,
}

/// What a suggestion rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// On all rows: it certainly holds.
    Whole,
    /// On the row sample: whether it holds for all rows has to be seen.
    Sample,
}

impl Suggestion {
    fn new(id: &str, column: Option<&str>, why: impl Into<String>, basis: Basis) -> Self {
        let rule = ContractRule {
            rule: id.to_owned(),
            column: column.map(str::to_owned),
            severity: Severity::Medium,
            description: None,
            tolerance: 0.0,
            parameters: BTreeMap::new(),
        };
        Self { rule, why: why.into(), basis }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.rule.parameters.insert(name.to_owned(), value.into());
        self
    }

    fn severity(mut self, severity: Severity) -> Self {
        self.rule.severity = severity;
        self
    }

    fn tolerance(mut self, tolerance: f64) -> Self {
        self.rule.tolerance = tolerance;
        self
    }
}

/// What is known of the rows beside the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// They will be read again, and suggestions that do not hold will be thrown out.
    ReadAgain,
    /// There are none: what only the sample shows is left out unless it is the whole table.
    Gone,
}

/// Proposes rules for a table: those about the table first, then column by column.
///
/// About 50 ms for a full sample of 20 columns; pairs of columns are compared within bounds.
#[must_use]
pub fn infer(side: &Side<'_>, rejected_rows: u64, rows: Rows) -> Vec<SuggestedRule> {
    let mut found = about_table(side, rejected_rows);
    found.extend(across::suggest(side));
    for (index, column) in side.profile.columns().iter().enumerate() {
        if let Some(sample) = side.sample.columns.get(index) {
            found.push(Suggestion::new("column_present", Some(column.name()), "", Basis::Whole));
            found.extend(column::suggest(column, sample, side.sample.is_exact()));
        }
    }
    found
        .into_iter()
        .filter(|suggestion| {
            suggestion.basis == Basis::Whole || rows == Rows::ReadAgain || side.sample.is_exact()
        })
        .filter_map(|suggestion| {
            // A rule that cannot be written is no suggestion.
            let promise = prepare(&suggestion.rule).ok()?.promise();
            Some(SuggestedRule { rule: suggestion.rule, promise, why: suggestion.why })
        })
        .collect()
}

/// Repeated rows beyond which repetition is what the table is like.
const MUCH_REPETITION: f64 = 0.2;

fn about_table(side: &Side<'_>, rejected_rows: u64) -> Vec<Suggestion> {
    let rows = side.profile.rows();
    let counted = crate::wording::thousands(rows);
    let (min, max) = (margin::count_below(rows), margin::count_above(rows));
    let names: Vec<Value> = side.profile.columns().iter().map(|column| Value::from(column.name())).collect();
    let mut found = vec![
        Suggestion::new("row_count_between", None, format!("seen: {counted} rows"), Basis::Whole)
            .with("min", min)
            .with("max", max),
        Suggestion::new("columns_only", None, format!("seen: {} columns", names.len()), Basis::Whole)
            .with("columns", names)
            .severity(Severity::Low),
    ];
    let share = rejected_rows as f64 / (rows + rejected_rows).max(1) as f64;
    let why = format!("seen: {} unreadable rows", crate::wording::thousands(rejected_rows));
    if share < 0.5 {
        let max = margin::share_above(share, 0.001);
        found.push(Suggestion::new("unreadable_share_at_most", None, why, Basis::Whole).with("max", max));
    }
    let repeated = side.profile.duplicate_ratio();
    if repeated < MUCH_REPETITION && side.profile.columns().len() > 1 {
        let why = format!("seen: {} of the rows repeat an earlier one", crate::wording::percent(repeated));
        let max = margin::share_above(repeated, 0.001);
        found.push(
            Suggestion::new("duplicate_share_at_most", None, why, Basis::Sample)
                .with("max", max)
                .severity(Severity::Low),
        );
    }
    found
}
