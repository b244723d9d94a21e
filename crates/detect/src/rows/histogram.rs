//! Histogram-based outlier score (Goldstein and Dengel 2012): how thinly populated the bins are that a row
//! falls into, column by column.

use super::matrix::Matrix;

/// Bins of equal width between the smallest and the largest learnt value, as in the paper's implementations.
const BINS: usize = 10;

/// Added to the relative height of a bin, so that an empty bin costs at most `ln 11`.
const FLOOR: f64 = 0.1;

/// The histograms of all columns.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    columns: Vec<ColumnHistogram>,
}

#[derive(Debug, Clone)]
struct ColumnHistogram {
    lowest: f64,
    bins_per_unit: f64,
    surprise: [f64; BINS],
}

impl Histogram {
    pub(super) fn fit(matrix: &Matrix) -> Self {
        Self { columns: (0..matrix.columns()).map(|c| ColumnHistogram::fit(&matrix.finite(c))).collect() }
    }

    /// Sum over the columns of `-ln(height of the bin relative to the highest + 0.1)`. A missing value adds
    /// nothing; one outside of all bins counts as in an empty bin.
    pub(super) fn score(&self, row: &[f64]) -> f64 {
        row.iter().zip(&self.columns).map(|(&x, column)| column.surprise(x)).sum()
    }
}

impl ColumnHistogram {
    fn fit(values: &[f64]) -> Self {
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let width = (highest - lowest) / BINS as f64;
        let bins_per_unit = if width > 0.0 && width.is_finite() { 1.0 / width } else { 0.0 };
        let mut column = Self { lowest, bins_per_unit, surprise: [0.0; BINS] };
        let mut counts = [0_u64; BINS];
        for &x in values {
            if let Some(count) = column.bin(x).and_then(|bin| counts.get_mut(bin)) {
                *count += 1;
            }
        }
        let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
        column.surprise = counts.map(|count| -(count as f64 / most + FLOOR).ln());
        column
    }

    fn surprise(&self, x: f64) -> f64 {
        if x.is_nan() || self.bins_per_unit == 0.0 {
            return 0.0;
        }
        self.bin(x).and_then(|bin| self.surprise.get(bin)).copied().unwrap_or(-FLOOR.ln())
    }

    fn bin(&self, x: f64) -> Option<usize> {
        let place = (x - self.lowest) * self.bins_per_unit;
        // The largest value belongs to the last bin; rounding may put it a hair above.
        let inside = place >= 0.0 && place <= BINS as f64 * (1.0 + 1e-12);
        inside.then(|| (place as usize).min(BINS - 1))
    }
}
