//! What settings would have said of windows that were kept.

use std::collections::{BTreeMap, BTreeSet};

use driftline_model::{LiveAlarm, MonitorSettings, Sensitivity, Severity, WindowSummary};

use super::budget::Budget;
use super::conditions::Conditions;
use super::movement::{At, Measure, Movements};
use super::outlook::deviations_of;
use super::series_watch::{Moment, SeriesWatch, column_of};

const DAY_MS: f64 = 86_400_000.0;
/// Mass that a shift of one deviation moves, at the centre of a normal.
const CENTRE_DENSITY: f64 = 0.398_942;
/// What several tests a column make of the p-value of one of them.
const TESTS_A_COLUMN: f64 = 12.0;
const MASS_MOVED: &str = ".mass_moved";
/// What is measured of every feed.
const OF_FEED: [&str; 2] = ["rows_per_sec", "lag_secs"];

/// The alarms that settings would have raised.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// Windows that were looked at.
    pub windows: u64,
    /// Days from the first of them to the last.
    pub days: f64,
    /// Alarms a day.
    pub alarms_per_day: f64,
    /// The alarms, oldest first.
    pub alarms: Vec<LiveAlarm>,
}

/// What a monitor with these settings would have said of windows that were kept: windows as configured, oldest first,
/// without those of minutes and hours.
///
/// Exact for the series (`series.*`), where the windows reach back to the first one that the monitor judged: the same
/// detectors see the same values. Where they begin later, the detectors learn from the first of these windows on, and
/// say nothing of its first hundred; columns that the monitor left out as clocks are left out as far as their metrics
/// tell. Approximate for drift (`drift.value`), of which only the mass moved by the shortest look was kept: it has to
/// pass the least mass of the settings, what chance gives under the budget with so many rows, and what the column does
/// by itself; changes of nulls, classes and tails by drift are not previewed, their series are. Silence, unreadable
/// records and other columns do not depend on the budget and are left out.
#[must_use]
pub fn preview(windows: &[WindowSummary], settings: &MonitorSettings) -> Preview {
    let budget = Budget::new(settings.alarms.per_week, settings.window.length_secs);
    let is_judged = |window: &WindowSummary| window.values.keys().any(|metric| metric.ends_with(MASS_MOVED));
    let first = windows.iter().position(is_judged).unwrap_or(0);
    let windows = windows.get(first..).unwrap_or_default();
    let mut replay = Replay::new(settings, budget, clocks(windows));
    let alarms: Vec<LiveAlarm> =
        (1..).zip(windows).flat_map(|(number, window)| replay.closed(number, window)).collect();
    let span_ms = windows.first().zip(windows.last()).map_or(0, |(first, last)| last.end_ms - first.start_ms);
    let days = span_ms as f64 / DAY_MS;
    let alarms_per_day = if days > 0.0 { alarms.len() as f64 / days } else { 0.0 };
    Preview { windows: windows.len() as u64, days, alarms_per_day, alarms }
}

struct Replay<'a> {
    budget: Budget,
    settings: &'a MonitorSettings,
    clocks: BTreeSet<String>,
    series: SeriesWatch,
    movements: Movements,
    conditions: Conditions,
    mass: BTreeMap<String, f64>,
    own: BTreeSet<String>,
}

impl<'a> Replay<'a> {
    fn new(settings: &'a MonitorSettings, budget: Budget, clocks: BTreeSet<String>) -> Self {
        Self {
            budget,
            settings,
            clocks,
            series: SeriesWatch::default(),
            movements: Movements::default(),
            conditions: Conditions::default(),
            mass: BTreeMap::new(),
            own: settings.metrics.iter().map(|metric| metric.name.clone()).collect(),
        }
    }

