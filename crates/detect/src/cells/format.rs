//! Values that are written differently from nearly all others of their column.

use std::collections::{BTreeMap, BTreeSet};

use super::dates::{DateFormat, WrittenDate};
use super::numbers::{mended_number, parse_number};
use super::suspicion::{Suspicion, Suspicions, shown};
use super::values::{Sort, Values};

/// Share of the rows that must be written in the usual way.
const USUAL: f64 = 0.97;
/// Share of the rows from which on a shape is a usual one.
const USUAL_SHAPE: f64 = 0.02;
/// Usual shapes at most: with more, there is no usual way.
const MOST_SHAPES: usize = 6;
/// Different values that must show the usual way, and what share of the different values.
const LEAST_VALUES: usize = 20;
const OF_VALUES: f64 = 0.8;
/// Share of the rows from which on a way to write is no slip.
const NO_SLIP: f64 = 0.015;
/// Characters of a shape.
const SHAPE_CHARS: usize = 48;

/// How the values of a column are usually written, for every value that may come.
#[derive(Debug, Clone)]
pub(super) enum Usual {
    Number,
    Date { format: DateFormat, day_first: BTreeMap<char, bool>, also: BTreeSet<DateFormat> },
    Shapes { shapes: BTreeSet<String>, templates: Vec<String>, exact: bool, example: String },
    Words,
}

impl Usual {
    /// Learns the usual way to write; nothing when there is none.
    pub(super) fn learn(values: &Values<'_>) -> Option<Self> {
        match values.sort {
            Sort::Number => {
                let plain = |text: &str| parse_number(text).is_some();
                (share_of(values, &plain) >= USUAL).then_some(Self::Number)
            }
            Sort::Date => dates(values),
            Sort::Text => shapes(values, true).or_else(|| shapes(values, false)).or_else(|| words(values)),
        }
    }

    /// What is said against a value.
    pub(super) fn judge(&self, text: &str) -> Option<Suspicion> {
        let suspicion = |reason: String, suggestion: Option<String>, sure: [f64; 2]| {
            let confidence = if suggestion.is_some() { sure[0] } else { sure[1] };
            Some(Suspicion { method: "format", reason, suggestion, confidence })
        };
        match self {
            Self::Number if parse_number(text).is_some() => None,
            Self::Number => {
                suspicion("no plain number among numbers".to_owned(), mended_number(text), [0.9, 0.8])
            }
            Self::Date { format, day_first, also } => {
                let Some(date) = WrittenDate::read(text) else {
                    let reason = format!("no date among dates like {}", format.in_words());
                    return suspicion(reason, None, [0.85, 0.85]);
                };
                if date.format.agrees(format) || also.contains(&date.format) {
                    return None;
                }
                let first = date.format.mark().and_then(|mark| day_first.get(&mark)).copied();
                let reason = format!("a date like {} among {}", date.format.in_words(), format.in_words());
                suspicion(reason, format.write(&date, first), [0.95, 0.85])
            }
            Self::Shapes { shapes, templates, exact, example } => {
                if shapes.contains(&shape(text, *exact)) {
                    return None;
                }
                let reason = format!(
                    "of the form `{}`, where nearly all are like {}",
                    shape(text, true),
                    shown(example)
                );
                let mended = templates.iter().find_map(|template| poured(text, template));
                suspicion(reason, mended, if *exact { [0.9, 0.7] } else { [0.85, 0.6] })
            }
            Self::Words if text.chars().any(char::is_alphabetic) => None,
            Self::Words => {
                suspicion("no letter in it, where all others are words".to_owned(), None, [0.7, 0.7])
            }
        }
    }
}

/// Judges the values of a column.
pub(super) fn judge(values: &Values<'_>, usual: &Usual) -> Suspicions {
    let all = values.counts.iter().enumerate();
    all.filter(|(_, (_, count))| values.share(*count) < NO_SLIP)
        .filter_map(|(index, (text, _))| Some((index, usual.judge(text)?)))
        .collect()
}

