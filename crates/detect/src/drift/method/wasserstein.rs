//! Wasserstein-1 distance in standard deviations of the reference.

use driftline_stats::wasserstein::wasserstein;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, ordered};
use super::spread::in_reference_deviations;
use crate::drift::pair::ColumnPair;

/// How far values have to be carried, on average.
pub(super) struct Wasserstein;

static INFO: MethodInfo = MethodInfo {
    id: "wasserstein",
    name: "Wasserstein distance",
    summary: "How far values have to be carried on average to turn the reference into the current side.",
    kinds: Applies::Ordered,
    range: (0.0, f64::INFINITY),
    symmetric: false,
    neutral: 0.0,
    unit: "standard deviations of the reference",
    formula: "integral of |F_r - F_c| dx / std(r)",
    source: "Vaserstein 1969; Ramdas, Garcia and Cuturi 2017",
    default_threshold: Threshold::AtLeast(0.1),
};

impl DriftMethod for Wasserstein {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let sides = ordered(pair)?;
        let distance = wasserstein(sides.reference, sides.current)?;
        Ok(Measure::value(in_reference_deviations(distance, sides.reference)?))
    }
}
