//! What one test says, and how the tests of one column become one p-value.

use super::tail_probability::P_FLOOR;

/// What one test says about one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TestOutcome {
    /// Id, as reported.
    pub(crate) test: &'static str,
    /// The statistic.
    pub(crate) statistic: f64,
    /// Probability of a statistic at least as extreme without a change.
    pub(crate) p_value: f64,
    /// What sort of change the test looks at, which decides which effect has to be large enough.
    pub(crate) aspect: Aspect,
    /// Its share of the column's attention; only ratios matter.
    pub(crate) weight: f64,
    /// Share of the zone or class that the test looks at: reference, current. Absent for the whole body.
    pub(crate) shares: Option<[f64; 2]>,
}

/// The sort of change that a test looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aspect {
    /// The whole distribution.
    Body,
    /// The share of the farthest values.
    Tail,
    /// Values far outside everything the reference has shown.
    Outlier,
    /// One class or one repeated value.
    Class,
    /// Classes that only one side has.
    Unseen,
    /// Length or shape of texts.
    Form,
}

/// p-values above this count as this much: a discrete test says 1 where it sees nothing, and one such vote
/// must not silence the others.
const P_CEILING: f64 = 0.9;

/// What a combined p-value is multiplied by. Found with the planted suite: the share of stable tables with any
/// alarm is then below the nominal 1 % at every size.
const COMBINED_LEVEL: f64 = 1.75;

/// The combined p-value of dependent tests: the Cauchy combination (Liu and Xie 2020, JASA 115:393),
/// `T = sum w_i tan((1/2 - p_i) pi)` with `sum w_i = 1`, `p = 1/2 - atan(T) / pi`.
///
/// Exact to first order in the tail whatever the dependence, and here a little too small for p-values around
/// 3e-4, where reports are decided: simulation gives up to 1.3 times the level, hence [`COMBINED_LEVEL`]. 1 when
/// there is no test.
pub(crate) fn combine(tests: &[TestOutcome]) -> f64 {
    let weights: f64 = tests.iter().map(|test| test.weight).sum();
    if weights <= 0.0 {
        return 1.0;
    }
    let statistic: f64 = tests
        .iter()
        .map(|test| {
            let p = test.p_value.clamp(P_FLOOR, P_CEILING);
            // 1 / (pi p) is the tangent to double precision for small p, where the tangent itself loses it.
            let tangent = if p < 1e-8 {
                1.0 / (std::f64::consts::PI * p)
            } else {
                ((0.5 - p) * std::f64::consts::PI).tan()
            };
            test.weight / weights * tangent
        })
        .sum();
    let p = if statistic > 1e8 {
        1.0 / (std::f64::consts::PI * statistic)
    } else {
        0.5 - statistic.atan() / std::f64::consts::PI
    };
    let level = if tests.len() > 1 { COMBINED_LEVEL } else { 1.0 };
    (level * p).clamp(P_FLOOR, 1.0)
}

/// The p-value of the smallest of `count` p-values (Sidak 1967), which is exact for independent tests.
pub(crate) fn smallest_of(p: f64, count: usize) -> f64 {
    (-(count as f64 * (-p.min(1.0)).ln_1p()).exp_m1()).clamp(P_FLOOR, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(p_value: f64, weight: f64) -> TestOutcome {
        TestOutcome { test: "t", statistic: 0.0, p_value, aspect: Aspect::Body, weight, shares: None }
    }

    #[test]
    fn one_test_is_itself_and_a_blind_one_costs_its_share() {
        assert!((combine(&[outcome(0.003, 2.0)]) - 0.003).abs() < 1e-12);
        let both = combine(&[outcome(1e-6, 1.0), outcome(1.0, 1.0)]);
        assert!((both / (2e-6 * COMBINED_LEVEL) - 1.0).abs() < 1e-4, "{both}");
        assert_eq!(combine(&[]), 1.0);
        assert!(combine(&[outcome(1e-200, 1.0), outcome(0.5, 1.0)]) < 1e-199);
    }

    #[test]
    fn smallest_of_many_pays_for_the_number() {
        assert!((smallest_of(0.01, 3) - 0.029_701).abs() < 1e-9);
        assert!((smallest_of(1e-20, 10) / 1e-19 - 1.0).abs() < 1e-9);
    }
}
