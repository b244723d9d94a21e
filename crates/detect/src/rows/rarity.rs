//! Rarity of values in columns with few different ones.

use driftline_profile::NULL_HASH;

use super::evidence::from_share;
use super::frozen_table::FrozenTable;

/// Share of rows with a value of their own (seen once) up to which a new value is news. It is the Good-Turing
/// estimate (Good 1953) of how many of the next rows will bring one.
const NEWS_UP_TO: f64 = 0.02;

/// How often each value was seen.
#[derive(Debug, Clone)]
pub(super) struct Rarity {
    table: FrozenTable,
    counts: Vec<(u64, u64)>,
    total: u64,
}

impl Rarity {
    /// Learns from the hashes and counts of all values of a column.
    ///
    /// A value's evidence is that of the rows whose value is as rare or rarer, so that a long tail of rare
    /// values does not make each of them strange. An unseen value's is that of the rows seen once, one more
    /// added. Nothing comes of a column with one value (there is nothing to compare it with) and of columns in
    /// which new values are normal, such as names and identifiers.
    pub(super) fn fit(mut counts: Vec<(u64, u64)>, null_evidence: f32) -> Option<Self> {
        counts.retain(|&(_, count)| count > 0);
        counts.sort_unstable();
        let total: u64 = counts.iter().map(|&(_, count)| count).sum();
        let once = counts.iter().filter(|&&(_, count)| count == 1).count() as u64;
        if counts.len() < 2 || once as f64 > NEWS_UP_TO * total as f64 {
            return None;
        }
        let mut rising = counts.clone();
        rising.sort_unstable_by_key(|&(hash, count)| (count, hash));
        let mut pairs = vec![(NULL_HASH, null_evidence)];
        let mut as_rare = 0;
        for same in rising.chunk_by(|a, b| a.1 == b.1) {
            as_rare += same.iter().map(|&(_, count)| count).sum::<u64>();
            pairs.extend(same.iter().map(|&(hash, _)| (hash, from_share(as_rare, total))));
        }
        let unseen =
            from_share(once + 1, total + 1).max(pairs.iter().skip(1).map(|p| p.1).fold(0.0, f32::max));
        Some(Self { table: FrozenTable::new(&pairs, unseen), counts, total })
    }

    /// Evidence against the value with this hash.
    #[inline]
    pub(super) fn evidence(&self, hash: u64) -> f32 {
        self.table.get(hash)
    }

    /// Why: `seen in 3 of 27,004 rows`, `never seen before; 12 known values`.
    pub(super) fn reason(&self, hash: u64) -> String {
        match self.counts.binary_search_by_key(&hash, |&(known, _)| known) {
            Ok(index) => {
                let count = self.counts.get(index).map_or(0, |&(_, count)| count);
                format!(
                    "seen in {} of {} rows",
                    super::wording::count(count),
                    super::wording::count(self.total)
                )
            }
            Err(_) => {
                format!("never seen before; {} known values", super::wording::count(self.counts.len() as u64))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_is_strange_and_unseen_is_stranger() {
        let rarity = Rarity::fit(vec![(10, 900), (20, 97), (30, 3)], 1.5).unwrap();
        assert_eq!(rarity.evidence(10), 0.0);
        assert!((rarity.evidence(20) - 10.0_f32.ln()).abs() < 1e-6);
        assert!((f64::from(rarity.evidence(30)) - (1000.0_f64 / 3.0).ln()).abs() < 1e-5);
        assert!((f64::from(rarity.evidence(99)) - 1001.0_f64.ln()).abs() < 1e-5);
        assert_eq!(rarity.evidence(NULL_HASH), 1.5);
        assert_eq!(rarity.reason(30), "seen in 3 of 1,000 rows");
        assert_eq!(rarity.reason(99), "never seen before; 3 known values");
    }

    #[test]
    fn names_and_constants_are_not_judged() {
        assert!(Rarity::fit((0..100).map(|hash| (hash, 1)).collect(), 0.0).is_none());
        assert!(Rarity::fit(vec![(1, 500)], 0.0).is_none());
        assert!(Rarity::fit(vec![], 0.0).is_none());
    }
}
