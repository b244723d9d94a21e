use std::borrow::Cow;
use std::collections::BTreeMap;

use driftline_ingest::{Forensics, Opening, Rejected};
use driftline_model::{Quarantine, ReadDecision, ReadNote, ReadPlace, Reading, RejectedRow};
use serde::{Deserialize, Serialize};

/// Rejected rows kept as examples.
const EXAMPLES: usize = 100;

/// Examples of each kind of repair that are kept.
const NOTED: usize = 20;

/// Where the records of a table lie in their sources, and which of them could not be read.
///
/// A worker only knows the place of a record within its chunk; the ledgers of all workers together know how
/// many records came before.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ledger {
    /// Source and records of every chunk, by ordinal.
    chunks: BTreeMap<u64, ChunkNote>,
    /// The first rejected rows, by ordinal of their chunk and place in it.
    rejected: BTreeMap<(u64, u64), Rejected>,
    rejected_rows: u64,
    /// What was repaired and what was left aside, by kind.
    repaired: BTreeMap<Kind, Notes>,
    aside: BTreeMap<Kind, Notes>,
    bytes: u64,
}

/// Id of a kind of repair, or of lines that were left aside.
type Kind = Cow<'static, str>;

/// Records of one kind: how many, and the first of them by ordinal of their chunk and place in it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Notes {
    count: u64,
    first: BTreeMap<(u64, u64, u64), String>,
}

impl Notes {
    fn add(&mut self, key: (u64, u64, u64), raw: String) {
        self.first.insert(key, raw);
        if self.first.len() > NOTED {
            self.first.pop_last();
        }
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        other.first.into_iter().for_each(|(key, raw)| self.add(key, raw));
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct ChunkNote {
    source: usize,
    records: u64,
}

/// A record in its source and in the table as a whole; the first data record is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// Index of the source.
    pub(crate) source: usize,
    /// Number within the source.
    pub(crate) row: u64,
    /// Number within the table.
    pub(crate) row_of_table: u64,
}

impl Ledger {
    /// Notes a chunk: its ordinal in the table, its source, its records and bytes.
    pub(crate) fn note(&mut self, ordinal: u64, source: usize, records: u64, bytes: u64) {
        self.chunks.insert(ordinal, ChunkNote { source, records });
        self.bytes += bytes;
    }

    /// Notes the rows of a chunk that could not be read.
    pub(crate) fn reject(&mut self, ordinal: u64, rejected: Vec<Rejected>) {
        self.rejected_rows += rejected.len() as u64;
        for row in rejected {
            let key = (ordinal, row.row_in_chunk);
            if self.rejected.len() < EXAMPLES {
                self.rejected.insert(key, row);
            } else if self.rejected.last_key_value().is_some_and(|(last, _)| key < *last) {
                self.rejected.insert(key, row);
                self.rejected.pop_last();
            }
        }
    }

    /// Notes what was repaired and what was left aside in a chunk.
    pub(crate) fn forensics(&mut self, ordinal: u64, forensics: Forensics) {
        if forensics.is_empty() {
            return;
        }
        for (kind, count) in &forensics.repaired {
            self.repaired.entry(kind.id().into()).or_default().count += count;
        }
        for (kind, count) in &forensics.aside {
            self.aside.entry(kind.id().into()).or_default().count += count;
        }
        for repair in forensics.repairs {
            let key = (ordinal, repair.row_in_chunk, repair.byte_offset);
            self.repaired.entry(repair.kind.id().into()).or_default().add(key, repair.raw);
        }
        for line in forensics.asides {
            let key = (ordinal, line.row_in_chunk, line.byte_offset);
            self.aside.entry(line.kind.id().into()).or_default().add(key, line.raw);
        }
    }

    /// Takes in the ledger of another worker.
    pub(crate) fn merge(&mut self, other: Self) {
        for (kind, notes) in other.repaired {
            self.repaired.entry(kind).or_default().merge(notes);
        }
        for (kind, notes) in other.aside {
            self.aside.entry(kind).or_default().merge(notes);
        }
        self.chunks.extend(other.chunks);
        self.rejected.extend(other.rejected);
        while self.rejected.len() > EXAMPLES {
            self.rejected.pop_last();
        }
        self.rejected_rows += other.rejected_rows;
        self.bytes += other.bytes;
    }

    /// Bytes that were read, decompressed.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Rows that could not be read.
    pub(crate) fn rejected_rows(&self) -> u64 {
        self.rejected_rows
    }

    /// Chunks that were read.
    pub(crate) fn chunks(&self) -> u64 {
        self.chunks.len() as u64
    }

    /// Records in the chunks from one ordinal on to before another.
    pub(crate) fn records_between(&self, from: u64, before: u64) -> u64 {
        self.chunks.range(from..before).map(|(_, note)| note.records).sum()
    }

    /// Places of records, given as ordinal of the chunk and index in it; in the order given.
    pub(crate) fn places(&self, records: &[(u64, u64)]) -> Vec<Place> {
        let mut order: Vec<usize> = (0..records.len()).collect();
        order.sort_by_key(|&index| records[index].0);
        let mut places = vec![Place { source: 0, row: 0, row_of_table: 0 }; records.len()];
        let mut chunks = self.chunks.iter().peekable();
        let (mut source, mut before_in_source, mut before) = (0, 0, 0);
        for index in order {
            let (ordinal, record) = records[index];
            while let Some((_, note)) = chunks.next_if(|(known, _)| **known <= ordinal) {
                if note.source != source {
                    (source, before_in_source) = (note.source, 0);
                }
                before_in_source += note.records;
                before += note.records;
            }
            // What was added last is the chunk itself.
            let own = self.chunks.get(&ordinal).map_or(0, |note| note.records);
            places[index] = Place {
                source,
                row: before_in_source - own + record + 1,
                row_of_table: before - own + record + 1,
            };
        }
        places
    }

