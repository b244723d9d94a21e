//! Everything that can keep a statistic from having a value.

use std::fmt;

use thiserror::Error;

/// One side of a comparison, in the order in which the sides are always given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is compared against.
    Reference,
    /// What is judged.
    Current,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reference => "reference",
            Self::Current => "current",
        })
    }
}

/// Why a statistic has no value. No function of this crate answers NaN instead of one of these.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum StatsError {
    /// Too few values, none included.
    #[error("{side} has {got} values, at least {needed} are needed")]
    TooFew {
        /// The side that is short.
        side: Side,
        /// How many there are.
        got: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A NaN or an infinity where only finite values make sense.
    #[error("{side} holds {value}, only finite values can be used")]
    NotFinite {
        /// The side that holds it.
        side: Side,
        /// The value.
        value: f64,
    },
    /// A slice that must ascend does not.
    #[error("{side} is not sorted at index {index}")]
    NotSorted {
        /// The side that is not sorted.
        side: Side,
        /// Index of the first value that is smaller than the one before it.
        index: usize,
    },
    /// All values are equal where the statistic divides by their spread.
    #[error("all values are {value}, there is no spread to compare with")]
    Constant {
        /// The value.
        value: f64,
    },
    /// The values differ, but their middle half does not.
    #[error("the middle half of the values is constant at {value}, the inter-quartile range is zero")]
    NoMiddleSpread {
        /// The value of the middle half.
        value: f64,
    },
    /// Two vectors that describe the same classes differ in length.
    #[error("reference has {reference} classes and current has {current}")]
    ClassCount {
        /// Classes of the reference.
        reference: usize,
        /// Classes of the current side.
        current: usize,
    },
    /// Fewer than two classes hold anything.
    #[error("{classes} classes hold a count, at least 2 are needed")]
    TooFewClasses {
        /// Classes with a count on either side.
        classes: usize,
    },
    /// No count at all on a side.
    #[error("{side} has no counts")]
    NoCounts {
        /// The side without counts.
        side: Side,
    },
    /// A share that is not between 0 and 1.
    #[error("share {value} of class {class} in {side} is not between 0 and 1")]
    BadShare {
        /// The side that holds it.
        side: Side,
        /// Index of the class.
        class: usize,
        /// The share.
        value: f64,
    },
    /// A divergence is infinite because a class is empty on one side; smoothing avoids it.
    #[error("class {class} is empty in {side} only, which makes the divergence infinite; smooth the shares")]
    EmptyClass {
        /// The side in which the class is empty.
        side: Side,
        /// Index of the class.
        class: usize,
    },
    /// A p-value that is not between 0 and 1.
    #[error("p-value {value} at index {index} is not between 0 and 1")]
    BadPValue {
        /// Index in the input.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A parameter out of its range.
    #[error("{name} is {value}, it must be {range}")]
    BadParameter {
        /// Name of the parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What would be right.
        range: &'static str,
    },
    /// The values are so far apart that a sum of them leaves the range of a double.
    #[error("{statistic} leaves the range of a 64-bit float")]
    Overflow {
        /// The statistic that could not be held.
        statistic: &'static str,
    },
}

/// Passes a finite value on and turns anything else into [`StatsError::Overflow`].
pub(crate) fn finite(statistic: &'static str, value: f64) -> Result<f64, StatsError> {
    if value.is_finite() { Ok(value) } else { Err(StatsError::Overflow { statistic }) }
}
