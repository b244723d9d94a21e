use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_buffer::Buffer;
use driftline_chunk::Physical;

use super::text::Text;
use super::typed::Typed;
use crate::parse::NullSpellings;
use crate::plan::ColumnPlan;
use crate::scan::Cells;

/// What all columns need to know about cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CellContext<'a> {
    /// Byte around cells.
    pub(crate) quote: u8,
    /// Spellings of "no value".
    pub(crate) nulls: &'a NullSpellings,
    /// The same, with quoted cells suspected too.
    pub(crate) text_special: &'a NullSpellings,
}

/// A column under construction.
#[derive(Debug)]
pub(crate) enum ColumnBuilder {
    Number(Typed<f64>),
    Boolean(Typed<bool>),
    Datetime(Typed<i64>),
    Text(Text),
}

impl ColumnBuilder {
    /// An empty column for this plan.
    pub(crate) fn new(plan: ColumnPlan, context: &CellContext<'_>) -> Self {
        match plan.physical {
            Physical::Number => Self::Number(Typed::new(plan, context)),
            Physical::Boolean => Self::Boolean(Typed::new(plan, context)),
            Physical::Datetime => Self::Datetime(Typed::new(plan, context)),
            Physical::Text => Self::Text(Text::default()),
        }
    }

    /// Makes room for `rows` more rows.
    pub(crate) fn reserve(&mut self, rows: usize) {
        match self {
            Self::Number(column) => column.reserve(rows),
            Self::Boolean(column) => column.reserve(rows),
            Self::Datetime(column) => column.reserve(rows),
            Self::Text(column) => column.reserve(rows),
        }
    }

    /// Appends the cells of a stretch. Text that has to be rewritten goes to `side`.
    pub(crate) fn append(&mut self, cells: Cells<'_>, context: &CellContext<'_>, side: &mut Vec<u8>) {
        match self {
            Self::Number(column) => column.append(cells, context),
            Self::Boolean(column) => column.append(cells, context),
            Self::Datetime(column) => column.append(cells, context),
            Self::Text(column) => column.append(cells, context, side),
        }
    }

    /// The array and the rows whose cells did not fit.
    pub(crate) fn finish(self, buffers: &Arc<[Buffer]>) -> (ArrayRef, Vec<u32>) {
        match self {
            Self::Number(column) => column.finish(),
            Self::Boolean(column) => column.finish(),
            Self::Datetime(column) => column.finish(),
            Self::Text(column) => column.finish(buffers),
        }
    }
}
