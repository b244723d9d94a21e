//! The modified z-score of Iglewicz and Hoaglin (1993): distance from the median in scaled median absolute
//! deviations. Up to half of the values may be wrong without moving it.

use driftline_stats::quantile::median_and_iqr;

use super::column_methods::NumberFacts;
use super::ruler::Ruler;

/// Scale that makes the median absolute deviation of a normal variable its standard deviation: 1 / Phi^-1(3/4).
const NORMAL_MAD: f64 = 1.482_602_218_505_602;

/// Scale that does the same for the mean absolute deviation, used where more than half of the values are equal:
/// sqrt(pi / 2).
const NORMAL_MEAN_DEVIATION: f64 = 1.253_314_137_315_500_3;

/// From here on a value is strange (the authors' recommendation).
const THRESHOLD: f64 = 3.5;

/// Median and scaled median absolute deviation of the sampled values.
pub(super) fn fit(facts: &NumberFacts<'_>, _z_threshold: f64) -> Option<Ruler> {
    let (median, _) = median_and_iqr(facts.sorted).ok()?;
    let mut deviations: Vec<f64> = facts.sorted.iter().map(|x| (x - median).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let (mad, _) = median_and_iqr(&deviations).ok()?;
    let n = deviations.len() as f64;
    let mean_deviation: f64 = deviations.iter().map(|deviation| deviation / n).sum();
    let spread = if mad > 0.0 { mad * NORMAL_MAD } else { mean_deviation * NORMAL_MEAN_DEVIATION };
    Ruler::new(median, spread, THRESHOLD)
}

/// `9.2 robust deviations above the median (42.1)`, without the centre.
pub(super) const WORDING: (&str, &str) = ("robust deviations", "the median");