    fn closed(&mut self, number: u64, window: &WindowSummary) -> Vec<LiveAlarm> {
        let recover = u64::from(self.settings.alarms.recover_windows.max(1));
        let mut values = window.values.clone();
        // Between looks what the last one saw was kept again.
        values.retain(|metric, value| {
            let last = metric.strip_suffix(MASS_MOVED).and_then(|column| self.mass.get(column));
            last.is_none_or(|last| last.to_bits() != value.to_bits())
        });
        // Windows of the past may have metrics that were taken away since.
        values.retain(|metric, _| {
            let metric = metric.as_str();
            column_of(metric).is_some() || OF_FEED.contains(&metric) || self.own.contains(metric)
        });
        let moved =
            values.iter().filter_map(|(metric, moved)| Some((metric.strip_suffix(MASS_MOVED)?, *moved)));
        let moved: Vec<(String, f64)> = moved.map(|(column, moved)| (column.to_owned(), moved)).collect();
        let mut alarms = self.drifted(&moved, window);
        self.mass.extend(moved);
        alarms.retain(|alarm| self.conditions.show(alarm, number, recover));
        let moment = Moment {
            values: &values,
            rows: window.rows,
            start_ms: window.start_ms,
            end_ms: window.end_ms,
            clocks: &self.clocks,
            ignore: &self.settings.alarms.ignore,
            own: &self.own,
            is_own_known: self.own.iter().any(|metric| values.contains_key(metric)),
            budget: &self.budget,
            window: number,
        };
        let of_series = self.series.closed(&moment, &mut self.conditions);
        alarms.extend(of_series.into_iter().filter(|alarm| self.conditions.show(alarm, number, recover)));
        self.conditions.recovered(number, window.rows, window.end_ms);
        alarms
    }

    fn drifted(&mut self, moved: &[(String, f64)], window: &WindowSummary) -> Vec<LiveAlarm> {
        let drift = &self.settings.check.drift;
        let sensitivity = match drift.sensitivity {
            Sensitivity::Low => 2.0,
            Sensitivity::Normal => 1.0,
            Sensitivity::High => 0.5,
        };
        let rate = self.budget.false_discovery_rate().min(drift.false_discovery_rate);
        let needed = deviations_of(rate / moved.len().max(1) as f64 / TESTS_A_COLUMN);
        let by_chance = CENTRE_DENSITY * needed / (window.rows.max(1) as f64).sqrt();
        let bar = (drift.min_mass_moved * sensitivity).max(by_chance);
        let mut alarms = Vec::new();
        for (column, moved) in moved {
            let span_ms = (window.start_ms, window.end_ms);
            let at = At { column, measure: Measure::Mass, look: 0, span_ms, rows: window.rows };
            if *moved >= bar && self.movements.is_beyond(at, *moved, (bar, false)) {
                alarms.push(alarm(column, *moved, window));
            } else if !self.conditions.has_column(column) {
                self.movements.learn(at, *moved);
            }
        }
        alarms
    }
}

fn alarm(column: &str, moved: f64, window: &WindowSummary) -> LiveAlarm {
    LiveAlarm {
        code: "drift.value".to_owned(),
        severity: Severity::Medium,
        column: Some(column.to_owned()),
        metric: None,
        message: format!(
            "`{column}` changed: {:.0} % of its rows would have to change place.",
            100.0 * moved
        ),
        began_ms: window.start_ms,
        raised_ms: window.end_ms,
    }
}

/// Columns that have nothing but a share of nulls: moments, row numbers.
fn clocks(windows: &[WindowSummary]) -> BTreeSet<String> {
    let Some(last) = windows.last() else { return BTreeSet::new() };
    let of = |suffix: &'static str| last.values.keys().filter_map(move |metric| metric.strip_suffix(suffix));
    let has_more = |column: &str| {
        let metrics = [".mean", ".true_ratio", ".distinct", MASS_MOVED];
        metrics.iter().any(|metric| last.values.contains_key(&format!("{column}{metric}")))
    };
    of(".null_ratio").filter(|column| !has_more(column)).map(str::to_owned).collect()
}
