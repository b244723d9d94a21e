//! Raw records to chunks: the parallel part of reading.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_buffer::Buffer;
use arrow_schema::SchemaRef;
use bytes::Bytes;
use driftline_chunk::{CellFailure, Chunk, Schema};

use crate::IngestError;
use crate::column::{CellContext, ColumnBuilder};
use crate::dialect::Dialect;
use crate::head::structure;
use crate::infer::Tallies;
use crate::parse::NullSpellings;
use crate::plan::ColumnPlan;
use crate::pool::PooledBytes;
use crate::records::{RowShape, Selection, printable};
use crate::repair::{Forensics, Plain};
use crate::scan::{Cells, Index, Indexer, Structure};
use crate::source::{Decoded, Rejected};

/// What a source needs to turn its records into chunks. Cheap to clone but for the column order.
#[derive(Debug, Clone)]
pub(crate) struct Decoder {
    pub(crate) name: String,
    /// Number of the source within its table.
    pub(crate) source: u32,
    pub(crate) schema: Schema,
    pub(crate) arrow_schema: SchemaRef,
    pub(crate) plans: Arc<[ColumnPlan]>,
    /// For every column of the table its place in the records of this source.
    pub(crate) places: Arc<[usize]>,
    pub(crate) dialect: Dialect,
    pub(crate) max_cell_bytes: u64,
    pub(crate) nulls: Arc<NullSpellings>,
    /// The same, with quoted cells suspected too.
    pub(crate) text_special: Arc<NullSpellings>,
    /// What came in columns of which nothing was known.
    pub(crate) unknown: Arc<Tallies>,
}

impl Decoder {
    /// The columns of the chunks.
    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    fn structure(&self) -> Structure {
        structure(&self.dialect)
    }

    /// The chunk of the first `len` bytes of `buffer`, complete records that start at byte `offset` of the text.
    pub(crate) fn records(
        &self,
        buffer: PooledBytes,
        len: usize,
        (sequence, offset): (u64, u64),
    ) -> Result<Decoded, IngestError> {
        let context = CellContext {
            quote: self.dialect.quote_byte(),
            nulls: &self.nulls,
            text_special: &self.text_special,
        };
        let mut columns: Vec<ColumnBuilder> =
            self.plans.iter().map(|plan| ColumnBuilder::new(*plan, &context)).collect();
        let mut taken = Taken::default();
        self.take(buffer.bytes(), len, &mut columns, (&context, &mut taken));
        for rejected in &mut taken.rejected {
            rejected.byte_offset += offset;
        }
        let offsets = taken.starts.iter().map(|start| u64::from(*start) + offset).collect();
        let raw = Buffer::from(Bytes::from_owner(buffer));
        let buffers: Arc<[Buffer]> = Arc::new([raw, Buffer::from_vec(taken.side)]);
        let (arrays, failures) = finish(columns, &buffers);
        for (column, _) in self.plans.iter().enumerate().filter(|(_, plan)| plan.unknown) {
            if let Some(array) = arrays.get(column) {
                self.unknown.see(column, array);
            }
        }
        let chunk = self.assemble(arrays, sequence, offsets, failures)?;
        let (rejected, rows_seen) = (taken.rejected, taken.seen);
        Ok(Decoded { chunk, rejected, rows_seen, bytes: len as u64, forensics: Forensics::default() })
    }

    /// The chunk of records that were brought into the plain dialect, with their places in the source.
    pub(crate) fn plain(&self, plain: Plain, sequence: u64) -> Result<Decoded, IngestError> {
        let Plain { buffer, len, origins, rejected, forensics, seen, bytes } = plain;
        let mut decoded = self.records(buffer, len, (sequence, 0))?;
        let origin = |start: u64| {
            let at = origins.partition_point(|origin| u64::from(origin.start) <= start);
            at.checked_sub(1).and_then(|at| origins.get(at))
        };
        let offsets: Vec<u64> = decoded
            .chunk
            .offsets()
            .iter()
            .map(|start| origin(*start).map_or(0, |origin| origin.offset))
            .collect();
        for bad in &mut decoded.rejected {
            if let Some(origin) = origin(bad.byte_offset) {
                (bad.row_in_chunk, bad.byte_offset) = (origin.record, origin.offset);
            }
        }
        decoded.rejected.extend(rejected);
        decoded.rejected.sort_by_key(|bad| bad.row_in_chunk);
        let chunk = decoded.chunk.with_offsets(offsets);
        let chunk = chunk
            .map_err(|error| IngestError::Assemble { name: self.name.clone(), cause: error.to_string() })?;
        Ok(Decoded { chunk, rows_seen: seen, bytes, forensics, ..decoded })
    }

