//! A seeded generator of random numbers with the draws that synthetic data need.

/// Xoshiro256++ (Blackman and Vigna, 2019, "Scrambled linear pseudorandom number generators"), seeded by
/// SplitMix64 as its authors advise. The same seed gives the same numbers on every platform; it is not for
/// secrets.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
    spare_normal: Option<f64>,
}

impl Random {
    /// A generator for a seed. Near seeds give unrelated streams.
    pub fn new(seed: u64) -> Self {
        let mut mixer = seed;
        let state = [(); 4].map(|()| split_mix(&mut mixer));
        Self { state, spare_normal: None }
    }

    /// A generator for part `stream` of the work under one seed, so that parts can be made in any order.
    pub fn for_stream(seed: u64, stream: u64) -> Self {
        let mut mixer = seed ^ 0x6A09_E667_F3BC_C909;
        let mixed = split_mix(&mut mixer) ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self::new(mixed)
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let mixed = [a ^ b ^ d, a ^ b ^ c, a ^ c ^ (b << 17), (b ^ d).rotate_left(45)];
        self.state = mixed;
        result
    }

    /// Uniform in `0.0..1.0`, with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform in `0..limit`; 0 for a limit of 0. The bias is below `limit / 2^64`.
    pub fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(limit)) >> 64) as u64
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Standard normal (Box and Muller 1958); two come from each pair of uniform draws.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        // `1 - unit` lies in (0, 1], where the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * self.unit()).sin_cos();
        self.spare_normal = Some(radius * sin);
        radius * cos
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }

    /// Gamma with this shape (positive) and scale 1 (Marsaglia and Tsang 2000; shapes below 1 by their
    /// boosting step).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = (1.0 - self.unit()).powf(1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && (1.0 - self.unit()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Random;

    fn moments(draws: usize, mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let values: Vec<f64> = (0..draws).map(|_| draw()).collect();
        let mean = values.iter().sum::<f64>() / draws as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (draws - 1) as f64;
        (mean, variance)
    }

    #[test]
    fn split_mix_gives_the_values_of_its_authors() {
        // First outputs for seed 1234567, from the reference implementation at prng.di.unimi.it.
        let mut state = 1_234_567;
        assert_eq!(super::split_mix(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(super::split_mix(&mut state), 3_203_168_211_198_807_973);
    }

    #[test]
    fn bits_follow_the_recurrence_of_xoshiro() {
        // First outputs for the state 1, 2, 3, 4: worked by hand from the reference recurrence.
        let mut random = Random { state: [1, 2, 3, 4], spare_normal: None };
        assert_eq!(random.bits(), 41_943_041);
        assert_eq!(random.bits(), 58_720_359);
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let mut random = Random::new(7);
        let n = 200_000;
        for (name, (mean, variance), expected_mean, expected_variance) in [
            ("unit", moments(n, || random.unit()), 0.5, 1.0 / 12.0),
            ("normal", moments(n, || random.normal()), 0.0, 1.0),
            ("exponential", moments(n, || random.exponential()), 1.0, 1.0),
            ("gamma(2.5)", moments(n, || random.gamma(2.5)), 2.5, 2.5),
            ("gamma(0.5)", moments(n, || random.gamma(0.5)), 0.5, 0.5),
            ("below(10)", moments(n, || random.below(10) as f64), 4.5, 8.25),
        ] {
            assert!((mean - expected_mean).abs() < 0.03, "{name} has mean {mean}");
            assert!((variance / expected_variance - 1.0).abs() < 0.03, "{name} has variance {variance}");
        }
    }

    #[test]
    fn streams_of_one_seed_differ() {
        let first = Random::for_stream(1, 0).bits();
        assert_ne!(first, Random::for_stream(1, 1).bits());
        assert_ne!(first, Random::for_stream(2, 0).bits());
    }
}
