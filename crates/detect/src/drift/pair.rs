//! The two sides of one column as plain data: what a drift method gets.

use driftline_stats::{Side, StatsError};

/// Reference and current values of one column, nulls set aside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ColumnPair<'a> {
    /// Numbers, dates and whatever else has an order.
    Ordered(OrderedPair<'a>),
    /// Labels without an order.
    Categories(CategoryPair<'a>),
}

/// Both sides of a column whose values have an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderedPair<'a> {
    /// Finite values of the reference (all or a sample), ascending.
    pub reference: &'a [f64],
    /// Finite values of the current side (all or a sample), ascending.
    pub current: &'a [f64],
    /// Counts of all values in shared bins that no far value can stretch: reference, current.
    pub bins: Option<[&'a [u64]; 2]>,
}

/// Both sides of a column of labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CategoryPair<'a> {
    /// Every label of either side, ascending, each once.
    pub labels: &'a [&'a str],
    /// Rows of the reference with each label.
    pub reference: &'a [u64],
    /// Rows of the current side with each label.
    pub current: &'a [u64],
}

impl<'a> ColumnPair<'a> {
    /// A pair of ordered values without bins.
    pub fn ordered(reference: &'a [f64], current: &'a [f64]) -> Self {
        Self::Ordered(OrderedPair { reference, current, bins: None })
    }

    /// A pair of ordered values with the counts of shared bins.
    pub fn binned(values: [&'a [f64]; 2], bins: [&'a [u64]; 2]) -> Self {
        let [reference, current] = values;
        Self::Ordered(OrderedPair { reference, current, bins: Some(bins) })
    }

    /// A pair of label counts; `labels` ascend.
    pub fn categories(labels: &'a [&'a str], reference: &'a [u64], current: &'a [u64]) -> Self {
        Self::Categories(CategoryPair { labels, reference, current })
    }

    /// Counts over shared classes: those of the labels, or those of the bins.
    ///
    /// # Errors
    /// [`PairError::NoBins`] for ordered values without bins, [`PairError::Labels`] for labels that do not fit.
    pub fn counts(&self) -> Result<[&'a [u64]; 2], PairError> {
        match self {
            Self::Ordered(pair) => pair.bins.ok_or(PairError::NoBins),
            Self::Categories(pair) => {
                pair.check()?;
                Ok([pair.reference, pair.current])
            }
        }
    }
}

impl CategoryPair<'_> {
    fn check(&self) -> Result<(), PairError> {
        for (side, counts) in [(Side::Reference, self.reference), (Side::Current, self.current)] {
            if counts.len() != self.labels.len() {
                return Err(PairError::Labels { side, labels: self.labels.len(), counts: counts.len() });
            }
        }
        Ok(())
    }
}

/// Why a pair cannot be used as it is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PairError {
    /// A method of shares was given ordered values without bins.
    #[error("the values were not counted in bins")]
    NoBins,
    /// Counts and labels differ in number.
    #[error("{side} has {counts} counts for {labels} labels")]
    Labels {
        /// The side whose counts do not fit.
        side: Side,
        /// Labels.
        labels: usize,
        /// Counts.
        counts: usize,
    },
    /// The values themselves do not allow a statistic.
    #[error(transparent)]
    Stats(#[from] StatsError),
}
