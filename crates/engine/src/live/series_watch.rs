//! Every metric as a series.

use std::collections::{BTreeMap, BTreeSet};

use driftline_detect::series::{SeriesDetector, SeriesReason, SeriesScore, SeriesSettings};
use driftline_model::{LiveAlarm, Severity};
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::conditions::{Conditions, Key};
use super::joint_watch::{JOINT, JointWatch};
use crate::headline::short;

/// Stretches of the past that each detector keeps: metrics are many.
const PAST_STRETCHES: usize = 64;
/// Series that are watched at most.
const MOST_SERIES: usize = 20_000;
/// Rows of a window below which its shares and means say nothing.
const LEAST_ROWS: u64 = 10;
/// Share of the bar below which a series is calm again.
const CALM: f64 = 0.5;

/// Watches the metrics of the windows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct SeriesWatch {
    detectors: BTreeMap<String, SeriesDetector>,
    joint: JointWatch,
}

/// What a window is to its series.
pub(super) struct Moment<'a> {
    pub(super) values: &'a BTreeMap<String, f64>,
    pub(super) rows: u64,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    /// Columns that move by their nature.
    pub(super) clocks: &'a BTreeSet<String>,
    pub(super) ignore: &'a [String],
    /// Metrics that people have thought of.
    pub(super) own: &'a BTreeSet<String>,
    /// Whether they could be computed of this window.
    pub(super) is_own_known: bool,
    pub(super) budget: &'a Budget,
    /// Number of the window.
    pub(super) window: u64,
}

impl SeriesWatch {
    /// Series that are watched.
    pub(super) fn len(&self) -> usize {
        self.detectors.len()
    }

    /// Takes in the metrics of a window. Gives what begins, at most one alarm a column, loudest first.
    pub(super) fn closed(&mut self, moment: &Moment<'_>, conditions: &mut Conditions) -> Vec<LiveAlarm> {
        // People add metrics and take them away: what is known of all others together stays.
        let (own, mut values): (BTreeMap<_, _>, BTreeMap<_, _>) =
            moment.values.clone().into_iter().partition(|(metric, _)| moment.own.contains(metric));
        let joint = self.joint.closed(&values);
        values.extend(own);
        values.extend(joint.score.map(|score| (JOINT.to_owned(), score)));
        self.begin(&values, moment);
        let of_feed = self.detectors.keys().filter(|metric| column_of(metric).is_none()).count();
        let bar_of_feed = moment.budget.series_evidence(of_feed);
        let bar_of_columns = moment.budget.series_evidence(self.detectors.len() - of_feed);
        let secs = moment.start_ms as f64 / 1000.0;
        let mut alarms: Vec<(f64, LiveAlarm)> = Vec::new();
        for (metric, detector) in &mut self.detectors {
            let value = values.get(metric).copied();
            let is_of_feed = column_of(metric).is_none();
            // Without a look there is nothing to say of drift; it is not missing.
            let is_between_looks = value.is_none() && (metric.ends_with(".mass_moved") || metric == JOINT);
            let is_unknown = value.is_none() && !moment.is_own_known && moment.own.contains(metric);
            if is_between_looks || is_unknown || (!is_of_feed && moment.rows < LEAST_ROWS) {
                continue;
            }
            let bar = if is_of_feed { bar_of_feed } else { bar_of_columns };
            detector.set_alarm_evidence(bar);
            let said = detector.update(Some(secs), value);
            let Some(reason) = said.reason else {
                if said.evidence > CALM * bar {
                    for code in CODES {
                        let key = key(code, metric);
                        conditions.show_again(&key, moment.window);
                    }
                }
                continue;
            };
            let mut alarm = alarm(metric, value, (&said, reason), moment);
            if metric == JOINT && !joint.metrics.is_empty() {
                alarm.code = "series.joint".to_owned();
                let names: Vec<String> = joint.metrics.iter().map(|name| format!("`{name}`")).collect();
                alarm.message = format!("{} no longer move together as they did.", names.join(", "));
            }
            alarms.push((said.evidence, alarm));
        }
        alarms.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let mut told: BTreeSet<Option<String>> = BTreeSet::new();
        let is_news = |alarm: &LiveAlarm| {
            let is_known = match &alarm.column {
                Some(column) => conditions.has_column(column),
                None => conditions.is_active(&Key::of(alarm)),
            };
            !is_known && (alarm.column.is_none() || told.insert(alarm.column.clone()))
        };
        alarms.into_iter().map(|(_, alarm)| alarm).filter(is_news).collect()
    }

