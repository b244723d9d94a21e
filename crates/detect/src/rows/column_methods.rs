//! What the methods for single numbers are given.

/// What is known of a column of numbers or datetimes of the data that rows are judged against.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberFacts<'a> {
    /// Mean of all finite values.
    pub(super) mean: f64,
    /// Standard deviation (n - 1) of all finite values.
    pub(super) std: f64,
    /// The finite values of the row sample, rising.
    pub(super) sorted: &'a [f64],
}
