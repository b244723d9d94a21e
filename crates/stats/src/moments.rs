//! Mean and variance of a sample.

use crate::error::{StatsError, finite};
use crate::sample::real;

/// Mean and sample variance (divisor n - 1; 0 for one value) of finite values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample variance.
    pub variance: f64,
}

/// Mean and variance in two passes, with the correction for the rounding of the mean (Chan, Golub and LeVeque 1983).
/// A constant sample has variance exactly 0. The sample must not be empty.
///
/// # Errors
/// [`StatsError::Overflow`] when a sum leaves the range of a double.
pub fn moments(sample: &[f64]) -> Result<Moments, StatsError> {
    let n = real(sample.len());
    let first = sample.first().copied().unwrap_or_default();
    if sample.iter().all(|x| *x == first) {
        return Ok(Moments { mean: first, variance: 0.0 });
    }
    let mean = finite("mean", sample.iter().sum::<f64>() / n)?;
    let (mut squares, mut rest) = (0.0, 0.0);
    for x in sample {
        let d = x - mean;
        squares += d * d;
        rest += d;
    }
    let variance = finite("variance", (squares - rest * rest / n) / (n - 1.0))?;
    Ok(Moments { mean: mean + rest / n, variance: variance.max(0.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let found = moments(&[1.0, 2.0, 4.0]).unwrap();
        assert!((found.mean - 7.0 / 3.0).abs() < 1e-15 && (found.variance - 7.0 / 3.0).abs() < 1e-14);
        assert_eq!(moments(&[0.1; 7]), Ok(Moments { mean: 0.1, variance: 0.0 }));
        assert!(matches!(moments(&[f64::MAX, f64::MAX, 0.0]), Err(StatsError::Overflow { .. })));
    }
}
