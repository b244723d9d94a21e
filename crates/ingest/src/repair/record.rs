//! What a record that does not read as it should was meant to be.

use super::columns::Columns;
use super::fit::aligned;
use super::grammar::{Grammar, Scan};
use super::note::RepairKind;
use super::segment::{Cut, Liberty, cut};
use crate::options::Repairs;

/// Lines that a broken record may span, and their bytes.
const MAX_LINES: usize = 6;
pub(super) const WINDOW_BYTES: usize = 64 << 10;
/// What a further line costs, in the measure of the search.
const LINE_COST: f64 = 0.6;
/// Cost up to which a way to read a record is certain, and up to which it is better than nothing.
const CERTAIN: f64 = 2.6;
const BELIEVED: f64 = 6.0;
/// Mean misfit up to which a row without its last empty cells fits the columns.
const FITTING: f64 = 0.1;
/// Mean misfit up to which a record with another delimiter is believed.
const BELIEVED_MISFIT: f64 = 0.2;
/// Delimiters that a single record may have instead.
const OTHERS: [u8; 6] = [b',', b';', b'\t', b'|', b' ', b':'];

/// How a table is cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) grammar: Grammar,
    pub(super) cells: usize,
    pub(super) columns: &'a Columns,
    /// How far repairs go.
    pub(super) repairs: Repairs,
}

impl Shape<'_> {
    /// Cost up to which a way to read a record is taken.
    fn limit(&self) -> f64 {
        if self.repairs == Repairs::All { BELIEVED } else { CERTAIN }
    }
}

/// A record as it was meant.
#[derive(Debug, Clone)]
pub(super) struct Meant {
    pub(super) cells: Vec<Vec<u8>>,
    pub(super) kind: Option<RepairKind>,
    /// Where its content ends and the next record starts.
    pub(super) end: usize,
    pub(super) next: usize,
}

/// The record at the start of `window`, where `scan` is how it reads plainly. Has the right number of cells
/// where that can be reached by what is certain; else the caller decides.
pub(super) fn meant(window: &[u8], scan: Scan, shape: Shape<'_>) -> Meant {
    let Shape { grammar, cells: wanted, columns, .. } = shape;
    let plain = plain(window, scan, grammar);
    let is_regular = scan.strays == 0 && !scan.open;
    if is_regular && plain.cells.len() == wanted {
        return plain;
    }
    if is_regular
        && let Some(cells) = without_trailing(&plain.cells, wanted)
        && columns.row_misfit(&cells) <= FITTING
    {
        return Meant { cells, kind: Some(RepairKind::TrailingDelimiter), ..plain };
    }
    // Where all quotes stand as they should, they are not doubted.
    let lines = if !is_regular { MAX_LINES } else { scan.literal.min(1) };
    if let Some(found) = over_lines(window, shape, lines) {
        return found;
    }
    if let Some(found) = by_other_quote(window, shape) {
        return found;
    }
    let (end, next) = grammar.line(window, 0).unwrap_or((window.len(), window.len()));
    let line = window.get(..end).unwrap_or_default();
    if let Some(cells) = by_other_delimiter(line, shape) {
        return Meant { cells, kind: Some(RepairKind::OtherDelimiter), end, next };
    }
    if let Some(Cut { cells, cost }) = cut(line, grammar, (wanted, columns), Liberty::Delimiters)
        && cost <= shape.limit()
        && columns.row_misfit(&cells) <= FITTING
    {
        return Meant { cells, kind: Some(RepairKind::LostDelimiter), end, next };
    }
    if is_regular {
        return plain;
    }
    // Quotes are lost and nothing fits: the first line only, so that no more is swallowed.
    let first = grammar.scan(line, 0, |_, _| {});
    Meant { end, next, ..self::plain(line, first, grammar) }
}

fn plain(window: &[u8], scan: Scan, grammar: Grammar) -> Meant {
    let mut cells = Vec::with_capacity(scan.cells);
    grammar.scan(window, 0, |start, end| {
        cells.push(super::segment::content(window.get(start..end).unwrap_or_default(), grammar).into_owned());
    });
    Meant { cells, kind: None, end: scan.end, next: scan.next }
}

/// The record, when it is quoted by the other of the two usual quotes.
fn by_other_quote(window: &[u8], shape: Shape<'_>) -> Option<Meant> {
    let quote = match shape.grammar.quote {
        Some(b'"') => b'\'',
        Some(b'\'') => b'"',
        _ => return None,
    };
    let grammar = Grammar { quote: Some(quote), ..shape.grammar };
    let (end, next) = grammar.line(window, 0).unwrap_or((window.len(), window.len()));
    let line = window.get(..end)?;
    let cells = grammar.scan(line, 0, |_, _| {});
    if cells.quoted == 0 {
        return None;
    }
    let Cut { cells, cost } = cut(line, grammar, (shape.cells, shape.columns), Liberty::Quotes)?;
    (cost <= shape.limit()).then_some(Meant { cells, kind: Some(RepairKind::OtherQuote), end, next })
}

