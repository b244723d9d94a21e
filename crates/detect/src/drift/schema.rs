//! Which columns the sides have, and in which order.

use std::collections::HashMap;

use driftline_model::{ColumnReport, ColumnVerdict, Finding, FindingState, Severity};
use driftline_profile::Side;

use super::compare::ColumnSide;
use super::examine::blank_report;

/// One column name with its places: in the reference, in the current side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match<'a> {
    pub(crate) name: &'a str,
    pub(crate) reference: Option<usize>,
    pub(crate) current: Option<usize>,
}

/// All column names: those of the current side in its order, then those that only the reference has.
pub(crate) fn match_columns<'a>(reference: &Side<'a>, current: &Side<'a>) -> Vec<Match<'a>> {
    let names = |side: &Side<'a>| side.profile.schema().fields().iter().map(|field| field.name.as_str());
    let places: HashMap<&str, usize> = names(reference).enumerate().map(|(i, name)| (name, i)).collect();
    let mut taken = vec![false; places.len()];
    let mut matches: Vec<Match<'a>> = Vec::with_capacity(places.len());
    for (i, name) in names(current).enumerate() {
        let place = places.get(name).copied();
        if let Some(taken) = place.and_then(|place| taken.get_mut(place)) {
            *taken = true;
        }
        matches.push(Match { name, reference: place, current: Some(i) });
    }
    let gone = names(reference).enumerate().filter(|(i, _)| !taken.get(*i).copied().unwrap_or(true));
    matches.extend(gone.map(|(i, name)| Match { name, reference: Some(i), current: None }));
    matches
}

/// A column of one side; `None` when the profile and its sample do not agree.
pub(crate) fn column_of<'a>(side: &Side<'a>, index: usize) -> Option<ColumnSide<'a>> {
    let (profile, sample) = (side.profile.columns().get(index)?, side.sample.columns.get(index)?);
    Some(ColumnSide { profile, sample, prepared: None })
}

/// The report and finding about a column that only one side has.
pub(crate) fn one_sided(
    name: &str,
    reference: Option<ColumnSide<'_>>,
    current: Option<ColumnSide<'_>>,
) -> (ColumnReport, Finding) {
    let mut report = blank_report(name, reference, current);
    report.verdict = ColumnVerdict::Skipped;
    let (code, reason, severity, message) = if current.is_none() {
        let message = format!("The column `{name}` is gone: only the reference has it.");
        ("schema.column_missing", "only the reference has this column", Severity::High, message)
    } else {
        let message = format!("The column `{name}` is new: the reference does not have it.");
        ("schema.column_new", "the reference does not have this column", Severity::Low, message)
    };
    report.reason = Some(reason.to_owned());
    report.severity = severity;
    report.findings.push(code.to_owned());
    (report, finding(code, severity, Some(name), message))
}

/// The finding that the columns both sides have come in another order.
pub(crate) fn order_finding(matches: &[Match<'_>]) -> Option<Finding> {
    let shared: Vec<(&str, usize)> = matches
        .iter()
        .filter(|column| column.current.is_some())
        .filter_map(|column| Some((column.name, column.reference?)))
        .collect();
    let mut sorted: Vec<usize> = shared.iter().map(|(_, place)| *place).collect();
    sorted.sort_unstable();
    let (name, _) = shared.iter().zip(sorted).find(|((_, place), expected)| place != expected)?.0;
    let message = format!("The columns come in another order than in the reference, from `{name}` on.");
    Some(finding("schema.column_order", Severity::Low, None, message))
}

/// A new finding.
pub(crate) fn finding(code: &str, severity: Severity, column: Option<&str>, message: String) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        column: column.map(str::to_owned),
        message,
        state: FindingState::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(name: &str, reference: usize, current: usize) -> Match<'_> {
        Match { name, reference: Some(reference), current: Some(current) }
    }

    #[test]
    fn order_counts_only_columns_that_both_have() {
        let gone = Match { name: "x", reference: Some(0), current: None };
        let new = Match { name: "y", reference: None, current: Some(0) };
        assert_eq!(order_finding(&[new, both("a", 1, 1), both("b", 2, 2), gone]), None);
        let swapped = order_finding(&[both("b", 1, 0), both("a", 0, 1)]).unwrap();
        assert!(swapped.message.contains("from `b` on"), "{}", swapped.message);
    }
}
