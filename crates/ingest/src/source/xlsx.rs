//! Workbooks: one sheet as a table.

use std::collections::HashSet;
use std::io::{self, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use calamine::{Cell, DataRef, ExcelDateTime, Reader, Xlsx};
use driftline_chunk::Schema;

use super::columns::{Column, Value, ValueTally, assembled, with_text};
use super::typed::{FormatFile, FoundColumn, Held, Shape};
use super::{Decoded, Rejected, Source};
use crate::IngestError;
use crate::options::ReadOptions;
use crate::parse::{DateFormat, NullSpellings, datetime};
use crate::reader::{Body, RawChunk};
use crate::records::printable;
use crate::repair::Forensics;
use crate::stored::{Stored, StoredReader};

/// Rows looked at.
const SAMPLED_ROWS: usize = 5_000;
/// Rows of a chunk.
const CHUNK_ROWS: usize = 4_096;
/// Chunks that may wait to be pulled.
const WAITING: usize = 2;
/// Columns of a sheet at most (Excel specifications and limits).
const MAX_COLUMNS: usize = 16_384;

/// How dates are written on their way.
const ISO: DateFormat = DateFormat::YearFirst(b'-');

/// A sheet of a workbook.
pub(crate) struct XlsxFile {
    stored: Stored,
    name: String,
    sheet: String,
    header_rows: usize,
    columns: Vec<FoundColumn>,
}

/// One cell, without a tie to its workbook.
#[derive(Debug, Clone, PartialEq)]
enum Content {
    Number(f64),
    Boolean(bool),
    Moment(i64),
    Text(Box<str>),
}

/// The cells of one row: column and value, and the number of the row in the sheet, from 1.
#[derive(Debug, Default)]
struct Row {
    number: u32,
    cells: Vec<(usize, Content)>,
}

impl XlsxFile {
    /// Finds the sheet (the first one, where none is named), its header and its columns.
    pub(crate) fn open(
        stored: &Stored,
        (sheet, options): (Option<&str>, &ReadOptions),
        nulls: &NullSpellings,
    ) -> Result<Self, IngestError> {
        refuse_bombs(stored)?;
        let mut book = workbook(stored)?;
        let known = book.sheet_names();
        let wanted = sheet.map_or_else(|| known.first().cloned(), |sheet| Some(sheet.to_owned()));
        let sheet = wanted.filter(|wanted| known.contains(wanted)).ok_or_else(|| IngestError::Sheet {
            name: stored.name.clone(),
            wanted: sheet.unwrap_or_default().to_owned(),
            known: known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        })?;
        let mut rows = Vec::new();
        read_rows(&mut book, (&stored.name, &sheet), &mut |row| {
            rows.push(row);
            rows.len() <= SAMPLED_ROWS
        })?;
        let Some(first) = rows.first() else {
            return Err(IngestError::Empty { name: format!("{}#{sheet}", stored.name) });
        };
        let width =
            rows.iter().flat_map(|row| row.cells.last()).map(|(column, _)| column + 1).max().unwrap_or(0);
        let header_rows = match options.header_rows {
            Some(wanted) => usize::try_from(wanted).unwrap_or(usize::MAX),
            None => usize::from(is_header(first, rows.get(1..).unwrap_or_default())),
        };
        if header_rows >= rows.len() {
            return Err(IngestError::HeaderOnly { name: stored.name.clone(), columns: width });
        }
        let names = names(rows.get(..header_rows).unwrap_or_default(), width);
        let mut tallies = vec![ValueTally::default(); width];
        for row in rows.iter().skip(header_rows) {
            for (column, cell) in &row.cells {
                if let Some(tally) = tallies.get_mut(*column) {
                    tally.see(cell.value(), nulls);
                }
            }
        }
        let columns = names.into_iter().zip(tallies);
        let columns = columns.map(|(name, tally)| FoundColumn { name, held: Held::Sampled(tally) }).collect();
        let name = if known.len() > 1 { format!("{}#{sheet}", stored.name) } else { stored.name.clone() };
        Ok(Self { stored: stored.clone(), name, sheet, header_rows, columns })
    }
}

impl Content {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Number(value) => Value::Number(*value),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Moment(micros) => Value::Moment(*micros),
            Self::Text(text) => Value::Text(text),
        }
    }

    fn of(cell: &DataRef<'_>) -> Option<Self> {
        let text = |text: &str| (!text.trim().is_empty()).then(|| Self::Text(text.into()));
        match cell {
            #[expect(clippy::cast_precision_loss, reason = "a sheet holds doubles")]
            DataRef::Int(value) => Some(Self::Number(*value as f64)),
            DataRef::Float(value) => Some(Self::Number(*value)),
            DataRef::String(value) => text(value),
            DataRef::SharedString(value) => text(value),
            DataRef::Bool(value) => Some(Self::Boolean(*value)),
            DataRef::DateTime(value) => Some(moment(value)),
            DataRef::DateTimeIso(value) => Some(
                datetime(value.as_bytes(), ISO)
                    .map_or_else(|| Self::Text(value.as_str().into()), Self::Moment),
            ),
            DataRef::DurationIso(value) => text(value),
            DataRef::Error(error) => Some(Self::Text(error.to_string().into())),
            DataRef::Empty => None,
        }
    }
}

