//! Hellinger distance of the shares.

use driftline_stats::divergence::hellinger;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, shares};
use crate::drift::pair::ColumnPair;

/// A bounded metric that weighs changes of rare classes more than those of common ones.
pub(super) struct Hellinger;

static INFO: MethodInfo = MethodInfo {
    id: "hellinger",
    name: "Hellinger distance",
    summary: "How little the shares overlap; rare classes weigh more than in the total variation.",
    kinds: Applies::Any,
    range: (0.0, 1.0),
    symmetric: true,
    neutral: 0.0,
    unit: "",
    formula: "sqrt(sum over classes of (sqrt r - sqrt c)^2 / 2)",
    source: "Hellinger 1909",
    default_threshold: Threshold::AtLeast(0.1),
};

impl DriftMethod for Hellinger {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let [p, q] = shares(pair, 0.0)?;
        Ok(Measure::value(hellinger(&p, &q)?))
    }
}
