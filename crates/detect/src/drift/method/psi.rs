//! Population stability index of the shares.

use driftline_stats::divergence::{JEFFREYS, psi};

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, shares};
use crate::drift::pair::ColumnPair;

/// The two Kullback-Leibler divergences added up.
pub(super) struct PopulationStability;

static INFO: MethodInfo = MethodInfo {
    id: "psi",
    name: "Population stability index",
    summary: "How far the shares are apart, counted from both sides; customary in credit scoring.",
    kinds: Applies::Any,
    range: (0.0, f64::INFINITY),
    symmetric: true,
    neutral: 0.0,
    unit: "nats",
    formula: "sum over classes of (r - c) ln(r/c), shares smoothed as (count + 1/2) / (n + k/2)",
    source: "Jeffreys 1946; Siddiqi 2006 for the thresholds",
    default_threshold: Threshold::AtLeast(0.2),
};

impl DriftMethod for PopulationStability {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let [p, q] = shares(pair, JEFFREYS)?;
        Ok(Measure::value(psi(&p, &q)?))
    }
}
