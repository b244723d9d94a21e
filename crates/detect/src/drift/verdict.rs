//! The decision about one column, once all tests of the report are known.

use driftline_model::{ColumnReport, ColumnRole, ColumnVerdict, Evidence, Finding, Kind, Settings, Severity};

use super::compare::{ColumnSide, Comparison};
use super::effect::Bars;
use super::evidence::{Aspect, TestOutcome};
use super::examine::{CellTest, Examined};
use super::headline::headline;
use super::more_scores::{conform_scores, method_scores};
use super::onset::onset;
use super::schema::finding;
use crate::description::describe;
use crate::wording::{number, percent};

/// Mass moved from which a drift is worth more than knowing.
const MEDIUM_MASS: f64 = 0.10;
/// Mass moved from which it is worth a look now.
const HIGH_MASS: f64 = 0.25;
/// Change of a share of nulls or failures from which it is worth more than knowing.
const MEDIUM_CELLS: f64 = 0.05;
/// Change of such a share from which it is worth a look now.
const HIGH_CELLS: f64 = 0.20;
/// Share of nulls or failures from which a column is lost.
const LOST_CELLS: f64 = 0.95;

/// The q-values of one column's tests.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct QValues {
    pub(crate) values: Option<f64>,
    pub(crate) nulls: Option<f64>,
    pub(crate) failures: Option<f64>,
    pub(crate) infinities: Option<f64>,
}

/// Completes the report of one column.
pub(crate) fn conclude(
    examined: &Examined,
    q_values: QValues,
    (sides, rows_total): ((ColumnSide<'_>, ColumnSide<'_>), u64),
    settings: &Settings,
) -> (ColumnReport, Vec<Finding>) {
    let mut report = examined.report.clone();
    let mut findings = Vec::new();
    if report.role == ColumnRole::Excluded {
        report.verdict = ColumnVerdict::Skipped;
        return (report, findings);
    }
    let rate = settings.drift.false_discovery_rate;
    findings.extend(cell_findings(&mut report, examined, q_values, rate));
    if examined.has_kind_changed {
        findings.push(kind_finding(&report, sides));
    }
    let mut is_value_drift = false;
    if let Some(comparison) = &examined.comparison {
        let q = q_values.values.unwrap_or(1.0);
        is_value_drift = q <= rate && examined.bars.passed_by(comparison);
        report.evidence = evidence(comparison, q);
        report.effect = Some(examined.bars.effect(comparison));
        report.score = Some(headline(comparison, &examined.bars, is_value_drift));
        report.bins.clone_from(&comparison.bins);
        if is_value_drift {
            let described = drift_findings(&report, comparison, &examined.bars, sides);
            findings.extend(described);
        }
        let bins = (settings.drift.bins as usize).max(2);
        report.methods = method_scores(&settings.drift.methods, sides, bins);
        if let Some(tool) = settings.drift.conform {
            report.conform = conform_scores(tool, sides);
        }
    }
    report.severity = findings.iter().map(|finding| finding.severity).max().unwrap_or_default();
    report.findings = findings.iter().map(|finding| finding.code.clone()).collect();
    report.verdict = match (report.role, findings.is_empty()) {
        (_, false) => ColumnVerdict::Drifted,
        (ColumnRole::Feature, true) => ColumnVerdict::Stable,
        (_, true) => ColumnVerdict::Skipped,
    };
    if is_value_drift || report.nulls.changed {
        let rows = examined.comparison.as_ref().and_then(|comparison| comparison.rows.as_ref());
        report.onset = rows.and_then(|rows| onset(rows, rows_total));
    }
    if report.verdict == ColumnVerdict::Stable && report.reason.is_none() {
        report.reason = remark(&report, examined, q_values, rate);
    }
    (report, findings)
}

/// Why a column with evidence of a change is stable all the same, or why nothing could be compared.
fn remark(report: &ColumnReport, examined: &Examined, q_values: QValues, rate: f64) -> Option<String> {
    match (&examined.comparison, q_values.values) {
        (None, _) if report.n[0] == 0 && report.n[1] == 0 => {
            Some("there are no values on either side".to_owned())
        }
        (None, _) => Some("there are too few values to compare".to_owned()),
        (Some(comparison), Some(q)) if q <= rate => Some(format!(
            "it changed beyond chance, but by {} of the mass, below the bar of {}{}",
            percent(comparison.mass_moved),
            percent(examined.bars.mass),
            if examined.bars.is_natural { ", which is how much it moves by itself" } else { "" }
        )),
        _ => None,
    }
}

