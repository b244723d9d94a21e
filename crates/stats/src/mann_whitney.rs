//! Mann-Whitney: is one side larger than the other?

use crate::distribution::normal_sf;
use crate::error::StatsError;
use crate::sample::{TestOutcome, check_both, real, ties};

/// Answer of [`mann_whitney`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// U of the reference with its two-sided p-value.
    pub outcome: TestOutcome,
    /// Probability that a current value is larger than a reference value, ties counting half, 0..=1; 0.5 means no shift.
    pub current_larger: f64,
}

/// Two-sided Mann-Whitney U test on sorted samples (Mann and Whitney 1947): normal approximation with the correction for
/// ties and for continuity.
///
/// U is the number of pairs in which the reference is larger, ties counting half, `0..=n_r n_c`. If all values are equal
/// the p-value is 1. O(n). Golden values: `scipy.stats.mannwhitneyu(method="asymptotic")`.
///
/// # Errors
/// An empty, unsorted or non-finite sample.
pub fn mann_whitney(reference: &[f64], current: &[f64]) -> Result<MannWhitney, StatsError> {
    check_both(reference, current, 1)?;
    let (m, n) = (real(reference.len()), real(current.len()));
    let total = m + n;
    let (mut u, mut below_c, mut tie_sum) = (0.0, 0.0, 0.0);
    for tie in ties(reference, current) {
        let (in_r, in_c) = (real(tie.reference), real(tie.current));
        u += in_r * (below_c + 0.5 * in_c);
        below_c += in_c;
        let t = in_r + in_c;
        tie_sum += t * t * t - t;
    }
    let variance = m * n / 12.0 * (total + 1.0 - tie_sum / (total * (total - 1.0)));
    let beyond = ((u - 0.5 * m * n).abs() - 0.5).max(0.0);
    let p_value = if variance > 0.0 { (2.0 * normal_sf(beyond / variance.sqrt())?).min(1.0) } else { 1.0 };
    Ok(MannWhitney { outcome: TestOutcome { statistic: u, p_value }, current_larger: 1.0 - u / (m * n) })
}

#[cfg(test)]
mod tests;
