//! Largest change of the share of one class.

use driftline_stats::divergence::l_infinity;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, shares};
use crate::drift::pair::ColumnPair;

/// The class that changed most.
pub(super) struct LInfinity;

static INFO: MethodInfo = MethodInfo {
    id: "l_infinity",
    name: "L-infinity distance",
    summary: "The largest change of the share of any single class.",
    kinds: Applies::Any,
    range: (0.0, 1.0),
    symmetric: true,
    neutral: 0.0,
    unit: "share of rows",
    formula: "max over classes of |r - c|",
    source: "Chebyshev distance of the shares",
    default_threshold: Threshold::AtLeast(0.1),
};

impl DriftMethod for LInfinity {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let [p, q] = shares(pair, 0.0)?;
        Ok(Measure::value(l_infinity(&p, &q)?))
    }
}
