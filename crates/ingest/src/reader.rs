//! The serial part of reading: runs of complete records, one after the other.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr;

use crate::IngestError;
use crate::dialect::Dialect;
use crate::head::structure;
use crate::part::{Extent, Span};
use crate::pool::{Pool, PooledBytes};
use crate::records::printable;
use crate::repair::Plain;
use crate::scan::{PADDING, Structure, boundary, first_end, resumed};
use crate::source::Rejected;
use crate::stored::Stored;

/// A record longer than this is not kept: it is set aside as it is read.
pub(crate) const MAX_RECORD_BYTES: usize = 64 << 20;
/// A chunk is at most this long, whatever was asked for, so that positions fit 32 bits.
const MAX_CHUNK_BYTES: usize = 256 << 20;
const MIN_CHUNK_BYTES: usize = 256;
/// Bytes that are looked at to find the first record of a part, and doubled while they do not tell.
const RESUME_BYTES: usize = 1 << 20;
/// Bytes that a part reads beyond its end at first: most records are shorter.
const BEYOND_BYTES: u64 = 64 << 10;

/// A run of complete records as bytes, or one record that could not be kept.
#[derive(Debug)]
pub struct RawChunk {
    pub(crate) sequence: u64,
    /// Byte of the text at which the run starts.
    pub(crate) offset: u64,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) enum Body {
    /// The first `len` bytes are complete records; padding follows.
    Records { buffer: PooledBytes, len: usize },
    /// A record that was set aside while reading, and its length in bytes.
    Rejected(Rejected, u64),
    /// Records that were brought into the plain dialect.
    Plain(Box<Plain>),
    /// A piece of another format, for the source that made it.
    Foreign(Box<dyn std::any::Any + Send>),
}

/// Gives a buffer of `len` bytes the zeros behind them that scanning needs.
pub(crate) fn padded(bytes: &mut Vec<u8>, len: usize) {
    bytes.resize(len + PADDING, 0);
}

/// Cuts the text of a source into runs of complete records.
pub(crate) struct RecordReader {
    stored: Stored,
    consumed: Arc<AtomicU64>,
    text: Box<dyn Read + Send>,
    pool: Arc<Pool>,
    structure: Structure,
    /// Bytes read but not handed out; they start a record.
    rest: Vec<u8>,
    /// Byte of the text at which `rest` starts.
    offset: u64,
    sequence: u64,
    ended: bool,
    failure: Option<IngestError>,
    /// Where the first record starts, and what comes behind the last: records that start there or later are of
    /// another part.
    first: u64,
    to: Option<u64>,
    /// Length of the text, once a terminator had to be added to it.
    text_len: Option<u64>,
}

impl RecordReader {
    /// Reads records from byte `start` of the text on.
    pub(crate) fn new(
        stored: &Stored,
        dialect: &Dialect,
        start: u64,
        consumed: Arc<AtomicU64>,
    ) -> Result<Self, IngestError> {
        let read = |cause| IngestError::Read { name: stored.name.clone(), cause };
        let text = stored.text_from(start, Arc::clone(&consumed)).map_err(read)?;
        let structure = structure(dialect);
        Ok(Self {
            stored: stored.clone(),
            consumed,
            text,
            pool: Arc::default(),
            structure,
            rest: Vec::new(),
            offset: start,
            sequence: 0,
            ended: false,
            failure: None,
            first: start,
            to: None,
            text_len: None,
        })
    }

    /// Reads the records of a text whose first one starts at `start` that start within an extent of it.
    pub(crate) fn within(
        stored: &Stored,
        (dialect, cells): (&Dialect, usize),
        (start, extent): (u64, Extent),
        consumed: Arc<AtomicU64>,
    ) -> Result<Self, IngestError> {
        let first = match extent.from {
            Some(from) if from > start => first_record(stored, (structure(dialect), cells), from)?,
            _ => start,
        };
        Ok(Self { to: extent.to, ..Self::new(stored, dialect, first, consumed)? })
    }

    /// Where the records start and end that were handed out.
    pub(crate) fn span(&self) -> Span {
        Span { start: self.first, end: self.text_len.map_or(self.offset, |len| self.offset.min(len)) }
    }

    /// The next run of about `target` bytes; nothing at the end. What went wrong while reading is said after
    /// everything before it was handed out.
    pub(crate) fn pull(&mut self, target: usize) -> Result<Option<RawChunk>, IngestError> {
        let mut target = target.clamp(MIN_CHUNK_BYTES, MAX_CHUNK_BYTES);
        if let Some(to) = self.to {
            let Some(left) = to.checked_sub(self.offset).filter(|left| *left > 0) else { return self.end() };
            target = target.min(usize::try_from(left.saturating_add(BEYOND_BYTES)).unwrap_or(usize::MAX));
        }
        let mut buffer = self.pool.take();
        let bytes = buffer.bytes_mut();
        bytes.clear();
        bytes.append(&mut self.rest);
        loop {
            self.fill(bytes, target);
            if bytes.is_empty() {
                return self.end();
            }
            let mut len = bytes.len();
            // What a damaged source ends with is no record: a cell that was cut off would be another value.
            if self.ended && self.failure.is_none() && bytes.last() != Some(&self.structure.terminator) {
                self.text_len = Some(self.offset + len as u64);
                bytes.push(self.structure.terminator);
                len += 1;
            }
            bytes.resize(len + PADDING, 0);
            let found = boundary(bytes, len, self.structure);
            bytes.truncate(len);
            if found.end > 0 {
                let end = self.own(bytes, found.end);
                return Ok(Some(self.hand_out(buffer, end)));
            }
            if self.failure.is_some() {
                return self.end();
            }
            if self.ended || len > MAX_RECORD_BYTES {
                return Ok(Some(self.set_aside(&buffer)));
            }
            target = len.saturating_mul(2).min(MAX_RECORD_BYTES + 1);
        }
    }

