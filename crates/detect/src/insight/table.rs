//! The table as a whole: volume, repeated rows, columns that came or went.

use driftline_model::{ColumnReport, Insight, InsightKind};
use driftline_profile::Side;

use crate::wording::{names, percent, thousands};

/// Change of the number of rows, as a factor, that is worth a sentence.
const VOLUME_FACTOR: f64 = 1.5;
/// Rise of the share of repeated rows that is worth a sentence.
const DUPLICATE_RISE: f64 = 0.02;
/// Most column names in a sentence.
const MAX_NAMES: usize = 4;

/// What is to be said of the table as a whole.
pub(crate) fn insights(reference: &Side<'_>, current: &Side<'_>, columns: &[ColumnReport]) -> Vec<Insight> {
    let mut insights = Vec::new();
    let mut say = |weight: f64, columns: Vec<String>, text: String| {
        insights.push(Insight { kind: InsightKind::Table, weight, columns, text });
    };
    let with = |code: &str| -> Vec<String> {
        let found = columns.iter().filter(|column| column.findings.iter().any(|found| found == code));
        found.map(|column| column.name.clone()).collect()
    };
    let (gone, new) = (with("schema.column_missing"), with("schema.column_new"));
    if !gone.is_empty() {
        let (verb, text) =
            (if gone.len() == 1 { "column is" } else { "columns are" }, names(&gone, MAX_NAMES));
        say(0.5, gone.clone(), format!("{} {verb} gone: {text}.", gone.len()));
    }
    if !new.is_empty() {
        let (verb, text) = (if new.len() == 1 { "column is" } else { "columns are" }, names(&new, MAX_NAMES));
        say(0.3, new.clone(), format!("{} {verb} new: {text}.", new.len()));
    }
    let (rows_r, rows_c) = (reference.profile.rows(), current.profile.rows());
    let factor = rows_c as f64 / rows_r as f64;
    if rows_r > 0 && rows_c > 0 && !(1.0 / VOLUME_FACTOR..=VOLUME_FACTOR).contains(&factor) {
        let (c, r) = (thousands(rows_c), thousands(rows_r));
        let share = if factor < 1.0 {
            format!("{} of the reference's", percent(factor))
        } else {
            format!("{factor:.1} times the reference's")
        };
        say(0.1, Vec::new(), format!("The current data have {c} rows, {share} {r}."));
    }
    let (duplicates_r, duplicates_c) =
        (reference.profile.duplicate_ratio(), current.profile.duplicate_ratio());
    if duplicates_c - duplicates_r >= DUPLICATE_RISE {
        let (r, c) = (percent(duplicates_r), percent(duplicates_c));
        say(
            (duplicates_c - duplicates_r).min(1.0),
            Vec::new(),
            format!("{c} of the rows repeat an earlier row, before {r}."),
        );
    }
    insights
}
