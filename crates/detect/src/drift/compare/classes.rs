//! Comparing categories and truth values.

use std::cmp::{Ordering, Reverse};

use driftline_profile::{SampleColumn, TextSample};

use super::comparison::{BinName, Comparison, RowBins, bin_reports, mass_moved};
use super::side::ColumnSide;
use crate::drift::evidence::{Aspect, NormalScores, TestOutcome, class_tests, combine};

/// Share of the current rows from which a class that is no frequent class of the reference has its own bin.
const NEW_CLASS_SHARE: f64 = 0.005;
/// Most such bins.
const MAX_NEW_BINS: usize = 10;
/// The bin of all classes without one.
const OTHER: &str = "(other)";

/// One class with its counts: reference, current.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class<'a> {
    pub(crate) label: &'a str,
    pub(crate) reference: u64,
    pub(crate) current: u64,
}

/// Compares two columns of texts as categories; `None` when a side has no value.
///
/// The bins are the reference's most frequent classes, classes that are frequent in the current side only, and
/// the rest.
pub(crate) fn compare_texts(
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
    max_bins: usize,
    normal_scores: &NormalScores,
) -> Option<Comparison> {
    let classes = merge(&reference.texts()?, &current.texts()?);
    let mut comparison = compare_classes(&classes, max_bins, normal_scores)?;
    if let (SampleColumn::Text(reference), SampleColumn::Text(current)) = (reference.sample, current.sample) {
        let labels: Vec<&str> = comparison.bins.iter().map(|bin| bin.label.as_str()).collect();
        comparison.rows = Some(RowBins {
            bins: labels.len() + 1,
            reference: codes(reference, &labels).into(),
            current: codes(current, &labels),
        });
    }
    Some(comparison)
}

/// Compares two columns of truth values; `None` when a side has no value.
pub(crate) fn compare_booleans(
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
    normal_scores: &NormalScores,
) -> Option<Comparison> {
    let count = |side: ColumnSide<'_>, truth: f64| {
        let counts = side.numbers().unwrap_or_default();
        counts.iter().find(|(value, _)| *value == truth).map_or(0, |(_, count)| *count)
    };
    let class =
        |label, truth| Class { label, reference: count(reference, truth), current: count(current, truth) };
    let classes = [class("false", 0.0), class("true", 1.0)];
    let mut comparison = compare_classes(&classes, 2, normal_scores)?;
    if let (SampleColumn::Numbers(reference), SampleColumn::Numbers(current)) =
        (reference.sample, current.sample)
    {
        // The most frequent class of the reference comes first, which may be either.
        let position =
            |label: &str| comparison.bins.iter().position(|bin| bin.label == label).unwrap_or(0) as u32;
        let (falses, trues) = (position("false"), position("true"));
        let code = |&value: &f64| match value {
            value if value.is_nan() => 2,
            0.0 => falses,
            _ => trues,
        };
        comparison.rows = Some(RowBins {
            bins: 3,
            reference: reference.iter().map(code).collect(),
            current: current.iter().map(code).collect(),
        });
    }
    Some(comparison)
}

