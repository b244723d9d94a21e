//! Deepchecks' population stability index of categories.

use super::shares::{shares, stability_index, union};

/// Share below which no class falls; the others are not scaled down for it.
const FLOOR: f64 = 0.01;

/// PSI of label counts with every share raised to at least 1 %; `None` for an empty side.
pub fn psi(reference: &[(String, u64)], current: &[(String, u64)]) -> Option<f64> {
    let [p, q] =
        shares(&union(reference, current))?.map(|side| side.iter().map(|s| s.max(FLOOR)).collect::<Vec<_>>());
    Some(stability_index(&p, &q))
}
