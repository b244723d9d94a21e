use serde::{Deserialize, Serialize};

use super::reason::Side;
use super::seasons::{Expected, Seasons, SeriesUsual};

/// Allowance of the sums: half of the shift, in deviations, that they are best at.
const ALLOWANCE: f64 = 1.0;
/// Deviations beyond this add no more, so that no single value makes a shift.
const FARTHEST: f64 = 4.0;
/// Mean of the sums of independent normal values with this allowance (3 million values, simulated).
const USUAL_SUM: f64 = 0.126;
/// A sum has to pass the largest that the series made by itself by this factor.
const BEYOND: f64 = 1.5;
/// Evidence beyond this says no more.
const MOST_EVIDENCE: f64 = 12.0;
/// Evidence from which a sum is no longer what the series does by itself.
const TOLD: f64 = 6.0;
/// Values before anything is said, and those that the mean of the sums remembers.
const JUDGE_FROM: u32 = 200;
const MEMORY: f64 = 2000.0;
/// Share of the largest sum that is forgotten with each value: half in about 14,000.
const FORGOTTEN: f64 = 5e-5;

/// Whether the last values together lie further to one side of what was expected than chance takes them.
///
/// Page's (1954, doi:10.1093/biomet/41.1-2.100) cumulative sums of deviations from the forecast, one a side: the
/// sequentially best way to see a shift that single values hide. By chance a sum passes s once in about
/// `exp(2 k s)` values (Siegmund 1985, "Sequential Analysis", chapter X); where the sums of a series are larger than
/// those of independent normal values, because its tails are heavy or its values go together, they say less in the
/// same proportion, and never anything below what the series did before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Together {
    seasons: Seasons,
    above: Sum,
    below: Sum,
    mean: f64,
    seen: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Sum {
    sum: f64,
    /// Values since it left zero.
    values: u64,
    peak: f64,
    /// Largest that the series made by itself.
    farthest: f64,
}

impl Together {
    /// What is usual at this moment, where the series follows a season.
    pub(super) fn usual(&self, secs: Option<f64>) -> Option<SeriesUsual> {
        self.seasons.usual(secs)
    }

    /// What the forecast says.
    pub(super) fn expected(&self, secs: Option<f64>) -> Option<Expected> {
        self.seasons.expected(secs)
    }

    /// Takes in a value and says how strange the last ones are together.
    pub(super) fn learn(&mut self, secs: Option<f64>, value: f64) -> f64 {
        let expected = self.seasons.expected(secs);
        self.seasons.learn(secs, value);
        let Some(expected) = expected else { return 0.0 };
        let off = ((value - expected.value) / expected.deviation).clamp(-FARTHEST, FARTHEST);
        let mut evidence: f64 = 0.0;
        self.seen = self.seen.saturating_add(1);
        let share = (USUAL_SUM / self.mean.max(USUAL_SUM)).min(1.0);
        let told = TOLD * std::f64::consts::LN_10 / (2.0 * ALLOWANCE * share);
        for (sum, off) in [(&mut self.above, off), (&mut self.below, -off)] {
            evidence = evidence.max(sum.push(off, (share, told)));
            if sum.sum < told {
                let weight = (0.5 / f64::from(self.seen)).max(0.5 / MEMORY);
                self.mean += (sum.sum - self.mean) * weight;
            }
        }
        if self.seen < JUDGE_FROM { 0.0 } else { evidence }
    }

    /// The side that strays more, and since how many values.
    pub(super) fn side(&self) -> (Side, u64) {
        if self.above.sum >= self.below.sum {
            (Side::Above, self.above.values)
        } else {
            (Side::Below, self.below.values)
        }
    }
}

impl Sum {
    fn push(&mut self, off: f64, (share, told): (f64, f64)) -> f64 {
        let most = MOST_EVIDENCE * std::f64::consts::LN_10 / (2.0 * ALLOWANCE * share);
        self.sum = (self.sum + off - ALLOWANCE).clamp(0.0, most);
        self.farthest *= 1.0 - FORGOTTEN;
        if self.sum > 0.0 {
            self.values += 1;
            self.peak = self.peak.max(self.sum);
        } else {
            if self.peak < told {
                self.farthest = self.farthest.max(self.peak);
            }
            (self.values, self.peak) = (0, 0.0);
        }
        if self.sum < BEYOND * self.farthest {
            return 0.0;
        }
        2.0 * ALLOWANCE * share * self.sum / std::f64::consts::LN_10
    }
}

#[cfg(test)]
mod tests {
    use driftline_testkit::Random;

    use super::*;

    fn run(random: &mut Random, together: &mut Together, values: std::ops::Range<u32>, shift: f64) -> f64 {
        let mut most = 0.0_f64;
        for i in values {
            most = most.max(together.learn(Some(f64::from(i) * 60.0), random.normal() + shift));
        }
        most
    }

    #[test]
    fn a_shift_of_two_and_a_half_deviations_is_seen_within_ten_values_and_chance_is_not() {
        for seed in 0..20 {
            let (mut random, mut together) = (Random::new(seed), Together::default());
            let usual = run(&mut random, &mut together, 0..5000, 0.0);
            assert!(usual < 5.5, "{usual}");
            let shifted = run(&mut random, &mut together, 5000..5010, 2.5);
            assert!(shifted > 6.5, "{seed}: {shifted}");
            assert_eq!(together.side().0, Side::Above);
        }
    }

    #[test]
    fn values_that_go_together_are_no_shift() {
        for seed in 0..20 {
            let (mut random, mut together) = (Random::new(seed), Together::default());
            let mut value = 0.0;
            let mut most = 0.0_f64;
            for i in 0..10_000 {
                value = 0.8 * value + random.normal();
                most = most.max(together.learn(Some(f64::from(i) * 60.0), value));
            }
            assert!(most < 6.0, "{seed}: {most}");
        }
    }
}