/// Compares classes of any origin; `None` when a side has no row.
pub(crate) fn compare_classes(
    classes: &[Class<'_>],
    max_bins: usize,
    normal_scores: &NormalScores,
) -> Option<Comparison> {
    let n = classes.iter().fold([0, 0], |n, class| [n[0] + class.reference, n[1] + class.current]);
    if n.contains(&0) {
        return None;
    }
    let counts: Vec<(u64, u64)> = classes.iter().map(|class| (class.reference, class.current)).collect();
    let tests = if classes.len() > 1 { class_tests(&counts, normal_scores) } else { Vec::new() };
    let binned = bins_of(classes, n, max_bins);
    let labels = binned.iter().map(|class| BinName::class(class.label.to_owned())).collect();
    let reference: Vec<u64> = binned.iter().map(|class| class.reference).collect();
    let current: Vec<u64> = binned.iter().map(|class| class.current).collect();
    let (bins, divergence) = bin_reports(labels, &reference, &current);
    Some(Comparison {
        n,
        p_value: (!tests.is_empty()).then(|| combine(&tests)),
        mass_moved: mass_moved(&reference, &current).max(unseen_mass(&tests)),
        tests,
        bins,
        divergence,
        ..Comparison::default()
    })
}

/// Share of rows in classes that only one side has, beyond what is expected.
fn unseen_mass(tests: &[TestOutcome]) -> f64 {
    tests
        .iter()
        .filter(|test| test.aspect == Aspect::Unseen)
        .filter_map(|test| test.shares)
        .map(|[expected, found]| (found - expected).clamp(0.0, 1.0))
        .fold(0.0, f64::max)
}

/// Merges two ascending lists of distinct texts with their counts.
pub(crate) fn merge<'a>(reference: &[(&'a str, u64)], current: &[(&'a str, u64)]) -> Vec<Class<'a>> {
    let mut classes = Vec::with_capacity(reference.len().max(current.len()));
    let (mut left, mut right) = (reference.iter().peekable(), current.iter().peekable());
    loop {
        let order = match (left.peek(), right.peek()) {
            (None, None) => return classes,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let from_left = if order.is_le() { left.next() } else { None };
        let from_right = if order.is_ge() { right.next() } else { None };
        let label = from_left.or(from_right).map_or("", |(label, _)| *label);
        classes.push(Class {
            label,
            reference: from_left.map_or(0, |(_, count)| *count),
            current: from_right.map_or(0, |(_, count)| *count),
        });
    }
}

fn bins_of<'a>(classes: &[Class<'a>], n: [u64; 2], max_bins: usize) -> Vec<Class<'a>> {
    let mut ordered: Vec<Class<'a>> = classes.to_vec();
    ordered.sort_by_key(|class| Reverse((class.reference, class.current)));
    let rest = ordered.split_off(ordered.len().min(max_bins.max(2)));
    let least = (NEW_CLASS_SHARE * n[1] as f64).max(3.0);
    let mut other = Class { label: OTHER, reference: 0, current: 0 };
    let (mut new, small): (Vec<_>, Vec<_>) = rest
        .into_iter()
        .partition(|class| class.current as f64 >= least && class.reference * 4 < class.current);
    new.sort_by_key(|class| Reverse(class.current));
    let spill = new.split_off(new.len().min(MAX_NEW_BINS));
    for class in small.iter().chain(&spill) {
        other.reference += class.reference;
        other.current += class.current;
    }
    ordered.append(&mut new);
    if other.reference + other.current > 0 {
        ordered.push(other);
    }
    ordered
}

/// The bin of each sampled row: the label's own, else the last (which holds the other classes), nulls after it.
fn codes(sample: &TextSample, labels: &[&str]) -> Vec<u32> {
    let last = labels.len().saturating_sub(1);
    let null = labels.len() as u32;
    let bins: Vec<u32> = sample
        .values
        .iter()
        .map(|value| labels.iter().position(|label| *label == value.as_ref()).unwrap_or(last) as u32)
        .collect();
    sample.codes.iter().map(|&code| bins.get(code as usize).copied().unwrap_or(null)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(label: &str, reference: u64, current: u64) -> Class<'_> {
        Class { label, reference, current }
    }

    #[test]
    fn classes_of_both_sides_meet() {
        let merged = merge(&[("a", 1), ("b", 2)], &[("b", 3), ("c", 4)]);
        assert_eq!(merged, [class("a", 1, 0), class("b", 2, 3), class("c", 0, 4)]);
    }

    #[test]
    fn frequent_and_new_classes_have_bins_and_the_rest_share_one() {
        let classes =
            [class("a", 50, 40), class("b", 30, 30), class("c", 2, 1), class("d", 1, 1), class("new", 0, 20)];
        let bins = bins_of(&classes, [83, 92], 2);
        assert_eq!(bins, [class("a", 50, 40), class("b", 30, 30), class("new", 0, 20), class(OTHER, 3, 2)]);
    }
}
