//! One monitor: rows in, closed windows out.

use std::collections::BTreeMap;

use driftline_chunk::{Chunk, Field, Physical, Schema};
use driftline_model::{
    CustomMetric, LiveAlarm, LiveRecovery, MonitorSettings, Report, Settings, SideReport, WindowSummary,
};
use driftline_profile::{Side, TableProfile};
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::conditions::Conditions;
use super::drift_watch::{DriftWatch, Judging, Looked};
use super::feed_watch::FeedWatch;
use super::metrics::metrics;
use super::own_metrics::{CustomMetrics, OwnMetrics};
use super::panes::{Arrival, Pane, Panes};
use super::personal_numbers::PersonalNumbers;
use super::reference::Reference;
use super::rollups::{Rolled, Rollup};
use super::schema_watch::SchemaWatch;
use super::series_watch::{Moment, SeriesWatch};
use crate::EngineError;
use crate::headline::{headline, verdict};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// Version of the bytes that a monitor keeps.
const VERSION: u16 = 2;
/// Findings that a report of a window names.
const FINDINGS: usize = 200;

/// Rows that came together.
#[derive(Debug, Clone)]
pub struct LiveRows {
    /// The rows that could be read. Over all the life of a monitor their offsets rise.
    pub chunk: Chunk,
    /// Records that could not.
    pub rejected_rows: u64,
    /// Bytes of all of them as they came.
    pub bytes: u64,
    /// For every column of the chunk whether any record had it.
    pub present: Vec<bool>,
}

/// How long a closed window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// As configured.
    Window,
    /// A minute of windows together.
    Minute,
    /// An hour of windows together.
    Hour,
}

/// A window that was closed, and what it showed.
#[derive(Debug, Clone)]
pub struct Closed {
    /// How long it is. Alarms and recoveries come with windows as configured only.
    pub resolution: Resolution,
    /// What it is in numbers.
    pub summary: WindowSummary,
    /// What begins with it.
    pub raised: Vec<LiveAlarm>,
    /// What is over with it.
    pub recovered: Vec<LiveRecovery>,
    /// The evidence, when something begins and there was anything to compare.
    pub report: Option<Box<Report>>,
}

/// Watches one feed.
///
/// Nothing is kept but bounded summaries, however long it runs. With the same settings, the same rows at the same
/// moments give the same alarms, restarts from [`Monitor::to_bytes`] included.
pub struct Monitor {
    name: String,
    settings: MonitorSettings,
    judging: Settings,
    budget: Budget,
    own: OwnMetrics,
    personal: PersonalNumbers,
    state: State,
}

#[derive(Serialize, Deserialize)]
struct State {
    schema: Vec<(String, u8)>,
    panes: Panes,
    reference: Reference,
    drift: DriftWatch,
    series: SeriesWatch,
    feed: FeedWatch,
    columns: SchemaWatch,
    conditions: Conditions,
    minutes: Rollup,
    hours: Rollup,
    /// Windows closed.
    windows: u64,
    /// Alarms for the next window, as JSON.
    pending: String,
    /// Rows taken in, and how many of them came too late even for their hour.
    rows: u64,
    lost_rows: u64,
}

impl Monitor {
    /// A monitor that has seen nothing. `saved` is the baseline that the settings name.
    pub fn new(name: &str, settings: &MonitorSettings, saved: Option<(SideReport, TableProfile)>) -> Self {
        let state = State {
            schema: Vec::new(),
            panes: Panes::new(&settings.window),
            reference: Reference::new(&settings.baseline, saved),
            drift: DriftWatch::default(),
            series: SeriesWatch::default(),
            feed: FeedWatch::default(),
            columns: SchemaWatch::default(),
            conditions: Conditions::default(),
            minutes: Rollup::new(MINUTE_MS),
            hours: Rollup::new(HOUR_MS),
            windows: 0,
            pending: String::new(),
            rows: 0,
            lost_rows: 0,
        };
        Self::of(name, settings, state)
    }

