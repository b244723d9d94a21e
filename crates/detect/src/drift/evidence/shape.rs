//! Chi-square on outlier-proof bins of both samples together, and repeated values one by one.

use super::outcome::{Aspect, TestOutcome, smallest_of};
use super::pooled::Pooled;
use super::proportion::{Share, score_z, two_proportions};
use super::tail_probability::chi_square_upper;

/// Least share of the pooled sample that makes a repeated value a class of its own.
const MIN_MASS_SHARE: f64 = 0.01;
/// Fewest pooled values of such a class.
const MIN_MASS: u64 = 10;
/// Most repeated values tested one by one.
const MAX_MASSES: usize = 40;
/// Fewest and most bins of the chi-square.
const BINS: (f64, f64) = (6.0, 40.0);
/// Bins grow with the power 2/5 of the sample (Mann and Wald 1942), this many at 1.
const BINS_AT_ONE: f64 = 1.0;

/// Pearson's two-sample chi-square on bins of about equal pooled count, a frequent value in a bin of its own.
///
/// The bins come from both samples together, so the counts have the usual null distribution. Cost: O(groups).
pub(crate) fn binned_test(pooled: &Pooled) -> Option<TestOutcome> {
    let total = pooled.total() as f64;
    let smaller = pooled.reference.min(pooled.current) as f64;
    let wanted = (BINS_AT_ONE * (2.0 * smaller).powf(0.4)).clamp(BINS.0, BINS.1);
    let least = total / wanted;
    let mut cells: Vec<(u64, u64)> = Vec::new();
    let mut open = (0, 0);
    for group in &pooled.groups {
        let is_mass = group.total() as f64 >= 0.5 * least;
        if is_mass && open.0 + open.1 > 0 {
            cells.push(std::mem::take(&mut open));
        }
        open.0 += group.reference;
        open.1 += group.current;
        if is_mass || (open.0 + open.1) as f64 >= least {
            cells.push(std::mem::take(&mut open));
        }
    }
    cells.push(open);
    chi_square_of_cells("chi_square", &cells)
}

/// Pearson's two-sample chi-square; cells that expect fewer than five values on a side are pooled into one.
pub(crate) fn chi_square_of_cells(test: &'static str, cells: &[(u64, u64)]) -> Option<TestOutcome> {
    const MIN_EXPECTED: f64 = 5.0;
    let totals = cells.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0 as f64, sum.1 + cell.1 as f64));
    let total = totals.0 + totals.1;
    let fewest = MIN_EXPECTED * total / totals.0.min(totals.1).max(1.0);
    let (mut statistic, mut df, mut rest) = (0.0, -1.0, (0.0, 0.0));
    let mut add = |reference: f64, current: f64| {
        let count = reference + current;
        let gap = current - count * totals.1 / total;
        statistic += gap * gap * total * total / (count * totals.0 * totals.1);
        df += 1.0;
    };
    for &(reference, current) in cells {
        let (reference, current) = (reference as f64, current as f64);
        if reference + current >= fewest {
            add(reference, current);
        } else {
            rest = (rest.0 + reference, rest.1 + current);
        }
    }
    if rest.0 + rest.1 >= fewest {
        add(rest.0, rest.1);
    }
    (df >= 1.0 && totals.0 > 0.0 && totals.1 > 0.0).then(|| TestOutcome {
        test,
        statistic,
        p_value: chi_square_upper(statistic, df),
        aspect: Aspect::Body,
        weight: 2.0,
        shares: None,
    })
}

/// The frequent values one by one; the best of them, paid for by their number.
pub(crate) fn mass_test(pooled: &Pooled) -> Option<TestOutcome> {
    let least = ((MIN_MASS_SHARE * pooled.total() as f64) as u64).max(MIN_MASS);
    let mut masses: Vec<_> = pooled.groups.iter().filter(|group| group.total() >= least).collect();
    if masses.len() > MAX_MASSES {
        masses.sort_by(|a, b| b.total().cmp(&a.total()).then(a.value.total_cmp(&b.value)));
        masses.truncate(MAX_MASSES);
    }
    let shares = masses.iter().map(|group| (group.reference, group.current));
    single_class_test("point_mass", shares, (pooled.reference, pooled.current))
}

/// The class whose share differs most, paid for by the number of classes (Sidak).
pub(crate) fn single_class_test(
    test: &'static str,
    classes: impl ExactSizeIterator<Item = (u64, u64)>,
    (reference, current): (u64, u64),
) -> Option<TestOutcome> {
    let count = classes.len();
    let tests = classes.map(|(hits_r, hits_c)| {
        let sides = (Share { hits: hits_r, n: reference }, Share { hits: hits_c, n: current });
        let shares = [sides.0.ratio(), sides.1.ratio()];
        (two_proportions(sides.0, sides.1), score_z(sides.0, sides.1), shares)
    });
    let (p, statistic, shares) = tests.min_by(|a, b| a.0.total_cmp(&b.0))?;
    let p_value = smallest_of(p, count);
    Some(TestOutcome { test, statistic, p_value, aspect: Aspect::Class, weight: 2.0, shares: Some(shares) })
}

/// The p-value of the chi-square over several rows of counts in the same bins; bins with fewer than five rows
/// expected in the smallest row are pooled. 1 when nothing can be tested.
pub(crate) fn cells_p_value(rows: &[Vec<u64>]) -> f64 {
    const MIN_EXPECTED: f64 = 5.0;
    let sizes: Vec<f64> = rows.iter().map(|row| row.iter().sum::<u64>() as f64).collect();
    let total: f64 = sizes.iter().sum();
    let smallest = sizes.iter().copied().fold(f64::INFINITY, f64::min);
    let bins = rows.first().map_or(0, Vec::len);
    let column = |bin: usize| -> Vec<f64> {
        rows.iter().map(|row| row.get(bin).copied().unwrap_or(0) as f64).collect()
    };
    let (mut statistic, mut df) = (0.0, -1.0);
    let mut rest = vec![0.0; rows.len()];
    let mut add = |counts: &[f64]| {
        let all: f64 = counts.iter().sum();
        for (count, size) in counts.iter().zip(&sizes) {
            let expected = all * size / total;
            statistic += (count - expected).powi(2) / expected;
        }
        df += 1.0;
    };
    for bin in 0..bins {
        let counts = column(bin);
        if counts.iter().sum::<f64>() * smallest / total >= MIN_EXPECTED {
            add(&counts);
        } else {
            rest.iter_mut().zip(counts).for_each(|(rest, count)| *rest += count);
        }
    }
    if rest.iter().sum::<f64>() * smallest / total >= MIN_EXPECTED {
        add(&rest);
    }
    if df < 1.0 || smallest <= 0.0 {
        1.0
    } else {
        chi_square_upper(statistic, df * (rows.len() as f64 - 1.0))
    }
}
