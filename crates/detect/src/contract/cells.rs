//! Cells of a chunk, as rules look at them.

use std::borrow::Cow;

use arrow_array::Array as _;
use arrow_buffer::NullBuffer;
use driftline_chunk::{Chunk, ColumnValues};
use driftline_profile::{ChunkHashes, NULL_HASH};

use super::breaks::Broken;
use super::judge::Rows;
use super::words::short;
use crate::wording::moment;

/// Values looked at before it is asked whether one of them breaks the rule: the question costs little then.
const BLOCK: usize = 256;

/// A row as examples show it: `a = 1, b = 2`, bounded and harmless.
#[must_use]
pub fn shown_row(chunk: &Chunk, row: usize) -> String {
    let columns: Vec<usize> = (0..chunk.schema().len()).collect();
    Rows { chunk, hashes: &ChunkHashes::new() }.example(&columns, row)
}

impl Rows<'_> {
    /// Marks the rows of a column of numbers or moments for which `breaks` holds; nulls are passed over.
    pub(crate) fn mark_numbers(
        &self,
        column: usize,
        broken: &mut Broken,
        breaks: impl Fn(f64) -> bool + Copy,
    ) -> u64 {
        match self.chunk.column(column) {
            ColumnValues::Number(array) => mark(array.values(), array.nulls(), broken, breaks),
            ColumnValues::Datetime(array) => {
                mark(array.values(), array.nulls(), broken, |micros: i64| breaks(micros as f64))
            }
            ColumnValues::Boolean(_) | ColumnValues::Text(_) => 0,
        }
    }

    /// Marks the rows whose value as text makes `breaks` true; nulls are passed over. What was found for a value
    /// is remembered by its hash, so that a rule may take its time.
    pub(crate) fn mark_texts(
        &self,
        column: usize,
        broken: &mut Broken,
        breaks: impl Fn(&str) -> bool,
    ) -> u64 {
        let values = self.chunk.column(column);
        let mut judged = 0;
        for (row, &hash) in self.hashes.column(column).iter().enumerate() {
            if hash == NULL_HASH {
                continue;
            }
            judged += 1;
            let is_bad = broken.memo.get_or(hash, || text_at(values, row).is_some_and(|text| breaks(&text)));
            if is_bad {
                broken.rows.push(row as u32);
            }
        }
        judged
    }

    /// Marks rows for which `breaks` says so, of those that it judges (`None`: passes over).
    pub(crate) fn mark_rows(&self, broken: &mut Broken, breaks: impl Fn(usize) -> Option<bool>) -> u64 {
        let mut judged = 0;
        for row in 0..self.chunk.rows() {
            let Some(is_bad) = breaks(row) else { continue };
            judged += 1;
            if is_bad {
                broken.rows.push(row as u32);
            }
        }
        judged
    }

    /// Whether a cell has no value, or one that did not fit.
    pub(crate) fn is_null(&self, column: usize, row: usize) -> bool {
        self.hashes.column(column).get(row).is_none_or(|&hash| hash == NULL_HASH)
    }

    /// The value of a cell of numbers or moments.
    #[inline]
    pub(crate) fn number(&self, column: usize, row: usize) -> Option<f64> {
        match self.chunk.column(column) {
            ColumnValues::Number(array) => {
                (!array.is_null(row)).then(|| array.values().get(row).copied()).flatten()
            }
            ColumnValues::Datetime(array) => {
                (!array.is_null(row)).then(|| array.values().get(row).map(|&micros| micros as f64)).flatten()
            }
            ColumnValues::Boolean(_) | ColumnValues::Text(_) => None,
        }
    }

    /// Rows of which the cell did not fit its column.
    pub(crate) fn is_failure(&self, column: usize, row: usize) -> bool {
        self.chunk.failures_of(column).binary_search_by_key(&(row as u32), |failure| failure.row).is_ok()
    }

    /// A cell as it is shown: bounded and harmless.
    pub(crate) fn shown(&self, column: usize, row: usize) -> String {
        match text_at(self.chunk.column(column), row) {
            Some(text) if text.is_empty() => "(empty)".to_owned(),
            Some(text) => short(&text),
            None if self.is_failure(column, row) => "(does not fit)".to_owned(),
            None => "(no value)".to_owned(),
        }
    }

    /// The cells of an example: the value alone, or `a = 1, b = 2`.
    pub(crate) fn example(&self, columns: &[usize], row: usize) -> String {
        if let [column] = columns {
            return self.shown(*column, row);
        }
        let named = |&column: &usize| {
            let name = self.chunk.schema().fields().get(column).map_or("", |field| field.name.as_str());
            format!("`{}` = {}", short(name), self.shown(column, row))
        };
        columns.iter().take(4).map(named).collect::<Vec<_>>().join(", ")
    }
}

fn mark<T: Copy>(
    values: &[T],
    nulls: Option<&NullBuffer>,
    broken: &mut Broken,
    breaks: impl Fn(T) -> bool + Copy,
) -> u64 {
    let is_present = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    for (block, first) in values.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
        // A sum has no branches, so that the loop fills vector registers.
        let bad: usize = block.iter().map(|&x| usize::from(breaks(x))).sum();
        if bad > 0 {
            let rows = block.iter().zip(first..).filter(|(x, row)| breaks(**x) && is_present(*row));
            broken.rows.extend(rows.map(|(_, row)| row as u32));
        }
    }
    (values.len() - nulls.map_or(0, NullBuffer::null_count)) as u64
}

/// The text of a cell: numbers in their shortest form, moments as `2013-01-31 10:00`.
pub(crate) fn text_at(values: ColumnValues<'_>, row: usize) -> Option<Cow<'_, str>> {
    match values {
        ColumnValues::Text(array) => {
            (row < array.len() && !array.is_null(row)).then(|| Cow::Borrowed(array.value(row)))
        }
        ColumnValues::Number(array) => {
            (row < array.len() && !array.is_null(row)).then(|| Cow::Owned(array.value(row).to_string()))
        }
        ColumnValues::Datetime(array) => {
            (row < array.len() && !array.is_null(row)).then(|| Cow::Owned(moment(array.value(row) as f64)))
        }
        ColumnValues::Boolean(array) => (row < array.len() && !array.is_null(row))
            .then(|| Cow::Borrowed(if array.value(row) { "true" } else { "false" })),
    }
}
