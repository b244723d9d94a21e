//! Two rows of counts over the same classes: chi-square, G, Cramér's V, and the pooling of rare classes.

use crate::distribution::chi_square_sf;
use crate::error::{Side, StatsError, finite};
use crate::sample::{TestOutcome, real};

/// Least expected count at which the chi-square limit is trusted (Cochran 1954).
pub const MIN_EXPECTED: f64 = 5.0;

/// Answer of a test on two rows of counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contingency {
    /// The statistic, 0.., with its p-value from the chi-square limit.
    pub outcome: TestOutcome,
    /// Degrees of freedom: classes with a count, less one.
    pub degrees: usize,
    /// Smallest expected count of any cell; below [`MIN_EXPECTED`] the p-value is rough.
    pub min_expected: f64,
}

/// Pearson's chi-square test of two rows of counts, `sum (o - e)^2 / e` over the cells, without Yates's correction.
///
/// Classes that are empty on both sides are left out. O(k). Golden values:
/// `scipy.stats.chi2_contingency(correction=False)`.
///
/// # Errors
/// [`StatsError::ClassCount`], [`StatsError::NoCounts`], [`StatsError::TooFewClasses`].
pub fn chi_square(reference: &[u64], current: &[u64]) -> Result<Contingency, StatsError> {
    test("chi-square", reference, current, |observed, expected| (observed - expected).powi(2) / expected)
}

/// Likelihood-ratio test of two rows of counts, `G = 2 sum o ln(o / e)` over the cells (Wilks 1938).
///
/// As [`chi_square`] otherwise. Golden values: `scipy.stats.chi2_contingency(correction=False, lambda_="log-likelihood")`.
///
/// # Errors
/// As [`chi_square`].
pub fn g_test(reference: &[u64], current: &[u64]) -> Result<Contingency, StatsError> {
    let term = |observed: f64, expected: f64| {
        if observed > 0.0 { 2.0 * observed * (observed / expected).ln() } else { 0.0 }
    };
    test("G", reference, current, term)
}

/// Cramér's V of two rows of counts, `sqrt(chi2 / N)`, 0..=1: 0 for equal shares, 1 when no class is on both sides.
///
/// # Errors
/// As [`chi_square`].
pub fn cramers_v(reference: &[u64], current: &[u64]) -> Result<f64, StatsError> {
    let found = chi_square(reference, current)?;
    let total: f64 = reference.iter().chain(current).map(|c| *c as f64).sum();
    Ok((found.outcome.statistic / total).sqrt().min(1.0))
}

/// Row sums of two rows of counts, checked.
pub(crate) fn row_sums(reference: &[u64], current: &[u64]) -> Result<[f64; 2], StatsError> {
    if reference.len() != current.len() {
        return Err(StatsError::ClassCount { reference: reference.len(), current: current.len() });
    }
    let sum = |side: Side, counts: &[u64]| {
        let total: f64 = counts.iter().map(|c| *c as f64).sum();
        if total > 0.0 { Ok(total) } else { Err(StatsError::NoCounts { side }) }
    };
    Ok([sum(Side::Reference, reference)?, sum(Side::Current, current)?])
}

fn test(
    name: &'static str,
    reference: &[u64],
    current: &[u64],
    term: impl Fn(f64, f64) -> f64,
) -> Result<Contingency, StatsError> {
    let [m, n] = row_sums(reference, current)?;
    let total = m + n;
    let (mut statistic, mut classes, mut rarest) = (0.0, 0, f64::INFINITY);
    for (r, c) in reference.iter().zip(current) {
        let (r, c) = (*r as f64, *c as f64);
        if r + c > 0.0 {
            let (expected_r, expected_c) = ((r + c) / total * m, (r + c) / total * n);
            statistic += term(r, expected_r) + term(c, expected_c);
            rarest = rarest.min(expected_r).min(expected_c);
            classes += 1;
        }
    }
    if classes < 2 {
        return Err(StatsError::TooFewClasses { classes });
    }
    let statistic = finite(name, statistic.max(0.0))?;
    let p_value = chi_square_sf(statistic, real(classes - 1))?;
    Ok(Contingency {
        outcome: TestOutcome { statistic, p_value },
        degrees: classes - 1,
        min_expected: rarest,
    })
}

/// Two rows of counts whose rare classes were put into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pooled {
    /// Counts of the reference: the kept classes in their order, then the pool if there is one.
    pub reference: Vec<u64>,
    /// Counts of the current side, in the same order.
    pub current: Vec<u64>,
    /// Indices of the kept classes, ascending.
    pub kept: Vec<usize>,
    /// Indices of the pooled classes, ascending; empty when nothing was pooled. Classes empty on both sides are in neither.
    pub rare: Vec<usize>,
}

/// Puts the classes with an expected count below `min_expected` on the smaller side into one last class, and then the next
/// rarest until the pool reaches that count too. Only the column totals decide, so the tests keep their level (Cochran
/// 1954). Ties go to the lower index. One class alone is never called a pool. O(k log k).
///
/// # Errors
/// [`StatsError::ClassCount`], [`StatsError::NoCounts`], [`StatsError::BadParameter`] for a negative or NaN count.
pub fn pool_rare(reference: &[u64], current: &[u64], min_expected: f64) -> Result<Pooled, StatsError> {
    if !(min_expected.is_finite() && min_expected >= 0.0) {
        let range = "finite and at least 0";
        return Err(StatsError::BadParameter { name: "least expected count", value: min_expected, range });
    }
    let [m, n] = row_sums(reference, current)?;
    let smaller = m.min(n) / (m + n);
    let mut by_total: Vec<(u64, usize)> = reference
        .iter()
        .zip(current)
        .map(|(r, c)| r.saturating_add(*c))
        .zip(0..)
        .filter(|(t, _)| *t > 0)
        .collect();
    by_total.sort_unstable_by_key(|(total, index)| (*total, std::cmp::Reverse(*index)));
    let (mut pooled, mut rare) = (0.0, 0);
    for (total, _) in &by_total {
        let expected = *total as f64 * smaller;
        if expected >= min_expected && (rare == 0 || pooled >= min_expected) {
            break;
        }
        pooled += expected;
        rare += 1;
    }
    // A pool of one is that class itself.
    let rare = if rare > 1 { rare } else { 0 };
    let split = |part: &[(u64, usize)]| {
        let mut indices: Vec<usize> = part.iter().map(|(_, index)| *index).collect();
        indices.sort_unstable();
        indices
    };
    let (pool, keep) = by_total.split_at(rare);
    let (rare, kept) = (split(pool), split(keep));
    Ok(Pooled {
        reference: regroup(reference, &kept, &rare),
        current: regroup(current, &kept, &rare),
        kept,
        rare,
    })
}

fn regroup(counts: &[u64], kept: &[usize], rare: &[usize]) -> Vec<u64> {
    let at = |index: &usize| counts.get(*index).copied().unwrap_or_default();
    let mut out: Vec<u64> = kept.iter().map(at).collect();
    if !rare.is_empty() {
        out.push(rare.iter().map(at).sum());
    }
    out
}

#[cfg(test)]
mod tests;
