//! Kullback-Leibler divergence of the shares.

use driftline_stats::divergence::{JEFFREYS, kl};

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, shares};
use crate::drift::pair::ColumnPair;

/// The headline score: information lost when the current shares stand in for the reference.
pub(super) struct KullbackLeibler;

static INFO: MethodInfo = MethodInfo {
    id: "kl",
    name: "Kullback-Leibler divergence",
    summary: "How badly the current shares would serve as a model of the reference.",
    kinds: Applies::Any,
    range: (0.0, f64::INFINITY),
    symmetric: false,
    neutral: 0.0,
    unit: "nats",
    formula: "sum over classes of r ln(r/c), shares smoothed as (count + 1/2) / (n + k/2)",
    source: "Kullback and Leibler 1951; smoothing of Jeffreys 1946",
    default_threshold: Threshold::AtLeast(0.1),
};

impl DriftMethod for KullbackLeibler {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let [p, q] = shares(pair, JEFFREYS)?;
        Ok(Measure::value(kl(&p, &q)?))
    }
}
