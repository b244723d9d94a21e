//! Any readable CSV as RFC 4180: commas, LF, UTF-8, quotes only where they are needed; cells as they are.

use std::io::{self, Write};
use std::sync::Arc;

use memchr::memchr3;

use crate::IngestError;
use crate::dialect::Dialect;
use crate::head::{Head, structure};
use crate::location::Location;
use crate::options::{ReadOptions, Repairs};
use crate::parse::NullSpellings;
use crate::reader::Body;
use crate::records::{RowShape, Selection, whole};
use crate::repair::{AsideKind, Plain};
use crate::scan::{Cells, Index, Indexer, unquote};
use crate::source::Reader;
use crate::stored::Stored;
use crate::table::stored as stored_at;
use crate::text::mended;

const CHUNK_BYTES: usize = 4 << 20;

/// What a clean copy holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Rows written.
    pub rows: u64,
    /// Rows of these that were repaired.
    pub repaired: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// Lines that do not belong to the table.
    pub aside: u64,
}

/// Where a clean copy goes.
struct Copy<'a, 'b> {
    out: &'a mut dyn Write,
    rejects: Option<&'a mut (dyn Write + 'b)>,
    cleaned: Cleaned,
    lines: Vec<u8>,
}

/// Writes the table at `location` to `out` and what is no row to `rejects`, as
/// `source,row,byte_offset,reason,raw`. Everything is repaired as well as it goes; nothing is no error.
///
/// # Errors
/// When the table cannot be read, files do not belong together, or writing fails.
pub fn clean<'a>(
    location: &Location,
    options: &ReadOptions,
    out: &'a mut dyn Write,
    rejects: Option<&'a mut (dyn Write + '_)>,
) -> Result<Cleaned, IngestError> {
    let nulls = NullSpellings::new(&options.null_spellings);
    let options = ReadOptions { repairs: Repairs::All, ..options.clone() };
    let mut copy = Copy { out, rejects, cleaned: Cleaned::default(), lines: Vec::new() };
    copy.refuse_header()?;
    let mut columns: Option<Vec<String>> = None;
    for mut stored in stored_at(location)? {
        let head = match Head::read(&mut stored, &options, &nulls) {
            Err(IngestError::Empty { .. }) => continue,
            head => head?,
        };
        match &columns {
            None => {
                copy.header(&head)?;
                columns = Some(head.names.clone());
            }
            Some(first) if *first != head.names => {
                return Err(IngestError::ColumnsDiffer {
                    name: stored.name.clone(),
                    first: "the first file".to_owned(),
                    difference: "its columns have other names or another order".to_owned(),
                });
            }
            Some(_) => {}
        }
        copy.table(&stored, &head)?;
    }
    copy.out.flush().map_err(failed)?;
    Ok(copy.cleaned)
}

fn failed(cause: io::Error) -> IngestError {
    IngestError::Write { cause }
}

impl Copy<'_, '_> {
    fn refuse_header(&mut self) -> Result<(), IngestError> {
        match self.rejects.as_deref_mut() {
            Some(rejects) => rejects.write_all(b"source,row,byte_offset,reason,raw\n").map_err(failed),
            None => Ok(()),
        }
    }

    /// The header as it stands in the file.
    fn header(&mut self, head: &Head) -> Result<(), IngestError> {
        if head.sniffed.header.is_empty() {
            return Ok(());
        }
        let mut line = Vec::new();
        for (column, name) in head.sniffed.header.iter().enumerate() {
            push_cell(&mut line, &mended(name).unwrap_or_else(|| name.clone()), column);
        }
        line.push(b'\n');
        self.out.write_all(&line).map_err(failed)
    }

    fn refuse(
        &mut self,
        (source, row, offset): (&str, u64, u64),
        (reason, raw): (&str, &str),
    ) -> Result<(), IngestError> {
        let Some(rejects) = self.rejects.as_deref_mut() else { return Ok(()) };
        let mut line = Vec::new();
        let cells = [source, &row.to_string(), &offset.to_string(), reason, raw];
        cells.iter().enumerate().for_each(|(column, cell)| push_cell(&mut line, cell.as_bytes(), column));
        line.push(b'\n');
        rejects.write_all(&line).map_err(failed)
    }

