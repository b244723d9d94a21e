//! Numbers as people write them: with separators between thousands, and with a comma before the decimals.

use super::number::number;
use crate::dialect::Decimal;

/// Longest number that is looked at.
const MAX_BYTES: usize = 40;

/// Reads a number with a decimal comma, or one whose thousands are set apart: `1,234,567.5`, `1 234,5`,
/// `1.234,56`, `1'234.5`. Every group but the first has three digits. A number that is written plainly is read
/// as [`number`] does, a point before three digits aside where the comma is the decimal sign.
pub(crate) fn written_number(cell: &[u8], decimal: Decimal) -> Option<f64> {
    let text = cell.trim_ascii();
    if decimal == Decimal::Point
        && let Some(value) = number(text)
    {
        return Some(value);
    }
    grouped(text, decimal).or_else(|| number(text))
}

fn grouped(text: &[u8], decimal: Decimal) -> Option<f64> {
    let text = if text.len() <= MAX_BYTES { text } else { return None };
    let (sign, unsigned) = match text {
        [sign @ (b'+' | b'-'), rest @ ..] => (Some(*sign), rest),
        rest => (None, rest),
    };
    let mark = if decimal == Decimal::Comma { b',' } else { b'.' };
    let (whole, fraction) = match unsigned.iter().position(|byte| *byte == mark) {
        Some(at) => (unsigned.get(..at)?, Some(unsigned.get(at + 1..)?)),
        None => (unsigned, None),
    };
    if let Some(fraction) = fraction
        && !fraction.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'e' | b'E' | b'-' | b'+'))
    {
        return None;
    }
    let digits = ungrouped(whole, if mark == b',' { b'.' } else { b',' })?;
    let mut plain = Vec::with_capacity(text.len() + 1);
    plain.extend(sign.filter(|sign| *sign == b'-'));
    plain.extend_from_slice(&digits);
    if let Some(fraction) = fraction {
        plain.push(b'.');
        plain.extend_from_slice(fraction);
    }
    lexical_core::parse(&plain).ok()
}

/// The digits of a whole number without what stands between its groups.
fn ungrouped(whole: &[u8], separator: u8) -> Option<Vec<u8>> {
    if !whole.is_empty() && whole.iter().all(u8::is_ascii_digit) {
        return Some(whole.to_vec());
    }
    let used = *whole.iter().find(|byte| !byte.is_ascii_digit())?;
    // A no-break space has two bytes in UTF-8.
    let is_wide = whole.windows(2).any(|pair| pair == [0xC2, 0xA0]);
    if ![separator, b'\'', b' '].contains(&used) && !is_wide {
        return None;
    }
    let text =
        if is_wide { whole.iter().copied().filter(|byte| *byte != 0xC2).collect() } else { whole.to_vec() };
    let used = if is_wide { 0xA0 } else { used };
    let groups: Vec<&[u8]> = text.split(|byte| *byte == used).collect();
    let is_regular = groups.iter().enumerate().all(|(at, group)| {
        let size = if at == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        size && group.iter().all(u8::is_ascii_digit)
    });
    let starts_well = groups.first().is_some_and(|first| first.first() != Some(&b'0'));
    (is_regular && starts_well).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_commas_are_read() {
        for (text, decimal, wanted) in [
            ("1,234,567.5", Decimal::Point, Some(1_234_567.5)),
            ("1,234", Decimal::Point, Some(1_234.0)),
            ("1 234.5", Decimal::Point, Some(1_234.5)),
            ("1,23", Decimal::Point, None),
            ("0,123", Decimal::Point, None),
            ("-1.234,56", Decimal::Comma, Some(-1_234.56)),
            ("1,5", Decimal::Comma, Some(1.5)),
            ("1.234", Decimal::Comma, Some(1_234.0)),
            ("1.5", Decimal::Comma, Some(1.5)),
            ("0,5", Decimal::Comma, Some(0.5)),
            ("1\u{a0}234,5", Decimal::Comma, Some(1_234.5)),
            ("12,34,56", Decimal::Point, None),
            ("1,5,6", Decimal::Comma, None),
            ("2024", Decimal::Comma, Some(2_024.0)),
        ] {
            assert_eq!(written_number(text.as_bytes(), decimal), wanted, "{text}");
        }
    }
}
