use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Finding, FindingState, Settings, Severity};

/// How a feed is watched: what decides which alarms a monitor raises.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonitorSettings {
    /// How the feed is cut into windows.
    pub window: WindowSettings,
    /// What windows are compared with.
    pub baseline: BaselineSource,
    /// When to raise an alarm.
    pub alarms: AlarmSettings,
    /// Metrics that people have thought of.
    pub metrics: Vec<CustomMetric>,
    /// How rows are read and drift is decided.
    pub check: Settings,
}

/// How a feed is cut into windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowSettings {
    /// Length of a window in seconds, 0.1 to 86,400.
    pub length_secs: f64,
    /// Rows of a window; 0 means: by time.
    pub rows: u64,
    /// Column with the moment of each row. Absent: the moment at which it arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_column: Option<String>,
    /// How long a window waits for rows that come late, in seconds. With `time_column` only.
    pub lateness_secs: f64,
    /// Seconds without a row after which the feed is silent; 0 means: as many as it has never been before, found by
    /// itself.
    pub silent_after_secs: f64,
}

impl Default for WindowSettings {
    fn default() -> Self {
        Self { length_secs: 1.0, rows: 0, time_column: None, lateness_secs: 5.0, silent_after_secs: 0.0 }
    }
}

/// What windows are compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BaselineSource {
    /// The first so many seconds of the feed itself.
    Learned(f64),
    /// A saved baseline, as `NAME` or `NAME@VERSION`.
    Saved(String),
}

impl Default for BaselineSource {
    /// An hour.
    fn default() -> Self {
        Self::Learned(3600.0)
    }
}

/// When to raise an alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlarmSettings {
    /// The alarm budget: false alarms a week, over all columns and metrics, that are put up with.
    pub per_week: f64,
    /// Windows in order after which something that was wrong is over.
    pub recover_windows: u32,
    /// Metrics that are not watched, by key; `*` stands for any text, as in `*.distinct`.
    pub ignore: Vec<String>,
}

impl Default for AlarmSettings {
    fn default() -> Self {
        Self { per_week: 1.0, recover_windows: 20, ignore: Vec::new() }
    }
}

/// A metric that somebody has thought of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomMetric {
    /// Its name, unique in its monitor.
    pub name: String,
    /// An SQL expression over the rows of a window that gives one number, such as `avg(amount)`.
    pub expression: String,
    /// Its unit, for people.
    pub unit: String,
}

/// One window of a feed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WindowSummary {
    /// Where it begins, in milliseconds since 1970.
    pub start_ms: i64,
    /// Where it ends; not part of it.
    pub end_ms: i64,
    /// Rows in it.
    pub rows: u64,
    /// Rows that came while it was open but belong to windows that were closed before.
    pub late_rows: u64,
    /// Records that could not be read.
    pub rejected_rows: u64,
    /// Bytes of its rows as they came.
    pub bytes: u64,
    /// Alarms raised when it closed.
    pub alarms: u64,
    /// Its metrics by key, such as `rows_per_sec`, `amount.mean`, `amount.null_ratio`; what has no value is left
    /// out.
    pub values: BTreeMap<String, f64>,
}

/// Something that a monitor says once, when it begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveAlarm {
    /// What is wrong: a stable dotted code.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// The column it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The metric in which it shows, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// One sentence.
    pub message: String,
    /// When it began, as far as can be told.
    pub began_ms: i64,
    /// End of the window that showed it.
    pub raised_ms: i64,
}

impl LiveAlarm {
    /// The finding that people look after.
    pub fn finding(&self) -> Finding {
        Finding {
            code: self.code.clone(),
            severity: self.severity,
            column: self.column.clone(),
            message: self.message.clone(),
            state: FindingState::Open,
        }
    }
}

/// Something that was wrong and is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveRecovery {
    /// The code of the alarm.
    pub code: String,
    /// Its column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Its metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// When it was raised.
    pub raised_ms: i64,
    /// End of the window that showed that it is over.
    pub recovered_ms: i64,
}
