//! Distance to the k-th nearest of a bounded sample of rows (Ramaswamy, Rastogi and Shim 2000).

use driftline_stats::random::SplitMix64;

use super::column_ranks::{ColumnRanks, mean_and_std};
use super::matrix::Matrix;
use super::subsample::subsample;

/// Most rows that are kept to measure distances to. Scoring a row costs this many times the columns.
const MAX_POINTS: usize = 1024;

/// Neighbours as a share of the kept rows. A small group of strange rows that are alike must not count as
/// each other's neighbourhood, and a share grows with the sample as such a group does.
const NEIGHBOUR_SHARE: f64 = 0.025;

/// Fewest neighbours, but never more than half of the kept rows.
const MIN_NEIGHBOURS: usize = 25;

/// How columns are made comparable, and which distance goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scaling {
    /// `sign(z) ln(1 + |z|)` of the standardised value, and city-block distance: far values stay far without
    /// drowning all other columns.
    SymmetricLog,
    /// Normal scores of ranks, and Euclidean distance: sees broken dependence whatever the marginals are.
    NormalScores,
}

/// The kept rows, column after column.
#[derive(Debug, Clone)]
pub(super) struct NearestNeighbours {
    scalers: Vec<Scaler>,
    points: Vec<Vec<f32>>,
    scaling: Scaling,
    neighbours: usize,
}

#[derive(Debug, Clone)]
enum Scaler {
    Log { mean: f64, inverse_std: f64 },
    Ranks(Box<ColumnRanks>),
}

impl NearestNeighbours {
    /// Keeps a uniform draw of at most 1024 rows.
    pub(super) fn fit(matrix: &Matrix, scaling: Scaling, random: &mut SplitMix64) -> Self {
        let kept = matrix.select(&subsample(matrix.rows(), MAX_POINTS, random));
        let scalers: Vec<_> = (0..matrix.columns()).map(|c| Scaler::fit(matrix, c, scaling)).collect();
        let points = scalers
            .iter()
            .enumerate()
            .map(|(column, scaler)| {
                kept.iter().map(|row| scaler.apply(row.get(column).copied().unwrap_or(f64::NAN))).collect()
            })
            .collect();
        let share = (kept.rows() as f64 * NEIGHBOUR_SHARE) as usize;
        let neighbours = share.max(MIN_NEIGHBOURS).min(kept.rows() / 2).max(1);
        Self { scalers, points, scaling, neighbours }
    }

    /// Distance to the k-th nearest kept row, not counting one row that is the same (itself, when it was
    /// kept). O(kept rows times columns); `distances` is working space.
    pub(super) fn score(&self, row: &[f64], distances: &mut Vec<f32>) -> f64 {
        distances.clear();
        distances.resize(self.points.first().map_or(0, Vec::len), 0.0);
        for ((&x, scaler), points) in row.iter().zip(&self.scalers).zip(&self.points) {
            let x = scaler.apply(x);
            match self.scaling {
                Scaling::SymmetricLog => {
                    distances.iter_mut().zip(points).for_each(|(sum, point)| *sum += (x - point).abs());
                }
                Scaling::NormalScores => {
                    distances
                        .iter_mut()
                        .zip(points)
                        .for_each(|(sum, point)| *sum += (x - point) * (x - point));
                }
            }
        }
        let itself = usize::from(distances.contains(&0.0));
        let last = distances.len().saturating_sub(1);
        if distances.is_empty() {
            return 0.0;
        }
        let place = (self.neighbours - 1 + itself).min(last);
        let (_, distance, _) = distances.select_nth_unstable_by(place, f32::total_cmp);
        match self.scaling {
            Scaling::SymmetricLog => f64::from(*distance),
            Scaling::NormalScores => f64::from(*distance).sqrt(),
        }
    }
}

impl Scaler {
    fn fit(matrix: &Matrix, column: usize, scaling: Scaling) -> Self {
        match scaling {
            Scaling::NormalScores => Self::Ranks(Box::new(ColumnRanks::fit(matrix, column))),
            Scaling::SymmetricLog => {
                let (mean, std) = mean_and_std(&matrix.finite(column));
                let usable = std > 0.0 && std.is_finite();
                Self::Log { mean, inverse_std: if usable { 1.0 / std } else { 0.0 } }
            }
        }
    }

    /// The scaled value; missing values stand at the mean. Never NaN, never infinite.
    fn apply(&self, x: f64) -> f32 {
        match self {
            Self::Ranks(ranks) => ranks.normal(x),
            Self::Log { mean, inverse_std } => {
                if x.is_nan() || *inverse_std == 0.0 {
                    return 0.0;
                }
                let z = ((x - mean) * inverse_std).clamp(f64::MIN, f64::MAX);
                z.abs().ln_1p().copysign(z) as f32
            }
        }
    }
}
