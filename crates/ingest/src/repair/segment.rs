//! The likeliest way to cut a broken record into as many cells as it should have.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::columns::Columns;
use super::grammar::Grammar;
use crate::dialect::Escape;

/// Elements of the table of costs at most; a wider record is not searched.
const MAX_STATES: usize = 1 << 20;
/// Unquoted cells joined at most where a delimiter may stand in text.
const MAX_JOINED: usize = 24;
/// What it costs that a quote stands within quotes without being escaped.
const STRAY: f64 = 1.0;
/// What it costs that a cell with such a quote reaches over the end of a line.
const TORN: f64 = 4.0;
/// What it costs that a cell starts with a quote that closes nowhere.
const LOST_END: f64 = 1.5;
/// What it costs that a cell ends with a quote that opens nowhere.
const LOST_START: f64 = 0.9;
/// What a delimiter between two quoted cells costs that has to be thought there.
const LOST_DELIMITER: f64 = 1.0;
/// Weight of a cell that does not fit its column.
const MISFIT: f64 = 0.4;

/// What may be done to reach the right number of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Liberty {
    /// Quotes may be lost or stray.
    Quotes,
    /// A delimiter between quoted cells may be lost too.
    Delimiters,
    /// Text without quotes may hold delimiters too.
    Joins,
}

/// A way to cut a record.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    pub(crate) cells: Vec<Vec<u8>>,
    pub(crate) cost: f64,
}

/// A place where a cell may end: where it ends, where the next one starts, what that costs.
#[derive(Debug, Clone, Copy)]
struct Edge {
    end: usize,
    start: usize,
    cost: f64,
}

/// Cuts `text` (without its line end) into `wanted` cells at the least cost; nothing when that cannot be.
pub(crate) fn cut(
    text: &[u8],
    grammar: Grammar,
    (wanted, columns): (usize, &Columns),
    liberty: Liberty,
) -> Option<Cut> {
    let edges = edges(text, grammar, liberty);
    let has_quotes = grammar.quote.is_some_and(|quote| memchr(quote, text).is_some());
    let may_join = has_quotes || liberty == Liberty::Joins;
    if edges.len() + 1 < wanted || (!may_join && edges.len() + 1 != wanted) {
        return None;
    }
    let width = wanted + 1;
    let places = edges.len() + 2;
    if wanted == 0 || places.saturating_mul(width) > MAX_STATES {
        return None;
    }
    // best[place * width + cells]: least cost of the text before a place as so many cells, and the place before.
    let mut best = vec![(f64::INFINITY, 0_usize); places * width];
    if let Some(first) = best.first_mut() {
        first.0 = 0.0;
    }
    for from in 0..places - 1 {
        let (start, start_cost) = match from.checked_sub(1).and_then(|at| edges.get(at)) {
            Some(edge) => (edge.start, edge.cost),
            None => (0, 0.0),
        };
        let quoted = grammar.quote.is_some() && text.get(start).copied() == grammar.quote;
        for to in from + 1..places {
            let joined = to - from - 1;
            if joined > 0 && !quoted && (liberty != Liberty::Joins || joined > MAX_JOINED) {
                break;
            }
            let (end, edge_cost) = edges.get(to - 1).map_or((text.len(), 0.0), |edge| (edge.end, edge.cost));
            let Some(raw) = text.get(start..end) else { continue };
            // Two quotes at the end of a cell are an escaped one and the end, not an empty cell.
            if raw.len() <= 2 && (start_cost > 0.0 || edge_cost > 0.0) {
                continue;
            }
            let Some(cost) = cell_cost(raw, grammar, joined, liberty) else { continue };
            let content = content(raw, grammar);
            for cells in 0..wanted {
                let Some((before, _)) = best.get(from * width + cells).copied() else { continue };
                if !before.is_finite() {
                    continue;
                }
                let total = before + cost + edge_cost + MISFIT * columns.misfit(cells, &content);
                if let Some(slot) = best.get_mut(to * width + cells + 1)
                    && total < slot.0
                {
                    *slot = (total, from);
                }
            }
        }
    }
    trace(text, &edges, (&best, width, wanted), grammar)
}

fn trace(
    text: &[u8],
    edges: &[Edge],
    (best, width, wanted): (&[(f64, usize)], usize, usize),
    grammar: Grammar,
) -> Option<Cut> {
    let mut place = edges.len() + 1;
    let (cost, _) = best.get(place * width + wanted).copied()?;
    if !cost.is_finite() {
        return None;
    }
    let mut cells = Vec::with_capacity(wanted);
    for count in (1..=wanted).rev() {
        let (_, from) = best.get(place * width + count).copied()?;
        let start = if from == 0 { 0 } else { edges.get(from - 1)?.start };
        let end = edges.get(place - 1).map_or(text.len(), |edge| edge.end);
        cells.push(content(text.get(start..end)?, grammar).into_owned());
        place = from;
    }
    cells.reverse();
    Some(Cut { cells, cost })
}

