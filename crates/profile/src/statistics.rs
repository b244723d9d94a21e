use std::collections::BTreeMap;

use driftline_chunk::Physical;
use driftline_model::ColumnStatistics;
use driftline_stats::radix::count_numbers;

use crate::column::ColumnProfile;
use crate::number_text::Notation;
use crate::patterns::frequent_patterns;
use crate::row_sample::{SampleColumn, TextSample};

/// The quantiles that are reported.
const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/// Frequent values that are reported.
const TOP: usize = 10;

/// Everything about a column that a report shows. `counts` are those of [`number_counts`].
pub(crate) fn statistics_of(
    column: &ColumnProfile,
    sample: &SampleColumn,
    counts: Option<&[(f64, u64)]>,
) -> ColumnStatistics {
    let distinct = column.distinct();
    let numbers = column.numbers();
    let quantiles = match (numbers, counts) {
        (Some(_), Some(counts)) => quantiles_of(finite(counts)),
        _ => Vec::new(),
    };
    let lengths = column.lengths();
    ColumnStatistics {
        count: column.count(),
        nulls: column.nulls(),
        parse_failures: column.failures(),
        distinct: distinct.estimate,
        distinct_exact: distinct.exact,
        mean: numbers.and_then(crate::NumberSummary::mean),
        std: numbers.and_then(crate::NumberSummary::std),
        min: numbers.and_then(crate::NumberSummary::min),
        max: numbers.and_then(crate::NumberSummary::max),
        quantiles,
        zeros: numbers.map(crate::NumberSummary::zeros),
        negatives: numbers.map(crate::NumberSummary::negatives),
        infinities: numbers.map(crate::NumberSummary::infinities),
        lengths: lengths.map(|lengths| [lengths.min() as f64, lengths.mean(), lengths.max() as f64]),
        top: top_of(column, sample, counts),
        patterns: patterns_of(column, sample),
    }
}

/// The distinct numbers with their counts by rising number, infinities included: of the whole column where it is
/// counted, else of the sample. `None` for text.
pub(crate) fn number_counts(column: &ColumnProfile, sample: &SampleColumn) -> Option<Vec<(f64, u64)>> {
    column.number_counts().or_else(|| match sample {
        SampleColumn::Numbers(cells) => Some(count_numbers(cells)),
        SampleColumn::Text(_) => None,
    })
}

/// The finite ones of rising numbers.
pub(crate) fn finite(counts: &[(f64, u64)]) -> &[(f64, u64)] {
    let start = counts.partition_point(|&(x, _)| x == f64::NEG_INFINITY);
    let end = counts.partition_point(|&(x, _)| x < f64::INFINITY);
    &counts[start..end]
}

/// Quantiles by linear interpolation between the values at ranks (n-1)p (type 7 of Hyndman and Fan 1996).
fn quantiles_of(counts: &[(f64, u64)]) -> Vec<f64> {
    if counts.is_empty() {
        return Vec::new();
    }
    let mut cumulative = Vec::with_capacity(counts.len());
    let mut total = 0_u64;
    for &(_, count) in counts {
        total = total.saturating_add(count);
        cumulative.push(total);
    }
    let value_at = |rank: u64| {
        let index = cumulative.partition_point(|&below| below <= rank).min(counts.len() - 1);
        counts[index].0
    };
    QUANTILES
        .iter()
        .map(|p| {
            let rank = total.saturating_sub(1) as f64 * p;
            let (low, high) = (value_at(rank.floor() as u64), value_at(rank.floor() as u64 + 1));
            let weight = rank.fract();
            // Halves first, so that values at the ends of the range cannot overflow.
            if weight == 0.0 { low } else { low * (1.0 - weight) + high * weight }
        })
        .collect()
}

