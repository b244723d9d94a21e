use std::sync::OnceLock;

use arrow_array::{Array, BooleanArray};
use driftline_chunk::{ColumnValues, Field, Physical};
use driftline_model::{ColumnStatistics, Kind};
use driftline_stats::hash::NULL_HASH;

use crate::bin_counter::BinCounter;
use crate::bins::NumberBins;
use crate::kind::kind_of;
use crate::lengths::LengthSummary;
use crate::number_summary::NumberSummary;
use crate::number_values::NumberValues;
use crate::row_sample::SampleColumn;
use crate::statistics::{number_counts, statistics_of};
use crate::text_values::TextValues;
use crate::wording::Wording;

/// What a profile knows of one column.
#[derive(Debug, Clone)]
pub struct ColumnProfile {
    pub(crate) field: Field,
    pub(crate) count: u64,
    pub(crate) nulls: u64,
    pub(crate) failures: u64,
    pub(crate) values: Values,
    /// Bins in which numbers are counted during the scan.
    pub(crate) bins: Option<Box<BinCounter>>,
    kind: OnceLock<Kind>,
    numbers: OnceLock<Option<NumberSummary>>,
    lengths: OnceLock<Option<LengthSummary>>,
}

/// What is kept of a column's values, by how they are held.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    Numbers(NumberValues),
    Booleans(Booleans),
    Text(TextValues),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Booleans {
    pub(crate) falses: u64,
    pub(crate) trues: u64,
}

/// Number of distinct values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distinct {
    /// The number.
    pub estimate: u64,
    /// Whether it is exact; else its standard error is 1.15 %.
    pub exact: bool,
}

/// Buffers that are used again for every column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    numbers: Vec<f64>,
    hashes: Vec<u64>,
    rows: Vec<u32>,
}

impl ColumnProfile {
    pub(crate) fn new(field: &Field, exact_values: usize, bins: Option<&NumberBins>) -> Self {
        let values = match field.physical {
            Physical::Number | Physical::Datetime => Values::Numbers(NumberValues::new(exact_values)),
            Physical::Boolean => Values::Booleans(Booleans::default()),
            Physical::Text => Values::Text(TextValues::new(exact_values)),
        };
        Self {
            field: field.clone(),
            count: 0,
            nulls: 0,
            failures: 0,
            bins: bins
                .filter(|_| matches!(values, Values::Numbers(_)))
                .map(|bins| Box::new(BinCounter::new(bins.clone()))),
            values,
            kind: OnceLock::new(),
            numbers: OnceLock::new(),
            lengths: OnceLock::new(),
        }
    }