    /// How many of the first `end` bytes, which are complete records, are records of this part.
    fn own(&self, bytes: &mut Vec<u8>, end: usize) -> usize {
        let left = self.to.map_or(u64::MAX, |to| to.saturating_sub(self.offset));
        let Some(left) = usize::try_from(left).ok().filter(|left| *left < end) else { return end };
        // Scanning wants zeros behind the end of what it looks at.
        bytes.resize(bytes.len() + PADDING, 0);
        let mut behind = [0; PADDING];
        if let Some(covered) = bytes.get_mut(left..left + PADDING) {
            behind.swap_with_slice(covered);
        }
        let before = boundary(bytes, left, self.structure).end;
        if let Some(covered) = bytes.get_mut(left..left + PADDING) {
            covered.copy_from_slice(&behind);
        }
        bytes.truncate(bytes.len() - PADDING);
        if before == left {
            return left;
        }
        let rest = bytes.get(before..end).unwrap_or_default();
        first_end(rest, self.structure).map_or(end, |last| before + last)
    }

    fn fill(&mut self, bytes: &mut Vec<u8>, target: usize) {
        if self.ended || bytes.len() >= target {
            return;
        }
        let wanted = target - bytes.len();
        bytes.reserve(wanted + PADDING + 1);
        match self.text.by_ref().take(wanted as u64).read_to_end(bytes) {
            Ok(read) => self.ended = read < wanted,
            Err(cause) => {
                self.ended = true;
                let stored = self.consumed.load(Ordering::Relaxed);
                self.failure = Some(self.stored.broken(cause, (stored, self.offset + bytes.len() as u64)));
            }
        }
    }

    fn end(&mut self) -> Result<Option<RawChunk>, IngestError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.stored.complaint().map_or(Ok(None), Err)
    }

    fn hand_out(&mut self, mut buffer: PooledBytes, end: usize) -> RawChunk {
        let bytes = buffer.bytes_mut();
        self.rest.extend_from_slice(bytes.get(end..).unwrap_or_default());
        bytes.truncate(end);
        bytes.resize(end + PADDING, 0);
        self.numbered(end as u64, Body::Records { buffer, len: end })
    }

    /// The first record neither ends within the limit nor at the end of the text: a quote was not closed, or it
    /// is too long. Only its first line is given up when it has one, so that a lost quote swallows no more.
    fn set_aside(&mut self, buffer: &PooledBytes) -> RawChunk {
        let bytes = buffer.bytes();
        let raw = printable(bytes);
        let (length, reason) = match memchr(self.structure.terminator, bytes) {
            Some(at) => {
                self.rest.extend_from_slice(bytes.get(at + 1..).unwrap_or_default());
                (at as u64 + 1, "a quote is opened and never closed".to_owned())
            }
            None => {
                let length = bytes.len() as u64 + self.skip_line();
                (length, format!("the record is longer than {} MiB", MAX_RECORD_BYTES >> 20))
            }
        };
        let rejected = Rejected { row_in_chunk: 0, byte_offset: self.offset, reason, raw };
        self.numbered(length, Body::Rejected(rejected, length))
    }

    /// Reads on to the end of the line without keeping it; what follows is the rest.
    fn skip_line(&mut self) -> u64 {
        let mut piece = Vec::new();
        let mut skipped = 0;
        while !self.ended {
            piece.clear();
            self.fill(&mut piece, 1 << 20);
            if let Some(at) = memchr(self.structure.terminator, &piece) {
                self.rest.extend_from_slice(piece.get(at + 1..).unwrap_or_default());
                return skipped + at as u64 + 1;
            }
            skipped += piece.len() as u64;
        }
        skipped
    }

    fn numbered(&mut self, length: u64, body: Body) -> RawChunk {
        let chunk = RawChunk { sequence: self.sequence, offset: self.offset, body };
        self.sequence += 1;
        self.offset += length;
        chunk
    }
}

/// The first record that starts at byte `from` of a plain text or behind it, as far as a look can tell.
fn first_record(
    stored: &Stored,
    (structure, cells): (Structure, usize),
    from: u64,
) -> Result<u64, IngestError> {
    let before = from.saturating_sub(1);
    let mut wanted = RESUME_BYTES;
    loop {
        let mut bytes = Vec::new();
        let read = stored.at(before).take(wanted as u64).read_to_end(&mut bytes);
        read.map_err(|cause| stored.failed(IngestError::Read { name: stored.name.clone(), cause }, before))?;
        if let Some(at) = resumed(&bytes, structure, cells, bytes.len() < wanted) {
            return Ok(before + at as u64);
        }
        if wanted > MAX_RECORD_BYTES {
            // Nothing can be told; who reads what stands before will see that it does not fit.
            return Ok(from);
        }
        wanted *= 2;
    }
}
