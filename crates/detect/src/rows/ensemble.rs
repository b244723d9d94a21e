//! Several methods on whole rows, put on one scale and averaged.

use driftline_stats::random::SplitMix64;

use super::histogram::Histogram;
use super::isolation_forest::IsolationForest;
use super::matrix::Matrix;
use super::nearest_neighbours::{NearestNeighbours, Scaling};
use super::subsample::subsample;
use super::tail_scale::TailScale;
use super::tails::Tails;

/// Most rows whose scores set the scale of each method.
const SCALE_ROWS: usize = 4096;

/// Work that setting the scale may take, in cells times kept neighbours: keeps wide tables from taking minutes.
const SCALE_WORK: usize = 1 << 28;

/// Fewest rows that set the scale, however wide the table is.
const MIN_SCALE_ROWS: usize = 256;

/// The methods on whole rows.
#[derive(Debug, Clone)]
enum Member {
    Forest(IsolationForest),
    Neighbours(NearestNeighbours),
    Histogram(Histogram),
    Tails(Tails),
}

/// One or several joint methods, fitted. Scores are evidence: minus the logarithm of the share of rows that
/// are as strange, the mean over the members, put on that scale again.
#[derive(Debug, Clone)]
pub struct JointModel {
    members: Vec<(Member, TailScale)>,
    scale: TailScale,
}

/// Working space for scoring, to be used again from row to row.
#[derive(Debug, Clone, Default)]
pub struct JointScratch {
    distances: Vec<f32>,
}

/// Ids of the members of the ensemble.
const ENSEMBLE: [&str; 5] =
    ["isolation_forest", "histogram", "tails", "nearest_neighbours", "rank_neighbours"];

impl JointModel {
    /// Fits the method with this id, or `ensemble` for the mean of all: isolation forest, histograms, tails,
    /// and nearest neighbours on two scales. The mean of tail probabilities on a logarithmic scale (Fisher's
    /// combination) lets one method that is very sure outvote others that see nothing.
    ///
    /// Costs about the scoring of 4096 rows. Nothing comes of an unknown id, a matrix without columns or with
    /// fewer than two rows.
    pub fn fit(id: &str, matrix: &Matrix, seed: u64) -> Option<Self> {
        if matrix.rows() < 2 || matrix.columns() == 0 {
            return None;
        }
        let ids: &[&str] = if id == "ensemble" { &ENSEMBLE } else { &[id] };
        let members: Vec<Member> =
            ids.iter().map(|id| Member::fit(id, matrix, seed)).collect::<Option<_>>()?;
        let work = SCALE_WORK / (1024 * matrix.columns());
        let rows = work.clamp(MIN_SCALE_ROWS, SCALE_ROWS);
        let learnt = matrix.select(&subsample(matrix.rows(), rows, &mut SplitMix64::new(!seed)));
        let mut scratch = JointScratch::default();
        let members = members
            .into_iter()
            .map(|member| {
                let scores = learnt.iter().map(|row| member.score(row, &mut scratch)).collect();
                (member, TailScale::fit(scores))
            })
            .collect();
        let mut model = Self { members, scale: TailScale::default() };
        model.scale = TailScale::fit(learnt.iter().map(|row| model.mean(row, &mut scratch)).collect());
        Some(model)
    }

    /// The evidence against a row, 0 or more; higher is stranger.
    pub fn evidence(&self, row: &[f64], scratch: &mut JointScratch) -> f64 {
        self.scale.evidence(self.mean(row, scratch))
    }

    fn mean(&self, row: &[f64], scratch: &mut JointScratch) -> f64 {
        let evidence = |(member, scale): &(Member, TailScale)| scale.evidence(member.score(row, scratch));
        self.members.iter().map(evidence).sum::<f64>() / self.members.len().max(1) as f64
    }
}

impl Member {
    fn fit(id: &str, matrix: &Matrix, seed: u64) -> Option<Self> {
        let random = &mut SplitMix64::new(seed);
        Some(match id {
            "isolation_forest" => Self::Forest(IsolationForest::fit(matrix, random)),
            "histogram" => Self::Histogram(Histogram::fit(matrix)),
            "tails" => Self::Tails(Tails::fit(matrix)),
            "nearest_neighbours" => {
                Self::Neighbours(NearestNeighbours::fit(matrix, Scaling::SymmetricLog, random))
            }
            "rank_neighbours" => {
                Self::Neighbours(NearestNeighbours::fit(matrix, Scaling::NormalScores, random))
            }
            _ => return None,
        })
    }

    fn score(&self, row: &[f64], scratch: &mut JointScratch) -> f64 {
        match self {
            Self::Forest(forest) => forest.score(row),
            Self::Neighbours(neighbours) => neighbours.score(row, &mut scratch.distances),
            Self::Histogram(histogram) => histogram.score(row),
            Self::Tails(tails) => tails.score(row),
        }
    }
}
