//! The scores that are asked for beside the headline: other methods, and other tools' own.

use std::collections::BTreeMap;

use driftline_chunk::Physical;
use driftline_model::{Conform, MethodScore};
use driftline_profile::{NumberBins, SampleColumn};
use driftline_stats::radix::count_numbers;

use super::compare::{ColumnSide, merge_classes};
use super::conform::{self, ConformColumn};
use super::method::{METHODS, MethodError};
use super::pair::ColumnPair;

/// Most values a side that other methods are given: their cost is that of sorting, and more changes no verdict.
const MAX_VALUES: u64 = 1 << 17;

/// The other methods asked for, by id; `all` stands for every one. An unknown id is reported as such.
pub(crate) fn method_scores(
    wanted: &[String],
    sides: (ColumnSide<'_>, ColumnSide<'_>),
    max_bins: usize,
) -> BTreeMap<String, MethodScore> {
    if wanted.is_empty() {
        return BTreeMap::new();
    }
    let is_all = wanted.iter().any(|id| id == "all");
    let mut scores: BTreeMap<String, MethodScore> = BTreeMap::new();
    let chosen: Vec<_> =
        METHODS.iter().filter(|method| is_all || wanted.iter().any(|id| id == method.info().id)).collect();
    let mut measure = |pair: Option<&ColumnPair<'_>>| {
        for method in &chosen {
            let score = match pair.map(|pair| method.measure(pair)) {
                None => note("the column has no values that can be compared".to_owned()),
                Some(Ok(measure)) => {
                    MethodScore { value: Some(measure.value), p_value: measure.p_value, note: measure.note }
                }
                // A method for another kind of column would only be noise when all were asked for.
                Some(Err(MethodError::NotApplicable(_))) if is_all => continue,
                Some(Err(error)) => note(error.to_string()),
            };
            scores.insert(method.info().id.to_owned(), score);
        }
    };
    with_pair(sides, max_bins, &mut measure);
    for id in wanted.iter().filter(|id| *id != "all") {
        scores.entry(id.clone()).or_insert_with(|| note(format!("there is no method `{id}`")));
    }
    scores
}

fn note(text: String) -> MethodScore {
    MethodScore { value: None, p_value: None, note: Some(text) }
}

fn with_pair(
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
    max_bins: usize,
    then: &mut impl FnMut(Option<&ColumnPair<'_>>),
) {
    match (reference.profile.physical(), current.profile.physical()) {
        (Physical::Text, Physical::Text) => {
            let (Some(r), Some(c)) = (reference.texts(), current.texts()) else { return then(None) };
            let classes = merge_classes(&r, &c);
            let labels: Vec<&str> = classes.iter().map(|class| class.label).collect();
            let r: Vec<u64> = classes.iter().map(|class| class.reference).collect();
            let c: Vec<u64> = classes.iter().map(|class| class.current).collect();
            then(Some(&ColumnPair::categories(&labels, &r, &c)));
        }
        (Physical::Boolean, Physical::Boolean) => {
            let count = |side: ColumnSide<'_>, truth: f64| {
                let counts = side.numbers().unwrap_or_default();
                counts.iter().find(|(value, _)| *value == truth).map_or(0, |(_, count)| *count)
            };
            let [r, c] = [reference, current].map(|side| [count(side, 0.0), count(side, 1.0)]);
            then(Some(&ColumnPair::categories(&["false", "true"], &r, &c)));
        }
        (Physical::Text, _) | (_, Physical::Text) => then(None),
        _ => {
            let values = [reference, current].map(sorted_values);
            let [Some(r), Some(c)] = &values else { return then(None) };
            let Some(bins) = NumberBins::from_reference(reference.profile, reference.sample, max_bins) else {
                return then(Some(&ColumnPair::ordered(r, c)));
            };
            let count = |side: ColumnSide<'_>, values: &[f64]| {
                side.profile.bin_counts(&bins).unwrap_or_else(|| bins.count(values))
            };
            then(Some(&ColumnPair::binned([r, c], [&count(reference, r), &count(current, c)])));
        }
    }
}

/// The finite values, ascending: all of them where they are known and not too many, else those of the sample.
fn sorted_values(side: ColumnSide<'_>) -> Option<Vec<f64>> {
    let finite = |counts: &[(f64, u64)]| -> Vec<f64> {
        counts
            .iter()
            .filter(|(value, _)| value.is_finite())
            .flat_map(|&(value, count)| std::iter::repeat_n(value, count as usize))
            .collect()
    };
    if side.profile.present() <= MAX_VALUES {
        return side.numbers().map(|counts| finite(&counts));
    }
    match side.sample {
        SampleColumn::Numbers(values) => Some(finite(&count_numbers(values))),
        SampleColumn::Text(_) => None,
    }
}

/// The scores of another tool: on all values where they are known and not too many, else on the sample.
pub(crate) fn conform_scores(
    tool: Conform,
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
) -> BTreeMap<String, f64> {
    let is_text = |side: ColumnSide<'_>| side.profile.physical() == Physical::Text;
    if is_text(reference) != is_text(current) {
        return BTreeMap::new();
    }
    if is_text(reference) {
        let labels = |side: ColumnSide<'_>| -> Vec<(String, u64)> {
            let counts = side.texts().unwrap_or_default();
            counts.into_iter().map(|(label, count)| (label.to_owned(), count)).collect()
        };
        let (r, c) = (labels(reference), labels(current));
        return conform::scores(tool, &ConformColumn::Categories(&r), &ConformColumn::Categories(&c));
    }
    let is_whole =
        |side: ColumnSide<'_>| side.profile.numbers().is_none_or(|numbers| numbers.fractional() == 0);
    let (r, c) = (sorted_values(reference).unwrap_or_default(), sorted_values(current).unwrap_or_default());
    conform::scores(
        tool,
        // Tools hold a column of whole numbers with nulls as floats.
        &ConformColumn::Numbers { values: &r, whole: is_whole(reference) && reference.profile.nulls() == 0 },
        &ConformColumn::Numbers { values: &c, whole: is_whole(current) && current.profile.nulls() == 0 },
    )
}
