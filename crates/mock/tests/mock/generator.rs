//! The same rows, whoever asks and how.

use driftline_mock::{Data, Generator, GeneratorSettings, MockError, Row, Schedule};

use crate::support::{MINUTE_MS, START_MS, generator, minutes, settings};

/// A schedule with everything that can shift rows or columns.
const ALL: &str = r#"
repeat = "4m"
[[fault]]
kind = "outage"
data = "orders"
start = "20s"
length = "15s"
[[fault]]
kind = "volume_spike"
data = "orders"
start = "1m"
length = "30s"
ramp = "5s"
[[fault]]
kind = "duplicate_rows"
data = "orders"
start = "70s"
length = "1m"
strength = 0.3
[[fault]]
kind = "column_renamed"
data = "orders"
column = "device"
value = "client"
start = "80s"
length = "30s"
[[fault]]
kind = "column_dropped"
data = "orders"
column = "coupon"
start = "90s"
length = "1m"
[[fault]]
kind = "stuck_value"
data = "orders"
column = "amount"
start = "100s"
length = "1m"
[[fault]]
kind = "mean_shift"
data = "orders"
column = "unit_price"
start = "100s"
length = "1m"
ramp = "30s"
"#;

fn json(row: &Row) -> String {
    let mut out = Vec::new();
    row.write_json(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_row_is_the_same_alone_in_a_stretch_and_after_a_restart() {
    let one = generator(ALL);
    for data in Data::ALL {
        let rows = minutes(&one, data, -2, 9);
        assert!(rows.len() > 15_000, "{}", rows.len());
        assert!(rows.windows(2).all(|pair| pair[0].number + 1 == pair[1].number));
        assert!(rows.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
        let again = generator(ALL);
        for row in rows.iter().rev().step_by(37) {
            let alone = again.row(data, row.number).unwrap();
            assert_eq!((alone.at_ms, json(&alone)), (row.at_ms, json(row)));
            assert_eq!(again.time_of(data, row.number, i64::MAX / 8), Some(row.at_ms));
        }
        for chunk in [1, 7, 1_000] {
            let from = rows[0].number;
            let parts = (0..3_000 / chunk).flat_map(|part| one.numbered(data, from + part * chunk, chunk));
            assert!(parts.zip(&rows).all(|(a, b)| a == *b));
        }
    }
}

#[test]
fn stretches_of_time_fit_together() {
    let generator = generator(ALL);
    let all: Vec<u64> = minutes(&generator, Data::Orders, 0, 8).iter().map(|row| row.number).collect();
    let mut parts = Vec::new();
    let mut from_ms = START_MS;
    while from_ms < START_MS + 8 * MINUTE_MS {
        let to_ms = (from_ms + 7_331).min(START_MS + 8 * MINUTE_MS);
        parts.extend(generator.rows(Data::Orders, from_ms, to_ms).map(|row| row.number));
        from_ms = to_ms;
    }
    assert_eq!(parts, all);
}

#[test]
fn seeds_are_different_and_rows_know_nothing_of_the_start() {
    let rows = |seed: u64, history_ms: i64| -> Vec<String> {
        let settings = GeneratorSettings { seed, history_ms, ..settings("") };
        let generator = Generator::new(settings).unwrap();
        minutes(&generator, Data::Web, 0, 1).iter().map(json).collect()
    };
    assert_ne!(rows(1, 0), rows(2, 0));
    assert_eq!(rows(1, 0), rows(1, 0));
}

#[test]
fn what_was_before_a_schedule_is_without_faults() {
    let (with, without) = (generator(ALL), generator(""));
    let history = |generator: &Generator| minutes(generator, Data::Orders, -60, 0);
    assert!(history(&with) == history(&without));
}

#[test]
fn settings_that_cannot_be() {
    for rate in [0.0, -1.0, f64::NAN, 1e7] {
        let wrong = Generator::new(GeneratorSettings { rate, ..settings("") });
        assert!(matches!(wrong, Err(MockError::Rate(_))), "{rate}");
    }
    for (start_ms, history_ms) in [(i64::MAX, 0), (START_MS, -1), (START_MS, i64::MAX)] {
        let wrong = Generator::new(GeneratorSettings { start_ms, history_ms, ..settings("") });
        assert!(matches!(wrong, Err(MockError::Moment)));
    }
}

#[test]
fn the_demo_drifts_and_recovers_and_drifts_again() {
    let generator = generator("");
    let settings = GeneratorSettings { schedule: Schedule::of_the_demo(), ..generator.settings().clone() };
    let demo = Generator::new(settings).unwrap();
    let missing = |from: i64, to: i64| {
        let rows: Vec<Row> =
            demo.rows(Data::Orders, START_MS + from * 1_000, START_MS + to * 1_000).collect();
        crate::support::share(&rows, |row| row.get("country").unwrap().is_null())
    };
    for (from, to, expected) in [(0, 20, 0.0), (35, 60, 0.25), (120, 600, 0.0), (635, 660, 0.25)] {
        assert!((missing(from, to) - expected).abs() < 0.05, "{from} to {to}: {}", missing(from, to));
    }
}
