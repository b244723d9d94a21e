//! Kolmogorov-Smirnov test.

use driftline_stats::ks::{KsMethod, kolmogorov_smirnov};

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, ordered};
use crate::drift::pair::ColumnPair;

/// The largest gap between the distribution functions.
pub(super) struct KolmogorovSmirnov;

static INFO: MethodInfo = MethodInfo {
    id: "ks",
    name: "Kolmogorov-Smirnov test",
    summary: "The largest gap between the two cumulative distributions; strong against shifts of the middle.",
    kinds: Applies::Ordered,
    range: (0.0, 1.0),
    symmetric: true,
    neutral: 0.0,
    unit: "share of rows",
    formula: "max over x of |F_r(x) - F_c(x)|",
    source: "Kolmogorov 1933, Smirnov 1939; exact p-value after Hodges 1957",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for KolmogorovSmirnov {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let sides = ordered(pair)?;
        Ok(kolmogorov_smirnov(sides.reference, sides.current, KsMethod::Auto)?.into())
    }
}
