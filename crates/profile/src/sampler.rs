use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use driftline_chunk::{Chunk, Physical, Schema};
use driftline_stats::hash::hash_position;
use rayon::prelude::*;

use crate::hashes::ChunkHashes;
use crate::labels::MAX_TEXT_BYTES;
use crate::row_sample::{Position, RowSample, SampleColumn, TextSample};
use crate::sample_cells::{SampleCells, TextCells};

/// Bytes of text that a sample may hold in all: 256 a row at 65,536 rows.
const MAX_TEXT_TOTAL: usize = 16 << 20;
/// The same for each column, so that very wide tables still get a few hundred rows.
const MAX_TEXT_COLUMN: usize = 4 << 10;
/// Bytes of text that may be copied before the limits are looked at again.
const TEXT_STEP: usize = 8 << 20;

/// Gathers the rows with the smallest hash of their position: as many as wanted, and as their texts fit.
///
/// With rows in the order of their hashes, the sample is the longest beginning that has at most `max_rows`
/// rows and `max_text` bytes of text. A row that is outside for a part of the table is outside for the whole
/// (more rows only come before it), so that parts can be sampled by themselves and put together in any order.
/// `bound` is the hash of the first row outside; rows from there on need not be looked at. It is the same for
/// the same rows, however they came.
#[derive(Debug, Clone)]
pub(crate) struct RowSampler {
    max_rows: usize,
    max_text: usize,
    text_columns: usize,
    bound: u64,
    shared: Option<Arc<AtomicU64>>,
    keys: Vec<Key>,
    cells: Vec<SampleCells>,
    picked: Vec<Pick>,
    /// Room for texts when candidates are let go, kept so that it need not be asked for each time.
    spare: TextCells,
}

/// A candidate's place in the order of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    hash: u64,
    position: Position,
}

/// A row of a chunk that may enter the sample.
#[derive(Debug, Clone, Copy)]
struct Pick {
    hash: u64,
    row: u32,
}

impl RowSampler {
    pub(crate) fn new(schema: &Schema, max_rows: usize) -> Self {
        let fields = schema.fields();
        let text_columns = fields.iter().filter(|field| field.physical == Physical::Text).count();
        Self {
            max_rows,
            max_text: (text_columns * MAX_TEXT_COLUMN).clamp(MAX_TEXT_TOTAL, 1 << 30),
            text_columns,
            bound: u64::MAX,
            shared: None,
            keys: Vec::new(),
            cells: fields.iter().map(|field| SampleCells::new(field.physical)).collect(),
            picked: Vec::new(),
            spare: TextCells::default(),
        }
    }

    /// Shares the bound with samplers of other parts of the same table.
    pub(crate) fn share_bound(&mut self, shared: Arc<AtomicU64>) {
        self.shared = Some(shared);
    }

    /// Shares the bound with nobody any more.
    pub(crate) fn detach(&mut self) {
        self.shared = None;
    }

    /// Offers the rows of a chunk.
    pub(crate) fn update(&mut self, chunk: &Chunk, hashes: &ChunkHashes) {
        if let Some(shared) = &self.shared {
            self.bound = self.bound.min(shared.load(Ordering::Relaxed));
        }
        let mut picked = std::mem::take(&mut self.picked);
        picked.clear();
        for (row, &offset) in chunk.offsets().iter().enumerate() {
            let hash = hash_position(chunk.source(), offset);
            if hash < self.bound {
                picked.push(Pick { hash, row: row as u32 });
            }
        }
        let step = (TEXT_STEP / (self.text_columns * MAX_TEXT_BYTES).max(1)).max(1);
        let mut rest = picked.as_slice();
        let mut rows = Vec::new();
        while !rest.is_empty() {
            let room = self.max_candidates().saturating_sub(self.keys.len()).max(1);
            let (now, later) = rest.split_at(room.min(step).min(rest.len()));
            rows.clear();
            for pick in now.iter().filter(|pick| pick.hash < self.bound) {
                let offset = chunk.offsets()[pick.row as usize];
                self.keys
                    .push(Key { hash: pick.hash, position: Position { source: chunk.source(), offset } });
                rows.push(pick.row);
            }
            for (column, cells) in self.cells.iter_mut().enumerate() {
                cells.extend(chunk.column(column), hashes.column(column), &rows);
            }
            self.compact_when_large();
            rest = later;
        }
        self.picked = picked;
    }

    /// Takes in the candidates of another part.
    pub(crate) fn merge(&mut self, other: &Self) {
        let (order, bound) = other.selection();
        self.bound = self.bound.min(bound);
        self.keys.extend(order.iter().map(|&index| other.keys[index as usize]));
        for (mine, theirs) in self.cells.iter_mut().zip(&other.cells) {
            mine.append(theirs, &order);
        }
        self.compact();
    }

