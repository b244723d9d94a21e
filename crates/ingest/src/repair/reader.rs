//! Reads records of any dialect and hands them out in a plain one: the delimiter of the file, `"` doubled, LF,
//! and always the same number of cells. One record after the other; what is written as it should be is copied.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memchr_iter, memchr3};
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::grammar::{Ends, Grammar, Scan};
use super::lines::Lines;
use super::note::{AsideKind, EXAMPLES, Forensics, RepairKind};
use super::record::{Meant, Shape, WINDOW_BYTES, laid_out, meant};
use super::tables::{is_blank, starts_table};
use crate::IngestError;
use crate::options::Repairs;
use crate::pool::{Pool, PooledBytes};
use crate::reader::{Body, MAX_RECORD_BYTES, RawChunk, padded};
use crate::records::wrong_number;
use crate::source::Rejected;
use crate::stored::Stored;
use crate::text::mended;

/// Bytes over which a quoted cell may reach before another reading is tried.
const OPEN_BYTES: usize = 1 << 20;
/// Odd records that wait until it is known whether they are a footer or another table.
const MAX_PENDING: usize = 64;
/// Bytes of an odd record that are kept.
const MAX_ODD_BYTES: usize = 256 << 10;

/// What the reader has to know about the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recipe {
    pub(crate) grammar: Grammar,
    /// Cells of a record.
    pub(crate) cells: usize,
    /// Cells of a row: fewer where delimiters end every record.
    pub(crate) kept: usize,
    pub(crate) columns: Columns,
    /// The cells of the first record of the header; empty when there is none.
    pub(crate) header: Vec<Vec<u8>>,
    pub(crate) comment: Option<u8>,
    pub(crate) repairs: Repairs,
    pub(crate) max_cell_bytes: u64,
}

impl Recipe {
    fn shape(&self) -> Shape<'_> {
        Shape { grammar: self.grammar, cells: self.cells, columns: &self.columns, repairs: self.repairs }
    }
}

/// Where a record of the plain text comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// Where it starts in the plain text.
    pub(crate) start: u32,
    /// Where it starts in the text of the source.
    pub(crate) offset: u64,
    /// Its index among all records of its chunk.
    pub(crate) record: u64,
}

/// A run of records in the plain dialect.
#[derive(Debug)]
pub(crate) struct Plain {
    pub(crate) buffer: PooledBytes,
    /// Bytes of `buffer` that are records; padding follows.
    pub(crate) len: usize,
    pub(crate) origins: Vec<Origin>,
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) forensics: Forensics,
    /// Records seen.
    pub(crate) seen: u64,
    /// Bytes of the source's text.
    pub(crate) bytes: u64,
}

/// A record that has the wrong number of cells.
#[derive(Debug, Clone)]
pub(super) struct Odd {
    pub(super) cells: Vec<Vec<u8>>,
    pub(super) raw: Vec<u8>,
    pub(super) offset: u64,
    /// Whether a blank line or the start stands before it.
    pub(super) after_gap: bool,
}

/// Cuts and repairs the text of a source.
pub(crate) struct RepairReader {
    recipe: Recipe,
    stored: Stored,
    consumed: Arc<AtomicU64>,
    lines: Lines,
    pool: Arc<Pool>,
    pending: VecDeque<Odd>,
    /// Whether the line before was blank.
    after_gap: bool,
    /// Whether what is read belongs to another table.
    is_behind: bool,
    /// Whether a row was read.
    has_rows: bool,
    sequence: u64,
    plain: Vec<u8>,
    origins: Vec<Origin>,
    rejected: Vec<Rejected>,
    forensics: Forensics,
    seen: u64,
}

impl RepairReader {
    /// Reads records from byte `start` of the text on.
    pub(crate) fn new(
        stored: &Stored,
        recipe: Recipe,
        start: u64,
        consumed: Arc<AtomicU64>,
    ) -> Result<Self, IngestError> {
        let read = |cause| IngestError::Read { name: stored.name.clone(), cause };
        let mut text = stored.text(Arc::clone(&consumed)).map_err(read)?;
        std::io::copy(&mut std::io::Read::take(&mut text, start), &mut std::io::sink()).map_err(read)?;
        let forensics = Forensics::keeping(examples(recipe.repairs));
        Ok(Self {
            recipe,
            stored: stored.clone(),
            consumed,
            lines: Lines::new(text, start),
            pool: Arc::default(),
            pending: VecDeque::new(),
            after_gap: false,
            is_behind: false,
            has_rows: false,
            sequence: 0,
            plain: Vec::new(),
            origins: Vec::new(),
            rejected: Vec::new(),
            forensics,
            seen: 0,
        })
    }

