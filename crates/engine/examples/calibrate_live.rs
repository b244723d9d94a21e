//! How often a monitor cries without reason, and how soon it finds what was planted: days of a seasonal feed in
//! time-lapse.
//!
//! `calibrate_live [COLUMNS] [ROWS_PER_WINDOW] [SEED]`

#![expect(clippy::print_stdout, reason = "a program for developers that prints figures")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringViewArray};
use driftline_chunk::{Chunk, Field, Physical, Schema};
use driftline_engine::live::{LiveRows, Monitor, Resolution};
use driftline_model::{BaselineSource, MonitorSettings, WindowSettings};
use driftline_testkit::Random;

const WINDOW_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Monday.
const START_MS: i64 = 1_767_571_200_000;
/// How long a planted change lasts, and how long it is calm after it.
const PLANTED_WINDOWS: i64 = 40;
const CALM_WINDOWS: i64 = 80;

/// What is planted: the changes of METHODS-like size that every monitor should see.
const CHANGES: [&str; 7] = [
    "scale of a lognormal +15 %",
    "scale of a gamma +23 %",
    "mix of a category by 8 points",
    "nulls from 5 % to 12 %",
    "shift by half a deviation",
    "rows fall to a half",
    "a new category at 3 %",
];

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse::<usize>().ok());
    let columns = arguments.next().unwrap_or(200);
    let rows = arguments.next().unwrap_or(500);
    let seed = arguments.next().unwrap_or(1);
    let mut feed = Feed::new(columns, rows, seed as u64);
    let settings = MonitorSettings {
        window: WindowSettings { length_secs: 60.0, ..WindowSettings::default() },
        baseline: BaselineSource::Learned(86_400.0),
        ..MonitorSettings::default()
    };
    let mut monitor = Monitor::new("calibration", &settings, None);
    let began = Instant::now();
    for day in 0..2 {
        let mut alarms = BTreeMap::new();
        feed.judged = Duration::ZERO;
        for window in 0..DAY_MS / WINDOW_MS {
            for alarm in feed.step(&mut monitor, START_MS + day * DAY_MS + window * WINDOW_MS, None) {
                *alarms.entry(alarm).or_insert(0) += 1;
            }
        }
        println!(
            "day {}: {} alarms {:?}, {:.1} windows a second",
            day + 1,
            alarms.values().sum::<i32>(),
            alarms,
            (DAY_MS / WINDOW_MS) as f64 / feed.judged.as_secs_f64()
        );
    }
    let bytes = monitor.to_bytes().map_or(0, |bytes| bytes.len());
    println!("{} series, state {:.1} MB", monitor.series_watched(), bytes as f64 / 1e6);
    let mut at = START_MS + 2 * DAY_MS;
    for (number, change) in CHANGES.iter().enumerate() {
        let (mut found, mut other) = (None, 0);
        for window in 0..PLANTED_WINDOWS + CALM_WINDOWS {
            let planted = (window < PLANTED_WINDOWS).then_some(number);
            let alarms = feed.step(&mut monitor, at, planted);
            at += WINDOW_MS;
            let is_it = |alarm: &String| {
                if number == 5 { alarm.contains("rows_per_sec") } else { alarm.contains(" c") }
            };
            if found.is_none() && alarms.iter().any(is_it) {
                found = Some((window + 1, alarms.join(", ")));
            } else {
                other += alarms.len();
            }
        }
        match found {
            Some((windows, alarm)) => {
                println!("{change}: found after {windows} windows ({alarm}), {other} more alarms");
            }
            None => println!("{change}: not found, {other} other alarms"),
        }
    }
    strong_season(seed as u64);
    println!("{:.1} s in all", began.elapsed().as_secs_f64());
}

/// Days of the feed with a strong season, and what is learned of them as the baseline: rows are lost on a Friday.
const SEASON_DAYS: i64 = 11;
const SEASON_LEARNED_SECS: f64 = 3.0 * 86_400.0;

/// A feed that is loud by day and quiet by night, and quieter on weekends: whether that alone raises alarms, and
/// whether rows that fall to their night value at noon are found.
fn strong_season(seed: u64) {
    let mut feed = Feed { season: 0.8, weekend: 0.6, ..Feed::new(5, 500, seed) };
    let settings = MonitorSettings {
        window: WindowSettings { length_secs: 60.0, ..WindowSettings::default() },
        baseline: BaselineSource::Learned(SEASON_LEARNED_SECS),
        ..MonitorSettings::default()
    };
    let mut monitor = Monitor::new("strong season", &settings, None);
    let mut by_day = Vec::new();
    for day in 0..SEASON_DAYS {
        let mut alarms = 0;
        for window in 0..DAY_MS / WINDOW_MS {
            let at = START_MS + day * DAY_MS + window * WINDOW_MS;
            alarms += feed.step(&mut monitor, at, None).len();
        }
        by_day.push(alarms);
    }
    println!("strong season from a Monday on, alarms by day, three learned: {by_day:?}");
    let mut found = None;
    for window in 0..DAY_MS / WINDOW_MS / 2 {
        let at = START_MS + SEASON_DAYS * DAY_MS + window * WINDOW_MS;
        let is_planted = window * WINDOW_MS >= DAY_MS / 4;
        let alarms = feed.step(&mut monitor, at, is_planted.then_some(7));
        let told = alarms.iter().find(|alarm| alarm.contains("rows_per_sec")).cloned();
        if let (true, None, Some(alarm)) = (is_planted, &found, told) {
            found = Some((window - DAY_MS / WINDOW_MS / 4 + 1, alarm));
        }
    }
    match found {
        Some((windows, alarm)) => {
            println!("rows fall to their night value: found after {windows} windows ({alarm})");
        }
        None => println!("rows fall to their night value: not found"),
    }
}