    fn of(name: &str, settings: &MonitorSettings, mut state: State) -> Self {
        let budget = Budget::new(settings.alarms.per_week, settings.window.length_secs);
        let mut judging = settings.check.clone();
        let rate = budget.false_discovery_rate();
        judging.drift.false_discovery_rate = judging.drift.false_discovery_rate.min(rate);
        state.panes.set_keeps_chunks(!settings.metrics.is_empty());
        let own = OwnMetrics::new(&settings.metrics);
        let personal = PersonalNumbers::default();
        Self { name: name.to_owned(), settings: settings.clone(), judging, budget, own, personal, state }
    }

    /// The same with metrics that need the rows of a window.
    #[must_use]
    pub fn with_custom_metrics(mut self, custom: CustomMetrics) -> Self {
        self.own.set_compute(custom);
        self
    }

    /// Takes in rows that came at `now_ms`, and closes what is due.
    pub fn push(&mut self, rows: &LiveRows, now_ms: i64) -> Vec<Closed> {
        let mut closed = self.advance(now_ms);
        let schema = rows.chunk.schema();
        if !self.is_known(schema) {
            closed.extend(self.new_columns(schema));
        }
        let mut arrival =
            Arrival { now_ms, rejected_rows: rows.rejected_rows, bytes: rows.bytes, present: &rows.present };
        self.state.rows += rows.chunk.rows() as u64;
        self.state.reference.learn(&rows.chunk);
        for chunk in self.state.panes.in_order(&rows.chunk) {
            self.place(&chunk, &arrival);
            (arrival.rejected_rows, arrival.bytes) = (0, 0);
            closed.extend(self.advance(now_ms));
        }
        closed
    }

    /// Puts rows into their windows; those that come too late into their minute and hour.
    fn place(&mut self, chunk: &Chunk, arrival: &Arrival<'_>) {
        for (at_ms, late) in self.state.panes.push(chunk, arrival) {
            let in_minute = self.state.minutes.place(at_ms, &late);
            if !self.state.hours.place(at_ms, &late) && !in_minute {
                self.state.lost_rows += late.rows() as u64;
            }
        }
    }

    /// Closes the windows that are due at this moment.
    pub fn advance(&mut self, now_ms: i64) -> Vec<Closed> {
        let due = self.state.panes.due(now_ms);
        let mut closed: Vec<Closed> = due.iter().flat_map(|pane| self.close(pane, 0)).collect();
        let (idle_ms, length_ms) = (self.state.panes.idle_ms(), self.state.panes.length_ms());
        if idle_ms >= self.state.feed.patience_ms(length_ms, &self.settings.window) {
            // The feed has fallen silent: its last windows wait for nothing more.
            let open = self.state.panes.all();
            closed.extend(open.iter().flat_map(|pane| self.close(pane, idle_ms)));
        }
        closed
    }

    /// Closes everything: the feed has ended.
    pub fn finish(&mut self) -> Vec<Closed> {
        let open = self.state.panes.all();
        let mut closed: Vec<Closed> = open.iter().flat_map(|pane| self.close(pane, 0)).collect();
        for (resolution, rolled) in
            [(Resolution::Minute, self.state.minutes.end()), (Resolution::Hour, self.state.hours.end())]
        {
            closed.extend(rolled.map(|rolled| self.rolled(resolution, &rolled)));
        }
        closed
    }

    /// The latest moment at which rows came or windows were looked at, in milliseconds since 1970; 0 before any.
    pub fn now_ms(&self) -> i64 {
        self.state.panes.now_ms()
    }

    /// Goes on at this moment after nobody watched: what is between was not looked at, and is no silence.
    pub fn resume(&mut self, now_ms: i64) {
        self.state.panes.resume(now_ms);
        self.state.feed.resume(now_ms);
    }

    /// How much of its reference it has learned, 0..1.
    pub fn learned_ratio(&self) -> f64 {
        self.state.reference.learned_ratio(self.state.panes.now_ms())
    }