    /// The next run of about `target` bytes; nothing at the end.
    pub(crate) fn pull(&mut self, target: usize) -> Result<Option<RawChunk>, IngestError> {
        let target = target.min(MAX_RECORD_BYTES);
        let from = self.lines.offset();
        while self.plain.len() < target && self.lines.offset() - from < 8 * target.max(1 << 16) as u64 {
            self.lines.have(WINDOW_BYTES + 1);
            if self.lines.rest().is_empty() {
                self.end_of_text();
                break;
            }
            self.record();
        }
        let bytes = self.lines.offset() - from;
        if bytes == 0 && self.seen == 0 && self.forensics.is_empty() {
            return self.end();
        }
        Ok(Some(self.hand_out(from, bytes)))
    }

    fn end(&mut self) -> Result<Option<RawChunk>, IngestError> {
        if let Some(cause) = self.lines.failure.take() {
            let stored = self.consumed.load(Ordering::Relaxed);
            return Err(self.stored.broken(cause, (stored, self.lines.offset())));
        }
        self.stored.complaint().map_or(Ok(None), Err)
    }

    fn hand_out(&mut self, offset: u64, bytes: u64) -> RawChunk {
        let mut buffer = self.pool.take();
        let len = self.plain.len();
        buffer.bytes_mut().clear();
        buffer.bytes_mut().append(&mut self.plain);
        padded(buffer.bytes_mut(), len);
        let plain = Plain {
            buffer,
            len,
            origins: std::mem::take(&mut self.origins),
            rejected: std::mem::take(&mut self.rejected),
            forensics: std::mem::replace(
                &mut self.forensics,
                Forensics::keeping(examples(self.recipe.repairs)),
            ),
            seen: std::mem::take(&mut self.seen),
            bytes,
        };
        let chunk = RawChunk { sequence: self.sequence, offset, body: Body::Plain(Box::new(plain)) };
        self.sequence += 1;
        chunk
    }

    /// Takes in the record, the comment or the blank line at which the rest starts.
    fn record(&mut self) {
        let Some((end, next)) = self.line() else { return self.too_long() };
        let grammar = self.recipe.grammar;
        let line = self.lines.rest().get(..end).unwrap_or_default();
        if is_blank(line, grammar.delimiter) {
            self.after_gap = true;
            return self.lines.skip(next);
        }
        let place = (self.seen, self.lines.offset());
        if self.is_behind {
            self.forensics.leave(AsideKind::OtherTable, place, line);
            return self.lines.skip(next);
        }
        let quotes = grammar.quote.is_some_and(|quote| memchr(quote, line).is_some());
        let escapes = grammar.escape == crate::dialect::Escape::Backslash && memchr(b'\\', line).is_some();
        let count = memchr_iter(grammar.delimiter, line).count() + 1;
        if !quotes && !escapes && !grammar.takes_space && count == self.recipe.cells {
            return self.plain_line(end, next);
        }
        if count != self.recipe.cells && self.recipe.comment.is_some_and(|sign| line.first() == Some(&sign)) {
            self.forensics.leave(AsideKind::Comment, place, line);
            return self.lines.skip(next);
        }
        let scan = self.scan();
        if scan.strays == 0 && !scan.open && scan.cells == self.recipe.cells {
            return self.regular(scan);
        }
        self.irregular(scan);
    }

    /// The end of the first line and the start of the second; nothing when the line is longer than a record may
    /// be.
    fn line(&mut self) -> Option<(usize, usize)> {
        let grammar = self.recipe.grammar;
        let mut wanted = WINDOW_BYTES;
        loop {
            let rest = self.lines.rest();
            match grammar.line(rest, 0) {
                // A CR that ends what is in memory may be followed by an LF.
                Some((_, next)) if grammar.ends == Ends::Any && next == rest.len() && !self.lines.ended => {}
                Some(found) => return Some(found),
                None if self.lines.ended => return Some((rest.len(), rest.len())),
                None if rest.len() > MAX_RECORD_BYTES => return None,
                None => {}
            }
            wanted = wanted.max(self.lines.rest().len()).saturating_mul(2);
            self.lines.have(wanted);
        }
    }

    /// Gives up a line without an end, without keeping it.
    fn too_long(&mut self) {
        let raw = self.lines.rest().get(..1024).unwrap_or_default().to_vec();
        let offset = self.lines.offset();
        let skipped = loop {
            let (rest, grammar) = (self.lines.rest(), self.recipe.grammar);
            if let Some((_, next)) = grammar.line(rest, 0) {
                break next;
            }
            let len = rest.len();
            self.lines.skip(len);
            self.lines.have(1);
            if self.lines.rest().is_empty() {
                break 0;
            }
        };
        self.lines.skip(skipped);
        self.flush();
        self.reject(offset, format!("the record is longer than {} MiB", MAX_RECORD_BYTES >> 20), &raw);
    }

