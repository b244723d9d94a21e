//! The decision over all columns.

use std::cmp::Reverse;
use std::panic::{AssertUnwindSafe, catch_unwind};

use driftline_model::{ColumnReport, ColumnRole, ColumnVerdict, Finding, Settings, Severity};
use driftline_profile::Side;
use driftline_stats::multiple::benjamini_hochberg;
use rayon::prelude::*;

use super::compare::ColumnSide;
use super::evidence::NormalScores;
use super::examine::{CellTest, Examined, blank_report, examine};
use super::prepared::Prepared;
use super::schema::{Match, column_of, finding, match_columns, one_sided, order_finding};
use super::verdict::{QValues, conclude};

/// The decisions about all columns and everything worth a look.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DriftOutcome {
    /// All columns of both sides: most severe first, then by mass moved, then in file order.
    pub columns: Vec<ColumnReport>,
    /// Findings about columns and about the schema, most severe first.
    pub findings: Vec<Finding>,
}

/// Decides for every column whether it drifted: by evidence and effect, both.
///
/// Evidence: several two-sample tests a column, each strong against another sort of change, become one p-value
/// by the Cauchy combination; null, failed and infinite cells are tested beside; Benjamini and Hochberg's
/// procedure runs over all of them at `settings.drift.false_discovery_rate`. Effect: mass moved, the change of
/// a null share, of the share of far values, or of one class has to reach its bar, raised to how much the
/// column moves between blocks of the reference.
///
/// Identifiers and clocks are recognised and skipped. A column that fails is reported as failed with its
/// reason; the others finish. Deterministic, whatever the number of threads. Cost: sorting the row samples.
pub fn decide(reference: &Side<'_>, current: &Side<'_>, settings: &Settings) -> DriftOutcome {
    decide_prepared((reference, &Prepared::new(reference)), current, settings)
}

/// The same with what earlier comparisons with this very reference, and the same settings, have worked out about it.
pub fn decide_prepared(
    (reference, prepared): (&Side<'_>, &Prepared),
    current: &Side<'_>,
    settings: &Settings,
) -> DriftOutcome {
    let known = |index| Some(ColumnSide { prepared: prepared.column(index), ..column_of(reference, index)? });
    let matches = match_columns(reference, current);
    let normal_scores = NormalScores::new();
    let examined: Vec<Option<Result<Examined, String>>> = matches
        .par_iter()
        .map(|column| {
            let sides = (known(column.reference?)?, column_of(current, column.current?)?);
            Some(guarded(|| examine(column.name, sides, settings, &normal_scores)))
        })
        .collect();
    let q_values = q_values(&examined);
    let conclude_one = |((column, examined), q_values): ((&Match<'_>, &Option<_>), QValues)| {
        let outcome = match examined {
            None => Ok(only_on_one_side(column, reference, current, settings)),
            Some(Err(reason)) => Err(String::clone(reason)),
            Some(Ok(examined)) => {
                let sides = (known(column.reference?)?, column_of(current, column.current?)?);
                let rows = current.sample.rows_total;
                guarded(|| conclude(examined, q_values, (sides, rows), settings))
            }
        };
        Some(outcome.unwrap_or_else(|reason| failed(column, (reference, current), reason)))
    };
    let concluded: Vec<_> =
        matches.par_iter().zip(&examined).zip(q_values).filter_map(conclude_one).collect();
    let mut outcome = DriftOutcome::default();
    for (report, findings) in concluded {
        outcome.columns.push(report);
        outcome.findings.extend(findings);
    }
    outcome.findings.extend(order_finding(&matches));
    outcome.findings.sort_by_key(|finding| Reverse(finding.severity));
    sort_columns(&mut outcome.columns);
    outcome
}

fn sort_columns(columns: &mut [ColumnReport]) {
    let moved = |column: &ColumnReport| column.effect.as_ref().map_or(0.0, |effect| effect.mass_moved);
    let rank = |column: &ColumnReport| match column.verdict {
        ColumnVerdict::Drifted => 0,
        ColumnVerdict::Failed => 1,
        ColumnVerdict::Stable => 2,
        ColumnVerdict::Skipped => 3,
    };
    // A stable sort: what is equal stays in file order.
    columns.sort_by(|a, b| {
        (b.severity.cmp(&a.severity)).then(rank(a).cmp(&rank(b))).then(moved(b).total_cmp(&moved(a)))
    });
}

/// The q-values of every column, over all tests of the report.
fn q_values(examined: &[Option<Result<Examined, String>>]) -> Vec<QValues> {
    let p_values: Vec<[Option<f64>; 4]> = examined
        .iter()
        .map(|column| match column {
            Some(Ok(column)) => {
                let p = |test: Option<CellTest>| test.map(|test| test.p_value);
                let values = column.comparison.as_ref().and_then(|comparison| comparison.p_value);
                [values, p(column.cells.nulls), p(column.cells.failures), p(column.cells.infinities)]
            }
            _ => [None; 4],
        })
        .collect();
    let live: Vec<f64> = p_values.iter().flatten().flatten().copied().collect();
    // The p-values come from clamped tails, so they are within 0..1; without q-values nothing is significant.
    let mut adjusted = benjamini_hochberg(&live).unwrap_or_default().into_iter();
    p_values
        .into_iter()
        .map(|column| {
            let [values, nulls, failures, infinities] =
                column.map(|p| p.map(|_| adjusted.next().unwrap_or(1.0)));
            QValues { values, nulls, failures, infinities }
        })
        .collect()
}

fn only_on_one_side(
    column: &Match<'_>,
    reference: &Side<'_>,
    current: &Side<'_>,
    settings: &Settings,
) -> (ColumnReport, Vec<Finding>) {
    let sides = (
        column.reference.and_then(|index| column_of(reference, index)),
        column.current.and_then(|index| column_of(current, index)),
    );
    let (mut report, finding) = one_sided(column.name, sides.0, sides.1);
    let is_excluded = settings.drift.exclude.iter().any(|name| name == column.name)
        || settings.roles.get(column.name) == Some(&ColumnRole::Excluded);
    if !is_excluded {
        return (report, vec![finding]);
    }
    report.role = ColumnRole::Excluded;
    report.reason = Some("excluded by configuration".to_owned());
    report.severity = Severity::None;
    report.findings.clear();
    (report, Vec::new())
}

fn failed(
    column: &Match<'_>,
    (reference, current): (&Side<'_>, &Side<'_>),
    reason: String,
) -> (ColumnReport, Vec<Finding>) {
    let sides = (
        column.reference.and_then(|index| column_of(reference, index)),
        column.current.and_then(|index| column_of(current, index)),
    );
    let mut report = guarded(|| blank_report(column.name, sides.0, sides.1))
        .unwrap_or_else(|_| blank_report(column.name, None, None));
    let message = format!("The column `{}` could not be judged: {reason}.", column.name);
    report.verdict = ColumnVerdict::Failed;
    report.severity = Severity::Low;
    report.reason = Some(reason);
    report.findings.push("drift.failed".to_owned());
    (report, vec![finding("drift.failed", Severity::Low, Some(column.name), message)])
}

/// Runs one column's work so that a panic in it is that column's failure alone.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_reason() {
        let outcome: Result<(), String> = guarded(|| std::panic::panic_any("bad bins"));
        assert_eq!(outcome, Err("bad bins".to_owned()));
    }
}
