use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use driftline_chunk::{Chunk, ColumnValues, Field, Physical, Schema};
use driftline_model::{BaselineSource, CustomMetric, MonitorSettings, WindowSettings};
use driftline_testkit::Random;

use super::{Closed, CustomMetrics, LiveRows, Monitor, Preview, Resolution, preview};

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

/// A feed whose amounts have risen by 60 % until second 130, of which is told.
fn risen() -> (Monitor, Feed) {
    let mut monitor = Monitor::new("feed", &settings(40.0, None), None);
    let mut feed = Feed::new();
    feed.run(&mut monitor, 0..100, 50, 1.0);
    let risen = feed.run(&mut monitor, 100..130, 50, 1.6);
    assert!(codes(&risen).contains(&"drift.value".to_owned()));
    (monitor, feed)
}

/// Whether what is told of columns goes on, and is over once they are as before.
fn goes_on(closed: &[Closed], (mut monitor, mut feed): (Monitor, Feed), second: i64) {
    let of_columns: Vec<_> =
        closed.iter().flat_map(|closed| &closed.raised).filter(|alarm| alarm.column.is_some()).collect();
    assert!(of_columns.is_empty(), "told again: {of_columns:?}");
    let is_over = |closed: &[Closed]| {
        closed.iter().flat_map(|closed| &closed.recovered).any(|over| over.code == "drift.value")
    };
    assert!(!is_over(closed));
    assert!(is_over(&feed.run(&mut monitor, second..second + 130, 50, 1.0)));
}

#[test]
fn windows_are_looked_at_before_the_one_in_which_watching_began_again_is_over() {
    let (mut monitor, mut feed) = risen();
    monitor.resume(START + 200_300);
    let rows = feed.rows(&[START + 200_400; 20], 1.6);
    let mut closed = monitor.push(&rows, START + 200_400);
    closed.extend(monitor.advance(START + 200_600));
    closed.extend(feed.run(&mut monitor, 201..240, 50, 1.6));
    let told: Vec<i64> =
        windows(&closed).iter().map(|closed| (closed.summary.start_ms - START) / 1000).collect();
    let watched: Vec<i64> = std::iter::once(130).chain(200..240).collect();
    assert_eq!(told, watched, "nothing of the time in which nobody watched");
    assert_eq!(codes(&closed), [""; 0]);
    goes_on(&closed, (monitor, feed), 240);
}

