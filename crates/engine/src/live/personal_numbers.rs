//! Columns of numbers that belong to people: phone numbers, cards, national numbers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use driftline_chunk::Physical;
use driftline_detect::personal::of_column;
use driftline_model::PersonalKind;
use driftline_profile::Side;

use super::metrics::is_of_values;
use super::series_watch::column_of;

/// The columns of numbers that were found to be personal. Their mean and their quantiles are somebody's numbers or
/// nearly so, and say nothing; reports leave them out, and so do windows. What was found once holds, so that a small
/// window does not tell what a large one hides.
#[derive(Debug, Default)]
pub(super) struct PersonalNumbers {
    columns: BTreeSet<String>,
    /// Whether what was known before the first window was looked at: it is not kept over a restart.
    is_begun: bool,
}

impl PersonalNumbers {
    /// Whether the first window is still to come.
    pub(super) fn begins(&mut self) -> bool {
        !std::mem::replace(&mut self.is_begun, true)
    }

    /// Looks at a table.
    pub(super) fn look(&mut self, side: &Side<'_>) {
        for (column, cells) in side.profile.columns().iter().zip(&side.sample.columns) {
            if column.physical() != Physical::Number || self.columns.contains(column.name()) {
                continue;
            }
            let found = of_column(column, cells);
            if found.is_some_and(|personal| personal.kind != PersonalKind::DateOfBirth) {
                self.columns.insert(column.name().to_owned());
            }
        }
    }

    /// The columns whose values are in no metric: those, and `clocks`.
    pub(super) fn and<'a>(&self, clocks: &'a BTreeSet<String>) -> Cow<'a, BTreeSet<String>> {
        if self.columns.is_empty() {
            return Cow::Borrowed(clocks);
        }
        Cow::Owned(clocks.union(&self.columns).cloned().collect())
    }

    /// Takes out what windows told of these columns before they were found.
    pub(super) fn hide(&self, values: &mut BTreeMap<String, f64>) {
        values.retain(|metric, _| {
            !is_of_values(metric) || !column_of(metric).is_some_and(|column| self.columns.contains(column))
        });
    }
}
