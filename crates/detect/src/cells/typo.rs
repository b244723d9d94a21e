//! Slips of the finger: rare values one or two slips away from a much more frequent one.

use rayon::prelude::*;

use super::nearby::{MOST_CHARS, NearIndex, slips, slips_allowed};
use super::suspicion::{Suspicion, Suspicions, outweighs, shown};
use super::values::{Sort, Values};
use crate::wording::thousands;

/// Rows from which on a value counts as one that is meant.
const LEAST_ROWS: u64 = 4;
/// How many times as frequent the value that is meant must be, and from when on that says all it can.
const TIMES: (f64, f64) = (4.0, 20.0);
/// Most values that are taken as meant: the most frequent ones.
const MOST_MEANT: usize = 4_000;
/// Share of the frequent values with an equally frequent neighbour from which on near neighbours are normal, as
/// among codes and surnames.
const NORMAL_NEIGHBOURS: f64 = 0.1;

/// A rare value and the frequent one that is near it.
struct Near {
    rare: usize,
    meant: usize,
    slips: usize,
    /// Whether another frequent value is just as near.
    ambiguous: bool,
}

/// Judges the values of a column.
pub(super) fn judge(values: &Values<'_>) -> Suspicions {
    if values.sort != Sort::Text || values.names_rows || !values.exact {
        return Vec::new();
    }
    let order = values.by_count();
    let count = |index: usize| values.counts.get(index).map_or(0, |(_, count)| *count);
    let text = |index: usize| values.counts.get(index).map_or("", |(text, _)| text.as_ref());
    let meant: Vec<usize> =
        order.iter().copied().take_while(|index| count(*index) >= LEAST_ROWS).take(MOST_MEANT).collect();
    let mut ranks = vec![usize::MAX; order.len()];
    for (rank, value) in meant.iter().enumerate() {
        if let Some(place) = ranks.get_mut(*value) {
            *place = rank;
        }
    }
    let rank = |value: usize| ranks.get(value).copied().unwrap_or(usize::MAX);
    let mut index = NearIndex::default();
    let comparable = |text: &str| text.chars().count() <= MOST_CHARS && text.chars().any(char::is_alphabetic);
    for (number, value) in meant.iter().enumerate().filter(|(_, value)| comparable(text(**value))) {
        index.add(number as u32, &text(*value).to_lowercase());
    }
    let neighbours = |value: usize| -> Vec<(usize, usize)> {
        let near = index.candidates(&text(value).to_lowercase()).into_iter().filter_map(|number| {
            let other = *meant.get(number as usize)?;
            Some((other, one_slip_away(text(other), text(value))?))
        });
        near.filter(|(other, _)| *other != value).collect()
    };
    // A slip that is made again and again is no neighbour, but a slip.
    let outweighed = |value: usize| {
        neighbours(value).iter().any(|(other, _)| count(*other) as f64 >= TIMES.0 * count(value) as f64)
    };
    let lone: Vec<usize> = meant.par_iter().copied().filter(|value| !outweighed(*value)).collect();
    let is_crowded = |value: &&usize| {
        let near = neighbours(**value);
        near.iter().any(|(other, _)| lone.binary_search_by_key(&rank(*other), |value| rank(*value)).is_ok())
    };
    let crowded = lone.par_iter().filter(is_crowded).count() as f64 / lone.len().max(1) as f64;
    if crowded > NORMAL_NEIGHBOURS {
        return Vec::new();
    }
    let nearest = |rare: usize| -> Option<Near> {
        let mut near = neighbours(rare);
        near.retain(|(other, _)| count(*other) as f64 >= TIMES.0 * count(rare) as f64);
        near.sort_by_key(|(other, slips)| (*slips, std::cmp::Reverse(count(*other)), *other));
        let (meant, slips) = *near.first()?;
        let ambiguous = near.get(1).is_some_and(|(_, others)| *others == slips);
        Some(Near { rare, meant, slips, ambiguous })
    };
    let found: Vec<Near> = order
        .par_iter()
        .filter(|value| comparable(text(**value)) && text(**value).chars().count() > 2)
        .filter_map(|value| nearest(*value))
        .collect();
    found.iter().map(|near| (near.rare, suspicion(values, near, crowded))).collect()
}

