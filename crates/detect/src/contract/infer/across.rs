//! Rules about several columns, found on the row sample.

use std::collections::BTreeMap;

use driftline_chunk::Physical;
use driftline_model::{Kind, Severity};
use driftline_profile::{SampleColumn, Side};
use serde_json::Value;

use super::{Basis, Suggestion};
use crate::wording::{percent, thousands};

/// Columns of one sort that are compared with each other; of wider tables the first.
const MOST_COLUMNS: usize = 60;
/// Columns that are looked at as deciding others.
const MOST_CATEGORIES: usize = 40;
/// Rows with both values before anything is said of a pair.
const LEAST_ROWS: usize = 50;
/// Share of rows in which unrelated values would break `a <= b`, from which on it says something that they do not.
const TELLING: f64 = 0.05;
/// The same for columns whose names belong together.
const TELLING_BY_NAME: f64 = 0.002;
/// Rows that unrelated values would break.
const LEAST_BREAKS: f64 = 30.0;
/// Rules of one sort.
const MOST_RULES: usize = 20;
/// Rows for each value of a deciding column, on average.
const LEAST_EACH: usize = 10;
/// Share of the most frequent value beyond which a column is decided by nearly anything.
const ONE_SIDED: f64 = 0.95;
/// Missing values before it means something that they come together.
const LEAST_NULLS: usize = 10;

/// What can be promised of several columns together.
pub(super) fn suggest(side: &Side<'_>) -> Vec<Suggestion> {
    let mut found = comparisons(side);
    found.extend(nulls_together(side));
    found.extend(dependencies(side));
    found
}

/// A column with its place in the table.
struct Numbers<'a> {
    name: &'a str,
    cells: &'a [f64],
}

fn numbers_of<'a>(side: &Side<'a>, held: Physical) -> Vec<Numbers<'a>> {
    let profile = side.profile;
    let of = |(column, sample): (&'a driftline_profile::ColumnProfile, &'a SampleColumn)| match sample {
        SampleColumn::Numbers(cells) if column.physical() == held && column.kind() != Kind::Identifier => {
            (column.distinct().estimate > 2).then_some(Numbers { name: column.name(), cells })
        }
        _ => None,
    };
    profile.columns().iter().zip(&side.sample.columns).filter_map(of).take(MOST_COLUMNS).collect()
}

/// A pair of columns of which one is never above the other.
struct Ordered {
    low: usize,
    high: usize,
    /// Share of rows that unrelated values would break.
    telling: f64,
}

fn comparisons(side: &Side<'_>) -> Vec<Suggestion> {
    let mut found = Vec::new();
    for held in [Physical::Number, Physical::Datetime] {
        let columns = numbers_of(side, held);
        let (mut pairs, mut equals) = (Vec::new(), Vec::new());
        for (low, a) in columns.iter().enumerate() {
            for (high, b) in columns.iter().enumerate().filter(|(high, _)| *high != low) {
                match compared(a, b) {
                    Some(Compared::Equal) if low < high => equals.push((low, high)),
                    Some(Compared::AtMost(telling)) => pairs.push(Ordered { low, high, telling }),
                    _ => {}
                }
            }
        }
        let name = |place: usize| columns.get(place).map_or("", |column| column.name);
        for (left, right) in equals.iter().take(MOST_RULES) {
            let why = "seen: equal in every row".to_owned();
            let rule = Suggestion::new("equals_column", None, why, Basis::Sample);
            found.push(rule.with("left", name(*left)).with("right", name(*right)));
        }
        for pair in reduced(pairs) {
            let why = format!(
                "seen: in every row, where unrelated values would break it in {}",
                percent(pair.telling)
            );
            let rule = Suggestion::new("at_most_column", None, why, Basis::Sample);
            found.push(rule.with("left", name(pair.low)).with("right", name(pair.high)));
        }
    }
    found
}

enum Compared {
    Equal,
    AtMost(f64),
}

