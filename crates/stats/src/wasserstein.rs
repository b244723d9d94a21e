//! Wasserstein: how far values have to be carried to turn one sample into the other.

use crate::error::{StatsError, finite};
use crate::sample::{check_both, real, ties};

/// Wasserstein-1 (earth mover's) distance of two sorted samples, `int |F_r - F_c| dx`, in the unit of the values, 0..
///
/// O(n). Golden values: `scipy.stats.wasserstein_distance`.
///
/// # Errors
/// An empty, unsorted or non-finite sample, [`StatsError::Overflow`].
pub fn wasserstein(reference: &[f64], current: &[f64]) -> Result<f64, StatsError> {
    integrate_gap("Wasserstein distance", reference, current, f64::abs)
}

/// `int g(F_r - F_c) dx` over two sorted samples.
///
/// # Errors
/// As [`wasserstein`]; `name` is what an overflow is reported for.
pub(crate) fn integrate_gap(
    name: &'static str,
    reference: &[f64],
    current: &[f64],
    g: impl Fn(f64) -> f64,
) -> Result<f64, StatsError> {
    check_both(reference, current, 1)?;
    let (m, n) = (real(reference.len()), real(current.len()));
    let (mut below_r, mut below_c) = (0.0, 0.0);
    let (mut sum, mut last) = (0.0, None);
    for tie in ties(reference, current) {
        let height = g(below_r / m - below_c / n);
        // Equal distribution functions carry nothing however wide the gap; zero times infinity would be NaN.
        if let Some(from) = last.filter(|_| height > 0.0) {
            sum += height * (tie.value - from);
        }
        last = Some(tie.value);
        below_r += real(tie.reference);
        below_c += real(tie.current);
    }
    finite(name, sum)
}

#[cfg(test)]
mod tests;
