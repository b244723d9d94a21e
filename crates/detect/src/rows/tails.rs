//! Surprise of the tails, column by column, after ECOD (Li et al. 2022).

use super::column_ranks::ColumnRanks;
use super::matrix::Matrix;

/// The empirical distributions of all columns.
#[derive(Debug, Clone)]
pub(super) struct Tails {
    columns: Vec<ColumnRanks>,
}

impl Tails {
    pub(super) fn fit(matrix: &Matrix) -> Self {
        Self { columns: (0..matrix.columns()).map(|column| ColumnRanks::fit(matrix, column)).collect() }
    }

    /// Sum over the columns of minus the logarithm of the two-sided empirical tail probability. Unlike ECOD it
    /// does not choose a side for the whole row, so that a value far down and one far up add up.
    pub(super) fn score(&self, row: &[f64]) -> f64 {
        row.iter().zip(&self.columns).map(|(&x, column)| f64::from(column.surprise(x))).sum()
    }
}
