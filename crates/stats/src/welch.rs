//! Welch's t: do the means differ?

use crate::distribution::student_t_two_sided;
use crate::error::{StatsError, finite};
use crate::moments::moments;
use crate::sample::{TestOutcome, check_both, real};

/// Answer of [`welch_t`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Welch {
    /// t with its two-sided p-value; positive when the reference is larger.
    pub outcome: TestOutcome,
    /// Degrees of freedom by Welch and Satterthwaite.
    pub degrees: f64,
}

/// Two-sided t test without the assumption of equal variances (Welch 1947) on sorted samples.
///
/// `t = (mean_r - mean_c) / sqrt(v_r/n_r + v_c/n_c)`. O(n). Golden values: `scipy.stats.ttest_ind(equal_var=False)`.
///
/// # Errors
/// Fewer than 2 values on a side, [`StatsError::Constant`] when neither side has any spread, [`StatsError::Overflow`], an
/// unsorted or non-finite sample.
pub fn welch_t(reference: &[f64], current: &[f64]) -> Result<Welch, StatsError> {
    check_both(reference, current, 2)?;
    let (r, c) = (moments(reference)?, moments(current)?);
    let (of_r, of_c) = (r.variance / real(reference.len()), c.variance / real(current.len()));
    let variance = finite("variance", of_r + of_c)?;
    if variance == 0.0 {
        return Err(StatsError::Constant { value: r.mean });
    }
    let statistic = finite("t", (r.mean - c.mean) / variance.sqrt())?;
    // Shares of the variance, so that squares of tiny or huge variances neither vanish nor overflow.
    let (share_r, share_c) = (of_r / variance, of_c / variance);
    let spread =
        share_r * share_r / (real(reference.len()) - 1.0) + share_c * share_c / (real(current.len()) - 1.0);
    let degrees = 1.0 / spread;
    Ok(Welch {
        outcome: TestOutcome { statistic, p_value: student_t_two_sided(statistic, degrees)? },
        degrees,
    })
}

#[cfg(test)]
mod tests;
