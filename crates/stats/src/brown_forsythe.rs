//! Brown-Forsythe: does the spread differ?

use crate::distribution::student_t_two_sided;
use crate::error::{StatsError, finite};
use crate::moments::moments;
use crate::quantile::interpolate;
use crate::sample::{TestOutcome, check_both, real};

/// Levene's test on the distances from the medians (Brown and Forsythe 1974), on sorted samples.
///
/// The statistic is F with 1 and N - 2 degrees of freedom, 0..; large when the mean distances from the median differ.
/// O(n). Golden values: `scipy.stats.levene(center="median")`.
///
/// # Errors
/// Fewer than 2 values on a side, [`StatsError::Constant`] when the distances have no spread within the sides,
/// [`StatsError::Overflow`], an unsorted or non-finite sample.
pub fn brown_forsythe(reference: &[f64], current: &[f64]) -> Result<TestOutcome, StatsError> {
    check_both(reference, current, 2)?;
    let (m, n) = (real(reference.len()), real(current.len()));
    let (r, c) = (moments(&distances(reference))?, moments(&distances(current))?);
    let within = finite("variance", r.variance * (m - 1.0) + c.variance * (n - 1.0))?;
    if within == 0.0 {
        return Err(StatsError::Constant { value: r.mean });
    }
    // With two groups F is the square of the pooled t of the distances.
    let t = (r.mean - c.mean) / (within / (m + n - 2.0) * (1.0 / m + 1.0 / n)).sqrt();
    let statistic = finite("F", t * t)?;
    Ok(TestOutcome { statistic, p_value: student_t_two_sided(t, m + n - 2.0)? })
}

fn distances(sorted: &[f64]) -> Vec<f64> {
    let median = interpolate(sorted, 0.5);
    sorted.iter().map(|x| (x - median).abs()).collect()
}

#[cfg(test)]
mod tests;