/// The test that says most, with the column's own p-value and q-value.
fn evidence(comparison: &Comparison, q_value: f64) -> Option<Evidence> {
    let weighed = |test: &&TestOutcome| test.p_value / test.weight;
    let best = comparison.tests.iter().min_by(|a, b| weighed(a).total_cmp(&weighed(b)))?;
    Some(Evidence {
        test: best.test.to_owned(),
        statistic: best.statistic,
        p_value: comparison.p_value?,
        q_value,
    })
}

fn cell_findings(
    report: &mut ColumnReport,
    examined: &Examined,
    q_values: QValues,
    rate: f64,
) -> Vec<Finding> {
    let name = report.name.clone();
    let is_significant = |q: Option<f64>| q.is_some_and(|q| q <= rate);
    let mut findings = Vec::new();
    report.nulls.q_value = q_values.nulls;
    let bars = &examined.bars;
    if let Some(CellTest { shares: [r, c], .. }) =
        examined.cells.nulls.filter(|_| is_significant(q_values.nulls))
        && (c - r).abs() >= bars.nulls
    {
        report.nulls.changed = true;
        let (code, verb) = if c > r { ("nulls.rise", "rose") } else { ("nulls.fall", "fell") };
        let message =
            format!("The share of missing values in `{name}` {verb} from {} to {}.", percent(r), percent(c));
        findings.push(finding(code, cell_severity(r, c), Some(&name), message));
    }
    let special = [
        (examined.cells.failures, q_values.failures, "parse.failures", "cells that are not of its type"),
        (examined.cells.infinities, q_values.infinities, "numbers.infinite", "infinite values"),
    ];
    for (test, q, code, what) in special {
        let Some(CellTest { shares: [r, c], .. }) = test.filter(|_| is_significant(q)) else { continue };
        if bars.passed_by_share(r, c) {
            let message = format!("`{name}` has {} {what}, before {}.", percent(c), percent(r));
            findings.push(finding(code, cell_severity(r, c), Some(&name), message));
        }
    }
    findings
}

fn cell_severity(reference: f64, current: f64) -> Severity {
    let change = (current - reference).abs();
    match () {
        () if current >= LOST_CELLS && change >= HIGH_CELLS => Severity::Critical,
        () if change >= HIGH_CELLS => Severity::High,
        () if change >= MEDIUM_CELLS => Severity::Medium,
        () => Severity::Low,
    }
}

fn kind_finding(report: &ColumnReport, (reference, current): (ColumnSide<'_>, ColumnSide<'_>)) -> Finding {
    let (was, is) = (reference.profile.kind(), current.profile.kind());
    let message = if was == is {
        format!("`{}` holds values of another type than in the reference.", report.name)
    } else {
        format!("`{}` is {is} now; it was {was}.", report.name)
    };
    finding("schema.kind_changed", Severity::Critical, Some(&report.name), message)
}

