//! Columns that somebody else has read, as rows of ours.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Field as ArrowField, Schema as ArrowSchema};
use driftline_chunk::{Field, Physical, Schema};

use super::Decoded;
use super::batches::{decoded, kind, natural};
use super::typed::{Held, Shape};
use crate::IngestError;
use crate::parse::NullSpellings;

/// Turns Arrow columns of any type into chunks: numbers of every width are numbers, texts of every kind are text,
/// dictionaries and runs are unfolded, lists become JSON.
pub struct ArrayReader {
    shape: Arc<Shape>,
    schema: Arc<ArrowSchema>,
}

/// How a column of this type is held; nothing where it is not read, such as binary data, or structures, whose fields
/// are columns of their own.
fn held_from(data_type: &DataType) -> Option<Physical> {
    natural(data_type).filter(|_| !matches!(data_type, DataType::Struct(_)))
}

impl ArrayReader {
    /// A reader of columns with these names and types.
    ///
    /// # Errors
    /// When one holds data that are not read.
    pub fn new(columns: &[(String, DataType)]) -> Result<Self, IngestError> {
        let mut fields = Vec::with_capacity(columns.len());
        for (name, data_type) in columns {
            let physical = held_from(data_type).ok_or_else(|| IngestError::Assemble {
                name: name.clone(),
                cause: format!("it holds {}", kind(data_type)),
            })?;
            fields.push(Field { name: name.clone(), physical });
        }
        let plans = fields.iter().map(|field| Held::Declared(field.physical).plan(None)).collect();
        let arrow: Vec<ArrowField> =
            columns.iter().map(|(name, data_type)| ArrowField::new(name, data_type.clone(), true)).collect();
        let shape = Shape::new(Schema::new(fields), plans, Arc::new(NullSpellings::new(&[])), false);
        Ok(Self { shape, schema: Arc::new(ArrowSchema::new(arrow)) })
    }

    /// The columns as they are held.
    pub fn schema(&self) -> &Schema {
        &self.shape.schema
    }

    /// Rows in columns of equal length; `places` numbers each within the table.
    ///
    /// # Errors
    /// When the columns are others than those that the reader was made for.
    pub fn decode(&self, arrays: &[ArrayRef], places: Vec<u64>) -> Result<Decoded, IngestError> {
        let defect = |cause: String| IngestError::Assemble { name: "columns".to_owned(), cause };
        let rows = arrays.first().map_or(0, |array| array.len());
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays.to_vec(), &options)
            .map_err(|error| defect(error.to_string()))?;
        let bytes = batch.get_array_memory_size() as u64;
        let first = places.first().copied().unwrap_or_default();
        let decoded = decoded(&batch, &self.shape, (0, first, first), ("columns", bytes))?;
        let chunk = decoded.chunk.with_offsets(places).map_err(|error| defect(error.to_string()))?;
        Ok(Decoded { chunk, ..decoded })
    }
}
