//! How much a column moves by itself, from block to block of the reference.

use driftline_model::NaturalMovement;

use super::compare::mass_moved;
use super::evidence::cells_p_value;

/// Blocks that the reference is cut into.
const BLOCKS: usize = 8;
/// Sampled rows of a block below which its shares say too little.
const MIN_BLOCK_ROWS: usize = 250;
/// Blocks that differ with a p-value above this do not differ: rows in random order then move by nothing.
const MAX_P: f64 = 1e-4;
/// The upper typical block: the one at this share of the blocks in rising order.
const TYPICAL: f64 = 0.75;
/// Most that natural movement can raise the bar to. A file that is sorted by the column would otherwise hide
/// any change of it.
const MAX_MOVEMENT: f64 = 0.15;

/// How far blocks of a reference stray from the rest of it: what does not depend on the current data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnMovement {
    typical: f64,
}

impl OwnMovement {
    /// The natural movement for so many rows on both sides. Current data as long as m blocks stray less, since they
    /// average over m of them: with s the spread of a block, they differ from the whole reference by
    /// `s sqrt(1/m + 1/8)`, and a block from the rest by `s sqrt(1 + 1/7)`.
    pub(crate) fn natural(self, rows_total: [u64; 2]) -> NaturalMovement {
        let mass_moved = (self.typical * averaging(rows_total)).min(MAX_MOVEMENT);
        NaturalMovement { blocks: BLOCKS as u32, mass_moved }
    }
}

/// How far a column moves by itself, from the bins of its sampled rows in file order.
///
/// Each of 8 blocks of the reference is compared with the rest of it; the upper quartile of the mass moved
/// (corrected for chance) is how far one block strays, 0 when the blocks do not differ beyond chance. `None` when
/// the sample is too small.
pub(crate) fn own_movement(rows: &[u32], bins: usize) -> Option<OwnMovement> {
    let size = rows.len() / BLOCKS;
    if size < MIN_BLOCK_ROWS {
        return None;
    }
    let blocks: Vec<Vec<u64>> =
        rows.chunks_exact(size).take(BLOCKS).map(|block| histogram(block, bins)).collect();
    let all = histogram(rows, bins);
    let mut moved: Vec<f64> = blocks
        .iter()
        .map(|block| {
            let rest: Vec<u64> = all.iter().zip(block).map(|(all, own)| all - own).collect();
            mass_moved(&rest, block)
        })
        .collect();
    moved.sort_by(f64::total_cmp);
    let typical = moved.get((TYPICAL * (moved.len() - 1) as f64).round() as usize).copied().unwrap_or(0.0);
    let p = cells_p_value(&blocks);
    Some(OwnMovement { typical: if p < MAX_P { typical } else { 0.0 } })
}

/// How much less than one block the current data stray.
fn averaging([reference, current]: [u64; 2]) -> f64 {
    let blocks = BLOCKS as f64;
    let length = (blocks * current as f64 / reference.max(1) as f64).max(1.0);
    ((1.0 / length + 1.0 / blocks) / (1.0 + 1.0 / (blocks - 1.0))).sqrt()
}

/// How many rows are in each bin.
pub(crate) fn histogram(rows: &[u32], bins: usize) -> Vec<u64> {
    let mut counts = vec![0; bins];
    for &bin in rows {
        if let Some(count) = counts.get_mut(bin as usize) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use driftline_testkit::Random;

    use super::*;

    fn movement(reference: &[u32]) -> f64 {
        own_movement(reference, 5).unwrap().natural([8_000, 1_000]).mass_moved
    }

    #[test]
    fn random_order_moves_by_nothing() {
        for seed in 0..50 {
            let mut random = Random::new(seed);
            assert_eq!(movement(&(0..4_000).map(|_| random.below(5) as u32).collect::<Vec<_>>()), 0.0);
        }
    }

    #[test]
    fn blocks_that_differ_move() {
        let mut random = Random::new(1);
        let by_day: Vec<u32> =
            (0..8_000).map(|i| if random.chance(0.3) { i / 1_000 % 2 } else { 4 }).collect();
        let moved = movement(&by_day);
        assert!((0.12..=MAX_MOVEMENT).contains(&moved), "{moved}");
    }

    #[test]
    fn longer_data_stray_less() {
        assert!((averaging([8_000, 1_000]) - 0.992).abs() < 0.001);
        assert!((averaging([8_000, 8_000]) - 0.468).abs() < 0.001);
        assert!(averaging([0, 0]) <= 1.0);
    }

    #[test]
    fn sorted_rows_cannot_hide_everything() {
        assert_eq!(movement(&(0..8_000).map(|i| i / 1_600).collect::<Vec<_>>()), MAX_MOVEMENT);
    }
}
