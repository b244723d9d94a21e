use driftline_stats::Hll;
use driftline_stats::hash::f64_from_hash;
use driftline_stats::radix::{ordered_bits, sort_by_key};

use crate::bin_counter::BinCounter;
use crate::count_map::CountMap;
use crate::moments::Moments;

/// What is kept of the values of a column of numbers: every distinct value with its count while they are few,
/// sums and sketches once they are many.
#[derive(Debug, Clone)]
pub(crate) enum NumberValues {
    Counted(CountMap),
    Summed(Box<SummedNumbers>),
}

/// What is left of many distinct numbers.
#[derive(Debug, Clone)]
pub(crate) struct SummedNumbers {
    pub(crate) moments: Moments,
    pub(crate) distinct: Hll,
    /// Exact counts in the bins of the plan; empty without a plan.
    pub(crate) bin_counts: Vec<u64>,
}

impl NumberValues {
    pub(crate) fn new(exact_values: usize) -> Self {
        Self::Counted(CountMap::new(exact_values))
    }

    /// Takes in values with their hashes, without nulls.
    pub(crate) fn update(&mut self, values: &[f64], hashes: &[u64], bins: Option<&BinCounter>) {
        let mut done = 0;
        if let Self::Counted(counts) = self {
            match counts.add_all(hashes, |_| Ok(())) {
                Ok(()) => return,
                Err(added) => done = added,
            }
        }
        self.summed(bins).update(&values[done..], &hashes[done..], bins);
    }

    /// Takes in all that `other` has seen.
    pub(crate) fn merge(&mut self, other: Self, bins: Option<&BinCounter>) {
        match other {
            Self::Counted(theirs) => {
                if let Self::Counted(mine) = self {
                    mine.reserve(theirs.len());
                }
                for (hash, count) in theirs.iter() {
                    self.add(hash, count, bins);
                }
            }
            Self::Summed(theirs) => self.summed(bins).merge(&theirs),
        }
    }

    /// All sums; computed from the counts while those are kept.
    pub(crate) fn moments(&self) -> Moments {
        match self {
            Self::Counted(counts) => {
                let mut moments = Moments::default();
                for (hash, count) in counts.iter() {
                    moments.add_times(f64_from_hash(hash), count);
                }
                moments
            }
            Self::Summed(summed) => summed.moments.clone(),
        }
    }

    /// Calls `act` with every distinct value and its count, in no order; never once they are summed.
    pub(crate) fn for_each_count(&self, mut act: impl FnMut(f64, u64)) {
        if let Self::Counted(counts) = self {
            counts.iter().for_each(|(hash, count)| act(f64_from_hash(hash), count));
        }
    }

    /// Every distinct value with its count, by rising value.
    pub(crate) fn counts(&self) -> Option<Vec<(f64, u64)>> {
        let Self::Counted(counts) = self else { return None };
        let mut pairs: Vec<_> = counts.iter().map(|(hash, count)| (f64_from_hash(hash), count)).collect();
        sort_by_key(&mut pairs, |&(x, _)| ordered_bits(x));
        Some(pairs)
    }

    /// Takes in one value that occurs `count` times.
    pub(crate) fn add(&mut self, hash: u64, count: u64, bins: Option<&BinCounter>) {
        if let Self::Counted(counts) = self
            && counts.add(hash, count).is_ok()
        {
            return;
        }
        self.summed(bins).add(hash, count, bins);
    }

    /// Drops the counts for good, if they are still there.
    fn summed(&mut self, bins: Option<&BinCounter>) -> &mut SummedNumbers {
        if let Self::Counted(counts) = self {
            let mut summed = Box::new(SummedNumbers::new(bins));
            for (hash, count) in counts.iter() {
                summed.add(hash, count, bins);
            }
            *self = Self::Summed(summed);
        }
        match self {
            Self::Summed(summed) => summed,
            Self::Counted(_) => unreachable!("the counts were just dropped"),
        }
    }
}

impl SummedNumbers {
    pub(crate) fn new(bins: Option<&BinCounter>) -> Self {
        Self {
            moments: Moments::default(),
            distinct: Hll::new(),
            bin_counts: vec![0; bins.map_or(0, |bins| bins.bins().len())],
        }
    }

    fn update(&mut self, values: &[f64], hashes: &[u64], bins: Option<&BinCounter>) {
        self.distinct.insert_hashes(hashes);
        self.moments.add_slice(values);
        if let Some(bins) = bins {
            bins.count_into(values, &mut self.bin_counts);
        }
    }

    fn add(&mut self, hash: u64, count: u64, bins: Option<&BinCounter>) {
        let x = f64_from_hash(hash);
        self.distinct.insert_hash(hash);
        self.moments.add_times(x, count);
        if let Some(total) = bins.and_then(|bins| self.bin_counts.get_mut(bins.bins().locate(x))) {
            *total = total.saturating_add(count);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.distinct.merge(&other.distinct);
        self.moments.merge(&other.moments);
        for (mine, theirs) in self.bin_counts.iter_mut().zip(&other.bin_counts) {
            *mine += theirs;
        }
    }
}
