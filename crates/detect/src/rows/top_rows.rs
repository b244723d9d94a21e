use std::cmp::Ordering;
use std::collections::BinaryHeap;

use driftline_chunk::Chunk;
use driftline_model::CellBlame;
use serde::{Deserialize, Serialize};

use super::model::RowModel;

/// One of the strangest rows, with where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopRow {
    /// How strange, 0..1.
    pub score: f32,
    /// Number of the source within its table.
    pub source: u32,
    /// Byte at which the record starts in the decompressed source.
    pub offset: u64,
    /// Number of the chunk within its source.
    pub sequence: u64,
    /// Row index in the chunk.
    pub row_in_chunk: u32,
    /// The cells to blame, worst first.
    pub cells: Vec<CellBlame>,
}

/// Keeps the strangest rows of all that are offered, and counts. What is kept does not depend on the order of
/// offers or on how they are spread over keepers that are merged: equal scores are settled by position.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TopRows {
    capacity: usize,
    flag_from: f32,
    /// The least strange on top.
    kept: BinaryHeap<Kept>,
    rows_scored: u64,
    rows_flagged: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept(TopRow);

impl TopRows {
    /// Keeps `capacity` rows; rows from `flag_from` on count as flagged.
    pub fn new(capacity: usize, flag_from: f64) -> Self {
        Self {
            capacity,
            flag_from: flag_from as f32,
            kept: BinaryHeap::with_capacity(capacity.min(1 << 16) + 1),
            rows_scored: 0,
            rows_flagged: 0,
        }
    }

    /// Offers all rows of a chunk with their scores. Rows that enter are explained at once; most are turned
    /// away by one comparison.
    pub fn offer(&mut self, model: &RowModel, chunk: &Chunk, scores: &[f32]) {
        self.rows_scored += scores.len() as u64;
        self.rows_flagged += scores.iter().filter(|&&score| score >= self.flag_from).count() as u64;
        let mut bar = self.threshold();
        for (row, (&score, &offset)) in scores.iter().zip(chunk.offsets()).enumerate() {
            if score < bar || self.capacity == 0 {
                continue;
            }
            let (source, sequence, row_in_chunk) = (chunk.source(), chunk.sequence(), row as u32);
            let row_found = TopRow { score, source, offset, sequence, row_in_chunk, cells: Vec::new() };
            if self.takes(&row_found) {
                let cells = model.explain(chunk, row);
                self.push(TopRow { cells, ..row_found });
                bar = self.threshold();
            }
        }
    }

    /// Takes in what another keeper has kept and counted.
    pub fn merge(&mut self, other: Self) {
        self.rows_scored += other.rows_scored;
        self.rows_flagged += other.rows_flagged;
        for Kept(row) in other.kept {
            if self.takes(&row) {
                self.push(row);
            }
        }
    }

    /// Rows with a score below this cannot enter any more. 0 while there is room.
    pub fn threshold(&self) -> f32 {
        match self.kept.peek() {
            Some(Kept(least)) if self.kept.len() >= self.capacity => least.score,
            _ => 0.0,
        }
    }

    /// Rows that were offered.
    pub fn rows_scored(&self) -> u64 {
        self.rows_scored
    }

    /// Rows that were offered with a score from which they count as flagged.
    pub fn rows_flagged(&self) -> u64 {
        self.rows_flagged
    }

    /// The rows that are kept so far, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &TopRow> {
        self.kept.iter().map(|Kept(row)| row)
    }

    /// The rows that were kept, strangest first; equal scores in the order of the table.
    pub fn into_rows(self) -> Vec<TopRow> {
        let mut rows: Vec<TopRow> = self.kept.into_iter().map(|Kept(row)| row).collect();
        rows.sort_unstable_by(strangest_first);
        rows
    }

    fn takes(&self, row: &TopRow) -> bool {
        let full = self.kept.len() >= self.capacity;
        let beaten = self.kept.peek().is_some_and(|Kept(least)| strangest_first(row, least).is_lt());
        self.capacity > 0 && (!full || beaten)
    }

    fn push(&mut self, row: TopRow) {
        self.kept.push(Kept(row));
        if self.kept.len() > self.capacity {
            self.kept.pop();
        }
    }
}

fn strangest_first(a: &TopRow, b: &TopRow) -> Ordering {
    b.score.total_cmp(&a.score).then((a.source, a.offset).cmp(&(b.source, b.offset)))
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> Ordering {
        strangest_first(&self.0, &other.0)
    }
}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Kept {}
