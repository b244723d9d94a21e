//! JSON: values behind each other (NDJSON or not), or one array of them.

mod record;
mod split;

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use driftline_chunk::Schema;
use memchr::memchr;

use self::record::{Entries, Entry, read_entries};
use self::split::{Layout, Run, Splitter};
use super::columns::{Column, Value, ValueTally, assembled};
use super::typed::{FormatFile, FoundColumn, Held, Shape};
use super::{Decoded, Rejected, Source};
use crate::IngestError;
use crate::parse::NullSpellings;
use crate::reader::{Body, RawChunk};
use crate::records::printable;
use crate::repair::Forensics;
use crate::stored::{Compression, Stored};

/// Text looked at from the beginning.
const HEAD_BYTES: usize = 1 << 20;
/// Places of a plain file of lines, beside its beginning, that are looked at, and bytes in each.
const SAMPLED_PLACES: u64 = 48;
const PLACE_BYTES: u64 = 16 << 10;

/// A file of JSON.
pub(crate) struct JsonFile {
    stored: Stored,
    layout: Layout,
    columns: Vec<FoundColumn>,
}

impl JsonFile {
    /// Finds out how the values are written and which columns they have.
    pub(crate) fn open(stored: Stored, nulls: &NullSpellings) -> Result<Self, IngestError> {
        let read = |cause| IngestError::Read { name: stored.name.clone(), cause };
        let mut head = Vec::new();
        let text = stored.text(Arc::default()).map_err(read)?;
        if let Err(cause) = text.take(HEAD_BYTES as u64).read_to_end(&mut head)
            && head.is_empty()
        {
            return Err(stored.broken(cause, (0, 0)));
        }
        if head.iter().all(u8::is_ascii_whitespace) {
            return Err(IngestError::Empty { name: stored.name });
        }
        let layout = Layout::of(&head);
        let mut sample = Sample::default();
        let mut splitter = Splitter::new(Box::new(std::io::Cursor::new(head)), layout);
        while let Some(run) =
            splitter.next(HEAD_BYTES).map_err(|error| unreadable(&stored, error.to_string()))?
        {
            sample.see(&run, nulls);
        }
        if layout == Layout::Lines {
            look_around(&stored, &mut sample, nulls)?;
        }
        if sample.columns.is_empty() {
            let reason = sample.reason.unwrap_or_else(|| "it holds no object".to_owned());
            return Err(unreadable(&stored, reason));
        }
        let columns =
            sample.columns.into_iter().map(|(name, tally)| FoundColumn { name, held: Held::Sampled(tally) });
        Ok(Self { layout, columns: columns.collect(), stored })
    }
}

fn unreadable(stored: &Stored, cause: String) -> IngestError {
    IngestError::Unreadable { name: stored.name.clone(), format: "JSON", cause }
}

/// Looks at values all over a plain file of lines.
fn look_around(stored: &Stored, sample: &mut Sample, nulls: &NullSpellings) -> Result<(), IngestError> {
    let is_plain = stored.compression == Compression::None && stored.is_file();
    if !is_plain || stored.len() <= HEAD_BYTES as u64 {
        return Ok(());
    }
    for place in 1..=SAMPLED_PLACES {
        let mut bytes = Vec::new();
        let offset = stored.len() / (SAMPLED_PLACES + 1) * place;
        let read = stored.at(offset).take(PLACE_BYTES).read_to_end(&mut bytes);
        read.map_err(|cause| IngestError::Read { name: stored.name.clone(), cause })?;
        let Some(from) = memchr(b'\n', &bytes) else { continue };
        let Some(to) = memchr::memrchr(b'\n', &bytes).filter(|to| *to > from) else { continue };
        let bytes = bytes.get(from + 1..=to).unwrap_or_default().to_vec();
        sample.see(&Run::lines(bytes), nulls);
    }
    Ok(())
}

/// What the looked-at values have.
#[derive(Default)]
struct Sample {
    columns: Vec<(String, ValueTally)>,
    /// What was wrong with the first that is none.
    reason: Option<String>,
}

impl Sample {
    fn see(&mut self, run: &Run, nulls: &NullSpellings) {
        let mut entries = Entries::default();
        for (_, bytes) in run.values() {
            if let Err(reason) = read_entries(bytes, &mut entries) {
                // The last value of the sample may be cut off.
                self.reason.get_or_insert(reason);
                continue;
            }
            for (at, entry) in entries.iter().enumerate() {
                let known = match self.columns.get(at) {
                    Some((name, _)) if *name == entry.path => Some(at),
                    _ => self.columns.iter().position(|(name, _)| *name == entry.path),
                };
                let place = known.unwrap_or(self.columns.len());
                if known.is_none() {
                    self.columns.push((entry.path.clone().into_owned(), ValueTally::default()));
                }
                if let Some((_, tally)) = self.columns.get_mut(place) {
                    entry.with_value(|value| tally.see(value, nulls));
                }
            }
        }
    }
}