    /// The chunk without rows that stands for a record that was set aside.
    pub(crate) fn rejected(
        &self,
        rejected: Rejected,
        sequence: u64,
        bytes: u64,
    ) -> Result<Decoded, IngestError> {
        let context = CellContext {
            quote: self.dialect.quote_byte(),
            nulls: &self.nulls,
            text_special: &self.text_special,
        };
        let columns = self.plans.iter().map(|plan| ColumnBuilder::new(*plan, &context)).collect();
        let nothing = || Buffer::from_vec(Vec::<u8>::new());
        let buffers: Arc<[Buffer]> = Arc::new([nothing(), nothing()]);
        let (arrays, _) = finish(columns, &buffers);
        let chunk = self.assemble(arrays, sequence, Vec::new(), Vec::new())?;
        Ok(Decoded { chunk, rejected: vec![rejected], rows_seen: 1, bytes, forensics: Forensics::default() })
    }

    fn take(
        &self,
        bytes: &[u8],
        len: usize,
        columns: &mut [ColumnBuilder],
        (context, taken): (&CellContext<'_>, &mut Taken),
    ) {
        let structure = self.structure();
        let shape = RowShape {
            cells: self.places.len(),
            max_cell_bytes: self.max_cell_bytes,
            valid_utf8: simdutf8::basic::from_utf8(bytes.get(..len).unwrap_or_default()).is_ok(),
            structure,
        };
        let last = self.places.len().wrapping_sub(1);
        let mut index = Index::default();
        let mut selection = Selection::default();
        let mut indexer = Indexer::new(bytes, len, structure);
        while indexer.next(&mut index) {
            selection.select(bytes, &index, shape);
            if taken.starts.is_empty() {
                reserve(columns, &selection, &index, len);
            }
            for bad in selection.bad.drain(..) {
                let raw = printable(bytes.get(bad.span.0..bad.span.1).unwrap_or_default());
                let byte_offset = bad.span.0 as u64;
                let (row_in_chunk, reason) = (bad.number, bad.reason);
                taken.rejected.push(Rejected { row_in_chunk, byte_offset, reason, raw });
            }
            let start = |row: &u32| index.marks.get(*row as usize - 1).map_or(0, |mark| mark.wrapping_add(1));
            taken.starts.extend(selection.rows.iter().map(start));
            for (column, place) in columns.iter_mut().zip(self.places.iter()) {
                let trim_cr = *place == last && structure.terminator == b'\n';
                let cells = Cells::new(bytes, (&index.marks, &selection.rows), *place, trim_cr);
                column.append(cells, context, &mut taken.side);
            }
        }
        taken.seen = selection.seen;
    }

    fn assemble(
        &self,
        arrays: Vec<ArrayRef>,
        sequence: u64,
        offsets: Vec<u64>,
        failures: Vec<CellFailure>,
    ) -> Result<Chunk, IngestError> {
        let defect = |cause: String| IngestError::Assemble { name: self.name.clone(), cause };
        let rows = RecordBatchOptions::new().with_row_count(Some(offsets.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.arrow_schema), arrays, &rows)
            .map_err(|error| defect(error.to_string()))?;
        Chunk::new(self.schema.clone(), batch, (self.source, sequence), offsets, failures)
            .map_err(|error| defect(error.to_string()))
    }
}

/// What is taken from a buffer beside the columns.
#[derive(Default)]
struct Taken {
    /// Where the rows start in the buffer.
    starts: Vec<u32>,
    rejected: Vec<Rejected>,
    seen: u64,
    /// Text that had to be rewritten.
    side: Vec<u8>,
}

/// Makes room for as many rows as the first stretch lets expect, and a few more.
fn reserve(columns: &mut [ColumnBuilder], selection: &Selection, index: &Index, len: usize) {
    let stretch = index.marks.last().map_or(1, |mark| (*mark as usize).max(1));
    let rows = (selection.rows.len() as u64).saturating_mul(len as u64) / stretch as u64;
    let rows = (rows + rows / 16 + 16) as usize;
    columns.iter_mut().for_each(|column| column.reserve(rows));
}

fn finish(columns: Vec<ColumnBuilder>, buffers: &Arc<[Buffer]>) -> (Vec<ArrayRef>, Vec<CellFailure>) {
    let mut arrays = Vec::with_capacity(columns.len());
    let mut failures = Vec::new();
    for (column, builder) in columns.into_iter().enumerate() {
        let (array, rows) = builder.finish(buffers);
        arrays.push(array);
        failures.extend(rows.into_iter().map(|row| CellFailure { column: column as u32, row }));
    }
    (arrays, failures)
}
