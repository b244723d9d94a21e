//! Parquet: pieces of row groups, decoded in parallel, only the columns that are wanted.

use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_schema::{DataType, FieldRef, Schema as ArrowSchema};
use arrow_select::concat::concat_batches;
use bytes::Bytes;
use driftline_chunk::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use parquet::file::reader::{ChunkReader, Length};

use super::batches::{columns_of, decoded};
use super::typed::{FormatFile, FoundColumn, Ranges, Shape};
use super::{Decoded, Slice, Source};
use crate::IngestError;
use crate::part::Groups;
use crate::reader::{Body, RawChunk};
use crate::stored::{Stored, StoredReader};

/// Rows of a piece at most.
const MAX_ROWS: u64 = 65_536;
/// A piece has at least so many rows while they take less than `SMALL_BYTES`: each piece begins its pages anew.
const USUAL_ROWS: u64 = 16_384;
const SMALL_BYTES: u64 = 16 << 20;
/// A cell takes at least this in memory, however well it is packed.
const CELL_BYTES: u64 = 8;
/// Text that a piece may hold at most: a few bytes in the file can say that a long text stands in every row.
const MOST_TEXT_BYTES: u64 = 1 << 30;

/// A Parquet file.
pub(crate) struct ParquetFile {
    stored: Stored,
    metadata: ArrowReaderMetadata,
    columns: Vec<FoundColumn>,
    skipped: Vec<String>,
    /// What is read of it, where that is not all.
    share: Option<Share>,
    /// The first row group that could not be read by anyone so far: it and what follows is left out from then on.
    damage: Arc<AtomicUsize>,
}

/// The part of a file that is read.
#[derive(Clone, Copy)]
struct Share {
    /// Number of the file in its table.
    source: u32,
    slice: Slice,
    groups: Groups,
    /// About how many stored bytes it takes.
    bytes: u64,
}

impl ParquetFile {
    /// Reads and judges the footer.
    pub(crate) fn open(stored: Stored) -> Result<Self, IngestError> {
        let len = stored.complete()?;
        let input = Input { stored: stored.clone(), len };
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
        let load = || ArrowReaderMetadata::load(&input, options);
        let metadata = guarded(&stored.name, load)?;
        validate(metadata.metadata(), len).map_err(|cause| damaged(&stored.name, cause))?;
        if metadata.metadata().file_metadata().num_rows() == 0 {
            let columns = metadata.schema().fields().len();
            return Err(IngestError::HeaderOnly { name: stored.name, columns });
        }
        let (columns, skipped) = columns_of(metadata.schema());
        let viewed = ArrowReaderOptions::new().with_schema(Arc::new(viewed(metadata.schema())));
        let again = || ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), viewed);
        // What cannot be read so is read as it says.
        let metadata = guarded(&stored.name, again).unwrap_or(metadata);
        Ok(Self {
            stored,
            metadata,
            columns,
            skipped,
            share: None,
            damage: Arc::new(AtomicUsize::new(usize::MAX)),
        })
    }

    /// Part number `ordinal` of its table, which has it as file number `source`: some of its row groups.
    pub(crate) fn part(self, (source, ordinal): (u32, u64), (groups, bytes): (Groups, u64)) -> Self {
        let slice = Slice { ordinal, ..Slice::default() };
        Self { share: Some(Share { source, slice, groups, bytes }), ..self }
    }
}

/// The same columns with texts that share what they have in common, so that a dictionary is not unfolded.
fn viewed(schema: &ArrowSchema) -> ArrowSchema {
    let field = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View))
        }
        DataType::Dictionary(_, values) if matches!(**values, DataType::Utf8 | DataType::LargeUtf8) => {
            Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View))
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<FieldRef> = schema.fields().iter().map(field).collect();
    ArrowSchema::new_with_metadata(fields, schema.metadata().clone())
}

/// Bytes of the texts of a batch, each counted wherever it stands.
fn text_bytes(batch: &RecordBatch) -> u64 {
    let viewed = batch.columns().iter().filter_map(|column| column.as_string_view_opt());
    viewed.map(|texts| texts.lengths().map(u64::from).sum::<u64>()).sum()
}

