//! z test of the share of one of two classes.

use driftline_stats::proportion::two_proportions;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, two_classes};
use crate::drift::pair::ColumnPair;

/// The change of the first label's share in standard errors.
pub(super) struct TwoProportionZ;

static INFO: MethodInfo = MethodInfo {
    id: "two_proportion_z",
    name: "Two-proportion z test",
    summary: "The change of the first label's share in standard errors.",
    kinds: Applies::Categories,
    range: (f64::NEG_INFINITY, f64::INFINITY),
    symmetric: false,
    neutral: 0.0,
    unit: "standard errors",
    formula: "(c - r) / sqrt(s (1-s) (1/n_r + 1/n_c)) with s the pooled share; exact p-value below 5 expected rows",
    source: "Fleiss, Levin and Paik 2003, chapter 3",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for TwoProportionZ {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let [[r, r_other], [c, c_other]] = two_classes(pair)?;
        let found = two_proportions((r, r + r_other), (c, c + c_other))?;
        let note = found.exact.then(|| "exact p-value, an expected count is below 5".to_owned());
        Ok(Measure { note, ..found.outcome.into() })
    }
}
