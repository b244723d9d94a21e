//! Cramér-von Mises: the mean squared gap between two empirical distribution functions.

use crate::distribution::cramer_von_mises_sf;
use crate::error::{StatsError, finite};
use crate::sample::{TestOutcome, check_both, real, ties};

/// Two-sample Cramér-von Mises test on sorted samples.
///
/// The statistic is `T = n_r n_c / N^2 sum (F_r - F_c)^2` over the pooled values, 0.. (Anderson 1962). The p-value is the
/// tail of the limit after matching mean and variance; both are computed given the ties, so that discrete columns keep
/// the level. Without ties statistic and p-value equal `scipy.stats.cramervonmises_2samp(method="asymptotic")`; with
/// ties scipy ranks by midranks, which does not give 0 for equal samples. If all values are equal T is 0 and p is 1.
/// O(n).
///
/// # Errors
/// Fewer than 2 values on a side, an unsorted or non-finite sample.
pub fn cramer_von_mises(reference: &[f64], current: &[f64]) -> Result<TestOutcome, StatsError> {
    check_both(reference, current, 2)?;
    let (m, n) = (real(reference.len()), real(current.len()));
    let total = m + n;
    let (mut below_r, mut below_c) = (0.0, 0.0);
    let (mut statistic, mut moments) = (0.0, Moments::default());
    for tie in ties(reference, current) {
        below_r += real(tie.reference);
        below_c += real(tie.current);
        let weight = real(tie.reference + tie.current);
        statistic += weight * (below_r / m - below_c / n).powi(2);
        moments.add(weight / total, (below_r + below_c) / total);
    }
    statistic = finite("Cramér-von Mises statistic", statistic * m * n / (total * total))?;
    if moments.mean == 0.0 {
        return Ok(TestOutcome { statistic: 0.0, p_value: 1.0 });
    }
    let mean = moments.mean * total / (total - 1.0);
    let scale = (moments.variance() / untied_variance(reference.len() + current.len())).sqrt();
    let standardised = (statistic - mean) / (variance(m, n).sqrt() * scale);
    let p_value = cramer_von_mises_sf(1.0 / 6.0 + standardised / 45.0_f64.sqrt())?;
    Ok(TestOutcome { statistic, p_value })
}

/// Exact variance of T without ties (Anderson 1962, eq. 9).
fn variance(m: f64, n: f64) -> f64 {
    let total = m + n;
    let k = m * n;
    let numerator = (total + 1.0) * (4.0 * k * total - 3.0 * (m * m + n * n) - 2.0 * k);
    numerator / (45.0 * total * total * 4.0 * k)
}

fn untied_variance(total: usize) -> f64 {
    let mut moments = Moments::default();
    let n = real(total);
    (1..=total).for_each(|i| moments.add(1.0 / n, real(i) / n));
    moments.variance()
}

/// Mean and variance of `sum w_g B(s_g)^2` for a Brownian bridge B at the cumulative shares s_g with weights w_g.
#[derive(Default)]
struct Moments {
    mean: f64,
    squares: f64,
    products: f64,
    before: f64,
}

impl Moments {
    fn add(&mut self, weight: f64, share: f64) {
        let bridge = share * (1.0 - share);
        self.mean += weight * bridge;
        self.squares += (weight * bridge).powi(2);
        self.products += weight * (1.0 - share).powi(2) * self.before;
        self.before += weight * share * share;
    }

    fn variance(&self) -> f64 {
        2.0 * self.squares + 4.0 * self.products
    }
}

#[cfg(test)]
mod tests;
