//! The classical z-score: distance from the mean in standard deviations, strange from three on.

use super::column_methods::NumberFacts;
use super::ruler::Ruler;

/// Mean and standard deviation (n - 1) of all finite values of the column; exact, from the profile.
pub(super) fn fit(facts: &NumberFacts<'_>, z_threshold: f64) -> Option<Ruler> {
    Ruler::new(facts.mean, facts.std, z_threshold)
}

/// `9.2 standard deviations above the mean (42.1)`, without the centre.
pub(super) const WORDING: (&str, &str) = ("standard deviations", "the mean");