/// The cells without empty ones that are too many at the end.
fn without_trailing(cells: &[Vec<u8>], wanted: usize) -> Option<Vec<Vec<u8>>> {
    let (kept, surplus) = cells.split_at_checked(wanted)?;
    (!surplus.is_empty() && surplus.iter().all(Vec::is_empty)).then(|| kept.to_vec())
}

/// Tries one line, two lines and so on as the record.
fn over_lines(window: &[u8], shape: Shape<'_>, most: usize) -> Option<Meant> {
    let Shape { grammar, cells: wanted, columns, .. } = shape;
    let quote = grammar.quote?;
    let mut best: Option<(f64, Meant)> = None;
    let mut from = 0;
    for lines in 0..most {
        let (end, next) = grammar.line(window, from).unwrap_or((window.len(), window.len()));
        let text = window.get(..end).unwrap_or_default();
        // Lines without a quote read plainly: nothing to search for.
        memchr::memchr(quote, text)?;
        if let Some(Cut { cells, cost }) = cut(text, grammar, (wanted, columns), Liberty::Quotes) {
            let cost = cost + LINE_COST * lines as f64;
            if cost <= shape.limit() + LINE_COST * lines as f64
                && best.as_ref().is_none_or(|(top, _)| cost < *top)
            {
                best = Some((cost, Meant { cells, kind: Some(RepairKind::StrayQuote), end, next }));
            }
        }
        let is_good = best.as_ref().is_some_and(|(cost, _)| *cost <= LINE_COST * (lines + 1) as f64);
        if is_good || next >= window.len() {
            break;
        }
        from = next;
    }
    best.map(|(_, found)| found)
}

/// The cells of a line that has another delimiter than the rest.
pub(super) fn by_other_delimiter(line: &[u8], shape: Shape<'_>) -> Option<Vec<Vec<u8>>> {
    let Shape { grammar, cells: wanted, columns, .. } = shape;
    if wanted < 2 {
        return None;
    }
    let mut best: Option<(f64, Vec<Vec<u8>>)> = None;
    for delimiter in OTHERS {
        let count = memchr::memchr_iter(delimiter, line).count();
        if delimiter == grammar.delimiter || Some(delimiter) == grammar.quote || count + 1 < wanted {
            continue;
        }
        let other = Grammar { delimiter, takes_space: false, ..grammar };
        let mut is_pure = true;
        let scan = other.scan(line, 0, |start, end| {
            let raw = line.get(start..end).unwrap_or_default();
            let is_quoted = grammar.quote.is_some() && raw.first().copied() == grammar.quote;
            is_pure &= is_quoted || !raw.contains(&grammar.delimiter);
        });
        if !is_pure || scan.strays > 0 || scan.open {
            continue;
        }
        let is_exact = scan.cells == wanted && (columns.is_unknown() || !matches!(delimiter, b' ' | b':'));
        let Some(Cut { cells, .. }) = cut(line, other, (wanted, columns), Liberty::Joins) else { continue };
        let misfit = columns.row_misfit(&cells);
        let is_believed = misfit <= BELIEVED_MISFIT && (is_exact || columns.typed_matches(&cells) > 0);
        if is_believed && best.as_ref().is_none_or(|(least, _)| misfit < *least) {
            best = Some((misfit, cells));
        }
    }
    best.map(|(_, cells)| cells)
}

/// A record that has another number of cells, laid out as well as it goes.
pub(super) fn laid_out(cells: &[Vec<u8>], shape: Shape<'_>) -> (Vec<Vec<u8>>, RepairKind) {
    let kind = if cells.len() < shape.cells { RepairKind::ShortRow } else { RepairKind::LongRow };
    (aligned(cells, shape.cells, shape.columns, shape.grammar.delimiter), kind)
}

/// The cells of a header.
#[derive(Debug, Clone)]
pub(crate) struct HeaderCells {
    pub(crate) cells: Vec<Vec<u8>>,
    /// Whether as many cells as wanted were there.
    pub(crate) is_whole: bool,
}

/// The cells of a header line, as many as `wanted`, however it is written.
pub(crate) fn header_cells(line: &[u8], grammar: Grammar, wanted: usize) -> HeaderCells {
    let columns = Columns::unknown(wanted);
    let shape = Shape { grammar, cells: wanted, columns: &columns, repairs: Repairs::All };
    let found = meant(line, grammar.scan(line, 0, |_, _| {}), shape);
    let is_whole = found.cells.len() == wanted;
    let cells = if is_whole { found.cells } else { laid_out(&found.cells, shape).0 };
    HeaderCells { cells, is_whole }
}
