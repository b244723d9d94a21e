//! The slow, plain reading that the fast one is compared with.

use super::masks::Structure;

/// One record as the plain reading sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlainRecord {
    pub(crate) offset: usize,
    pub(crate) cells: Vec<Vec<u8>>,
    /// Whether the text ended inside quotes.
    pub(crate) open: bool,
}

/// Reads everything byte by byte; blank lines are no records.
pub(crate) fn read(text: &[u8], structure: Structure) -> Vec<PlainRecord> {
    let mut records = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (record, next) = read_record(text, at, structure);
        if record.cells != [Vec::<u8>::new()] || text[at] == structure.quote {
            records.push(record);
        }
        at = next;
    }
    records
}

fn read_record(text: &[u8], offset: usize, structure: Structure) -> (PlainRecord, usize) {
    let mut cells = Vec::new();
    let mut at = offset;
    loop {
        let mut cell = Vec::new();
        if text.get(at) == Some(&structure.quote) {
            at += 1;
            loop {
                match (text.get(at), text.get(at + 1)) {
                    (None, _) => {
                        cells.push(cell);
                        return (PlainRecord { offset, cells, open: true }, text.len());
                    }
                    (Some(a), Some(b)) if *a == structure.quote && *b == structure.quote => {
                        cell.push(structure.quote);
                        at += 2;
                    }
                    (Some(a), _) if *a == structure.quote => {
                        at += 1;
                        break;
                    }
                    (Some(a), _) => {
                        cell.push(*a);
                        at += 1;
                    }
                }
            }
        }
        let quoted_end = cell.len();
        while at < text.len() && text[at] != structure.delimiter && text[at] != structure.terminator {
            cell.push(text[at]);
            at += 1;
        }
        let last = text.get(at) != Some(&structure.delimiter);
        if last && structure.terminator == b'\n' && cell.len() > quoted_end && cell.last() == Some(&b'\r') {
            cell.pop();
        }
        cells.push(cell);
        at += 1;
        if last {
            return (PlainRecord { offset, cells, open: false }, at);
        }
    }
}
