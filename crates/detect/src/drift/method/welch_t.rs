//! Welch's t test.

use driftline_stats::welch::welch_t;
use driftline_stats::{Side, StatsError};

use super::contract::{Applies, DriftMethod, Measure, MethodError, MethodInfo, Threshold, ordered};
use crate::drift::pair::ColumnPair;

/// The difference of the means in standard errors.
pub(super) struct WelchT;

static INFO: MethodInfo = MethodInfo {
    id: "welch_t",
    name: "Welch's t test",
    summary: "The difference of the means in standard errors, the spreads free to differ.",
    kinds: Applies::Ordered,
    range: (f64::NEG_INFINITY, f64::INFINITY),
    symmetric: false,
    neutral: 0.0,
    unit: "standard errors",
    formula: "(mean(c) - mean(r)) / sqrt(var(r)/n_r + var(c)/n_c)",
    source: "Welch 1947",
    default_threshold: Threshold::PValueBelow(0.01),
};

impl DriftMethod for WelchT {
    fn info(&self) -> &'static MethodInfo {
        &INFO
    }

    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError> {
        let sides = ordered(pair)?;
        // The sides are exchanged, so that a rise is positive.
        Ok(welch_t(sides.current, sides.reference).map_err(exchanged)?.outcome.into())
    }
}

/// Names the right side in an error about exchanged arguments.
fn exchanged(error: StatsError) -> StatsError {
    let other = |side| if side == Side::Reference { Side::Current } else { Side::Reference };
    match error {
        StatsError::TooFew { side, got, needed } => StatsError::TooFew { side: other(side), got, needed },
        StatsError::NotFinite { side, value } => StatsError::NotFinite { side: other(side), value },
        StatsError::NotSorted { side, index } => StatsError::NotSorted { side: other(side), index },
        same => same,
    }
}