impl FormatFile for JsonFile {
    fn format(&self) -> &'static str {
        "JSON"
    }

    fn name(&self) -> &str {
        &self.stored.name
    }

    fn columns(&self) -> &[FoundColumn] {
        &self.columns
    }

    fn may_lack_columns(&self) -> bool {
        true
    }

    fn source(&self, shape: &Arc<Shape>, number: u32) -> Result<Box<dyn Source>, IngestError> {
        let consumed = Arc::new(AtomicU64::new(0));
        let text = self.stored.text(Arc::clone(&consumed));
        let text = text.map_err(|cause| IngestError::Read { name: self.stored.name.clone(), cause })?;
        Ok(Box::new(JsonSource {
            stored: self.stored.clone(),
            shape: Arc::clone(shape),
            number,
            consumed,
            state: Mutex::new(State { splitter: Splitter::new(text, self.layout), sequence: 0 }),
        }))
    }
}

struct JsonSource {
    stored: Stored,
    shape: Arc<Shape>,
    number: u32,
    consumed: Arc<AtomicU64>,
    state: Mutex<State>,
}

struct State {
    splitter: Splitter,
    sequence: u64,
}

impl JsonSource {
    fn failed(&self, cause: std::io::Error, offset: u64) -> IngestError {
        self.stored.broken(cause, (self.consumed.load(Ordering::Relaxed), offset))
    }
}

impl Source for JsonSource {
    fn name(&self) -> &str {
        &self.stored.name
    }

    fn schema(&self) -> &Schema {
        &self.shape.schema
    }

    fn size_bytes(&self) -> Option<u64> {
        self.stored.known_len()
    }

    fn bytes_read(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    fn pull(&self, target_bytes: usize) -> Result<Option<RawChunk>, IngestError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let run = state.splitter.next(target_bytes);
        match run.map_err(|cause| self.failed(cause, state.splitter.offset()))? {
            Some(run) => {
                let (sequence, offset) = (state.sequence, run.offset);
                state.sequence += 1;
                Ok(Some(RawChunk { sequence, offset, body: Body::Foreign(Box::new(run)) }))
            }
            None => self.stored.complaint().map_or(Ok(None), Err),
        }
    }

    fn decode(&self, raw: RawChunk) -> Result<Decoded, IngestError> {
        let RawChunk { sequence, offset, body } = raw;
        let run: Run = super::foreign(body, &self.stored.name)?;
        let bytes = run.bytes.len() as u64;
        let mut rows = Rows::new(&self.shape);
        let mut entries = Entries::default();
        for (at, value) in run.values() {
            let place = offset + at as u64;
            match read_entries(value, &mut entries) {
                Ok(()) => rows.push(&entries, place, &self.shape),
                Err(reason) => rows.reject(reason, place, value),
            }
        }
        let (count, rejected) = (rows.offsets.len(), rows.rejected);
        let place = (&*self.shape, (self.number, sequence));
        let chunk = assembled(rows.columns, rows.offsets, place, &self.stored.name)?;
        let rows_seen = (count + rejected.len()) as u64;
        Ok(Decoded { chunk, rejected, rows_seen, bytes, forensics: Forensics::default() })
    }

    fn chunk_overhead(&self, raw_bytes: usize) -> usize {
        raw_bytes.saturating_mul(4)
    }
}

/// The rows of a run under construction.
struct Rows {
    columns: Vec<Column>,
    offsets: Vec<u64>,
    rejected: Vec<Rejected>,
}

impl Rows {
    fn new(shape: &Shape) -> Self {
        let columns = shape.plans.iter().map(|plan| Column::new(*plan)).collect();
        Self { columns, offsets: Vec::new(), rejected: Vec::new() }
    }

    fn push(&mut self, entries: &Entries<'_>, offset: u64, shape: &Shape) {
        let row = self.offsets.len();
        for (at, entry) in entries.iter().enumerate() {
            let expected = shape.schema.fields().get(at).is_some_and(|field| field.name == entry.path);
            let place = if expected { Some(at) } else { shape.index_of(&entry.path) };
            match place.and_then(|place| self.columns.get_mut(place)) {
                // Of two entries of one name the first counts.
                Some(column) if column.rows() <= row => {
                    column.fill_to(row);
                    entry.with_value(|value| column.push(value, &shape.nulls));
                }
                Some(_) => {}
                None => entry.with_value(|value| shape.see_late(&entry.path, value)),
            }
        }
        self.offsets.push(offset);
    }

    fn reject(&mut self, reason: String, byte_offset: u64, raw: &[u8]) {
        let row_in_chunk = (self.offsets.len() + self.rejected.len()) as u64;
        self.rejected.push(Rejected { row_in_chunk, byte_offset, reason, raw: printable(raw) });
    }
}

impl Entry<'_> {
    /// What it holds; a text with escapes is written anew.
    fn with_value<T>(&self, then: impl FnOnce(Value<'_>) -> T) -> T {
        record::with_value(self.raw, then)
    }
}
