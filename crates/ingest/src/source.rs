//! What every source of chunks offers, and the CSV source.

pub(crate) mod archive;
pub(crate) mod arrays;
pub(crate) mod arrow_ipc;
pub(crate) mod avro;
pub(crate) mod batches;
pub(crate) mod columns;
#[cfg(feature = "remote")]
mod fetching;
#[cfg(feature = "remote")]
pub(crate) mod http;
pub(crate) mod json;
pub(crate) mod parquet;
#[cfg(feature = "remote")]
pub(crate) mod postgres;
#[cfg(feature = "remote")]
pub(crate) mod s3;
pub(crate) mod serial;
pub(crate) mod typed;
pub(crate) mod xlsx;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use driftline_chunk::{Chunk, Schema};
use serde::{Deserialize, Serialize};

use crate::IngestError;
use crate::decode::Decoder;
use crate::dialect::Dialect;
use crate::part::{Extent, Span};
use crate::reader::{Body, RawChunk, RecordReader};
use crate::repair::{Forensics, Recipe, RepairReader};
use crate::stored::Stored;

/// Where chunks come from. `pull` hands out raw pieces in order, one thread at a time and quickly; `decode` turns
/// a piece into a chunk, on any number of threads.
pub trait Source: Send + Sync {
    /// What messages and reports call it.
    fn name(&self) -> &str;
    /// The columns of its chunks.
    fn schema(&self) -> &Schema;
    /// Stored bytes in all, where known.
    fn size_bytes(&self) -> Option<u64>;
    /// Stored bytes consumed so far.
    fn bytes_read(&self) -> u64;
    /// The next piece of about `target_bytes`; nothing at the end.
    ///
    /// # Errors
    /// When the source cannot be read further. All that could be read was handed out before.
    fn pull(&self, target_bytes: usize) -> Result<Option<RawChunk>, IngestError>;
    /// Turns a piece into a chunk.
    ///
    /// # Errors
    /// Only for a defect: bad records are not errors, they are returned beside the chunk.
    fn decode(&self, raw: RawChunk) -> Result<Decoded, IngestError>;
    /// Where the records start and end that were handed out, in bytes of the text, once all were pulled; nothing
    /// for what is no range of a text.
    fn span(&self) -> Option<Span> {
        None
    }
    /// Whether a piece could not be decoded because the file is damaged there. The same table opened again
    /// leaves the damage out with all that follows it in its file, and says so at the end of the file.
    fn met_damage(&self) -> bool {
        false
    }
    /// About how many bytes of memory a piece of `raw_bytes` needs while it is decoded and used.
    fn chunk_overhead(&self, raw_bytes: usize) -> usize;
}

/// A decoded piece.
#[derive(Debug)]
pub struct Decoded {
    /// The rows.
    pub chunk: Chunk,
    /// The records that are not rows, in order.
    pub rejected: Vec<Rejected>,
    /// Records seen, rejected ones included, blank lines not.
    pub rows_seen: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// What was repaired and what was left aside.
    pub forensics: Forensics,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Its index among all records of its chunk.
    pub row_in_chunk: u64,
    /// Byte of the (decompressed) text at which it starts.
    pub byte_offset: u64,
    /// Why.
    pub reason: String,
    /// Its beginning, made printable.
    pub raw: String,
}

/// One CSV file, or kept standard input.
pub(crate) struct CsvSource {
    stored: Stored,
    consumed: Arc<AtomicU64>,
    reader: Mutex<Reader>,
    decoder: Decoder,
    slice: Slice,
}

/// What a source reads of its file: all of it, or the share of a part.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Slice {
    /// The records that are read.
    pub(crate) extent: Extent,
    /// Number of the part in its table; chunks of later parts have higher numbers.
    pub(crate) ordinal: u64,
}

impl Slice {
    /// The number of chunk `number` of this slice among all of its file.
    pub(crate) fn sequence(self, number: u64) -> u64 {
        (self.ordinal << 32).saturating_add(number)
    }
}

