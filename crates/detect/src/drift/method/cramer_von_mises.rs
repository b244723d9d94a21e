//! Cramér-von Mises test.

use driftline_stats::cramer_von_mises::cramer_von_mises;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, ordered};
use crate::drift::pair::ColumnPair;

/// The mean squared gap between the distribution functions.
pub(super) struct CramerVonMises;

static INFO: MethodInfo = MethodInfo {
    id: "cramer_von_mises",
    name: "Cramér-von Mises test",
    summary: "The mean squared gap between the two cumulative distributions; strong against broad shifts.",
    kinds: Applies::Ordered,
    range: (0.0, f64::INFINITY),
    symmetric: true,
    neutral: 0.0,
    unit: "",
    formula: "n_r n_c / N^2 sum over pooled values of (F_r - F_c)^2",
    source: "Anderson 1962",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for CramerVonMises {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let sides = ordered(pair)?;
        Ok(cramer_von_mises(sides.reference, sides.current)?.into())
    }
}
