use driftline_chunk::{Chunk, Schema};
use driftline_model::{AnomalySettings, CellBlame};
use driftline_profile::{ChunkHashes, Side};
use rayon::prelude::*;

use super::column_model::ColumnModel;
use super::evidence::{Correction, RowEvidence, THREE_SIGMA, score};
use super::joint_rows::JointRows;

/// Rows that are judged at a time, so that what is gathered stays in the nearest cache.
const BLOCK_ROWS: usize = 2048;

/// Most rows of the judging data that may count as flagged. When more would, the columns have heavier tails
/// than a normal variable, and all evidence is scaled down until no more do.
const MOST_FLAGGED: f64 = 0.05;

/// Sampled rows from which on [`MOST_FLAGGED`] is looked at.
const LEAST_ROWS: usize = 100;

/// Cells that are blamed at most.
const MOST_BLAMED: usize = 4;

/// Evidence from which on a cell is blamed: one in 20.
const BLAME_FROM: f32 = 3.0;

/// Judges rows by what is normal in a reference, or in the data themselves. Memory: the distinct values of the
/// columns of categories, and what the joint method keeps.
#[derive(Debug, Clone)]
pub struct RowModel {
    /// One a column of the schema of the chunks to come; none for columns that the judging data do not have.
    columns: Vec<Option<ColumnModel>>,
    joint: Option<JointRows>,
    judged: f64,
    correction: Correction,
}

impl RowModel {
    /// Learns from a reference (or from the data themselves) how to judge the columns of chunks with this
    /// schema. Columns are matched by name, and judged when they are held in the same way on both sides.
    ///
    /// The joint method is not fitted: see [`RowModel::fit_with_joint`]. Costs a sort of each sampled column.
    pub fn fit(judge: &Side<'_>, schema: &Schema, settings: &AnomalySettings) -> Self {
        let pairs = pairs(judge, schema);
        let fit = |&pair: &Option<usize>| {
            let (profile, sample) = (judge.profile.columns().get(pair?)?, judge.sample.columns.get(pair?)?);
            Some(ColumnModel::fit(profile, sample, settings))
        };
        let columns: Vec<Option<ColumnModel>> = pairs.par_iter().map(fit).collect();
        let judged = columns.iter().flatten().filter(|column| column.judges()).count().max(1) as f64;
        let mut model = Self { columns, joint: None, judged, correction: Correction::new(judged, 1.0) };
        let scale = model.fitting_scale(judge, &pairs);
        model.correction = Correction::new(judged, scale);
        model
    }

    /// The same with the joint method of the settings, which looks at whole rows. `seed` decides which rows the
    /// method draws. Costs about the scoring of 4096 rows by it.
    pub fn fit_with_joint(judge: &Side<'_>, schema: &Schema, settings: &AnomalySettings, seed: u64) -> Self {
        let mut model = Self::fit(judge, schema, settings);
        let pairs = pairs(judge, schema);
        model.joint = JointRows::fit(judge, (&pairs, &model.columns), settings, seed);
        model
    }

    /// Scores every row by its cells alone: 0..1, higher is stranger, 0.9 about one normal row in 370. `scores`
    /// is cleared first. One to two nanoseconds a cell.
    pub fn score(&self, chunk: &Chunk, hashes: &ChunkHashes, scores: &mut Vec<f32>) {
        scores.clear();
        self.each_evidence(chunk, hashes, |evidence| scores.push(score(evidence)));
    }

    /// Scores every row by the joint method, and by its cells where one of them flags the row by itself: the
    /// stronger evidence counts. Without a joint method as [`RowModel::score`]. 10 to 60 microseconds a row.
    pub fn score_with_joint(&self, chunk: &Chunk, hashes: &ChunkHashes, scores: &mut Vec<f32>) {
        let Some(joint) = &self.joint else { return self.score(chunk, hashes, scores) };
        scores.clear();
        let mut whole = joint.evidence(chunk, hashes, &self.columns).into_iter();
        self.each_evidence(chunk, hashes, |cells| {
            let whole = whole.next().unwrap_or_default();
            scores.push(score(if cells >= THREE_SIGMA { whole.max(cells) } else { whole }));
        });
    }

