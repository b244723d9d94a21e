//! Telling the start of another table from rows that are odd.

use memchr::memchr;

use super::columns::Columns;
use super::reader::Odd;

/// Rows of the same other width behind a gap from which they are a table.
const ROWS_BEHIND_GAP: usize = 3;
/// Mean misfit from which rows do not belong to the columns.
const FOREIGN: f64 = 0.35;

/// The first of the odd records that belongs to another table, when the last ones start one.
pub(super) fn starts_table(
    pending: &[Odd],
    (header, columns, wanted): (&[Vec<u8>], &Columns, usize),
) -> Option<usize> {
    let width = pending.last()?.cells.len();
    if width < 2 || width == wanted {
        return None;
    }
    let first = pending.iter().rposition(|odd| odd.cells.len() != width).map_or(0, |at| at + 1);
    let run = pending.get(first..)?;
    let head = run.first()?;
    let is_table = repeats(&head.cells, header)
        || (run.len() >= ROWS_BEHIND_GAP && head.after_gap)
        || (run.len() >= 2 && columns.is_header(&head.cells) && is_foreign(run, columns));
    // Titles and blank lines right before it belong to it.
    let titles = pending.get(..first)?.iter().rposition(|odd| odd.cells.len() > 1).map_or(0, |at| at + 1);
    is_table.then_some(titles)
}

/// Whether a record names the columns of the header, some of them or more.
fn repeats(cells: &[Vec<u8>], header: &[Vec<u8>]) -> bool {
    let named = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1);
    let shared = named.min(header.len());
    shared >= 2 && cells.get(..shared) == header.get(..shared)
}

fn is_foreign(run: &[Odd], columns: &Columns) -> bool {
    let rows = run.get(1..).unwrap_or_default();
    let misfit: f64 = rows.iter().map(|odd| columns.row_misfit(&odd.cells)).sum();
    misfit / rows.len().max(1) as f64 > FOREIGN
}

/// Whether a line holds nothing.
pub(super) fn is_blank(line: &[u8], delimiter: u8) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | 0x0C)) && memchr(delimiter, line).is_none()
}