    /// Up to where windows of this resolution are closed; nothing before the first.
    pub fn closed_until_ms(&self, resolution: Resolution) -> Option<i64> {
        match resolution {
            Resolution::Window => self.state.panes.closed_until_ms(),
            Resolution::Minute => self.state.minutes.closed_until_ms(),
            Resolution::Hour => self.state.hours.closed_until_ms(),
        }
    }

    /// Series that are watched.
    pub fn series_watched(&self) -> usize {
        self.state.series.len()
    }

    /// Rows taken in over its life.
    pub fn rows(&self) -> u64 {
        self.state.rows
    }

    /// Rows among them that came too late even for their hour: they are counted, and in no window.
    pub fn lost_rows(&self) -> u64 {
        self.state.lost_rows
    }

    /// Whether the last window with rows had more of them than are held for the metrics that need them (256 MiB over
    /// all open windows), so that it has no such metrics.
    pub fn is_beyond_memory(&self) -> bool {
        self.own.is_beyond_memory()
    }

    /// All it knows as bytes.
    ///
    /// # Errors
    /// When something cannot be written down, which would be a defect.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let mut bytes = VERSION.to_le_bytes().to_vec();
        let state = postcard::to_stdvec(&self.state).map_err(|error| unreadable(&error))?;
        bytes.extend(state);
        // Behind the rest, where bytes of before there were metrics of one's own just end.
        let own: Vec<(&str, &str)> = self.settings.metrics.iter().map(told_apart).collect();
        bytes.extend(postcard::to_stdvec(&own).map_err(|error| unreadable(&error))?);
        Ok(bytes)
    }

    /// A monitor that goes on from what it knew. Settings that change how the feed is cut take effect with a new
    /// monitor only.
    ///
    /// # Errors
    /// When the bytes are something else, damaged, or of another version.
    pub fn from_bytes(name: &str, settings: &MonitorSettings, bytes: &[u8]) -> Result<Self, EngineError> {
        let state = bytes
            .split_first_chunk::<2>()
            .filter(|(version, _)| u16::from_le_bytes(**version) == VERSION)
            .map(|(_, state)| state)
            .ok_or_else(|| unreadable(&"of another version"))?;
        let (mut state, rest): (State, _) =
            postcard::take_from_bytes(state).map_err(|error| unreadable(&error))?;
        let before: Vec<(&str, &str)> = match rest {
            [] => Vec::new(),
            rest => postcard::from_bytes(rest).map_err(|error| unreadable(&error))?,
        };
        // A metric that is gone is not missing, and another one of the same name has learned nothing.
        for own in before {
            if !settings.metrics.iter().any(|metric| told_apart(metric) == own) {
                state.series.forget(own.0);
            }
        }
        Ok(Self::of(name, settings, state))
    }

    fn is_known(&self, schema: &Schema) -> bool {
        let known = &self.state.schema;
        known.len() == schema.len()
            && known
                .iter()
                .zip(schema.fields())
                .all(|((name, physical), field)| *name == field.name && *physical == field.physical.code())
    }

    /// The feed has other columns from now on: what is open is closed, and told of with the next window.
    fn new_columns(&mut self, schema: &Schema) -> Vec<Closed> {
        let mut closed = Vec::new();
        if !self.state.schema.is_empty() {
            let before = Schema::new(self.state.schema.iter().map(field_of).collect::<Vec<_>>());
            let open = self.state.panes.all();
            closed.extend(open.iter().flat_map(|pane| self.close(pane, 0)));
            self.state.drift.begin_anew();
            let alarms = SchemaWatch::changed(&before, schema, self.state.panes.now_ms());
            // Plain data with text keys: writing it as JSON cannot fail.
            self.state.pending = serde_json::to_string(&alarms).unwrap_or_default();
        }
        let fields = schema.fields().iter();
        self.state.schema = fields.map(|field| (field.name.clone(), field.physical.code())).collect();
        closed
    }

    /// Judges a window. `idle_ms`: how long no row has come since.
    fn close(&mut self, pane: &Pane, idle_ms: i64) -> Vec<Closed> {
        self.state.windows += 1;
        let window = self.state.windows;
        let recover = u64::from(self.settings.alarms.recover_windows.max(1));
        let mut raised = Vec::new();
        for alarm in self.told_of_columns(pane) {
            // It lasts until the column is as before; what is new in the feed is new once.
            if self.state.conditions.show(&alarm, window, recover) {
                raised.push(alarm);
            }
        }
        for alarm in self.state.feed.closed(pane, idle_ms, &self.settings.window) {
            if self.state.conditions.show(&alarm, window, 1) {
                raised.push(alarm);
            }
        }
        self.state.reference.closed(pane);
        let looked = self.look(pane, window, recover);
        for (alarm, patience) in &looked.alarms {
            if self.state.conditions.show(alarm, window, *patience) {
                raised.push(alarm.clone());
            }
        }
        let own = self.own.closed(pane);
        let is_own_known = own.is_some();
        let mut summary = self.summary(pane, &looked, own.unwrap_or_default());
        for alarm in self.series(pane, &summary, (window, is_own_known)) {
            if self.state.conditions.show(&alarm, window, recover) {
                raised.push(alarm);
            }
        }
        summary.alarms = raised.len() as u64;
        // Looks are not due after every window: between them what the last one saw still stands.
        for (column, moved) in self.state.drift.last_seen() {
            summary.values.entry(format!("{column}.mass_moved")).or_insert(*moved);
        }
        let recovered = self.state.conditions.recovered(window, pane.rows(), pane.end_ms);
        let report = self.report(&raised, &looked);
        let mut closed = Vec::new();
        self.roll_up(pane, &summary, &mut closed);
        closed.insert(0, Closed { resolution: Resolution::Window, summary, raised, recovered, report });
        closed
    }

    fn told_of_columns(&mut self, pane: &Pane) -> Vec<LiveAlarm> {
        let pending = std::mem::take(&mut self.state.pending);
        let mut alarms: Vec<LiveAlarm> = serde_json::from_str(&pending).unwrap_or_default();
        alarms.extend(self.state.columns.closed(pane));
        alarms
    }

    fn look(&mut self, pane: &Pane, window: u64, recover_windows: u64) -> Looked {
        let State { drift, reference, conditions, .. } = &mut self.state;
        let settings = &self.judging;
        drift.closed(pane, &mut Judging { settings, reference, conditions, window, recover_windows })
    }

    fn summary(&mut self, pane: &Pane, looked: &Looked, own: BTreeMap<String, f64>) -> WindowSummary {
        let mut values = pane.profile.as_ref().map_or_else(BTreeMap::new, |profile| self.metrics(profile));
        let moved = looked.mass_moved.iter().map(|(column, moved)| (format!("{column}.mass_moved"), *moved));
        values.extend(moved);
        let secs = pane.watched_ms() as f64 / 1000.0;
        values.insert("rows_per_sec".to_owned(), pane.rows() as f64 / secs);
        if let Some(lag_ms) = pane.lag_ms {
            values.insert("lag_secs".to_owned(), lag_ms as f64 / 1000.0);
        }
        for (metric, value) in own {
            values.entry(metric).or_insert(value);
        }
        WindowSummary { values, ..counted(pane) }
    }

    /// The metrics of rows, without those that are numbers of people.
    fn metrics(&mut self, profile: &TableProfile) -> BTreeMap<String, f64> {
        let sample = profile.sample();
        let side = Side { profile, sample: &sample };
        if !self.judging.privacy.show_personal {
            if self.personal.begins() {
                self.look_back();
            }
            self.personal.look(&side);
        }
        metrics(&side, &self.personal.and(self.state.drift.clocks()))
    }

    /// Looks for numbers of people in what is known of the feed from before.
    fn look_back(&mut self) {
        let State { reference, minutes, hours, .. } = &mut self.state;
        if let Some((side, _)) = reference.side(usize::MAX) {
            self.personal.look(&side);
        }
        for profile in [minutes.profile(), hours.profile()].into_iter().flatten() {
            let sample = profile.sample();
            self.personal.look(&Side { profile, sample: &sample });
        }
    }

    fn series(
        &mut self,
        pane: &Pane,
        summary: &WindowSummary,
        (window, is_own_known): (u64, bool),
    ) -> Vec<LiveAlarm> {
        let State { series, conditions, drift, .. } = &mut self.state;
        if !drift.is_judging() || !pane.is_comparable() {
            return Vec::new();
        }
        let moment = Moment {
            values: &summary.values,
            rows: summary.rows,
            start_ms: pane.start_ms,
            end_ms: pane.end_ms,
            clocks: &self.personal.and(drift.clocks()),
            ignore: &self.settings.alarms.ignore,
            own: self.own.names(),
            is_own_known,
            budget: &self.budget,
            window,
        };
        series.closed(&moment, conditions)
    }

    /// The evidence for what begins: the comparison that showed it, with these findings and no others.
    fn report(&mut self, raised: &[LiveAlarm], looked: &Looked) -> Option<Box<Report>> {
        if raised.is_empty() {
            return None;
        }
        let State { drift, reference, .. } = &mut self.state;
        let mut report = drift.report(looked, reference, (&self.name, &self.judging))?;
        report.findings = raised.iter().take(FINDINGS).map(LiveAlarm::finding).collect();
        report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        report.severity = report.findings.iter().map(|finding| finding.severity).max().unwrap_or_default();
        report.verdict = verdict(&report.columns, &report.findings);
        report.headline = headline(&report.columns, &report.findings, &report.insights);
        Some(Box::new(report))
    }

    fn roll_up(&mut self, pane: &Pane, summary: &WindowSummary, closed: &mut Vec<Closed>) {
        let minute = self.state.minutes.push(pane, summary);
        let hour = self.state.hours.push(pane, summary);
        for (resolution, rolled) in [(Resolution::Minute, minute), (Resolution::Hour, hour)] {
            closed.extend(rolled.map(|rolled| self.rolled(resolution, &rolled)));
        }
    }

    fn rolled(&mut self, resolution: Resolution, rolled: &Rolled) -> Closed {
        let profile = rolled.profile.as_ref();
        let mut values = profile.map_or_else(BTreeMap::new, |profile| self.metrics(profile));
        for (metric, (sum, count)) in &rolled.means {
            values.entry(metric.clone()).or_insert(sum / *count as f64);
        }
        self.personal.hide(&mut values);
        let summary = WindowSummary {
            start_ms: rolled.start_ms,
            end_ms: rolled.end_ms,
            rows: profile.map_or(0, TableProfile::rows),
            late_rows: rolled.late_rows,
            rejected_rows: rolled.rejected_rows,
            bytes: rolled.bytes,
            alarms: rolled.alarms,
            values,
        };
        Closed { resolution, summary, raised: Vec::new(), recovered: Vec::new(), report: None }
    }
}

fn counted(pane: &Pane) -> WindowSummary {
    WindowSummary {
        start_ms: pane.start_ms,
        end_ms: pane.end_ms,
        rows: pane.rows(),
        late_rows: pane.late_rows,
        rejected_rows: pane.rejected_rows,
        bytes: pane.bytes,
        ..WindowSummary::default()
    }
}

/// What makes a metric of one's own another one.
fn told_apart(metric: &CustomMetric) -> (&str, &str) {
    (&metric.name, &metric.expression)
}

fn field_of((name, code): &(String, u8)) -> Field {
    Field { name: name.clone(), physical: Physical::of_code(*code) }
}

fn unreadable(cause: &dyn std::fmt::Display) -> EngineError {
    EngineError::Monitor { cause: cause.to_string() }
}
