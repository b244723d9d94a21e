//! Where in the current data a change began.

use driftline_model::Onset;

use super::compare::{RowBins, mass_moved};
use super::evidence::cells_p_value;
use super::natural::histogram;

/// Most and fewest segments that the current rows are cut into to look for the point.
const SEGMENTS: (usize, usize) = (4, 200);
/// Sampled rows of a segment.
const SEGMENT_ROWS: usize = 50;
/// The two parts differ when their p-value, paid for by the number of cuts tried, is at most this.
const MAX_P: f64 = 1e-4;
/// The part before the change has moved by at most this share of what all current rows together have.
const BEFORE_SHARE: f64 = 0.5;

/// Where a change began: the cut of the current rows, in file order, at which the rows before and after differ
/// most (largest chi-square over the bins).
///
/// When no cut is beyond chance, or the rows before it have moved nearly as much as all rows together (an odd end
/// of the file does not make a beginning), the change is there from the start: position 0. `None` with too few sampled rows to cut. Cost: segments times bins.
pub(crate) fn onset(rows: &RowBins, rows_total: u64) -> Option<Onset> {
    let n = rows.current.len();
    let segments = (n / SEGMENT_ROWS).min(SEGMENTS.1);
    if segments < SEGMENTS.0 {
        return None;
    }
    let reference = histogram(&rows.reference, rows.bins);
    let all = histogram(&rows.current, rows.bins);
    let cut_at = |segment: usize| segment * n / segments;
    let mut before = vec![0; rows.bins];
    let mut best = (0.0, 0, before.clone());
    for segment in 1..segments {
        let part = rows.current.get(cut_at(segment - 1)..cut_at(segment)).unwrap_or_default();
        for (sum, count) in before.iter_mut().zip(histogram(part, rows.bins)) {
            *sum += count;
        }
        let statistic = two_part_statistic(&before, &all);
        if statistic > best.0 {
            best = (statistic, cut_at(segment), before.clone());
        }
    }
    let (_, cut, before) = best;
    let after: Vec<u64> = all.iter().zip(&before).map(|(all, before)| all - before).collect();
    let from_start = Onset {
        position_ratio: 0.0,
        row: 1,
        mass_moved_before: 0.0,
        mass_moved_after: mass_moved(&reference, &all),
    };
    let p = cells_p_value(&[before.clone(), after.clone()]) * segments as f64;
    let (moved_before, moved_after) = (mass_moved(&reference, &before), mass_moved(&reference, &after));
    if cut == 0 || p > MAX_P || moved_before > BEFORE_SHARE * from_start.mass_moved_after {
        return Some(from_start);
    }
    let position_ratio = cut as f64 / n as f64;
    Some(Onset {
        position_ratio,
        row: (position_ratio * rows_total as f64).round() as u64 + 1,
        mass_moved_before: moved_before,
        mass_moved_after: moved_after,
    })
}

/// Pearson's chi-square of the first part against the second over bins with rows.
fn two_part_statistic(before: &[u64], all: &[u64]) -> f64 {
    let (n_before, n) = (before.iter().sum::<u64>() as f64, all.iter().sum::<u64>() as f64);
    let share = n_before / n;
    let gaps = before.iter().zip(all).filter(|(_, all)| **all > 0).map(|(&before, &all)| {
        let expected = all as f64 * share;
        (before as f64 - expected).powi(2) / (expected * (1.0 - share))
    });
    gaps.sum()
}

#[cfg(test)]
mod tests {
    use driftline_testkit::Random;

    use super::*;

    fn rows(change_at: usize, seed: u64) -> RowBins {
        let mut random = Random::new(seed);
        let mut draw = |share: f64| u32::from(random.chance(share));
        let reference = (0..10_000).map(|_| draw(0.3)).collect();
        let current = (0..10_000).map(|i| draw(if i < change_at { 0.3 } else { 0.5 })).collect();
        RowBins { bins: 3, reference, current }
    }

    #[test]
    fn a_change_in_the_middle_is_found_there() {
        let found = onset(&rows(5_000, 1), 1_000_000).unwrap();
        assert!((found.position_ratio - 0.5).abs() < 0.02, "{found:?}");
        assert!(found.row.abs_diff(500_000) < 20_000);
        assert!(found.mass_moved_after > 0.17 && found.mass_moved_before < 0.03, "{found:?}");
    }

    #[test]
    fn a_change_from_the_start_has_no_cut() {
        for seed in 0..20 {
            let found = onset(&rows(0, seed), 10_000).unwrap();
            assert_eq!((found.position_ratio, found.row), (0.0, 1), "{found:?}");
        }
    }

    #[test]
    fn too_few_rows_have_no_onset() {
        assert_eq!(
            onset(&RowBins { bins: 2, reference: vec![0; 100].into(), current: vec![1; 100] }, 100),
            None
        );
    }
}