    fn table(&mut self, stored: &Stored, head: &Head) -> Result<(), IngestError> {
        for (offset, line) in &head.sniffed.preamble {
            self.cleaned.aside += 1;
            let why = (AsideKind::Preamble.words(), whole(line));
            self.refuse((&stored.name, 0, *offset), (why.0, &why.1))?;
        }
        // What was not looked at may have to be repaired.
        let recipe = if head.is_whole { head.recipe() } else { Some(head.sniffed.recipe.clone()) };
        let dialect = head.dialect();
        let mut reader = Reader::new(stored, (dialect, head.start, recipe.as_ref()), Arc::default())?;
        let max_cell_bytes = head.sniffed.recipe.max_cell_bytes;
        let shape = |dialect: &Dialect| RowShape {
            cells: head.sniffed.cells,
            max_cell_bytes,
            valid_utf8: false,
            structure: structure(dialect),
        };
        let mut records = 0;
        while let Some(raw) = reader.pull(CHUNK_BYTES)? {
            match raw.body {
                Body::Rejected(bad, _) => {
                    records += 1;
                    self.cleaned.rejected += 1;
                    self.refuse((&stored.name, records, bad.byte_offset), (&bad.reason, &bad.raw))?;
                }
                Body::Records { buffer, len } => {
                    let places = |start: u64, record: u64| (records + record + 1, raw.offset + start);
                    records +=
                        self.records((buffer.bytes(), len), shape(dialect), (&stored.name, &places))?;
                }
                // Records of delimited text are all that a record reader hands out.
                Body::Foreign(_) => {}
                Body::Plain(plain) => {
                    self.plain(&plain, shape(&Dialect::plain(dialect.delimiter)), (&stored.name, records))?;
                    records += plain.seen;
                }
            }
        }
        Ok(())
    }

    /// Writes records that were brought into the plain dialect.
    fn plain(
        &mut self,
        plain: &Plain,
        shape: RowShape,
        (source, before): (&str, u64),
    ) -> Result<(), IngestError> {
        let places = |start: u64, _: u64| {
            let at = plain.origins.partition_point(|origin| u64::from(origin.start) <= start);
            let origin = at.checked_sub(1).and_then(|at| plain.origins.get(at));
            origin.map_or((before, 0), |origin| (before + origin.record + 1, origin.offset))
        };
        self.records((plain.buffer.bytes(), plain.len), shape, (source, &places))?;
        for bad in &plain.rejected {
            self.cleaned.rejected += 1;
            let row = before + bad.row_in_chunk + 1;
            self.refuse((source, row, bad.byte_offset), (&bad.reason, &bad.raw))?;
        }
        for line in &plain.forensics.asides {
            let row = before + line.row_in_chunk + 1;
            self.refuse((source, row, line.byte_offset), (line.kind.words(), &line.raw))?;
        }
        self.cleaned.repaired += plain.forensics.repaired.values().sum::<u64>();
        self.cleaned.aside += plain.forensics.aside.values().sum::<u64>();
        Ok(())
    }

    /// Writes the rows among the first `len` bytes of a buffer; tells how many records there are.
    fn records(
        &mut self,
        (bytes, len): (&[u8], usize),
        shape: RowShape,
        (source, places): (&str, &dyn Fn(u64, u64) -> (u64, u64)),
    ) -> Result<u64, IngestError> {
        let text = bytes.get(..len).unwrap_or_default();
        let shape = RowShape { valid_utf8: simdutf8::basic::from_utf8(text).is_ok(), ..shape };
        self.lines.clear();
        let mut selection = Selection::default();
        let mut index = Index::default();
        let mut indexer = Indexer::new(bytes, len, shape.structure);
        while indexer.next(&mut index) {
            selection.select(bytes, &index, shape);
            for bad in &selection.bad {
                let raw = whole(bytes.get(bad.span.0..bad.span.1).unwrap_or_default());
                let (row, offset) = places(bad.span.0 as u64, bad.number);
                self.cleaned.rejected += 1;
                self.refuse((source, row, offset), (&bad.reason, &raw))?;
            }
            push_rows(&mut self.lines, bytes, (&index, &selection), shape);
            self.cleaned.rows += selection.rows.len() as u64;
        }
        self.out.write_all(&self.lines).map_err(failed)?;
        Ok(selection.seen)
    }
}

fn push_rows(lines: &mut Vec<u8>, bytes: &[u8], (index, selection): (&Index, &Selection), shape: RowShape) {
    let RowShape { cells: columns, structure, .. } = shape;
    for row in &selection.rows {
        let row = std::slice::from_ref(row);
        for column in 0..columns {
            let trim = column + 1 == columns && structure.terminator == b'\n';
            let cells = Cells::new(bytes, (&index.marks, row), column, trim);
            let (start, end) = cells.spans().next().unwrap_or_default();
            push_cell(lines, &unquote(bytes.get(start..end).unwrap_or_default(), structure.quote), column);
        }
        lines.push(b'\n');
    }
}

/// Appends one cell, with a comma before all but the first.
fn push_cell(line: &mut Vec<u8>, cell: &[u8], column: usize) {
    if column > 0 {
        line.push(b',');
    }
    let special = memchr3(b',', b'"', b'\n', cell).is_some() || cell.contains(&b'\r');
    // An empty first cell alone on its line would read as a blank line.
    let alone = cell.is_empty() && column == 0;
    if !special && !alone {
        line.extend_from_slice(cell);
        return;
    }
    line.push(b'"');
    for byte in cell {
        if *byte == b'"' {
            line.push(b'"');
        }
        line.push(*byte);
    }
    line.push(b'"');
}
