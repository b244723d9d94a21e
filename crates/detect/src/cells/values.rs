//! A column as the methods see it: its different values with their counts.

use std::borrow::Cow;

use driftline_profile::{SampleColumn, Side};

use super::dates::DateFormat;
use super::numbers::parse_number;

/// Share of the values that must be of a sort for the column to be of it.
const OF_A_SORT: f64 = 0.95;
/// Share of different values from which on a column names its rows.
const IDENTIFIER_DISTINCT: f64 = 0.95;
/// Rows below which nothing is said of a column.
pub(super) const LEAST_ROWS: u64 = 30;

/// What the values of a column are, most of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Number,
    Date,
    Text,
}

/// The different values of a column of text.
#[derive(Debug, Clone)]
pub(super) struct Values<'a> {
    pub(super) name: &'a str,
    /// Every different value with its count, by rising value; of the sample where `exact` is false.
    pub(super) counts: Vec<(Cow<'a, str>, u64)>,
    /// Values in all that the counts stand for.
    pub(super) total: u64,
    /// Whether every value of the column is among `counts`.
    pub(super) exact: bool,
    pub(super) sort: Sort,
    /// Whether it names its rows, so that no value is expected twice.
    pub(super) names_rows: bool,
}

impl<'a> Values<'a> {
    /// The values of column `index`; nothing for columns that are not held as text, or hold hardly anything.
    pub(super) fn of(side: &Side<'a>, index: usize) -> Option<Self> {
        let column = side.profile.columns().get(index)?;
        let (counts, exact): (Vec<(Cow<'a, str>, u64)>, bool) = match column.text_counts() {
            Some(counts) => {
                (counts.into_iter().map(|(text, count)| (Cow::Borrowed(text), count)).collect(), true)
            }
            None => match side.sample.columns.get(index)? {
                SampleColumn::Text(texts) => {
                    let mut by_code = vec![0_u64; texts.values.len()];
                    for &code in &texts.codes {
                        if let Some(count) = by_code.get_mut(code as usize) {
                            *count += 1;
                        }
                    }
                    let values = texts.values.iter().map(|text| Cow::Borrowed(text.as_ref()));
                    (values.zip(by_code).collect(), false)
                }
                SampleColumn::Numbers(_) => return None,
            },
        };
        let distinct = column.distinct().estimate as f64;
        let names_rows = distinct >= IDENTIFIER_DISTINCT * column.present().max(1) as f64;
        Self::new(column.name(), counts, exact, names_rows)
    }

    fn new(name: &'a str, counts: Vec<(Cow<'a, str>, u64)>, exact: bool, names_rows: bool) -> Option<Self> {
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
        if total < LEAST_ROWS {
            return None;
        }
        let share = |is: &dyn Fn(&str) -> bool| {
            let of_it: u64 = counts.iter().filter(|(text, _)| is(text)).map(|(_, count)| count).sum();
            of_it as f64 / total as f64
        };
        let sort = if share(&|text| parse_number(text).is_some()) >= OF_A_SORT {
            Sort::Number
        } else if share(&|text| DateFormat::of(text).is_some()) >= OF_A_SORT {
            Sort::Date
        } else {
            Sort::Text
        };
        Some(Self { name, counts, total, exact, sort, names_rows })
    }

    /// Share of the rows.
    pub(super) fn share(&self, count: u64) -> f64 {
        count as f64 / self.total.max(1) as f64
    }

    /// How often a value occurs.
    pub(super) fn count_of(&self, text: &str) -> u64 {
        let at = self.counts.binary_search_by(|(known, _)| known.as_ref().cmp(text));
        at.ok().and_then(|at| self.counts.get(at)).map_or(0, |(_, count)| *count)
    }

    /// Indices of the values, most frequent first.
    pub(super) fn by_count(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.counts.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(self.counts.get(index).map_or(0, |(_, count)| *count)));
        order
    }

    /// Made of texts in the order given, for tests.
    #[cfg(test)]
    pub(super) fn made_of(name: &'static str, texts: &[(&str, u64)]) -> Values<'static> {
        let mut counts: Vec<(Cow<'static, str>, u64)> =
            texts.iter().map(|(text, count)| (Cow::Owned((*text).to_owned()), *count)).collect();
        counts.sort();
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
        let names_rows = counts.len() as f64 >= IDENTIFIER_DISTINCT * total as f64;
        Values::new(name, counts, true, names_rows).unwrap()
    }
}
