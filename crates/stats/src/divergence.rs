//! Divergences between two vectors of shares over the same classes.
//!
//! `p` is the reference and `q` the current side; both are non-negative and sum to one. All logarithms are
//! natural, all costs O(k) for k classes. Golden values come from scipy.

use crate::error::{Side, StatsError, finite};
use crate::sample::real;

/// Pseudo-count added to each class by default: half an observation, the prior of Jeffreys (1946), which keeps
/// the bias of a plug-in divergence small for sparse classes and makes every divergence finite.
pub const JEFFREYS: f64 = 0.5;

/// Smoothed shares `(c_i + a) / (n + a k)` of k classes with counts `c_i`.
///
/// `pseudo_count` a >= 0; with 0 these are the plain shares.
///
/// # Errors
/// [`StatsError::BadParameter`] for a negative or non-finite pseudo-count, [`StatsError::NoCounts`] when all
/// counts are zero.
pub fn smoothed_shares(side: Side, counts: &[u64], pseudo_count: f64) -> Result<Vec<f64>, StatsError> {
    if !(pseudo_count.is_finite() && pseudo_count >= 0.0) {
        let range = "finite and at least 0";
        return Err(StatsError::BadParameter { name: "pseudo-count", value: pseudo_count, range });
    }
    let total: f64 = counts.iter().map(|c| *c as f64).sum();
    if total == 0.0 {
        return Err(StatsError::NoCounts { side });
    }
    let denominator = total + pseudo_count * real(counts.len());
    Ok(counts.iter().map(|c| (*c as f64 + pseudo_count) / denominator).collect())
}

/// Kullback-Leibler divergence `sum p ln(p/q)` in nats, 0..∞: the information lost when the current shares stand
/// in for the reference (Kullback and Leibler 1951).
///
/// # Errors
/// Bad vectors, and [`StatsError::EmptyClass`] where only the current side is empty.
pub fn kl(p: &[f64], q: &[f64]) -> Result<f64, StatsError> {
    sum_to_zero_or_more("kl", kl_contributions(p, q)?)
}

/// The terms `p_i ln(p_i / q_i)` of [`kl`], which may be negative.
///
/// # Errors
/// As [`kl`].
pub fn kl_contributions(p: &[f64], q: &[f64]) -> Result<Vec<f64>, StatsError> {
    check(p, q)?;
    let term = |(class, (&a, &b)): (usize, (&f64, &f64))| match (a > 0.0, b > 0.0) {
        (false, _) => Ok(0.0),
        (true, true) => Ok(a * (a / b).ln()),
        (true, false) => Err(StatsError::EmptyClass { side: Side::Current, class }),
    };
    p.iter().zip(q).enumerate().map(term).collect()
}

/// Population stability index `sum (p - q) ln(p/q)`, 0..∞, symmetric: the two KL divergences added (Jeffreys
/// 1946; the name is that of credit scoring).
///
/// # Errors
/// Bad vectors, and [`StatsError::EmptyClass`] where exactly one side is empty.
pub fn psi(p: &[f64], q: &[f64]) -> Result<f64, StatsError> {
    sum_to_zero_or_more("psi", psi_contributions(p, q)?)
}

/// The terms `(p_i - q_i) ln(p_i / q_i)` of [`psi`], never negative.
///
/// # Errors
/// As [`psi`].
pub fn psi_contributions(p: &[f64], q: &[f64]) -> Result<Vec<f64>, StatsError> {
    check(p, q)?;
    let term = |(class, (&a, &b)): (usize, (&f64, &f64))| match (a > 0.0, b > 0.0) {
        (false, false) => Ok(0.0),
        (true, true) => Ok((a - b) * (a / b).ln()),
        (true, false) => Err(StatsError::EmptyClass { side: Side::Current, class }),
        (false, true) => Err(StatsError::EmptyClass { side: Side::Reference, class }),
    };
    p.iter().zip(q).enumerate().map(term).collect()
}

/// Jensen-Shannon divergence in nats, 0..=ln 2, symmetric: the mean KL divergence of both sides from their
/// midpoint (Lin 1991). Empty classes need no smoothing.
///
/// # Errors
/// Bad vectors only.
pub fn jensen_shannon(p: &[f64], q: &[f64]) -> Result<f64, StatsError> {
    let value = sum_to_zero_or_more("jensen-shannon", jensen_shannon_contributions(p, q)?)?;
    Ok(value.min(std::f64::consts::LN_2))
}

