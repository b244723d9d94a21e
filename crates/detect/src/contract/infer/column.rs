//! Rules about single columns.

use driftline_chunk::Physical;
use driftline_model::{Kind, Severity};
use driftline_profile::{ColumnProfile, SampleColumn};
use serde_json::Value;

use super::{Basis, Suggestion, margin, texts};
use crate::contract::words::{measured, moment_words};
use crate::wording::{percent, thousands};

/// Share of missing values from which a column is hardly filled at all.
const HARDLY_FILLED: f64 = 0.95;
/// Values of a list, and how often each occurs on average, when the list is taken to be closed.
const MOST_LISTED: u64 = 40;
const LEAST_EACH: u64 = 20;
/// Values that occur once, of all different ones, up to which a list is taken to be closed (Good 1953: their share
/// is what the next new value can be expected from).
const MOST_SINGLE: f64 = 0.05;
/// Different whole numbers that are codes rather than amounts.
const FEW_CODES: usize = 5;
/// Different values that a column must have before its order means something.
const LEAST_STEPS: u64 = 50;

/// What can be promised of one column.
pub(super) fn suggest(column: &ColumnProfile, sample: &SampleColumn, exact: bool) -> Vec<Suggestion> {
    let mut found = Vec::new();
    if column.present() == 0 {
        return found;
    }
    found.push(kind(column));
    found.extend(nulls(column));
    found.extend(unique(column));
    match column.physical() {
        Physical::Number => found.extend(numbers(column)),
        Physical::Text => match listed_texts(column) {
            Some(list) => found.push(list),
            None => found.extend(texts::suggest(column, sample)),
        },
        Physical::Boolean | Physical::Datetime => {}
    }
    found.extend(order(column, sample, exact));
    found
}

fn of(id: &str, column: &ColumnProfile, why: String, basis: Basis) -> Suggestion {
    Suggestion::new(id, Some(column.name()), why, basis)
}

fn kind(column: &ColumnProfile) -> Suggestion {
    let is = match column.physical() {
        Physical::Boolean => "boolean",
        Physical::Datetime => "datetime",
        Physical::Text => "text",
        Physical::Number => {
            let is_whole =
                column.numbers().is_some_and(|numbers| numbers.fractional() + numbers.infinities() == 0);
            if is_whole { "integer" } else { "numeric" }
        }
    };
    let failures = column.failures();
    if failures == 0 {
        return of("kind", column, format!("seen: {}", column.kind()), Basis::Whole).with("is", is);
    }
    let share = failures as f64 / (column.present() + failures) as f64;
    let why = format!("seen: {}, and {} cells that do not fit", column.kind(), thousands(failures));
    of("kind", column, why, Basis::Whole)
        .with("is", is)
        .tolerance(margin::share_above(share, 0.001).min(0.99))
}

fn nulls(column: &ColumnProfile) -> Option<Suggestion> {
    let share = column.nulls() as f64 / column.count().max(1) as f64;
    if column.nulls() == 0 {
        return Some(of("not_null", column, "seen: no missing value".to_owned(), Basis::Whole));
    }
    (share < HARDLY_FILLED).then(|| {
        let why = format!("seen: {} missing", percent(share));
        of("null_share_at_most", column, why, Basis::Whole).with("max", margin::share_above(share, 0.01))
    })
}

fn unique(column: &ColumnProfile) -> Option<Suggestion> {
    let distinct = column.distinct();
    let all = distinct.estimate as f64 >= 0.96 * column.present() as f64;
    let is_certain = distinct.exact && distinct.estimate == column.present();
    if column.kind() != Kind::Identifier || !all || (distinct.exact && !is_certain) {
        return None;
    }
    let basis = if is_certain { Basis::Whole } else { Basis::Sample };
    let why = format!("seen: {} values, all different", thousands(column.present()));
    Some(of("unique", column, why, basis).severity(Severity::High))
}

