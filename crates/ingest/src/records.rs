//! Which records of a stretch are rows of the table, and why the others are not.

use crate::scan::{Index, Structure, unquote};

/// Characters of a rejected record that are kept.
const SHOWN: usize = 120;

/// What a record must be to be a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowShape {
    /// Number of cells.
    pub(crate) cells: usize,
    /// Longest cell in bytes, quotes not counted.
    pub(crate) max_cell_bytes: u64,
    /// Whether the bytes are known to be valid UTF-8 as a whole.
    pub(crate) valid_utf8: bool,
    /// The bytes that give structure.
    pub(crate) structure: Structure,
}

/// A record that is not a row.
#[derive(Debug)]
pub(crate) struct BadRecord {
    /// Its number among the records of the buffer.
    pub(crate) number: u64,
    /// Where it starts and ends (terminator not counted) in the buffer.
    pub(crate) span: (usize, usize),
    /// Why.
    pub(crate) reason: String,
}

/// The records of a stretch.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// For every row the element of the index's marks that ends its first cell.
    pub(crate) rows: Vec<u32>,
    /// The records that are not rows.
    pub(crate) bad: Vec<BadRecord>,
    /// Records seen since the selection was made, blank lines not counted.
    pub(crate) seen: u64,
}

impl Selection {
    /// Replaces rows and bad records by those of the next stretch. Blank lines are neither, in tables of one
    /// column too.
    pub(crate) fn select(&mut self, text: &[u8], index: &Index, shape: RowShape) {
        self.rows.clear();
        self.bad.clear();
        let mut before = 0;
        for terminator in &index.records {
            let cells = (terminator - before) as usize;
            let first = before + 1;
            let start = index.marks.get(before as usize).map_or(0, |mark| mark.wrapping_add(1) as usize);
            let end = index.marks.get(*terminator as usize).map_or(0, |mark| *mark as usize);
            before = *terminator;
            let expected = cells == shape.cells;
            let quick = expected && shape.cells > 1 && shape.valid_utf8;
            if quick && (end - start) as u64 <= shape.max_cell_bytes {
                self.rows.push(first);
                self.seen += 1;
                continue;
            }
            let record = trim_cr(text.get(start..end).unwrap_or_default(), shape.structure);
            if record.is_empty() {
                continue;
            }
            let ends = index.marks.get(first as usize..=*terminator as usize).unwrap_or_default();
            match fault(text, (start, record.len()), ends, shape) {
                None => self.rows.push(first),
                Some(reason) => {
                    let span = (start, start + record.len());
                    self.bad.push(BadRecord { number: self.seen, span, reason });
                }
            }
            self.seen += 1;
        }
    }
}

#[cold]
fn fault(text: &[u8], (start, len): (usize, usize), ends: &[u32], shape: RowShape) -> Option<String> {
    if ends.len() != shape.cells {
        return Some(wrong_number(ends.len(), shape.cells));
    }
    let record = text.get(start..start + len).unwrap_or_default();
    if !shape.valid_utf8
        && let Err(error) = std::str::from_utf8(record)
    {
        return Some(format!("byte {} of the record is not valid UTF-8", error.valid_up_to() + 1));
    }
    if len as u64 <= shape.max_cell_bytes {
        return None;
    }
    let mut cell_start = start;
    for (column, end) in ends.iter().enumerate() {
        let end = (*end as usize).min(start + len);
        let cell = text.get(cell_start..end).unwrap_or_default();
        if cell.len() as u64 > shape.max_cell_bytes {
            let content = unquote(cell, shape.structure.quote).len() as u64;
            if content > shape.max_cell_bytes {
                let limit = shape.max_cell_bytes;
                return Some(format!("cell {} has {content} bytes, more than {limit}", column + 1));
            }
        }
        cell_start = end + 1;
    }
    None
}

/// Why a record with `found` cells is no row of `wanted`.
pub(crate) fn wrong_number(found: usize, wanted: usize) -> String {
    let cells = |count: usize| if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
    let were =
        if wanted == 1 { "1 was" } else { return format!("{} where {wanted} were expected", cells(found)) };
    format!("{} where {were} expected", cells(found))
}

/// Takes off the CR of a CR LF.
pub(crate) fn trim_cr(record: &[u8], structure: Structure) -> &[u8] {
    match structure.terminator {
        b'\n' => record.strip_suffix(b"\r").unwrap_or(record),
        _ => record,
    }
}

/// A record as it stands, but for bytes that are no text.
pub(crate) fn whole(record: &[u8]) -> String {
    String::from_utf8_lossy(record).into_owned()
}

/// The beginning of a record as people can read it, with `…` at its end where more of it was there.
pub(crate) fn printable(record: &[u8]) -> String {
    // No character has more than four bytes.
    let head = record.get(..record.len().min(4 * SHOWN)).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    let mut shown = String::new();
    let mut count = 0;
    for character in text.chars() {
        let wide = character.is_control();
        let width = if wide { character.escape_default().count() } else { 1 };
        if count + width > SHOWN {
            shown.push('…');
            return shown;
        }
        count += width;
        if wide {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if head.len() < record.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_seen() {
        let whole = "x".repeat(SHOWN);
        assert_eq!(printable(whole.as_bytes()), whole);
        let cut = format!("{whole}…");
        assert_eq!(printable(format!("{whole}y").as_bytes()), cut);
        assert_eq!(printable("x".repeat(10_000).as_bytes()), cut);
        // Zeros are written out, and a character of four bytes is one character.
        assert_eq!(printable("\u{0}".repeat(40).as_bytes()).matches("\\u{0}").count(), SHOWN / 5);
        assert_eq!(printable("😀".repeat(SHOWN).as_bytes()), "😀".repeat(SHOWN));
        assert_eq!(printable("😀".repeat(SHOWN + 1).as_bytes()), format!("{}…", "😀".repeat(SHOWN)));
    }
}
