//! Sources that hand out Arrow batches one after the other; only putting them into chunks is shared out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::Schema as ArrowSchema;
use driftline_chunk::Schema;

use super::batches::decoded;
use super::typed::Shape;
use super::{Decoded, Rejected, Source};
use crate::IngestError;
use crate::reader::{Body, RawChunk};

/// Rows of a chunk at most.
const MAX_ROWS: usize = 65_536;

/// Batches in order.
pub(crate) type Batches = Box<dyn Iterator<Item = Result<RecordBatch, IngestError>> + Send>;

/// A source of batches.
pub(crate) struct SerialSource {
    name: String,
    number: u32,
    size: Option<u64>,
    consumed: Arc<AtomicU64>,
    shape: Arc<Shape>,
    state: Mutex<State>,
    /// Asks for rows that were set aside on the way to the batches.
    rejected: Option<AskRejected>,
}

/// Hands over what was set aside since it was last asked.
pub(crate) type AskRejected = Box<dyn Fn() -> Vec<Rejected> + Send + Sync>;

struct State {
    batches: Batches,
    rest: Option<RecordBatch>,
    sequence: u64,
    row: u64,
    ended: bool,
}

/// Some rows, the number of the first of them, and about how many bytes they take.
struct Piece {
    batch: RecordBatch,
    bytes: u64,
    rejected: Vec<Rejected>,
}

impl SerialSource {
    /// A source of these batches. `consumed` is what whoever makes them has read of `size` stored bytes.
    pub(crate) fn new(
        (name, number): (&str, u32),
        (size, consumed): (Option<u64>, Arc<AtomicU64>),
        shape: &Arc<Shape>,
        batches: Batches,
    ) -> Self {
        let state = State { batches, rest: None, sequence: 0, row: 0, ended: false };
        let (name, shape, state) = (name.to_owned(), Arc::clone(shape), Mutex::new(state));
        Self { name, number, size, consumed, shape, state, rejected: None }
    }

    /// The same; rows that were set aside are asked for with each piece.
    #[cfg_attr(not(feature = "datafusion"), expect(dead_code, reason = "only statements need it"))]
    pub(crate) fn with_rejected(self, ask: AskRejected) -> Self {
        Self { rejected: Some(ask), ..self }
    }

    fn rejected(&self) -> Vec<Rejected> {
        self.rejected.as_ref().map(|ask| ask()).unwrap_or_default()
    }
}

impl State {
    fn next(&mut self) -> Result<Option<RecordBatch>, IngestError> {
        while !self.ended {
            if let Some(batch) = self.rest.take().filter(|batch| batch.num_rows() > 0) {
                return Ok(Some(batch));
            }
            match self.batches.next() {
                Some(Ok(batch)) => self.rest = Some(batch),
                Some(Err(error)) => {
                    self.ended = true;
                    return Err(error);
                }
                None => self.ended = true,
            }
        }
        Ok(None)
    }
}

impl Source for SerialSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> &Schema {
        &self.shape.schema
    }

    fn size_bytes(&self) -> Option<u64> {
        self.size
    }

    fn bytes_read(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    fn pull(&self, target_bytes: usize) -> Result<Option<RawChunk>, IngestError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(batch) = state.next()? else {
            let rejected = self.rejected();
            if rejected.is_empty() {
                return Ok(None);
            }
            let piece =
                Piece { batch: RecordBatch::new_empty(Arc::new(ArrowSchema::empty())), bytes: 0, rejected };
            let (sequence, offset) = (state.sequence, state.row);
            state.sequence += 1;
            return Ok(Some(RawChunk { sequence, offset, body: Body::Foreign(Box::new(piece)) }));
        };
        let per_row = (batch.get_array_memory_size() / batch.num_rows().max(1)).max(1);
        let rows = (target_bytes / per_row).clamp(1, MAX_ROWS).min(batch.num_rows());
        let piece = batch.slice(0, rows);
        state.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        let (sequence, offset) = (state.sequence, state.row);
        state.sequence += 1;
        state.row += rows as u64;
        let rejected = self.rejected();
        let piece = Piece { batch: piece, bytes: (rows * per_row) as u64, rejected };
        Ok(Some(RawChunk { sequence, offset, body: Body::Foreign(Box::new(piece)) }))
    }

    fn decode(&self, raw: RawChunk) -> Result<Decoded, IngestError> {
        let RawChunk { sequence, offset, body } = raw;
        let piece: Piece = super::foreign(body, &self.name)?;
        let place = (self.number, sequence, offset);
        let mut decoded = decoded(&piece.batch, &self.shape, place, (&self.name, piece.bytes))?;
        // They stand behind the rows, since nobody knows where they would have stood among them.
        for (number, rejected) in piece.rejected.into_iter().enumerate() {
            let row_in_chunk = decoded.chunk.rows() as u64 + number as u64;
            decoded.rejected.push(Rejected { row_in_chunk, ..rejected });
        }
        decoded.rows_seen += decoded.rejected.len() as u64;
        Ok(decoded)
    }

    fn chunk_overhead(&self, raw_bytes: usize) -> usize {
        raw_bytes.saturating_mul(2)
    }
}
