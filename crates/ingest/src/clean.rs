//! Any readable CSV as RFC 4180: commas, LF, UTF-8, quotes only where they are needed; cells as they are.

use std::io::{self, Write};
use std::sync::Arc;

use memchr::memchr3;

use crate::IngestError;
use crate::dialect::Dialect;
use crate::head::{Head, structure};
use crate::location::Location;
use crate::options::ReadOptions;
use crate::parse::NullSpellings;
use crate::reader::{Body, RecordReader};
use crate::records::{RowShape, Selection, printable};
use crate::scan::{Cells, Index, Indexer, unquote};
use crate::stored::Stored;
use crate::table::stored as stored_at;

const CHUNK_BYTES: usize = 4 << 20;

/// What a clean copy holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Rows written.
    pub rows: u64,
    /// Records that could not be read.
    pub rejected: u64,
}

/// Writes the table at `location` to `out` and the records that are no rows to `rejects`, as
/// `source,row,byte_offset,reason,raw`.
///
/// # Errors
/// When the table cannot be read, files do not belong together, or writing fails.
pub fn clean(
    location: &Location,
    options: &ReadOptions,
    out: &mut dyn Write,
    mut rejects: Option<&mut (dyn Write + '_)>,
) -> Result<Cleaned, IngestError> {
    let nulls = NullSpellings::new(&options.null_spellings);
    let stored = stored_at(location)?;
    let write = |cause| IngestError::Write { cause };
    if let Some(rejects) = rejects.as_deref_mut() {
        rejects.write_all(b"source,row,byte_offset,reason,raw\n").map_err(write)?;
    }
    let mut cleaned = Cleaned::default();
    let mut columns: Option<Vec<String>> = None;
    for stored in &stored {
        let head = Head::read(stored, options, &nulls)?;
        match &columns {
            None => {
                if head.dialect.has_header {
                    let mut line = Vec::new();
                    for (column, name) in head.names.iter().enumerate() {
                        push_cell(&mut line, name.as_bytes(), column);
                    }
                    line.push(b'\n');
                    out.write_all(&line).map_err(write)?;
                }
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
        copy(stored, (&head, options.max_cell_bytes), out, (rejects.as_deref_mut(), &mut cleaned))?;
    }
    out.flush().map_err(write)?;
    Ok(cleaned)
}

fn copy(
    stored: &Stored,
    (head, max_cell_bytes): (&Head, u64),
    out: &mut dyn Write,
    (mut rejects, cleaned): (Option<&mut (dyn Write + '_)>, &mut Cleaned),
) -> Result<(), IngestError> {
    let write = |cause| IngestError::Write { cause };
    let mut reader = RecordReader::new(stored, &head.dialect, head.start, Arc::default())?;
    let mut records = 0;
    let mut lines = Vec::new();
    while let Some(raw) = reader.pull(CHUNK_BYTES)? {
        let mut refuse = |row: u64, offset: u64, reason: &str, raw: &str| -> io::Result<()> {
            cleaned.rejected += 1;
            let Some(rejects) = rejects.as_deref_mut() else { return Ok(()) };
            let mut line = Vec::new();
            let cells = [&stored.name, &row.to_string(), &offset.to_string(), reason, raw];
            cells.iter().enumerate().for_each(|(column, cell)| push_cell(&mut line, cell.as_bytes(), column));
            line.push(b'\n');
            rejects.write_all(&line)
        };
        match raw.body {
            // Records of delimited text are all that a record reader hands out.
            Body::Foreign(_) => {}
            Body::Rejected(bad, _) => {
                records += 1;
                refuse(records, bad.byte_offset, &bad.reason, &bad.raw).map_err(write)?;
            }
            Body::Records { buffer, len } => {
                let shape = RowShape {
                    cells: head.names.len(),
                    max_cell_bytes,
                    valid_utf8: simdutf8::basic::from_utf8(buffer.bytes().get(..len).unwrap_or_default())
                        .is_ok(),
                    structure: structure(&head.dialect),
                };
                lines.clear();
                let mut selection = Selection::default();
                let mut index = Index::default();
                let mut indexer = Indexer::new(buffer.bytes(), len, shape.structure);
                while indexer.next(&mut index) {
                    selection.select(buffer.bytes(), &index, shape);
                    for bad in &selection.bad {
                        let shown = printable(buffer.bytes().get(bad.span.0..bad.span.1).unwrap_or_default());
                        let at = raw.offset + bad.span.0 as u64;
                        refuse(records + bad.number + 1, at, &bad.reason, &shown).map_err(write)?;
                    }
                    push_rows(&mut lines, buffer.bytes(), (&index, &selection), (&head.dialect, shape.cells));
                    cleaned.rows += selection.rows.len() as u64;
                }
                records += selection.seen;
                out.write_all(&lines).map_err(write)?;
            }
        }
    }
    Ok(())
}

fn push_rows(
    lines: &mut Vec<u8>,
    bytes: &[u8],
    (index, selection): (&Index, &Selection),
    (dialect, columns): (&Dialect, usize),
) {
    for row in &selection.rows {
        let row = std::slice::from_ref(row);
        for column in 0..columns {
            let trim = column + 1 == columns && dialect.terminator() == b'\n';
            let cells = Cells::new(bytes, (&index.marks, row), column, trim);
            let (start, end) = cells.spans().next().unwrap_or_default();
            push_cell(lines, &unquote(bytes.get(start..end).unwrap_or_default(), dialect.quote), column);
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
