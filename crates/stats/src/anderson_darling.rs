//! Anderson-Darling: the squared gap between two distribution functions, weighted towards the tails.

use crate::distribution::anderson_darling_sf;
use crate::error::{Side, StatsError, finite};
use crate::sample::{TestOutcome, check_both, real, ties};

/// Answer of [`anderson_darling`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AndersonDarling {
    /// `A2akN` of Scholz and Stephens with its p-value; 0.., 1 on average without any change.
    pub outcome: TestOutcome,
    /// The statistic less its mean, in standard deviations without ties: what scipy calls the statistic.
    pub standardised: f64,
}

/// Two-sample Anderson-Darling test with midranks on sorted samples (Scholz and Stephens 1987, eq. 7).
///
/// The p-value is the tail of the limit law after matching the variance, which is computed given the ties; it is
/// monotone, has no floor or ceiling, and keeps its meaning far below the 0.001 at which tables end. The mean is 1 with
/// and without ties. O(n). Golden values of the statistic: `scipy.stats.anderson_ksamp(variant="midrank")`.
///
/// # Errors
/// Fewer than 2 values on a side, [`StatsError::Constant`], an unsorted or non-finite sample.
pub fn anderson_darling(reference: &[f64], current: &[f64]) -> Result<AndersonDarling, StatsError> {
    /// Variance of the limit, `2 (pi^2 - 9) / 3`.
    const LIMIT_VARIANCE: f64 = 2.0 * (std::f64::consts::PI * std::f64::consts::PI - 9.0) / 3.0;
    check_both(reference, current, 2)?;
    reject_constant(reference, current)?;
    let (m, n) = (real(reference.len()), real(current.len()));
    let total = m + n;
    let (mut below_r, mut below_c) = (0.0, 0.0);
    let (mut sum, mut variance) = (0.0, TieVariance::default());
    for tie in ties(reference, current) {
        let (in_r, in_c) = (real(tie.reference), real(tie.current));
        let mid_r = below_r + 0.5 * in_r;
        let mid = mid_r + below_c + 0.5 * in_c;
        let spread = mid * (total - mid) - 0.25 * total * (in_r + in_c);
        sum += (in_r + in_c) / total * (total * mid_r - mid * m).powi(2) / spread;
        variance.add((in_r + in_c) / total, mid / total);
        below_r += in_r;
        below_c += in_c;
    }
    // The second sample's terms equal the first's, divided by its own size.
    let statistic = finite("Anderson-Darling statistic", sum * (1.0 / m + 1.0 / n) * (total - 1.0) / total)?;
    let sigma = untied_variance_of_statistic(reference.len(), current.len()).sqrt();
    let scale = (variance.value() / untied_variance(reference.len() + current.len())).sqrt();
    let standardised = (statistic - 1.0) / sigma;
    let p_value = anderson_darling_sf(1.0 + standardised / scale * LIMIT_VARIANCE.sqrt())?;
    Ok(AndersonDarling { outcome: TestOutcome { statistic, p_value }, standardised })
}

fn reject_constant(reference: &[f64], current: &[f64]) -> Result<(), StatsError> {
    let ends = [reference.first(), reference.last(), current.first(), current.last()];
    match ends.first().copied().flatten() {
        Some(&value) if ends.iter().all(|e| e.is_some_and(|x| *x == value)) => {
            Err(StatsError::Constant { value })
        }
        Some(_) => Ok(()),
        None => Err(StatsError::TooFew { side: Side::Reference, got: 0, needed: 2 }),
    }
}

/// Variance of the statistic for two samples without ties (Scholz and Stephens 1987, eq. 4), N >= 4.
fn untied_variance_of_statistic(m: usize, n: usize) -> f64 {
    let total = m + n;
    let big_h = 1.0 / real(m) + 1.0 / real(n);
    let (mut tail, mut g) = (0.0, 0.0);
    for i in (2..total).rev() {
        tail += 1.0 / real(i);
        g += tail / real(total - i + 1);
    }
    let h = tail + 1.0;
    let k = 2.0;
    let a = (4.0 * g - 6.0) * (k - 1.0) + (10.0 - 6.0 * g) * big_h;
    let b =
        (2.0 * g - 4.0) * k * k + 8.0 * h * k + (2.0 * g - 14.0 * h - 4.0) * big_h - 8.0 * h + 4.0 * g - 6.0;
    let c =
        (6.0 * h + 2.0 * g - 2.0) * k * k + (4.0 * h - 4.0 * g + 6.0) * k + (2.0 * h - 6.0) * big_h + 4.0 * h;
    let d = (2.0 * h + 6.0) * k * k - 4.0 * h * k;
    let x = real(total);
    (((a * x + b) * x + c) * x + d) / ((x - 1.0) * (x - 2.0) * (x - 3.0))
}

fn untied_variance(total: usize) -> f64 {
    let mut variance = TieVariance::default();
    let n = real(total);
    (0..total).for_each(|i| variance.add(1.0 / n, (real(i) + 0.5) / n));
    variance.value()
}

/// Variance of `sum w_g Z_g^2` where `Z_g` are the standardised midpoints of a Brownian bridge over the tied groups,
/// with correlation `b_g (1 - b_h) / sqrt(v_g v_h)` and `v = b (1 - b) - w / 4`.
#[derive(Default)]
struct TieVariance {
    squares: f64,
    products: f64,
    before: f64,
}

impl TieVariance {
    fn add(&mut self, weight: f64, middle: f64) {
        let spread = middle * (1.0 - middle) - 0.25 * weight;
        self.squares += weight * weight;
        self.products += weight * (1.0 - middle).powi(2) / spread * self.before;
        self.before += weight * middle * middle / spread;
    }

    fn value(&self) -> f64 {
        2.0 * self.squares + 4.0 * self.products
    }
}

#[cfg(test)]
mod tests;
