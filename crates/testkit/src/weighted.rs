//! Fast draws from a list of weights.

use crate::Random;

/// Draws an index in proportion to its weight: the alias method (Vose 1991, "A linear algorithm for
/// generating random numbers with a given distribution"), one lookup a draw however long the list.
#[derive(Debug, Clone)]
pub struct Weighted {
    /// For every index the share of its own slot that is its own, and who gets the rest.
    slots: Vec<(f64, u32)>,
}

impl Weighted {
    /// A table for weights: not negative, finite, at least one of them positive. Cost: linear.
    ///
    /// # Panics
    /// When there is no weight at all.
    pub fn new(weights: &[f64]) -> Self {
        assert!(!weights.is_empty(), "at least one weight is needed");
        let total: f64 = weights.iter().sum();
        let mut scaled: Vec<f64> = weights.iter().map(|w| w * weights.len() as f64 / total).collect();
        let mut slots: Vec<(f64, u32)> = (0..weights.len() as u32).map(|index| (1.0, index)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..weights.len()).partition(|&index| scaled[index] < 1.0);
        while let (Some(poor), Some(rich)) = (small.pop(), large.pop()) {
            slots[poor] = (scaled[poor], rich as u32);
            scaled[rich] -= 1.0 - scaled[poor];
            if scaled[rich] < 1.0 { small.push(rich) } else { large.push(rich) }
        }
        Self { slots }
    }

    /// One index.
    pub fn draw(&self, random: &mut Random) -> usize {
        let index = random.below(self.slots.len() as u64) as usize;
        let (own, other) = self.slots[index];
        if random.unit() < own { index } else { other as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::Weighted;
    use crate::Random;

    #[test]
    fn draws_follow_the_weights() {
        let weights = [5.0, 0.0, 1.0, 3.0, 1.0];
        let table = Weighted::new(&weights);
        let mut random = Random::new(5);
        let mut counts = [0_u32; 5];
        for _ in 0..100_000 {
            counts[table.draw(&mut random)] += 1;
        }
        for (count, weight) in counts.into_iter().zip(weights) {
            assert!((f64::from(count) - weight * 10_000.0).abs() < 500.0, "{counts:?}");
        }
        assert_eq!(counts[1], 0);
    }

    #[test]
    fn one_weight_is_always_drawn() {
        assert_eq!(Weighted::new(&[0.2]).draw(&mut Random::new(1)), 0);
    }
}