    /// How the record reads plainly, over as many lines as its quotes reach.
    fn scan(&mut self) -> Scan {
        let mut wanted = WINDOW_BYTES;
        loop {
            let rest = self.lines.rest();
            let scan = self.recipe.grammar.scan(rest, 0, |_, _| {});
            let is_cut = scan.open || scan.next >= rest.len();
            if !is_cut || self.lines.ended || rest.len() >= OPEN_BYTES {
                return scan;
            }
            wanted = wanted.max(rest.len()).saturating_mul(2);
            self.lines.have(wanted);
        }
    }

    /// A line without quotes and with the right number of cells.
    fn plain_line(&mut self, end: usize, next: usize) {
        let line = self.lines.rest().get(..end).unwrap_or_default();
        if self.is_suspect(line) && self.is_other_table(&self.cells_of(line)) {
            return self.leave_table();
        }
        self.flush();
        let offset = self.lines.offset();
        let line = self.lines.rest().get(..end).unwrap_or_default();
        let is_broken = self.recipe.repairs == Repairs::All && simdutf8::basic::from_utf8(line).is_err();
        let is_narrow = self.recipe.kept == self.recipe.cells;
        if is_broken || !is_narrow || line.is_empty() || memchr3(b'"', b'\n', b'\r', line).is_some() {
            let cells: Vec<Vec<u8>> =
                line.split(|byte| *byte == self.recipe.grammar.delimiter).map(<[u8]>::to_vec).collect();
            self.push(&cells, offset);
        } else {
            self.origins.push(Origin { start: self.plain.len() as u32, offset, record: self.seen });
            self.plain.extend_from_slice(line);
            self.plain.push(b'\n');
            self.seen += 1;
        }
        self.lines.skip(next);
        (self.after_gap, self.has_rows) = (false, true);
    }

    /// Whether a row starts another table: it repeats the header, or a gap stands before it and it names columns.
    fn is_other_table(&self, cells: &[Vec<u8>]) -> bool {
        let header = &self.recipe.header;
        let kept = cells.get(..self.recipe.kept).unwrap_or(cells);
        if !header.is_empty() && kept == header.as_slice() {
            return true;
        }
        let is_gap = self.after_gap || self.pending.back().is_some_and(|odd| odd.cells.len() == 1);
        is_gap && self.has_rows && self.recipe.columns.is_header(cells)
    }

    /// Whether a line may start another table, so that a closer look is needed.
    fn is_suspect(&self, line: &[u8]) -> bool {
        let repeats = self.recipe.header.first().is_some_and(|first| {
            line.starts_with(first)
                && line.get(first.len()).is_none_or(|byte| *byte == self.recipe.grammar.delimiter)
        });
        repeats || self.after_gap || !self.pending.is_empty()
    }

    fn cells_of(&self, record: &[u8]) -> Vec<Vec<u8>> {
        let grammar = self.recipe.grammar;
        let mut cells = Vec::new();
        grammar.scan(record, 0, |start, end| {
            cells.push(grammar.content(record.get(start..end).unwrap_or_default()).into_owned());
        });
        cells
    }

    /// From here on everything belongs to another table, and titles right before it too.
    fn leave_table(&mut self) {
        let titles = self.pending.iter().rposition(|odd| odd.cells.len() > 1).map_or(0, |at| at + 1);
        let titles = self.pending.split_off(titles);
        self.flush();
        for line in titles {
            self.forensics.leave(AsideKind::OtherTable, (self.seen, line.offset), &line.raw);
        }
        self.is_behind = true;
    }

    /// A record that reads as it should.
    fn regular(&mut self, scan: Scan) {
        let record = self.lines.rest().get(..scan.end).unwrap_or_default();
        let cells = self.cells_of(record);
        if self.is_other_table(&cells) {
            return self.leave_table();
        }
        self.flush();
        let offset = self.lines.offset();
        self.push(&cells, offset);
        self.lines.skip(scan.next);
        (self.after_gap, self.has_rows) = (false, true);
    }

    fn irregular(&mut self, scan: Scan) {
        let shape = self.recipe.shape();
        let rest = self.lines.rest();
        let reach = if scan.open { WINDOW_BYTES } else { scan.next.max(WINDOW_BYTES) };
        let window = rest.get(..reach.min(rest.len())).unwrap_or_default();
        let Meant { cells, kind, end, next } = meant(window, scan, shape);
        let offset = self.lines.offset();
        let raw = window.get(..end.min(MAX_ODD_BYTES)).unwrap_or_default().to_vec();
        if cells.len() == self.recipe.cells {
            self.flush();
            if let Some(kind) = kind {
                self.forensics.repair(kind, (self.seen, offset), &raw);
            }
            self.push(&cells, offset);
            self.after_gap = false;
        } else {
            let odd = Odd { cells, raw, offset, after_gap: self.after_gap };
            self.after_gap = false;
            self.wait(odd);
        }
        self.lines.skip(next.max(1));
    }

