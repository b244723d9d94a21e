//! The beginning of a text, from which its dialect and its columns are told.

use std::io::Read;
use std::sync::Arc;

use memchr::memchr;

use crate::IngestError;
use crate::dialect::{Dialect, Encoding, Escape, Newline};
use crate::infer::Tally;
use crate::options::ReadOptions;
use crate::parse::NullSpellings;
use crate::reader::MAX_RECORD_BYTES;
use crate::records::{RowShape, Selection, trim_cr};
use crate::scan::{Cells, Index, Indexer, PADDING, Structure, boundary, unquote};
use crate::stored::Stored;

/// Bytes looked at first; more when no record is complete within them.
const HEAD_BYTES: usize = 256 << 10;
/// Delimiters that are looked for, the likelier first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Records compared to find the delimiter.
const COMPARED_RECORDS: usize = 200;
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// What the beginning of a text tells.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) dialect: Dialect,
    /// Names of the columns.
    pub(crate) names: Vec<String>,
    /// Byte of the text at which the first data record starts.
    pub(crate) start: u64,
    /// What the sampled values of each column look like.
    pub(crate) tallies: Vec<Tally>,
    /// Whether there is any data record.
    pub(crate) has_rows: bool,
}

impl Head {
    /// Looks at the beginning of a text.
    pub(crate) fn read(
        stored: &Stored,
        options: &ReadOptions,
        nulls: &NullSpellings,
    ) -> Result<Self, IngestError> {
        options.validate()?;
        let (mut bytes, ended) = read_some(stored)?;
        refuse_binary(&stored.name, &bytes)?;
        let skipped = if bytes.starts_with(&BOM) { BOM.len() } else { 0 };
        bytes.drain(..skipped);
        let newline = newline(&bytes);
        let mut dialect = Dialect { quote: options.quote, newline, ..Dialect::STANDARD };
        if ended && bytes.last() != Some(&dialect.terminator()) {
            bytes.push(dialect.terminator());
        }
        let len = bytes.len();
        bytes.resize(len + PADDING, 0);
        dialect.delimiter = options.delimiter.unwrap_or_else(|| delimiter(&bytes, len, dialect));
        dialect.encoding = Encoding::Utf8;
        dialect.escape = Escape::Doubled;
        let records = records(&bytes, len, structure(&dialect), usize::MAX);
        let Some(first) = records.iter().position(|record| !record.is_blank) else {
            return Err(IngestError::Empty { name: stored.name.clone() });
        };
        let cells = cells_of(&bytes, &records[first], &dialect);
        let after = records[first].end;
        let mut tallies = vec![Tally::default(); cells.len()];
        let has_rows = records[first + 1..].iter().any(|record| !record.is_blank) || !ended;
        tally_rows(&bytes, (after, len), &dialect, nulls, &mut tallies);
        dialect.has_header = options.has_header.unwrap_or_else(|| looks_like_header(&cells, &tallies, nulls));
        let start = if dialect.has_header { after } else { records[first].start };
        if !dialect.has_header {
            for (tally, cell) in tallies.iter_mut().zip(&cells) {
                tally.see(cell, nulls);
            }
        }
        let names = names(&cells, dialect.has_header);
        let has_rows = has_rows || !dialect.has_header;
        Ok(Self { dialect, names, start: (skipped + start) as u64, tallies, has_rows })
    }
}

/// The bytes that give a dialect its structure.
pub(crate) fn structure(dialect: &Dialect) -> Structure {
    Structure { delimiter: dialect.delimiter, quote: dialect.quote, terminator: dialect.terminator() }
}

/// At least one record, where there is one; and whether that is all there is.
fn read_some(stored: &Stored) -> Result<(Vec<u8>, bool), IngestError> {
    let read = |cause| IngestError::Read { name: stored.name.clone(), cause };
    let mut text = stored.text(Arc::default()).map_err(read)?;
    let mut bytes = Vec::new();
    let mut wanted = HEAD_BYTES;
    loop {
        let missing = wanted - bytes.len();
        match text.by_ref().take(missing as u64).read_to_end(&mut bytes) {
            Ok(got) if got < missing => return Ok((bytes, true)),
            Ok(_) => {}
            // A damaged file is read as far as it goes; the damage is told at its place.
            Err(_) if !bytes.is_empty() => return Ok((bytes, true)),
            Err(cause) => return Err(read(cause)),
        }
        if memchr(b'\n', &bytes).is_some() || memchr(b'\r', &bytes).is_some() || wanted >= MAX_RECORD_BYTES {
            return Ok((bytes, false));
        }
        wanted *= 4;
    }
}

