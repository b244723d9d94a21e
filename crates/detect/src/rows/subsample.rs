use driftline_stats::random::SplitMix64;

/// `size` different indices below `total` (all of them when there are no more), rising: a uniform draw that
/// follows from the generator alone. Floyd's algorithm would save memory, but `total` is at most a row sample.
pub(super) fn subsample(total: usize, size: usize, random: &mut SplitMix64) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..total).collect();
    if size < total {
        for place in 0..size {
            indices.swap(place, place + random.below(total - place));
        }
        indices.truncate(size);
        indices.sort_unstable();
    }
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_different_rising_and_follow_from_the_seed() {
        let draw = |seed| subsample(1000, 50, &mut SplitMix64::new(seed));
        let indices = draw(1);
        assert_eq!(indices.len(), 50);
        assert!(indices.is_sorted_by(|a, b| a < b) && indices.iter().all(|&index| index < 1000));
        assert_eq!(indices, draw(1));
        assert_ne!(indices, draw(2));
        assert_eq!(subsample(3, 50, &mut SplitMix64::new(1)), [0, 1, 2]);
        assert_eq!(subsample(0, 5, &mut SplitMix64::new(1)), [0_usize; 0]);
    }
}