#[test]
fn windows_without_rows_do_not_end_what_is_wrong_with_a_column() {
    let (mut monitor, mut feed) = risen();
    let mut closed = feed.run(&mut monitor, 130..200, 0, 1.0);
    assert!(codes(&closed).contains(&"feed.silent".to_owned()));
    closed.extend(feed.run(&mut monitor, 200..240, 50, 1.6));
    let of_feed = |over: &driftline_model::LiveRecovery| over.code == "feed.silent";
    assert!(closed.iter().flat_map(|closed| &closed.recovered).any(of_feed), "rows come again");
    goes_on(&closed, (monitor, feed), 240);
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

/// `settings` with one metric of one's own.
fn with_metric(settings: &MonitorSettings, name: &str) -> MonitorSettings {
    let metric =
        CustomMetric { name: name.to_owned(), expression: "avg(amount)".to_owned(), ..Default::default() };
    MonitorSettings { metrics: vec![metric], ..settings.clone() }
}

/// The mean amount of the rows of a window.
fn mean_amount(name: &'static str) -> CustomMetrics {
    Box::new(move |chunks| {
        let amounts = chunks.iter().map(|chunk| match chunk.column(1) {
            ColumnValues::Number(amounts) => amounts.values().iter().sum::<f64>(),
            _ => 0.0,
        });
        let rows: usize = chunks.iter().map(Chunk::rows).sum();
        [(name.to_owned(), amounts.sum::<f64>() / rows as f64)].into()
    })
}

#[test]
fn a_jump_of_a_metric_of_ones_own_is_told_by_its_name() {
    let settings = with_metric(&settings(40.0, None), "basket");
    let mut monitor = Monitor::new("feed", &settings, None).with_custom_metrics(mean_amount("basket"));
    let mut feed = Feed::new();
    let calm = feed.run(&mut monitor, 0..200, 50, 1.0);
    assert_eq!(codes(&calm), [""; 0]);
    for closed in windows(&calm) {
        let (own, mean) = (closed.summary.values["basket"], closed.summary.values["amount.mean"]);
        assert!((own - mean).abs() < 1e-9);
    }
    let minute = calm.iter().find(|closed| closed.resolution == Resolution::Minute).unwrap();
    assert!(minute.summary.values.contains_key("basket"));
    let jumped = feed.run(&mut monitor, 200..220, 50, 2.5);
    let told: Vec<_> = jumped.iter().flat_map(|closed| &closed.raised).collect();
    let of_own = told.iter().find(|alarm| alarm.metric.as_deref() == Some("basket"));
    assert!(of_own.is_some_and(|alarm| alarm.message.contains("`basket`")), "{told:?}");
}

#[test]
fn other_metrics_drop_nothing_and_windows_with_a_part_of_their_rows_have_none() {
    let plain = settings(40.0, None);
    let mut monitor = Monitor::new("feed", &plain, None);
    let mut feed = Feed::new();
    feed.run(&mut monitor, 0..100, 50, 1.0);
    let rows = |second: i64, from: i64| -> Vec<i64> {
        (0..25).map(|i| START + second * 1000 + from + i * 20).collect()
    };
    monitor.push(&feed.rows(&rows(100, 0), 1.0), START + 100_499);
    // A metric is added within a window.
    let settings = with_metric(&plain, "basket");
    let bytes = monitor.to_bytes().unwrap();
    let mut monitor = Monitor::from_bytes("feed", &settings, &bytes).unwrap();
    monitor = monitor.with_custom_metrics(mean_amount("basket"));
    assert_eq!((monitor.learned_ratio(), monitor.rows()), (1.0, 5025));
    monitor.push(&feed.rows(&rows(100, 500), 1.0), START + 100_999);
    let mut closed = monitor.advance(START + 101_000);
    closed.extend(feed.run(&mut monitor, 101..230, 50, 1.0));
    let has = |closed: &&&Closed| closed.summary.values.contains_key("basket");
    assert!(!has(&&windows(&closed)[0]) && windows(&closed)[0].summary.rows == 50);
    assert_eq!(windows(&closed).iter().filter(has).count(), 129);
    assert_eq!(codes(&closed), [""; 0]);
    // Another metric takes its place, and a restart within a window leaves one without.
    let series = monitor.series_watched();
    let settings = with_metric(&plain, "mean basket");
    let mut monitor = Monitor::from_bytes("feed", &settings, &monitor.to_bytes().unwrap()).unwrap();
    assert_eq!(monitor.series_watched(), series - 1);
    monitor = monitor.with_custom_metrics(mean_amount("mean basket"));
    let closed = feed.run(&mut monitor, 230..330, 50, 1.0);
    assert_eq!(
        (codes(&closed), monitor.series_watched()),
        (Vec::new(), series),
        "what is gone is not missing"
    );
    let mut monitor = Monitor::from_bytes("feed", &settings, &monitor.to_bytes().unwrap()).unwrap();
    assert_eq!(monitor.series_watched(), series, "the same metric goes on");
    monitor = monitor.with_custom_metrics(mean_amount("mean basket"));
    assert_eq!(codes(&feed.run(&mut monitor, 330..380, 50, 1.0)), [""; 0]);
}

/// Rows of somebody's e-mail: one of five that are known, or `new` for three tenths of the rows.
fn emails(random: &mut Random, second: i64, new: Option<&str>) -> LiveRows {
    let schema = Schema::new(vec![
        Field { name: "email".to_owned(), physical: Physical::Text },
        Field { name: "amount".to_owned(), physical: Physical::Number },
    ]);
    let of_row = |random: &mut Random| match new {
        Some(new) if random.chance(0.3) => new.to_owned(),
        _ => format!("user{}@example.com", random.below(5)),
    };
    let values: Vec<String> = (0..50).map(|_| of_row(random)).collect();
    let amounts: Vec<f64> = (0..50).map(|_| random.unit()).collect();
    let arrays: Vec<ArrayRef> =
        vec![Arc::new(StringViewArray::from_iter_values(values)), Arc::new(Float64Array::from(amounts))];
    let batch = RecordBatch::try_new(Arc::new(schema.arrow()), arrays).unwrap();
    let offsets = (second as u64 * 50..second as u64 * 50 + 50).collect();
    let chunk = Chunk::new(schema, batch, (0, 0), offsets, Vec::new()).unwrap();
    LiveRows { chunk, rejected_rows: 0, bytes: 10, present: vec![true; 2] }
}

#[test]
fn personal_data_are_masked_in_alarms_and_reports() {
    let told = |settings: &MonitorSettings| {
        let mut monitor = Monitor::new("feed", settings, None);
        let mut random = Random::new(3);
        let mut closed = Vec::new();
        for second in 0..130 {
            let new = (second >= 100).then_some("hans.meier@example.org");
            let at = START + second * 1000;
            closed.extend(monitor.push(&emails(&mut random, second, new), at + 999));
            closed.extend(monitor.advance(at + 1000));
        }
        let alarms: Vec<String> =
            closed.iter().flat_map(|closed| &closed.raised).map(|alarm| alarm.message.clone()).collect();
        let reports: Vec<String> = closed
            .iter()
            .filter_map(|closed| closed.report.as_ref())
            .map(|report| serde_json::to_string(report).unwrap())
            .collect();
        (alarms.join("\n"), reports.join("\n"))
    };
    let mut settings = settings(40.0, None);
    let (alarms, reports) = told(&settings);
    assert!(alarms.contains("new value") && alarms.contains("•••"), "{alarms}");
    assert!(reports.contains("•••"), "{reports}");
    for text in [&alarms, &reports] {
        assert!(!text.contains("hans.meier") && !text.contains("user1@"), "{text}");
    }
    settings.check.privacy.show_personal = true;
    let (alarms, reports) = told(&settings);
    assert!(alarms.contains("hans.meier@example.org") && reports.contains("hans.meier@example.org"));
}

/// Rows of a phone number and an amount, both held as numbers.
fn phones(random: &mut Random, second: i64, rows: u64) -> LiveRows {
    let field = |name: &str| Field { name: name.to_owned(), physical: Physical::Number };
    let schema = Schema::new(vec![field("phone"), field("amount")]);
    let mut numbers = |base: f64, spread: u64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values((0..rows).map(|_| base + random.below(spread) as f64)))
    };
    let arrays = vec![numbers(4_930_500_000.0, 90_000_000), numbers(10.0, 90)];
    let batch = RecordBatch::try_new(Arc::new(schema.arrow()), arrays).unwrap();
    let first = second as u64 * 1_000;
    let chunk = Chunk::new(schema, batch, (0, 0), (first..first + rows).collect(), Vec::new()).unwrap();
    LiveRows { chunk, rejected_rows: 0, bytes: 10, present: vec![true; 2] }
}

