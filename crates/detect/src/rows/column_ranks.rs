use driftline_stats::distribution::normal_upper_quantile;

use super::matrix::Matrix;

/// Where values stand among those that were learnt of one column: the empirical distribution function of the
/// column, with ties, at every distinct value.
#[derive(Debug, Clone, Default)]
pub(super) struct ColumnRanks {
    values: Vec<f64>,
    normal: Vec<f32>,
    surprise: Vec<f32>,
    /// One over the standard deviation; zero for a constant column.
    inverse_std: f64,
    /// Normal score and surprise of a value beyond the highest or below the lowest.
    outside: (f32, f32),
}

impl ColumnRanks {
    /// Learns from one column; O(n log n).
    pub(super) fn fit(matrix: &Matrix, column: usize) -> Self {
        let mut sorted = matrix.finite(column);
        sorted.sort_unstable_by(f64::total_cmp);
        let total = sorted.len() as f64;
        let mut ranks = Self::default();
        let mut below = 0;
        for ties in sorted.chunk_by(|a, b| a == b) {
            let (value, count) = (ties.first().copied().unwrap_or_default(), ties.len());
            let middle = (below as f64 + 0.5 * count as f64) / total;
            let at_most = (below + count) as f64 / total;
            let at_least = (sorted.len() - below) as f64 / total;
            // Both zeros are one value, stored as the one that is looked up.
            ranks.values.push(value + 0.0);
            ranks.normal.push(normal_score(middle));
            ranks.surprise.push(-(2.0 * at_most.min(at_least)).min(1.0).ln() as f32);
            below += count;
        }
        ranks.outside = (normal_score(1.0 - 0.25 / total.max(1.0)), (2.0 * total.max(1.0)).ln() as f32);
        let (mean, std) = mean_and_std(&sorted);
        ranks.inverse_std = if std > 0.0 && mean.is_finite() { 1.0 / std } else { 0.0 };
        ranks
    }

    /// The normal score of a value: the standard normal quantile of its middle rank. Outside the learnt range
    /// it goes on with the logarithm of the distance in standard deviations. Missing values stand in the middle.
    pub(super) fn normal(&self, x: f64) -> f32 {
        match self.place(x) {
            Place::Missing => 0.0,
            Place::Known(index) => self.normal.get(index).copied().unwrap_or_default(),
            Place::Between(index) => {
                let at = |index: usize| self.normal.get(index).copied().unwrap_or_default();
                0.5 * (at(index - 1) + at(index))
            }
            Place::Outside(distance) => {
                let score = self.outside.0 + self.beyond(distance.abs());
                if distance < 0.0 { -score } else { score }
            }
        }
    }

    /// Minus the logarithm of twice the share of learnt values that are at least as far out on the same side,
    /// as the tails of ECOD (Li, Zhao, Hu, Botta, Ionescu and Chen 2022) but two-sided. Missing values: 0.
    pub(super) fn surprise(&self, x: f64) -> f32 {
        let at = |index: usize| self.surprise.get(index).copied().unwrap_or_default();
        match self.place(x) {
            Place::Missing => 0.0,
            Place::Known(index) => at(index),
            Place::Between(index) => 0.5 * (at(index - 1) + at(index)),
            Place::Outside(distance) => self.outside.1 + self.beyond(distance.abs()),
        }
    }

    fn beyond(&self, distance: f64) -> f32 {
        (distance * self.inverse_std).min(f64::from(f32::MAX)).ln_1p() as f32
    }

    fn place(&self, x: f64) -> Place {
        let (Some(&lowest), Some(&highest)) = (self.values.first(), self.values.last()) else {
            return Place::Missing;
        };
        if x.is_nan() {
            return Place::Missing;
        }
        if x < lowest {
            return Place::Outside(x - lowest);
        }
        if x > highest {
            return Place::Outside(x - highest);
        }
        match self.values.binary_search_by(|value| value.total_cmp(&(x + 0.0))) {
            Ok(index) => Place::Known(index),
            // A zero may be stored with either sign; both are in range here, so the neighbour is the same. Where
            // there is no neighbour, it is the only value.
            Err(index) => match self.values.len() - 1 {
                0 => Place::Known(0),
                last => Place::Between(index.clamp(1, last)),
            },
        }
    }
}

enum Place {
    Missing,
    Known(usize),
    Between(usize),
    Outside(f64),
}

/// Mean and standard deviation (n - 1) of values that are all finite; zeros without values.
pub(super) fn mean_and_std(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mean = values.iter().map(|x| x / n).sum::<f64>();
    let squares = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

fn normal_score(rank: f64) -> f32 {
    normal_upper_quantile(1.0 - rank).unwrap_or_default() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_know_ties_gaps_and_the_outside() {
        let ranks = ColumnRanks::fit(&Matrix::new(vec![1.0, 2.0, 2.0, 4.0, f64::NAN], 1), 0);
        // statistics.NormalDist().inv_cdf(0.125) and the middle
        assert!((ranks.normal(1.0) - -1.150_349_4).abs() < 1e-6);
        assert_eq!(ranks.normal(2.0), 0.0);
        assert!(ranks.normal(3.0) > 0.0 && ranks.normal(3.0) < ranks.normal(4.0));
        assert!(ranks.normal(5.0) > ranks.normal(4.0) && ranks.normal(50.0) > ranks.normal(5.0));
        assert_eq!(ranks.surprise(2.0), 0.0);
        assert!((ranks.surprise(1.0) - 2.0_f32.ln()).abs() < 1e-6);
        assert!(ranks.surprise(f64::INFINITY).is_finite() && ranks.surprise(-9.0) > ranks.surprise(1.0));
        assert_eq!((ranks.normal(f64::NAN), ranks.surprise(f64::NAN)), (0.0, 0.0));
    }
}
