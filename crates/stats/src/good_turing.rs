//! How much of a population a sample has not seen.

use crate::error::{Side, StatsError};

/// Mass of the classes that a sample has missed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnseenMass {
    /// Expected share of the next rows that fall into classes without a count so far, 0..=1.
    pub expected: f64,
    /// Standard error of that share.
    pub std_error: f64,
}

/// Good-Turing estimate of the unseen mass: `f1 / n`, the share of rows whose class occurred once (Good 1953),
/// with the standard error `sqrt(f1 (1 - f1/n) + 2 f2) / n` (Esty 1983).
///
/// `counts` are those of the reference's classes, zeros ignored; O(k).
///
/// # Errors
/// [`StatsError::NoCounts`] when there is no row.
pub fn unseen_mass(counts: &[u64]) -> Result<UnseenMass, StatsError> {
    let n: f64 = counts.iter().map(|c| *c as f64).sum();
    if n == 0.0 {
        return Err(StatsError::NoCounts { side: Side::Reference });
    }
    let once = counts.iter().filter(|c| **c == 1).count() as f64;
    let twice = counts.iter().filter(|c| **c == 2).count() as f64;
    let variance = once * (1.0 - once / n) + 2.0 * twice;
    Ok(UnseenMass { expected: once / n, std_error: variance.sqrt() / n })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let found = unseen_mass(&[1, 1, 2, 6, 0]).unwrap();
        assert!((found.expected - 0.2).abs() < 1e-15);
        assert!((found.std_error - (2.0_f64 * 0.8 + 2.0).sqrt() / 10.0).abs() < 1e-15);
        assert_eq!(unseen_mass(&[5, 5]).unwrap(), UnseenMass { expected: 0.0, std_error: 0.0 });
        assert_eq!(unseen_mass(&[1, 1]).unwrap().expected, 1.0);
    }

    #[test]
    fn no_rows_is_named() {
        assert!(matches!(unseen_mass(&[]), Err(StatsError::NoCounts { .. })));
        assert!(matches!(unseen_mass(&[0, 0]), Err(StatsError::NoCounts { .. })));
    }
}
