//! The cells of a column as texts, one at a time: what dictionaries and runs stand for is never written out at once.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray, TimestampMicrosecondArray,
    UInt64Array, downcast_run_array,
};
use arrow_buffer::NullBuffer;
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field, FieldRef};
use driftline_chunk::Physical;

use super::{ArrowRowsError, damaged, too_large};
use crate::source::batches::{held, natural};
use crate::source::columns::{Value, with_text};

/// Bytes of JSON that lists of one batch may become, for each that is taken of CSV: what is escaped takes up to six.
const JSON_PER_CSV: usize = 8;
/// Longest that a number or a moment is written in JSON: decimals of 256 bits.
const LONGEST_NUMBER: usize = 90;

/// The cells of a column.
pub(super) struct Cells {
    values: Values,
    /// For every row where its value stands, when that is not at its own place.
    places: Option<Vec<Option<usize>>>,
    gaps: Option<NullBuffer>,
}

enum Values {
    Number(Float64Array),
    Whole(Int64Array),
    Natural(UInt64Array),
    Boolean(BooleanArray),
    Moment(TimestampMicrosecondArray),
    Text(StringViewArray),
}

impl Cells {
    pub(super) fn of(
        array: &ArrayRef,
        field: &FieldRef,
        gaps: Option<NullBuffer>,
        most_bytes: usize,
    ) -> Result<Self, ArrowRowsError> {
        let (array, places) = resolved(array);
        if array.data_type().is_nested() && json_bytes(&array) > most_bytes.saturating_mul(JSON_PER_CSV) {
            return Err(too_large(format!("the lists of the column `{}`", field.name())));
        }
        let values = Values::of(&array, field).map_err(|error| damaged(error.to_string()))?;
        Ok(Self { values, places, gaps })
    }

    /// How many values were made ready.
    pub(super) fn prepared(&self) -> usize {
        self.values.len() + self.places.as_ref().map_or(0, Vec::len)
    }

    /// The text of a row; empty where there is none.
    pub(super) fn with_text<T>(&self, row: usize, then: impl FnOnce(&str) -> T) -> T {
        let is_gap = self.gaps.as_ref().is_some_and(|gaps| gaps.is_null(row));
        let place = match &self.places {
            _ if is_gap => None,
            Some(places) => places.get(row).copied().flatten(),
            None => Some(row),
        };
        match place {
            Some(place) => self.values.with_text(place, then),
            None => then(""),
        }
    }
}

/// The values that dictionaries and runs refer to, and for every row which.
fn resolved(array: &ArrayRef) -> (ArrayRef, Option<Vec<Option<usize>>>) {
    let mut array = ArrayRef::clone(array);
    let mut places: Option<Vec<Option<usize>>> = None;
    while let Some((values, inner)) = referred(&array) {
        places = Some(match places {
            None => inner,
            Some(outer) => {
                let deeper =
                    |place: Option<usize>| place.and_then(|place| inner.get(place).copied().flatten());
                outer.into_iter().map(deeper).collect()
            }
        });
        array = values;
    }
    (array, places)
}

fn referred(array: &ArrayRef) -> Option<(ArrayRef, Vec<Option<usize>>)> {
    match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary_opt()?;
            let values = ArrayRef::clone(dictionary.values());
            if values.is_empty() {
                return Some((values, vec![None; array.len()]));
            }
            let keys = dictionary.normalized_keys().into_iter().enumerate();
            Some((values, keys.map(|(row, key)| array.is_valid(row).then_some(key)).collect()))
        }
        DataType::RunEndEncoded(..) => {
            let runs = array.as_ref();
            downcast_run_array! {
                runs => {
                    let places = (0..runs.len()).map(|row| Some(runs.get_physical_index(row)));
                    Some((ArrayRef::clone(runs.values()), places.collect()))
                },
                _ => None,
            }
        }
        _ => None,
    }
}

impl Values {
    fn of(array: &ArrayRef, field: &FieldRef) -> Result<Self, ArrowError> {
        let data_type = array.data_type();
        // Whole numbers keep all of their digits: they may be codes.
        if data_type.is_signed_integer() {
            return Ok(Self::Whole(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone()));
        }
        if data_type.is_unsigned_integer() {
            return Ok(Self::Natural(cast(array, &DataType::UInt64)?.as_primitive::<UInt64Type>().clone()));
        }
        if data_type.is_decimal() {
            let text = cast(&cast(array, &DataType::Utf8)?, &DataType::Utf8View)?;
            return Ok(Self::Text(text.as_string_view().clone()));
        }
        let own = natural(data_type).unwrap_or(Physical::Text);
        let array = match field.data_type() == data_type {
            true => held(array, field, own)?,
            false => held(array, &Arc::new(Field::new(field.name(), data_type.clone(), true)), own)?,
        };
        Ok(match own {
            Physical::Number => Self::Number(array.as_primitive::<Float64Type>().clone()),
            Physical::Boolean => Self::Boolean(array.as_boolean().clone()),
            Physical::Datetime => Self::Moment(array.as_primitive::<TimestampMicrosecondType>().clone()),
            Physical::Text => Self::Text(array.as_string_view().clone()),
        })
    }

    fn len(&self) -> usize {
        self.array().len()
    }

    fn array(&self) -> &dyn Array {
        match self {
            Self::Number(array) => array,
            Self::Whole(array) => array,
            Self::Natural(array) => array,
            Self::Boolean(array) => array,
            Self::Moment(array) => array,
            Self::Text(array) => array,
        }
    }

    fn with_text<T>(&self, place: usize, then: impl FnOnce(&str) -> T) -> T {
        if place >= self.len() || self.array().is_null(place) {
            return then("");
        }
        match self {
            Self::Number(array) => with_text(Value::Number(array.value(place)), then),
            Self::Whole(array) => then(&array.value(place).to_string()),
            Self::Natural(array) => then(&array.value(place).to_string()),
            Self::Boolean(array) => with_text(Value::Boolean(array.value(place)), then),
            Self::Moment(array) => with_text(Value::Moment(array.value(place)), then),
            Self::Text(array) => then(array.value(place)),
        }
    }
}

/// The most bytes that an array can become as JSON. It has no references within it.
fn json_bytes(array: &dyn Array) -> usize {
    let rows = array.len();
    // Brackets, a comma, or `null`.
    let own = rows.saturating_mul(6);
    let inner = match array.data_type() {
        DataType::List(_) => json_bytes(array.as_list::<i32>().values()),
        DataType::LargeList(_) => json_bytes(array.as_list::<i64>().values()),
        DataType::FixedSizeList(..) => json_bytes(array.as_fixed_size_list().values()),
        DataType::Map(..) => json_bytes(array.as_map().entries()),
        DataType::Struct(fields) => {
            let column = |(field, column): (&FieldRef, &ArrayRef)| {
                json_bytes(column).saturating_add(rows.saturating_mul(field.name().len() * 6 + 4))
            };
            let columns = fields.iter().zip(array.as_struct().columns()).map(column);
            columns.fold(0, usize::saturating_add)
        }
        DataType::Null | DataType::Boolean => 0,
        data_type if data_type.is_primitive() => rows.saturating_mul(LONGEST_NUMBER),
        // Texts and bytes, at most six for each.
        _ => array.to_data().buffers().iter().map(|buffer| buffer.len()).sum::<usize>().saturating_mul(6),
    };
    own.saturating_add(inner)
}
