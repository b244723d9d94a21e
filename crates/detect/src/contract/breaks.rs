//! Rows that break a rule: how many, and the first of them.

use serde::{Deserialize, Serialize};

use super::judge::Rows;

/// Examples that are kept of each rule.
pub const EXAMPLES: usize = 5;
/// Values whose judgement is remembered: the distinct values of most columns, in 16 kB.
const MEMO_BITS: u32 = 11;

/// The place of a row before its number is known: the chunk in the table, and the record in the chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) ordinal: u64,
    pub(crate) record: u64,
}

/// A chunk in its table.
#[derive(Debug, Clone, Copy)]
pub struct ChunkPlace<'a> {
    /// Number of the chunk in the table.
    pub ordinal: u64,
    /// Indices among the records of the chunk of those that could not be read, ascending.
    pub rejected: &'a [u64],
}

impl ChunkPlace<'_> {
    pub(crate) fn of(&self, row: usize) -> Place {
        let record = self
            .rejected
            .iter()
            .fold(row as u64, |record, &gap| if gap <= record { record + 1 } else { record });
        Place { ordinal: self.ordinal, record }
    }
}

/// A row that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Example {
    pub(crate) place: Place,
    pub(crate) byte_offset: Option<u64>,
    pub(crate) value: String,
}

/// The first few examples, by place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Firsts(Vec<Example>);

impl Firsts {
    /// Whether a row at this place would be kept.
    pub(crate) fn wants(&self, place: Place) -> bool {
        self.0.len() < EXAMPLES || self.0.last().is_some_and(|last| place < last.place)
    }

    /// The place from which on no row is kept; none while there is room.
    pub(crate) fn bar(&self) -> Option<Place> {
        self.0.get(EXAMPLES - 1).map(|last| last.place)
    }

    pub(crate) fn offer(&mut self, example: Example) {
        let at = self.0.partition_point(|known| known.place < example.place);
        if self.0.get(at).is_some_and(|known| known.place == example.place) {
            return;
        }
        self.0.insert(at, example);
        self.0.truncate(EXAMPLES);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|example| self.offer(example));
    }

    /// The first place of all.
    pub(crate) fn first(&self) -> Option<Place> {
        self.0.first().map(|first| first.place)
    }

    pub(crate) fn into_vec(self) -> Vec<Example> {
        self.0
    }
}

/// What a worker knows of one rule that judges row by row.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Breaks {
    pub(crate) judged: u64,
    pub(crate) broken: u64,
    pub(crate) firsts: Firsts,
    /// The first chunk that could not be judged, and why.
    pub(crate) unjudged: Option<(u64, String)>,
}

impl Breaks {
    /// Takes in the marked rows of a chunk.
    pub(crate) fn add(&mut self, rows: &Rows<'_>, place: ChunkPlace<'_>, marked: &[u32], shown: &[usize]) {
        self.broken += marked.len() as u64;
        for &row in marked.iter().take(EXAMPLES) {
            let row = row as usize;
            let at = place.of(row);
            if !self.firsts.wants(at) {
                break;
            }
            let byte_offset = rows.chunk.offsets().get(row).copied();
            self.firsts.offer(Example { place: at, byte_offset, value: rows.example(shown, row) });
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.judged += other.judged;
        self.broken += other.broken;
        self.firsts.merge(other.firsts);
        self.unjudged = self.unjudged.take().into_iter().chain(other.unjudged).min();
    }

    /// Notes that a chunk cannot be judged.
    pub(crate) fn fail(&mut self, ordinal: u64, cause: String) {
        self.unjudged = self.unjudged.take().into_iter().chain([(ordinal, cause)]).min();
    }
}

/// The rows of one chunk that break a rule, and what is remembered of values.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    pub(crate) rows: Vec<u32>,
    /// Why the rows of this chunk cannot be judged.
    pub(crate) cause: Option<String>,
    pub(crate) memo: Memo,
}

/// Whether values break a rule, by their hash: the last value of each place.
///
/// Two values whose 64-bit hashes agree in all but one bit would be taken for the same; among a million
/// different ones that happens with a probability below one in ten million.
#[derive(Debug, Default)]
pub(crate) struct Memo(Vec<u64>);

impl Memo {
    #[inline]
    pub(crate) fn get_or(&mut self, hash: u64, judge: impl FnOnce() -> bool) -> bool {
        if self.0.is_empty() {
            // No hash that belongs to a place is at home in what stands there first.
            self.0 = (0..1_u64 << MEMO_BITS).map(|place| (place ^ 1) << (64 - MEMO_BITS)).collect();
        }
        let place = (hash >> (64 - MEMO_BITS)) as usize;
        let Some(slot) = self.0.get_mut(place) else { return judge() };
        if (*slot ^ hash) >> 1 != 0 {
            *slot = (hash & !1) | u64::from(judge());
        }
        *slot & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(ordinal: u64, record: u64) -> Example {
        Example { place: Place { ordinal, record }, byte_offset: None, value: String::new() }
    }

    #[test]
    fn the_first_examples_are_kept_whatever_the_order() {
        let (mut forwards, mut backwards) = (Firsts::default(), Firsts::default());
        (0..20).for_each(|i| forwards.offer(example(i / 3, i % 3)));
        (0..20).rev().for_each(|i| backwards.offer(example(i / 3, i % 3)));
        assert_eq!(forwards, backwards);
        assert_eq!(forwards.into_vec().len(), EXAMPLES);
    }

    #[test]
    fn a_memo_asks_once() {
        let mut memo = Memo::default();
        assert!(memo.get_or(0, || true));
        assert!(memo.get_or(0, || panic!("known")));
        assert!(!memo.get_or(u64::MAX, || false));
        assert!(!memo.get_or(u64::MAX, || panic!("known")));
    }

    #[test]
    fn places_skip_rejected_records() {
        let place = ChunkPlace { ordinal: 3, rejected: &[0, 2] };
        assert_eq!(place.of(0), Place { ordinal: 3, record: 1 });
        assert_eq!(place.of(1), Place { ordinal: 3, record: 3 });
    }
}
