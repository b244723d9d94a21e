//! Arrow's own files and streams.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileReaderBuilder, StreamDecoder};
use arrow_ipc::root_as_footer;
use arrow_schema::{ArrowError, Schema as ArrowSchema};

use super::Source;
use super::batches::columns_of;
use super::serial::{Batches, SerialSource};
use super::typed::{FormatFile, FoundColumn, Shape};
use crate::IngestError;
use crate::stored::{Stored, StoredReader};

/// Bytes of a stream given to the decoder at a time.
const PIECE_BYTES: usize = 256 << 10;
/// At the end of a file: length of the footer and the magic word (Arrow columnar format, "IPC File Format").
const TRAILER_BYTES: u64 = 10;

/// An Arrow file or stream.
pub(crate) struct ArrowFile {
    stored: Stored,
    is_file: bool,
    columns: Vec<FoundColumn>,
    skipped: Vec<String>,
}

impl ArrowFile {
    /// Reads the schema.
    pub(crate) fn open(stored: Stored) -> Result<Self, IngestError> {
        let mut magic = Vec::new();
        let read = stored.at(0).take(6).read_to_end(&mut magic);
        read.map_err(|cause| IngestError::Read { name: stored.name.clone(), cause })?;
        let is_file = magic == b"ARROW1";
        let schema = if is_file {
            validate_footer(&stored, stored.complete()?)?;
            let open = || FileReaderBuilder::new().build(buffered(&stored)).map(|reader| reader.schema());
            guarded(&stored.name, open)?
        } else {
            Stream::new(&stored).schema()?
        };
        let (columns, skipped) = columns_of(&schema);
        Ok(Self { stored, is_file, columns, skipped })
    }
}

fn buffered(stored: &Stored) -> std::io::BufReader<StoredReader> {
    std::io::BufReader::with_capacity(PIECE_BYTES, stored.at(0))
}

fn damaged(name: &str, cause: impl Into<String>) -> IngestError {
    IngestError::Unreadable { name: name.to_owned(), format: "Arrow", cause: cause.into() }
}

fn guarded<T>(name: &str, read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, IngestError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(name, error.to_string())),
        Err(_) => Err(damaged(name, "its parts contradict each other")),
    }
}

/// A footer is believed only where its blocks lie in the file: the reader makes room for what they claim.
fn validate_footer(stored: &Stored, len: u64) -> Result<(), IngestError> {
    let bad = |cause: &str| damaged(&stored.name, cause);
    let bytes_at = |offset: u64, wanted: u64| {
        let mut bytes = Vec::new();
        let read = stored.at(offset).take(wanted).read_to_end(&mut bytes);
        read.map_err(|cause| IngestError::Read { name: stored.name.clone(), cause }).map(|_| bytes)
    };
    let trailer = bytes_at(len.saturating_sub(TRAILER_BYTES), TRAILER_BYTES)?;
    let Some((size, b"ARROW1")) = trailer.split_first_chunk::<4>() else {
        return Err(bad("its end is missing"));
    };
    let size = u64::from(u32::from_le_bytes(*size));
    let start =
        len.checked_sub(TRAILER_BYTES + size).ok_or_else(|| bad("its footer is longer than the file"))?;
    let footer = bytes_at(start, size)?;
    let footer = root_as_footer(&footer).map_err(|error| damaged(&stored.name, error.to_string()))?;
    let blocks = footer.recordBatches().into_iter().flatten();
    for block in blocks.chain(footer.dictionaries().into_iter().flatten()) {
        let parts = (u64::try_from(block.offset()), u64::try_from(block.bodyLength()));
        let (Ok(offset), Ok(body), Ok(head)) = (parts.0, parts.1, u64::try_from(block.metaDataLength()))
        else {
            return Err(bad("a block lies at a negative place"));
        };
        if offset.saturating_add(head).saturating_add(body) > len {
            return Err(bad("a block lies beyond the end of the file"));
        }
    }
    Ok(())
}

impl FormatFile for ArrowFile {
    fn format(&self) -> &'static str {
        "an Arrow file"
    }

    fn name(&self) -> &str {
        &self.stored.name
    }

    fn columns(&self) -> &[FoundColumn] {
        &self.columns
    }

    fn skipped(&self) -> &[String] {
        &self.skipped
    }

    fn source(&self, shape: &Arc<Shape>, number: u32) -> Result<Box<dyn Source>, IngestError> {
        let consumed = Arc::new(AtomicU64::new(0));
        let stored = self.stored.clone();
        let batches: Batches = if self.is_file {
            let reader = guarded(&stored.name, || FileReaderBuilder::new().build(buffered(&stored)))?;
            let (total, all) = (stored.complete()?, reader.num_batches().max(1) as u64);
            let (consumed, mut reader, mut read) = (Arc::clone(&consumed), reader, 0);
            let next = move || {
                let batch = guarded(&stored.name, || reader.next().transpose());
                read += 1;
                consumed.store((total / all).saturating_mul(read).min(total), Ordering::Relaxed);
                batch.transpose()
            };
            Box::new(std::iter::from_fn(next))
        } else {
            let stream = Stream { consumed: Arc::clone(&consumed), ..Stream::new(&stored) };
            Box::new(stream)
        };
        let size = self.stored.known_len();
        Ok(Box::new(SerialSource::new((self.name(), number), (size, consumed), shape, batches)))
    }
}

/// A stream, read piece by piece, so that no more memory is taken than bytes have come.
struct Stream {
    stored: Stored,
    reader: StoredReader,
    decoder: StreamDecoder,
    buffer: Buffer,
    consumed: Arc<AtomicU64>,
    ended: bool,
}

impl Stream {
    fn new(stored: &Stored) -> Self {
        Self {
            stored: stored.clone(),
            reader: stored.at(0),
            decoder: StreamDecoder::new(),
            buffer: Buffer::from_vec(Vec::<u8>::new()),
            consumed: Arc::default(),
            ended: false,
        }
    }

    /// Reads on until the schema is known.
    fn schema(mut self) -> Result<Arc<ArrowSchema>, IngestError> {
        loop {
            let first = self.step()?;
            if let Some(schema) = self.decoder.schema() {
                return Ok(schema);
            }
            if first.is_none() && self.ended {
                return Err(damaged(&self.stored.name, "it ends before its schema"));
            }
        }
    }

    /// Gives the decoder what there is; a batch when one is complete.
    fn step(&mut self) -> Result<Option<RecordBatch>, IngestError> {
        let name = self.stored.name.clone();
        if self.buffer.is_empty() && !self.ended {
            let mut piece = Vec::with_capacity(PIECE_BYTES);
            let read = self.reader.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece);
            let so_far = self.consumed.load(Ordering::Relaxed);
            read.map_err(|cause| {
                self.stored.failed(IngestError::Read { name: name.clone(), cause }, so_far)
            })?;
            self.ended = piece.is_empty();
            self.consumed.fetch_add(piece.len() as u64, Ordering::Relaxed);
            self.buffer = Buffer::from_vec(piece);
        }
        if self.ended {
            guarded(&name, || self.decoder.finish())?;
            return Ok(None);
        }
        guarded(&name, || self.decoder.decode(&mut self.buffer))
    }
}

impl Iterator for Stream {
    type Item = Result<RecordBatch, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.step() {
                Ok(Some(batch)) => return Some(Ok(batch)),
                Ok(None) => {}
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
