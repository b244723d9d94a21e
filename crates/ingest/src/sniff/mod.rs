//! Finding out how a table is written, from its beginning and its end. One file for each kind of decision.

mod decision;
mod dialect;
mod header;
mod layout;
mod look;
mod numbers;
pub(crate) mod shape;

pub use decision::Decision;
pub(crate) use header::names;

use self::decision::visible;
use self::dialect::{Signs, Wanted, find_signs};
use self::header::{joined, looks_like_header};
use self::layout::{Record, cells_of, records, table_start};
pub(crate) use self::look::Look;
use self::numbers::find_decimal;
pub(crate) use self::numbers::told_decimal;
use crate::IngestError;
use crate::dialect::{Dialect, Escape};
use crate::head::tally_rows;
use crate::infer::Tally;
use crate::options::{ReadOptions, Repairs};
use crate::parse::NullSpellings;
use crate::repair::{Columns, Ends, Grammar, Recipe, header_cells};
use crate::scan::PADDING;

/// Bytes whose values tell the kinds of the columns of a table that reads as it should.
const TALLIED_BYTES: usize = 256 << 10;
/// Rows that tell how the cells of a column look.
const LOOKED_ROWS: usize = 500;
/// Rows that tell the kinds of the columns of a table that has to be repaired.
const TALLIED_ROWS: usize = 20_000;
/// Records that a header has at most.
const MAX_HEADER: usize = 4;
/// Mean misfit below which a record looks like the rows below it.
const ROW_MISFIT: f64 = 0.1;

/// What the beginning of a text tells.
#[derive(Debug)]
pub(crate) struct Sniffed {
    pub(crate) dialect: Dialect,
    /// Cells of a row.
    pub(crate) cells: usize,
    /// The cells of the header as they stand, those of several records joined; empty when there is none.
    pub(crate) header: Vec<Vec<u8>>,
    /// Byte of the looked-at text at which the first data record starts.
    pub(crate) start: usize,
    /// What the sampled values of each column look like.
    pub(crate) tallies: Vec<Tally>,
    /// Whether there is any data record.
    pub(crate) has_rows: bool,
    /// How to read what the quick way cannot read.
    pub(crate) recipe: Recipe,
    /// Why the quick way cannot read it; absent when it can.
    pub(crate) trouble: Option<String>,
    /// Lines above the table.
    pub(crate) preamble: Vec<(u64, Vec<u8>)>,
    pub(crate) decisions: Vec<Decision>,
}

/// What is known before the header is told.
struct Found<'a> {
    look: &'a Look,
    signs: Signs,
    records: Vec<Record>,
    /// Where the table starts among the records, header included, and its cells.
    first: usize,
    cells: usize,
    /// Cells of a record, which are more where delimiters end every record.
    width: usize,
}

impl Sniffed {
    /// Looks at the beginning of a text.
    pub(crate) fn of(look: &Look, options: &ReadOptions, nulls: &NullSpellings) -> Result<Self, IngestError> {
        let bytes = &look.bytes;
        let skipped = skip_lines(bytes, options);
        let wanted = Wanted {
            delimiter: options.delimiter,
            quote: options.quote,
            escape: options.escape,
            newline: options.newline,
        };
        let signs = find_signs(bytes.get(skipped..).unwrap_or_default(), look.is_all, wanted);
        let grammar = signs.grammar;
        let mut records = records(bytes, grammar, look.is_all);
        records.retain(|record| record.start >= skipped);
        let comment = options.comment.or_else(|| find_comment(bytes, &records));
        let is_comment = |record: &Record| comment.is_some() && bytes.get(record.start).copied() == comment;
        let commented = records.iter().filter(|record| is_comment(record)).count();
        let comments: Vec<Record> = records.iter().copied().filter(is_comment).collect();
        records.retain(|record| !is_comment(record));
        let (first, cells) = match (options.repairs, options.skip_rows) {
            (Repairs::None, _) => (0, records.first().map_or(1, |record| record.cells)),
            (_, Some(_)) => (0, table_start(bytes, &records, grammar).1),
            (_, None) => table_start(bytes, &records, grammar),
        };
        // A header may itself be written as a comment, right above the rows and as wide as they are.
        if let (None, Some(last)) = (options.comment, comments.iter().rfind(|record| record.cells == cells))
            && cells > 1
            && records.get(first).is_some_and(|record| last.next <= record.start)
            && comments.iter().filter(|record| record.start >= last.start).count() == 1
        {
            records.insert(first, *last);
        }
        let found = Found { look, signs, records, first, cells, width: cells };
        found.finish((options, nulls), (comment, commented))
    }
}

