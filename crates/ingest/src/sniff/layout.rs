//! Where the table starts and how wide it is: records of the beginning, with what stands above them.

use std::collections::BTreeMap;

use crate::repair::Grammar;

/// Records behind a place that must be as wide as it, most of them.
const WINDOW: usize = 20;
/// Most rows of a block of notes above a table, and how much larger the table must be.
const NOTES: usize = 10;

/// A record of the beginning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) next: usize,
    pub(crate) cells: usize,
    /// Whether quotes stand where none may.
    pub(crate) is_irregular: bool,
    /// Whether a blank line stands before it.
    pub(crate) after_gap: bool,
}

/// All records that are complete and no blank lines.
pub(crate) fn records(bytes: &[u8], grammar: Grammar, is_all: bool) -> Vec<Record> {
    let mut records = Vec::new();
    let (mut at, mut after_gap) = (0, false);
    while at < bytes.len() {
        let mut scan = grammar.scan(bytes, at, |_, _| {});
        let is_irregular = scan.strays > 0 || scan.open;
        if is_irregular {
            // A lost quote swallows no more than its line.
            let (end, next) = grammar.line(bytes, at).unwrap_or((bytes.len(), bytes.len()));
            scan.cells = grammar.scan(bytes.get(..end).unwrap_or_default(), at, |_, _| {}).cells;
            (scan.end, scan.next) = (end, next);
        }
        let line = bytes.get(at..scan.end).unwrap_or_default();
        if is_blank(line, grammar.delimiter) {
            after_gap = true;
        } else if is_all || scan.next < bytes.len() {
            let (start, end, next, cells) = (at, scan.end, scan.next, scan.cells);
            records.push(Record { start, end, next, cells, is_irregular, after_gap });
            after_gap = false;
        }
        at = scan.next.max(at + 1);
    }
    records
}

fn is_blank(line: &[u8], delimiter: u8) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | 0x0C) && *byte != delimiter)
}

/// The contents of the cells of a record.
pub(crate) fn cells_of(bytes: &[u8], record: &Record, grammar: Grammar) -> Vec<Vec<u8>> {
    let text = bytes.get(..record.end).unwrap_or_default();
    let mut cells = Vec::with_capacity(record.cells);
    grammar.scan(text, record.start, |start, end| {
        cells.push(grammar.content(text.get(start..end).unwrap_or_default()).into_owned());
    });
    cells
}

/// Where the first table starts among the records, and its number of cells.
pub(crate) fn table_start(bytes: &[u8], records: &[Record], grammar: Grammar) -> (usize, usize) {
    let usual = usual_width(records);
    let mut at = 0;
    while let Some(record) = records.get(at) {
        let width = record.cells;
        let ahead: Vec<&Record> =
            records.iter().skip(at).filter(|record| !record.is_irregular).take(WINDOW).collect();
        let same = ahead.iter().filter(|record| record.cells == width).count();
        let is_table = !record.is_irregular && (width > 1 || usual == 1) && 10 * same >= 6 * ahead.len();
        if !is_table {
            at += 1;
            continue;
        }
        let run = records.iter().skip(at).take_while(|record| record.cells == width).count();
        let wider = records.iter().skip(at + run).filter(|record| record.cells == usual).count();
        if usual > width && run <= NOTES && wider >= 3 * run {
            at += run;
            continue;
        }
        return (at + hollow(bytes, records.get(at..).unwrap_or_default(), (width, grammar)), width);
    }
    (0, records.first().map_or(1, |record| record.cells))
}

fn usual_width(records: &[Record]) -> usize {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for record in records.iter().filter(|record| !record.is_irregular) {
        *counts.entry(record.cells).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(cells, count)| (*count, *cells)).map_or(1, |(cells, _)| cells)
}

/// Records at the start that hold at most one value where the next ones hold several: titles written with all
/// their delimiters.
fn hollow(bytes: &[u8], records: &[Record], (width, grammar): (usize, Grammar)) -> usize {
    let filled = |record: &Record| {
        cells_of(bytes, record, grammar).iter().filter(|cell| !cell.trim_ascii().is_empty()).count()
    };
    let hollow = records
        .iter()
        .take(WINDOW)
        .take_while(|record| {
            let filled = filled(record);
            filled == 0 || (filled == 1 && width >= 3)
        })
        .count();
    match records.get(hollow) {
        Some(next) if hollow > 0 && next.cells == width && 2 * filled(next) > width => hollow,
        _ => 0,
    }
}
