use std::borrow::Cow;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::grid::Grid;

/// How deep objects are looked into; what lies deeper is text.
const DEEPEST: usize = 8;

/// Reads a piece of NDJSON: an object a line. Objects in objects are columns with points in their names, lists are
/// text.
pub(super) fn read(bytes: &[u8], max_cell_bytes: u64) -> Grid {
    let mut grid = Grid::default();
    let mut offset = 0_u64;
    for line in bytes.split(|byte| *byte == b'\n') {
        let at = offset;
        offset += line.len() as u64 + 1;
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        grid.begin_row(at);
        let mut cells =
            Cells { grid: &mut grid, prefix: "", depth: 0, next: 0, max_cell_bytes, refused: None };
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        let read = deserializer.deserialize_map(&mut cells).and_then(|()| deserializer.end());
        let refused = cells.refused;
        match (read, refused) {
            (Ok(()), None) => {}
            (Ok(()), Some(reason)) => refuse(&mut grid, at, reason, line),
            (Err(error), _) => {
                let what =
                    if error.is_eof() { "the line ends within its object" } else { "not a JSON object" };
                refuse(&mut grid, at, format!("{what} (character {})", error.column()), line);
            }
        }
    }
    grid
}

fn refuse(grid: &mut Grid, offset: u64, reason: String, line: &[u8]) {
    grid.drop_row();
    grid.reject(offset, reason, line);
}

/// Puts the members of an object into the row that was begun last.
struct Cells<'a> {
    grid: &'a mut Grid,
    prefix: &'a str,
    depth: usize,
    /// Where the next member stands as a rule: records repeat their order.
    next: usize,
    max_cell_bytes: u64,
    refused: Option<String>,
}

impl<'de> Visitor<'de> for &mut Cells<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<Name<'de>>()? {
            let value: &RawValue = map.next_value()?;
            self.member(&name.0, value.get());
        }
        Ok(())
    }
}

/// A name, borrowed where it can be.
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Name)
    }
}

impl Cells<'_> {
    fn member(&mut self, name: &str, value: &str) {
        let full;
        let name = if self.prefix.is_empty() {
            name
        } else {
            full = format!("{}.{name}", self.prefix);
            &full
        };
        if value.starts_with('{') && self.depth < DEEPEST {
            let mut inner = Cells {
                grid: &mut *self.grid,
                prefix: name,
                depth: self.depth + 1,
                next: self.next,
                max_cell_bytes: self.max_cell_bytes,
                refused: None,
            };
            // The text was read as JSON once already.
            let _ = serde_json::Deserializer::from_str(value).deserialize_map(&mut inner);
            self.next = inner.next;
            self.refused = inner.refused.take().or(self.refused.take());
            return;
        }
        let Some(place) = self.grid.place(name, self.next) else {
            self.refused = Some("more columns than a table may have".to_owned());
            return;
        };
        self.next = place + 1;
        let text: Cow<'_, str> = match value.as_bytes() {
            b"null" => return self.grid.set(place, b""),
            [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => Cow::Borrowed(&value[1..value.len() - 1]),
            [b'"', ..] => {
                let mut deserializer = serde_json::Deserializer::from_str(value);
                String::deserialize(&mut deserializer).map_or(Cow::Borrowed(value), Cow::Owned)
            }
            _ => Cow::Borrowed(value),
        };
        if text.len() as u64 > self.max_cell_bytes {
            self.refused = Some(format!("a value of more than {} bytes", self.max_cell_bytes));
            return;
        }
        self.grid.set(place, text.as_bytes());
    }
}
