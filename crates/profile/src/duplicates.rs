use crate::count_map::CountMap;

/// Distinct rows whose repetitions are counted.
pub(crate) const KEPT: usize = 16_384;

/// How often the rows with the smallest content hashes occur.
///
/// The distinct rows with the 16,384 smallest hashes are a random choice among distinct rows, and the same
/// whatever the order; each one's count is exact, because a hash that is ever among the smallest of a part is
/// so from its first occurrence on.
#[derive(Debug, Clone)]
pub(crate) struct Duplicates {
    counts: CountMap,
    /// Hashes above are not among the smallest.
    bound: u64,
}

impl Default for Duplicates {
    fn default() -> Self {
        Self { counts: Self::empty(), bound: u64::MAX }
    }
}

impl Duplicates {
    /// Takes in rows by their hashes.
    pub(crate) fn update(&mut self, rows: &[u64]) {
        for &hash in rows {
            if hash <= self.bound {
                self.add(hash, 1);
            }
        }
    }

    /// Takes in one row that occurs `count` times.
    pub(crate) fn add(&mut self, hash: u64, count: u64) {
        if hash > self.bound {
            return;
        }
        // The map is emptied to half before it is ever full.
        let _ = self.counts.add(hash, count);
        if self.counts.len() >= 2 * KEPT {
            self.compact();
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (hash, count) in other.kept() {
            self.add(hash, count);
        }
    }

    /// Share of rows that repeat an earlier one; 0 without rows.
    pub(crate) fn ratio(&self) -> f64 {
        let kept = self.kept();
        let rows: u128 = kept.iter().map(|&(_, count)| u128::from(count)).sum();
        let repeated = rows.saturating_sub(kept.len() as u128);
        if rows == 0 { 0.0 } else { repeated as f64 / rows as f64 }
    }

    /// The smallest hashes with their counts, by rising hash.
    pub(crate) fn kept(&self) -> Vec<(u64, u64)> {
        let mut pairs = self.counts.sorted();
        pairs.truncate(KEPT);
        pairs
    }

    fn compact(&mut self) {
        let kept = self.kept();
        self.bound = kept.last().map_or(u64::MAX, |&(hash, _)| hash);
        self.counts = Self::empty();
        for (hash, count) in kept {
            let _ = self.counts.add(hash, count);
        }
    }

    fn empty() -> CountMap {
        CountMap::new(2 * KEPT)
    }
}

#[cfg(test)]
mod tests {
    use driftline_stats::hash::hash_f64;

    use super::*;

    #[test]
    fn ratio_is_exact_while_rows_are_few() {
        let mut duplicates = Duplicates::default();
        assert_eq!(duplicates.ratio(), 0.0);
        duplicates.update(&[1, 2, 3, 2]);
        assert_eq!(duplicates.ratio(), 0.25);
    }

    #[test]
    fn ratio_of_many_rows_is_estimated_and_free_of_order() {
        // 100,000 distinct rows, every fifth of them twice: a sixth of 120,000 rows repeats another.
        let mut rows: Vec<u64> = (0..100_000).map(|i| hash_f64(f64::from(i))).collect();
        rows.extend((0..100_000).step_by(5).map(|i| hash_f64(f64::from(i))));
        let mut whole = Duplicates::default();
        whole.update(&rows);
        assert!((whole.ratio() - 1.0 / 6.0).abs() < 0.01, "{}", whole.ratio());
        let mut parts = Duplicates::default();
        for part in rows.rchunks(7_777) {
            let mut one = Duplicates::default();
            one.update(part);
            parts.merge(&one);
        }
        assert_eq!(parts.kept(), whole.kept());
    }
}
