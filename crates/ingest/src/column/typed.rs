//! Numbers, truth values and moments.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, TimestampMicrosecondArray};
use arrow_buffer::{BooleanBuffer, ScalarBuffer};

use super::builder::CellContext;
use super::gaps::Gaps;
use crate::dialect::Decimal;
#[cfg(target_arch = "x86_64")]
use crate::parse::{BATCH, ShortCells, ShortNumbers};
use crate::parse::{KnownDates, boolean, datetime, short_boolean, short_number, written_number};
use crate::plan::ColumnPlan;
use crate::scan::{Cells, unquote};

/// A column of `T` under construction.
#[derive(Debug)]
pub(crate) struct Typed<T> {
    values: Vec<T>,
    gaps: Gaps,
    plan: ColumnPlan,
    /// Whether spellings of "no value" look like values here and must be tried first.
    nulls_first: bool,
}

impl<T: Copy + Default> Typed<T> {
    pub(crate) fn new(plan: ColumnPlan, context: &CellContext<'_>) -> Self {
        let nulls_first = plan.confuses(context.nulls);
        Self { values: Vec::new(), gaps: Gaps::default(), plan, nulls_first }
    }

    pub(crate) fn reserve(&mut self, rows: usize) {
        self.values.reserve_exact(rows);
    }

    /// Appends cells: by `quick` from the raw cell where that succeeds, else by `parse` from its content.
    #[inline(always)]
    fn append_by(
        &mut self,
        cells: Cells<'_>,
        context: &CellContext<'_>,
        mut quick: impl FnMut(&[u8], usize, usize) -> Option<T>,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) {
        let text = cells.text();
        let Self { values, gaps, nulls_first, .. } = self;
        let (mut row, nulls_first) = (values.len(), *nulls_first);
        values.extend(cells.spans().map(|(start, end)| {
            let value = match quick(text, start, end) {
                Some(value) if !nulls_first => value,
                _ => {
                    let raw = text.get(start..end).unwrap_or_default();
                    slow(raw, row, context, (gaps, &parse))
                }
            };
            row += 1;
            value
        }));
    }
}

#[cold]
#[inline(never)]
fn slow<T: Default>(
    raw: &[u8],
    row: usize,
    context: &CellContext<'_>,
    (gaps, parse): (&mut Gaps, &impl Fn(&[u8]) -> Option<T>),
) -> T {
    if raw.is_empty() {
        gaps.null(row);
        return T::default();
    }
    let content = unquote(raw, context.quote);
    if context.nulls.matches(&content) {
        gaps.null(row);
        return T::default();
    }
    parse(&content).unwrap_or_else(|| {
        gaps.failure(row);
        T::default()
    })
}

/// Whether a cell that is no number says so itself.
pub(crate) fn is_nan(cell: &[u8]) -> bool {
    let word = cell.trim_ascii();
    word.strip_prefix(b"+").or(word.strip_prefix(b"-")).unwrap_or(word).eq_ignore_ascii_case(b"nan")
}

impl Typed<f64> {
    pub(crate) fn append(&mut self, cells: Cells<'_>, context: &CellContext<'_>) {
        let before = self.values.len();
        self.append_cells(cells, context);
        self.take_out_nan(before);
    }

    fn append_cells(&mut self, cells: Cells<'_>, context: &CellContext<'_>) {
        if self.plan.decimal == Decimal::Comma {
            // `1.234` looks like a short number and is none.
            return self.append_by(
                cells,
                context,
                |_, _, _| None,
                |content| any_number(content, Decimal::Comma),
            );
        }
        #[cfg(target_arch = "x86_64")]
        if !self.nulls_first
            && let Some(avx2) = ShortNumbers::detect()
        {
            let rest = self.append_batches(cells, context, avx2);
            return self.append_singly(rest, context);
        }
        self.append_singly(cells, context);
    }

    fn append_singly(&mut self, cells: Cells<'_>, context: &CellContext<'_>) {
        self.append_by(cells, context, quick_number, point_number);
    }

    /// Appends short and plain cells many at a time, the others one by one; gives back what is left.
    #[cfg(target_arch = "x86_64")]
    fn append_batches<'a>(
        &mut self,
        cells: Cells<'a>,
        context: &CellContext<'_>,
        read: ShortNumbers,
    ) -> Cells<'a> {
        let text = cells.text();
        let (batches, rest) = cells.batches::<BATCH>();
        let (mut short, mut numbers) = (ShortCells::default(), [0.0; BATCH]);
        for rows in batches {
            for (lane, row) in rows.iter().enumerate() {
                let (start, end) = cells.span(*row);
                // The text is padded, so that every cell has its window.
                let window = text.get(start..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 9]);
                short.put(lane, window, end - start);
            }
            let mut unfit = read.all(&short, &mut numbers);
            while unfit != 0 {
                let lane = unfit.trailing_zeros() as usize;
                let (start, end) = cells.span(rows[lane]);
                let row = self.values.len() + lane;
                numbers[lane] = quick_number(text, start, end).unwrap_or_else(|| {
                    let raw = text.get(start..end).unwrap_or_default();
                    slow(raw, row, context, (&mut self.gaps, &point_number))
                });
                unfit &= unfit - 1;
            }
            self.values.extend_from_slice(&numbers);
        }
        rest
    }

    /// `nan` is no value, whatever the spellings of "no value" say. There is none in nearly every stretch.
    fn take_out_nan(&mut self, from: usize) {
        let Some(values) = self.values.get_mut(from..) else { return };
        if !values.iter().fold(false, |found, value| found | value.is_nan()) {
            return;
        }
        for (row, value) in values.iter_mut().enumerate().filter(|(_, value)| value.is_nan()) {
            *value = 0.0;
            self.gaps.null(from + row);
        }
    }

    pub(crate) fn finish(self) -> (ArrayRef, Vec<u32>) {
        let (nulls, failures) = self.gaps.finish(self.values.len());
        (Arc::new(Float64Array::new(ScalarBuffer::from(self.values), nulls)), failures)
    }
}

#[inline(always)]
fn quick_number(text: &[u8], start: usize, end: usize) -> Option<f64> {
    short_number(text.get(start..)?.first_chunk()?, end - start)
}

fn point_number(content: &[u8]) -> Option<f64> {
    any_number(content, Decimal::Point)
}

fn any_number(content: &[u8], decimal: Decimal) -> Option<f64> {
    written_number(content, decimal).or_else(|| is_nan(content).then_some(f64::NAN))
}

impl Typed<i64> {
    pub(crate) fn append(&mut self, cells: Cells<'_>, context: &CellContext<'_>) {
        let format = self.plan.format;
        let mut known = KnownDates::default();
        self.append_by(
            cells,
            context,
            |text, start, end| known.datetime(text.get(start..end)?, format),
            |content| datetime(content, format),
        );
    }

    pub(crate) fn finish(self) -> (ArrayRef, Vec<u32>) {
        let (nulls, failures) = self.gaps.finish(self.values.len());
        (Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(self.values), nulls)), failures)
    }
}

impl Typed<bool> {
    pub(crate) fn append(&mut self, cells: Cells<'_>, context: &CellContext<'_>) {
        self.append_by(
            cells,
            context,
            |text, start, end| short_boolean(text.get(start..)?.first_chunk()?, end - start),
            boolean,
        );
    }

    pub(crate) fn finish(self) -> (ArrayRef, Vec<u32>) {
        let (nulls, failures) = self.gaps.finish(self.values.len());
        (Arc::new(BooleanArray::new(BooleanBuffer::from(self.values), nulls)), failures)
    }
}
