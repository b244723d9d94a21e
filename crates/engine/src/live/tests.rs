use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use driftline_chunk::{Chunk, Field, Physical, Schema};
use driftline_model::{BaselineSource, MonitorSettings, WindowSettings};
use driftline_testkit::Random;

use super::{Closed, LiveRows, Monitor, Preview, Resolution, preview};

const START: i64 = 1_767_571_200_000;

/// A feed of a moment, an amount and a channel.
struct Feed {
    random: Random,
    sent: u64,
}

impl Feed {
    fn new() -> Self {
        Self { random: Random::new(7), sent: 0 }
    }

    fn rows(&mut self, moments: &[i64], factor: f64) -> LiveRows {
        let fields = [("at", Physical::Datetime), ("amount", Physical::Number), ("channel", Physical::Text)];
        let fields: Vec<Field> = fields
            .iter()
            .map(|(name, physical)| Field { name: (*name).to_owned(), physical: *physical })
            .collect();
        let schema = Schema::new(fields);
        let amounts: Vec<f64> = moments.iter().map(|_| (self.random.normal() * 0.5).exp() * factor).collect();
        let channel = |random: &mut Random| if random.chance(0.6) { "web" } else { "shop" };
        let channels: Vec<&str> = moments.iter().map(|_| channel(&mut self.random)).collect();
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(TimestampMicrosecondArray::from_iter_values(moments.iter().map(|ms| ms * 1000))),
            Arc::new(Float64Array::from(amounts)),
            Arc::new(StringViewArray::from(channels)),
        ];
        let batch = RecordBatch::try_new(Arc::new(schema.arrow()), arrays).unwrap();
        let offsets = (self.sent..self.sent + moments.len() as u64).collect();
        self.sent += moments.len() as u64;
        let chunk = Chunk::new(schema, batch, (0, 0), offsets, Vec::new()).unwrap();
        LiveRows { chunk, rejected_rows: 0, bytes: 10, present: vec![true; 3] }
    }

    /// Pushes `count` rows a second for so many seconds.
    fn run(
        &mut self,
        monitor: &mut Monitor,
        secs: std::ops::Range<i64>,
        count: i64,
        factor: f64,
    ) -> Vec<Closed> {
        let mut closed = Vec::new();
        for second in secs {
            let at = START + second * 1000;
            let moments: Vec<i64> = (0..count).map(|i| at + i * 1000 / count.max(1)).collect();
            if count > 0 {
                closed.extend(monitor.push(&self.rows(&moments, factor), at + 999));
            }
            closed.extend(monitor.advance(at + 1000));
        }
        closed
    }
}

fn settings(learn_secs: f64, time_column: Option<&str>) -> MonitorSettings {
    MonitorSettings {
        window: WindowSettings {
            time_column: time_column.map(str::to_owned),
            lateness_secs: 2.0,
            ..WindowSettings::default()
        },
        baseline: BaselineSource::Learned(learn_secs),
        ..MonitorSettings::default()
    }
}

fn windows(closed: &[Closed]) -> Vec<&Closed> {
    closed.iter().filter(|closed| closed.resolution == Resolution::Window).collect()
}

fn codes(closed: &[Closed]) -> Vec<String> {
    closed.iter().flat_map(|closed| &closed.raised).map(|alarm| alarm.code.clone()).collect()
}

#[test]
fn every_row_is_in_one_window_one_minute_and_one_hour() {
    let mut monitor = Monitor::new("feed", &settings(1e9, None), None);
    let mut feed = Feed::new();
    let mut closed = feed.run(&mut monitor, 0..150, 7, 1.0);
    closed.extend(monitor.finish());
    for resolution in [Resolution::Window, Resolution::Minute, Resolution::Hour] {
        let rows: u64 = closed
            .iter()
            .filter(|closed| closed.resolution == resolution)
            .map(|closed| closed.summary.rows)
            .sum();
        assert_eq!(rows, 150 * 7, "{resolution:?}");
    }
    let minutes: Vec<_> = closed.iter().filter(|closed| closed.resolution == Resolution::Minute).collect();
    assert_eq!(minutes.len(), 3);
    assert!((minutes[0].summary.values["rows_per_sec"] - 7.0).abs() < 1e-9);
    assert!(minutes[0].summary.values.contains_key("amount.p50"));
}

#[test]
fn late_rows_are_counted_and_placed() {
    let mut monitor = Monitor::new("feed", &settings(1e9, Some("at")), None);
    let mut feed = Feed::new();
    let mut closed = feed.run(&mut monitor, 0..60, 5, 1.0);
    // Forty seconds late: its window and its minute are closed or not, its hour is open.
    closed.extend(monitor.push(&feed.rows(&[START + 20_500], 1.0), START + 61_000));
    // A moment far ahead of the clock is not believed.
    closed.extend(monitor.push(&feed.rows(&[START + 86_400_000], 1.0), START + 62_000));
    closed.extend(monitor.finish());
    let late: u64 = windows(&closed).iter().map(|closed| closed.summary.late_rows).sum();
    let of = |resolution| -> u64 {
        closed.iter().filter(|closed| closed.resolution == resolution).map(|closed| closed.summary.rows).sum()
    };
    assert_eq!((late, of(Resolution::Window), of(Resolution::Hour)), (1, 301, 302));
    assert_eq!((monitor.rows(), monitor.lost_rows()), (302, 0));
}

