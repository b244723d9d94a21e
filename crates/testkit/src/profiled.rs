//! Profiles of made-up columns, as a scan of a file would make them.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray,
};
use driftline_chunk::{CellFailure, Chunk, ChunkError, Field, Physical, Schema};
use driftline_profile::{ChunkHashes, ProfileOptions, TableProfile};

use crate::planted::Cells;

/// Bytes that a row is pretended to have in its file.
const ROW_BYTES: u64 = 100;

/// The profile of a table of these columns, all of equal length.
///
/// # Errors
/// When the columns differ in length.
pub fn profile_of(columns: &[(&str, &Cells)]) -> Result<TableProfile, ChunkError> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, cells)| Field { name: (*name).to_owned(), physical: physical(cells) })
        .collect();
    let schema = Schema::new(fields);
    let rows = columns.first().map_or(0, |(_, cells)| cells.len());
    if let Some((_, odd)) = columns.iter().find(|(_, cells)| cells.len() != rows) {
        return Err(ChunkError::Positions { offsets: odd.len(), rows });
    }
    let arrays: Vec<ArrayRef> = columns.iter().map(|(_, cells)| array(cells)).collect();
    let mut failures: Vec<CellFailure> = Vec::new();
    for (column, (_, cells)) in columns.iter().enumerate() {
        if let Cells::Numbers(_, odd) = cells {
            failures.extend(odd.iter().map(|&row| CellFailure { column: column as u32, row }));
        }
    }
    let mut profile =
        TableProfile::new(schema.clone(), ProfileOptions::for_columns(columns.len().max(1)), None);
    let Ok(batch) = RecordBatch::try_new(Arc::new(schema.arrow()), arrays) else { return Ok(profile) };
    let offsets = (0..rows as u64).map(|row| row * ROW_BYTES).collect();
    let chunk = Chunk::new(schema, batch, (0, 0), offsets, failures)?;
    let mut hashes = ChunkHashes::new();
    hashes.fill(&chunk);
    profile.update(&chunk, &hashes);
    Ok(profile)
}

fn physical(cells: &Cells) -> Physical {
    match cells {
        Cells::Numbers(..) => Physical::Number,
        Cells::Booleans(_) => Physical::Boolean,
        Cells::Moments(_) => Physical::Datetime,
        Cells::Texts(_) => Physical::Text,
    }
}

fn array(cells: &Cells) -> ArrayRef {
    match cells {
        Cells::Numbers(cells, _) => {
            Arc::new(cells.iter().map(|&cell| (!cell.is_nan()).then_some(cell)).collect::<Float64Array>())
        }
        Cells::Booleans(cells) => Arc::new(cells.iter().copied().collect::<BooleanArray>()),
        Cells::Moments(cells) => Arc::new(cells.iter().copied().collect::<TimestampMicrosecondArray>()),
        Cells::Texts(cells) => Arc::new(cells.iter().map(Option::as_deref).collect::<StringViewArray>()),
    }
}
