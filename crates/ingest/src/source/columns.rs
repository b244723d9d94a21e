//! Columns that are put together value by value, for formats whose values know what they are.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, StringViewBuilder, TimestampMicrosecondBuilder};
use arrow_array::temporal_conversions::timestamp_us_to_datetime;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use driftline_chunk::{CellFailure, Chunk, Physical};

use super::typed::Shape;
use crate::IngestError;
use crate::dialect::Decimal;
use crate::infer::Tally;
use crate::parse::{NullSpellings, boolean, datetime, written_number};
use crate::plan::ColumnPlan;

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Number(f64),
    /// A whole number with too many digits for a double.
    Digits(&'a str),
    Boolean(bool),
    /// Microseconds since 1970.
    Moment(i64),
    Text(&'a str),
}

/// A column under construction.
pub(crate) struct Column {
    plan: ColumnPlan,
    builder: Builder,
    rows: usize,
    failures: Vec<u32>,
}

enum Builder {
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Datetime(TimestampMicrosecondBuilder),
    Text(StringViewBuilder),
}

impl Column {
    /// An empty column.
    pub(crate) fn new(plan: ColumnPlan) -> Self {
        let builder = match plan.physical {
            Physical::Number => Builder::Number(Float64Builder::new()),
            Physical::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Physical::Datetime => Builder::Datetime(TimestampMicrosecondBuilder::new()),
            Physical::Text => Builder::Text(StringViewBuilder::new()),
        };
        Self { plan, builder, rows: 0, failures: Vec::new() }
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Appends nulls up to row `rows`.
    pub(crate) fn fill_to(&mut self, rows: usize) {
        while self.rows < rows {
            self.null();
        }
    }

    fn null(&mut self) {
        match &mut self.builder {
            Builder::Number(builder) => builder.append_null(),
            Builder::Boolean(builder) => builder.append_null(),
            Builder::Datetime(builder) => builder.append_null(),
            Builder::Text(builder) => builder.append_null(),
        }
        self.rows += 1;
    }

    fn failure(&mut self) {
        self.failures.push(u32::try_from(self.rows).unwrap_or(u32::MAX));
        self.null();
    }

    /// Appends a value; a text that spells "no value" is none where the column does not hold texts.
    pub(crate) fn push(&mut self, value: Value<'_>, nulls: &NullSpellings) {
        if value == Value::Null {
            return self.null();
        }
        let ColumnPlan { format, decimal, .. } = self.plan;
        let done = match (&mut self.builder, value) {
            (Builder::Text(builder), value) => {
                with_text(value, |text| builder.append_value(text));
                true
            }
            (_, Value::Text(text)) if nulls.matches(text.as_bytes()) => return self.null(),
            (Builder::Number(builder), value) => {
                let read = match value {
                    Value::Number(value) => Some(value),
                    Value::Digits(text) => any_number(text, Decimal::Point),
                    Value::Text(text) => any_number(text, decimal),
                    _ => None,
                };
                match read {
                    Some(value) if value.is_nan() => builder.append_null(),
                    Some(value) => builder.append_value(value),
                    None => {}
                }
                read.is_some()
            }
            (Builder::Boolean(builder), value) => {
                let read = match value {
                    Value::Boolean(value) => Some(value),
                    Value::Text(text) => boolean(text.as_bytes()),
                    _ => None,
                };
                read.map(|value| builder.append_value(value)).is_some()
            }
            (Builder::Datetime(builder), value) => {
                let read = match value {
                    Value::Moment(value) => Some(value),
                    Value::Text(text) => datetime(text.as_bytes(), format),
                    Value::Number(value) => {
                        with_text(Value::Number(value), |text| datetime(text.as_bytes(), format))
                    }
                    _ => None,
                };
                read.map(|value| builder.append_value(value)).is_some()
            }
        };
        if done {
            self.rows += 1;
        } else {
            self.failure();
        }
    }

    /// The array, and the rows that did not fit as failures of column `column`.
    pub(crate) fn finish(self, column: usize) -> (ArrayRef, Vec<CellFailure>) {
        let array: ArrayRef = match self.builder {
            Builder::Number(mut builder) => Arc::new(builder.finish()),
            Builder::Boolean(mut builder) => Arc::new(builder.finish()),
            Builder::Datetime(mut builder) => Arc::new(builder.finish()),
            Builder::Text(mut builder) => Arc::new(builder.finish()),
        };
        let column = u32::try_from(column).unwrap_or(u32::MAX);
        debug_assert!(array.len() == self.rows, "every row has a value or none");
        (array, self.failures.into_iter().map(|row| CellFailure { column, row }).collect())
    }
}

fn any_number(text: &str, decimal: Decimal) -> Option<f64> {
    written_number(text.as_bytes(), decimal)
        .or_else(|| text.trim().eq_ignore_ascii_case("nan").then_some(f64::NAN))
}

/// The chunk of these columns. `place` is the number of the source and that of the chunk in it.
pub(crate) fn assembled(
    columns: Vec<Column>,
    offsets: Vec<u64>,
    (shape, place): (&Shape, (u32, u64)),
    name: &str,
) -> Result<Chunk, IngestError> {
    let defect = |cause: String| IngestError::Assemble { name: name.to_owned(), cause };
    let (mut arrays, mut failures) = (Vec::with_capacity(columns.len()), Vec::new());
    for (index, mut column) in columns.into_iter().enumerate() {
        column.fill_to(offsets.len());
        let (array, failed) = column.finish(index);
        arrays.push(array);
        failures.extend(failed);
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(offsets.len()));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&shape.arrow), arrays, &rows)
        .map_err(|error| defect(error.to_string()))?;
    Chunk::new(shape.schema.clone(), batch, place, offsets, failures)
        .map_err(|error| defect(error.to_string()))
}

