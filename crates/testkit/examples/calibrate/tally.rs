//! Counting right and wrong decisions.

use std::collections::BTreeMap;
use std::fmt::Write;

use driftline_model::{ColumnReport, ColumnVerdict};
use driftline_testkit::planted::{PlantedColumn, Sizes};

/// Decisions of one size.
#[derive(Default)]
pub(crate) struct Tally {
    hits: u64,
    misses: u64,
    false_alarms: u64,
    /// Those in tables with planted changes: precision would otherwise depend on the number of stable tables.
    false_alarms_among_changes: u64,
    unchanged: u64,
    stable_tables: u64,
    alarmed_tables: u64,
    missed: BTreeMap<String, (u64, u64)>,
    flagged: BTreeMap<String, u64>,
}

impl Tally {
    /// Titles of the columns of [`Tally::row`].
    pub(crate) const HEADER: &'static str = "  reference    current     F1  precision  recall  changes  \
                                             stable columns flagged  stable tables alarmed";

    /// Counts one column. A change that does not count is left out.
    pub(crate) fn add(&mut self, column: &PlantedColumn, report: &ColumnReport, is_table_stable: bool) {
        let is_flagged = report.verdict == ColumnVerdict::Drifted;
        let Some(counts) = column.counts() else { return };
        if counts {
            let change = column.change.map_or("", |change| change.name());
            let size = column.change.map_or(0.0, |change| change.size());
            let (shape, signal) = (column.shape.name(), column.signal);
            let entry =
                self.missed.entry(format!("{change} {size} of {shape}, signal {signal:.1}")).or_default();
            entry.1 += 1;
            if is_flagged {
                self.hits += 1;
            } else {
                self.misses += 1;
                entry.0 += 1;
            }
            return;
        }
        self.unchanged += 1;
        if is_flagged {
            self.false_alarms += 1;
            self.false_alarms_among_changes += u64::from(!is_table_stable);
            let test = report.evidence.as_ref().map_or("", |evidence| evidence.test.as_str());
            let key = format!("{} by {test} ({})", report.name, report.findings.join(", "));
            *self.flagged.entry(key).or_default() += 1;
        }
    }

    /// Counts a table without any change.
    pub(crate) fn add_stable_table(&mut self, is_alarmed: bool) {
        self.stable_tables += 1;
        self.alarmed_tables += u64::from(is_alarmed);
    }

    /// One row of the table.
    pub(crate) fn row(&self, sizes: Sizes) -> String {
        let share = |part: u64, all: u64| if all == 0 { 0.0 } else { part as f64 / all as f64 };
        let precision = share(self.hits, self.hits + self.false_alarms_among_changes);
        let recall = share(self.hits, self.hits + self.misses);
        let f1 = if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 };
        format!(
            "{:>11} {:>10}  {f1:.3}      {precision:.3}   {recall:.3}  {:>7}  {:>20.3} %  {:>19.2} %",
            sizes.0,
            sizes.1,
            self.hits + self.misses,
            100.0 * share(self.false_alarms, self.unchanged),
            100.0 * share(self.alarmed_tables, self.stable_tables),
        )
    }

    /// What was missed and flagged wrongly, most often first.
    pub(crate) fn misses(&self) -> String {
        let mut text = String::new();
        let mut missed: Vec<_> = self.missed.iter().filter(|(_, (missed, _))| *missed > 0).collect();
        missed.sort_by_key(|(_, (missed, _))| std::cmp::Reverse(*missed));
        for (what, (missed, all)) in missed.into_iter().take(30) {
            let _ = writeln!(text, "      missed {missed} of {all}: {what}");
        }
        for (what, count) in &self.flagged {
            let _ = writeln!(text, "      flagged {count} times: {what}");
        }
        text
    }
}