/// A footer is believed only where it does not contradict the file.
fn validate(metadata: &ParquetMetaData, len: u64) -> Result<(), String> {
    let mut rows: i64 = 0;
    for (number, group) in metadata.row_groups().iter().enumerate() {
        if group.num_rows() < 0 {
            return Err(format!("row group {number} claims {} rows", group.num_rows()));
        }
        rows = rows.saturating_add(group.num_rows());
        for column in group.columns() {
            let path = column.column_path().string();
            let offsets = [Some(column.data_page_offset()), column.dictionary_page_offset()];
            let start = offsets.into_iter().flatten().filter(|offset| *offset > 0).min().unwrap_or(0);
            let (start, size) = (u64::try_from(start), u64::try_from(column.compressed_size()));
            let (Ok(start), Ok(size)) = (start, size) else {
                return Err(format!("column `{path}` of row group {number} lies at a negative place"));
            };
            if start.saturating_add(size) > len {
                return Err(format!("column `{path}` of row group {number} lies beyond the end of the file"));
            }
            // A value of a flat column is a row; nested ones have at least a mark a row.
            if column.num_values() < 0 || column.num_values() < group.num_rows() {
                return Err(format!(
                    "column `{path}` of row group {number} claims {} values in {} rows",
                    column.num_values(),
                    group.num_rows()
                ));
            }
        }
    }
    let claimed = metadata.file_metadata().num_rows();
    if rows == claimed { Ok(()) } else { Err(format!("{claimed} rows are claimed and {rows} are there")) }
}

fn damaged(name: &str, cause: impl Into<String>) -> IngestError {
    IngestError::Unreadable { name: name.to_owned(), format: "Parquet", cause: cause.into() }
}

/// The decoder believes what pages say of themselves and panics on some lies; that is a damaged file.
fn guarded<T>(name: &str, read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, IngestError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(name, error.to_string())),
        Err(_) => Err(damaged(name, "its pages contradict each other")),
    }
}

impl FormatFile for ParquetFile {
    fn name(&self) -> &str {
        &self.stored.name
    }

    fn columns(&self) -> &[FoundColumn] {
        &self.columns
    }

    fn skipped(&self) -> &[String] {
        &self.skipped
    }

    fn format(&self) -> &'static str {
        "Parquet"
    }

    fn cut(&self, part_bytes: u64) -> Result<(&Stored, Ranges), IngestError> {
        if let Some(share) = self.share {
            return Ok((&self.stored, vec![(share.groups, share.bytes)]));
        }
        // The row groups of what is fetched lie anywhere: fetching all of it once costs less than once a part.
        let part_bytes = if self.stored.is_file() { part_bytes } else { u64::MAX };
        let (mut ranges, mut from, mut bytes) = (Vec::new(), 0, 0_u64);
        for (number, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let of_group = u64::try_from(group.compressed_size()).unwrap_or(0);
            if number > from && bytes.saturating_add(of_group / 2) > part_bytes {
                ranges.push((Groups { from, to: Some(number) }, bytes));
                (from, bytes) = (number, 0);
            }
            bytes += of_group;
        }
        ranges.push((Groups { from, to: None }, bytes));
        Ok((&self.stored, ranges))
    }

    fn source(&self, shape: &Arc<Shape>, number: u32) -> Result<Box<dyn Source>, IngestError> {
        let len = self.stored.complete()?;
        let wanted = |name: &str| {
            let inner = format!("{name}.");
            shape.index_of(name).is_some()
                || shape.schema.fields().iter().any(|field| field.name.starts_with(&inner))
        };
        let fields = self.metadata.schema().fields().iter().enumerate();
        let roots = fields.filter(|(_, field)| wanted(field.name())).map(|(index, _)| index);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots);
        let share = self.share.unwrap_or(Share {
            source: number,
            slice: Slice::default(),
            groups: Groups::default(),
            bytes: len,
        });
        let before = self.metadata.metadata().row_groups().iter().take(share.groups.from);
        let row = before.map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).sum();
        let cursor = Mutex::new(Cursor { group: share.groups.from, row, ..Cursor::default() });
        Ok(Box::new(ParquetSource {
            input: Input { stored: self.stored.clone(), len },
            metadata: self.metadata.clone(),
            mask,
            shape: Arc::clone(shape),
            share,
            sound: self.damage.load(Ordering::Acquire),
            damage: Arc::clone(&self.damage),
            cursor,
            consumed: AtomicU64::new(0),
        }))
    }
}

struct ParquetSource {
    input: Input,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    shape: Arc<Shape>,
    share: Share,
    /// Row groups that were readable as far as was known at the beginning, and what is known by now.
    sound: usize,
    damage: Arc<AtomicUsize>,
    cursor: Mutex<Cursor>,
    /// Stored bytes of the pieces handed out, as far as rows tell.
    consumed: AtomicU64,
}

/// How far the file has been handed out.
#[derive(Default)]
struct Cursor {
    group: usize,
    row_of_group: u64,
    row: u64,
    sequence: u64,
}

/// Some rows of a row group.
struct Piece {
    group: usize,
    skip: u64,
    rows: u64,
    bytes: u64,
}