/// A date with or without time; a time without a date is text, as it is in CSV.
fn moment(value: &ExcelDateTime) -> Content {
    if value.is_duration() {
        return Content::Number(value.as_f64());
    }
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}.{milli:03}");
    if (0.0..1.0).contains(&value.as_f64()) {
        return Content::Text(time.trim_end_matches(".000").into());
    }
    let text = format!("{year:04}-{month:02}-{day:02}T{time}");
    datetime(text.as_bytes(), ISO).map_or_else(|| Content::Text(text.into()), Content::Moment)
}

/// A workbook is a zip archive: what it claims to unpack to is checked, and where it may lie, counted.
fn refuse_bombs(stored: &Stored) -> Result<(), IngestError> {
    let bad = |cause: String| damaged(&stored.name, cause);
    let limits = stored.limits();
    let len = stored.complete()?;
    let mut archive =
        zip::ZipArchive::new(BufReader::new(stored.at(0))).map_err(|error| bad(error.to_string()))?;
    let too_much = |bytes| IngestError::Expands {
        name: stored.name.clone(),
        format: "XLSX",
        limit: limits.expansion_ratio,
        bytes,
    };
    let mut all: u64 = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| bad(error.to_string()))?;
        let claimed = part.size();
        all = all.saturating_add(claimed);
        // Deflate packs 1,032 bytes into one at best: a small part cannot be a bomb.
        if part.compressed_size().saturating_mul(1_032) > limits.expansion_free_bytes {
            let counted = io::copy(&mut part.take(claimed.saturating_add(1)), &mut io::sink());
            let counted = counted.map_err(|error| bad(error.to_string()))?;
            if counted > claimed {
                return Err(too_much(counted));
            }
        }
        if limits.refuses(len, all) {
            return Err(too_much(all));
        }
    }
    Ok(())
}

fn damaged(name: &str, cause: impl Into<String>) -> IngestError {
    IngestError::Unreadable { name: name.to_owned(), format: "XLSX", cause: cause.into() }
}

type Book = Xlsx<BufReader<StoredReader>>;

fn workbook(stored: &Stored) -> Result<Book, IngestError> {
    let open = || Xlsx::new(BufReader::new(stored.at(0)));
    match catch_unwind(AssertUnwindSafe(open)) {
        Ok(Ok(book)) => Ok(book),
        Ok(Err(error)) => Err(damaged(&stored.name, error.to_string())),
        Err(_) => Err(damaged(&stored.name, "its parts contradict each other")),
    }
}