/// A feed with a daily season in its rate, in means and in mixes.
struct Feed {
    columns: usize,
    rows: usize,
    random: Random,
    schema: Schema,
    sent: u64,
    /// Time that the monitor took, without making the rows.
    judged: Duration,
    /// Amplitude of the season of its rate, and the rate of a weekend day by that of another.
    season: f64,
    weekend: f64,
}

impl Feed {
    fn new(columns: usize, rows: usize, seed: u64) -> Self {
        let physical = |i: usize| match i % 5 {
            3 => Physical::Text,
            4 => Physical::Boolean,
            _ => Physical::Number,
        };
        let field = |i: usize| Field { name: format!("c{i}"), physical: physical(i) };
        let schema = Schema::new((0..columns).map(field).collect::<Vec<_>>());
        Self {
            columns,
            rows,
            random: Random::new(seed),
            schema,
            sent: 0,
            judged: Duration::ZERO,
            season: 0.4,
            weekend: 1.0,
        }
    }

    /// The alarms after one more window; `planted` changes the first columns of its kind.
    fn step(&mut self, monitor: &mut Monitor, at_ms: i64, planted: Option<usize>) -> Vec<String> {
        let season = (at_ms as f64 / DAY_MS as f64 * std::f64::consts::TAU).sin();
        let is_weekend = (at_ms - START_MS).div_euclid(DAY_MS).rem_euclid(7) >= 5;
        // The seventh change leaves what comes at the quietest hour.
        let of_day = if planted == Some(7) { -1.0 } else { season };
        let rate = self.rows as f64
            * (1.0 + self.season * of_day)
            * if planted == Some(5) { 0.5 } else { 1.0 }
            * if is_weekend { self.weekend } else { 1.0 };
        let rows = (rate + rate.sqrt() * self.normal()).max(1.0) as usize;
        let arrays: Vec<ArrayRef> =
            (0..self.columns).map(|column| self.column(column, rows, season, planted)).collect();
        let Ok(batch) = RecordBatch::try_new(Arc::new(self.schema.arrow()), arrays) else {
            return Vec::new();
        };
        let offsets = (self.sent..self.sent + rows as u64).collect();
        self.sent += rows as u64;
        let Ok(chunk) = Chunk::new(self.schema.clone(), batch, (0, 0), offsets, Vec::new()) else {
            return Vec::new();
        };
        let rows = LiveRows { chunk, rejected_rows: 0, bytes: 0, present: vec![true; self.columns] };
        let began = Instant::now();
        let mut closed = monitor.push(&rows, at_ms + 1);
        closed.extend(monitor.advance(at_ms + WINDOW_MS));
        self.judged += began.elapsed();
        closed
            .into_iter()
            .filter(|closed| closed.resolution == Resolution::Window)
            .flat_map(|closed| closed.raised)
            .map(|alarm| {
                let about = alarm.metric.or(alarm.column).unwrap_or_default();
                if std::env::var_os("LIVE_VERBOSE").is_some() {
                    println!("  {at_ms} {} {about}: {}", alarm.code, alarm.message);
                }
                format!("{} {about}", alarm.code)
            })
            .collect()
    }

    fn column(&mut self, column: usize, rows: usize, season: f64, planted: Option<usize>) -> ArrayRef {
        let is_seasonal = column.is_multiple_of(2);
        let season = if is_seasonal { season } else { 0.0 };
        match column % 5 {
            0 => {
                let scale = if planted == Some(0) && column == 5 { 1.15 } else { 1.0 };
                let shift = if planted == Some(4) && column == 10 { 0.5 } else { 0.0 };
                let one = |feed: &mut Self| {
                    (0.8 * feed.normal() + 0.15 * season + 0.8 * shift).exp() * 40.0 * scale
                };
                Arc::new((0..rows).map(|_| Some(one(self))).collect::<Float64Array>())
            }
            1 => {
                let scale = if planted == Some(1) && column == 11 { 1.23 } else { 1.0 };
                let one =
                    |feed: &mut Self| -(feed.random.unit() * feed.random.unit()).max(1e-12).ln() * scale;
                Arc::new(
                    (0..rows)
                        .map(|_| Some(one(self) * 20.0 * (1.0 + 0.1 * season)))
                        .collect::<Float64Array>(),
                )
            }
            2 => {
                let nulls = if planted == Some(3) && column == 12 { 0.12 } else { 0.05 };
                let one = |feed: &mut Self| {
                    let value = 20.0 + 5.0 * feed.normal() + 2.0 * season;
                    (!feed.random.chance(nulls)).then_some((value * 10.0).round() / 10.0)
                };
                Arc::new((0..rows).map(|_| one(self)).collect::<Float64Array>())
            }
            3 => {
                let moved = if planted == Some(2) && column == 3 { 0.08 } else { 0.0 };
                let fresh = if planted == Some(6) && column == 13 { 0.03 } else { 0.0 };
                let first = 0.5 + 0.05 * season + moved;
                let one = |feed: &mut Self| {
                    if feed.random.chance(fresh) {
                        return "watch";
                    }
                    match feed.random.unit() {
                        x if x < first => "phone",
                        x if x < 0.85 => "desktop",
                        x if x < 0.98 => "tablet",
                        _ => "tv",
                    }
                };
                Arc::new((0..rows).map(|_| Some(one(self))).collect::<StringViewArray>())
            }
            _ => {
                let share = 0.3 + 0.05 * season;
                Arc::new((0..rows).map(|_| Some(self.random.chance(share))).collect::<BooleanArray>())
            }
        }
    }

    fn normal(&mut self) -> f64 {
        self.random.normal()
    }
}