fn refuse_binary(name: &str, bytes: &[u8]) -> Result<(), IngestError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(IngestError::Empty { name: name.to_owned() });
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(IngestError::Encoding { name: name.to_owned(), encoding: "UTF-16" });
    }
    let sample = bytes.get(..bytes.len().min(8 << 10)).unwrap_or_default();
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    let controls = sample.iter().filter(control).count();
    let invalid = match std::str::from_utf8(sample) {
        Ok(_) => false,
        // A character cut at the end of the sample is no fault.
        Err(error) => error.error_len().is_some(),
    };
    let limit = if invalid { sample.len() / 100 } else { sample.len() * 3 / 10 };
    if controls > limit {
        return Err(IngestError::Binary { name: name.to_owned() });
    }
    Ok(())
}

fn newline(bytes: &[u8]) -> Newline {
    match memchr(b'\n', bytes) {
        Some(0) => Newline::Lf,
        Some(at) if bytes.get(at - 1) == Some(&b'\r') => Newline::CrLf,
        Some(_) => Newline::Lf,
        None if memchr(b'\r', bytes).is_some() => Newline::Cr,
        None => Newline::Lf,
    }
}

/// One record of the head.
#[derive(Debug)]
struct Record {
    start: usize,
    end: usize,
    cells: usize,
    is_blank: bool,
}

fn records(bytes: &[u8], len: usize, structure: Structure, most: usize) -> Vec<Record> {
    let mut complete = boundary(bytes, len, structure).end;
    if complete == 0 {
        complete = len;
    }
    let mut index = Index::default();
    let mut indexer = Indexer::new(bytes, complete, structure);
    let mut found = Vec::new();
    while found.len() < most && indexer.next(&mut index) {
        let mut before = 0;
        for terminator in &index.records {
            let start = index.marks.get(before as usize).map_or(0, |mark| mark.wrapping_add(1) as usize);
            let end = index.marks.get(*terminator as usize).map_or(len, |mark| *mark as usize);
            let line = bytes.get(start..end).unwrap_or_default();
            let is_blank = trim_cr(line, structure).is_empty();
            found.push(Record { start, end: end + 1, cells: (terminator - before) as usize, is_blank });
            before = *terminator;
        }
    }
    found
}

/// The delimiter that cuts most records into the same number of cells, above one.
fn delimiter(bytes: &[u8], len: usize, dialect: Dialect) -> u8 {
    let mut best = (b',', 0.0);
    for candidate in DELIMITERS {
        let structure = structure(&Dialect { delimiter: candidate, ..dialect });
        let mut counts: Vec<usize> = records(bytes, len, structure, COMPARED_RECORDS)
            .iter()
            .filter(|record| !record.is_blank)
            .take(COMPARED_RECORDS)
            .map(|record| record.cells)
            .collect();
        let all = counts.len().max(1);
        let first = counts.first().copied();
        counts.sort_unstable();
        let common = counts.chunk_by(|a, b| a == b).max_by_key(|run| (run.len(), run.first().copied()));
        let (cells, agreeing) = common.map_or((1, 0), |run| (run.first().copied().unwrap_or(1), run.len()));
        if cells < 2 {
            continue;
        }
        // Agreement counts most; among delimiters that agree alike, more cells are likelier than fewer.
        // A header that is cut otherwise than the rows below it tells of decimal commas.
        let header = if first == Some(cells) { 1.0 } else { 0.5 };
        let score = header * agreeing as f64 / all as f64 * (1.0 - 0.2 / cells as f64);
        if score > best.1 + 1e-9 {
            best = (candidate, score);
        }
    }
    best.0
}

fn cells_of(bytes: &[u8], record: &Record, dialect: &Dialect) -> Vec<Vec<u8>> {
    let structure = structure(dialect);
    let line = bytes.get(record.start..record.end).unwrap_or_default();
    let mut buffer = line.to_vec();
    buffer.resize(line.len() + PADDING, 0);
    let mut index = Index::default();
    Indexer::new(&buffer, line.len(), structure).next(&mut index);
    let last = record.cells.saturating_sub(1);
    (0..record.cells)
        .map(|column| {
            let trim = column == last && structure.terminator == b'\n';
            let cells = Cells::new(&buffer, (&index.marks, &[1]), column, trim);
            let (start, end) = cells.spans().next().unwrap_or_default();
            unquote(buffer.get(start..end).unwrap_or_default(), dialect.quote).into_owned()
        })
        .collect()
}

/// Takes in the values of the rows that stand complete in a stretch of the buffer; says how many records are
/// rows and how many are not.
pub(crate) fn tally_rows(
    bytes: &[u8],
    (from, to): (usize, usize),
    dialect: &Dialect,
    nulls: &NullSpellings,
    tallies: &mut [Tally],
) -> (usize, usize) {
    let structure = structure(dialect);
    let mut stretch = bytes.get(from..to).unwrap_or_default().to_vec();
    let len = stretch.len();
    stretch.resize(len + PADDING, 0);
    let complete = boundary(&stretch, len, structure).end;
    let shape = RowShape { cells: tallies.len(), max_cell_bytes: u64::MAX, valid_utf8: true, structure };
    let (mut index, mut selection) = (Index::default(), Selection::default());
    let mut indexer = Indexer::new(&stretch, complete, structure);
    let (mut rows, mut bad) = (0, 0);
    let last = tallies.len().saturating_sub(1);
    while indexer.next(&mut index) {
        selection.select(&stretch, &index, shape);
        rows += selection.rows.len();
        bad += selection.bad.len();
        for (column, tally) in tallies.iter_mut().enumerate() {
            let trim = column == last && structure.terminator == b'\n';
            let cells = Cells::new(&stretch, (&index.marks, &selection.rows), column, trim);
            for (start, end) in cells.spans() {
                let raw = stretch.get(start..end).unwrap_or_default();
                tally.see(&unquote(raw, dialect.quote), nulls);
            }
        }
    }
    (rows, bad)
}

