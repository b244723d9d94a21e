//! Kolmogorov-Smirnov: the largest gap between two empirical distribution functions.

use crate::distribution::kolmogorov_sf;
use crate::error::{StatsError, finite};
use crate::sample::{TestOutcome, check_both, real, ties};

/// Largest product of the sample sizes for which [`KsMethod::Auto`] counts paths; at most 5 ms. Above it the
/// corrected limit is within 2 % of the exact value for p-values above 1e-6 when both sides have 100 values.
const EXACT_UP_TO: u64 = 1_000_000;

/// How the p-value of [`kolmogorov_smirnov`] is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KsMethod {
    /// Exact while the product of the sample sizes is at most 1,000,000, else the limit.
    #[default]
    Auto,
    /// Exact for any size: O(n_r n_c) at worst.
    Exact,
    /// Kolmogorov's limit with the finite-sample correction.
    Asymptotic,
}

/// Two-sided two-sample Kolmogorov-Smirnov test on sorted samples.
///
/// The statistic is `D = sup |F_r - F_c|`, 0..=1. The exact p-value is the share of all ways to interleave the two
/// samples whose lattice path leaves the band `|i/n_r - j/n_c| < D` (Hodges 1957); the limit is Kolmogorov's with the
/// shift of Hodges and half a lattice step. With ties both are upper bounds: the test keeps its level. O(n) for the
/// statistic. Golden values: `scipy.stats.ks_2samp`.
///
/// # Errors
/// An empty, unsorted or non-finite sample.
pub fn kolmogorov_smirnov(
    reference: &[f64],
    current: &[f64],
    method: KsMethod,
) -> Result<TestOutcome, StatsError> {
    check_both(reference, current, 1)?;
    let gap = largest_gap(reference, current);
    let (m, n) = (reference.len() as u64, current.len() as u64);
    let exact = match method {
        KsMethod::Auto => m.saturating_mul(n) <= EXACT_UP_TO,
        KsMethod::Exact => true,
        KsMethod::Asymptotic => false,
    };
    let statistic = finite("Kolmogorov-Smirnov statistic", gap as f64 / (m as f64 * n as f64))?;
    let p_value = if exact { share_of_paths_outside(m, n, gap) } else { corrected_limit(m, n, statistic)? };
    Ok(TestOutcome { statistic, p_value: p_value.clamp(0.0, 1.0) })
}

/// `D` times `n_r n_c`, a whole number.
fn largest_gap(reference: &[f64], current: &[f64]) -> u64 {
    let (m, n) = (reference.len() as u64, current.len() as u64);
    let (mut below_r, mut below_c, mut largest) = (0u64, 0u64, 0u64);
    for tie in ties(reference, current) {
        below_r += tie.reference as u64;
        below_c += tie.current as u64;
        largest = largest.max((below_r * n).abs_diff(below_c * m));
    }
    largest
}

/// Share of the lattice paths from (0, 0) to (m, n) that reach `|i n - j m| >= gap` somewhere.
///
/// `b(i, j)`, the share among the paths to (i, j), is 1 outside the band and `(i b(i-1, j) + j b(i, j-1)) / (i + j)`
/// inside it. All terms are positive, so even 1e-300 keeps its relative accuracy. Only the band is walked.
fn share_of_paths_outside(m: u64, n: u64, gap: u64) -> f64 {
    if gap == 0 {
        return 1.0;
    }
    // First and last j of row i that lie strictly inside the band.
    let first = |i: u64| (i * n).checked_sub(gap).map_or(0, |x| x / m + 1);
    let last = |i: u64| ((i * n + gap - 1) / m).min(n);
    let mut row = vec![1.0_f64; n as usize + 1];
    for i in 0..=m {
        let mut left = if first(i) == 0 { 0.0 } else { 1.0 };
        let band = row.get_mut(first(i) as usize..=last(i) as usize).unwrap_or_default();
        for (j, cell) in (first(i)..).zip(band) {
            let above = if i == 0 { 0.0 } else { *cell };
            let steps = (i + j) as f64;
            left = if i + j == 0 { 0.0 } else { (i as f64 * above + j as f64 * left) / steps };
            *cell = left;
        }
    }
    // A narrow band may end before the corner; then every path left it.
    if last(m) == n { row.last().copied().unwrap_or(1.0) } else { 1.0 }
}

/// Kolmogorov's limit at `z + (l + 2 s) / (6 sqrt(l s (l + s)))` with l and s the larger and smaller size (Hodges
/// 1957, as the one-sided tail), less half a step of the lattice on which D lives.
fn corrected_limit(m: u64, n: u64, d: f64) -> Result<f64, StatsError> {
    if d == 0.0 {
        return Ok(1.0);
    }
    let (large, small) = (m.max(n) as f64, m.min(n) as f64);
    let root = (large * small / (large + small)).sqrt();
    let hodges = (large + 2.0 * small) / (6.0 * (large * small * (large + small)).sqrt());
    let step = greatest_common_divisor(m, n) as f64 / (large * small);
    kolmogorov_sf(root * d + hodges - 0.5 * root * step)
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The largest `D` that [`kolmogorov_smirnov`] would still call no change at level `alpha`, from Kolmogorov's limit:
/// `sqrt(-ln(alpha / 2) / 2) sqrt(1/n_r + 1/n_c)`.
///
/// # Errors
/// [`StatsError::BadParameter`] for `alpha` outside 0..1 or an empty side.
pub fn critical_gap(n_reference: usize, n_current: usize, alpha: f64) -> Result<f64, StatsError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(StatsError::BadParameter { name: "alpha", value: alpha, range: "between 0 and 1" });
    }
    let smaller = n_reference.min(n_current);
    if smaller == 0 {
        return Err(StatsError::BadParameter { name: "sample size", value: 0.0, range: "at least 1" });
    }
    let spread = 1.0 / real(n_reference) + 1.0 / real(n_current);
    Ok(((-0.5 * (0.5 * alpha).ln()).sqrt() * spread.sqrt()).min(1.0))
}

#[cfg(test)]
mod tests;
