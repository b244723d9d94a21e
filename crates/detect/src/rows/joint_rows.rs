//! Tables as the joint methods see them: numbers as they are, categories by how rare they are.

use arrow_array::Array;
use driftline_chunk::{Chunk, ColumnValues, Physical};
use driftline_model::{AnomalySettings, Kind};
use driftline_profile::{ChunkHashes, RowSample, SampleColumn, Side};
use driftline_stats::random::SplitMix64;

use super::column_model::ColumnModel;
use super::ensemble::{JointModel, JointScratch};
use super::matrix::Matrix;
use super::subsample::subsample;

/// Most rows that a joint method learns from.
const MAX_ROWS: usize = 16_384;

/// Most cells of the matrix that it learns from (64 MB).
const MAX_CELLS: usize = 8 << 20;

/// A joint method with the columns that it looks at.
#[derive(Debug, Clone)]
pub(super) struct JointRows {
    model: JointModel,
    columns: Vec<usize>,
}

impl JointRows {
    /// Learns from the row sample. `pairs` gives, for each column of the chunks to come, its index on the
    /// judging side; `models` are those of the columns. Identifiers, datetimes and texts without known values
    /// take no part.
    pub(super) fn fit(
        judge: &Side<'_>,
        (pairs, models): (&[Option<usize>], &[Option<ColumnModel>]),
        settings: &AnomalySettings,
        seed: u64,
    ) -> Option<Self> {
        let takes_part = |column: usize| {
            let profile = judge.profile.columns().get((*pairs.get(column)?)?)?;
            let rare = models.get(column)?.as_ref()?.rarity().is_some();
            match profile.physical() {
                Physical::Number => profile.kind() != Kind::Identifier && profile.present() > 0,
                Physical::Boolean => profile.present() > 0,
                Physical::Text => rare,
                Physical::Datetime => false,
            }
            .then_some(column)
        };
        let columns: Vec<usize> = (0..pairs.len()).filter_map(takes_part).collect();
        let cap = (MAX_CELLS / columns.len().max(1)).min(MAX_ROWS);
        let rows = subsample(judge.sample.len(), cap, &mut SplitMix64::new(seed ^ 0x5a));
        let matrix = sample_matrix(judge.sample, &rows, &columns, (pairs, models));
        let model = JointModel::fit(&settings.joint, &matrix, seed)?;
        Some(Self { model, columns })
    }

    /// Evidence against each row of a chunk.
    pub(super) fn evidence(
        &self,
        chunk: &Chunk,
        hashes: &ChunkHashes,
        models: &[Option<ColumnModel>],
    ) -> Vec<f64> {
        let mut scratch = JointScratch::default();
        let mut row_values = vec![f64::NAN; self.columns.len()];
        let columns: Vec<_> = self.columns.iter().map(|&column| chunk.column(column)).collect();
        let judge = |row: usize| {
            for ((value, &column), cells) in row_values.iter_mut().zip(&self.columns).zip(&columns) {
                *value = match cells {
                    ColumnValues::Number(array) if array.is_valid(row) => array.value(row),
                    ColumnValues::Boolean(array) if array.is_valid(row) => {
                        f64::from(u8::from(array.value(row)))
                    }
                    ColumnValues::Text(array) if array.is_valid(row) => {
                        let rarity = models.get(column).and_then(|model| model.as_ref()?.rarity());
                        let hash = hashes.column(column).get(row);
                        rarity.zip(hash).map_or(f64::NAN, |(rarity, &hash)| f64::from(rarity.evidence(hash)))
                    }
                    _ => f64::NAN,
                };
            }
            self.model.evidence(&row_values, &mut scratch)
        };
        (0..chunk.rows()).map(judge).collect()
    }
}

fn sample_matrix(
    sample: &RowSample,
    rows: &[usize],
    columns: &[usize],
    (pairs, models): (&[Option<usize>], &[Option<ColumnModel>]),
) -> Matrix {
    let mut values = vec![f64::NAN; rows.len() * columns.len()];
    for (place, &column) in columns.iter().enumerate() {
        let cells = pairs.get(column).copied().flatten().and_then(|index| sample.columns.get(index));
        let slots = values.iter_mut().skip(place).step_by(columns.len());
        match cells {
            Some(SampleColumn::Numbers(numbers)) => {
                for (slot, &row) in slots.zip(rows) {
                    *slot = numbers.get(row).copied().unwrap_or(f64::NAN);
                }
            }
            Some(SampleColumn::Text(texts)) => {
                let model = models.get(column).and_then(Option::as_ref);
                let known: Vec<f64> = (texts.values.iter())
                    .map(|text| model.map_or(f64::NAN, |model| f64::from(model.text_evidence(text))))
                    .collect();
                for (slot, &row) in slots.zip(rows) {
                    let code = texts.codes.get(row).map_or(usize::MAX, |&code| code as usize);
                    *slot = known.get(code).copied().unwrap_or(f64::NAN);
                }
            }
            None => {}
        }
    }
    Matrix::new(values, columns.len())
}