    /// A metric is there no more.
    pub(super) fn forget(&mut self, metric: &str) {
        self.detectors.remove(metric);
    }

    /// Begins to watch what comes for the first time.
    fn begin(&mut self, values: &BTreeMap<String, f64>, moment: &Moment<'_>) {
        for metric in values.keys() {
            let is_clock = column_of(metric).is_some_and(|column| moment.clocks.contains(column));
            if self.detectors.contains_key(metric) || is_clock || self.detectors.len() >= MOST_SERIES {
                continue;
            }
            if moment.ignore.iter().any(|pattern| matches(pattern, metric)) {
                continue;
            }
            let settings =
                SeriesSettings { past_stretches: PAST_STRETCHES, sums: true, ..SeriesSettings::default() };
            self.detectors.insert(metric.clone(), SeriesDetector::new(settings));
        }
        self.detectors
            .retain(|metric, _| !column_of(metric).is_some_and(|column| moment.clocks.contains(column)));
    }
}

const CODES: [&str; 6] =
    ["series.outlier", "series.shift", "series.course", "series.still", "series.missing", "series.joint"];

fn key(code: &str, metric: &str) -> Key {
    Key {
        code: code.to_owned(),
        column: column_of(metric).map(str::to_owned),
        metric: Some(metric.to_owned()),
    }
}

/// The column of a metric by its key; nothing for one of the feed or one that people have thought of.
pub fn column_of(metric: &str) -> Option<&str> {
    let (column, what) = metric.rsplit_once('.')?;
    let of_columns = [
        "mean",
        "std",
        "null_ratio",
        "failed_ratio",
        "true_ratio",
        "distinct",
        "p05",
        "p50",
        "p95",
        "mass_moved",
    ];
    of_columns.contains(&what).then_some(column)
}

fn alarm(
    metric: &str,
    value: Option<f64>,
    (said, reason): (&SeriesScore, SeriesReason),
    moment: &Moment<'_>,
) -> LiveAlarm {
    let (code, severity) = match reason {
        SeriesReason::Shift { .. } | SeriesReason::Together { .. } => ("series.shift", Severity::Medium),
        SeriesReason::Course { .. } => ("series.course", Severity::Low),
        SeriesReason::NoMovement { .. } => ("series.still", Severity::Medium),
        SeriesReason::Missing { .. } => ("series.missing", Severity::Medium),
        _ => ("series.outlier", Severity::Medium),
    };
    let length_ms = moment.end_ms - moment.start_ms;
    let windows = match reason {
        SeriesReason::Shift { values, .. }
        | SeriesReason::Together { values, .. }
        | SeriesReason::Course { values }
        | SeriesReason::NoMovement { values }
        | SeriesReason::Missing { values } => values,
        _ => 1,
    };
    let is = match (value, said.expected) {
        (Some(value), Some(expected)) => {
            format!("is {}, about {} was expected", short(value), short(expected))
        }
        (Some(value), None) => format!("is {}", short(value)),
        (None, _) => "has no value".to_owned(),
    };
    let usual = said.usual.map_or_else(String::new, |usual| format!(" ({usual})"));
    LiveAlarm {
        code: code.to_owned(),
        severity,
        column: column_of(metric).map(str::to_owned),
        metric: Some(metric.to_owned()),
        message: format!("`{metric}` {is}: {reason}{usual}."),
        began_ms: moment.end_ms - length_ms * i64::try_from(windows).unwrap_or(1),
        raised_ms: moment.end_ms,
    }
}

/// Whether a metric has the form of a pattern, in which `*` stands for any text.
fn matches(pattern: &str, metric: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = metric.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_columns() {
        assert!(matches("*.distinct", "a.b.distinct") && matches("rows_per_sec", "rows_per_sec"));
        assert!(!matches("*.distinct", "a.mean") && !matches("rows", "rows_per_sec"));
        assert!(matches("a*b*", "axxbyy") && matches("*", "anything") && !matches("a*b", "acc"));
        assert_eq!(column_of("a.b.mean"), Some("a.b"));
        assert_eq!((column_of("rows_per_sec"), column_of("revenue.total")), (None, None));
    }
}
