//! Building Arrow columns from cells, a stretch of rows at a time.

mod builder;
mod gaps;
mod text;
mod typed;

pub(crate) use builder::{CellContext, ColumnBuilder};
