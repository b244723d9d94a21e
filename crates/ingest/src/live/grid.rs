//! The cells of a piece by column, as text.

use std::collections::HashMap;

use crate::source::Rejected;

/// A cell: where its text is in the grid, or nothing when its record does not have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    pub(super) const ABSENT: Self = Self { start: u32::MAX, len: 0 };

    pub(super) fn is_absent(self) -> bool {
        self == Self::ABSENT
    }
}

/// The cells of a piece.
#[derive(Debug, Default)]
pub(super) struct Grid {
    text: Vec<u8>,
    names: Vec<String>,
    places: HashMap<String, usize>,
    columns: Vec<Vec<Span>>,
    rows: usize,
    /// For every row the byte of the piece at which it starts.
    pub(super) offsets: Vec<u64>,
    /// Records that could not be read.
    pub(super) rejected: Vec<Rejected>,
    pub(super) rejected_rows: u64,
}

/// Columns that a piece may have: what is beyond is left out, so that a feed of made-up names cannot fill the memory.
pub(super) const MOST_COLUMNS: usize = 10_000;
/// Rejected records that are shown.
const REJECTED_SHOWN: usize = 20;

impl Grid {
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The cells of a column, one a row.
    pub(super) fn column(&self, place: usize) -> &[Span] {
        self.columns.get(place).map_or(&[], Vec::as_slice)
    }

    pub(super) fn place_of(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    pub(super) fn text(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.text.get(start..start + span.len as usize).unwrap_or_default()
    }

    /// The place of a column, which is made when it is new. `guess` is tried first.
    pub(super) fn place(&mut self, name: &str, guess: usize) -> Option<usize> {
        if self.names.get(guess).is_some_and(|known| known == name) {
            return Some(guess);
        }
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        if self.names.len() >= MOST_COLUMNS {
            return None;
        }
        let place = self.names.len();
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        self.columns.push(vec![Span::ABSENT; self.rows]);
        Some(place)
    }

    /// Begins a row that starts at this byte of the piece.
    pub(super) fn begin_row(&mut self, offset: u64) {
        self.rows += 1;
        self.offsets.push(offset);
        for column in &mut self.columns {
            column.push(Span::ABSENT);
        }
    }

    /// Takes back the row that was begun last.
    pub(super) fn drop_row(&mut self) {
        self.rows = self.rows.saturating_sub(1);
        self.offsets.pop();
        for column in &mut self.columns {
            column.truncate(self.rows);
        }
    }

    /// Sets a cell of the row that was begun last.
    pub(super) fn set(&mut self, place: usize, text: &[u8]) {
        // A piece is far below 4 GiB; what does not fit stays absent.
        let (Ok(start), Ok(len)) = (u32::try_from(self.text.len()), u32::try_from(text.len())) else {
            return;
        };
        let row = self.rows.saturating_sub(1);
        let Some(column) = self.columns.get_mut(place) else { return };
        // A column that is new with this row has no cell for it yet.
        column.resize(row + 1, Span::ABSENT);
        if let Some(cell) = column.get_mut(row) {
            self.text.extend_from_slice(text);
            *cell = Span { start, len };
        }
    }

    /// Sets a record aside.
    pub(super) fn reject(&mut self, offset: u64, reason: impl Into<String>, record: &[u8]) {
        let row_in_chunk = self.rows as u64 + self.rejected_rows;
        self.rejected_rows += 1;
        if self.rejected.len() < REJECTED_SHOWN {
            let raw = crate::records::printable(record);
            self.rejected.push(Rejected { row_in_chunk, byte_offset: offset, reason: reason.into(), raw });
        }
    }
}
