//! Two proportions: does a share differ?

use crate::contingency::MIN_EXPECTED;
use crate::distribution::normal_two_sided;
use crate::error::{Side, StatsError};
use crate::fisher::fisher_exact;
use crate::sample::TestOutcome;

/// Answer of [`two_proportions`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proportions {
    /// Share of the current side less that of the reference, -1..=1.
    pub difference: f64,
    /// z with the two-sided p-value.
    pub outcome: TestOutcome,
    /// Whether the p-value is Fisher's exact one, because an expected count was below 5.
    pub exact: bool,
}

/// Two-sided test of two proportions with the pooled standard error,
/// `z = (c/n_c - r/n_r) / sqrt(s (1-s) (1/n_r + 1/n_c))`.
///
/// Each side is `(hits, rows)`. Where an expected count of hits or misses is below 5 the p-value is that of Fisher's exact
/// test. If both shares are 0, or both 1, z is 0 and p is 1. Golden values: the square root of
/// `scipy.stats.chi2_contingency(correction=False)`.
///
/// # Errors
/// [`StatsError::NoCounts`] for a side without rows, [`StatsError::BadParameter`] for more hits than rows.
pub fn two_proportions(reference: (u64, u64), current: (u64, u64)) -> Result<Proportions, StatsError> {
    for (side, (hits, rows)) in [(Side::Reference, reference), (Side::Current, current)] {
        if rows == 0 {
            return Err(StatsError::NoCounts { side });
        }
        if hits > rows {
            return Err(StatsError::BadParameter {
                name: "hits",
                value: hits as f64,
                range: "at most the number of rows",
            });
        }
    }
    let (m, n) = (reference.1 as f64, current.1 as f64);
    let difference = current.0 as f64 / n - reference.0 as f64 / m;
    let (hits, misses) = (reference.0 + current.0, reference.1 - reference.0 + current.1 - current.0);
    let (share, rest) = (hits as f64 / (m + n), misses as f64 / (m + n));
    let variance = share * rest * (1.0 / m + 1.0 / n);
    let statistic = if variance > 0.0 { difference / variance.sqrt() } else { 0.0 };
    let exact = share.min(rest) * m.min(n) < MIN_EXPECTED;
    let p_value = if exact {
        fisher_exact([reference.0, reference.1 - reference.0], [current.0, current.1 - current.0])?
    } else {
        normal_two_sided(statistic)?
    };
    Ok(Proportions { difference, outcome: TestOutcome { statistic, p_value }, exact })
}

#[cfg(test)]
mod tests;
