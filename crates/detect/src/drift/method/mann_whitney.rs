//! Mann-Whitney test.

use driftline_stats::mann_whitney::mann_whitney;

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, ordered};
use crate::drift::pair::ColumnPair;

/// How often a current value is larger than a reference value.
pub(super) struct MannWhitney;

static INFO: MethodInfo = MethodInfo {
    id: "mann_whitney",
    name: "Mann-Whitney test",
    summary: "How often a current value is larger than one of the reference; one half means no shift.",
    kinds: Applies::Ordered,
    range: (0.0, 1.0),
    symmetric: false,
    neutral: 0.5,
    unit: "probability",
    formula: "P(c > r) + P(c = r)/2; p-value from U with corrections for ties and continuity",
    source: "Mann and Whitney 1947",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for MannWhitney {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let sides = ordered(pair)?;
        let found = mann_whitney(sides.reference, sides.current)?;
        Ok(Measure { value: found.current_larger, p_value: Some(found.outcome.p_value), note: None })
    }
}
