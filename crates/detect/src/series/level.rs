use serde::{Deserialize, Serialize};

use super::reason::Side;
use super::tail::TailProbability;

/// How many values the level remembers.
const MEMORY: f64 = 1000.0;
/// A shift is called one when values stay beyond this many mean deviations from the level.
const SHIFT_DEVIATIONS: f64 = 2.0;

/// The mean of about the last thousand values, and how far values usually stray from it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct LongLevel {
    mean: f64,
    deviation: f64,
    seen: u64,
    above: TailProbability,
    below: TailProbability,
}

impl LongLevel {
    /// The level; nothing before the first value.
    pub(super) fn expected(&self) -> Option<f64> {
        (self.seen > 0).then_some(self.mean)
    }

    /// How strange a value is.
    pub(super) fn evidence(&self, value: f64) -> f64 {
        let Some(expected) = self.expected() else { return 0.0 };
        let off = value - expected;
        if off >= 0.0 { self.above.evidence(off) } else { self.below.evidence(-off) }
    }

    /// On which side a value lies.
    pub(super) fn side(&self, value: f64) -> Side {
        Side::of(value - self.mean)
    }

    /// On which side all of these lie, far from the level.
    pub(super) fn shifted(&self, values: &[f64]) -> Option<Side> {
        let bar = SHIFT_DEVIATIONS * self.deviation;
        let all = |far: &dyn Fn(f64) -> bool| !values.is_empty() && values.iter().all(|&value| far(value));
        if all(&|value| value - self.mean > bar) {
            return Some(Side::Above);
        }
        all(&|value| self.mean - value > bar).then_some(Side::Below)
    }

    /// Takes in a value.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 values are counted")]
    pub(super) fn learn(&mut self, value: f64) {
        let off = self.expected().map_or(0.0, |expected| value - expected);
        self.above.learn(off.max(0.0));
        self.below.learn((-off).max(0.0));
        self.seen += 1;
        let weight = (1.0 / self.seen as f64).max(1.0 / MEMORY);
        self.mean += (value - self.mean) * weight;
        self.deviation += (off.abs() - self.deviation) * weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beyond_everything_is_strange_on_its_side() {
        let mut level = LongLevel::default();
        for i in 0..2000 {
            level.learn(50.0 + f64::from(i * 37 % 100) / 10.0);
        }
        assert!(level.evidence(120.0) > 3.0 && level.evidence(-30.0) > 3.0);
        assert!(level.evidence(57.0) < 1.0);
        assert_eq!(level.side(-30.0), Side::Below);
        assert_eq!(level.shifted(&[80.0, 90.0]), Some(Side::Above));
        assert_eq!(level.shifted(&[80.0, 55.0]), None);
        assert_eq!(level.shifted(&[]), None);
    }
}