    /// The sample as it stands, in the order of the table.
    pub(crate) fn sample(&self, rows_total: u64) -> RowSample {
        let order = self.ordered();
        RowSample {
            positions: order.iter().map(|&index| self.keys[index as usize].position).collect(),
            columns: self.cells.par_iter().map(|cells| cells.materialise(&order)).collect(),
            rows_total,
        }
    }

    /// The hash of the first row outside the sample.
    pub(crate) fn bound(&self) -> u64 {
        self.selection().1
    }

    /// A sampler that holds the rows of a sample, as when a profile is read.
    pub(crate) fn restored(schema: &Schema, max_rows: usize, bound: u64, sample: RestoredRows) -> Self {
        let mut sampler = Self::new(schema, max_rows);
        sampler.bound = bound;
        sampler.keys = sample
            .positions
            .into_iter()
            .map(|position| Key { hash: hash_position(position.source, position.offset), position })
            .collect();
        sampler.cells = sample.cells;
        sampler
    }

    /// Positions and cells of the sample in the order of the table, for writing.
    pub(crate) fn ordered_rows(&self) -> (Vec<Position>, Vec<u32>) {
        let order = self.ordered();
        (order.iter().map(|&index| self.keys[index as usize].position).collect(), order)
    }

    pub(crate) fn cells(&self) -> &[SampleCells] {
        &self.cells
    }

    /// Candidates are let go when there are half as many again as wanted: a quarter halves the memory beyond and
    /// doubles the copying.
    fn max_candidates(&self) -> usize {
        self.max_rows + self.max_rows / 2 + 1
    }

    fn compact_when_large(&mut self) {
        let text: usize = self.cells.iter().map(SampleCells::text_bytes).sum();
        if self.keys.len() >= self.max_candidates() || text > self.max_text + self.max_text / 4 {
            self.compact();
        }
    }

    /// Lets go of candidates that are outside.
    fn compact(&mut self) {
        let (mut order, bound) = self.selection();
        self.bound = bound;
        if let Some(shared) = &self.shared {
            shared.fetch_min(bound, Ordering::Relaxed);
        }
        if order.len() < self.keys.len() {
            order.sort_unstable();
            self.keys = order.iter().map(|&index| self.keys[index as usize]).collect();
            for cells in &mut self.cells {
                cells.keep(&order, &mut self.spare);
            }
        }
    }

    fn ordered(&self) -> Vec<u32> {
        let (mut order, _) = self.selection();
        order.sort_unstable_by_key(|&index| self.keys[index as usize].position);
        order
    }

    /// Indices of the candidates inside, in no order, and the hash of the first row outside.
    fn selection(&self) -> (Vec<u32>, u64) {
        let key = |index: &u32| self.keys[*index as usize];
        let mut bound = self.bound;
        let mut order: Vec<u32> =
            (0..self.keys.len() as u32).filter(|index| key(index).hash < bound).collect();
        if order.len() > self.max_rows {
            let (_, first_outside, _) = order.select_nth_unstable_by_key(self.max_rows, key);
            bound = key(first_outside).hash;
            order.truncate(self.max_rows);
        }
        let text_of = |index: u32| self.cells.iter().map(|cells| cells.text_bytes_of(index)).sum::<usize>();
        let all_text: usize = self.cells.iter().map(SampleCells::text_bytes).sum();
        if all_text > self.max_text
            && order.iter().map(|&index| text_of(index)).sum::<usize>() > self.max_text
        {
            order.sort_unstable_by_key(key);
            let mut total = 0;
            let inside = order.iter().position(|&index| {
                total += text_of(index);
                total > self.max_text
            });
            if let Some(first_outside) = inside.and_then(|inside| order.get(inside)) {
                bound = key(first_outside).hash;
            }
        }
        // Rows of different sources may share a hash: what the bound shuts out later, it shuts out now.
        order.retain(|index| key(index).hash < bound);
        (order, bound)
    }
}

/// Rows read from bytes.
pub(crate) struct RestoredRows {
    pub(crate) positions: Vec<Position>,
    pub(crate) cells: Vec<SampleCells>,
}

impl SampleCells {
    /// The cells at these indices in the public form.
    fn materialise(&self, order: &[u32]) -> SampleColumn {
        match self {
            Self::Numbers(_) => SampleColumn::Numbers(order.iter().map(|&i| self.number(i)).collect()),
            Self::Text(_) => {
                SampleColumn::Text(TextSample::from_texts(order.iter().map(|&index| self.text(index))))
            }
        }
    }
}
