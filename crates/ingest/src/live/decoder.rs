use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use driftline_chunk::{CellFailure, Chunk, Field, Physical, Schema};

use super::columns::{Typed, typed};
use super::grid::{Grid, MOST_COLUMNS, Span};
use super::{csv, ndjson};
use crate::IngestError;
use crate::dialect::Decimal;
use crate::infer::Tally;
use crate::options::ReadOptions;
use crate::parse::{DateFormat, NullSpellings};
use crate::source::Rejected;

/// Values of a piece from which the type of a column is told.
const LOOKED_AT: usize = 2000;
/// A column is of another type when at least this many of its values in a piece do not fit, and not half of them do.
const OTHER_TYPE: usize = 20;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    /// CSV. Every piece begins with the names of its columns.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// A column that a decoder knows: enough to go on after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownColumn {
    /// Its name.
    pub name: String,
    /// How its values are held.
    pub physical: Physical,
    /// How it writes its dates: an index into those that are known.
    pub date_format: u8,
    /// Whether it writes decimals with a comma.
    pub has_decimal_comma: bool,
}

/// The rows of a piece.
#[derive(Debug)]
pub struct LiveBatch {
    /// The rows that could be read, with all columns that are known.
    pub chunk: Chunk,
    /// The first records that could not.
    pub rejected: Vec<Rejected>,
    /// How many could not.
    pub rejected_rows: u64,
    /// For every column of the chunk whether any record had it.
    pub present: Vec<bool>,
}

/// Turns pieces of a feed into chunks, and learns its columns on the way.
///
/// A column begins with its first value. It keeps its type until a piece shows clearly that it has another. Columns
/// that no longer come stay, without values.
#[derive(Debug)]
pub struct LiveDecoder {
    columns: Vec<KnownColumn>,
    nulls: NullSpellings,
    max_cell_bytes: u64,
    offset: u64,
    sequence: u64,
}

impl LiveDecoder {
    /// A decoder that knows nothing, or goes on with columns that are known; `offset` is the first byte of the feed
    /// that it reads.
    pub fn new(options: &ReadOptions, columns: Vec<KnownColumn>, offset: u64) -> Self {
        let nulls = NullSpellings::new(&options.null_spellings);
        Self { columns, nulls, max_cell_bytes: options.max_cell_bytes, offset, sequence: 0 }
    }

    /// The columns that it knows.
    pub fn columns(&self) -> &[KnownColumn] {
        &self.columns
    }

    /// The byte of the feed that it reads next.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads a piece.
    ///
    /// # Errors
    /// Only for a defect: records that cannot be read are not errors.
    pub fn decode(&mut self, format: RowFormat, bytes: &[u8]) -> Result<LiveBatch, IngestError> {
        let grid = match format {
            RowFormat::Csv => csv::read(bytes, self.max_cell_bytes),
            RowFormat::Ndjson => ndjson::read(bytes, self.max_cell_bytes),
        };
        let start = self.offset;
        self.offset += bytes.len().max(1) as u64;
        self.sequence += 1;
        self.begin_columns(&grid);
        let absent = vec![Span::ABSENT; grid.rows()];
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        let mut failures = Vec::new();
        let mut present = Vec::with_capacity(self.columns.len());
        for index in 0..self.columns.len() {
            let place = self.columns.get(index).and_then(|column| grid.place_of(&column.name));
            let cells = place.map_or(absent.as_slice(), |place| grid.column(place));
            present.push(cells.iter().any(|cell| !cell.is_absent()));
            let typed = self.column(index, &grid, cells);
            failures.extend(typed.failures.iter().map(|&row| CellFailure { column: index as u32, row }));
            arrays.push(typed.array);
        }
        let schema = self.schema();
        let defect = |cause: String| IngestError::Assemble { name: "the feed".to_owned(), cause };
        let rows = RecordBatchOptions::new().with_row_count(Some(grid.rows()));
        let batch = RecordBatch::try_new_with_options(Arc::new(schema.arrow()), arrays, &rows)
            .map_err(|error| defect(error.to_string()))?;
        let offsets = grid.offsets.iter().map(|offset| start + offset).collect();
        let chunk = Chunk::new(schema, batch, (0, self.sequence), offsets, failures)
            .map_err(|error| defect(error.to_string()))?;
        let mut rejected = grid.rejected;
        rejected.iter_mut().for_each(|rejected| rejected.byte_offset += start);
        Ok(LiveBatch { chunk, rejected, rejected_rows: grid.rejected_rows, present })
    }

    fn schema(&self) -> Schema {
        let field = |column: &KnownColumn| Field { name: column.name.clone(), physical: column.physical };
        Schema::new(self.columns.iter().map(field).collect::<Vec<_>>())
    }

    /// Begins the columns that have their first value in this piece, in the order of the piece. A feed of made-up
    /// names is followed as far as a table may have columns.
    fn begin_columns(&mut self, grid: &Grid) {
        for (place, name) in grid.names().iter().enumerate() {
            let is_full = self.columns.len() >= MOST_COLUMNS;
            if is_full || self.columns.iter().any(|column| column.name == *name) {
                continue;
            }
            let tally = self.tally(grid, grid.column(place));
            if !tally.is_empty() {
                self.columns.push(planned(name, &tally));
            }
        }
    }

    fn column(&mut self, index: usize, grid: &Grid, cells: &[Span]) -> Typed {
        let Some(column) = self.columns.get(index) else {
            return typed(grid, cells, (Physical::Text, DateFormat::ALL[0], Decimal::Point), &self.nulls);
        };
        let read = typed(grid, cells, plan_of(column), &self.nulls);
        let is_other = read.failures.len() >= OTHER_TYPE && read.fitting() < read.failures.len();
        if !is_other {
            return read;
        }
        let planned = planned(&column.name, &self.tally(grid, cells));
        if planned == *column {
            return read;
        }
        let plan = plan_of(&planned);
        if let Some(column) = self.columns.get_mut(index) {
            *column = planned;
        }
        typed(grid, cells, plan, &self.nulls)
    }

    fn tally(&self, grid: &Grid, cells: &[Span]) -> Tally {
        let mut tally = Tally::default();
        let values = cells.iter().filter(|cell| !cell.is_absent());
        values.take(LOOKED_AT).for_each(|cell| tally.see(grid.text(*cell), &self.nulls));
        tally
    }
}

fn planned(name: &str, tally: &Tally) -> KnownColumn {
    let plan = tally.plan(None);
    let format = DateFormat::ALL.iter().position(|format| *format == plan.format).unwrap_or_default();
    KnownColumn {
        name: name.to_owned(),
        physical: plan.physical,
        date_format: format as u8,
        has_decimal_comma: plan.decimal == Decimal::Comma,
    }
}

fn plan_of(column: &KnownColumn) -> (Physical, DateFormat, Decimal) {
    let format = DateFormat::ALL.get(usize::from(column.date_format)).copied().unwrap_or(DateFormat::ALL[0]);
    let decimal = if column.has_decimal_comma { Decimal::Comma } else { Decimal::Point };
    (column.physical, format, decimal)
}
