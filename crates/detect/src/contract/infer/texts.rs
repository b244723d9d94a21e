//! What texts look like, when all of them look alike.

use driftline_model::Kind;
use driftline_profile::{ColumnProfile, SampleColumn};

use super::{Basis, Suggestion};
use crate::contract::format::FORMATS;
use crate::wording::thousands;

/// Different texts that must look alike before it means something.
const LEAST_TEXTS: usize = 20;
/// Runs of a pattern; more are prose.
const MOST_RUNS: usize = 12;
/// Longest text whose length is promised.
const LONG: u64 = 1_000;

/// What can be promised of a column of texts without a closed list.
pub(super) fn suggest(column: &ColumnProfile, sample: &SampleColumn) -> Option<Suggestion> {
    let (texts, basis): (Vec<&str>, Basis) = match (column.text_counts(), sample) {
        // Counted texts are cut to 256 bytes: long ones have to be looked at again.
        (Some(counts), _) => {
            let is_whole = counts.iter().all(|(text, _)| text.len() < 256);
            (
                counts.iter().map(|(text, _)| *text).collect(),
                if is_whole { Basis::Whole } else { Basis::Sample },
            )
        }
        (None, SampleColumn::Text(texts)) => {
            (texts.values.iter().map(AsRef::as_ref).collect(), Basis::Sample)
        }
        (None, SampleColumn::Numbers(_)) => return None,
    };
    if texts.len() < LEAST_TEXTS {
        return None;
    }
    let seen = thousands(texts.len() as u64);
    let of = |id: &str, why: String| Suggestion::new(id, Some(column.name()), why, basis);
    let is_telling = |id: &str| !matches!(id, "number" | "iso_date");
    let form = FORMATS
        .iter()
        .filter(|form| is_telling(form.id))
        .find(|form| texts.iter().all(|text| (form.holds)(text)));
    if let Some(form) = form {
        let why = format!("seen: {seen} different texts, each {}", form.name);
        return Some(of("format", why).with("is", form.id));
    }
    if let Some(pattern) = pattern_of(&texts) {
        let why = format!("seen: {seen} different texts of this shape");
        return Some(of("matches", why).with("pattern", pattern));
    }
    let lengths = column.lengths()?;
    let (min, max) = (lengths.min(), lengths.max());
    if max > LONG || column.kind() == Kind::Text && max > 200 {
        return None;
    }
    let why = format!("seen: {min} to {max} characters");
    let length = Suggestion::new("length_between", Some(column.name()), why, Basis::Whole);
    if min == max {
        return Some(length.with("min", min).with("max", max));
    }
    Some(length.with("min", min.min(1)).with("max", max + max / 2))
}

/// A run of characters of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    class: Class,
    least: usize,
    most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Upper,
    Lower,
    Digit,
    Sign(char),
}

fn class_of(character: char) -> Option<Class> {
    Some(match character {
        'A'..='Z' => Class::Upper,
        'a'..='z' => Class::Lower,
        '0'..='9' => Class::Digit,
        sign if sign.is_ascii_graphic() || sign == ' ' => Class::Sign(sign),
        _ => return None,
    })
}

fn runs_of(text: &str) -> Option<Vec<Run>> {
    let mut runs: Vec<Run> = Vec::new();
    for character in text.chars() {
        let class = class_of(character)?;
        let is_full = runs.len() == MOST_RUNS;
        match runs.last_mut().filter(|run| run.class == class) {
            Some(run) => {
                run.least += 1;
                run.most += 1;
            }
            None if is_full => return None,
            None => runs.push(Run { class, least: 1, most: 1 }),
        }
    }
    Some(runs)
}

/// A pattern that all texts match: the same runs of capitals, small letters, digits and signs in each. Nothing when
/// they differ, or are just words.
fn pattern_of(texts: &[&str]) -> Option<String> {
    let mut common: Option<Vec<Run>> = None;
    for text in texts {
        let runs = runs_of(text)?;
        match &mut common {
            None => common = Some(runs),
            Some(known) => {
                if known.len() != runs.len() {
                    return None;
                }
                for (known, run) in known.iter_mut().zip(runs) {
                    if known.class != run.class {
                        return None;
                    }
                    known.least = known.least.min(run.least);
                    known.most = known.most.max(run.most);
                }
            }
        }
    }
    let runs = common.filter(|runs| !runs.is_empty())?;
    // One run of letters of any length is any word.
    let is_word = runs.iter().all(|run| matches!(run.class, Class::Lower | Class::Upper | Class::Sign(' ')));
    if is_word && runs.iter().any(|run| run.least != run.most) {
        return None;
    }
    Some(format!("^{}$", runs.iter().map(written).collect::<String>()))
}

fn written(run: &Run) -> String {
    let class = match run.class {
        Class::Upper => "[A-Z]".to_owned(),
        Class::Lower => "[a-z]".to_owned(),
        Class::Digit => "[0-9]".to_owned(),
        Class::Sign(sign) if r"\.+*?()|[]{}^$".contains(sign) => format!("\\{sign}"),
        Class::Sign(sign) => sign.to_string(),
    };
    match (run.least, run.most) {
        (1, 1) => class,
        (least, most) if least == most => format!("{class}{{{least}}}"),
        // Numbers grow by a digit.
        (least, most) => {
            format!("{class}{{{},{}}}", least.min(1), most + usize::from(run.class == Class::Digit))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_become_patterns() {
        assert_eq!(pattern_of(&["N14228", "N5", "N999"]).unwrap(), "^[A-Z][0-9]{1,6}$");
        assert_eq!(pattern_of(&["AB-12", "CD-34"]).unwrap(), "^[A-Z]{2}-[0-9]{2}$");
        assert_eq!(pattern_of(&["EWR", "JFK"]).unwrap(), "^[A-Z]{3}$");
        assert_eq!(pattern_of(&["red", "green"]), None);
        assert_eq!(pattern_of(&["a1", "1a"]), None);
        assert_eq!(pattern_of(&["Zürich"]), None);
    }
}
