//! Values of cells and how they are written.

use std::io::Write as _;

use crate::moment::{write_moment, write_padded};

/// A value.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// No value.
    #[default]
    Null,
    /// A truth value.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number with so many digits behind the point.
    Decimal(f64, u8),
    /// One of the words that the data know.
    Word(&'static str),
    /// A word with a number, such as `A-00001234`: beginning, number, digits.
    Label(&'static str, u64, u8),
    /// A moment, in thousandths of a second since 1970.
    Moment(i64),
    /// A text that a fault put there.
    Text(Box<str>),
}

impl Cell {
    /// A number with so many digits behind the point, rounded to them.
    pub(crate) fn decimal(value: f64, digits: u8) -> Self {
        let factor = power_of_ten(digits);
        Self::Decimal((value * factor).round() / factor, digits)
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// The number, for numbers.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(value) => Some(*value as f64),
            Self::Decimal(value, _) => Some(*value),
            _ => None,
        }
    }

    /// The value as CSV has it, without quotes.
    pub fn text(&self) -> String {
        let mut out = Vec::new();
        self.write_plain(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Whether the value as text is this one.
    pub(crate) fn is(&self, text: &str) -> bool {
        match self {
            Self::Null => false,
            Self::Word(word) => *word == text,
            other => other.text() == text,
        }
    }

    fn write_plain(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => {}
            Self::Flag(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Self::Whole(value) => {
                if *value < 0 {
                    out.push(b'-');
                }
                write_padded(out, value.unsigned_abs(), 1);
            }
            Self::Decimal(value, digits) => write_decimal(out, *value, *digits),
            Self::Word(word) => out.extend_from_slice(word.as_bytes()),
            Self::Label(begin, number, width) => {
                out.extend_from_slice(begin.as_bytes());
                write_padded(out, *number, usize::from(*width));
            }
            Self::Moment(ms) => write_moment(out, *ms),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
        }
    }

    /// Appends the value as JSON.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Flag(_) | Self::Whole(_) | Self::Decimal(..) => self.write_plain(out),
            // The only texts from outside.
            Self::Text(text) => write_json_text(out, text),
            Self::Word(_) | Self::Label(..) | Self::Moment(_) => {
                out.push(b'"');
                self.write_plain(out);
                out.push(b'"');
            }
        }
    }

    /// Appends the value as a field of CSV.
    pub(crate) fn write_csv(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => write_csv_text(out, text),
            other => other.write_plain(out),
        }
    }
}

/// Appends a text as JSON has it.
pub(crate) fn write_json_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
}

/// Appends a text as a field of CSV.
pub(crate) fn write_csv_text(out: &mut Vec<u8>, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

fn power_of_ten(digits: u8) -> f64 {
    match digits {
        0 => 1.0,
        1 => 10.0,
        2 => 100.0,
        3 => 1_000.0,
        more => 10.0_f64.powi(i32::from(more)),
    }
}

fn write_decimal(out: &mut Vec<u8>, value: f64, digits: u8) {
    let factor = power_of_ten(digits);
    let scaled = (value * factor).round();
    // Beyond 2^53 the digits behind the point mean nothing.
    if scaled.abs() >= 9.0e15 || !scaled.is_finite() {
        let _ = write!(out, "{value:e}");
        return;
    }
    if scaled < 0.0 {
        out.push(b'-');
    }
    let (whole, factor) = (scaled.abs() as u64, factor as u64);
    write_padded(out, whole / factor, 1);
    if digits > 0 {
        out.push(b'.');
        write_padded(out, whole % factor, usize::from(digits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(cell: &Cell) -> String {
        let mut out = Vec::new();
        cell.write_json(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_written() {
        for (cell, as_json, as_csv) in [
            (Cell::Null, "null", ""),
            (Cell::Flag(true), "true", "true"),
            (Cell::Whole(-120), "-120", "-120"),
            (Cell::decimal(-0.05, 2), "-0.05", "-0.05"),
            (Cell::decimal(12.345, 1), "12.3", "12.3"),
            (Cell::decimal(1e20, 1), "1e20", "1e20"),
            (Cell::Word("FR"), "\"FR\"", "FR"),
            (Cell::Label("A-", 17, 8), "\"A-00000017\"", "A-00000017"),
            (Cell::Moment(0), "\"1970-01-01T00:00:00.000Z\"", "1970-01-01T00:00:00.000Z"),
            (Cell::Text("a \"b\", c".into()), r#""a \"b\", c""#, r#""a ""b"", c""#),
        ] {
            assert_eq!(json(&cell), as_json);
            let mut out = Vec::new();
            cell.write_csv(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), as_csv);
        }
    }
}
