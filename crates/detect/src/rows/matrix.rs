/// A table of numbers, row after row, from which the joint methods learn. NaN is a missing value.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    values: Vec<f64>,
    columns: usize,
}

impl Matrix {
    /// A table with `columns` columns; values left over after the last whole row are dropped.
    pub fn new(mut values: Vec<f64>, columns: usize) -> Self {
        let whole = values.len().checked_div(columns).unwrap_or(0) * columns;
        values.truncate(whole);
        Self { values, columns }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All rows in order, each as long as there are columns.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// One value; NaN where there is no such cell.
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values.get(row * self.columns + column).copied().unwrap_or(f64::NAN)
    }

    /// The values of one column that are finite, in row order.
    pub fn finite(&self, column: usize) -> Vec<f64> {
        self.iter().filter_map(|row| row.get(column).copied()).filter(|x| x.is_finite()).collect()
    }

    /// The rows with these indices, in that order; indices past the end are left out.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let row = |&index: &usize| self.values.get(index * self.columns..(index + 1) * self.columns);
        let values = rows.iter().filter_map(row).flatten().copied().collect();
        Self { values, columns: self.columns }
    }
}