/// How two columns compare, when it says something: where one could be above the other and never is.
fn compared(a: &Numbers<'_>, b: &Numbers<'_>) -> Option<Compared> {
    let both = || a.cells.iter().zip(b.cells).filter(|(x, y)| !x.is_nan() && !y.is_nan());
    if both().any(|(x, y)| x > y) {
        return None;
    }
    let rows: Vec<(f64, f64)> = both().map(|(x, y)| (*x, *y)).collect();
    if rows.len() < LEAST_ROWS || rows.len() * 2 < a.cells.len() {
        return None;
    }
    if rows.iter().all(|(x, y)| x == y) {
        return Some(Compared::Equal);
    }
    // Each value beside those of rows far away: what would be if the columns had nothing to do with each other.
    let shifts = [rows.len() / 3, rows.len() / 2, rows.len() * 2 / 3];
    let breaks: usize = shifts
        .iter()
        .map(|shift| {
            let far = rows.iter().cycle().skip(*shift);
            rows.iter().zip(far).filter(|((x, _), (_, y))| x > y).count()
        })
        .sum();
    let telling = breaks as f64 / (3 * rows.len()) as f64;
    let bar = if belong_together(a.name, b.name) { TELLING_BY_NAME } else { TELLING };
    (telling >= bar && telling * rows.len() as f64 >= LEAST_BREAKS).then_some(Compared::AtMost(telling))
}

/// Whether two names share a word: `start_date` and `end_date`.
fn belong_together(a: &str, b: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
        words.map(str::to_lowercase).collect()
    };
    let known = words(a);
    words(b).iter().any(|word| known.contains(word))
}

/// The most telling pairs, without those that follow from two others.
fn reduced(pairs: Vec<Ordered>) -> Vec<Ordered> {
    let has = |low: usize, high: usize| pairs.iter().any(|pair| pair.low == low && pair.high == high);
    let follows = |pair: &Ordered| {
        pairs
            .iter()
            .any(|first| first.low == pair.low && first.high != pair.high && has(first.high, pair.high))
    };
    let needless: Vec<bool> = pairs.iter().map(follows).collect();
    let mut kept: Vec<Ordered> =
        pairs.into_iter().zip(needless).filter(|(_, needless)| !needless).map(|(pair, _)| pair).collect();
    kept.sort_by(|a, b| b.telling.total_cmp(&a.telling).then_with(|| (a.low, a.high).cmp(&(b.low, b.high))));
    kept.truncate(MOST_RULES);
    kept
}

fn nulls_together(side: &Side<'_>) -> Vec<Suggestion> {
    let mut groups: BTreeMap<Vec<u32>, Vec<&str>> = BTreeMap::new();
    for (column, sample) in side.profile.columns().iter().zip(&side.sample.columns) {
        // A cell that does not fit looks like a missing one in the sample.
        let is_some = column.nulls() > 0 && column.failures() == 0 && column.present() > 0;
        let missing: Vec<u32> = match sample {
            SampleColumn::Numbers(cells) => {
                (0..).zip(cells).filter(|(_, x)| x.is_nan()).map(|(row, _)| row).collect()
            }
            SampleColumn::Text(texts) => {
                let null = driftline_profile::TextSample::NULL;
                (0..).zip(&texts.codes).filter(|(_, code)| **code == null).map(|(row, _)| row).collect()
            }
        };
        if is_some && missing.len() >= LEAST_NULLS {
            groups.entry(missing).or_default().push(column.name());
        }
    }
    let mut found = Vec::new();
    for (missing, names) in groups {
        let Some((first, others)) = names.split_first() else { continue };
        for other in others {
            let why = format!("seen: missing in the same {} rows", thousands(missing.len() as u64));
            let rule = Suggestion::new("null_together", None, why, Basis::Sample).severity(Severity::Low);
            found.push(rule.with("left", *first).with("right", *other));
        }
    }
    found.truncate(MOST_RULES);
    found
}

/// A column of few values, as codes.
struct Codes<'a> {
    name: &'a str,
    codes: Vec<u32>,
    different: usize,
    /// Share of the most frequent one.
    most: f64,
}

