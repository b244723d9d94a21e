//! What separates decimals: told by numbers that can only be read in one way.

use super::layout::{Record, cells_of};
use crate::dialect::Decimal;
use crate::repair::Grammar;

/// Rows that are looked at.
const ROWS: usize = 500;

/// The decimal sign, how sure that is, and why.
pub(crate) fn find_decimal<'a>(
    bytes: &[u8],
    rows: impl Iterator<Item = &'a Record>,
    grammar: Grammar,
    wanted: Option<Decimal>,
) -> (Decimal, f64, &'static str) {
    if let Some(decimal) = wanted {
        return (decimal, 1.0, "as asked for");
    }
    let (mut commas, mut points) = (0_usize, 0_usize);
    for record in rows.take(ROWS) {
        for cell in cells_of(bytes, record, grammar) {
            match told_decimal(cell.trim_ascii()) {
                Some(Decimal::Comma) => commas += 1,
                Some(Decimal::Point) => points += 1,
                None => {}
            }
        }
    }
    match (commas, points) {
        (0, 0) => (Decimal::Point, 0.6, "no number with decimals was seen"),
        (commas, points) if commas > 4 * points => {
            (Decimal::Comma, 0.95, "numbers have a comma before their decimals")
        }
        (0, _) => (Decimal::Point, 0.98, "numbers have a point before their decimals"),
        _ => (Decimal::Point, 0.7, "most numbers have a point before their decimals"),
    }
}

/// The decimal sign that a number tells: a single sign that no group of three digits follows, or the last of two.
pub(crate) fn told_decimal(cell: &[u8]) -> Option<Decimal> {
    let unsigned = match cell {
        [b'-' | b'+', rest @ ..] => rest,
        rest => rest,
    };
    if !unsigned.first()?.is_ascii_digit() || !unsigned.last()?.is_ascii_digit() {
        return None;
    }
    let signs: Vec<(usize, u8)> =
        unsigned.iter().copied().enumerate().filter(|(_, byte)| !byte.is_ascii_digit()).collect();
    let decimal = |sign: u8| match sign {
        b',' => Some(Decimal::Comma),
        b'.' => Some(Decimal::Point),
        _ => None,
    };
    match signs.as_slice() {
        [(at, sign)] if unsigned.len() - at != 4 || *at > 3 || unsigned.first() == Some(&b'0') => {
            decimal(*sign)
        }
        [.., (_, before), (_, last)]
            if before != last && signs.iter().filter(|(_, sign)| sign == last).count() == 1 =>
        {
            decimal(*last).filter(|_| matches!(before, b'.' | b',' | b' ' | b'\''))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clear_numbers_tell() {
        for (cell, wanted) in [
            ("1,5", Some(Decimal::Comma)),
            ("1.5", Some(Decimal::Point)),
            ("1.234", None),
            ("0.234", Some(Decimal::Point)),
            ("1.234,5", Some(Decimal::Comma)),
            ("1,234,567.5", Some(Decimal::Point)),
            ("2024-01-02", None),
            ("12", None),
            ("12.05.2024", None),
        ] {
            assert_eq!(told_decimal(cell.as_bytes()), wanted, "{cell}");
        }
    }
}