/// The quick way, or the one that repairs.
pub(crate) enum Reader {
    Quick(Box<RecordReader>),
    Repair(Box<RepairReader>),
}

impl Reader {
    /// Reads `stored` from byte `start` of its text on, repairing where there is a recipe.
    pub(crate) fn new(
        stored: &Stored,
        (dialect, start, recipe): (&Dialect, u64, Option<&Recipe>),
        consumed: Arc<AtomicU64>,
    ) -> Result<Self, IngestError> {
        Ok(match recipe {
            None => Self::Quick(Box::new(RecordReader::new(stored, dialect, start, consumed)?)),
            Some(recipe) => {
                Self::Repair(Box::new(RepairReader::new(stored, recipe.clone(), start, consumed)?))
            }
        })
    }

    /// The next run of about `target` bytes; nothing at the end.
    pub(crate) fn pull(&mut self, target: usize) -> Result<Option<RawChunk>, IngestError> {
        match self {
            Self::Quick(reader) => reader.pull(target),
            Self::Repair(reader) => reader.pull(target),
        }
    }
}

impl CsvSource {
    /// Reads `stored` from byte `start` of its text on, repairing where there is a recipe.
    pub(crate) fn new(
        stored: &Stored,
        (dialect, start, recipe): (&Dialect, u64, Option<&Recipe>),
        decoder: Decoder,
        slice: Slice,
    ) -> Result<Self, IngestError> {
        let consumed = Arc::new(AtomicU64::new(slice.extent.from.unwrap_or(0)));
        let counted = Arc::clone(&consumed);
        let reader = if slice.extent.is_whole() {
            Reader::new(stored, (dialect, start, recipe), counted)?
        } else {
            let shape = (dialect, decoder.places.len());
            Reader::Quick(Box::new(RecordReader::within(stored, shape, (start, slice.extent), counted)?))
        };
        Ok(Self { stored: stored.clone(), consumed, reader: Mutex::new(reader), decoder, slice })
    }
}

impl Source for CsvSource {
    fn name(&self) -> &str {
        &self.stored.name
    }

    fn schema(&self) -> &Schema {
        self.decoder.schema()
    }

    fn size_bytes(&self) -> Option<u64> {
        self.stored.known_len().map(|len| self.slice.extent.within(len))
    }

    fn bytes_read(&self) -> u64 {
        let read = self.consumed.load(Ordering::Relaxed);
        self.slice.extent.within(read)
    }

    fn span(&self) -> Option<Span> {
        match &*self.reader.lock().unwrap_or_else(PoisonError::into_inner) {
            Reader::Quick(reader) if !self.slice.extent.is_whole() => Some(reader.span()),
            _ => None,
        }
    }

    fn pull(&self, target_bytes: usize) -> Result<Option<RawChunk>, IngestError> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).pull(target_bytes)
    }

    fn decode(&self, raw: RawChunk) -> Result<Decoded, IngestError> {
        let RawChunk { sequence, offset, body } = raw;
        let sequence = self.slice.sequence(sequence);
        match body {
            Body::Records { buffer, len } => self.decoder.records(buffer, len, (sequence, offset)),
            Body::Rejected(rejected, bytes) => self.decoder.rejected(rejected, sequence, bytes),
            Body::Plain(plain) => self.decoder.plain(*plain, sequence),
            Body::Foreign(_) => Err(mixed_up(&self.stored.name)),
        }
    }

    fn chunk_overhead(&self, raw_bytes: usize) -> usize {
        // Views of text take 16 bytes a cell and hashes 8, which is about the cells' own length twice.
        raw_bytes.saturating_mul(4)
    }
}

/// The piece that a source of another format than CSV has handed out.
fn foreign<T: 'static>(body: Body, name: &str) -> Result<T, IngestError> {
    match body {
        Body::Foreign(piece) => piece.downcast().map(|piece| *piece).map_err(|_| mixed_up(name)),
        _ => Err(mixed_up(name)),
    }
}

fn mixed_up(name: &str) -> IngestError {
    IngestError::Assemble { name: name.to_owned(), cause: "the piece is of another source".to_owned() }
}
