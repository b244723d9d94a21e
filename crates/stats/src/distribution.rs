//! Tails of the distributions that tests refer to, accurate far out.
//!
//! Every function answers an upper or two-sided tail directly, never `1 - cdf`, so that a p-value of 1e-200 is one.

use statrs::function::beta::checked_beta_reg;
use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::gamma::checked_gamma_ur;

use crate::error::StatsError;
use crate::quadratic_form;

/// Degrees of freedom above which [`student_t_two_sided`] goes through a normal variable: the continued fraction
/// behind the incomplete beta function needs more terms the more degrees there are, and Hill's error is below
/// 1e-11 there.
const HILL_FROM: f64 = 1000.0;

/// Upper tail of the standard normal distribution.
///
/// # Errors
/// [`StatsError::BadParameter`] for NaN.
pub fn normal_sf(z: f64) -> Result<f64, StatsError> {
    not_nan("z", z)?;
    Ok(0.5 * erfc(z * std::f64::consts::FRAC_1_SQRT_2))
}

/// Both tails of the standard normal distribution beyond `|z|`.
///
/// # Errors
/// [`StatsError::BadParameter`] for NaN.
pub fn normal_two_sided(z: f64) -> Result<f64, StatsError> {
    normal_sf(z.abs()).map(|p| 2.0 * p)
}

/// The value that a standard normal variable exceeds with probability `p`, 0 < p < 1.
///
/// # Errors
/// [`StatsError::BadParameter`] for `p` out of range.
pub fn normal_upper_quantile(p: f64) -> Result<f64, StatsError> {
    if !(p > 0.0 && p < 1.0) {
        return Err(StatsError::BadParameter { name: "probability", value: p, range: "between 0 and 1" });
    }
    Ok(std::f64::consts::SQRT_2 * erfc_inv(2.0 * p))
}

/// Upper tail of the chi-square distribution.
///
/// # Errors
/// [`StatsError::BadParameter`] for NaN or no degree of freedom.
pub fn chi_square_sf(x: f64, degrees: f64) -> Result<f64, StatsError> {
    not_nan("chi-square", x)?;
    positive("degrees of freedom", degrees)?;
    if x <= 0.0 {
        return Ok(1.0);
    }
    if x == f64::INFINITY {
        return Ok(0.0);
    }
    let tail = checked_gamma_ur(0.5 * degrees, 0.5 * x);
    Ok(tail.map_or(0.0, |p| p.clamp(0.0, 1.0)))
}

/// Both tails of Student's t distribution beyond `|t|`.
///
/// From 1000 degrees of freedom on by the normalising transformation of Hill (1970, CACM algorithm 395).
///
/// # Errors
/// [`StatsError::BadParameter`] for NaN or no degree of freedom.
pub fn student_t_two_sided(t: f64, degrees: f64) -> Result<f64, StatsError> {
    not_nan("t", t)?;
    positive("degrees of freedom", degrees)?;
    if (t * t).is_infinite() {
        return Ok(0.0);
    }
    if degrees >= HILL_FROM {
        return normal_two_sided(hill(t, degrees));
    }
    let tail = checked_beta_reg(0.5 * degrees, 0.5, degrees / (degrees + t * t));
    // Exactly at the centre the library's guard against the end of the range answers 0.
    Ok(if t == 0.0 { 1.0 } else { tail.map_or(0.0, |p| p.clamp(0.0, 1.0)) })
}

fn hill(t: f64, degrees: f64) -> f64 {
    let a = degrees - 0.5;
    let b = 48.0 * a * a;
    let z2 = a * (t * t / degrees).ln_1p();
    let z = z2.sqrt();
    let numerator = (((4.0 * z2 + 33.0) * z2 + 240.0) * z2 + 855.0) * z;
    z + (z2 + 3.0) * z / b - numerator / (10.0 * b * (b + 0.8 * z2 * z2 + 100.0))
}

/// Upper tail of Kolmogorov's distribution, the limit of `sqrt(n) D`: `2 sum (-1)^(k-1) exp(-2 k^2 z^2)`, and for
/// small z the equal theta series that converges there (Kolmogorov 1933).
///
/// # Errors
/// [`StatsError::BadParameter`] for NaN.
pub fn kolmogorov_sf(z: f64) -> Result<f64, StatsError> {
    /// Where both series need about the same few terms.
    const CROSSOVER: f64 = 1.0;
    not_nan("z", z)?;
    if z <= 0.0 {
        return Ok(1.0);
    }
    if z >= CROSSOVER {
        let term = |k: f64| (-2.0 * k * k * z * z).exp();
        return Ok(2.0 * (term(1.0) - term(2.0) + term(3.0) - term(4.0) + term(5.0)));
    }
    let a = std::f64::consts::PI * std::f64::consts::PI / (8.0 * z * z);
    let cdf = (2.0 * std::f64::consts::PI).sqrt() / z
        * [1.0_f64, 9.0, 25.0, 49.0].map(|k2| (-a * k2).exp()).iter().sum::<f64>();
    Ok((1.0 - cdf).clamp(0.0, 1.0))
}

/// Upper tail of the limit of the Cramér-von Mises statistic, `sum chi2_1 / (j pi)^2`, by Smirnov's formula
/// (1936), which keeps its relative accuracy in the tail.
///
/// # Errors
/// [`StatsError::BadParameter`] for NaN.
pub fn cramer_von_mises_sf(x: f64) -> Result<f64, StatsError> {
    not_nan("Cramér-von Mises statistic", x)?;
    Ok(quadratic_form::cramer_von_mises_tail(x))
}

/// Upper tail of the limit of the Anderson-Darling statistic, `sum chi2_1 / (j (j+1))`, mean 1, by Smirnov's formula
/// with the eigenvalues of Anderson and Darling (1952).
///
/// # Errors
/// [`StatsError::BadParameter`] for NaN.
pub fn anderson_darling_sf(x: f64) -> Result<f64, StatsError> {
    not_nan("Anderson-Darling statistic", x)?;
    Ok(quadratic_form::anderson_darling_tail(x))
}

fn not_nan(name: &'static str, value: f64) -> Result<(), StatsError> {
    if value.is_nan() {
        return Err(StatsError::BadParameter { name, value, range: "a number" });
    }
    Ok(())
}

fn positive(name: &'static str, value: f64) -> Result<(), StatsError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(StatsError::BadParameter { name, value, range: "positive and finite" })
}

#[cfg(test)]
mod tests;
