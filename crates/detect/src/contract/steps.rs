//! The order of a column through the table, whose chunks come in any order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::breaks::{Breaks, ChunkPlace, Example};
use super::judge::{OrderJudge, Rows};

/// What one worker knows of the order of a column.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Steps {
    within: Breaks,
    edges: BTreeMap<u64, Edge>,
}

/// The ends of one chunk.
#[derive(Debug, Serialize, Deserialize)]
struct Edge {
    first: (f64, Example),
    last: f64,
}

impl OrderJudge {
    /// Whether a value may not follow another.
    fn is_wrong(&self, before: f64, now: f64) -> bool {
        let (low, high) = if self.is_falling { (now, before) } else { (before, now) };
        high < low || (self.is_strict && high == low)
    }
}

impl Steps {
    /// Takes in a chunk.
    pub(crate) fn add(&mut self, judge: &OrderJudge, rows: &Rows<'_>, place: ChunkPlace<'_>) {
        let mut marked = Vec::new();
        let mut before: Option<f64> = None;
        let mut edge: Option<Edge> = None;
        for row in 0..rows.chunk.rows() {
            let Some(now) = rows.number(judge.column, row) else { continue };
            self.within.judged += 1;
            if before.is_some_and(|before| judge.is_wrong(before, now)) {
                marked.push(row as u32);
            }
            before = Some(now);
            match &mut edge {
                Some(edge) => edge.last = now,
                None => {
                    let byte_offset = rows.chunk.offsets().get(row).copied();
                    let value = rows.example(&[judge.column], row);
                    let example = Example { place: place.of(row), byte_offset, value };
                    edge = Some(Edge { first: (now, example), last: now });
                }
            }
        }
        self.within.add(rows, place, &marked, &[judge.column]);
        self.edges.extend(edge.map(|edge| (place.ordinal, edge)));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.within.merge(other.within);
        self.edges.extend(other.edges);
    }

    /// All breaks, those from chunk to chunk with them.
    pub(crate) fn finish(self, judge: &OrderJudge) -> Breaks {
        let mut all = self.within;
        let mut before: Option<f64> = None;
        for edge in self.edges.into_values() {
            let (now, example) = edge.first;
            if before.is_some_and(|before| judge.is_wrong(before, now)) {
                all.broken += 1;
                all.firsts.offer(example);
            }
            before = Some(edge.last);
        }
        all
    }
}
