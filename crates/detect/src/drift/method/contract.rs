//! What a drift method is.

use driftline_stats::{Side, StatsError, TestOutcome};

use crate::drift::pair::{CategoryPair, ColumnPair, OrderedPair, PairError};

/// A way to measure how far two sides of a column are apart.
///
/// A method is pure: the same pair gives the same measure, whatever the order in which the rows came.
pub trait DriftMethod: Sync {
    /// What the method is, for catalogues, forms, help and reference pages.
    fn info(&self) -> &'static MethodInfo;

    /// Measures a pair.
    ///
    /// # Errors
    /// A named reason whenever there is no value; the value and p-value of an `Ok` are never NaN.
    fn measure(&self, pair: &ColumnPair<'_>) -> Result<Measure, MethodError>;
}

/// Description of a method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MethodInfo {
    /// Name in configuration and reports, lower-case with underscores.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What it tells, in one sentence.
    pub summary: &'static str,
    /// Columns it can be used on.
    pub kinds: Applies,
    /// Least and greatest value.
    pub range: (f64, f64),
    /// Whether exchanging the sides keeps the value.
    pub symmetric: bool,
    /// Value for equal sides.
    pub neutral: f64,
    /// Unit of the value; empty for a pure number.
    pub unit: &'static str,
    /// Formula with r for the reference and c for the current side.
    pub formula: &'static str,
    /// Where the method was published.
    pub source: &'static str,
    /// From where on the measure counts as a change.
    pub default_threshold: Threshold,
}

/// Columns that a method can be used on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// Values with an order.
    Ordered,
    /// Labels.
    Categories,
    /// Both: ordered values are taken as counts in bins.
    Any,
}

/// From where on a measure counts as a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// The value reaches this.
    AtLeast(f64),
    /// The p-value falls below this.
    PValueBelow(f64),
}

impl Threshold {
    /// Whether a measure reaches the threshold. A measure without a p-value never passes a threshold on it.
    pub fn is_reached(self, measure: &Measure) -> bool {
        match self {
            Self::AtLeast(least) => measure.value >= least,
            Self::PValueBelow(alpha) => measure.p_value.is_some_and(|p| p < alpha),
        }
    }
}

/// What a method found.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// The value, in the method's own range and unit.
    pub value: f64,
    /// Probability of such a value, or a farther one, without any change; for tests only.
    pub p_value: Option<f64>,
    /// A remark on how the value came about, such as a fallback that was used.
    pub note: Option<String>,
}

impl Measure {
    /// A value without a p-value.
    pub(super) fn value(value: f64) -> Self {
        Self { value, p_value: None, note: None }
    }
}

impl From<TestOutcome> for Measure {
    fn from(outcome: TestOutcome) -> Self {
        Self { value: outcome.statistic, p_value: Some(outcome.p_value), note: None }
    }
}

/// Why a method has no value for a pair.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// The method is for another kind of column.
    #[error("the method is for {0}")]
    NotApplicable(&'static str),
    /// The method is for two classes, the column has more.
    #[error("the column has {classes} classes, the method is for 2")]
    TooManyClasses {
        /// Classes with a count on either side.
        classes: usize,
    },
    /// Every class is so rare that only a permutation test could judge, and there are too many rows for one.
    #[error("every one of {classes} classes is too rare to be tested among {rows} rows")]
    EveryClassRare {
        /// Classes with a count on either side.
        classes: usize,
        /// Rows of both sides.
        rows: u64,
    },
    /// The reference has no spread that a distance could be expressed in.
    #[error("the reference is constant, a distance cannot be expressed in its standard deviations")]
    ConstantReference,
    /// The pair lacks something.
    #[error(transparent)]
    Pair(#[from] PairError),
}

impl From<StatsError> for MethodError {
    fn from(error: StatsError) -> Self {
        Self::Pair(PairError::Stats(error))
    }
}

/// The ordered values of a pair.
pub(super) fn ordered<'a>(pair: &ColumnPair<'a>) -> Result<OrderedPair<'a>, MethodError> {
    match pair {
        ColumnPair::Ordered(pair) => Ok(*pair),
        ColumnPair::Categories(_) => Err(MethodError::NotApplicable("values with an order")),
    }
}

/// The two classes of a pair of labels: counts of the first label and of the other one.
pub(super) fn two_classes(pair: &ColumnPair<'_>) -> Result<[[u64; 2]; 2], MethodError> {
    let ColumnPair::Categories(CategoryPair { .. }) = pair else {
        return Err(MethodError::NotApplicable("labels"));
    };
    let [reference, current] = pair.counts()?;
    let used: Vec<(u64, u64)> =
        reference.iter().copied().zip(current.iter().copied()).filter(|(r, c)| r + c > 0).collect();
    let &[(r0, c0), (r1, c1)] = used.as_slice() else {
        return Err(match used.len() {
            0 => StatsError::NoCounts { side: Side::Reference }.into(),
            1 => StatsError::TooFewClasses { classes: 1 }.into(),
            classes => MethodError::TooManyClasses { classes },
        });
    };
    Ok([[r0, r1], [c0, c1]])
}

/// Shares of both sides, with a pseudo-count added to every class.
pub(super) fn shares(pair: &ColumnPair<'_>, pseudo_count: f64) -> Result<[Vec<f64>; 2], MethodError> {
    use driftline_stats::divergence::smoothed_shares;
    let [reference, current] = pair.counts()?;
    Ok([
        smoothed_shares(Side::Reference, reference, pseudo_count)?,
        smoothed_shares(Side::Current, current, pseudo_count)?,
    ])
}
