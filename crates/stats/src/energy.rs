//! Energy distance: how much farther values of different sides are from each other than values of the same side.

use crate::error::StatsError;
use crate::wasserstein::integrate_gap;

/// Energy distance of two sorted samples, `sqrt(2 E|X-Y| - E|X-X'| - E|Y-Y'|)`, in the square root of the values' unit, 0..
/// (Szekely and Rizzo 2004). In one dimension it equals `sqrt(2 int (F_r - F_c)^2 dx)`, so it is O(n) on sorted samples.
/// Golden values: `scipy.stats.energy_distance`.
///
/// # Errors
/// An empty, unsorted or non-finite sample, [`StatsError::Overflow`].
pub fn energy_distance(reference: &[f64], current: &[f64]) -> Result<f64, StatsError> {
    let area = integrate_gap("energy distance", reference, current, |gap| gap * gap)?;
    Ok((2.0 * area).sqrt())
}

#[cfg(test)]
mod tests;
