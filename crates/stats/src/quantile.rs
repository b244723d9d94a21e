//! Quantiles of sorted samples.

use crate::error::{Side, StatsError};
use crate::sample::{check, real};

/// Quantile of a sorted sample by linear interpolation, type 7 of Hyndman and Fan (1996), the default of numpy
/// and R.
///
/// `q` in 0..=1; O(n) for the check of the order. The side in an error is always the reference.
///
/// # Errors
/// An empty, unsorted or non-finite sample, or `q` out of range.
pub fn quantile(sorted: &[f64], q: f64) -> Result<f64, StatsError> {
    quantiles(sorted, &[q]).map(|found| found.first().copied().unwrap_or_default())
}

/// Several [`quantile`]s of one sample, in the order asked for; the sample is checked once.
///
/// # Errors
/// As [`quantile`].
pub fn quantiles(sorted: &[f64], qs: &[f64]) -> Result<Vec<f64>, StatsError> {
    check(Side::Reference, sorted, 1)?;
    match qs.iter().find(|q| !(0.0..=1.0).contains(*q)) {
        Some(&value) => Err(StatsError::BadParameter { name: "quantile", value, range: "between 0 and 1" }),
        None => Ok(qs.iter().map(|q| interpolate(sorted, *q)).collect()),
    }
}

/// Median and inter-quartile range of a sorted sample, both type 7.
///
/// # Errors
/// As [`quantile`].
pub fn median_and_iqr(sorted: &[f64]) -> Result<(f64, f64), StatsError> {
    check(Side::Reference, sorted, 1)?;
    Ok((interpolate(sorted, 0.5), interpolate(sorted, 0.75) - interpolate(sorted, 0.25)))
}

/// Interpolates in a sample that is known to be sorted and not empty; an empty one gives 0.
pub(crate) fn interpolate(sorted: &[f64], q: f64) -> f64 {
    let rank = q * real(sorted.len().saturating_sub(1));
    let at = |i: usize| sorted.get(i).or(sorted.last()).copied().unwrap_or_default();
    let (below, part) = (rank.floor(), rank - rank.floor());
    let (a, b) = (at(below as usize), at(below as usize + 1));
    // Not a + part (b - a): that overflows for values of opposite sign near the limit.
    if part == 0.0 || a == b { a } else { a * (1.0 - part) + b * part }
}

#[cfg(test)]
mod tests {
    use super::*;

    // numpy.quantile([1, 2, 4, 8, 16], [0, .1, .25, .5, .9, 1])
    #[test]
    fn golden() {
        let found = quantiles(&[1.0, 2.0, 4.0, 8.0, 16.0], &[0.0, 0.1, 0.25, 0.5, 0.9, 1.0]).unwrap();
        for (got, want) in found.iter().zip([1.0, 1.4, 2.0, 4.0, 12.8, 16.0]) {
            assert!((got - want).abs() < 1e-12, "{got} {want}");
        }
        assert_eq!(median_and_iqr(&[1.0, 2.0, 4.0, 8.0, 16.0]), Ok((4.0, 6.0)));
    }

    #[test]
    fn edges() {
        assert_eq!(quantile(&[7.0], 0.3), Ok(7.0));
        assert_eq!(quantile(&[-f64::MAX, f64::MAX], 0.5), Ok(0.0));
        assert!(matches!(quantile(&[], 0.5), Err(StatsError::TooFew { .. })));
        assert!(matches!(quantile(&[1.0, f64::INFINITY], 0.5), Err(StatsError::NotFinite { .. })));
        assert!(matches!(quantile(&[1.0], 1.5), Err(StatsError::BadParameter { .. })));
        assert!(matches!(quantile(&[1.0], f64::NAN), Err(StatsError::BadParameter { .. })));
    }
}