    /// Keeps an odd record until the next ones tell what it is.
    fn wait(&mut self, odd: Odd) {
        self.pending.push_back(odd);
        let recipe = &self.recipe;
        let (header, columns) = (&recipe.header, &recipe.columns);
        if let Some(first) = starts_table(self.pending.make_contiguous(), (header, columns, recipe.cells)) {
            let table = self.pending.split_off(first);
            self.flush();
            for line in table {
                self.forensics.leave(AsideKind::OtherTable, (self.seen, line.offset), &line.raw);
            }
            self.is_behind = true;
        } else if self.pending.len() > MAX_PENDING
            && let Some(first) = self.pending.pop_front()
        {
            self.settle(&first);
        }
    }

    /// A row follows: what waits are rows too, only odd ones.
    fn flush(&mut self) {
        while let Some(odd) = self.pending.pop_front() {
            self.settle(&odd);
        }
    }

    fn settle(&mut self, odd: &Odd) {
        if self.recipe.repairs != Repairs::All {
            let reason = wrong_number(odd.cells.len(), self.recipe.cells);
            return self.reject(odd.offset, reason, &odd.raw);
        }
        let shape = self.recipe.shape();
        let (cells, kind) = laid_out(&odd.cells, shape);
        self.forensics.repair(kind, (self.seen, odd.offset), &odd.raw);
        self.push(&cells, odd.offset);
    }

    /// What waits at the end of the text is a footer when it is short.
    fn end_of_text(&mut self) {
        let short = (self.recipe.cells / 3).max(1);
        let rows = self
            .pending
            .iter()
            .rposition(|odd| odd.cells.len() > short || self.recipe.cells < 2)
            .map_or(0, |at| at + 1);
        let mut footer = self.pending.split_off(rows);
        // One short line without a gap may as well be a row that was cut off.
        if footer.len() == 1 && self.recipe.cells < 3 && footer.front().is_some_and(|odd| !odd.after_gap) {
            self.pending.append(&mut footer);
        }
        self.flush();
        for line in footer {
            self.forensics.leave(AsideKind::Footer, (self.seen, line.offset), &line.raw);
        }
    }

    fn reject(&mut self, byte_offset: u64, reason: String, raw: &[u8]) {
        let raw = self.forensics.raw(raw);
        self.rejected.push(Rejected { row_in_chunk: self.seen, byte_offset, reason, raw });
        self.seen += 1;
    }

    /// Writes a row in the plain dialect, its characters mended where everything is.
    fn push(&mut self, cells: &[Vec<u8>], offset: u64) {
        let is_broken = |cell: &Vec<u8>| simdutf8::basic::from_utf8(cell).is_err();
        if self.recipe.repairs == Repairs::All && cells.iter().any(is_broken) {
            let mend = |cell: &Vec<u8>| mended(cell).unwrap_or_else(|| cell.clone());
            let whole: Vec<Vec<u8>> = cells.iter().map(mend).collect();
            let raw = cells.join(&self.recipe.grammar.delimiter);
            self.forensics.repair(RepairKind::BrokenCharacter, (self.seen, offset), &raw);
            return self.push_whole(&whole, offset);
        }
        self.push_whole(cells, offset);
    }

    fn push_whole(&mut self, cells: &[Vec<u8>], offset: u64) {
        let cells = cells.get(..self.recipe.kept).unwrap_or(cells);
        let too_long = |cell: &&Vec<u8>| cell.len() as u64 > self.recipe.max_cell_bytes;
        if let Some(at) = cells.iter().position(|cell| too_long(&cell)) {
            let len = cells.get(at).map_or(0, Vec::len);
            let reason = format!("cell {} has {len} bytes, more than {}", at + 1, self.recipe.max_cell_bytes);
            let raw = cells.join(&self.recipe.grammar.delimiter);
            return self.reject(offset, reason, &raw);
        }
        self.origins.push(Origin { start: self.plain.len() as u32, offset, record: self.seen });
        self.seen += 1;
        let delimiter = self.recipe.grammar.delimiter;
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                self.plain.push(delimiter);
            }
            let special = |byte: &u8| *byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r');
            if !cell.iter().any(special) && (cells.len() > 1 || !cell.is_empty()) {
                self.plain.extend_from_slice(cell);
                continue;
            }
            self.plain.push(b'"');
            for byte in cell {
                if *byte == b'"' {
                    self.plain.push(b'"');
                }
                self.plain.push(*byte);
            }
            self.plain.push(b'"');
        }
        self.plain.push(b'\n');
    }
}

/// Whoever repairs everything writes all of it down elsewhere.
fn examples(repairs: Repairs) -> u64 {
    if repairs == Repairs::All { u64::MAX } else { EXAMPLES }
}
