//! The headline score of a column and the threshold it is held against.

use driftline_model::Score;

use super::compare::Comparison;
use super::effect::Bars;

/// Standard normal quantile of the largest score that chance gives in one column of a thousand.
const NOISE_Z: f64 = 3.09;

/// KL(reference || current) in nats with the value from which it speaks of a change that matters.
///
/// The threshold is the larger of two: what chance gives in one stable column of a thousand (the divergence of
/// k bins is about chi-square with k - 1 degrees of freedom, times `(1/n_r + 1/n_c) / 2`; its upper quantile by
/// Wilson and Hilferty 1931), and the least divergence of a change that moves the mass of the bar (`2 m^2`,
/// Pinsker's inequality). The decision does not rest on the score. Where they would disagree, the threshold
/// gives way and says so: a column that drifted by other evidence (far values, one class) has the score itself
/// as threshold, and a change below the bar one above the score.
pub(crate) fn headline(comparison: &Comparison, bars: &Bars, is_drifted: bool) -> Score {
    let [n_r, n_c] = comparison.n.map(|n| n as f64);
    let df = (comparison.bins.len() as f64 - 1.0).max(1.0);
    let spread = 2.0 / (9.0 * df);
    let chi_square = df * (1.0 - spread + NOISE_Z * spread.sqrt()).powi(3);
    let noise = 0.5 * chi_square * (1.0 / n_r + 1.0 / n_c);
    let least = 2.0 * bars.mass * bars.mass;
    let (threshold, origin) = match (noise > least, bars.is_natural) {
        (true, _) => (noise, "chance at this size"),
        (false, true) => (least, "natural movement"),
        (false, false) => (least, "least mass that matters"),
    };
    let value = comparison.divergence;
    let (threshold, origin) = match (is_drifted, value >= threshold) {
        (true, false) => (value, "other evidence decided"),
        (false, true) => (value * below_bar(comparison.mass_moved, bars.mass), "change below the bar"),
        _ => (threshold, origin),
    };
    Score { metric: "kl".to_owned(), value, threshold, threshold_origin: origin.to_owned() }
}

/// By how much a divergence would have to grow for its mass to reach the bar: it grows with the square.
fn below_bar(moved: f64, bar: f64) -> f64 {
    const LEAST: f64 = 1.01;
    const MOST: f64 = 100.0;
    if moved > 0.0 { (bar / moved).powi(2).clamp(LEAST, MOST) } else { MOST }
}

#[cfg(test)]
mod tests {
    use driftline_model::{BinReport, DriftSettings};

    use super::*;

    fn comparison(divergence: f64, mass_moved: f64) -> Comparison {
        let bin = BinReport {
            label: String::new(),
            lower: None,
            upper: None,
            reference_ratio: 0.05,
            current_ratio: 0.05,
            contribution: 0.0,
        };
        Comparison { n: [10_000; 2], bins: vec![bin; 20], divergence, mass_moved, ..Comparison::default() }
    }

    #[test]
    fn score_and_threshold_agree_with_the_decision() {
        let bars = Bars::new(&DriftSettings::default(), None);
        for is_drifted in [true, false] {
            for (divergence, moved) in [(0.0, 0.0), (0.001, 0.02), (0.01, 0.05), (1.0, 0.5), (0.5, 0.01)] {
                let score = headline(&comparison(divergence, moved), &bars, is_drifted);
                assert_eq!(score.value >= score.threshold, is_drifted, "{score:?}");
            }
        }
    }

    #[test]
    fn the_threshold_is_what_chance_gives_in_one_of_a_thousand() {
        // scipy.stats.chi2.ppf(0.999, 19) / 10000 = 0.0043820
        let score = headline(&comparison(0.0, 0.0), &Bars::new(&DriftSettings::default(), None), false);
        assert!((score.threshold / 0.004_382_0 - 1.0).abs() < 0.005, "{}", score.threshold);
        assert_eq!(score.threshold_origin, "chance at this size");
    }
}
