//! One side of a column as other tools see it.

/// Values of one side of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ConformColumn<'a> {
    /// A column of numbers.
    Numbers {
        /// The values in any order; NaN (no value) and infinities are dropped.
        values: &'a [f64],
        /// Whether the tool would hold them as integers, which changes the width of its bins.
        whole: bool,
    },
    /// Rows for each label, in any order.
    Categories(&'a [(String, u64)]),
}

/// The finite values, ascending.
pub(super) fn finite_sorted(values: &[f64]) -> Vec<f64> {
    let mut kept: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    kept.sort_unstable_by(f64::total_cmp);
    kept
}
