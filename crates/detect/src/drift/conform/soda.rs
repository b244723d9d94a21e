//! Soda's population stability index (soda-core-scientific 3).

use super::histogram::{count, edges_of_count};
use super::shares::{shares_of, stability_index, zeros_replaced};

/// Equal bins over both sides.
const BINS: usize = 10;
/// Share that an empty bin is given; the others are not scaled down for it.
const FILL: f64 = 1e-5;

/// PSI of two ascending samples of finite numbers; `None` for an empty side or a range that has no bins.
pub fn psi(reference: &[f64], current: &[f64]) -> Option<f64> {
    let ends = [reference.first()?.min(*current.first()?), reference.last()?.max(*current.last()?)];
    let edges = edges_of_count(&ends, BINS)?;
    let [p, q] =
        [reference, current].map(|side| zeros_replaced(&shares_of(&count(side, &edges), side.len()), FILL));
    Some(stability_index(&p, &q))
}