    /// The cells of a row that are to blame, worst first, at most four: all that are stranger than one in 20,
    /// or the strangest one if none is.
    pub fn explain(&self, chunk: &Chunk, row: usize) -> Vec<CellBlame> {
        if row >= chunk.rows() {
            return Vec::new();
        }
        let mut blamed: Vec<(f32, CellBlame)> = (self.columns.iter().enumerate())
            .filter_map(|(column, model)| model.as_ref()?.blame(chunk, column, row))
            .filter(|(evidence, _)| *evidence > 0.0)
            .collect();
        // The sort is stable, so that equal cells stay in the order of the columns.
        blamed.sort_by(|a, b| b.0.total_cmp(&a.0));
        let notable = blamed.iter().take_while(|(evidence, _)| *evidence >= BLAME_FROM).count();
        blamed.truncate(notable.clamp(1, MOST_BLAMED));
        blamed.into_iter().map(|(_, cell)| cell).collect()
    }

    fn each_evidence(&self, chunk: &Chunk, hashes: &ChunkHashes, mut take: impl FnMut(f64)) {
        let mut rows = RowEvidence::default();
        let mut cells = Vec::with_capacity(BLOCK_ROWS);
        let failure = self.failure_evidence();
        for start in (0..chunk.rows()).step_by(BLOCK_ROWS) {
            let block = start..chunk.rows().min(start + BLOCK_ROWS);
            rows.reset(block.len());
            for (column, model) in self.columns.iter().enumerate() {
                let Some(model) = model else { continue };
                cells.clear();
                cells.resize(block.len(), 0.0);
                model.measure((chunk, column), block.clone(), hashes.column(column), &mut cells);
                for failed in failures_in(chunk, column, &block) {
                    if let Some(cell) = cells.get_mut(failed) {
                        *cell = failure.max(model.failure_evidence);
                    }
                }
                rows.add(&cells);
            }
            rows.iter().for_each(|evidence| take(self.correction.apply(evidence)));
        }
    }

    /// What a cell that does not fit its column at least counts, so that its row is flagged.
    fn failure_evidence(&self) -> f32 {
        (THREE_SIGMA / self.correction.scale + self.judged.ln() + 0.01) as f32
    }

    fn fitting_scale(&self, judge: &Side<'_>, pairs: &[Option<usize>]) -> f64 {
        let rows = judge.sample.len();
        if rows < LEAST_ROWS {
            return 1.0;
        }
        let mut gathered = RowEvidence::default();
        gathered.reset(rows);
        for (pair, model) in pairs.iter().zip(&self.columns) {
            let sample = pair.and_then(|index| judge.sample.columns.get(index));
            let (Some(sample), Some(model)) = (sample, model) else { continue };
            let mut cells = vec![0.0; rows];
            model.measure_sample(sample, &mut cells);
            gathered.add(&cells);
        }
        let mut evidence: Vec<f64> =
            gathered.iter().map(|evidence| self.correction.apply(evidence)).collect();
        let place = ((1.0 - MOST_FLAGGED) * rows as f64) as usize;
        let (_, &mut limit, _) = evidence.select_nth_unstable_by(place.min(rows - 1), f64::total_cmp);
        if limit > THREE_SIGMA { THREE_SIGMA / limit } else { 1.0 }
    }
}

fn pairs(judge: &Side<'_>, schema: &Schema) -> Vec<Option<usize>> {
    let pair = |field: &driftline_chunk::Field| {
        let index = judge.profile.index_of(&field.name)?;
        let same = judge.profile.columns().get(index)?.physical() == field.physical;
        same.then_some(index)
    };
    schema.fields().iter().map(pair).collect()
}

/// Places within a block of the cells of a column that did not fit.
fn failures_in(chunk: &Chunk, column: usize, block: &std::ops::Range<usize>) -> impl Iterator<Item = usize> {
    let failures = chunk.failures_of(column);
    let from = failures.partition_point(|failure| (failure.row as usize) < block.start);
    let to = failures.partition_point(|failure| (failure.row as usize) < block.end);
    let start = block.start;
    failures.get(from..to).unwrap_or_default().iter().map(move |failure| failure.row as usize - start)
}
