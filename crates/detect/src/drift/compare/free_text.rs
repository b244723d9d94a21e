//! Comparing free text: by the texts that repeat, by length and by the shape of the characters.

use std::collections::BTreeMap;

use super::classes::{Class, compare_classes, merge};
use super::comparison::{BinName, Comparison, bin_reports, mass_moved};
use super::side::ColumnSide;
use crate::drift::evidence::{Aspect, NormalScores, Pooled, TestOutcome, class_tests, combine, number_tests};

/// Characters of a text that its shape is taken from.
const SHAPE_CHARS: usize = 24;
/// Longest shape, in marks.
const MAX_SHAPE: usize = 12;

/// Compares two columns of free text; `None` when a side has no value.
///
/// The reported bins are those of the lengths in characters, since most texts occur once.
pub(crate) fn compare_free_text(
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
    max_bins: usize,
    normal_scores: &NormalScores,
) -> Option<Comparison> {
    let texts = merge(&reference.texts()?, &current.texts()?);
    let values = compare_classes(&texts, max_bins, normal_scores)?;
    let lengths = lengths_of(&texts);
    let shapes = shapes_of(&texts);
    let shape_classes: Vec<Class<'_>> =
        shapes.iter().map(|(label, &(reference, current))| Class { label, reference, current }).collect();
    let shape_counts: Vec<(u64, u64)> = shapes.values().copied().collect();
    let mut tests = values.tests;
    let form = |test: TestOutcome, name| TestOutcome { test: name, aspect: Aspect::Form, ..test };
    tests.extend(number_tests(&lengths, normal_scores).into_iter().map(|test| form(test, "text_length")));
    if shape_counts.len() > 1 {
        let found = class_tests(&shape_counts, normal_scores);
        tests.extend(found.into_iter().map(|test| form(test, "text_shape")));
    }
    let (names, counts_r, counts_c) = length_bins(&lengths, max_bins);
    let (bins, divergence) = bin_reports(names, &counts_r, &counts_c);
    let shape_moved =
        compare_classes(&shape_classes, max_bins, normal_scores).map_or(0.0, |shapes| shapes.mass_moved);
    Some(Comparison {
        n: values.n,
        p_value: (!tests.is_empty()).then(|| combine(&tests)),
        tests,
        mass_moved: values.mass_moved.max(shape_moved).max(mass_moved(&counts_r, &counts_c)),
        bins,
        divergence,
        ..Comparison::default()
    })
}

fn lengths_of(texts: &[Class<'_>]) -> Pooled {
    let mut counts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for class in texts {
        let entry = counts.entry(class.label.chars().count() as u32).or_default();
        entry.0 += class.reference;
        entry.1 += class.current;
    }
    let side = |pick: fn(&(u64, u64)) -> u64| -> Vec<(f64, u64)> {
        counts.iter().map(|(&length, count)| (f64::from(length), pick(count))).collect()
    };
    Pooled::from_counts(&side(|count| count.0), &side(|count| count.1))
}

/// Counts of the lengths in bins of about equal share of the reference.
fn length_bins(lengths: &Pooled, max_bins: usize) -> (Vec<BinName>, Vec<u64>, Vec<u64>) {
    let least = lengths.reference.div_ceil(max_bins.max(2) as u64);
    let (mut names, mut counts_r, mut counts_c) = (Vec::new(), Vec::new(), Vec::new());
    let mut open: Option<(f64, u64, u64)> = None;
    for (i, group) in lengths.groups.iter().enumerate() {
        let (lower, r, c) = open.take().unwrap_or((group.value, 0, 0));
        let (r, c) = (r + group.reference, c + group.current);
        if r < least && i + 1 < lengths.groups.len() {
            open = Some((lower, r, c));
            continue;
        }
        let label = if lower == group.value {
            format!("{lower} characters")
        } else {
            format!("{lower} to {} characters", group.value)
        };
        names.push(BinName { label, lower: Some(lower), upper: Some(group.value + 1.0) });
        counts_r.push(r);
        counts_c.push(c);
    }
    (names, counts_r, counts_c)
}

fn shapes_of(texts: &[Class<'_>]) -> BTreeMap<String, (u64, u64)> {
    let mut shapes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for class in texts {
        let entry = shapes.entry(shape_of(class.label)).or_default();
        entry.0 += class.reference;
        entry.1 += class.current;
    }
    shapes
}

/// The shape of a text: letters as `a` or `A`, digits as `9`, blanks as one blank, other characters as they are,
/// runs of the same mark once: `AB-1234` is `A-9`.
pub(crate) fn shape_of(text: &str) -> String {
    let mut shape = String::with_capacity(MAX_SHAPE);
    let mut last = None;
    let mut marks = 0;
    for character in text.chars().take(SHAPE_CHARS) {
        let mark = match character {
            c if c.is_ascii_digit() => '9',
            c if c.is_uppercase() => 'A',
            c if c.is_alphabetic() => 'a',
            c if c.is_whitespace() => ' ',
            c => c,
        };
        if last != Some(mark) {
            shape.push(mark);
            marks += 1;
            if marks == MAX_SHAPE {
                break;
            }
        }
        last = Some(mark);
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_fold_runs() {
        assert_eq!(shape_of("AB-1234"), "A-9");
        assert_eq!(shape_of("Ärger 12 %"), "Aa 9 %");
        assert_eq!(shape_of(""), "");
    }

    #[test]
    fn length_bins_hold_equal_shares_of_the_reference() {
        let lengths =
            Pooled::from_counts(&[(1.0, 10), (2.0, 10), (3.0, 1), (9.0, 9)], &[(2.0, 5), (20.0, 1)]);
        let (names, r, c) = length_bins(&lengths, 3);
        let labels: Vec<_> = names.iter().map(|name| name.label.as_str()).collect();
        assert_eq!(labels, ["1 characters", "2 characters", "3 to 9 characters", "20 characters"]);
        assert_eq!((r, c), (vec![10, 10, 10, 0], vec![0, 5, 0, 1]));
    }
}
