//! In which rows a change sits: slices by one column and by two.

use driftline_model::{BinReport, ColumnReport, Insight, InsightKind};

use super::moved;
use super::row_bins::{NULL_BIN, RowBins};
use crate::drift::mass_moved;
use crate::wording::percent;

/// Columns whose change is traced.
const MAX_TRACED: usize = 4;
/// Share of the current rows that a slice has: larger is no slice, smaller is too few.
const SLICE_SHARE: (f64, f64) = (0.02, 0.6);
/// Fewest sampled rows of a slice on either side.
const MIN_ROWS: u64 = 100;
/// How many times as much mass has to move inside as outside.
const INSIDE_FACTOR: f64 = 2.0;
/// Least mass moved inside.
const MIN_INSIDE: f64 = 0.08;
/// Parts that a column of numbers is cut into.
const PARTS: usize = 4;
/// Slices by one column that are tried in pairs.
const MAX_PAIRED: usize = 12;
/// How much more concentrated a pair has to be than the better of its halves.
const PAIR_GAIN: f64 = 1.3;

/// Rows chosen by a value, or a range of values, of a column.
#[derive(Clone)]
struct Slice {
    names: Vec<String>,
    /// In words: `origin` is `EWR`.
    words: String,
    /// Which sampled rows are in it: reference, current.
    rows: [Vec<bool>; 2],
}

/// How a change is spread over a slice and the rest.
#[derive(Clone, Copy)]
struct Split {
    share: f64,
    inside: f64,
    outside: f64,
}

impl Split {
    /// How telling the slice is: the mass moved in it that the rest does not explain.
    fn gain(&self) -> f64 {
        self.share * (self.inside - self.outside)
    }

    fn is_telling(&self) -> bool {
        self.inside >= MIN_INSIDE && self.inside >= INSIDE_FACTOR * self.outside
    }
}

