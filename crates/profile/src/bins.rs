use driftline_chunk::Physical;

use crate::bin_edges::edges_of;
use crate::column::ColumnProfile;
use crate::number_text::Notation;
use crate::row_sample::SampleColumn;
use crate::statistics::{finite, number_counts};

/// Bins over the number line: (-inf, e0), [e0, e1), ..., [e_last, inf), so that every number is in one.
///
/// A single value p can have a bin of its own: [p, next number after p). Bins are made from a reference and
/// then laid over other data.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberBins {
    edges: Vec<f64>,
    notation: Notation,
}

/// For each column of a table the bins in which its numbers are to be counted during the scan, where wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BinPlan {
    columns: Vec<Option<NumberBins>>,
}

impl BinPlan {
    /// A plan by column index.
    #[must_use]
    pub fn new(columns: Vec<Option<NumberBins>>) -> Self {
        Self { columns }
    }

    /// The bins of column `column`, if there are any.
    #[must_use]
    pub fn column(&self, column: usize) -> Option<&NumberBins> {
        self.columns.get(column)?.as_ref()
    }
}

impl NumberBins {
    /// Bins for comparing other data with a reference column, of about `max_bins` bins that hold equal shares
    /// of it.
    ///
    /// Values that hold at least one part in `max_bins` each, and all values when there are at most `max_bins`
    /// of them, get bins of their own; the others are cut at quantiles, from the exact counts of the column or
    /// else from its sample, moved to a round number near by. `None` for text and booleans, and without finite
    /// values.
    #[must_use]
    pub fn from_reference(column: &ColumnProfile, sample: &SampleColumn, max_bins: usize) -> Option<Self> {
        Self::from_counts(&number_counts(column, sample)?, column.physical(), max_bins)
    }

    /// The same from the distinct numbers of the reference, ascending with their counts, infinities left out.
    #[must_use]
    pub fn from_counts(counts: &[(f64, u64)], physical: Physical, max_bins: usize) -> Option<Self> {
        let notation = match physical {
            Physical::Number => Notation::Decimal,
            Physical::Datetime => Notation::Datetime,
            Physical::Boolean | Physical::Text => return None,
        };
        let edges = edges_of(finite(counts), max_bins, notation);
        (!edges.is_empty()).then_some(Self { edges, notation })
    }

    /// Bins with these edges for a column held as `physical` (which decides how labels are written); `None`
    /// unless there is an edge and all are finite and rising.
    #[must_use]
    pub fn from_edges(edges: Vec<f64>, physical: Physical) -> Option<Self> {
        let rising = edges.is_sorted_by(|a, b| a < b) && edges.iter().all(|edge| edge.is_finite());
        let notation = if physical == Physical::Datetime { Notation::Datetime } else { Notation::Decimal };
        (rising && !edges.is_empty()).then_some(Self { edges, notation })
    }

    /// The edges, rising; one less than there are bins.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// Number of bins, at least two.
    #[expect(clippy::len_without_is_empty, reason = "there are always at least two bins")]
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.len() + 1
    }

    /// The bin of a number; infinities are in the first and the last.
    #[inline]
    #[must_use]
    pub fn locate(&self, x: f64) -> usize {
        self.edges.partition_point(|&edge| edge <= x)
    }

    /// Lower and upper edge of bin `i`, absent where it is open or where there is no such bin.
    #[must_use]
    pub fn bounds(&self, i: usize) -> (Option<f64>, Option<f64>) {
        (i.checked_sub(1).and_then(|below| self.edges.get(below)).copied(), self.edges.get(i).copied())
    }

    /// What bin `i` holds, for people: `< 3`, `[3, 7)`, `= 0`, `(0, 3)` beside a value with a bin of its own,
    /// `>= 99`. Datetimes are written as ISO dates.
    #[must_use]
    pub fn label(&self, i: usize) -> String {
        let text = |x: f64| self.notation.write(x);
        // The upper edge of a single value is written as that value, left out of the bin above it.
        let single_below = i >= 2 && self.is_single(i - 1);
        match self.bounds(i) {
            (None, None) => String::new(),
            (None, Some(upper)) => format!("< {}", text(upper)),
            (Some(_), None) if single_below => format!("> {}", text(self.edges[i - 2])),
            (Some(lower), None) => format!(">= {}", text(lower)),
            (Some(lower), Some(_)) if self.is_single(i) => format!("= {}", text(lower)),
            (Some(_), Some(upper)) if single_below => {
                format!("({}, {})", text(self.edges[i - 2]), text(upper))
            }
            (Some(lower), Some(upper)) => format!("[{}, {})", text(lower), text(upper)),
        }
    }

    /// Whether bin `i` holds one single value.
    #[must_use]
    pub fn is_single(&self, i: usize) -> bool {
        matches!(self.bounds(i), (Some(lower), Some(upper)) if lower.next_up() == upper)
    }

    /// How many of the values are in each bin; NaN is left out. A few nanoseconds a value.
    #[must_use]
    pub fn count(&self, values: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; self.len()];
        self.count_one_by_one(values, &mut counts);
        counts
    }

    /// Adds the numbers of a slice to the counts of their bins.
    pub(crate) fn count_one_by_one(&self, values: &[f64], counts: &mut [u64]) {
        for &x in values.iter().filter(|x| !x.is_nan()) {
            if let Some(count) = counts.get_mut(self.locate(x)) {
                *count += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_what_a_bin_holds() {
        let edges = vec![0.0, 0_f64.next_up(), 3.0, 7.5];
        let bins = NumberBins::from_edges(edges, Physical::Number).unwrap();
        let labels: Vec<_> = (0..bins.len()).map(|i| bins.label(i)).collect();
        assert_eq!(labels, ["< 0", "= 0", "(0, 3)", "[3, 7.5)", ">= 7.5"]);
        let bins = NumberBins::from_edges(vec![1.0, 1_f64.next_up()], Physical::Number).unwrap();
        assert_eq!((bins.label(0), bins.label(1), bins.label(2)), ("< 1".into(), "= 1".into(), "> 1".into()));
        let bins = NumberBins::from_edges(vec![1_372_636_800e6], Physical::Datetime).unwrap();
        assert_eq!((bins.label(0), bins.label(1)), ("< 2013-07-01".into(), ">= 2013-07-01".into()));
        assert_eq!(bins.label(2), "");
    }

    #[test]
    fn every_number_is_in_its_bin() {
        let bins = NumberBins::from_edges(vec![-1.0, 0.0, 0_f64.next_up(), 2.0], Physical::Number).unwrap();
        let values = [f64::NEG_INFINITY, -1.0, -0.5, -0.0, 0.0, 5e-324, 1.9, 2.0, f64::INFINITY, f64::NAN];
        assert_eq!(bins.count(&values), [1, 2, 2, 2, 2]);
    }

    #[test]
    fn edges_must_rise() {
        for edges in [vec![], vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN], vec![0.0, f64::INFINITY]] {
            assert!(NumberBins::from_edges(edges, Physical::Number).is_none());
        }
    }
}
