//! Two-sample likelihood-ratio test of the classes.

use driftline_stats::contingency::g_test;

use super::classes::test_classes;
use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold};
use crate::drift::pair::ColumnPair;

/// The likelihood ratio of one against two sets of shares.
pub(super) struct GTest;

static INFO: MethodInfo = MethodInfo {
    id: "g_test",
    name: "G test",
    summary: "The likelihood ratio of one common set of shares against two different ones.",
    kinds: Applies::Any,
    range: (0.0, f64::INFINITY),
    symmetric: true,
    neutral: 0.0,
    unit: "",
    formula: "2 sum over sides and classes of observed ln(observed / expected), classes with fewer than 5 expected rows pooled",
    source: "Wilks 1938; pooling after Cochran 1954",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for GTest {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        test_classes(pair, g_test)
    }
}