    /// How the table was read: what was decided when it was opened, and what came of it.
    pub(crate) fn reading(&self, source_names: &[String], opening: &Opening) -> Reading {
        let notes = |notes: &BTreeMap<Kind, Notes>| -> Vec<ReadNote> {
            notes.iter().map(|(kind, notes)| self.note_of(kind, notes, source_names)).collect()
        };
        let decisions = opening.decisions.iter().map(|decision| ReadDecision {
            subject: decision.subject.to_owned(),
            value: decision.value.clone(),
            confidence: decision.confidence,
            reason: decision.reason.clone(),
        });
        let mut asides = notes(&self.aside);
        if !opening.preamble.is_empty() {
            let place = |(byte_offset, raw): &(u64, String)| ReadPlace {
                source: source_names.first().cloned().unwrap_or_default(),
                row: 0,
                byte_offset: *byte_offset,
                raw: raw.clone(),
            };
            let examples = opening.preamble.iter().take(NOTED).map(place).collect();
            let count = opening.preamble.len() as u64;
            asides.insert(0, ReadNote { kind: "preamble".to_owned(), count, examples });
        }
        Reading { decisions: decisions.collect(), repairs: notes(&self.repaired), asides }
    }

    fn note_of(&self, kind: &str, notes: &Notes, source_names: &[String]) -> ReadNote {
        let keys: Vec<(u64, u64)> = notes.first.keys().map(|(ordinal, row, _)| (*ordinal, *row)).collect();
        let examples = self
            .places(&keys)
            .into_iter()
            .zip(&notes.first)
            .map(|(place, ((.., byte_offset), raw))| ReadPlace {
                source: source_names.get(place.source).cloned().unwrap_or_default(),
                row: place.row,
                byte_offset: *byte_offset,
                raw: raw.clone(),
            })
            .collect();
        ReadNote { kind: kind.to_owned(), count: notes.count, examples }
    }

    /// The rows that could not be read, the first of them with their numbers.
    pub(crate) fn quarantine(&self, source_names: &[String]) -> Quarantine {
        let keys: Vec<(u64, u64)> = self.rejected.keys().copied().collect();
        let examples = self
            .places(&keys)
            .into_iter()
            .zip(self.rejected.values())
            .map(|(place, rejected)| RejectedRow {
                source: source_names.get(place.source).cloned().unwrap_or_default(),
                row: place.row,
                byte_offset: rejected.byte_offset,
                reason: rejected.reason.clone(),
                raw: rejected.raw.clone(),
            })
            .collect();
        Quarantine { rows: self.rejected_rows, examples }
    }
}

/// Index among all records of a chunk of its row `row`, given the indices of the rejected records, ascending.
pub(crate) fn record_of_row(row: usize, rejected: &[u64]) -> u64 {
    rejected.iter().fold(row as u64, |record, &gap| if gap <= record { record + 1 } else { record })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(row_in_chunk: u64) -> Rejected {
        Rejected {
            row_in_chunk,
            byte_offset: row_in_chunk * 10,
            reason: "short".to_owned(),
            raw: "x".to_owned(),
        }
    }

    #[test]
    fn rows_are_counted_through_chunks_and_sources() {
        let mut first = Ledger::default();
        first.note(0, 0, 10, 100);
        first.note(2, 1, 5, 50);
        let mut second = Ledger::default();
        second.note(1, 0, 20, 200);
        second.note(3, 1, 7, 70);
        first.reject(0, vec![rejected(4)]);
        first.merge(second);
        let places = first.places(&[(3, 0), (0, 0), (1, 19)]);
        assert_eq!(places[0], Place { source: 1, row: 6, row_of_table: 36 });
        assert_eq!(places[1], Place { source: 0, row: 1, row_of_table: 1 });
        assert_eq!(places[2], Place { source: 0, row: 30, row_of_table: 30 });
        let quarantine = first.quarantine(&["a.csv".to_owned(), "b.csv".to_owned()]);
        assert_eq!((quarantine.rows, quarantine.examples[0].row), (1, 5));
        assert_eq!((first.bytes(), first.chunks()), (420, 4));
    }

    #[test]
    fn only_the_first_rejected_rows_are_kept_whatever_the_order() {
        let mut forwards = Ledger::default();
        let mut backwards = Ledger::default();
        for ordinal in 0..30 {
            forwards.reject(ordinal, (0..10).map(rejected).collect());
            backwards.reject(29 - ordinal, (0..10).map(rejected).collect());
        }
        assert_eq!(forwards.rejected_rows, 300);
        let keys = |ledger: &Ledger| ledger.rejected.keys().copied().collect::<Vec<_>>();
        assert_eq!(keys(&forwards), keys(&backwards));
        assert_eq!(keys(&forwards).last(), Some(&(9, 9)));
    }

    #[test]
    fn rejected_records_push_the_later_rows_on() {
        let rejected = [0, 2, 3];
        let records: Vec<u64> = (0..3).map(|row| record_of_row(row, &rejected)).collect();
        assert_eq!(records, [1, 4, 5]);
    }
}