#[test]
fn a_shift_is_said_once_and_its_end_too() {
    let mut monitor = Monitor::new("feed", &settings(40.0, None), None);
    let mut feed = Feed::new();
    let calm = feed.run(&mut monitor, 0..100, 50, 1.0);
    assert_eq!(codes(&calm), Vec::<String>::new());
    let shifted = feed.run(&mut monitor, 100..130, 50, 1.6);
    let about: Vec<_> = shifted.iter().flat_map(|closed| &closed.raised).collect();
    let drift: Vec<_> = about.iter().filter(|alarm| alarm.code == "drift.value").collect();
    assert_eq!(drift.len(), 1, "{about:?}");
    assert!((START + 95_000..START + 110_000).contains(&drift[0].began_ms), "{drift:?}");
    let report = shifted.iter().find_map(|closed| closed.report.as_ref()).unwrap();
    assert_eq!(report.columns[0].name, "amount");
    let back = feed.run(&mut monitor, 130..260, 50, 1.0);
    let over: Vec<_> = back.iter().flat_map(|closed| &closed.recovered).collect();
    assert!(over.iter().any(|over| over.code == "drift.value"), "{over:?}");
}

#[test]
fn a_silent_feed_is_told_and_its_return_too() {
    let mut monitor = Monitor::new("feed", &settings(1e9, None), None);
    let mut feed = Feed::new();
    feed.run(&mut monitor, 0..30, 5, 1.0);
    let silent = feed.run(&mut monitor, 30..60, 0, 1.0);
    assert_eq!(codes(&silent), ["feed.silent"]);
    let back = feed.run(&mut monitor, 60..62, 5, 1.0);
    assert_eq!(back.iter().flat_map(|closed| &closed.recovered).count(), 1);
}

#[test]
fn while_nobody_watches_a_feed_is_not_silent() {
    let mut monitor = Monitor::new("feed", &settings(1e9, None), None);
    let mut feed = Feed::new();
    let mut closed = feed.run(&mut monitor, 0..30, 5, 1.0);
    // The rows of half a second, and then nobody looks for a little more than an hour.
    closed.extend(monitor.push(&feed.rows(&[START + 30_000, START + 30_250], 1.0), START + 30_499));
    monitor.resume(START + 3_700_500);
    closed.extend(monitor.advance(START + 3_701_000));
    closed.extend(feed.run(&mut monitor, 3_701..3_705, 0, 1.0));
    assert_eq!(codes(&closed), [""; 0], "five seconds are no silence, whatever was before");
    let told: Vec<(i64, f64)> = windows(&closed)
        .iter()
        .skip(29)
        .map(|closed| ((closed.summary.start_ms - START) / 1000, closed.summary.values["rows_per_sec"]))
        .collect();
    let half = 2.0 / 0.499;
    assert_eq!(told[..4], [(29, 5.0), (30, half), (3_700, 0.0), (3_701, 0.0)]);
}

#[test]
fn a_feed_with_moments_falls_silent_too() {
    let mut monitor = Monitor::new("feed", &settings(1e9, Some("at")), None);
    let mut feed = Feed::new();
    feed.run(&mut monitor, 0..30, 5, 1.0);
    let silent = feed.run(&mut monitor, 30..60, 0, 1.0);
    assert_eq!(codes(&silent), ["feed.silent"]);
    let back = feed.run(&mut monitor, 60..70, 5, 1.0);
    assert!(back.iter().flat_map(|closed| &closed.recovered).any(|over| over.code == "feed.silent"));
}

#[test]
fn moments_far_apart_and_long_ago_open_a_bounded_number_of_windows() {
    let mut monitor = Monitor::new("feed", &settings(1e9, Some("at")), None);
    let mut feed = Feed::new();
    // A thousand days, a row each, in any order; then the present.
    let day = |i: i64| START - 86_400_000 * ((i * 7919) % 1000 + 1);
    let moments: Vec<i64> = (0..1000).map(day).collect();
    let mut closed = monitor.push(&feed.rows(&moments, 1.0), START);
    closed.extend(feed.run(&mut monitor, 0..10, 5, 1.0));
    closed.extend(monitor.finish());
    let rows: u64 = windows(&closed).iter().map(|closed| closed.summary.rows).sum();
    assert_eq!((rows, monitor.lost_rows()), (1050, 0));
    assert!(windows(&closed).len() < 2_100, "{}", windows(&closed).len());
}