fn edges(text: &[u8], grammar: Grammar, liberty: Liberty) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (at, byte) in text.iter().enumerate() {
        if *byte == grammar.delimiter {
            let space = grammar.takes_space && text.get(at + 1) == Some(&b' ');
            edges.push(Edge { end: at, start: at + 1 + usize::from(space), cost: 0.0 });
        } else if liberty == Liberty::Delimiters
            && grammar.quote == Some(*byte)
            && at > 0
            && text.get(at - 1) == Some(byte)
        {
            edges.push(Edge { end: at, start: at, cost: LOST_DELIMITER });
        }
    }
    edges
}

/// What it costs to take `raw` for one cell, in which `joined` delimiters stand; nothing when it cannot be one.
fn cell_cost(raw: &[u8], grammar: Grammar, joined: usize, liberty: Liberty) -> Option<f64> {
    let quote = grammar.quote.filter(|quote| memchr(*quote, raw).is_some());
    let Some(quote) = quote else {
        return match (joined, liberty) {
            (0, _) => Some(0.0),
            (_, Liberty::Joins) => Some(0.05 * joined as f64),
            _ => None,
        };
    };
    let opens = raw.first() == Some(&quote);
    let closes = raw.last() == Some(&quote);
    if opens && closes && raw.len() > 1 {
        let inner = raw.get(1..raw.len() - 1).unwrap_or_default();
        let strays = strays(inner, grammar);
        // A cell over several lines is believed only when it is written as it should be.
        let is_long = strays > 0 && memchr2(b'\n', b'\r', inner).is_some();
        return Some(STRAY * strays as f64 + if is_long { TORN } else { 0.0 });
    }
    if raw.contains(&b'\n') || raw.contains(&b'\r') || (joined > 0 && (opens || liberty != Liberty::Joins)) {
        return None;
    }
    let lost = if opens {
        LOST_END
    } else if closes {
        LOST_START
    } else {
        0.3
    };
    Some(lost + 0.05 * joined as f64)
}

/// Quotes that are not escaped.
fn strays(inner: &[u8], grammar: Grammar) -> usize {
    let quote = grammar.quote.unwrap_or_default();
    let mut bytes = inner.iter().copied().peekable();
    let mut strays = 0;
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && grammar.escape == Escape::Backslash {
            bytes.next();
        } else if byte == quote && bytes.next_if_eq(&quote).is_none() {
            strays += 1;
        }
    }
    strays
}

/// The content of a cell, however broken: without its quotes where it has both.
pub(crate) fn content<'a>(raw: &'a [u8], grammar: Grammar) -> Cow<'a, [u8]> {
    match (grammar.quote, raw) {
        (Some(quote), [first, inner @ .., last]) if *first == quote && *last == quote => {
            grammar.undoubled(inner)
        }
        (Some(quote), [first, ..]) if *first == quote => Cow::Borrowed(raw),
        _ => grammar.content(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    fn cells(text: &str, wanted: usize, liberty: Liberty) -> Option<Vec<String>> {
        let columns = Columns::unknown(wanted);
        let cut = cut(text.as_bytes(), Grammar::of(&Dialect::STANDARD), (wanted, &columns), liberty)?;
        Some(cut.cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
    }

    #[test]
    fn a_stray_quote_stays_where_it_is() {
        for (text, wanted) in [
            ("a,\"2,b,\"c, d\"", vec!["a", "\"2", "b", "c, d"]),
            ("\"a\",\"\"b, c\",\"d\",e", vec!["a", "\"b, c", "d", "e"]),
            ("\"a\",\"b 10\" c\",\"d\",e", vec!["a", "b 10\" c", "d", "e"]),
            ("\"a\",b\",\"c\",\"d\"", vec!["a", "b\"", "c", "d"]),
            ("a,b,c,\"", vec!["a", "b", "c", "\""]),
        ] {
            assert_eq!(cells(text, 4, Liberty::Quotes).unwrap(), wanted, "{text}");
        }
        assert_eq!(cells("a,b", 3, Liberty::Quotes), None);
        assert_eq!(cells("\"a\"\"b\",\"c\"", 3, Liberty::Delimiters).unwrap(), ["a", "b", "c"]);
        assert_eq!(cells("a b c", 1, Liberty::Joins).unwrap(), ["a b c"]);
    }
}