fn share_of(values: &Values<'_>, is: &dyn Fn(&str) -> bool) -> f64 {
    let rows: u64 = values.counts.iter().filter(|(text, _)| is(text)).map(|(_, count)| count).sum();
    values.share(rows)
}

fn dates(values: &Values<'_>) -> Option<Usual> {
    let mut formats: BTreeMap<DateFormat, u64> = BTreeMap::new();
    for (text, count) in &values.counts {
        if let Some(format) = DateFormat::of(text) {
            *formats.entry(format).or_default() += count;
        }
    }
    // The most frequent one of which day and month are told apart stands for those that fit it.
    let rank = |(format, count): &(&DateFormat, &u64)| (format.is_certain(), **count);
    let (format, _) = formats.iter().max_by_key(rank)?;
    let agreeing: u64 =
        formats.iter().filter(|(other, _)| other.agrees(format)).map(|(_, count)| count).sum();
    if values.share(agreeing) < USUAL {
        return None;
    }
    let day_first = formats
        .keys()
        .filter_map(|other| Some((other.mark()?, other.day_first()?)))
        .fold(BTreeMap::<char, Vec<bool>>::new(), |mut known, (mark, first)| {
            known.entry(mark).or_default().push(first);
            known
        })
        .into_iter()
        .filter(|(_, orders)| orders.windows(2).all(|pair| pair[0] == pair[1]))
        .filter_map(|(mark, orders)| Some((mark, *orders.first()?)))
        .collect();
    let also = formats.iter().filter(|(_, count)| values.share(**count) >= NO_SLIP);
    let also = also.map(|(format, _)| format.clone()).collect();
    Some(Usual::Date { format: format.clone(), day_first, also })
}

/// The usual shapes of a column, with the lengths of their parts (`exact`) or without.
fn shapes(values: &Values<'_>, exact: bool) -> Option<Usual> {
    let mut rows: BTreeMap<String, (u64, usize)> = BTreeMap::new();
    for (text, count) in &values.counts {
        let of_shape = rows.entry(shape(text, exact)).or_default();
        of_shape.0 += count;
        of_shape.1 += 1;
    }
    let is_usual = |(count, _): &(u64, usize)| values.share(*count) >= USUAL_SHAPE;
    let usual: Vec<(&String, &(u64, usize))> = rows.iter().filter(|(_, seen)| is_usual(seen)).collect();
    let covered: u64 = usual.iter().map(|(_, (count, _))| count).sum();
    let different: usize = usual.iter().map(|(_, (_, values))| values).sum();
    // Letters alone make words, and words have any length; with digits or of one length they are codes.
    let is_code = |shape: &String| shape.contains('9');
    let all_codes = usual.iter().all(|(shape, _)| is_code(shape));
    // Parts of several lengths are usual for running numbers, of which only the first ones are short.
    let coarse: BTreeSet<String> = usual.iter().map(|(written, _)| shape(written, false)).collect();
    let fixed = !exact || coarse.len() == usual.len();
    let enough = fixed
        && values.share(covered) >= USUAL
        && usual.len() <= MOST_SHAPES
        && different >= LEAST_VALUES
        && different as f64 >= OF_VALUES * values.counts.len() as f64
        && (all_codes || (exact && usual.len() == 1));
    if !enough {
        return None;
    }
    let example = values.by_count().into_iter().filter_map(|index| values.counts.get(index));
    let main = usual.iter().max_by_key(|(_, (count, _))| *count).map(|(shape, _)| *shape)?;
    let example = example.map(|(text, _)| text.as_ref()).find(|text| shape(text, exact) == *main)?.to_owned();
    // What is not usual and yet too frequent for a slip is a way of its own.
    let allowed = rows.iter().filter(|(_, (count, _))| values.share(*count) >= NO_SLIP);
    let shapes = allowed.map(|(shape, _)| shape.clone()).collect();
    let templates =
        if exact { usual.iter().map(|(shape, _)| (*shape).clone()).collect() } else { Vec::new() };
    Some(Usual::Shapes { shapes, templates, exact, example })
}