fn numbers(column: &ColumnProfile) -> Option<Suggestion> {
    let numbers = column.numbers()?;
    let (min, max) = (numbers.min()?, numbers.max()?);
    // Numbers that name rows go on rising, and one value throughout says nothing of a range.
    if column.kind() == Kind::Identifier || min == max || numbers.infinities() > 0 {
        return None;
    }
    let counts = column.number_counts();
    let is_whole = numbers.fractional() == 0;
    if let Some(codes) = counts.filter(|counts| {
        is_whole && is_closed(counts.iter().map(|(_, count)| *count)) && counts.len() <= FEW_CODES
    }) {
        let values: Vec<Value> = codes.iter().map(|(x, _)| number(*x)).collect();
        let why = format!("seen: {} different values", values.len());
        return Some(of("in_set", column, why, Basis::Whole).with("values", values));
    }
    let (low, high) =
        if min >= 0.0 && max <= 1.0 && !is_whole { (0.0, 1.0) } else { margin::around(min, max) };
    let (low, high) = if is_whole { (low.floor(), high.ceil()) } else { (low, high) };
    let why = format!("seen: {} to {}", measured(min), measured(max));
    Some(of("between", column, why, Basis::Whole).with("min", number(low)).with("max", number(high)))
}

/// A number as a contract has it: whole ones without a point.
pub(super) fn number(x: f64) -> Value {
    if x.fract() == 0.0 && x.abs() < 9e15 { Value::from(x as i64) } else { Value::from(x) }
}

/// Whether these counts of different values look like a list to which nothing will be added.
fn is_closed(counts: impl Iterator<Item = u64>) -> bool {
    let (mut different, mut single, mut all) = (0, 0, 0);
    for count in counts {
        different += 1;
        single += u64::from(count == 1);
        all += count;
    }
    (2..=MOST_LISTED).contains(&different)
        && all >= LEAST_EACH * different
        && single as f64 <= MOST_SINGLE * different as f64
}

fn listed_texts(column: &ColumnProfile) -> Option<Suggestion> {
    let counts = column.text_counts()?;
    let is_short = counts.iter().all(|(text, _)| text.len() < 100);
    if !is_short || !is_closed(counts.iter().map(|(_, count)| *count)) {
        return None;
    }
    let rarest = counts.iter().map(|(_, count)| *count).min().unwrap_or_default();
    let why = format!(
        "seen: {} different values, the rarest {} times in {}",
        counts.len(),
        thousands(rarest),
        thousands(column.present())
    );
    let values: Vec<Value> = counts.iter().map(|(text, _)| Value::from(*text)).collect();
    Some(of("in_set", column, why, Basis::Whole).with("values", values))
}

/// Dates and running numbers that rise or fall through the file.
fn order(column: &ColumnProfile, sample: &SampleColumn, exact: bool) -> Option<Suggestion> {
    let SampleColumn::Numbers(cells) = sample else { return None };
    let is_clock = column.physical() == Physical::Datetime
        || (column.physical() == Physical::Number
            && matches!(column.kind(), Kind::Identifier | Kind::Integer));
    if !is_clock || column.distinct().estimate < LEAST_STEPS {
        return None;
    }
    let present: Vec<f64> = cells.iter().copied().filter(|x| !x.is_nan()).collect();
    let never =
        |wrong: fn(f64, f64) -> bool| !present.windows(2).any(|pair| matches!(pair, [a, b] if wrong(*a, *b)));
    let (id, is_strict) = match () {
        () if never(|a, b| b < a) => ("increasing", never(|a, b| b <= a)),
        () if never(|a, b| b > a) => ("decreasing", never(|a, b| b >= a)),
        () => return None,
    };
    let (first, last) = (present.first()?, present.last()?);
    let show = |x: f64| if column.physical() == Physical::Datetime { moment_words(x) } else { measured(x) };
    let why = format!("seen: from {} to {}, in order", show(*first), show(*last));
    let suggestion = of(id, column, why, Basis::Sample);
    // Between rows of a sample there may be equal ones that it does not show.
    Some(if is_strict && exact { suggestion.with("strict", true) } else { suggestion })
}
