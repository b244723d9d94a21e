//! Randomness that follows from a seed and a place, without a state that goes on.

use std::f64::consts::TAU;

use driftline_stats::random::SplitMix64;

/// A number that follows from two, with all bits mixed.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    // The multiplier of PCG's generator; any odd number with mixed bits keeps neighbours apart.
    SplitMix64::new(a ^ b.wrapping_mul(0x5851_f42d_4c95_7f2d)).next_u64()
}

/// A number in 0..1 that follows from two numbers.
pub(crate) fn unit_of(a: u64, b: u64) -> f64 {
    (mix(a, b) >> 11) as f64 / (1u64 << 53) as f64
}

/// A number that follows from a text (FNV-1a, 64 bits).
pub(crate) fn seed_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Slow noise in -1..1 that changes its course every `step_ms`: random levels, joined smoothly.
pub(crate) fn smooth(seed: u64, at_ms: i64, step_ms: i64) -> f64 {
    let step = at_ms.div_euclid(step_ms);
    let x = at_ms.rem_euclid(step_ms) as f64 / step_ms as f64;
    let level = |step: i64| 2.0 * unit_of(seed, step.cast_unsigned()) - 1.0;
    let weight = x * x * (3.0 - 2.0 * x);
    level(step) * (1.0 - weight) + level(step + 1) * weight
}

/// What is drawn for one row, one after the other.
pub(crate) struct Draw(SplitMix64);

impl Draw {
    pub(crate) fn new(seed: u64, number: u64) -> Self {
        Self(SplitMix64::new(mix(seed, number)))
    }

    /// A number in 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.unit()
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    /// Whether something of this probability happens.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.0.unit() < probability
    }

    /// A number of the normal distribution (Box and Muller 1958, the cosine half).
    pub(crate) fn normal(&mut self) -> f64 {
        let u = 1.0 - self.0.unit();
        (-2.0 * u.ln()).sqrt() * (TAU * self.0.unit()).cos()
    }

    /// A number of the gamma distribution with shape 2 and mean 1: a skewed one with a heavy tail.
    pub(crate) fn gamma(&mut self) -> f64 {
        -0.5 * ((1.0 - self.0.unit()) * (1.0 - self.0.unit())).ln()
    }

    /// One of the choices, by their shares; the first when the shares are nothing.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[(T, f64)]) -> T {
        let mut rest = self.0.unit() * choices.iter().map(|(_, share)| share).sum::<f64>();
        for (choice, share) in choices {
            rest -= share;
            if rest < 0.0 {
                return *choice;
            }
        }
        choices.last().map(|(choice, _)| *choice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moments_are_those_of_the_distributions() {
        let mut draw = Draw::new(1, 2);
        let count = 100_000;
        let of = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64)
        };
        let (mean, variance) = of(&(0..count).map(|_| draw.normal()).collect::<Vec<_>>());
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        let (mean, variance) = of(&(0..count).map(|_| draw.gamma()).collect::<Vec<_>>());
        assert!((mean - 1.0).abs() < 0.02 && (variance - 0.5).abs() < 0.02, "{mean} {variance}");
        let picked = (0..count).filter(|_| draw.pick(&[("a", 3.0), ("b", 1.0)]) == "b").count();
        assert!((24_000..26_000).contains(&picked), "{picked}");
    }

    #[test]
    fn slow_noise_has_no_leaps() {
        let values: Vec<f64> = (-1000..1000).map(|at| smooth(7, at * 10, 1_000)).collect();
        assert!(values.iter().all(|value| (-1.0..=1.0).contains(value)));
        assert!(values.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.05));
        assert!(values.iter().copied().fold(0.0, f64::max) > 0.5);
    }
}
