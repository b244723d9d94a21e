//! Jensen-Shannon distance of the shares.

use driftline_stats::divergence::jensen_shannon_distance;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, shares};
use crate::drift::pair::ColumnPair;

/// A metric of shares that needs no smoothing.
pub(super) struct JensenShannon;

static INFO: MethodInfo = MethodInfo {
    id: "jensen_shannon",
    name: "Jensen-Shannon distance",
    summary: "How far both sides are from their average, on a bounded scale.",
    kinds: Applies::Any,
    range: (0.0, 0.832_554_611_157_698),
    symmetric: true,
    neutral: 0.0,
    unit: "square root of nats",
    formula: "sqrt(sum of r ln(r/m)/2 + sum of c ln(c/m)/2) with m = (r + c)/2",
    source: "Lin 1991; Endres and Schindelin 2003",
    default_threshold: Threshold::AtLeast(0.1),
};

impl DriftMethod for JensenShannon {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let [p, q] = shares(pair, 0.0)?;
        Ok(Measure::value(jensen_shannon_distance(&p, &q)?))
    }
}
