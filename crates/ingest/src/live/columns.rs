//! The cells of a column as an array.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, StringViewBuilder, TimestampMicrosecondBuilder};
use arrow_array::{Array as _, ArrayRef};
use driftline_chunk::Physical;

use super::grid::{Grid, Span};
use crate::dialect::Decimal;
use crate::parse::{DateFormat, NullSpellings, boolean, datetime, written_number};

/// An array and the rows whose cell did not fit.
pub(super) struct Typed {
    pub(super) array: ArrayRef,
    pub(super) failures: Vec<u32>,
}

impl Typed {
    /// Values that fit.
    pub(super) fn fitting(&self) -> usize {
        self.array.len() - self.array.null_count()
    }
}

/// Turns cells into values.
pub(super) fn typed(
    grid: &Grid,
    cells: &[Span],
    (physical, format, decimal): (Physical, DateFormat, Decimal),
    nulls: &NullSpellings,
) -> Typed {
    let text_of = |cell: Span| {
        let text = grid.text(cell);
        (!cell.is_absent() && !nulls.matches(text)).then_some(text)
    };
    let mut failures = Vec::new();
    let mut keep = |row: usize, had_text: bool, fits: bool| {
        if had_text && !fits {
            failures.push(row as u32);
        }
    };
    let rows = cells.len();
    let array: ArrayRef = match physical {
        Physical::Number => {
            let mut builder = Float64Builder::with_capacity(rows);
            for (row, &cell) in cells.iter().enumerate() {
                let text = text_of(cell);
                let value =
                    text.and_then(|text| written_number(text, decimal)).filter(|value| !value.is_nan());
                keep(row, text.is_some(), value.is_some());
                builder.append_option(value);
            }
            Arc::new(builder.finish())
        }
        Physical::Boolean => {
            let mut builder = BooleanBuilder::with_capacity(rows);
            for (row, &cell) in cells.iter().enumerate() {
                let text = text_of(cell);
                let value = text.and_then(boolean);
                keep(row, text.is_some(), value.is_some());
                builder.append_option(value);
            }
            Arc::new(builder.finish())
        }
        Physical::Datetime => {
            let mut builder = TimestampMicrosecondBuilder::with_capacity(rows);
            for (row, &cell) in cells.iter().enumerate() {
                let text = text_of(cell);
                let value = text.and_then(|text| datetime(text, format));
                keep(row, text.is_some(), value.is_some());
                builder.append_option(value);
            }
            Arc::new(builder.finish())
        }
        Physical::Text => {
            let mut builder = StringViewBuilder::with_capacity(rows);
            for &cell in cells {
                builder.append_option(text_of(cell).map(String::from_utf8_lossy));
            }
            Arc::new(builder.finish())
        }
    };
    Typed { array, failures }
}
