//! Epps-Singleton test.

use driftline_stats::epps_singleton::epps_singleton;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, ordered};
use crate::drift::pair::ColumnPair;

/// The gap between the empirical characteristic functions.
pub(super) struct EppsSingleton;

static INFO: MethodInfo = MethodInfo {
    id: "epps_singleton",
    name: "Epps-Singleton test",
    summary: "The gap between the characteristic functions; at home with discrete values too.",
    kinds: Applies::Ordered,
    range: (0.0, f64::INFINITY),
    symmetric: true,
    neutral: 0.0,
    unit: "",
    formula: "N g' S^+ g with g the differences of mean cos and sin at 0.4 and 0.8 of half the inter-quartile range",
    source: "Epps and Singleton 1986",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for EppsSingleton {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let sides = ordered(pair)?;
        Ok(epps_singleton(sides.reference, sides.current)?.into())
    }
}
