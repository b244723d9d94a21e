//! Anderson-Darling test.

use driftline_stats::anderson_darling::anderson_darling;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, ordered};
use crate::drift::pair::ColumnPair;

/// The squared gap between the distribution functions, weighted towards both tails.
pub(super) struct AndersonDarling;

static INFO: MethodInfo = MethodInfo {
    id: "anderson_darling",
    name: "Anderson-Darling test",
    summary: "The squared gap between the two cumulative distributions, weighted towards the tails.",
    kinds: Applies::Ordered,
    range: (0.0, f64::INFINITY),
    symmetric: true,
    neutral: 0.0,
    unit: "",
    formula: "(N-1)/N^2 (1/n_r + 1/n_c) sum over values of w (N M_r - n_r B)^2 / (B (N-B) - N w/4), with midranks",
    source: "Scholz and Stephens 1987, eq. 7",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for AndersonDarling {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let sides = ordered(pair)?;
        Ok(anderson_darling(sides.reference, sides.current)?.outcome.into())
    }
}