/// The terms `(p_i ln(p_i/m_i) + q_i ln(q_i/m_i)) / 2` of [`jensen_shannon`] with m the midpoint, never negative
/// beyond rounding.
///
/// # Errors
/// As [`jensen_shannon`].
pub fn jensen_shannon_contributions(p: &[f64], q: &[f64]) -> Result<Vec<f64>, StatsError> {
    check(p, q)?;
    let part = |a: f64, m: f64| if a > 0.0 { a * (a / m).ln() } else { 0.0 };
    let term = |(&a, &b): (&f64, &f64)| {
        let m = 0.5 * a + 0.5 * b;
        0.5 * (part(a, m) + part(b, m))
    };
    Ok(p.iter().zip(q).map(term).collect())
}

/// Jensen-Shannon distance, the square root of [`jensen_shannon`], a metric, 0..=0.8326 (Endres and Schindelin
/// 2003).
///
/// # Errors
/// As [`jensen_shannon`].
pub fn jensen_shannon_distance(p: &[f64], q: &[f64]) -> Result<f64, StatsError> {
    jensen_shannon(p, q).map(f64::sqrt)
}

/// Hellinger distance `sqrt(sum (sqrt p - sqrt q)^2 / 2)`, a metric, 0..=1.
///
/// # Errors
/// Bad vectors only.
pub fn hellinger(p: &[f64], q: &[f64]) -> Result<f64, StatsError> {
    check(p, q)?;
    let sum: f64 = p.iter().zip(q).map(|(a, b)| (a.sqrt() - b.sqrt()).powi(2)).sum();
    Ok((0.5 * sum).sqrt().min(1.0))
}

/// Total variation distance `sum |p - q| / 2`, a metric, 0..=1: the share of rows that would have to change class.
///
/// # Errors
/// Bad vectors only.
pub fn total_variation(p: &[f64], q: &[f64]) -> Result<f64, StatsError> {
    check(p, q)?;
    let sum: f64 = p.iter().zip(q).map(|(a, b)| (a - b).abs()).sum();
    Ok((0.5 * sum).min(1.0))
}

/// Largest change of a single class, `max |p - q|`, 0..=1.
///
/// # Errors
/// Bad vectors only.
pub fn l_infinity(p: &[f64], q: &[f64]) -> Result<f64, StatsError> {
    check(p, q)?;
    Ok(p.iter().zip(q).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max))
}

/// What [`total_variation`] of plain shares is expected to be when both sides, of `n_reference` and `n_current`
/// rows, are drawn from one and the same `shares`: `sum sqrt(s (1-s) (1/n_r + 1/n_c) 2/pi) / 2`, the mean of
/// folded normals. 0..; a normal approximation, too high for classes with less than one expected row, which is
/// why each term is held below `2 s`, its value when no row repeats.
///
/// # Errors
/// [`StatsError::BadShare`], [`StatsError::NoCounts`] for a side without rows.
pub fn expected_total_variation(shares: &[f64], n_reference: u64, n_current: u64) -> Result<f64, StatsError> {
    check_side(Side::Reference, shares)?;
    for (side, n) in [(Side::Reference, n_reference), (Side::Current, n_current)] {
        if n == 0 {
            return Err(StatsError::NoCounts { side });
        }
    }
    let per_row = 1.0 / n_reference as f64 + 1.0 / n_current as f64;
    let folded = |s: f64| (s * (1.0 - s) * per_row * std::f64::consts::FRAC_2_PI).sqrt().min(2.0 * s);
    Ok(0.5 * shares.iter().map(|s| folded(*s)).sum::<f64>())
}

/// Sums terms whose exact sum is never negative, so that rounding cannot take it below zero.
fn sum_to_zero_or_more(name: &'static str, terms: Vec<f64>) -> Result<f64, StatsError> {
    finite(name, terms.into_iter().sum::<f64>().max(0.0))
}

fn check(p: &[f64], q: &[f64]) -> Result<(), StatsError> {
    if p.len() != q.len() {
        return Err(StatsError::ClassCount { reference: p.len(), current: q.len() });
    }
    check_side(Side::Reference, p)?;
    check_side(Side::Current, q)
}

fn check_side(side: Side, shares: &[f64]) -> Result<(), StatsError> {
    // Shares that were divided by their own sum may pass one by a rounding error.
    const ROUNDING: f64 = 1e-9;
    if shares.is_empty() {
        return Err(StatsError::NoCounts { side });
    }
    match shares.iter().enumerate().find(|(_, s)| !(0.0..=1.0 + ROUNDING).contains(*s)) {
        Some((class, &value)) => Err(StatsError::BadShare { side, class, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
