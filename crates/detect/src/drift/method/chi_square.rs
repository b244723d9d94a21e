//! Two-sample chi-square test of the classes.

use driftline_stats::contingency::chi_square;

use super::classes::test_classes;
use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold};
use crate::drift::pair::ColumnPair;

/// Squared differences of counts, with rare classes pooled.
pub(super) struct ChiSquare;

static INFO: MethodInfo = MethodInfo {
    id: "chi_square",
    name: "Chi-square test",
    summary: "Whether the shares of the classes differ by more than chance; both sides count as samples.",
    kinds: Applies::Any,
    range: (0.0, f64::INFINITY),
    symmetric: true,
    neutral: 0.0,
    unit: "",
    formula: "sum over sides and classes of (observed - expected)^2 / expected, classes with fewer than 5 expected rows pooled",
    source: "Pearson 1900; pooling after Cochran 1954",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for ChiSquare {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        test_classes(pair, chi_square)
    }
}