/// For each of the columns that moved most, the slice in which its change sits, if there is one.
pub(crate) fn insights(drifted: &[&ColumnReport], features: &[RowBins<'_>]) -> Vec<Insight> {
    let traced: Vec<&RowBins<'_>> = drifted
        .iter()
        .filter_map(|column| features.iter().find(|rows| rows.column.name == column.name))
        .take(MAX_TRACED)
        .collect();
    let slices: Vec<Slice> =
        if traced.is_empty() { Vec::new() } else { features.iter().flat_map(slices).collect() };
    traced.iter().filter_map(|rows| best_slice(rows, &slices)).collect()
}

fn best_slice(rows: &RowBins<'_>, slices: &[Slice]) -> Option<Insight> {
    let name = &rows.column.name;
    let mut single: Vec<(Split, &Slice)> = slices
        .iter()
        .filter(|slice| !slice.names.contains(name))
        .filter_map(|slice| Some((split(rows, slice)?, slice)))
        .collect();
    single.sort_by(|a, b| b.0.gain().total_cmp(&a.0.gain()));
    let mut best: Option<(Split, Slice)> =
        single.iter().find(|(split, _)| split.is_telling()).map(|(split, slice)| (*split, (*slice).clone()));
    single.truncate(MAX_PAIRED);
    for (i, (first_split, first)) in single.iter().enumerate() {
        for (second_split, second) in single.iter().skip(i + 1) {
            if first.names == second.names {
                continue;
            }
            let pair = first.and(second);
            let Some(found) = split(rows, &pair) else { continue };
            let half = first_split.inside.max(second_split.inside);
            let is_better = best.as_ref().is_none_or(|(split, _)| found.gain() > split.gain());
            if found.is_telling() && found.inside >= PAIR_GAIN * half && is_better {
                best = Some((found, pair));
            }
        }
    }
    let (split, slice) = best?;
    let text = format!(
        "The change of `{name}` sits where {}: {} of the mass moved there ({} of the rows), {} elsewhere.",
        slice.words,
        percent(split.inside),
        percent(split.share),
        percent(split.outside)
    );
    let columns = std::iter::once(name.clone()).chain(slice.names).collect();
    Some(Insight { kind: InsightKind::Slice, weight: moved(rows.column) * 0.9, columns, text })
}

impl Slice {
    fn and(&self, other: &Self) -> Self {
        let both = |side: usize| -> Vec<bool> {
            self.rows[side].iter().zip(&other.rows[side]).map(|(a, b)| *a && *b).collect()
        };
        Self {
            names: self.names.iter().chain(&other.names).cloned().collect(),
            words: format!("{} and {}", self.words, other.words),
            rows: [both(0), both(1)],
        }
    }
}

fn split(rows: &RowBins<'_>, slice: &Slice) -> Option<Split> {
    let bins = rows.bins();
    let count = |side: usize| {
        let mut counts = [vec![0_u64; bins + 1], vec![0_u64; bins + 1]];
        for (&bin, &is_in) in rows.rows[side].iter().zip(&slice.rows[side]) {
            let bin = if bin == NULL_BIN { bins } else { usize::from(bin) };
            if let Some(count) = counts[usize::from(is_in)].get_mut(bin) {
                *count += 1;
            }
        }
        counts
    };
    let ([out_r, in_r], [out_c, in_c]) = (count(0), count(1));
    let total = |counts: &[u64]| counts.iter().sum::<u64>();
    let share = total(&in_c) as f64 / (total(&in_c) + total(&out_c)).max(1) as f64;
    let is_sliced = (SLICE_SHARE.0..=SLICE_SHARE.1).contains(&share);
    if !is_sliced || total(&in_r).min(total(&in_c)) < MIN_ROWS || total(&out_r) < MIN_ROWS {
        return None;
    }
    Some(Split { share, inside: mass_moved(&in_r, &in_c), outside: mass_moved(&out_r, &out_c) })
}

/// The slices by one column: each of its values, or ranges of its numbers.
fn slices(rows: &RowBins<'_>) -> Vec<Slice> {
    let bins = &rows.column.bins;
    let is_number = bins.iter().any(|bin| bin.lower.is_some());
    let ranges: Vec<(usize, usize)> =
        if is_number { parts(bins) } else { (0..bins.len()).map(|i| (i, i)).collect() };
    ranges
        .into_iter()
        .filter_map(|(first, last)| {
            let words = words(rows.column, bins.get(first..=last)?)?;
            let is_in = |bin: &u16| (first..=last).contains(&usize::from(*bin));
            let side = |side: usize| rows.rows[side].iter().map(is_in).collect();
            Some(Slice { names: vec![rows.column.name.clone()], words, rows: [side(0), side(1)] })
        })
        .collect()
}

/// Runs of neighbouring bins with about equal shares of the reference.
fn parts(bins: &[BinReport]) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let filled = bins.iter().filter(|bin| bin.reference_ratio > 0.0 || bin.current_ratio > 0.0).count();
    if filled <= PARTS {
        return (0..bins.len()).map(|i| (i, i)).collect();
    }
    let (mut first, mut sum) = (0, 0.0);
    for (i, bin) in bins.iter().enumerate() {
        sum += bin.reference_ratio;
        if sum >= 1.0 / PARTS as f64 - 1e-9 || i + 1 == bins.len() {
            if sum > 0.0 {
                parts.push((first, i));
            }
            (first, sum) = (i + 1, 0.0);
        }
    }
    parts
}

/// The range of bins in words, without the empty bins at its ends.
fn words(column: &ColumnReport, range: &[BinReport]) -> Option<String> {
    let has_rows = |bin: &&BinReport| bin.reference_ratio > 0.0 || bin.current_ratio > 0.0;
    let (first, last) = (range.iter().find(has_rows)?, range.iter().rev().find(has_rows)?);
    let name = &column.name;
    if first.lower.is_none() && first.upper.is_none() {
        return (first.label != "(other)").then(|| format!("`{name}` is `{}`", first.label));
    }
    if first.label == last.label {
        return Some(format!("`{name}` is {}", first.label.trim_start_matches("= ")));
    }
    let edge = |value: f64| {
        if column.kind == driftline_model::Kind::Datetime {
            crate::wording::moment(value)
        } else {
            crate::wording::number(value)
        }
    };
    // A single value has a bin that ends at the next number after it.
    let is_single = last.lower.zip(last.upper).is_some_and(|(lower, upper)| lower.next_up() == upper);
    Some(match (first.lower, last.upper) {
        (Some(low), Some(high)) if is_single => {
            format!("`{name}` is from {} to {}", edge(low), edge(high.next_down()))
        }
        (None, Some(high)) if is_single => format!("`{name}` is at most {}", edge(high.next_down())),
        (Some(low), Some(high)) => format!("`{name}` is from {} to {}", edge(low), edge(high)),
        (Some(low), None) => format!("`{name}` is {} or more", edge(low)),
        (None, Some(high)) => format!("`{name}` is below {}", edge(high)),
        (None, None) => return None,
    })
}