/// The most frequent values with their counts; estimated from the sample where the column is not counted.
/// Values that occur once are left out, unless there are only a few values at all.
fn top_of(
    column: &ColumnProfile,
    sample: &SampleColumn,
    counts: Option<&[(f64, u64)]>,
) -> Vec<(String, u64)> {
    let (top, counted) = if let Some(counts) = counts {
        (ranked_numbers(column, counts), counts.iter().map(|&(_, count)| count).sum())
    } else if let Some(counts) = column.text_counts() {
        return ranked(counts).into_iter().map(|(text, count)| (text.to_owned(), count)).collect();
    } else if let SampleColumn::Text(texts) = sample {
        let counts = text_counts_of(texts);
        let sampled: u64 = counts.values().sum();
        let top = ranked(counts.into_iter().collect());
        (top.into_iter().map(|(text, count)| (text.to_owned(), count)).collect(), sampled)
    } else {
        return Vec::new();
    };
    let scale = column.present() as f64 / counted.max(1) as f64;
    top.into_iter().map(|(text, count)| (text, (count as f64 * scale).round() as u64)).collect()
}

fn ranked_numbers(column: &ColumnProfile, counts: &[(f64, u64)]) -> Vec<(String, u64)> {
    let write = |x: f64| match column.physical() {
        Physical::Boolean => (if x == 0.0 { "false" } else { "true" }).to_owned(),
        Physical::Datetime => Notation::Datetime.write(x),
        Physical::Number | Physical::Text => format!("{x}"),
    };
    // Before they are copied, the many values that occur once are left out: see `ranked`.
    let is_many = counts.len() > TOP;
    let kept = counts.iter().filter(|&&(_, count)| !is_many || count > 1);
    let by_rank = kept.map(|&(x, count)| (OrderedNumber(x), count)).collect();
    ranked(by_rank).into_iter().map(|(x, count)| (write(x.0), count)).collect()
}

/// A number that can be compared, for sorting.
#[derive(Debug, Clone, Copy, PartialEq)]
struct OrderedNumber(f64);

impl Eq for OrderedNumber {}

impl PartialOrd for OrderedNumber {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedNumber {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

fn ranked<T: Ord>(mut counts: Vec<(T, u64)>) -> Vec<(T, u64)> {
    if counts.len() > TOP {
        counts.retain(|&(_, count)| count > 1);
    }
    let order = |a: &(T, u64), b: &(T, u64)| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    if counts.len() > TOP {
        counts.select_nth_unstable_by(TOP, order);
        counts.truncate(TOP);
    }
    counts.sort_unstable_by(order);
    counts
}

fn text_counts_of(texts: &TextSample) -> BTreeMap<&str, u64> {
    let mut by_code = vec![0_u64; texts.values.len()];
    for &code in &texts.codes {
        if let Some(count) = by_code.get_mut(code as usize) {
            *count += 1;
        }
    }
    texts.values.iter().map(AsRef::as_ref).zip(by_code).filter(|&(_, count)| count > 0).collect()
}

fn patterns_of(column: &ColumnProfile, sample: &SampleColumn) -> Vec<(String, f64)> {
    match (column.text_counts(), sample) {
        (Some(counts), _) => frequent_patterns(counts.into_iter()),
        (None, SampleColumn::Text(texts)) => frequent_patterns(text_counts_of(texts).into_iter()),
        (None, SampleColumn::Numbers(_)) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy.quantile([1, 1, 2, 5, 9, 9, 9, 30], [.01, .05, .25, .5, .75, .95, .99])
    #[test]
    fn quantiles_are_those_of_numpy() {
        let quantiles = quantiles_of(&[(1.0, 2), (2.0, 1), (5.0, 1), (9.0, 3), (30.0, 1)]);
        let expected = [1.0, 1.0, 1.75, 7.0, 9.0, 22.65, 28.53];
        for (found, expected) in quantiles.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{quantiles:?}");
        }
        assert_eq!(quantiles_of(&[(4.0, 1)]), [4.0; 7]);
    }

    #[test]
    fn the_most_frequent_come_first_and_single_ones_not_at_all() {
        let counts: Vec<_> = (0..40).map(|i| (i, if i % 3 == 0 { i } else { 1 })).collect();
        let top = ranked(counts);
        assert_eq!(top.len(), TOP);
        assert_eq!(top[0], (39, 39));
        assert!(ranked((0..20).map(|i| (i, 1)).collect()).is_empty());
        assert_eq!(ranked(vec![("b", 1), ("a", 1)]), [("a", 1), ("b", 1)]);
    }
}