    /// Column name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.field.name
    }

    /// How its values are held.
    #[must_use]
    pub fn physical(&self) -> Physical {
        self.field.physical
    }

    /// What its values mean, as far as can be told from all of them.
    #[must_use]
    pub fn kind(&self) -> Kind {
        *self.kind.get_or_init(|| kind_of(self))
    }

    /// Rows.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Rows without a value.
    #[must_use]
    pub fn nulls(&self) -> u64 {
        self.nulls
    }

    /// Cells that did not fit the column's type.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures
    }

    /// Rows with a value that fits.
    #[must_use]
    pub fn present(&self) -> u64 {
        self.count.saturating_sub(self.nulls).saturating_sub(self.failures)
    }

    /// What is known of the numbers (or of the moments of a datetime column); `None` for other columns.
    #[must_use]
    pub fn numbers(&self) -> Option<&NumberSummary> {
        let summary = || match &self.values {
            Values::Numbers(values) => Some(NumberSummary::new(&values.moments())),
            Values::Booleans(_) | Values::Text(_) => None,
        };
        self.numbers.get_or_init(summary).as_ref()
    }

    /// Number of distinct values.
    #[must_use]
    pub fn distinct(&self) -> Distinct {
        let exact = |count: usize| Distinct { estimate: count as u64, exact: true };
        // No estimate may pass the number of values.
        let estimated = |count: u64| Distinct { estimate: count.min(self.present()), exact: false };
        match &self.values {
            Values::Numbers(NumberValues::Counted(counts)) => exact(counts.len()),
            Values::Numbers(NumberValues::Summed(summed)) => estimated(summed.distinct.estimate()),
            Values::Booleans(both) => exact(usize::from(both.falses > 0) + usize::from(both.trues > 0)),
            Values::Text(TextValues::Counted(counted)) => exact(counted.counts.len()),
            Values::Text(TextValues::Summed(summed)) => estimated(summed.distinct.estimate()),
        }
    }

    /// Every distinct number (booleans as 0 and 1, datetimes in microseconds; infinities included) with its
    /// count, by rising number; `None` for text, and once there are more than the profile counts.
    #[must_use]
    pub fn number_counts(&self) -> Option<Vec<(f64, u64)>> {
        match &self.values {
            Values::Numbers(values) => values.counts(),
            Values::Booleans(both) => {
                let pairs = [(0.0, both.falses), (1.0, both.trues)];
                Some(pairs.into_iter().filter(|&(_, count)| count > 0).collect())
            }
            Values::Text(_) => None,
        }
    }

    /// Every distinct text with its count, by rising text (as bytes), cut to 256 bytes; `None` for other
    /// columns, and once there are more or longer ones than the profile counts.
    #[must_use]
    pub fn text_counts(&self) -> Option<Vec<(&str, u64)>> {
        match &self.values {
            Values::Text(values) => values.counts(),
            Values::Numbers(_) | Values::Booleans(_) => None,
        }
    }

    /// Lengths of the texts in characters; `None` for other columns and without texts.
    #[must_use]
    pub fn lengths(&self) -> Option<&LengthSummary> {
        let summary = || match &self.values {
            Values::Text(values) => LengthSummary::new(values.lengths()),
            Values::Numbers(_) | Values::Booleans(_) => None,
        };
        self.lengths.get_or_init(summary).as_ref()
    }

    /// How many values are in each bin, exactly: from the counts of all distinct values where they are kept,
    /// or because these were the bins of the scan's plan. Otherwise `None`: count the sample.
    #[must_use]
    pub fn bin_counts(&self, bins: &NumberBins) -> Option<Vec<u64>> {
        if let Values::Numbers(NumberValues::Summed(summed)) = &self.values {
            return (self.bins() == Some(bins)).then(|| summed.bin_counts.clone());
        }
        let mut totals = vec![0; bins.len()];
        let mut add = |x: f64, count: u64| {
            if let Some(total) = totals.get_mut(bins.locate(x)) {
                *total += count;
            }
        };
        match &self.values {
            Values::Numbers(values) => values.for_each_count(&mut add),
            Values::Booleans(both) => {
                add(0.0, both.falses);
                add(1.0, both.trues);
            }
            Values::Text(_) => return None,
        }
        Some(totals)
    }

    /// Summary statistics for a report. `sample` is this column of the table's row sample; it serves for what
    /// is not known exactly: quantiles, frequent values and patterns of columns with many distinct values.
    #[must_use]
    pub fn statistics(&self, sample: &SampleColumn) -> ColumnStatistics {
        statistics_of(self, sample, number_counts(self, sample).as_deref())
    }

    /// [`statistics`](Self::statistics) where the distinct numbers, ascending with their counts, are at hand:
    /// those of [`number_counts`](Self::number_counts), or else of the sample; `None` for text.
    #[must_use]
    pub fn statistics_of_counts(
        &self,
        sample: &SampleColumn,
        counts: Option<&[(f64, u64)]>,
    ) -> ColumnStatistics {
        statistics_of(self, sample, counts)
    }

    /// Bins in which numbers are counted during the scan.
    pub(crate) fn bins(&self) -> Option<&NumberBins> {
        self.bins.as_deref().map(BinCounter::bins)
    }

    /// How the texts are worded.
    pub(crate) fn wording(&self) -> Option<Wording> {
        match &self.values {
            Values::Text(values) => Some(values.wording()),
            Values::Numbers(_) | Values::Booleans(_) => None,
        }
    }

    /// Summaries are computed when asked for and kept until more values come.
    fn forget_summaries(&mut self) {
        self.kind.take();
        self.numbers.take();
        self.lengths.take();
    }

    /// Takes in the cells of one chunk.
    pub(crate) fn update(
        &mut self,
        cells: ColumnValues<'_>,
        hashes: &[u64],
        failures: usize,
        scratch: &mut Scratch,
    ) {
        let missing = cells.null_count();
        self.count += hashes.len() as u64;
        self.failures += failures.min(missing) as u64;
        self.nulls += missing.saturating_sub(failures) as u64;
        self.forget_summaries();
        let bins = self.bins.as_deref();
        match (&mut self.values, cells) {
            (Values::Numbers(values), ColumnValues::Number(array)) if missing == 0 => {
                values.update(array.values(), hashes, bins);
            }
            (Values::Numbers(values), ColumnValues::Number(array)) => {
                scratch.keep_present(hashes, array.values().iter().copied());
                values.update(&scratch.numbers, &scratch.hashes, bins);
            }
            (Values::Numbers(values), ColumnValues::Datetime(array)) => {
                scratch.keep_present(hashes, array.values().iter().map(|&micros| micros as f64));
                values.update(&scratch.numbers, &scratch.hashes, bins);
            }
            (Values::Booleans(both), ColumnValues::Boolean(array)) => both.update(array),
            (Values::Text(values), ColumnValues::Text(array)) if missing == 0 => {
                values.update(array, hashes, None);
            }
            (Values::Text(values), ColumnValues::Text(array)) => {
                scratch.keep_rows(hashes);
                values.update(array, &scratch.hashes, Some(&scratch.rows));
            }
            // The table has compared the schemas.
            _ => debug_assert!(false, "column `{}` is of another type than its profile", self.field.name),
        }
    }

    /// Takes in all that `other` has seen.
    pub(crate) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.nulls += other.nulls;
        self.failures += other.failures;
        self.forget_summaries();
        match (&mut self.values, other.values) {
            (Values::Numbers(mine), Values::Numbers(theirs)) => mine.merge(theirs, self.bins.as_deref()),
            (Values::Text(mine), Values::Text(theirs)) => mine.merge(&theirs),
            (Values::Booleans(mine), Values::Booleans(theirs)) => {
                mine.falses += theirs.falses;
                mine.trues += theirs.trues;
            }
            _ => debug_assert!(false, "column `{}` is of another type than its profile", self.field.name),
        }
    }
}

