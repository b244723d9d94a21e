//! Epps-Singleton: do two samples have the same empirical characteristic function?

use crate::distribution::chi_square_sf;
use crate::error::{StatsError, finite};
use crate::quantile::interpolate;
use crate::sample::{TestOutcome, check_both, real, ties};
use crate::symmetric::{Matrix4, pseudo_inverse_form};

/// Points of the characteristic function in units of half the pooled inter-quartile range (Epps and Singleton 1986).
const POINTS: [f64; 2] = [0.4, 0.8];
/// Below this size on both sides the statistic is shrunk to keep its level (Epps and Singleton 1986, eq. 13).
const SMALL: usize = 25;

/// Two-sample Epps-Singleton test on sorted samples, at home with discrete values too.
///
/// The statistic is a quadratic form in the differences of `cos` and `sin` of the scaled values, 0..; without change it
/// is chi-square with as many degrees of freedom as the form has rank, 4 as a rule. O(n). Golden values:
/// `scipy.stats.epps_singleton_2samp`.
///
/// # Errors
/// Fewer than 5 values on a side, [`StatsError::Constant`], [`StatsError::NoMiddleSpread`], an unsorted or non-finite
/// sample.
pub fn epps_singleton(reference: &[f64], current: &[f64]) -> Result<TestOutcome, StatsError> {
    check_both(reference, current, 5)?;
    let scale = half_pooled_iqr(reference, current)?;
    let (m, n) = (real(reference.len()), real(current.len()));
    let (mean_r, covariance_r) = moments(reference, scale);
    let (mean_c, covariance_c) = moments(current, scale);
    let total = m + n;
    let mut covariance = [[0.0; 4]; 4];
    let cells =
        covariance.iter_mut().flatten().zip(covariance_r.iter().flatten().zip(covariance_c.iter().flatten()));
    cells.for_each(|(cell, (r, c))| *cell = total / m * r + total / n * c);
    let mut difference = [0.0; 4];
    difference.iter_mut().zip(mean_r.iter().zip(mean_c)).for_each(|(d, (r, c))| *d = r - c);
    let (form, rank) = pseudo_inverse_form(&covariance, &difference);
    let mut statistic = finite("Epps-Singleton statistic", total * form)?;
    if reference.len().max(current.len()) < SMALL {
        statistic /= 1.0 + total.powf(-0.45) + 10.1 * (m.powf(-1.7) + n.powf(-1.7));
    }
    // Without any rank every value sits at one phase: nothing tells the sides apart.
    let p_value = if rank == 0 { 1.0 } else { chi_square_sf(statistic, real(rank))? };
    Ok(TestOutcome { statistic, p_value })
}

fn half_pooled_iqr(reference: &[f64], current: &[f64]) -> Result<f64, StatsError> {
    let mut pooled = Vec::with_capacity(reference.len() + current.len());
    for tie in ties(reference, current) {
        pooled.resize(pooled.len() + tie.reference + tie.current, tie.value);
    }
    let iqr = finite("inter-quartile range", interpolate(&pooled, 0.75) - interpolate(&pooled, 0.25))?;
    if iqr > 0.0 {
        return Ok(0.5 * iqr);
    }
    let value = interpolate(&pooled, 0.5);
    if pooled.first() == pooled.last() {
        Err(StatsError::Constant { value })
    } else {
        Err(StatsError::NoMiddleSpread { value })
    }
}

/// Means and population covariances of cos and sin at both points.
fn moments(sample: &[f64], scale: f64) -> ([f64; 4], Matrix4) {
    let n = real(sample.len());
    let (mut mean, mut covariance) = ([0.0; 4], [[0.0; 4]; 4]);
    for x in sample {
        mean.iter_mut().zip(waves(*x, scale)).for_each(|(sum, w)| *sum += w / n);
    }
    for x in sample {
        let mut centred = waves(*x, scale);
        centred.iter_mut().zip(mean).for_each(|(w, m)| *w -= m);
        for (row, a) in covariance.iter_mut().zip(centred) {
            row.iter_mut().zip(centred).for_each(|(cell, b)| *cell += a * b / n);
        }
    }
    (mean, covariance)
}

fn waves(x: f64, scale: f64) -> [f64; 4] {
    let [a, b] = POINTS.map(|t| {
        let angle = t / scale * x;
        // A value whose angle overflows has no phase; it counts as one far away.
        if angle.is_finite() { angle } else { 0.0 }
    });
    [a.cos(), b.cos(), a.sin(), b.sin()]
}

#[cfg(test)]
mod tests;