impl ParquetSource {
    fn read(&self, piece: &Piece) -> Result<RecordBatch, IngestError> {
        let name = &self.input.stored.name;
        let (Ok(skip), Ok(rows)) = (usize::try_from(piece.skip), usize::try_from(piece.rows)) else {
            return Err(damaged(name, "it has more rows than this machine can count"));
        };
        let read = || {
            let selection = RowSelection::from(vec![RowSelector::skip(skip), RowSelector::select(rows)]);
            let reader =
                ParquetRecordBatchReaderBuilder::new_with_metadata(self.input.clone(), self.metadata.clone())
                    .with_row_groups(vec![piece.group])
                    .with_row_selection(selection)
                    .with_batch_size(rows)
                    .with_projection(self.mask.clone())
                    .build()?;
            let schema = arrow_array::RecordBatchReader::schema(&reader);
            let batches = reader.collect::<Result<Vec<_>, _>>()?;
            Ok(concat_batches(&schema, &batches)?)
        };
        let batch = guarded(name, read)?;
        let bytes = text_bytes(&batch);
        if bytes > MOST_TEXT_BYTES {
            let cause = format!(
                "{rows} rows from row {skip} on hold {bytes} bytes of text, which is too much at once"
            );
            return Err(damaged(name, cause));
        }
        if batch.num_rows() == rows {
            return Ok(batch);
        }
        let cause =
            format!("row group {} should have {rows} rows from row {skip} on and has fewer", piece.group);
        Err(damaged(name, cause))
    }
}

impl Source for ParquetSource {
    fn name(&self) -> &str {
        &self.input.stored.name
    }

    fn schema(&self) -> &Schema {
        &self.shape.schema
    }

    fn size_bytes(&self) -> Option<u64> {
        Some(self.share.bytes)
    }

    fn bytes_read(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed).min(self.share.bytes)
    }

    fn pull(&self, target_bytes: usize) -> Result<Option<RawChunk>, IngestError> {
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let groups = self.metadata.metadata().row_groups();
        let is_wanted = |group: usize| group < self.sound && self.share.groups.to.is_none_or(|to| group < to);
        while let Some(group) = groups.get(cursor.group).filter(|_| is_wanted(cursor.group)) {
            let of_group = u64::try_from(group.num_rows()).unwrap_or(0);
            let left = of_group.saturating_sub(cursor.row_of_group);
            if left == 0 {
                (cursor.group, cursor.row_of_group) = (cursor.group + 1, 0);
                continue;
            }
            let packed = u64::try_from(group.total_byte_size()).unwrap_or(0) / of_group.max(1);
            let per_row = packed.max(self.shape.schema.len() as u64 * CELL_BYTES).max(1);
            let least = USUAL_ROWS.min(SMALL_BYTES / per_row).max(1);
            let rows = (target_bytes as u64 / per_row).clamp(least, MAX_ROWS.max(least)).min(left);
            let (skip, sequence, offset) = (cursor.row_of_group, cursor.sequence, cursor.row);
            let piece = Piece { group: cursor.group, skip, rows, bytes: rows * per_row };
            cursor.row_of_group += rows;
            cursor.row += rows;
            cursor.sequence += 1;
            let stored = u64::try_from(group.compressed_size()).unwrap_or(0);
            let share = u128::from(stored) * u128::from(rows) / u128::from(of_group.max(1));
            self.consumed.fetch_add(u64::try_from(share).unwrap_or(0), Ordering::Relaxed);
            return Ok(Some(RawChunk { sequence, offset, body: Body::Foreign(Box::new(piece)) }));
        }
        if self.sound < self.share.groups.to.unwrap_or(groups.len()).min(groups.len()) {
            let before = groups.iter().take(self.sound);
            let rows = before.map(|group| u64::try_from(group.num_rows()).unwrap_or(0)).sum();
            let name = self.input.stored.name.clone();
            return Err(IngestError::Spoilt { name, rows, group: self.sound });
        }
        self.input.stored.complaint().map_or(Ok(None), Err)
    }

    fn met_damage(&self) -> bool {
        self.damage.load(Ordering::Acquire) < self.sound
    }

    fn decode(&self, raw: RawChunk) -> Result<Decoded, IngestError> {
        let RawChunk { sequence, offset, body } = raw;
        let name = &self.input.stored.name;
        let piece: Piece = super::foreign(body, name)?;
        let batch = self.read(&piece).inspect_err(|_| {
            self.damage.fetch_min(piece.group, Ordering::AcqRel);
        })?;
        let place = (self.share.source, self.share.slice.sequence(sequence), offset);
        decoded(&batch, &self.shape, place, (name, piece.bytes))
    }

    fn chunk_overhead(&self, raw_bytes: usize) -> usize {
        raw_bytes.saturating_mul(4)
    }
}

/// A stored file as the decoder wants it. No more is read than there is, whatever a footer says.
#[derive(Clone)]
struct Input {
    stored: Stored,
    len: u64,
}

impl Length for Input {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Input {
    type T = BufReader<StoredReader>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(self.stored.at(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        if start.saturating_add(length as u64) > self.len {
            return Err(ParquetError::EOF("a page lies beyond the end of the file".to_owned()));
        }
        let mut bytes = vec![0; length];
        self.stored.at(start).read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}