impl Values {
    /// Number of values, unless there are more than can be.
    pub(crate) fn total(&self) -> Option<u64> {
        match self {
            Self::Numbers(NumberValues::Counted(counts)) => counts.total(),
            Self::Numbers(NumberValues::Summed(summed)) => {
                summed.moments.finite.checked_add(summed.moments.infinities)
            }
            Self::Booleans(both) => both.falses.checked_add(both.trues),
            Self::Text(TextValues::Counted(texts)) => texts.counts.total(),
            Self::Text(TextValues::Summed(summed)) => Some(summed.lengths.count),
        }
    }
}

impl Booleans {
    fn update(&mut self, array: &BooleanArray) {
        let (trues, present) = (array.true_count(), array.len() - array.null_count());
        self.trues += trues as u64;
        self.falses += (present - trues) as u64;
    }
}

impl Scratch {
    /// Keeps the numbers whose hash is not that of a null, with their hashes.
    fn keep_present(&mut self, hashes: &[u64], numbers: impl ExactSizeIterator<Item = f64>) {
        self.hashes.clear();
        self.hashes.resize(hashes.len(), 0);
        self.numbers.clear();
        self.numbers.resize(hashes.len(), 0.0);
        let mut kept = 0;
        for (&hash, x) in hashes.iter().zip(numbers) {
            // Written always and stepped over when present: no branch to mispredict. `kept` stays below the
            // index of the cell.
            self.hashes[kept] = hash;
            self.numbers[kept] = x;
            kept += usize::from(hash != NULL_HASH);
        }
        self.hashes.truncate(kept);
        self.numbers.truncate(kept);
    }

    /// Keeps the hashes that are not those of nulls, with their rows.
    fn keep_rows(&mut self, hashes: &[u64]) {
        self.hashes.clear();
        self.rows.clear();
        for (row, &hash) in hashes.iter().enumerate().filter(|(_, hash)| **hash != NULL_HASH) {
            self.hashes.push(hash);
            self.rows.push(row as u32);
        }
    }
}
