//! How many cells a reader got right.

use std::iter::Peekable;
use std::str::Chars;

/// The cells of a text that is written as RFC 4180 has it, with LF.
pub fn parse(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut signs = text.chars().peekable();
    while signs.peek().is_some() {
        let mut row = vec![cell(&mut signs)];
        while signs.next_if_eq(&',').is_some() {
            row.push(cell(&mut signs));
        }
        signs.next();
        rows.push(row);
    }
    rows
}

fn cell(signs: &mut Peekable<Chars<'_>>) -> String {
    let mut content = String::new();
    if signs.next_if_eq(&'"').is_none() {
        while let Some(sign) = signs.next_if(|sign| !matches!(sign, ',' | '\n')) {
            content.push(sign);
        }
        return content;
    }
    while let Some(sign) = signs.next() {
        if sign == '"' && signs.next_if_eq(&'"').is_none() {
            break;
        }
        content.push(sign);
    }
    content
}

/// Cells that are right and cells in all, a cell that should not be there counted as wrong. A cell that nobody
/// can tell is not counted.
pub fn accuracy(found: &[Vec<String>], expected: &[Vec<Option<String>>]) -> (usize, usize) {
    let (mut right, mut all) = (0, 0);
    for (at, row) in expected.iter().enumerate() {
        let own = found.get(at).map(Vec::as_slice).unwrap_or_default();
        for (column, cell) in row.iter().enumerate() {
            let Some(cell) = cell else { continue };
            all += 1;
            right += usize::from(own.get(column) == Some(cell));
        }
        all += own.len().saturating_sub(row.len());
    }
    all += found.iter().skip(expected.len()).map(Vec::len).sum::<usize>();
    (right, all)
}
