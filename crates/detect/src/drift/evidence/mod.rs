//! The statistical evidence that a column changed: several tests, each strong against another sort of change,
//! and one p-value out of them.
//!
//! Every test treats both samples as samples: bins, zones and orders come from both together, or are fixed by
//! the reference far from where it has values.

mod classes;
mod fresh;
#[cfg(test)]
mod level_tests;
mod outcome;
mod pooled;
mod proportion;
mod rank;
mod shape;
mod tail;
mod tail_probability;

pub(crate) use classes::class_tests;
pub(crate) use fresh::{UNKNOWN_DENSITY, first_appearance};
pub(crate) use outcome::{Aspect, TestOutcome, combine};
pub(crate) use pooled::Pooled;
pub(crate) use proportion::{Share, score_z, two_proportions};
pub(crate) use rank::NormalScores;
pub(crate) use shape::cells_p_value;

/// All tests of two samples of numbers.
pub(crate) fn number_tests(pooled: &Pooled, normal_scores: &NormalScores) -> Vec<TestOutcome> {
    if !pooled.is_testable() {
        return Vec::new();
    }
    let mut tests = rank::rank_tests(&pooled.groups, normal_scores);
    tests.extend(shape::binned_test(pooled));
    tests.extend(shape::mass_test(pooled));
    tests.extend(tail::tail_tests(pooled));
    tests.extend(tail::outlier_test(pooled));
    tests
}
