//! What other settings would have said of the same data.

use std::time::Instant;

use driftline_chunk::Physical;
use driftline_model::{Anomalies, Report, RunSettings, Settings, Timings};
use driftline_profile::Side;
use serde_json::Value;

use crate::check::assemble;
use crate::contract::JudgedPass;
use crate::guard::guarded;
use crate::{EngineError, KeptProfiles};

/// What other settings would have said.
#[derive(Debug)]
pub struct Preview {
    /// The report as it would be. With the settings that the check had, its columns, findings and insights are
    /// those of the check.
    pub report: Report,
    /// What is as it was although the settings differ, since the data would have to be read again: the setting
    /// and why, a sentence each.
    pub not_previewed: Vec<String>,
}

/// Decides again from the profiles of a check, without its data. `known` is its report, from which everything is
/// taken that only a pass over the data tells.
///
/// # Errors
/// When a setting makes no sense.
pub fn preview(
    kept: &KeptProfiles,
    known: &Report,
    settings: &Settings,
    run: &RunSettings,
) -> Result<Preview, EngineError> {
    crate::validate(settings)?;
    guarded("previewing", run, || {
        let began = Instant::now();
        let samples = rayon::join(|| kept.reference.sample(), || kept.current.sample());
        let reference = Side { profile: &kept.reference, sample: &samples.0 };
        let current = Side { profile: &kept.current, sample: &samples.1 };
        let mut not_previewed = unread(known, settings, kept);
        let anomalies = judged_again(&known.anomalies, settings, &mut not_previewed);
        let told_by_rows = (anomalies, JudgedPass::known(known));
        let mut report =
            assemble(settings, (reference, &known.reference), (current, &known.current), told_by_rows);
        let secs = began.elapsed().as_secs_f64();
        report.timings = Timings { detect_secs: secs, total_secs: secs, ..known.timings.clone() };
        report.memory_peak_bytes = known.memory_peak_bytes;
        Ok(Preview { report, not_previewed })
    })
}

/// The settings that differ and only show when the data are read again.
fn unread(known: &Report, settings: &Settings, kept: &KeptProfiles) -> Vec<String> {
    let mut notes = Vec::new();
    let mut compare = |group: &str, before: Value, after: Value, reason: &str| {
        let (Value::Object(before), Value::Object(after)) = (before, after) else { return };
        let differs = |(key, value): &(String, Value)| before.get(key) != Some(value);
        notes.extend(after.into_iter().filter(differs).map(|(key, _)| format!("{group}.{key}: {reason}")));
    };
    let json = |settings: &Settings| serde_json::to_value(settings).unwrap_or_default();
    let (mut before, mut after) = (json(&known.settings), json(settings));
    compare("csv", before["csv"].take(), after["csv"].take(), "the data would have to be read again.");
    let (mut rows_before, mut rows_after) = (before["anomalies"].take(), after["anomalies"].take());
    for rows in [&mut rows_before, &mut rows_after] {
        // The threshold and the number of rows need no new scores, and the joint method is none of a check.
        if let Value::Object(rows) = rows {
            rows.retain(|key, _| matches!(key.as_str(), "column_methods" | "rarity" | "z_threshold"));
        }
    }
    compare("anomalies", rows_before, rows_after, "every row would have to be scored again.");
    if known.settings.drift.bins != settings.drift.bins && has_fixed_bins(kept) {
        notes.push(
            "drift.bins: columns with very many different numbers were counted in the bins of the check; \
             in others they are counted from the row sample."
                .to_owned(),
        );
    }
    notes
}

/// Whether there are numbers that were only counted in the bins that the settings of the check made.
fn has_fixed_bins(kept: &KeptProfiles) -> bool {
    let are_numbers = |physical| matches!(physical, Physical::Number | Physical::Datetime);
    let mut columns = kept.reference.columns().iter().chain(kept.current.columns());
    columns.any(|column| are_numbers(column.physical()) && !column.distinct().exact)
}

/// The strange rows with another threshold and another number of rows, as far as those that were kept tell.
fn judged_again(known: &Anomalies, settings: &Settings, notes: &mut Vec<String>) -> Anomalies {
    let (wanted, top) = (&settings.anomalies, known.top.len());
    let mut anomalies = known.clone();
    let has_all = top as u64 == known.rows_scored;
    if wanted.threshold != known.threshold {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rows are scored and flagged in single precision"
        )]
        let is_flagged = |score: f64| score as f32 >= wanted.threshold as f32;
        let flagged = known.top.iter().filter(|row| is_flagged(row.score)).count();
        // The strangest come first: when one of them is below the threshold, so are all that were not kept.
        if flagged < top || has_all {
            anomalies.rows_flagged = flagged as u64;
            anomalies.threshold = wanted.threshold;
        } else {
            notes.push(format!(
                "anomalies.threshold: only the {top} strangest rows were kept, and all of them are above it."
            ));
        }
    }
    if wanted.top as usize > top && !has_all {
        notes.push(format!("anomalies.top: only the {top} strangest rows were kept."));
    }
    anomalies.top.truncate(wanted.top as usize);
    anomalies
}

#[cfg(test)]
mod tests;