/// Hands out the rows that have a cell, until there are enough.
fn read_rows(
    book: &mut Book,
    (name, sheet): (&str, &str),
    take: &mut dyn FnMut(Row) -> bool,
) -> Result<(), IngestError> {
    let bad = |error: &dyn std::fmt::Display| damaged(name, format!("sheet `{sheet}`: {error}"));
    let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| bad(&error))?;
    let mut row = Row::default();
    while let Some(cell) = next_cell(&mut cells).map_err(|error| bad(&error))? {
        let ((number, column), held) = cell;
        if number + 1 != row.number {
            let done = std::mem::replace(&mut row, Row { number: number + 1, cells: Vec::new() });
            if !done.cells.is_empty() && !take(done) {
                return Ok(());
            }
        }
        if let Some(held) = held
            && (column as usize) < MAX_COLUMNS
        {
            row.cells.push((column as usize, held));
        }
    }
    if !row.cells.is_empty() {
        take(row);
    }
    Ok(())
}

type Placed = ((u32, u32), Option<Content>);

fn next_cell(
    cells: &mut calamine::XlsxCellReader<'_, BufReader<StoredReader>>,
) -> Result<Option<Placed>, String> {
    let next = || {
        let cell: Option<Cell<DataRef<'_>>> = cells.next_cell().map_err(|error| error.to_string())?;
        Ok(cell.map(|cell| (cell.get_position(), Content::of(cell.get_value()))))
    };
    catch_unwind(AssertUnwindSafe(next)).unwrap_or_else(|_| Err("its parts contradict each other".to_owned()))
}

/// Whether the first row names the columns: its cells are texts, all different, and where a column holds numbers,
/// moments or truth values below, or nothing tells against it.
fn is_header(first: &Row, others: &[Row]) -> bool {
    let all_texts = first.cells.iter().all(|(_, cell)| matches!(cell, Content::Text(_)));
    let mut seen = HashSet::new();
    let all_differ = first.cells.iter().all(|(_, cell)| seen.insert(format!("{cell:?}")));
    all_texts && all_differ && !others.is_empty()
}

/// Names of the columns, each different from all others; what stands in one column is joined with a blank.
fn names(header: &[Row], width: usize) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |column: usize| {
        let cells = header.iter().filter_map(|row| row.cells.iter().find(|(at, _)| *at == column));
        let parts = cells.map(|(_, cell)| with_text(cell.value(), |text| text.trim().to_owned()));
        let written = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let wanted = if written.is_empty() { format!("column_{}", column + 1) } else { written };
        let copies = (2..).map(|copy| format!("{wanted}_{copy}"));
        let name = std::iter::once(wanted.clone()).chain(copies).find(|name| !taken.contains(name));
        let name = name.unwrap_or(wanted);
        taken.insert(name.clone());
        name
    };
    (0..width).map(name).collect()
}

impl FormatFile for XlsxFile {
    fn format(&self) -> &'static str {
        "a workbook"
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn columns(&self) -> &[FoundColumn] {
        &self.columns
    }

    fn source(&self, shape: &Arc<Shape>, number: u32) -> Result<Box<dyn Source>, IngestError> {
        let consumed = Arc::new(AtomicU64::new(0));
        let (sender, receiver) = sync_channel(WAITING);
        let (stored, sheet, skip) = (self.stored.clone(), self.sheet.clone(), self.header_rows);
        let counter = Arc::clone(&consumed);
        let read = move || send_rows(&stored, (&sheet, skip), &counter, &sender);
        std::thread::Builder::new()
            .name("workbook".to_owned())
            .spawn(read)
            .map_err(|cause| IngestError::Read { name: self.name.clone(), cause })?;
        let places = self.columns.iter().map(|column| shape.index_of(&column.name)).collect();
        Ok(Box::new(XlsxSource {
            name: self.name.clone(),
            number,
            size: self.stored.known_len(),
            shape: Arc::clone(shape),
            places,
            consumed,
            state: Mutex::new(State { receiver, sequence: 0 }),
        }))
    }
}

