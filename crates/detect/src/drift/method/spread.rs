//! Distances in units that do not depend on how a column is measured.

use driftline_stats::moments::moments;

use super::contract::MethodError;

/// A distance in sample standard deviations of the reference. Zero stays zero even for a constant reference.
///
/// # Errors
/// [`MethodError::ConstantReference`] for a positive distance from a constant reference, and an overflow.
pub(super) fn in_reference_deviations(distance: f64, reference: &[f64]) -> Result<f64, MethodError> {
    if distance == 0.0 {
        return Ok(0.0);
    }
    let deviation = moments(reference)?.variance.sqrt();
    let scaled = distance / deviation;
    // A deviation that is next to nothing beside the distance carries no scale either.
    if scaled.is_finite() { Ok(scaled) } else { Err(MethodError::ConstantReference) }
}
