//! Avro object container files.

use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arrow_avro::reader::{Reader, ReaderBuilder};
use arrow_schema::ArrowError;

use super::Source;
use super::batches::columns_of;
use super::serial::{Batches, SerialSource};
use super::typed::{FormatFile, FoundColumn, Shape};
use crate::IngestError;
use crate::stored::{Stored, StoredReader};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8_192;
const READ_BYTES: usize = 256 << 10;

/// An Avro file.
pub(crate) struct AvroFile {
    stored: Stored,
    columns: Vec<FoundColumn>,
    skipped: Vec<String>,
}

impl AvroFile {
    /// Reads the schema.
    pub(crate) fn open(stored: Stored) -> Result<Self, IngestError> {
        let schema = reader(&stored, &Arc::default())?.schema();
        let (columns, skipped) = columns_of(&schema);
        Ok(Self { stored, columns, skipped })
    }
}

fn reader(
    stored: &Stored,
    consumed: &Arc<AtomicU64>,
) -> Result<Reader<BufReader<StoredReader>>, IngestError> {
    let input = BufReader::with_capacity(READ_BYTES, stored.at(0).counted(Arc::clone(consumed)));
    guarded(&stored.name, || ReaderBuilder::new().with_batch_size(BATCH_ROWS).build(input))
}

/// The reader takes a block that is cut off for the end; a whole file ends with its mark (Avro specification,
/// "Object Container Files").
fn whole(stored: &Stored, mark: [u8; 16]) -> Result<(), IngestError> {
    let start = stored.complete()?.saturating_sub(mark.len() as u64);
    let mut end = Vec::new();
    let read = stored.at(start).read_to_end(&mut end);
    read.map_err(|cause| IngestError::Read { name: stored.name.clone(), cause })?;
    if end == mark {
        return Ok(());
    }
    let cause = "it is cut off".to_owned();
    Err(IngestError::Unreadable { name: stored.name.clone(), format: "Avro", cause })
}

fn guarded<T>(name: &str, read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, IngestError> {
    let damaged = |cause: String| IngestError::Unreadable { name: name.to_owned(), format: "Avro", cause };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("its blocks contradict each other".to_owned())),
    }
}

impl FormatFile for AvroFile {
    fn format(&self) -> &'static str {
        "an Avro file"
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
        let mut reader = reader(&self.stored, &consumed)?;
        let stored = self.stored.clone();
        let mut ended = false;
        let next = move || {
            if ended {
                return None;
            }
            let batch = guarded(&stored.name, || reader.next().transpose());
            let batch = batch.and_then(|batch| match batch {
                None => whole(&stored, reader.avro_header().sync()).map(|()| None),
                batch => Ok(batch),
            });
            ended = !matches!(batch, Ok(Some(_)));
            batch.map_err(|error| stored.failed(error, stored.len())).transpose()
        };
        let batches: Batches = Box::new(std::iter::from_fn(next));
        let size = self.stored.known_len();
        Ok(Box::new(SerialSource::new((self.name(), number), (size, consumed), shape, batches)))
    }
}
