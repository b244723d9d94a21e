//! What is compared. Each sees a value and what came before, nothing else.

use driftline_detect::series::{SeriesDetector, SeriesSettings};

use crate::series::Series;

/// A detector: one score 0..1 a value.
pub(crate) type Detector = fn(&Series) -> Vec<f64>;

/// All of them, ours first.
pub(crate) const ALL: [(&str, Detector); 6] = [
    ("Driftline", |series| driftline(series, SeriesSettings::default())),
    ("Driftline with sums and seasons", |series| {
        driftline(series, SeriesSettings { sums: true, ..SeriesSettings::default() })
    }),
    ("windowed Gaussian", windowed_gaussian),
    ("error of the last value", last_value),
    ("error of a smoothed level", smoothed_level),
    ("an alarm whenever the series has grown by a tenth", now_and_then),
];

/// Values that the simple detectors remember.
const WINDOW: usize = 500;

fn driftline(series: &Series, settings: SeriesSettings) -> Vec<f64> {
    let mut detector = SeriesDetector::new(settings);
    series
        .moments
        .iter()
        .zip(&series.values)
        .map(|(&moment, &value)| detector.update(Some(moment), Some(value)).score)
        .collect()
}

/// How far from the mean of the last values, in their standard deviations.
fn windowed_gaussian(series: &Series) -> Vec<f64> {
    distances(&series.values)
}

fn last_value(series: &Series) -> Vec<f64> {
    let errors: Vec<f64> =
        std::iter::once(0.0).chain(series.values.windows(2).map(|two| two[1] - two[0])).collect();
    distances(&errors)
}

fn smoothed_level(series: &Series) -> Vec<f64> {
    let mut level = series.values.first().copied().unwrap_or_default();
    let errors: Vec<f64> = series
        .values
        .iter()
        .map(|value| {
            let error = value - level;
            level += 0.1 * error;
            error
        })
        .collect();
    distances(&errors)
}

/// What being quiet for a while is worth by itself.
fn now_and_then(series: &Series) -> Vec<f64> {
    let mut next = 100;
    (0..series.values.len())
        .map(|row| {
            let alarm = row == next;
            if alarm {
                next += next / 10;
            }
            f64::from(u8::from(alarm))
        })
        .collect()
}

fn distances(values: &[f64]) -> Vec<f64> {
    let z = |row: usize| {
        let past = &values[row.saturating_sub(WINDOW)..row];
        let n = past.len().max(1) as f64;
        let mean = past.iter().sum::<f64>() / n;
        let sd = (past.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
        let distance = (values[row] - mean).abs();
        if distance > 0.0 { distance / (distance + sd) } else { 0.0 }
    };
    (0..values.len()).map(z).collect()
}