fn suspicion(values: &Values<'_>, near: &Near, crowded: f64) -> Suspicion {
    let few = values.counts.get(near.rare).map_or(0, |(_, count)| *count);
    let (meant, many) =
        values.counts.get(near.meant).map_or(("", 0), |(text, count)| (text.as_ref(), *count));
    let chars = meant.chars().count();
    let by_length = match (near.slips, chars) {
        (1, 8..) => 0.95,
        (1, 6..) => 0.9,
        (1, 5) => 0.85,
        (1, _) => 0.7,
        (_, 12..) => 0.85,
        _ => 0.75,
    };
    let often = if few > 3 { 0.9 } else { 1.0 };
    let sure = by_length
        * (1.0 - crowded / NORMAL_NEIGHBOURS * 0.3)
        * (0.8 + 0.2 * outweighs(many, few, TIMES))
        * if near.ambiguous { 0.7 } else { 1.0 }
        * often;
    let (slips, times) = (if near.slips == 1 { "one slip" } else { "two slips" }, thousands(many));
    let rows = if few == 1 { "1 row".to_owned() } else { format!("{} rows", thousands(few)) };
    Suspicion {
        method: "typo",
        reason: format!("in {rows}, {slips} away from {}, which is in {times}", shown(meant)),
        suggestion: Some(meant.to_owned()),
        confidence: sure,
    }
}

/// How many slips lead from what is meant to a value, where slips explain the difference: digits that differ are
/// another number, and words of one to three letters that differ are other words. Other capitals are no slip.
fn one_slip_away(meant: &str, value: &str) -> Option<usize> {
    let (meant, value) = (&meant.to_lowercase(), &value.to_lowercase());
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let of_meant = digits(meant);
    if !of_meant.is_empty() && of_meant != digits(value) {
        return None;
    }
    let words = |text: &str| -> Vec<Vec<char>> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(|word| word.chars().collect()).collect()
    };
    let (ours, theirs) = (words(meant), words(value));
    if ours.len() != theirs.len() {
        // A character within a word that is none: judged as a whole.
        let (a, b): (Vec<char>, Vec<char>) = (meant.chars().collect(), value.chars().collect());
        return slips(&a, &b, 1).filter(|slips| *slips > 0 && a.len() >= 8);
    }
    let mut total = 0;
    for (a, b) in ours.iter().zip(&theirs).filter(|(a, b)| a != b) {
        total += slips(a, b, slips_allowed(a.len()))?;
        // Another ending is another form of the word: `single`, `singles`.
        if is_other_form(a, b) {
            return None;
        }
    }
    (1..=2).contains(&total).then_some(total)
}

/// Whether the words differ in an ending that makes another form of a word.
fn is_other_form(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    long.starts_with(short)
        && matches!(long.get(short.len()..), Some(['s' | 'd' | 'n' | 'r'] | ['e', 's' | 'd' | 'r']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[(&str, u64)]) -> Vec<(String, String)> {
        let values = Values::made_of("city", texts);
        let mut all: Vec<(String, String)> = judge(&values)
            .into_iter()
            .map(|(index, suspicion)| (values.counts[index].0.to_string(), suspicion.suggestion.unwrap()))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let cities = [
            ("Birmingham", 120),
            ("Brimingham", 1),
            ("birmxnghxm", 1),
            ("London", 300),
            ("Lodnon", 2),
            ("Leeds", 80),
            ("Leeds North", 1),
            ("York", 40),
            ("New York", 60),
            ("New Yorc", 1),
            ("Ward 7", 50),
            ("Ward 8", 1),
            ("Unit A", 40),
            ("Unit B", 1),
        ];
        let found = found(&cities);
        let pairs: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let wanted = [
            ("Brimingham", "Birmingham"),
            ("Lodnon", "London"),
            ("New Yorc", "New York"),
            ("birmxnghxm", "Birmingham"),
        ];
        assert_eq!(pairs, wanted);
    }

    #[test]
    fn where_neighbours_are_normal_nothing_is_said() {
        let names = [
            ("Smith", 50),
            ("Smyth", 30),
            ("Meyer", 40),
            ("Meier", 50),
            ("Mayer", 60),
            ("Maier", 40),
            ("Smitt", 1),
        ];
        assert_eq!(found(&names), []);
    }
}
