//! Which records name the columns.

use driftline_chunk::Physical;

use crate::infer::Tally;
use crate::parse::NullSpellings;

/// Whether the first record names the columns: in columns of numbers, dates or truth values it does not hold one;
/// where all is text, its cells are all there and all different. And how sure that is, 0..1.
pub(crate) fn looks_like_header(cells: &[Vec<u8>], tallies: &[Tally], nulls: &NullSpellings) -> (bool, f64) {
    let (mut names, mut values) = (0_u32, 0_u32);
    for (cell, tally) in cells.iter().zip(tallies) {
        let mut own = Tally::default();
        own.see(cell, nulls);
        if own.is_empty() {
            continue;
        }
        // `y`, `no` or `t` is a fine name of a column: only numbers and dates are no names.
        let is_value = matches!(own.plan(None).physical, Physical::Number | Physical::Datetime);
        let is_text = !is_value
            && (tally.plan(None).physical != Physical::Boolean
                || own.plan(None).physical != Physical::Boolean);
        let is_typed = !tally.is_empty() && tally.plan(None).physical != Physical::Text;
        if is_typed || tally.is_empty() || !is_text {
            names += u32::from(is_text);
            values += u32::from(!is_text);
        }
    }
    let sure =
        |for_it: u32, against: u32| 0.6 + 0.39 * f64::from(for_it - against) / f64::from(for_it + against);
    if names != values {
        return if names > values { (true, sure(names, values)) } else { (false, sure(values, names)) };
    }
    let mut sorted: Vec<_> = cells.iter().filter(|cell| !nulls.matches(cell)).collect();
    sorted.sort_unstable();
    (sorted.windows(2).all(|pair| pair.first() != pair.last()), 0.5)
}

/// Names of the columns, each different from all others.
pub(crate) fn names(cells: &[Vec<u8>], count: usize) -> Vec<String> {
    let mut taken = std::collections::HashSet::new();
    let mut names = Vec::with_capacity(count);
    for column in 0..count {
        let cell = cells.get(column).map(Vec::as_slice).unwrap_or_default();
        let written = String::from_utf8_lossy(cell).trim().to_owned();
        let wanted = if written.is_empty() { format!("column_{}", column + 1) } else { written };
        let mut name = wanted.clone();
        let mut copy = 2;
        while !taken.insert(name.clone()) {
            name = format!("{wanted}_{copy}");
            copy += 1;
        }
        names.push(name);
    }
    names
}

/// The cells of a header over several records: what stands in one column, joined with a blank.
pub(crate) fn joined(rows: &[Vec<Vec<u8>>], count: usize) -> Vec<Vec<u8>> {
    let part = |row: &Vec<Vec<u8>>, column: usize| row.get(column).filter(|cell| !cell.is_empty()).cloned();
    (0..count)
        .map(|column| rows.iter().filter_map(|row| part(row, column)).collect::<Vec<_>>().join(&b' '))
        .collect()
}