/// Whether the first record names the columns: in columns of numbers, dates or truth values it does not hold one;
/// where all is text, its cells are all there and all different.
fn looks_like_header(cells: &[Vec<u8>], tallies: &[Tally], nulls: &NullSpellings) -> bool {
    let (mut names, mut values) = (0, 0);
    for (cell, tally) in cells.iter().zip(tallies) {
        let mut own = Tally::default();
        own.see(cell, nulls);
        if own.is_empty() {
            continue;
        }
        // `y`, `no` or `t` is a fine name of a column: only numbers and dates are no names.
        let is_value = matches!(
            own.plan(None).physical,
            driftline_chunk::Physical::Number | driftline_chunk::Physical::Datetime
        );
        let is_text = !is_value
            && (tally.plan(None).physical != driftline_chunk::Physical::Boolean
                || own.plan(None).physical != driftline_chunk::Physical::Boolean);
        let is_typed = !tally.is_empty() && tally.plan(None).physical != driftline_chunk::Physical::Text;
        if is_typed || tally.is_empty() || !is_text {
            names += u32::from(is_text);
            values += u32::from(!is_text);
        }
    }
    if names != values {
        return names > values;
    }
    let mut sorted: Vec<_> = cells.iter().filter(|cell| !nulls.matches(cell)).collect();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

/// Names of the columns, each different from all others.
fn names(cells: &[Vec<u8>], has_header: bool) -> Vec<String> {
    let mut taken = std::collections::HashSet::new();
    let mut names = Vec::with_capacity(cells.len());
    for (column, cell) in cells.iter().enumerate() {
        let written = String::from_utf8_lossy(cell).trim().to_owned();
        let wanted =
            if has_header && !written.is_empty() { written } else { format!("column_{}", column + 1) };
        let mut name = wanted.clone();
        let mut copy = 2;
        while !taken.insert(name.clone()) {
            name = format!("{wanted}_{copy}");
            copy += 1;
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn head(text: &str) -> Result<Head, IngestError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let stored = Stored::open(file.path()).unwrap();
        let options = ReadOptions::default();
        Head::read(&stored, &options, &NullSpellings::new(&options.null_spellings))
    }

    #[test]
    fn delimiters_are_found_behind_quotes() {
        for (text, wanted) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2\n3,5;4\n", b';'),
            ("a\tb\n\"x,y,z\"\t2\n", b'\t'),
            ("a|b|c\n1|2|3\n", b'|'),
            ("a\n1\n2\n", b','),
            ("a;b;c\n1,5;2,25;3,75\n1,5;2,25;3,75\n", b';'),
        ] {
            assert_eq!(head(text).unwrap().dialect.delimiter, wanted, "{text}");
        }
    }

    #[test]
    fn headers_are_told_from_data() {
        let named = head("id,name\n1,x\n2,y\n").unwrap();
        assert_eq!((named.dialect.has_header, named.names), (true, vec!["id".to_owned(), "name".to_owned()]));
        assert_eq!(named.start, 8);
        let bare = head("1,x\n2,z\n").unwrap();
        assert_eq!((bare.dialect.has_header, bare.start), (false, 0));
        assert_eq!(bare.names, ["column_1", "column_2"]);
        let twice = head("a,a,,a\n1,2,3,4\n").unwrap();
        assert_eq!(twice.names, ["a", "a_2", "column_3", "a_3"]);
    }

    #[test]
    fn a_bom_is_dropped_and_line_ends_are_known() {
        let head = head("\u{FEFF}a,b\r\n1,2\r\n").unwrap();
        assert_eq!((head.dialect.newline, head.start), (Newline::CrLf, 8));
        assert_eq!(head.names, ["a", "b"]);
    }

    #[test]
    fn nothing_and_binary_are_refused() {
        assert!(matches!(head(""), Err(IngestError::Empty { .. })));
        assert!(matches!(head("\n\n \n"), Err(IngestError::Empty { .. })));
        let garbage: String = (0..2000_u32).map(|at| char::from((at * 7 % 29) as u8)).collect();
        assert!(matches!(head(&garbage), Err(IngestError::Binary { .. })));
        assert!(!head("a,b\n").unwrap().has_rows);
    }
}
