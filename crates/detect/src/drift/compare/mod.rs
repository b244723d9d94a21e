//! Comparing the values of one column on both sides.

mod classes;
mod comparison;
mod free_text;
mod numbers;
mod side;

pub(crate) use classes::{compare_booleans, compare_texts, merge as merge_classes};
pub(crate) use comparison::{Comparison, RowBins, mass_moved};
pub(crate) use free_text::compare_free_text;
pub(crate) use numbers::{compare_numbers, compare_parsed};
pub(crate) use side::ColumnSide;
