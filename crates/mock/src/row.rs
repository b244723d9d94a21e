//! A row and how it is written.

use std::sync::Arc;

use crate::cell::{Cell, write_csv_text, write_json_text};

/// The columns at a moment.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    names: Vec<String>,
    /// The names as JSON has them, with the colon behind.
    keys: Vec<Vec<u8>>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its number; rows are counted from 0 without a gap.
    pub number: u64,
    /// When it came, in thousandths of a second since 1970. The time in the row is the same unless a fault says
    /// otherwise.
    pub at_ms: i64,
    /// The columns.
    pub header: Arc<Header>,
    /// The values, one for each column.
    pub cells: Vec<Cell>,
    /// Where its line is cut off, as a share of it.
    pub cut: Option<f64>,
}

impl Header {
    pub(crate) fn new(names: Vec<String>) -> Self {
        let key = |name: &String| {
            let mut key = Vec::new();
            write_json_text(&mut key, name);
            key.push(b':');
            key
        };
        Self { keys: names.iter().map(key).collect(), names }
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Appends the names as a line of CSV.
    pub fn write_csv(&self, out: &mut Vec<u8>) {
        for (place, name) in self.names.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            write_csv_text(out, name);
        }
        out.push(b'\n');
    }
}

impl Row {
    /// The value of a column.
    pub fn get(&self, name: &str) -> Option<&Cell> {
        self.header.names.iter().position(|column| column == name).and_then(|place| self.cells.get(place))
    }

    /// Appends the row as an object of JSON, whole.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        for (place, (key, cell)) in self.header.keys.iter().zip(&self.cells).enumerate() {
            out.push(if place == 0 { b'{' } else { b',' });
            out.extend_from_slice(key);
            cell.write_json(out);
        }
        out.push(b'}');
    }

    /// Appends the row as a line of NDJSON, cut off where a fault says so.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        self.write_json_line(out);
        out.push(b'\n');
    }

    /// Appends the row as an object of JSON, cut off where a fault says so.
    pub(crate) fn write_json_line(&self, out: &mut Vec<u8>) {
        let begin = out.len();
        self.write_json(out);
        self.cut_off(out, begin);
    }

    /// Appends the row as a line of CSV under the columns of `header`, cut off where a fault says so.
    pub fn write_csv(&self, header: &Arc<Header>, out: &mut Vec<u8>) {
        let begin = out.len();
        let is_own = Arc::ptr_eq(header, &self.header) || header.names == self.header.names;
        let cells: Vec<Option<&Cell>> = if is_own {
            self.cells.iter().map(Some).collect()
        } else {
            header.names.iter().map(|name| self.get(name)).collect()
        };
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            if let Some(cell) = cell {
                cell.write_csv(out);
            }
        }
        self.cut_off(out, begin);
        out.push(b'\n');
    }

    fn cut_off(&self, out: &mut Vec<u8>, begin: usize) {
        let Some(cut) = self.cut else { return };
        let length = out.len() - begin;
        // Between one byte and all but one.
        let kept = (cut * length as f64) as usize;
        out.truncate(begin + kept.clamp(1, length.saturating_sub(1).max(1)));
        // No half character at the end.
        while out.last().is_some_and(|byte| *byte >= 0x80) {
            out.pop();
        }
    }
}
