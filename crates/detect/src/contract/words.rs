//! Wording that rules share.

use std::fmt::Write as _;

use driftline_model::RuleExample;

use crate::wording::{moment, thousands};

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// A number as it was written, for bounds that must be read exactly.
pub(crate) fn plain(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e15 {
        let whole = thousands(x.abs() as u64);
        return if x < 0.0 { format!("-{whole}") } else { whole };
    }
    if x != 0.0 && !(1e-4..1e15).contains(&x.abs()) {
        return format!("{x:e}");
    }
    x.to_string()
}

/// A measured number: to six digits.
pub(crate) fn measured(x: f64) -> String {
    if !x.is_finite() || x == 0.0 {
        return plain(x);
    }
    let digits = (5 - x.abs().log10().floor() as i32).clamp(-300, 300);
    if digits <= 0 {
        return plain(x.round());
    }
    let scale = 10_f64.powi(digits);
    let rounded = (x * scale).round() / scale;
    plain(if rounded.is_finite() { rounded } else { x })
}

/// A moment as a date, with its time of day.
pub(crate) fn moment_words(micros: f64) -> String {
    moment(micros)
}

/// Text cut to what a message can show, without control characters.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => inert(text.get(..end).unwrap_or_default()) + "…",
        None => inert(text),
    }
}

/// Text without characters that control or hide.
pub(crate) fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_invisible(character) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Characters that turn the direction of text or take no place: they could make a message say something else.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// `12 of 27,004 rows`, `1 row of 5`.
pub(crate) fn of_rows(broken: u64, judged: u64) -> String {
    format!("{} of {} {}", thousands(broken), thousands(judged), plural(judged, "row"))
}

/// `(first: row 118, -3.5)`; the source is named where there are several.
pub(crate) fn first(example: &RuleExample, several_sources: bool) -> String {
    let source = if several_sources { format!("{}, ", short(&example.source)) } else { String::new() };
    let value = if example.value.is_empty() { String::new() } else { format!(", {}", example.value) };
    format!("(first: {source}row {}{value})", thousands(example.row))
}

pub(crate) fn plural(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The known name that is nearest to a wrong one, when it is near.
pub(crate) fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = wrong.chars().count() / 3 + 1;
    known
        .map(|name| (edits(wrong, name), name))
        .filter(|(edits, _)| *edits <= most)
        .min()
        .map(|(_, name)| name)
}

/// Letters to insert, remove or replace (Levenshtein 1966).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            left = (diagonal + usize::from(x != *y)).min(above + 1).min(left + 1);
            *cell = left;
            diagonal = above;
        }
        if let Some(head) = row.first_mut() {
            *head = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_shown_as_they_were_given() {
        let shown = [0.0, -3.5, 27_004.0, 0.125, 1e-9, -1200.0].map(plain);
        assert_eq!(shown, ["0", "-3.5", "27,004", "0.125", "1e-9", "-1,200"]);
        assert_eq!(
            [12.345_678_9, 1_234_567.8, 0.000_123_456_78].map(measured),
            ["12.3457", "1,234,568", "0.000123457"]
        );
    }

    #[test]
    fn values_are_harmless_and_bounded() {
        assert_eq!(short("a\u{1b}[31m\u{202e}b"), "a\\u{1b}[31m\\u{202e}b");
        assert_eq!(short(&"x".repeat(500)).chars().count(), 61);
    }

    #[test]
    fn near_names_are_found() {
        let known = ["between", "not_null", "unique"];
        assert_eq!(nearest("betwen", known.into_iter()), Some("between"));
        assert_eq!(nearest("notnull", known.into_iter()), Some("not_null"));
        assert_eq!(nearest("zebra", known.into_iter()), None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