#[test]
fn numbers_of_people_are_in_no_metric_unless_they_may_be_shown() {
    let keys = |settings: &MonitorSettings| {
        let mut monitor = Monitor::new("feed", settings, None);
        let mut random = Random::new(5);
        let mut closed = Vec::new();
        for second in 0..130 {
            let at = START + second * 1000;
            // One row proves nothing by itself, but is as much somebody's as all others.
            let rows = if second % 10 == 9 { 1 } else { 30 };
            closed.extend(monitor.push(&phones(&mut random, second, rows), at + 999));
            closed.extend(monitor.advance(at + 1000));
            if second == 95 {
                monitor = Monitor::from_bytes("feed", settings, &monitor.to_bytes().unwrap()).unwrap();
            }
        }
        closed.extend(monitor.finish());
        assert!(closed.iter().any(|closed| closed.resolution == Resolution::Minute));
        closed.iter().flat_map(|closed| closed.summary.values.keys().cloned()).collect::<BTreeSet<_>>()
    };
    let mut settings = settings(40.0, None);
    let hidden = keys(&settings);
    for metric in ["phone.mean", "phone.std", "phone.p05", "phone.p50", "phone.p95"] {
        assert!(!hidden.contains(metric), "{metric} is told");
        assert!(hidden.contains(&metric.replace("phone", "amount")));
    }
    assert!(hidden.contains("phone.null_ratio"), "{hidden:?}");
    settings.check.privacy.show_personal = true;
    assert!(keys(&settings).contains("phone.p50"));
}
