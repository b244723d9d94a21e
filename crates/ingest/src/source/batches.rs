//! Arrow data of any type to the four that chunks have.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StructArray, new_null_array};
use arrow_buffer::NullBuffer;
use arrow_cast::{CastOptions, cast_with_options};
use arrow_json::EncoderOptions;
use arrow_json::writer::make_encoder;
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema as ArrowSchema, TimeUnit};
use driftline_chunk::{CellFailure, Chunk, Physical};

use super::Decoded;
use super::columns::{Column, Value};
use super::typed::{FoundColumn, Held, Shape};
use crate::IngestError;
use crate::repair::Forensics;

/// How deep structures may lie in each other.
pub(crate) const MAX_DEPTH: usize = 16;

/// The columns of an Arrow schema, structures flattened to `a.b`, and what cannot be read, with the reason.
pub(crate) fn columns_of(schema: &ArrowSchema) -> (Vec<FoundColumn>, Vec<String>) {
    let mut found = Found::default();
    for field in schema.fields() {
        found.add(field, "", 0);
    }
    (found.columns, found.skipped)
}

#[derive(Default)]
struct Found {
    columns: Vec<FoundColumn>,
    skipped: Vec<String>,
    taken: std::collections::HashSet<String>,
}

impl Found {
    fn add(&mut self, field: &Field, prefix: &str, depth: usize) {
        let name = path(prefix, field.name());
        match field.data_type() {
            DataType::Struct(fields) if depth < MAX_DEPTH => {
                fields.iter().for_each(|field| self.add(field, &name, depth + 1));
            }
            data_type => match natural(data_type) {
                // Two columns of one name cannot be told apart: the first counts.
                Some(physical) if self.taken.insert(name.clone()) => {
                    self.columns.push(FoundColumn { name, held: Held::Declared(physical) });
                }
                Some(_) => self.skipped.push(format!("column `{name}` is skipped: another one has its name")),
                None => {
                    self.skipped.push(format!("column `{name}` is skipped: it holds {}", kind(data_type)));
                }
            },
        }
    }
}

pub(crate) fn path(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// How values of a type are held; nothing where they are not read.
pub(crate) fn natural(data_type: &DataType) -> Option<Physical> {
    match data_type {
        DataType::Boolean => Some(Physical::Boolean),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Some(Physical::Datetime),
        DataType::Duration(_) => Some(Physical::Number),
        data_type if data_type.is_numeric() => Some(Physical::Number),
        DataType::Dictionary(_, values) => natural(values),
        DataType::RunEndEncoded(_, values) => natural(values.data_type()),
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Null
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Interval(_)
        | DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::Map(..)
        | DataType::Struct(_) => Some(Physical::Text),
        _ => None,
    }
}

pub(crate) fn kind(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "binary data"
        }
        _ => "data of a type that is not read",
    }
}

/// The rows of a batch as a chunk. `first` is the number of its first row in its source.
pub(crate) fn chunk_of(
    batch: &RecordBatch,
    shape: &Shape,
    (source, sequence, first): (u32, u64, u64),
    name: &str,
) -> Result<(Chunk, Vec<CellFailure>), IngestError> {
    let defect = |cause: String| IngestError::Assemble { name: name.to_owned(), cause };
    let mut leaves: Vec<Option<(ArrayRef, FieldRef)>> = vec![None; shape.schema.len()];
    let schema = batch.schema();
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        collect(field, array, ("", None), (shape, &mut leaves));
    }
    let (mut arrays, mut failures) = (Vec::with_capacity(leaves.len()), Vec::new());
    for (column, (leaf, plan)) in leaves.into_iter().zip(shape.plans.iter()).enumerate() {
        let array = match leaf {
            None => new_null_array(&plan.physical.data_type(), batch.num_rows()),
            Some((array, field)) => {
                let own = natural(array.data_type()).unwrap_or(Physical::Text);
                let array = held(&array, &field, own).map_err(|error| defect(error.to_string()))?;
                if own == plan.physical {
                    array
                } else {
                    let (array, more) = converted(&array, own, (column, *plan), shape);
                    failures.extend(more);
                    array
                }
            }
        };
        arrays.push(array);
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&shape.arrow), arrays, &rows)
        .map_err(|error| defect(error.to_string()))?;
    let offsets = (first..first + batch.num_rows() as u64).collect();
    let chunk = Chunk::new(shape.schema.clone(), batch, (source, sequence), offsets, failures.clone())
        .map_err(|error| defect(error.to_string()))?;
    Ok((chunk, failures))
}

