//! Comparing numbers and moments.

use std::sync::{Arc, OnceLock};

use driftline_chunk::Physical;
use driftline_profile::{NumberBins, SampleColumn};

use super::comparison::{BinName, Comparison, RowBins, bin_reports, corrected, mass_moved};
use super::side::ColumnSide;
use crate::drift::evidence::{
    Aspect, NormalScores, Pooled, Share, TestOutcome, combine, number_tests, score_z, two_proportions,
};
use crate::drift::prepared::BinnedRows;

/// Mean of the Kolmogorov distribution, `sqrt(pi/2) ln 2` (Marsaglia, Tsang and Wang 2003): the expected largest
/// gap of two samples is this times `sqrt(1/n + 1/m)`.
const KOLMOGOROV_MEAN: f64 = 0.868_731;

/// Compares two columns of numbers, moments, or truth values as 0 and 1.
///
/// The counts are those of [`ColumnSide::numbers`]; `None` when a side has no value. The counts of the bins are exact where the profiles have kept all values or
/// have counted in these very bins; otherwise everything rests on the row samples.
pub(crate) fn compare_numbers(
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
    [counts_r, counts_c]: [Option<&[(f64, u64)]>; 2],
    max_bins: usize,
    normal_scores: &NormalScores,
) -> Option<Comparison> {
    let counts_r = counts_r?;
    let pooled = Pooled::from_counts(counts_r, counts_c?);
    let mut comparison = compare_pooled(&pooled, normal_scores)?;
    comparison.tests.extend(fraction_test(reference, current));
    comparison.p_value = (!comparison.tests.is_empty()).then(|| combine(&comparison.tests));
    comparison.shift_sd = shift_sd(reference, current);
    let made = || {
        let bins = NumberBins::from_counts(counts_r, reference.profile.physical(), max_bins)?;
        let rows = rows_in_bins(&bins, reference.sample).map(Arc::from);
        Some(BinnedRows { bins, rows, movement: OnceLock::new() })
    };
    match reference.prepared {
        Some(kept) => {
            if let Some(binned) = kept.bins.get_or_init(made) {
                fill_bins(&mut comparison, binned, &pooled, (reference, current));
            }
        }
        None => {
            if let Some(binned) = made() {
                fill_bins(&mut comparison, &binned, &pooled, (reference, current));
            }
        }
    }
    Some(comparison)
}

/// Compares numbers on one side with texts that are numbers on the other.
pub(crate) fn compare_parsed(
    reference: &[(f64, u64)],
    current: &[(f64, u64)],
    normal_scores: &NormalScores,
) -> Option<Comparison> {
    let mut comparison = compare_pooled(&Pooled::from_counts(reference, current), normal_scores)?;
    comparison.p_value = (!comparison.tests.is_empty()).then(|| combine(&comparison.tests));
    Some(comparison)
}

fn compare_pooled(pooled: &Pooled, normal_scores: &NormalScores) -> Option<Comparison> {
    (pooled.reference > 0 && pooled.current > 0).then(|| Comparison {
        n: [pooled.reference, pooled.current],
        tests: number_tests(pooled, normal_scores),
        mass_moved: gap_moved(pooled),
        ..Comparison::default()
    })
}

fn fill_bins(
    comparison: &mut Comparison,
    binned: &BinnedRows,
    pooled: &Pooled,
    (reference, current): (ColumnSide<'_>, ColumnSide<'_>),
) {
    let bins = &binned.bins;
    let mut sampled = (vec![0; bins.len()], vec![0; bins.len()]);
    let mut bin = 0;
    for group in &pooled.groups {
        while bins.edges().get(bin).is_some_and(|&edge| edge <= group.value) {
            bin += 1;
        }
        if let (Some(r), Some(c)) = (sampled.0.get_mut(bin), sampled.1.get_mut(bin)) {
            *r += group.reference;
            *c += group.current;
        }
    }
    let counts = |side: ColumnSide<'_>, n: u64, counted: Vec<u64>| {
        // All values are among those compared when there are as many.
        if n == side.profile.present() { counted } else { side.profile.bin_counts(bins).unwrap_or(counted) }
    };
    let counts_r = counts(reference, pooled.reference, sampled.0);
    let counts_c = counts(current, pooled.current, sampled.1);
    let names = (0..bins.len())
        .map(|i| {
            let (lower, upper) = bins.bounds(i);
            BinName { label: bins.label(i), lower, upper }
        })
        .collect();
    (comparison.bins, comparison.divergence) = bin_reports(names, &counts_r, &counts_c);
    comparison.mass_moved = comparison.mass_moved.max(mass_moved(&counts_r, &counts_c));
    comparison.rows = binned.rows.clone().and_then(|reference| {
        let current = rows_in_bins(bins, current.sample)?;
        Some(RowBins { bins: bins.len() + 1, reference, current })
    });
}

/// The bin of every sampled row, nulls in one after the last; nothing for texts.
fn rows_in_bins(bins: &NumberBins, sample: &SampleColumn) -> Option<Vec<u32>> {
    let SampleColumn::Numbers(values) = sample else { return None };
    let code = |&value: &f64| if value.is_nan() { bins.len() as u32 } else { bins.locate(value) as u32 };
    Some(values.iter().map(code).collect())
}

/// The largest gap between the distribution functions, corrected for chance. It never passes the total
/// variation, equals it for a plain shift, and is far less noisy than the sum over many bins.
fn gap_moved(pooled: &Pooled) -> f64 {
    let (n_r, n_c) = (pooled.reference as f64, pooled.current as f64);
    let (mut below_r, mut below_c, mut gap) = (0.0, 0.0, 0.0_f64);
    for group in &pooled.groups {
        below_r += group.reference as f64;
        below_c += group.current as f64;
        gap = gap.max((below_r / n_r - below_c / n_c).abs());
    }
    corrected(gap, KOLMOGOROV_MEAN * (1.0 / n_r + 1.0 / n_c).sqrt())
}

/// Whether the share of numbers that are not whole changed.
fn fraction_test(reference: ColumnSide<'_>, current: ColumnSide<'_>) -> Option<TestOutcome> {
    let share = |side: ColumnSide<'_>| {
        (side.profile.physical() == Physical::Number)
            .then(|| side.profile.numbers())
            .flatten()
            .map(|numbers| Share { hits: numbers.fractional(), n: numbers.finite() })
    };
    let (reference, current) = (share(reference)?, share(current)?);
    let hits = reference.hits + current.hits;
    if reference.n == 0 || current.n == 0 || hits == 0 || hits == reference.n + current.n {
        return None;
    }
    Some(TestOutcome {
        test: "fractional_share",
        statistic: score_z(reference, current),
        p_value: two_proportions(reference, current),
        aspect: Aspect::Class,
        weight: 1.0,
        shares: Some([reference.ratio(), current.ratio()]),
    })
}

fn shift_sd(reference: ColumnSide<'_>, current: ColumnSide<'_>) -> Option<f64> {
    let (r, c) = (reference.profile.numbers()?, current.profile.numbers()?);
    let shift = (c.mean()? - r.mean()?) / r.std()?;
    shift.is_finite().then_some(shift)
}