/// A column in which every value has letters.
fn words(values: &Values<'_>) -> Option<Usual> {
    let lettered = |text: &str| text.chars().any(char::is_alphabetic);
    let few = share_of(values, &|text| !lettered(text)) < NO_SLIP;
    (few && values.counts.len() >= LEAST_VALUES).then_some(Usual::Words)
}

/// The classes of the characters: `A` and `a` for letters, `9` for digits, the rest as it is. Without `exact`, runs
/// of one class count as one.
fn shape(text: &str, exact: bool) -> String {
    let mut shape = String::with_capacity(text.len());
    for class in text.chars().map(class_of).take(SHAPE_CHARS) {
        if exact || !shape.ends_with(class) {
            shape.push(class);
        }
    }
    shape
}

fn class_of(c: char) -> char {
    match c {
        c if c.is_ascii_digit() => '9',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// The letters and digits of a text in the places of a template, where they fit in number and kind.
fn poured(text: &str, template: &str) -> Option<String> {
    if template.chars().count() >= SHAPE_CHARS {
        return None;
    }
    let mut letters = text.chars().filter(|c| c.is_alphanumeric());
    let mut out = String::with_capacity(template.len());
    for class in template.chars() {
        match class {
            '9' => out.push(letters.next().filter(char::is_ascii_digit)?),
            'A' => out.extend(letters.next().filter(|c| c.is_alphabetic())?.to_uppercase()),
            'a' => out.extend(letters.next().filter(|c| c.is_alphabetic())?.to_lowercase()),
            mark => out.push(mark),
        }
    }
    (letters.next().is_none() && out != text).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(texts: &[(String, u64)]) -> Vec<(String, Option<String>)> {
        let texts: Vec<(&str, u64)> = texts.iter().map(|(text, count)| (text.as_str(), *count)).collect();
        let values = Values::made_of("x", &texts);
        let Some(usual) = Usual::learn(&values) else { return Vec::new() };
        let found = judge(&values, &usual);
        found.into_iter().map(|(index, s)| (values.counts[index].0.to_string(), s.suggestion)).collect()
    }

    fn with(made: impl Fn(u32) -> String, odd: &[&str]) -> Vec<(String, u64)> {
        let usual = (0..200).map(|i| (made(i), 3));
        usual.chain(odd.iter().map(|text| ((*text).to_owned(), 1))).collect()
    }

    #[test]
    fn dates_written_otherwise_are_rewritten() {
        let dates = with(
            |i| format!("2020-{:02}-{:02}", 1 + i % 12, 1 + i / 12),
            &["12/31/2020", "soon", "2020/05/06"],
        );
        let found = judged(&dates);
        let wanted = [("12/31/2020", Some("2020-12-31")), ("2020/05/06", Some("2020-05-06")), ("soon", None)];
        assert_eq!(found.len(), 3);
        for ((text, suggestion), wanted) in found.iter().zip(wanted) {
            assert_eq!((text.as_str(), suggestion.as_deref()), wanted);
        }
    }

    #[test]
    fn codes_and_numbers_are_put_right() {
        let codes = with(|i| format!("AB-{i:04}"), &["ab-0777", "AB0778", "AB-77"]);
        let suggestions: Vec<Option<String>> =
            judged(&codes).into_iter().map(|(_, suggestion)| suggestion).collect();
        assert_eq!(suggestions, [None, Some("AB-0778".to_owned()), Some("AB-0777".to_owned())]);
        let numbers = judged(&with(|i| format!("{i}.5"), &["1,234", "x"]));
        assert_eq!(numbers, [("1,234".to_owned(), Some("1234".to_owned())), ("x".to_owned(), None)]);
    }

    #[test]
    fn prose_has_no_usual_way() {
        let words = with(
            |i| format!("{} {}", "word".repeat(1 + i as usize % 7), "other".repeat(1 + i as usize % 5)),
            &["O'Neil, 7th"],
        );
        assert_eq!(judged(&words), []);
    }
}
