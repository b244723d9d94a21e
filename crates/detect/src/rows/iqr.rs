//! Tukey's fences (1977): one and a half inter-quartile ranges beyond the quartiles.

use driftline_stats::quantile::quantiles;

use super::column_methods::NumberFacts;
use super::ruler::Ruler;

/// Distance of the fences from the middle between the quartiles, in inter-quartile ranges: half of one to the
/// quartile, and one and a half on to the fence.
const FENCE: f64 = 2.0;

/// The middle between the quartiles and the inter-quartile range of the sampled values. The fences, the same
/// way off on both sides of the middle, count as three standard deviations.
pub(super) fn fit(facts: &NumberFacts<'_>, _z_threshold: f64) -> Option<Ruler> {
    let quartiles = quantiles(facts.sorted, &[0.25, 0.75]).ok()?;
    let [lower, upper] = quartiles.try_into().ok()?;
    Ruler::new(0.5 * lower + 0.5 * upper, upper - lower, FENCE)
}

/// `9.2 inter-quartile ranges above the middle of the quartiles (42.1)`, without the centre.
pub(super) const WORDING: (&str, &str) = ("inter-quartile ranges", "the middle of the quartiles");