/// A value as CSV would have it.
pub(crate) fn with_text<T>(value: Value<'_>, then: impl FnOnce(&str) -> T) -> T {
    match value {
        Value::Null => then(""),
        Value::Number(value) => then(&plain_number(value)),
        Value::Digits(text) | Value::Text(text) => then(text),
        Value::Boolean(value) => then(if value { "true" } else { "false" }),
        Value::Moment(micros) => then(&moment_text(micros)),
    }
}

/// A number without an exponent as long as it is short so.
fn plain_number(value: f64) -> String {
    let is_usual = value == 0.0 || (1e-5..1e21).contains(&value.abs());
    if is_usual { format!("{}", value + 0.0) } else { format!("{value:e}") }
}

/// A moment as ISO 8601 has it, a date alone at midnight.
fn moment_text(micros: i64) -> String {
    match timestamp_us_to_datetime(micros) {
        Some(moment) => {
            let text = format!("{moment:?}");
            text.strip_suffix("T00:00:00").unwrap_or(&text).to_owned()
        }
        None => micros.to_string(),
    }
}

/// What the values of a column look like, where each knows itself what it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ValueTally {
    all: Tally,
    values: u64,
    numbers: u64,
    texts: u64,
}

impl ValueTally {
    /// Takes in a value.
    pub(crate) fn see(&mut self, value: Value<'_>, nulls: &NullSpellings) {
        if value == Value::Null {
            return;
        }
        if let Value::Text(text) = value
            && nulls.matches(text.as_bytes())
        {
            return;
        }
        self.values += 1;
        self.texts += u64::from(matches!(value, Value::Text(_)));
        self.numbers += u64::from(matches!(value, Value::Number(_) | Value::Digits(_)));
        with_text(value, |text| self.all.see(text.as_bytes(), nulls));
    }

    /// Takes in another tally.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.all.merge(&other.all);
        self.values += other.values;
        self.numbers += other.numbers;
        self.texts += other.texts;
    }

    /// Whether nothing was seen.
    pub(crate) fn is_empty(&self) -> bool {
        self.values == 0
    }

    /// How the column is best held. What was written as text is text or a moment, whatever its digits, unless it
    /// was held otherwise elsewhere.
    pub(crate) fn plan(&self, preferred: Option<Physical>) -> ColumnPlan {
        let plan = self.all.plan(preferred);
        let was_preferred = preferred == Some(plan.physical);
        let from_texts = self.texts * 2 > self.values;
        let are_numbers = self.values > 0 && self.numbers * 10 >= self.values * 9;
        match plan.physical {
            Physical::Number | Physical::Boolean if from_texts && !was_preferred => {
                ColumnPlan { physical: Physical::Text, ..plan }
            }
            // Many digits are a code only where somebody wrote them as one.
            Physical::Text if !was_preferred && are_numbers => {
                ColumnPlan { physical: Physical::Number, ..plan }
            }
            _ => plan,
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Float64Type;

    use super::*;

    fn nulls() -> NullSpellings {
        NullSpellings::new(&["NA".to_owned()])
    }

    fn plan(values: &[Value<'_>], preferred: Option<Physical>) -> Physical {
        let mut tally = ValueTally::default();
        values.iter().for_each(|value| tally.see(*value, &nulls()));
        tally.plan(preferred).physical
    }

    #[test]
    fn values_that_know_what_they_are_decide() {
        assert_eq!(plan(&[Value::Number(1.0), Value::Number(2.5)], None), Physical::Number);
        assert_eq!(plan(&[Value::Text("12"), Value::Text("13")], None), Physical::Text);
        assert_eq!(plan(&[Value::Text("12"), Value::Text("13")], Some(Physical::Number)), Physical::Number);
        assert_eq!(plan(&[Value::Text("2024-01-02")], None), Physical::Datetime);
        assert_eq!(plan(&[Value::Boolean(true), Value::Null], None), Physical::Boolean);
        assert_eq!(plan(&[Value::Digits("12345678901234567890")], None), Physical::Number);
    }

    #[test]
    fn what_does_not_fit_is_a_failure_and_no_value_is_none() {
        let mut tally = ValueTally::default();
        tally.see(Value::Number(1.0), &nulls());
        let mut column = Column::new(tally.plan(None));
        for value in [Value::Number(1.5), Value::Text("x"), Value::Text("NA"), Value::Null, Value::Text("7")]
        {
            column.push(value, &nulls());
        }
        column.fill_to(6);
        let (array, failures) = column.finish(3);
        let numbers: Vec<_> = array.as_primitive::<Float64Type>().iter().collect();
        assert_eq!(numbers, [Some(1.5), None, None, None, Some(7.0), None]);
        assert_eq!(failures, [CellFailure { column: 3, row: 1 }]);
    }

    #[test]
    fn values_are_written_as_csv_has_them() {
        let text = |value| with_text(value, str::to_owned);
        assert_eq!(text(Value::Number(5.0)), "5");
        assert_eq!(text(Value::Number(0.1)), "0.1");
        assert_eq!(text(Value::Moment(86_400_000_000)), "1970-01-02");
        assert_eq!(text(Value::Moment(1_500_000)), "1970-01-01T00:00:01.500");
    }
}