#[test]
fn rows_of_the_past_leave_no_window_of_the_present_open() {
    let mut monitor = Monitor::new("feed", &settings(1e9, Some("at")), None);
    let mut feed = Feed::new();
    let year = 31_536_000_000;
    let mut closed = Vec::new();
    for second in 0..60 {
        let then = START + second * 1000;
        closed.extend(monitor.push(&feed.rows(&[then, then + 500], 1.0), then + year));
    }
    closed.extend(monitor.finish());
    assert_eq!(windows(&closed).len(), 60);
    let rows: u64 = windows(&closed).iter().map(|closed| closed.summary.rows).sum();
    assert_eq!(rows, 120);
}

#[test]
fn a_restart_changes_nothing() {
    let settings = settings(30.0, None);
    let of = |restarts: bool| {
        let mut monitor = Monitor::new("feed", &settings, None);
        let mut feed = Feed::new();
        let mut told = Vec::new();
        for step in 0..14 {
            let factor = if step >= 9 { 1.5 } else { 1.0 };
            let closed = feed.run(&mut monitor, step * 10..step * 10 + 10, 40, factor);
            told.extend(closed.into_iter().map(|closed| (closed.summary, closed.raised, closed.recovered)));
            if restarts {
                let bytes = monitor.to_bytes().unwrap();
                monitor = Monitor::from_bytes("feed", &settings, &bytes).unwrap();
            }
        }
        told
    };
    assert_eq!(of(false), of(true));
}

#[test]
fn other_columns_are_told() {
    let mut monitor = Monitor::new("feed", &settings(1e9, None), None);
    let mut feed = Feed::new();
    let mut closed = feed.run(&mut monitor, 0..5, 5, 1.0);
    let mut gone = feed.rows(&[START + 5_000; 25], 1.0);
    gone.present[2] = false;
    closed.extend(monitor.push(&gone, START + 5_500));
    closed.extend(monitor.advance(START + 7_000));
    assert_eq!(codes(&closed), ["schema.column_missing"]);
    let rows = feed.rows(&[START + 7_000; 5], 1.0);
    let schema = Schema::new(vec![Field { name: "at".to_owned(), physical: Physical::Datetime }]);
    let batch = rows.chunk.batch().project(&[0]).unwrap();
    let chunk = Chunk::new(schema, batch, (0, 0), rows.chunk.offsets().to_vec(), Vec::new()).unwrap();
    let mut other = monitor.push(&LiveRows { chunk, present: vec![true], ..rows }, START + 7_500);
    other.extend(monitor.advance(START + 9_000));
    assert_eq!(codes(&other), ["schema.column_missing"], "amount; that channel is gone was said");
}

#[test]
fn windows_by_count_are_full() {
    let mut settings = settings(1e9, None);
    settings.window.rows = 16;
    let mut monitor = Monitor::new("feed", &settings, None);
    let mut feed = Feed::new();
    let mut closed = feed.run(&mut monitor, 0..10, 10, 1.0);
    closed.extend(monitor.finish());
    let rows: Vec<u64> = windows(&closed).iter().map(|closed| closed.summary.rows).collect();
    assert_eq!(rows, [16, 16, 16, 16, 16, 16, 4]);
}

#[test]
fn a_preview_says_what_live_said_of_the_series_and_less_with_a_smaller_budget() {
    let mut settings = settings(40.0, None);
    settings.alarms.per_week = 50.0;
    let mut monitor = Monitor::new("feed", &settings, None);
    let mut feed = Feed::new();
    let mut closed = Vec::new();
    for second in 0..600 {
        // A rate that moves by itself, and falls once.
        let usual = 45 + second * 7919 % 11;
        let count = if (500..515).contains(&second) { 20 } else { usual };
        closed.extend(feed.run(&mut monitor, second..second + 1, count, 1.0));
    }
    let windows: Vec<_> = windows(&closed).iter().map(|closed| closed.summary.clone()).collect();
    let of_series = |alarms: &[driftline_model::LiveAlarm]| -> Vec<driftline_model::LiveAlarm> {
        alarms.iter().filter(|alarm| alarm.code.starts_with("series.")).cloned().collect()
    };
    let live: Vec<_> = closed.iter().flat_map(|closed| of_series(&closed.raised)).collect();
    assert!(live.iter().any(|alarm| alarm.metric.as_deref() == Some("rows_per_sec")), "{live:?}");
    let same = preview(&windows, &settings);
    assert_eq!(of_series(&same.alarms), live);
    assert!(same.days > 0.0 && same.alarms_per_day > 0.0 && same.windows < 700);
    settings.alarms.per_week = 0.001;
    let strict = preview(&windows, &settings);
    assert!(strict.alarms.len() <= same.alarms.len());
    settings.alarms.ignore = vec!["*".to_owned()];
    assert_eq!(of_series(&preview(&windows, &settings).alarms), []);
    assert_eq!(preview(&[], &settings), Preview::default());
}
