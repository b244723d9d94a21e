//! What a window is in numbers.

use std::collections::{BTreeMap, BTreeSet};

use driftline_chunk::Physical;
use driftline_profile::{RowSample, SampleColumn, Side};

/// Quantiles that are followed.
const QUANTILES: [(&str, f64); 3] = [("p05", 0.05), ("p50", 0.5), ("p95", 0.95)];

/// The metrics of the rows of a window by key. Columns of `clocks` (moments, row numbers, numbers of people) have no
/// mean and no quantiles.
pub(super) fn metrics(side: &Side<'_>, clocks: &BTreeSet<String>) -> BTreeMap<String, f64> {
    let mut values = BTreeMap::new();
    let Side { profile, sample } = side;
    for (index, column) in profile.columns().iter().enumerate() {
        let rows = column.count();
        if rows == 0 {
            continue;
        }
        let name = column.name();
        let share = |part: u64| part as f64 / rows as f64;
        values.insert(format!("{name}.null_ratio"), share(column.nulls()));
        if column.failures() > 0 {
            values.insert(format!("{name}.failed_ratio"), share(column.failures()));
        }
        if clocks.contains(name) || column.physical() == Physical::Datetime {
            continue;
        }
        match column.physical() {
            Physical::Number => numbers(&mut values, name, column, sample_of(sample, index)),
            Physical::Boolean => {
                let trues = column.number_counts().into_iter().flatten().filter(|(value, _)| *value == 1.0);
                let trues: u64 = trues.map(|(_, count)| count).sum();
                if column.present() > 0 {
                    values.insert(format!("{name}.true_ratio"), trues as f64 / column.present() as f64);
                }
            }
            Physical::Text | Physical::Datetime => {
                values.insert(format!("{name}.distinct"), column.distinct().estimate as f64);
            }
        }
    }
    values
}

/// Whether a metric tells what the values of a column of numbers are.
pub(super) fn is_of_values(metric: &str) -> bool {
    let key = metric.rsplit('.').next().unwrap_or_default();
    key == "mean" || key == "std" || QUANTILES.iter().any(|(quantile, _)| *quantile == key)
}

fn numbers(
    values: &mut BTreeMap<String, f64>,
    name: &str,
    column: &driftline_profile::ColumnProfile,
    sample: &[f64],
) {
    let Some(summary) = column.numbers() else { return };
    if let Some(mean) = summary.mean() {
        values.insert(format!("{name}.mean"), mean);
    }
    if let Some(std) = summary.std() {
        values.insert(format!("{name}.std"), std);
    }
    let mut finite: Vec<f64> = sample.iter().copied().filter(|value| value.is_finite()).collect();
    if finite.is_empty() {
        return;
    }
    finite.sort_unstable_by(f64::total_cmp);
    for (key, p) in QUANTILES {
        let at = ((finite.len() - 1) as f64 * p).round() as usize;
        if let Some(value) = finite.get(at) {
            values.insert(format!("{name}.{key}"), *value);
        }
    }
}

fn sample_of(sample: &RowSample, index: usize) -> &[f64] {
    match sample.columns.get(index) {
        Some(SampleColumn::Numbers(numbers)) => numbers,
        _ => &[],
    }
}