/// The same, with `bytes` for its size.
pub(crate) fn decoded(
    batch: &RecordBatch,
    shape: &Shape,
    place: (u32, u64, u64),
    (name, bytes): (&str, u64),
) -> Result<Decoded, IngestError> {
    let (chunk, _) = chunk_of(batch, shape, place, name)?;
    let rows_seen = chunk.rows() as u64;
    Ok(Decoded { chunk, rejected: Vec::new(), rows_seen, bytes, forensics: Forensics::default() })
}

/// Puts the wanted columns at their places; what lies in structures takes over their gaps.
fn collect(
    field: &FieldRef,
    array: &ArrayRef,
    (prefix, gaps): (&str, Option<&NullBuffer>),
    (shape, leaves): (&Shape, &mut [Option<(ArrayRef, FieldRef)>]),
) {
    let name = path(prefix, field.name());
    if let DataType::Struct(_) = array.data_type()
        && prefix.matches('.').count() < MAX_DEPTH
    {
        let inner: &StructArray = array.as_struct();
        let gaps = NullBuffer::union(gaps, inner.nulls());
        for (field, array) in inner.fields().iter().zip(inner.columns()) {
            collect(field, array, (&name, gaps.as_ref()), (shape, leaves));
        }
        return;
    }
    let Some(slot) = shape.index_of(&name).and_then(|place| leaves.get_mut(place)) else { return };
    if slot.is_some() || natural(array.data_type()).is_none() {
        return;
    }
    *slot = Some((with_gaps(array, gaps), Arc::clone(field)));
}

/// The array with these rows null as well.
fn with_gaps(array: &ArrayRef, gaps: Option<&NullBuffer>) -> ArrayRef {
    let Some(gaps) = gaps.filter(|gaps| gaps.null_count() > 0) else { return Arc::clone(array) };
    let valid = arrow_array::BooleanArray::new(gaps.inner().clone(), None);
    let missing = arrow_array::BooleanArray::new(!valid.values(), None);
    arrow_select::nullif::nullif(array, &missing).unwrap_or_else(|_| Arc::clone(array))
}

/// The array in its own one of the four types.
pub(crate) fn held(array: &ArrayRef, field: &FieldRef, own: Physical) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions { safe: true, ..CastOptions::default() };
    match (array.data_type(), own) {
        (DataType::Dictionary(_, values), _) => {
            let plain = cast_with_options(array, values, &options)?;
            let field = Arc::new(Field::new(field.name(), values.as_ref().clone(), true));
            held(&plain, &field, own)
        }
        (DataType::RunEndEncoded(_, values), _) => {
            let plain = cast_with_options(array, values.data_type(), &options)?;
            held(&plain, values, own)
        }
        (DataType::Duration(unit), _) => {
            let ticks = cast_with_options(array, &DataType::Int64, &options)?;
            let ticks = cast_with_options(&ticks, &DataType::Float64, &options)?;
            let per_second = match unit {
                TimeUnit::Second => 1.0,
                TimeUnit::Millisecond => 1e3,
                TimeUnit::Microsecond => 1e6,
                TimeUnit::Nanosecond => 1e9,
            };
            let ticks = ticks.as_primitive::<arrow_array::types::Float64Type>();
            Ok(Arc::new(ticks.unary::<_, arrow_array::types::Float64Type>(|ticks| ticks / per_second)))
        }
        (_, Physical::Number) => without_nan(&cast_with_options(array, &DataType::Float64, &options)?),
        (DataType::Timestamp(_, zone), _) => {
            // The values are moments of UTC whatever the zone that they are shown in.
            let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
            let micros = cast_with_options(array, &micros, &options)?;
            let plain = micros.as_primitive::<TimestampMicrosecondType>().clone();
            Ok(Arc::new(plain.with_timezone_opt(None::<Arc<str>>)))
        }
        (
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::FixedSizeList(..)
            | DataType::Map(..)
            | DataType::Struct(_),
            _,
        ) => json_text(array, field),
        _ => cast_with_options(array, &own.data_type(), &options),
    }
}

/// NaN is no value.
fn without_nan(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let numbers = array.as_primitive::<arrow_array::types::Float64Type>();
    if !numbers.values().iter().fold(false, |found, value| found | value.is_nan()) {
        return Ok(Arc::clone(array));
    }
    let kept = numbers.iter().map(|value| value.filter(|value| !value.is_nan()));
    Ok(Arc::new(kept.collect::<arrow_array::Float64Array>()))
}

/// Lists and the like as JSON.
fn json_text(array: &ArrayRef, field: &FieldRef) -> Result<ArrayRef, ArrowError> {
    let options = EncoderOptions::default().with_explicit_nulls(true);
    let mut encoder = make_encoder(field, array, &options)?;
    let mut builder = arrow_array::builder::StringViewBuilder::with_capacity(array.len());
    let mut text = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            builder.append_null();
            continue;
        }
        text.clear();
        encoder.encode(row, &mut text);
        builder.append_value(String::from_utf8_lossy(&text));
    }
    Ok(Arc::new(builder.finish()))
}

