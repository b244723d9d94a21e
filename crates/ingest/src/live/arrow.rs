//! An Arrow stream as the CSV of the same rows, so that whoever sends it is judged as whoever sends CSV.

mod cells;
mod columns;
mod frames;

#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::ArrowError;

use super::csv::{DELIMITERS, delimiter_of};
use cells::Cells;
use columns::{Leaf, leaves_of};

/// Values that are made ready to be written, over all batches: those of dictionaries count once a batch. Four times as
/// many as the cells of the largest CSV that is taken, so that only tiny batches over a huge dictionary are too much.
const MOST_PREPARED: usize = 128 << 20;

/// The rows of an Arrow stream.
#[derive(Debug)]
pub struct ArrowRows {
    /// CSV with a header.
    pub csv: Vec<u8>,
    /// Columns that are left out, a sentence each.
    pub skipped: Vec<String>,
}

/// Why an Arrow stream cannot be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArrowRowsError {
    /// It ends too early, or its parts contradict each other.
    #[error("the Arrow stream is damaged: {cause}; nothing of it was taken")]
    Damaged {
        /// What is wrong.
        cause: String,
    },
    /// It unfolds to more than is taken at a time.
    #[error("the Arrow stream holds too much: {what}; send fewer rows at a time")]
    TooLarge {
        /// What there is too much of.
        what: String,
    },
    /// Nothing in it can be read.
    #[error("the Arrow stream has no column that can be read")]
    NoColumns,
}

pub(super) fn damaged(cause: impl Into<String>) -> ArrowRowsError {
    ArrowRowsError::Damaged { cause: cause.into() }
}

pub(super) fn too_large(what: impl Into<String>) -> ArrowRowsError {
    ArrowRowsError::TooLarge { what: what.into() }
}

/// Reads a whole stream: a schema, any number of batches, the end marker. Structures become columns `a.b`, moments ISO
/// 8601, lists JSON, and what is null is empty. The CSV has at most `most_bytes`. No more memory is taken than a few
/// times that, whatever compression and dictionaries claim.
///
/// # Errors
/// When it is damaged, cut off or too large, or has no column that can be read. Half a stream is never given back.
pub fn csv_of_arrow(stream: &[u8], most_bytes: usize) -> Result<ArrowRows, ArrowRowsError> {
    frames::validate(stream, most_bytes)?;
    let mut decoder = StreamDecoder::new();
    // A copy, since the parts of a stream are read where they lie only when that is aligned.
    let mut rest = Buffer::from_slice_ref(stream);
    let mut table: Option<(Vec<Leaf>, Csv)> = None;
    let mut skipped = Vec::new();
    loop {
        let batch = guarded(|| decoder.decode(&mut rest))?;
        if table.is_none()
            && let Some(schema) = decoder.schema()
        {
            let (leaves, left_out) = leaves_of(&schema);
            if leaves.is_empty() {
                return Err(ArrowRowsError::NoColumns);
            }
            let csv = Csv::new(&leaves, most_bytes)?;
            (table, skipped) = (Some((leaves, csv)), left_out);
        }
        let Some(batch) = batch else { break };
        if let Some((leaves, csv)) = &mut table {
            caught(|| csv.add(&batch, leaves))?;
        }
    }
    guarded(|| decoder.finish())?;
    let (_, csv) = table.ok_or_else(|| damaged("it has no schema"))?;
    Ok(ArrowRows { csv: csv.text, skipped })
}

fn guarded<T>(read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, ArrowRowsError> {
    caught(|| read().map_err(|error| damaged(error.to_string())))
}

/// A stream whose parts contradict each other may make the reader break down.
fn caught<T>(read: impl FnOnce() -> Result<T, ArrowRowsError>) -> Result<T, ArrowRowsError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged("its parts contradict each other")))
}

/// CSV that grows, with bounds.
struct Csv {
    text: Vec<u8>,
    delimiter: u8,
    most_bytes: usize,
    prepared: usize,
}

impl Csv {
    /// The header. Its delimiter is one that the reader will find.
    fn new(leaves: &[Leaf], most_bytes: usize) -> Result<Self, ArrowRowsError> {
        let header = |delimiter: u8| {
            let mut text = Vec::new();
            for (place, leaf) in leaves.iter().enumerate() {
                if place > 0 {
                    text.push(delimiter);
                }
                quote(&mut text, &leaf.name);
            }
            text.push(b'\n');
            text
        };
        let mut headers = DELIMITERS.into_iter().map(|delimiter| (delimiter, header(delimiter)));
        let (delimiter, text) = headers
            .find(|(delimiter, text)| delimiter_of(text) == *delimiter)
            .ok_or_else(|| damaged("the names of its columns leave no character to part them"))?;
        let csv = Self { text, delimiter, most_bytes, prepared: 0 };
        csv.within()?;
        Ok(csv)
    }

    fn add(&mut self, batch: &RecordBatch, leaves: &[Leaf]) -> Result<(), ArrowRowsError> {
        let rows = batch.num_rows();
        // Every cell has a delimiter or the end of a line behind it.
        if rows.saturating_mul(leaves.len()).saturating_add(self.text.len()) > self.most_bytes {
            return Err(self.overflow());
        }
        let mut columns: Vec<Cells> = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let cells = leaf.cells(batch, self.most_bytes)?;
            self.prepared = self.prepared.saturating_add(cells.prepared());
            if self.prepared > MOST_PREPARED {
                return Err(too_large("small batches over a large dictionary"));
            }
            columns.push(cells);
        }
        let is_single = columns.len() == 1;
        for row in 0..rows {
            for (place, cells) in columns.iter().enumerate() {
                if place > 0 {
                    self.text.push(self.delimiter);
                }
                cells.with_text(row, |text| self.cell(text, is_single));
                self.within()?;
            }
            self.text.push(b'\n');
        }
        self.within()
    }

    fn cell(&mut self, text: &str, is_single: bool) {
        let is_plain = |byte: u8| byte != self.delimiter && !matches!(byte, b'"' | b'\n' | b'\r');
        // A row of one empty cell would be an empty line, which is none.
        if text.bytes().all(is_plain) && !(is_single && text.is_empty()) {
            self.text.extend_from_slice(text.as_bytes());
        } else {
            quote(&mut self.text, text);
        }
    }

    fn within(&self) -> Result<(), ArrowRowsError> {
        if self.text.len() > self.most_bytes { Err(self.overflow()) } else { Ok(()) }
    }

    fn overflow(&self) -> ArrowRowsError {
        too_large(format!("its rows are more than {} bytes of CSV", self.most_bytes))
    }
}

fn quote(out: &mut Vec<u8>, text: &str) {
    // Writing into memory cannot fail.
    let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
}
