//! For each sampled row the bin of its value, from the bins of the report.

use driftline_model::ColumnReport;
use driftline_profile::{SampleColumn, Side};

/// Most sampled rows a side that insights look at: shares are then within a percentage point, which is finer
/// than the sentences say.
const MAX_ROWS: usize = 1 << 14;
/// Bin of a null.
pub(crate) const NULL_BIN: u16 = u16::MAX;

/// A column with the bins of its sampled rows on both sides.
pub(crate) struct RowBins<'a> {
    pub(crate) column: &'a ColumnReport,
    /// Bins of rows of the reference, then of the current side; [`NULL_BIN`] for nulls.
    pub(crate) rows: [Vec<u16>; 2],
}

impl<'a> RowBins<'a> {
    /// `None` when the column has no bins or is not on both sides. All columns of a side give the same rows.
    pub(crate) fn new(column: &'a ColumnReport, reference: &Side<'_>, current: &Side<'_>) -> Option<Self> {
        if column.bins.len() < 2 || column.bins.len() >= usize::from(NULL_BIN) {
            return None;
        }
        let rows = |side: &Side<'_>| {
            let sample = side.sample.columns.get(side.profile.index_of(&column.name)?)?;
            bins_of_rows(column, sample)
        };
        Some(Self { column, rows: [rows(reference)?, rows(current)?] })
    }

    /// Number of bins.
    pub(crate) fn bins(&self) -> usize {
        self.column.bins.len()
    }
}

fn bins_of_rows(column: &ColumnReport, sample: &SampleColumn) -> Option<Vec<u16>> {
    match sample {
        SampleColumn::Numbers(values) => {
            let step = values.len().div_ceil(MAX_ROWS).max(1);
            let edges: Vec<f64> = column.bins.iter().filter_map(|bin| bin.lower).collect();
            if edges.is_empty() {
                let place = |label: &str| column.bins.iter().position(|bin| bin.label == label);
                let truth = [place("false"), place("true")].map(|place| place.map_or(NULL_BIN, |i| i as u16));
                let bin = |&value: &f64| match value {
                    0.0 => truth[0],
                    1.0 => truth[1],
                    _ => NULL_BIN,
                };
                return Some(values.iter().step_by(step).map(bin).collect());
            }
            // The first bin is open below, so the number of lower edges passed is the bin.
            let bin = |&value: &f64| {
                if value.is_nan() { NULL_BIN } else { edges.partition_point(|&edge| edge <= value) as u16 }
            };
            Some(values.iter().step_by(step).map(bin).collect())
        }
        SampleColumn::Text(sample) => {
            if column.bins.iter().any(|bin| bin.lower.is_some()) {
                return None;
            }
            let step = sample.codes.len().div_ceil(MAX_ROWS).max(1);
            let other = (column.bins.len() - 1) as u16;
            let place = |text: &str| column.bins.iter().position(|bin| bin.label == text);
            let bins: Vec<u16> =
                sample.values.iter().map(|text| place(text).map_or(other, |i| i as u16)).collect();
            let codes = sample.codes.iter().step_by(step);
            Some(codes.map(|&code| bins.get(code as usize).copied().unwrap_or(NULL_BIN)).collect())
        }
    }
}
