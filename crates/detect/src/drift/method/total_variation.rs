//! Total variation distance of the shares.

use driftline_stats::divergence::total_variation;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, shares};
use crate::drift::pair::ColumnPair;

/// The share of rows that would have to change class.
pub(super) struct TotalVariation;

static INFO: MethodInfo = MethodInfo {
    id: "total_variation",
    name: "Total variation distance",
    summary: "The share of rows that would have to change class to make both sides equal.",
    kinds: Applies::Any,
    range: (0.0, 1.0),
    symmetric: true,
    neutral: 0.0,
    unit: "share of rows",
    formula: "sum over classes of |r - c| / 2",
    source: "Levin and Peres 2017, chapter 4",
    default_threshold: Threshold::AtLeast(0.1),
};

impl DriftMethod for TotalVariation {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let [p, q] = shares(pair, 0.0)?;
        Ok(Measure::value(total_variation(&p, &q)?))
    }
}
