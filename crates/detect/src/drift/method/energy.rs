//! Energy distance in standard deviations of the reference.

use driftline_stats::energy::energy_distance;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, ordered};
use super::spread::in_reference_deviations;
use crate::drift::pair::ColumnPair;

/// How much farther values of different sides are from each other than values of one side.
pub(super) struct Energy;

static INFO: MethodInfo = MethodInfo {
    id: "energy",
    name: "Energy distance",
    summary: "How much farther values of different sides lie apart than values of the same side.",
    kinds: Applies::Ordered,
    range: (0.0, f64::INFINITY),
    symmetric: false,
    neutral: 0.0,
    unit: "standard deviations of the reference, before the root",
    formula: "sqrt((2 E|r-c| - E|r-r'| - E|c-c'|) / std(r))",
    source: "Szekely and Rizzo 2004",
    default_threshold: Threshold::AtLeast(0.1),
};

impl DriftMethod for Energy {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let sides = ordered(pair)?;
        let distance = energy_distance(sides.reference, sides.current)?;
        // The square of the distance has the unit of the values.
        Ok(Measure::value(in_reference_deviations(distance * distance, sides.reference)?.sqrt()))
    }
}
