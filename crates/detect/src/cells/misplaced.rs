//! Values that belong to another column: frequent there, hardly ever here.

use super::suspicion::{Suspicion, Suspicions, shown};
use super::values::{Sort, Values};
use crate::wording::{percent, thousands};

/// Share of the rows of its own column from which on a value belongs there.
const AT_HOME: f64 = 0.005;
/// Share of the rows up to which a value is a stranger.
const STRANGER: f64 = 0.002;
/// Share of different values up to which a column is a set of categories.
const CATEGORIES: f64 = 0.3;
/// Share of the other column's frequent values that may be frequent here too: columns that share their values, as
/// two airports of one flight, say nothing.
const SHARED: f64 = 0.05;
/// Rows that a value has at home.
const LEAST_ROWS: u64 = 10;

/// Judges the values of column `index` by those of the others.
pub(super) fn judge(columns: &[Option<Values<'_>>], index: usize) -> Suspicions {
    let Some(Some(own)) = columns.get(index) else { return Vec::new() };
    if !is_closed(own) {
        return Vec::new();
    }
    let others = columns.iter().enumerate().filter(|(other, _)| *other != index);
    let homes: Vec<&Values<'_>> = others
        .filter_map(|(_, other)| other.as_ref())
        .filter(|other| is_closed(other) && are_apart(own, other))
        .collect();
    let mut found = Vec::new();
    for (at, (text, count)) in own.counts.iter().enumerate() {
        let is_stranger = own.share(*count) <= STRANGER.max(1.5 / own.total.max(1) as f64);
        if !is_stranger || !text.chars().any(char::is_alphabetic) {
            continue;
        }
        let home = homes.iter().map(|home| (home, home.count_of(text))).max_by_key(|(_, there)| *there);
        let Some((home, there)) = home.filter(|(home, there)| is_at_home(home, *there)) else { continue };
        if there < 10 * count {
            continue;
        }
        let here = if *count == 1 { "1 row".to_owned() } else { format!("{} rows", thousands(*count)) };
        let reason = format!(
            "belongs to {}, where it is in {} of the rows; here in {here}",
            shown(home.name),
            percent(home.share(there))
        );
        found.push((at, Suspicion { method: "misplaced", reason, suggestion: None, confidence: 0.9 }));
    }
    found
}

fn is_closed(values: &Values<'_>) -> bool {
    values.exact
        && values.sort == Sort::Text
        && values.counts.len() as f64 <= CATEGORIES * values.total as f64
        && values.counts.len() > 1
}

fn is_at_home(home: &Values<'_>, count: u64) -> bool {
    count >= LEAST_ROWS && home.share(count) >= AT_HOME
}

/// Whether hardly any value is frequent in both.
fn are_apart(own: &Values<'_>, other: &Values<'_>) -> bool {
    let frequent: Vec<_> = other.counts.iter().filter(|(_, count)| is_at_home(other, *count)).collect();
    let shared = frequent
        .iter()
        .filter(|(text, _)| own.share(own.count_of(text)) > STRANGER && own.count_of(text) > 2);
    !frequent.is_empty() && shared.count() as f64 <= SHARED * frequent.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_another_column_is_found_and_shared_values_are_not() {
        let city = Values::made_of("city", &[("Rome", 300), ("Oslo", 299), ("Italy", 1)]);
        let land = Values::made_of("country", &[("Italy", 300), ("Norway", 299), ("Oslo", 1)]);
        let columns = [Some(city.clone()), Some(land)];
        let found = judge(&columns, 0);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.reason.starts_with("belongs to `country`"), "{}", found[0].1.reason);
        let from = Values::made_of("from", &[("Rome", 400), ("Oslo", 200), ("Bern", 1)]);
        let to = Values::made_of("to", &[("Rome", 200), ("Oslo", 200), ("Bern", 200)]);
        assert!(judge(&[Some(from), Some(to)], 0).is_empty());
    }
}
