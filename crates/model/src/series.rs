use serde::{Deserialize, Serialize};

use crate::Quarantine;

/// What a detector would have said of a series, had it seen the values as they came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesReport {
    /// What the report calls the data.
    pub name: String,
    /// The column with the moments; without one there are no hours and weekdays.
    pub time: Option<String>,
    /// The column with the values.
    pub value: String,
    /// Rows that were replayed.
    pub rows: u64,
    /// Rows among them without a value.
    pub missing: u64,
    /// Alarms in all.
    pub alarms_raised: u64,
    /// The alarms in the order in which they were raised; of very many, the strongest.
    pub alarms: Vec<SeriesAlarm>,
    /// The series in stretches of equal length (the last may be shorter), for drawing.
    pub course: Vec<SeriesSpan>,
    /// Rows that could not be read.
    pub quarantine: Quarantine,
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesAlarm {
    /// Number of the record, first data record = 1.
    pub row: u64,
    /// Its moment in milliseconds since 1970.
    pub time_ms: Option<i64>,
    /// Its value; absent when that is what is wrong.
    pub value: Option<f64>,
    /// What was expected.
    pub expected: Option<f64>,
    /// How strange, 0.5..1.
    pub score: f64,
    /// Why.
    pub reason: String,
}

/// A stretch of a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeriesSpan {
    /// Values in it.
    pub values: u64,
    /// Rows in it without a value.
    pub missing: u64,
    /// Alarms in it.
    pub alarms: u64,
    /// Smallest value; absent where there is none.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Mean of the values.
    pub mean: Option<f64>,
}