/// Reads the rows on a thread of its own, since a reader of cells is tied to its workbook.
fn send_rows(
    stored: &Stored,
    (sheet, skip): (&str, usize),
    consumed: &AtomicU64,
    sender: &SyncSender<Result<Vec<Row>, IngestError>>,
) {
    let mut rows = Vec::with_capacity(CHUNK_ROWS);
    let mut skipped = 0;
    let mut take = |row: Row| {
        if skipped < skip {
            skipped += 1;
            return true;
        }
        rows.push(row);
        if rows.len() < CHUNK_ROWS {
            return true;
        }
        sender.send(Ok(std::mem::replace(&mut rows, Vec::with_capacity(CHUNK_ROWS)))).is_ok()
    };
    let outcome =
        workbook(stored).and_then(|mut book| read_rows(&mut book, (&stored.name, sheet), &mut take));
    // Whoever does not want the rows any more does not want the error either.
    if !rows.is_empty() {
        let _ = sender.send(Ok(rows));
    }
    if let Err(error) = outcome {
        let _ = sender.send(Err(error));
    }
    consumed.store(stored.len(), Ordering::Relaxed);
}

struct XlsxSource {
    name: String,
    number: u32,
    size: Option<u64>,
    shape: Arc<Shape>,
    /// For every column of the sheet its place in the table.
    places: Vec<Option<usize>>,
    consumed: Arc<AtomicU64>,
    state: Mutex<State>,
}

struct State {
    receiver: Receiver<Result<Vec<Row>, IngestError>>,
    sequence: u64,
}

impl XlsxSource {
    fn fault(&self, row: &Row) -> Option<String> {
        let (last, _) = row.cells.last()?;
        (*last >= self.places.len())
            .then(|| format!("{} cells where {} were expected", last + 1, self.places.len()))
    }
}

impl Source for XlsxSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> &Schema {
        &self.shape.schema
    }

    fn size_bytes(&self) -> Option<u64> {
        self.size
    }

    fn bytes_read(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    fn pull(&self, _: usize) -> Result<Option<RawChunk>, IngestError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(rows) = state.receiver.recv() else { return Ok(None) };
        let rows = rows?;
        let (sequence, offset) = (state.sequence, rows.first().map_or(0, |row| u64::from(row.number)));
        state.sequence += 1;
        Ok(Some(RawChunk { sequence, offset, body: Body::Foreign(Box::new(rows)) }))
    }

    fn decode(&self, raw: RawChunk) -> Result<Decoded, IngestError> {
        let rows: Vec<Row> = super::foreign(raw.body, &self.name)?;
        let mut columns: Vec<Column> = self.shape.plans.iter().map(|plan| Column::new(*plan)).collect();
        let (mut offsets, mut rejected, mut bytes) = (Vec::with_capacity(rows.len()), Vec::new(), 0);
        for (at, row) in rows.iter().enumerate() {
            let place = u64::from(row.number);
            if let Some(reason) = self.fault(row) {
                let raw = printable(format!("{:?}", row.cells).as_bytes());
                rejected.push(Rejected { row_in_chunk: at as u64, byte_offset: place, reason, raw });
                continue;
            }
            for (column, cell) in &row.cells {
                bytes += with_text(cell.value(), |text| text.len() as u64 + 1);
                let target = self.places.get(*column).copied().flatten();
                if let Some(target) = target.and_then(|target| columns.get_mut(target)) {
                    target.fill_to(offsets.len());
                    // What spells "no value" in a sheet that people fill in is none, in texts as well.
                    let value = match cell.value() {
                        Value::Text(text) if self.shape.nulls.matches(text.as_bytes()) => Value::Null,
                        value => value,
                    };
                    target.push(value, &self.shape.nulls);
                }
            }
            offsets.push(place);
        }
        let place = (&*self.shape, (self.number, raw.sequence));
        let chunk = assembled(columns, offsets, place, &self.name)?;
        Ok(Decoded { chunk, rejected, rows_seen: rows.len() as u64, bytes, forensics: Forensics::default() })
    }

    fn chunk_overhead(&self, raw_bytes: usize) -> usize {
        raw_bytes.saturating_mul(4)
    }
}