fn drift_findings(
    report: &ColumnReport,
    comparison: &Comparison,
    bars: &Bars,
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
) -> Vec<Finding> {
    let name = &report.name;
    let severity = drift_severity(comparison);
    let mut findings = Vec::new();
    let part = |aspect: Aspect| {
        comparison.tests.iter().find(|test| test.aspect == aspect && bars.passed_by_part(test))
    };
    let far =
        part(Aspect::Outlier).or_else(|| part(Aspect::Tail)).filter(|_| comparison.mass_moved < bars.mass);
    let message = if let Some((test, [r, c])) = far.and_then(|test| Some((test, test.shares?))) {
        format!("`{name}` has {}: {} of the rows, before {}.", far_values(test), percent(c), percent(r))
    } else {
        let what = describe(report).unwrap_or_else(|| "changed".to_owned());
        format!(
            "`{name}` {what} ({} of the rows would have to change place).",
            percent(comparison.mass_moved)
        )
    };
    findings.push(finding("drift.value", severity, Some(name), message));
    if let Some([r, c]) = part(Aspect::Unseen).and_then(|test| test.shares) {
        let is_new = comparison.tests.iter().any(|test| test.test == "new_classes");
        let (code, what) = if is_new {
            ("categories.new", "values that the reference does not have")
        } else {
            ("categories.vanished", "rows of the reference with values that are gone")
        };
        let message = format!("`{name}` has {} {what}; {} were to be expected.", percent(c), percent(r));
        findings.push(finding(code, severity.min(Severity::Medium), Some(name), message));
    } else if let Some(class) = new_class(report) {
        let message =
            format!("`{name}` has the new value `{}` in {} of the rows.", class.0, percent(class.1));
        findings.push(finding("categories.new", severity.min(Severity::Medium), Some(name), message));
    }
    let has_end = |end: &str| {
        let is_far = |test: &&TestOutcome| matches!(test.aspect, Aspect::Outlier | Aspect::Tail);
        let far = comparison.tests.iter().filter(is_far).filter(|test| bars.passed_by_part(test));
        far.into_iter().any(|test| test.test.starts_with(end))
    };
    let ends = [has_end("lower"), has_end("upper")];
    findings.extend(range_findings(name, ends, (reference, current)));
    findings.extend(constancy_finding(name, (reference, current), severity));
    findings
}

/// What a test on far values has found, in words.
fn far_values(test: &TestOutcome) -> &'static str {
    let more = test.shares.is_some_and(|[reference, current]| current > reference);
    match (test.aspect, test.test, more) {
        (Aspect::Outlier, ..) => "values far outside all that the reference leads to expect",
        (_, "lower_tail", true) => "more very small values",
        (_, "lower_tail", false) => "fewer very small values",
        (.., true) => "more very large values",
        (.., false) => "fewer very large values",
    }
}

fn drift_severity(comparison: &Comparison) -> Severity {
    match comparison.mass_moved {
        moved if moved >= HIGH_MASS => Severity::High,
        moved if moved >= MEDIUM_MASS => Severity::Medium,
        _ => Severity::Low,
    }
}

/// The most frequent class that the reference does not have at all.
fn new_class(report: &ColumnReport) -> Option<(&str, f64)> {
    const LEAST: f64 = 0.01;
    report
        .bins
        .iter()
        .filter(|bin| bin.lower.is_none() && bin.upper.is_none() && bin.reference_ratio == 0.0)
        .map(|bin| (bin.label.as_str(), bin.current_ratio))
        .filter(|(_, share)| *share >= LEAST)
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// Values outside the reference's range, at the ends (lower, upper) where the far values as a whole have changed.
fn range_findings(
    name: &str,
    [at_lower, at_upper]: [bool; 2],
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
) -> Vec<Finding> {
    let (Some(r), Some(c)) = (reference.profile.numbers(), current.profile.numbers()) else {
        return Vec::new();
    };
    let is_moment = current.profile.kind() == Kind::Datetime;
    let show = |value: f64| if is_moment { crate::wording::moment(value) } else { number(value) };
    let mut findings = Vec::new();
    if let (Some(was), Some(is)) = (r.max(), c.max())
        && at_upper
        && is > was
    {
        let message =
            format!("`{name}` reaches {}, above the reference's greatest value {}.", show(is), show(was));
        findings.push(finding("range.above", Severity::Low, Some(name), message));
    }
    if let (Some(was), Some(is)) = (r.min(), c.min())
        && at_lower
        && is < was
    {
        let message =
            format!("`{name}` reaches {}, below the reference's least value {}.", show(is), show(was));
        findings.push(finding("range.below", Severity::Low, Some(name), message));
    }
    findings
}

fn constancy_finding(
    name: &str,
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
    severity: Severity,
) -> Option<Finding> {
    let is_constant = |side: ColumnSide<'_>| side.profile.distinct().estimate == 1;
    let (code, message) = match (is_constant(reference), is_constant(current)) {
        (true, false) => ("constancy.lost", format!("`{name}` varies now; it had one value throughout.")),
        (false, true) => ("constancy.gained", format!("`{name}` has one value throughout; it used to vary.")),
        _ => return None,
    };
    Some(finding(code, severity.max(Severity::Medium), Some(name), message))
}
