use arrow_array::StringViewArray;
use driftline_stats::Hll;
use driftline_stats::hash::NULL_HASH;

use crate::count_map::{CountMap, Full};
use crate::labels::{Label, Labels, cut};
use crate::lengths::{Lengths, chars_of_view};
use crate::wording::Wording;

/// Bytes of labels a counted value on average, from which on counting stops: texts longer than this on
/// average are no categories, and memory stays bounded.
const LABEL_BYTES: usize = 24;

/// What is kept of the values of a column of text: every distinct one with its count while they are few and
/// short, sketches once they are not.
#[derive(Debug, Clone)]
pub(crate) enum TextValues {
    Counted(CountedTexts),
    Summed(Box<SummedTexts>),
}

/// Distinct texts with their counts.
#[derive(Debug, Clone)]
pub(crate) struct CountedTexts {
    pub(crate) counts: CountMap,
    pub(crate) labels: Labels,
    max_label_bytes: usize,
}

/// What is left of many distinct texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct SummedTexts {
    pub(crate) distinct: Hll,
    pub(crate) lengths: Lengths,
    pub(crate) wording: Wording,
}

impl TextValues {
    pub(crate) fn new(exact_values: usize) -> Self {
        Self::Counted(CountedTexts {
            counts: CountMap::new(exact_values),
            labels: Labels::default(),
            max_label_bytes: exact_values.saturating_mul(LABEL_BYTES),
        })
    }

    /// Takes in the texts of an array with their hashes; `present` lists hashes without those of nulls, and
    /// `rows` the rows they belong to, unless there is no null at all.
    pub(crate) fn update(&mut self, array: &StringViewArray, present: &[u64], rows: Option<&[u32]>) {
        let row = |index: usize| rows.map_or(index, |rows| rows[index] as usize);
        let mut done = 0;
        if let Self::Counted(counted) = self {
            let CountedTexts { counts, labels, max_label_bytes } = counted;
            let outcome = counts.add_all(present, |index| {
                labels.push(present[index], array.value(row(index)));
                if labels.bytes() > *max_label_bytes { Err(Full) } else { Ok(()) }
            });
            match outcome {
                Ok(()) => return,
                Err(added) => done = added,
            }
        }
        let summed = self.summed();
        summed.distinct.insert_hashes(&present[done..]);
        let views = array.views();
        let mut bound = summed.wording.bound();
        for (index, &hash) in present.iter().enumerate().skip(done) {
            let row = row(index);
            summed.lengths.add(chars_of_view(views[row], || array.value(row)));
            if hash < bound {
                summed.wording.offer(hash, cut(array.value(row)));
                bound = summed.wording.bound();
            }
        }
    }

    /// Takes in all that `other` has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        match other {
            Self::Counted(theirs) => {
                if let Self::Counted(mine) = self {
                    mine.counts.reserve(theirs.counts.len());
                }
                for label in theirs.labels.iter() {
                    self.add(label, theirs.counts.get(label.hash));
                }
            }
            Self::Summed(theirs) => {
                let mine = self.summed();
                mine.distinct.merge(&theirs.distinct);
                mine.lengths.merge(&theirs.lengths);
                mine.wording.merge(&theirs.wording);
            }
        }
    }

    /// Lengths in characters; computed from the counts while those are kept.
    pub(crate) fn lengths(&self) -> Lengths {
        match self {
            Self::Counted(counted) => counted.summed().lengths,
            Self::Summed(summed) => summed.lengths,
        }
    }

    /// How the texts are worded.
    pub(crate) fn wording(&self) -> Wording {
        match self {
            Self::Counted(counted) => counted.summed().wording,
            Self::Summed(summed) => summed.wording.clone(),
        }
    }

    /// Every distinct text with its count, by rising text; texts that are equal after cutting are one.
    pub(crate) fn counts(&self) -> Option<Vec<(&str, u64)>> {
        let Self::Counted(counted) = self else { return None };
        let with_count = |label: Label<'_>| counted.counts.get(label.hash);
        let mut pairs: Vec<_> = counted.labels.iter().map(|label| (label.text, with_count(label))).collect();
        pairs.sort_unstable();
        pairs.dedup_by(|next, kept| {
            let equal = next.0 == kept.0;
            kept.1 = if equal { kept.1.saturating_add(next.1) } else { kept.1 };
            equal
        });
        Some(pairs)
    }

    /// Takes in one label with its count, as when profiles are merged or read.
    pub(crate) fn add(&mut self, label: Label<'_>, count: u64) {
        debug_assert_ne!(label.hash, NULL_HASH, "nulls have no label");
        if let Self::Counted(counted) = self {
            match counted.counts.add(label.hash, count) {
                Ok(false) => return,
                Ok(true) => {
                    counted.labels.push_cut(label.hash, label.chars, label.text);
                    if counted.labels.bytes() > counted.max_label_bytes {
                        self.summed();
                    }
                    return;
                }
                Err(Full) => {}
            }
        }
        self.summed().add(label, count);
    }

    /// Drops the counts for good, if they are still there.
    fn summed(&mut self) -> &mut SummedTexts {
        if let Self::Counted(counted) = self {
            *self = Self::Summed(Box::new(counted.summed()));
        }
        match self {
            Self::Summed(summed) => summed,
            Self::Counted(_) => unreachable!("the counts were just dropped"),
        }
    }
}

impl CountedTexts {
    fn summed(&self) -> SummedTexts {
        let mut summed = SummedTexts::default();
        for label in self.labels.iter() {
            summed.add(label, self.counts.get(label.hash));
        }
        summed
    }
}

impl SummedTexts {
    fn add(&mut self, label: Label<'_>, count: u64) {
        self.distinct.insert_hash(label.hash);
        self.lengths.add_times(u64::from(label.chars), count);
        if label.hash < self.wording.bound() {
            self.wording.offer(label.hash, label.text);
        }
    }
}
