//! Fisher's exact test of two classes.

use driftline_stats::fisher::fisher_exact;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, two_classes};
use crate::drift::pair::ColumnPair;

/// The change of the first label's share, judged exactly at any size.
pub(super) struct FisherExact;

static INFO: MethodInfo = MethodInfo {
    id: "fisher_exact",
    name: "Fisher's exact test",
    summary: "The change of the first label's share, with a p-value that is exact for any counts.",
    kinds: Applies::Categories,
    range: (-1.0, 1.0),
    symmetric: false,
    neutral: 0.0,
    unit: "share of rows",
    formula: "share of the first label in c less that in r; p-value over all tables with the same margins",
    source: "Fisher 1932",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for FisherExact {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let [r, c] = two_classes(pair)?;
        let p_value = fisher_exact(r, c)?;
        let share = |[first, other]: [u64; 2]| first as f64 / (first + other) as f64;
        Ok(Measure { value: share(c) - share(r), p_value: Some(p_value), note: None })
    }
}
