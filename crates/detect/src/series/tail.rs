use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Cells for each doubling: neighbours differ by 7 %.
const PER_OCTAVE: f64 = 10.0;
/// Sizes beyond 2^128, or below 2^-128, are counted in the outermost cells.
const OCTAVES: f64 = 128.0;
/// Share of the sizes seen, and their least number, from which the tail beyond the largest is guessed. A fiftieth
/// leaves 15 sizes of 750; between a two-hundredth and a twentieth nothing much changes.
const TAIL_SHARE: f64 = 0.02;
const TAIL_AT_LEAST: f64 = 10.0;
/// Sizes that must have been seen before anything is guessed beyond the largest.
const GUESS_FROM: u64 = 20;
/// The steepest tail that is believed: sizes beyond a threshold exceed it by at least this many octaves on average.
const LEAST_EXCESS: f64 = 0.05;
/// Evidence beyond this says no more.
const MOST_EVIDENCE: f64 = 8.0;

/// How probable a size (a distance, an error) at least this large is, by all sizes seen.
///
/// Sizes are counted in cells that grow geometrically, so nothing depends on the unit of the series. Within what was
/// seen, the probability is the share of sizes in the same cell or above; beyond the largest it follows a power law
/// fitted to the largest fiftieth (Hill 1975, Annals of Statistics 3:1163).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct TailProbability {
    cells: BTreeMap<i16, u64>,
    total: u64,
}

impl TailProbability {
    /// Minus the decimal logarithm of the probability; 0 before anything was seen.
    pub(super) fn evidence(&self, size: f64) -> f64 {
        let Some(cell) = cell_of(size) else { return 0.0 };
        let above: u64 = self.cells.range(cell..).map(|(_, count)| count).sum();
        let total = count(self.total);
        let seen = (count(above) + 1.0) / (total + 2.0);
        let probability = match self.beyond(cell) {
            Some(guess) if above == 0 => seen.min(guess),
            _ => seen,
        };
        (-probability.log10()).clamp(0.0, MOST_EVIDENCE)
    }

    /// Counts a size. Zero counts as smaller than all.
    pub(super) fn learn(&mut self, size: f64) {
        self.total += 1;
        if let Some(cell) = cell_of(size) {
            *self.cells.entry(cell).or_default() += 1;
        }
    }

    /// The probability of a cell above all others by the power law; nothing while too few sizes were seen.
    fn beyond(&self, cell: i16) -> Option<f64> {
        if self.total <= GUESS_FROM {
            return None;
        }
        let total = count(self.total);
        let needed = (TAIL_SHARE * total).max(TAIL_AT_LEAST);
        let (mut held, mut sum) = (0.0, 0.0);
        for (&at, &times) in self.cells.iter().rev() {
            held += count(times);
            sum += count(times) * f64::from(at);
            if held >= needed {
                let threshold = f64::from(at) - 1.0;
                let excess = ((sum / held - threshold) / PER_OCTAVE).max(LEAST_EXCESS);
                let octaves = (f64::from(cell) - threshold) / PER_OCTAVE;
                return Some(held / (total + 2.0) * (-octaves / excess).exp());
            }
        }
        None
    }
}

/// The cell of a size; nothing for zero and for what is no size.
#[expect(clippy::cast_possible_truncation, reason = "clamped to 1,280 either way")]
fn cell_of(size: f64) -> Option<i16> {
    (size > 0.0).then(|| (size.log2().clamp(-OCTAVES, OCTAVES) * PER_OCTAVE).floor() as i16)
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 values are counted")]
fn count(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(sizes: impl IntoIterator<Item = f64>) -> TailProbability {
        let mut tail = TailProbability::default();
        sizes.into_iter().for_each(|size| tail.learn(size));
        tail
    }

    #[test]
    fn within_what_was_seen_it_is_the_share_at_or_above() {
        let tail = seen((1..=1000).map(f64::from));
        assert!((tail.evidence(1.0) - 0.0).abs() < 0.01);
        // 512..=1000 at least share the cell or lie above.
        assert!((tail.evidence(513.0) - (1002.0_f64 / 490.0).log10()).abs() < 0.02);
        assert!(tail.evidence(0.0) == 0.0 && tail.evidence(f64::NAN) == 0.0);
    }

    #[test]
    fn beyond_the_largest_it_grows_with_the_distance_and_ends() {
        let tail = seen((1..=1000).map(f64::from));
        let far: Vec<f64> = [1100.0, 1500.0, 3000.0, 1e9].map(|size| tail.evidence(size)).to_vec();
        assert!(far.is_sorted() && far[0] >= 3.0 && far[3] == MOST_EVIDENCE, "{far:?}");
    }

    #[test]
    fn a_heavy_tail_makes_the_same_record_less_strange() {
        let light = seen((1..=1000).map(|i| 10.0 + f64::from(i % 10)));
        let heavy = seen((1..=1000).map(|i| 20.0 / (f64::from(i) / 1000.0)));
        assert!(light.evidence(40.0) > 5.0);
        assert!(heavy.evidence(40_000.0) < 4.0);
    }

    #[test]
    fn the_unit_does_not_matter() {
        let metres = seen((1..=500).map(|i| f64::from(i) + 0.5));
        let small = seen((1..=500).map(|i| (f64::from(i) + 0.5) / 1024.0));
        for size in [3.0, 77.0, 600.0, 5000.0] {
            assert!((metres.evidence(size) - small.evidence(size / 1024.0)).abs() < 1e-9);
        }
    }
}
