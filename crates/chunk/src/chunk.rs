use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, BooleanArray, Float64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray, UInt32Array,
};

use crate::{Physical, Schema};

/// One bounded piece of a table.
#[derive(Debug, Clone)]
pub struct Chunk {
    schema: Schema,
    batch: RecordBatch,
    source: u32,
    sequence: u64,
    offsets: Vec<u64>,
    failures: Vec<CellFailure>,
}

/// A cell that holds something that does not fit its column's type. It is null in the batch, but it is not a
/// missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellFailure {
    /// Column index.
    pub column: u32,
    /// Row index in the chunk.
    pub row: u32,
}

/// The values of one column of a chunk.
#[derive(Debug, Clone, Copy)]
pub enum ColumnValues<'a> {
    /// Numbers.
    Number(&'a Float64Array),
    /// Truth values.
    Boolean(&'a BooleanArray),
    /// Microseconds since 1970.
    Datetime(&'a TimestampMicrosecondArray),
    /// Text.
    Text(&'a StringViewArray),
}

/// Why parts do not make a chunk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// Offsets and rows differ in number.
    #[error("{offsets} row positions were given for {rows} rows")]
    Positions {
        /// Positions given.
        offsets: usize,
        /// Rows in the batch.
        rows: usize,
    },
    /// A row was asked for that is not there.
    #[error("a row was asked for beyond the {rows} of the chunk")]
    Rows {
        /// Rows of the chunk.
        rows: usize,
    },
    /// The batch does not have the types that the schema says.
    #[error("column {column} of the batch is not of the type that its schema says")]
    Type {
        /// Index of the column.
        column: usize,
    },
}

impl Chunk {
    /// Puts a chunk together.
    ///
    /// `source` numbers the source within its table (files of a glob in sorted order), `sequence` the chunk
    /// within its source. `offsets` gives, for every row, the byte at which its record starts in the
    /// decompressed source (for sources without bytes: the row's sequence number). `failures` is sorted.
    ///
    /// # Errors
    /// When the numbers of rows or the types do not agree.
    pub fn new(
        schema: Schema,
        batch: RecordBatch,
        (source, sequence): (u32, u64),
        offsets: Vec<u64>,
        failures: Vec<CellFailure>,
    ) -> Result<Self, ChunkError> {
        if offsets.len() != batch.num_rows() {
            return Err(ChunkError::Positions { offsets: offsets.len(), rows: batch.num_rows() });
        }
        if schema.len() != batch.num_columns() {
            return Err(ChunkError::Type { column: schema.len().min(batch.num_columns()) });
        }
        for (column, (field, array)) in schema.fields().iter().zip(batch.columns()).enumerate() {
            if array.data_type() != &field.physical.data_type() {
                return Err(ChunkError::Type { column });
            }
        }
        debug_assert!(failures.is_sorted(), "failures come sorted by column and row");
        Ok(Self { schema, batch, source, sequence, offsets, failures })
    }

    /// Some of the rows, in the order of `rows` (row indices of this chunk, rising). Texts are shared, not copied.
    ///
    /// # Errors
    /// When a row is not there.
    pub fn take(&self, rows: &[u32]) -> Result<Self, ChunkError> {
        let outside = |_| ChunkError::Rows { rows: self.rows() };
        let batch = arrow_select::take::take_record_batch(
            &self.batch,
            &UInt32Array::from_iter_values(rows.iter().copied()),
        )
        .map_err(outside)?;
        let offsets = rows.iter().filter_map(|&row| self.offsets.get(row as usize).copied()).collect();
        let failures = self.failures.iter().filter_map(|failure| {
            let row = rows.binary_search(&failure.row).ok()?;
            Some(CellFailure { row: row as u32, ..*failure })
        });
        let failures = failures.collect();
        Self::new(self.schema.clone(), batch, (self.source, self.sequence), offsets, failures)
    }

    /// The same rows at other places of the source.
    ///
    /// # Errors
    /// When there is not one place a row.
    pub fn with_offsets(self, offsets: Vec<u64>) -> Result<Self, ChunkError> {
        if offsets.len() != self.batch.num_rows() {
            return Err(ChunkError::Positions { offsets: offsets.len(), rows: self.batch.num_rows() });
        }
        Ok(Self { offsets, ..self })
    }

    /// The columns.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The Arrow batch itself.
    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Number of the source within its table.
    pub fn source(&self) -> u32 {
        self.source
    }

    /// Number of this chunk within its source.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// For every row the byte at which its record starts in the decompressed source.
    pub fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// Cells that did not fit, sorted by column and row.
    pub fn failures(&self) -> &[CellFailure] {
        &self.failures
    }

    /// The failures of one column.
    pub fn failures_of(&self, column: usize) -> &[CellFailure] {
        let start = self.failures.partition_point(|failure| (failure.column as usize) < column);
        let end = self.failures.partition_point(|failure| (failure.column as usize) <= column);
        &self.failures[start..end]
    }

    /// The values of column `column`.
    ///
    /// # Panics
    /// When there is no such column.
    pub fn column(&self, column: usize) -> ColumnValues<'_> {
        let array = self.batch.column(column);
        // The types were checked when the chunk was made, so the casts cannot fail.
        match self.schema.fields()[column].physical {
            Physical::Number => ColumnValues::Number(array.as_primitive::<Float64Type>()),
            Physical::Boolean => ColumnValues::Boolean(array.as_boolean()),
            Physical::Datetime => ColumnValues::Datetime(array.as_primitive::<TimestampMicrosecondType>()),
            Physical::Text => ColumnValues::Text(array.as_string_view()),
        }
    }
}

impl ColumnValues<'_> {
    /// Number of nulls, cells that did not fit included.
    pub fn null_count(&self) -> usize {
        match self {
            Self::Number(array) => array.null_count(),
            Self::Boolean(array) => array.null_count(),
            Self::Datetime(array) => array.null_count(),
            Self::Text(array) => array.null_count(),
        }
    }
}
