use crate::moments::Moments;

/// What is known of the numbers of a column. Mean, standard deviation, minimum and maximum are of the finite
/// values alone; they are absent when there is none. Datetimes are in microseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberSummary {
    mean: Option<f64>,
    std: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    sum: f64,
    finite: u64,
    zeros: u64,
    negatives: u64,
    infinities: u64,
    fractional: u64,
}

impl NumberSummary {
    pub(crate) fn new(moments: &Moments) -> Self {
        let range = (moments.finite > 0).then_some((moments.min + 0.0, moments.max + 0.0));
        Self {
            mean: moments.mean(),
            std: moments.std(),
            min: range.map(|(min, _)| min),
            max: range.map(|(_, max)| max),
            sum: moments.sum.value() + 0.0,
            finite: moments.finite,
            zeros: moments.zeros,
            negatives: moments.negatives,
            infinities: moments.infinities,
            fractional: moments.fractional,
        }
    }

    /// Mean of the finite values, from their exact sum.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        self.mean
    }

    /// Sample standard deviation (divisor n - 1) of the finite values, from exact sums; absent below two.
    #[must_use]
    pub fn std(&self) -> Option<f64> {
        self.std
    }

    /// Least finite value.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.min
    }

    /// Greatest finite value.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.max
    }

    /// Sum of the finite values, exact and rounded once; 0 without any.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// Number of finite values.
    #[must_use]
    pub fn finite(&self) -> u64 {
        self.finite
    }

    /// Number of zeros.
    #[must_use]
    pub fn zeros(&self) -> u64 {
        self.zeros
    }

    /// Number of values below zero, minus infinity included.
    #[must_use]
    pub fn negatives(&self) -> u64 {
        self.negatives
    }

    /// Number of infinite values.
    #[must_use]
    pub fn infinities(&self) -> u64 {
        self.infinities
    }

    /// Number of finite values that are not whole.
    #[must_use]
    pub fn fractional(&self) -> u64 {
        self.fractional
    }
}
