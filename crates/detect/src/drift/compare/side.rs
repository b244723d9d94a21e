//! One column on one side, and its values as counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use driftline_chunk::Physical;
use driftline_model::ColumnStatistics;
use driftline_profile::{ColumnProfile, SampleColumn};
use driftline_stats::radix::{count_numbers, from_ordered_bits, ordered_bits};

use crate::drift::prepared::PreparedColumn;

/// A column's profile with its part of the row sample.
#[derive(Clone, Copy)]
pub(crate) struct ColumnSide<'a> {
    pub(crate) profile: &'a ColumnProfile,
    pub(crate) sample: &'a SampleColumn,
    /// What is kept of earlier comparisons.
    pub(crate) prepared: Option<&'a PreparedColumn>,
}

impl<'a> ColumnSide<'a> {
    /// Distinct numbers with counts, ascending: exact where the profile has kept them all, else of the sample.
    /// `None` for text.
    pub(crate) fn numbers(&self) -> Option<Cow<'a, [(f64, u64)]>> {
        match self.prepared {
            Some(kept) => kept.counts.get_or_init(|| self.counted()).as_deref().map(Cow::Borrowed),
            None => self.counted().map(Cow::Owned),
        }
    }

    /// Summary statistics for a report; `counts` are those of [`numbers`](Self::numbers).
    pub(crate) fn statistics(&self, counts: Option<&[(f64, u64)]>) -> ColumnStatistics {
        let made = || self.profile.statistics_of_counts(self.sample, counts);
        self.prepared.map_or_else(made, |kept| kept.statistics.get_or_init(made).clone())
    }

    fn counted(&self) -> Option<Vec<(f64, u64)>> {
        if self.profile.physical() == Physical::Text {
            return None;
        }
        self.profile.number_counts().or_else(|| match self.sample {
            SampleColumn::Numbers(values) => Some(count_numbers(values)),
            SampleColumn::Text(_) => None,
        })
    }

    /// Distinct texts with counts, ascending: exact where the profile has kept them all, else of the sample.
    /// `None` for numbers.
    pub(crate) fn texts(&self) -> Option<Vec<(&'a str, u64)>> {
        self.profile.text_counts().or_else(|| match self.sample {
            SampleColumn::Text(sample) => {
                let mut counts = vec![0; sample.values.len()];
                for &code in &sample.codes {
                    if let Some(count) = counts.get_mut(code as usize) {
                        *count += 1;
                    }
                }
                Some(sample.values.iter().map(AsRef::as_ref).zip(counts).collect())
            }
            SampleColumn::Numbers(_) => None,
        })
    }

    /// The texts read as numbers, with the number of those that are none. `None` for numbers.
    pub(crate) fn texts_as_numbers(&self) -> Option<(Vec<(f64, u64)>, u64)> {
        let (mut numbers, mut failures) = (BTreeMap::new(), 0);
        for (text, count) in self.texts()? {
            match text.trim().parse::<f64>() {
                Ok(number) if !number.is_nan() => *numbers.entry(ordered_bits(number)).or_insert(0) += count,
                _ => failures += count,
            }
        }
        let numbers = numbers.into_iter().map(|(bits, count)| (from_ordered_bits(bits), count)).collect();
        Some((numbers, failures))
    }
}