/// Where the text starts behind the lines that the user skips.
fn skip_lines(bytes: &[u8], options: &ReadOptions) -> usize {
    let newline = dialect::newline(bytes, options.newline);
    let grammar = Grammar::of(&Dialect { newline, ..Dialect::STANDARD });
    let mut at = 0;
    for _ in 0..options.skip_rows.unwrap_or_default() {
        at = grammar.line(bytes, at).map_or(bytes.len(), |(_, next)| next);
    }
    at
}

/// `#`, when lines start with it that are no rows.
fn find_comment(bytes: &[u8], records: &[Record]) -> Option<u8> {
    let starts = |record: &&Record| bytes.get(record.start) == Some(&b'#');
    let marked = records.iter().filter(starts).count();
    let (_, cells) = table_start(bytes, records, Grammar::of(&Dialect::STANDARD));
    let odd = records.iter().filter(starts).filter(|record| record.cells != cells || cells == 1).count();
    (odd > 0 && 2 * marked <= records.len()).then_some(b'#')
}

impl Found<'_> {
    fn cells_of(&self, record: &Record) -> Vec<Vec<u8>> {
        cells_of(&self.look.bytes, record, self.signs.grammar)
    }

    fn finish(
        mut self,
        (options, nulls): (&ReadOptions, &NullSpellings),
        (comment, commented): (Option<u8>, usize),
    ) -> Result<Sniffed, IngestError> {
        if self.records.is_empty() {
            let name = self.look.name.clone();
            let bytes = self.look.bytes.len();
            return Err(if self.look.is_all {
                IngestError::Empty { name }
            } else {
                IngestError::Endline { name, bytes }
            });
        }
        let columns = self.columns(self.first + 1);
        let rows = self.rows(self.first + 1);
        let decimal = find_decimal(&self.look.bytes, rows, self.signs.grammar, options.decimal);
        let blank = Tally::with_decimal(decimal.0, options.decimal.is_some());
        let tallies = self.tallies((self.first + 1, LOOKED_ROWS), (&blank, nulls));
        let (header_rows, header_confidence, reason) = self.header_rows(options, (&columns, &tallies, nulls));
        let first = self.records.get(self.first..self.first + header_rows).unwrap_or_default().to_vec();
        let header: Vec<Vec<Vec<u8>>> = first.iter().map(|record| self.laid_header(record)).collect();
        let data = self.first + header_rows;
        if first.iter().all(|record| record.cells == self.width) {
            self.drop_trailing(data, header.first());
        }
        let header: Vec<Vec<Vec<u8>>> = header.into_iter().map(|row| self.narrowed(row)).collect();
        let start = self.start(data, first.last());
        let has_mixed_newlines = self.signs.grammar.ends == Ends::Any;
        let recipe = self.recipe(options, (data, &header), comment);
        let preamble = self.preamble(start);
        let dialect = Dialect {
            delimiter: self.signs.grammar.delimiter,
            quote: self.signs.grammar.quote,
            is_quoted: self.signs.is_quoted,
            escape: self.signs.grammar.escape,
            encoding: self.look.encoding.encoding,
            has_header: header_rows > 0,
            header_rows: header_rows as u64,
            preamble_rows: preamble.len() as u64,
            newline: self.signs.newline,
            has_mixed_newlines,
            has_space_after_delimiter: self.signs.grammar.takes_space,
            comment: comment.filter(|_| commented > 0 || options.comment.is_some()),
            decimal: decimal.0,
        };
        let trouble =
            if options.repairs == Repairs::None { None } else { self.trouble(data, &recipe, commented) };
        let tallies = match &trouble {
            None => self.quick_tallies(start, &dialect, (&blank, nulls)),
            Some(_) => self.tallies((data, TALLIED_ROWS), (&blank, nulls)),
        };
        let mut decisions = self.decisions(&dialect, &trouble);
        decisions.push(Decision::new("header", header_value(header_rows), header_confidence, reason));
        decisions.push(Decision::new("decimal", dialect.decimal.as_str(), decimal.1, decimal.2));
        decisions.sort_by_key(|decision| ORDER.iter().position(|subject| *subject == decision.subject));
        let has_rows = self.records.len() > data || !self.look.is_all;
        Ok(Sniffed {
            dialect,
            cells: self.cells,
            header: joined(&header, if header.is_empty() { 0 } else { self.cells }),
            start,
            tallies,
            has_rows,
            recipe,
            trouble,
            preamble,
            decisions,
        })
    }

    /// Where the data begin: behind the header, or with the first record.
    fn start(&self, data: usize, header: Option<&Record>) -> usize {
        match (self.records.get(data), header) {
            (_, Some(header)) => header.next,
            (Some(record), None) => record.start,
            (None, None) => self.look.bytes.len(),
        }
    }

    /// What it takes to read on.
    fn recipe(
        &self,
        options: &ReadOptions,
        (data, header): (usize, &[Vec<Vec<u8>>]),
        comment: Option<u8>,
    ) -> Recipe {
        Recipe {
            grammar: self.signs.grammar,
            cells: self.width,
            kept: self.cells,
            columns: self.columns(data),
            header: header.first().cloned().unwrap_or_default(),
            comment,
            repairs: options.repairs,
            max_cell_bytes: options.max_cell_bytes,
        }
    }

    /// Columns at the end that have no name and no value come from delimiters that end every record.
    fn drop_trailing(&mut self, data: usize, header: Option<&Vec<Vec<u8>>>) {
        let Some(header) = header else { return };
        while self.cells > 1 && header.get(self.cells - 1).is_some_and(Vec::is_empty) {
            let last = self.cells - 1;
            let is_void = self
                .rows(data)
                .take(LOOKED_ROWS)
                .all(|record| self.cells_of(record).get(last).is_none_or(Vec::is_empty));
            if !is_void {
                break;
            }
            self.cells -= 1;
        }
    }

    fn narrowed(&self, mut row: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        row.truncate(self.cells);
        row
    }

    /// The rows from a record on that read as they should.
    fn rows(&self, from: usize) -> impl Iterator<Item = &Record> + Clone {
        let width = self.width;
        self.records.iter().skip(from).filter(move |record| record.cells == width && !record.is_irregular)
    }

    fn columns(&self, from: usize) -> Columns {
        let mut columns = Columns::unknown(self.cells);
        for record in self.rows(from).take(LOOKED_ROWS) {
            for (column, cell) in self.cells_of(record).iter().enumerate() {
                columns.see(column, cell);
            }
        }
        columns
    }

    fn tallies(&self, (from, most): (usize, usize), (blank, nulls): (&Tally, &NullSpellings)) -> Vec<Tally> {
        let mut tallies = vec![blank.clone(); self.cells];
        for record in self.rows(from).take(most) {
            for (tally, cell) in tallies.iter_mut().zip(self.cells_of(record)) {
                tally.see(&cell, nulls);
            }
        }
        tallies
    }

    fn quick_tallies(
        &self,
        start: usize,
        dialect: &Dialect,
        (blank, nulls): (&Tally, &NullSpellings),
    ) -> Vec<Tally> {
        let mut tallies = vec![blank.clone(); self.cells];
        let to = self.look.bytes.len().min(TALLIED_BYTES.max(start + 1));
        let mut bytes = self.look.bytes.get(..to).unwrap_or_default().to_vec();
        if self.look.is_all && to == self.look.bytes.len() && bytes.last() != Some(&dialect.terminator()) {
            bytes.push(dialect.terminator());
        }
        let len = bytes.len();
        bytes.resize(len + PADDING, 0);
        tally_rows(&bytes, (start.min(len), len), dialect, nulls, &mut tallies);
        tallies
    }

    /// How many records name the columns, how sure that is, and why. Moves the start of the table up to a header
    /// that has another width.
    fn header_rows(
        &mut self,
        options: &ReadOptions,
        (columns, tallies, nulls): (&Columns, &[Tally], &NullSpellings),
    ) -> (usize, f64, String) {
        if let Some(rows) = options.header_rows {
            let rows = (rows as usize).min(self.records.len() - self.first);
            return (rows, 1.0, "as asked for".to_owned());
        }
        let Some(record) = self.records.get(self.first).copied() else { return (0, 0.5, String::new()) };
        let cells = self.cells_of(&record);
        let (is_header, confidence) = looks_like_header(&cells, tallies, nulls);
        let is_plain_row = columns.row_misfit(&cells) < ROW_MISFIT;
        let is_settled = is_header && (confidence > 0.5 || !is_plain_row);
        if options.skip_rows.is_none() && self.is_odd_header(is_settled) {
            self.first -= 1;
            return (
                1,
                0.6,
                "the line above the rows names columns, but not as many as there are".to_owned(),
            );
        }
        if !is_header {
            return (0, confidence, "the first record looks like the ones below it".to_owned());
        }
        let below = self.columns(self.first + MAX_HEADER);
        let mut rows = 1;
        while rows < MAX_HEADER && self.first + rows + 1 < self.records.len() {
            let Some(next) = self.records.get(self.first + rows).filter(|next| next.cells == self.cells)
            else {
                break;
            };
            let next = self.cells_of(next);
            let names_too = columns.is_header(&cells) && below.is_header(&next) && below.is_header(&cells);
            if next != cells && !names_too {
                break;
            }
            rows += 1;
        }
        let reason = match rows {
            1 if confidence > 0.55 => "the first record holds names where the others hold values",
            1 => "the first record is all text and all different, like names",
            _ => "the first records hold names where the others hold values",
        };
        (rows, confidence, reason.to_owned())
    }

    /// Whether the record above the first full one is a header with a cell too few or too many, or with another
    /// delimiter.
    fn is_odd_header(&self, has_header: bool) -> bool {
        let Some(above) = self.first.checked_sub(1).and_then(|at| self.records.get(at)) else { return false };
        if has_header || self.cells < 2 {
            return false;
        }
        let line = self.look.bytes.get(above.start..above.end).unwrap_or_default();
        let laid = header_cells(line, self.signs.grammar, self.cells);
        let is_near = above.cells > 1 && 3 * above.cells.abs_diff(self.cells) <= self.cells.max(3);
        let is_whole = laid.is_whole;
        let filled = laid.cells.iter().filter(|cell| !cell.trim_ascii().is_empty()).count();
        let is_text =
            laid.cells.iter().filter(|cell| shape::Shape::of(cell).is_typed()).count() * 2 < self.cells;
        (is_near || is_whole) && is_text && 2 * filled > self.cells
    }

    fn laid_header(&self, record: &Record) -> Vec<Vec<u8>> {
        if record.cells == self.cells && !record.is_irregular {
            return self.cells_of(record);
        }
        let line = self.look.bytes.get(record.start..record.end).unwrap_or_default();
        header_cells(line, self.signs.grammar, self.cells).cells
    }

    /// The lines above the table, blank ones left out.
    fn preamble(&self, start: usize) -> Vec<(u64, Vec<u8>)> {
        let table = self.records.get(self.first).map_or(start, |record| record.start);
        let grammar = self.signs.grammar;
        let bytes = self.look.bytes.get(..table).unwrap_or_default();
        let mut lines = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let (end, next) = grammar.line(bytes, at).unwrap_or((bytes.len(), bytes.len()));
            lines.push((at as u64, bytes.get(at..end).unwrap_or_default().to_vec()));
            at = next;
        }
        lines
    }

    /// Why the quick way cannot read the rows.
    fn trouble(&self, data: usize, recipe: &Recipe, commented: usize) -> Option<String> {
        let grammar = self.signs.grammar;
        if grammar.escape == Escape::Backslash {
            return Some("quotes are escaped by a backslash".to_owned());
        }
        if grammar.ends == Ends::Any {
            return Some("records end in different ways".to_owned());
        }
        if grammar.takes_space {
            return Some("a space belongs to every delimiter".to_owned());
        }
        if recipe.repairs == Repairs::All && simdutf8::basic::from_utf8(&self.look.bytes).is_err() {
            return Some("some characters are broken".to_owned());
        }
        let body = self.records.get(data..).unwrap_or_default();
        if commented > 0 {
            return Some("there are lines of comment".to_owned());
        }
        if body.iter().any(|record| record.is_irregular) {
            return Some("quotes stand where none may".to_owned());
        }
        if self.width > self.cells {
            return Some("delimiters end every record".to_owned());
        }
        if body.iter().any(|record| record.cells != self.cells) {
            return Some("records have different numbers of cells".to_owned());
        }
        let starts_other = |record: &&Record| {
            let line = self.look.bytes.get(record.start..record.end).unwrap_or_default();
            let begin = |first: &Vec<u8>| line.get(..(first.len() + 1).min(line.len())).unwrap_or_default();
            let repeats = |first: &Vec<u8>| memchr::memmem::find(begin(first), first).is_some();
            let is_likely = record.after_gap || recipe.header.first().is_some_and(repeats);
            is_likely && {
                let cells = self.cells_of(record);
                cells.get(..self.cells) == Some(recipe.header.as_slice())
                    || (record.after_gap && recipe.columns.is_header(&cells))
            }
        };
        if body.iter().skip(usize::from(recipe.header.is_empty())).any(|record| starts_other(&record)) {
            return Some("another table begins".to_owned());
        }
        if self.look.tail_is_odd(grammar, self.cells) {
            return Some("the last lines have other numbers of cells".to_owned());
        }
        None
    }

    fn decisions(&self, dialect: &Dialect, trouble: &Option<String>) -> Vec<Decision> {
        let Signs { confidence, agreeing: (same, all, cells), .. } = self.signs;
        let encoding = &self.look.encoding;
        let mixed = dialect.has_mixed_newlines;
        let newline =
            if mixed { "several kinds in one file" } else { "what ends the records that were seen" };
        let quote = match dialect.quote {
            Some(quote) if dialect.is_quoted => (visible(quote), 0.98, "cells start and end with it"),
            Some(quote) => (
                format!("none seen ({} if any comes)", visible(quote)),
                0.9,
                "no cell starts and ends with one",
            ),
            None => ("none".to_owned(), 1.0, "as asked for"),
        };
        let (preamble, sure) = match dialect.preamble_rows {
            0 => ("the first line belongs to the table", 0.95),
            _ => ("the lines above the table are written otherwise than its rows", 0.85),
        };
        let reading =
            trouble.as_ref().map_or(("as it stands", 1.0, "every record seen reads as it should"), |why| {
                ("repaired", 0.8, why.as_str())
            });
        let mut decisions = vec![
            Decision::new("encoding", encoding.encoding.name(), encoding.confidence, encoding.reason.clone()),
            Decision::new(
                "newline",
                dialect.newline.as_str().escape_debug().to_string(),
                if mixed { 0.8 } else { 0.99 },
                newline,
            ),
            Decision::new(
                "delimiter",
                visible(dialect.delimiter),
                confidence,
                format!("{same} of the first {all} records have {cells} cells"),
            ),
            Decision::new("quote", quote.0, quote.1, quote.2),
            Decision::new("escape", dialect.escape.name(), 0.95, "how quotes within quotes are written"),
            Decision::new("preamble", dialect.preamble_rows.to_string(), sure, preamble),
            Decision::new("reading", reading.0, reading.1, reading.2),
        ];
        if let Some(comment) = dialect.comment {
            decisions.push(Decision::new(
                "comment",
                visible(comment),
                0.9,
                "lines that start with it are no rows",
            ));
        }
        decisions
    }
}

/// The order in which decisions are told.
const ORDER: [&str; 10] = [
    "encoding",
    "newline",
    "delimiter",
    "quote",
    "escape",
    "preamble",
    "comment",
    "header",
    "decimal",
    "reading",
];

fn header_value(rows: usize) -> String {
    match rows {
        0 => "none".to_owned(),
        1 => "1 record".to_owned(),
        rows => format!("{rows} records"),
    }
}