fn codes_of<'a>(name: &'a str, sample: &SampleColumn) -> Option<Codes<'a>> {
    let codes: Vec<u32> = match sample {
        SampleColumn::Text(texts) => texts.codes.clone(),
        SampleColumn::Numbers(cells) => {
            let mut known: BTreeMap<u64, u32> = BTreeMap::new();
            let mut code = |x: &f64| {
                let next = known.len() as u32;
                if x.is_nan() { u32::MAX } else { *known.entry((x + 0.0).to_bits()).or_insert(next) }
            };
            cells.iter().map(&mut code).collect()
        }
    };
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    codes.iter().for_each(|code| *counts.entry(*code).or_default() += 1);
    let most = counts.values().copied().max()? as f64 / codes.len().max(1) as f64;
    Some(Codes { name, different: counts.len(), most, codes })
}

fn dependencies(side: &Side<'_>) -> Vec<Suggestion> {
    let rows = side.sample.len();
    let is_category = |kind: Kind| matches!(kind, Kind::Categorical | Kind::Integer | Kind::Boolean);
    let categories: Vec<Codes<'_>> = side
        .profile
        .columns()
        .iter()
        .zip(&side.sample.columns)
        .filter(|(column, _)| {
            is_category(column.kind()) && column.distinct().estimate as usize * LEAST_EACH <= rows
        })
        .filter_map(|(column, sample)| codes_of(column.name(), sample))
        .filter(|codes| codes.different > 1 && codes.most <= ONE_SIDED)
        .take(MOST_CATEGORIES)
        .collect();
    let mut pairs = Vec::new();
    for (from, a) in categories.iter().enumerate() {
        for (to, b) in categories.iter().enumerate().filter(|(to, _)| *to != from) {
            // A column of two values cannot decide one of three.
            if a.different >= b.different && rows >= LEAST_ROWS && decides(a, b) {
                pairs.push((from, to));
            }
        }
    }
    let follows = |(from, to): (usize, usize)| {
        pairs.iter().any(|&(a, middle)| {
            a == from && middle != to && pairs.contains(&(middle, to)) && !pairs.contains(&(middle, from))
        })
    };
    let kept = pairs.iter().filter(|pair| !follows(**pair)).take(MOST_RULES);
    let name = |place: &usize| categories.get(*place).map_or("", |codes| codes.name);
    kept.map(|(from, to)| {
        let different = categories.get(*from).map_or(0, |codes| codes.different);
        let why = format!("seen: each of {} values has one partner", thousands(different as u64));
        Suggestion::new("determines", None, why, Basis::Sample)
            .with("columns", vec![Value::from(name(from))])
            .with("target", name(to))
    })
    .collect()
}

fn decides(a: &Codes<'_>, b: &Codes<'_>) -> bool {
    let mut partners: BTreeMap<u32, u32> = BTreeMap::new();
    a.codes
        .iter()
        .zip(&b.codes)
        .filter(|(x, _)| **x != u32::MAX)
        .all(|(x, y)| *partners.entry(*x).or_insert(*y) == *y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disjoint_ranges_say_nothing_but_overlapping_ones_do() {
        let start: Vec<f64> = (0..500).map(|i| f64::from(i * 7919 % 500)).collect();
        let end: Vec<f64> = start.iter().map(|x| x + 3.0).collect();
        let far: Vec<f64> = start.iter().map(|x| x + 1e6).collect();
        let column = |name, cells| Numbers { name, cells };
        let telling = |a, b| match compared(&a, &b) {
            Some(Compared::AtMost(telling)) => Some(telling),
            _ => None,
        };
        assert!(telling(column("x", &start), column("y", &end)).is_some());
        assert_eq!(telling(column("x", &start), column("y", &far)), None);
        assert_eq!(telling(column("y", &end), column("x", &start)), None);
        assert!(matches!(compared(&column("x", &start), &column("z", &start)), Some(Compared::Equal)));
    }

    #[test]
    fn names_with_a_common_word_belong_together() {
        assert!(belong_together("start_date", "end date"));
        assert!(!belong_together("air_time", "distance"));
    }
}