/// Values of one type held as another.
fn converted(
    array: &ArrayRef,
    own: Physical,
    (column, plan): (usize, crate::plan::ColumnPlan),
    shape: &Shape,
) -> (ArrayRef, Vec<CellFailure>) {
    let mut target = Column::new(plan);
    for row in 0..array.len() {
        if array.is_null(row) {
            target.push(Value::Null, &shape.nulls);
            continue;
        }
        let value = match own {
            Physical::Number => {
                Value::Number(array.as_primitive::<arrow_array::types::Float64Type>().value(row))
            }
            Physical::Boolean => {
                let value = array.as_boolean().value(row);
                match plan.physical {
                    Physical::Number => Value::Number(f64::from(u8::from(value))),
                    _ => Value::Boolean(value),
                }
            }
            Physical::Datetime => Value::Moment(array.as_primitive::<TimestampMicrosecondType>().value(row)),
            Physical::Text => Value::Text(array.as_string_view().value(row)),
        };
        target.push(value, &shape.nulls);
    }
    target.finish(column)
}

#[cfg(test)]
mod tests {
    use arrow_array::builder::{Int32Builder, ListBuilder};
    use arrow_array::types::{Float64Type, Int32Type};
    use arrow_array::{
        BinaryArray, Date32Array, Decimal128Array, DictionaryArray, Float32Array, Int64Array, StringArray,
        Time32SecondArray, TimestampSecondArray,
    };

    use super::*;
    use crate::parse::NullSpellings;
    use crate::source::typed::tests::shape_of;

    fn list() -> ArrayRef {
        let mut builder = ListBuilder::new(Int32Builder::new());
        builder.append_value([Some(1), None]);
        builder.append_null();
        Arc::new(builder.finish())
    }

    #[test]
    fn every_type_is_one_of_four_or_skipped_with_a_reason() {
        let inner = StructArray::from(vec![(
            Arc::new(Field::new("x", DataType::Int64, true)),
            Arc::new(Int64Array::from(vec![7, 8])) as ArrayRef,
        )]);
        let gaps = NullBuffer::from(vec![true, false]);
        let inner = StructArray::new(inner.fields().clone(), inner.columns().to_vec(), Some(gaps));
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "decimal",
                Arc::new(Decimal128Array::from(vec![1250, -5]).with_precision_and_scale(10, 2).unwrap()),
            ),
            ("nan", Arc::new(Float32Array::from(vec![0.5, f32::NAN]))),
            ("day", Arc::new(Date32Array::from(vec![0, 1]))),
            ("zoned", Arc::new(TimestampSecondArray::from(vec![10, 20]).with_timezone("+02:00"))),
            ("time", Arc::new(Time32SecondArray::from(vec![0, 3661]))),
            ("word", Arc::new(DictionaryArray::<Int32Type>::from_iter(["a", "b"]))),
            ("list", list()),
            ("bytes", Arc::new(BinaryArray::from(vec![&b"x"[..], b"y"]))),
            ("inner", Arc::new(inner)),
            ("text", Arc::new(StringArray::from(vec!["q", ""]))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .unwrap();
        let (found, skipped) = columns_of(&batch.schema());
        assert_eq!(skipped, ["column `bytes` is skipped: it holds binary data"]);
        let names: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["decimal", "nan", "day", "zoned", "time", "word", "list", "inner.x", "text"]);
        let shape = shape_of(&found, NullSpellings::new(&[]));
        let (chunk, failures) = chunk_of(&batch, &shape, (0, 0, 5), "t").unwrap();
        assert!(failures.is_empty());
        assert_eq!(chunk.offsets(), [5, 6]);
        let column = |index: usize| Arc::clone(chunk.batch().column(index));
        assert_eq!(column(0).as_primitive::<Float64Type>().values(), &[12.5, -0.05]);
        assert_eq!(column(1).null_count(), 1);
        assert_eq!(column(2).as_primitive::<TimestampMicrosecondType>().value(1), 86_400_000_000);
        assert_eq!(column(3).as_primitive::<TimestampMicrosecondType>().value(0), 10_000_000);
        assert_eq!(column(4).as_string_view().value(1), "01:01:01");
        assert_eq!(column(5).as_string_view().value(1), "b");
        assert_eq!(column(6).as_string_view().value(0), "[1,null]");
        assert!(column(6).is_null(1));
        assert_eq!(column(7).as_primitive::<Float64Type>().iter().collect::<Vec<_>>(), [Some(7.0), None]);
        assert_eq!(column(8).as_string_view().value(1), "");
    }
}
