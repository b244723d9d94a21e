//! Real tables: random halves of one month of flights do not differ, two months do.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its tables has failed")]

use driftline_detect::drift::{DriftOutcome, decide};
use driftline_detect::insight::explain;
use driftline_model::{ColumnRole, ColumnVerdict, InsightKind, Settings};
use driftline_profile::{Side, TableProfile};
use driftline_testkit::planted::Cells;
use driftline_testkit::profiled::profile_of;
use driftline_testkit::{Random, plain_csv};

/// Splits in the test; the calibration makes 200.
const SPLITS: u64 = 6;

fn flights(month: &str) -> Vec<(String, Cells)> {
    let path = format!("{}/../../samples/flights/flights-2013-{month}.csv", env!("CARGO_MANIFEST_DIR"));
    plain_csv::read(&std::fs::read_to_string(path).unwrap())
}

fn profiled(columns: &[(String, Cells)]) -> TableProfile {
    let columns: Vec<(&str, &Cells)> = columns.iter().map(|(name, cells)| (name.as_str(), cells)).collect();
    profile_of(&columns).unwrap()
}

fn decided(
    reference: &TableProfile,
    current: &TableProfile,
) -> (DriftOutcome, Vec<driftline_model::Insight>) {
    let (sample_r, sample_c) = (reference.sample(), current.sample());
    let sides =
        (Side { profile: reference, sample: &sample_r }, Side { profile: current, sample: &sample_c });
    let outcome = decide(&sides.0, &sides.1, &Settings::default());
    let insights = explain(&sides.0, &sides.1, &outcome.columns);
    (outcome, insights)
}

#[test]
fn random_halves_do_not_differ() {
    let table = flights("01");
    let rows = table[0].1.len();
    for split in 0..SPLITS {
        let mut random = Random::for_stream(11, split);
        let (left, right): (Vec<usize>, Vec<usize>) = (0..rows).partition(|_| random.chance(0.5));
        let half = |rows: &[usize]| -> TableProfile {
            let columns: Vec<(String, Cells)> =
                table.iter().map(|(name, cells)| (name.clone(), plain_csv::pick(cells, rows))).collect();
            profiled(&columns)
        };
        let (outcome, insights) = decided(&half(&left), &half(&right));
        assert!(outcome.findings.is_empty(), "split {split}: {:?}", outcome.findings);
        assert!(insights.is_empty(), "split {split}: {insights:?}");
    }
}

#[test]
fn july_differs_from_january_and_it_is_said_how() {
    let (outcome, insights) = decided(&profiled(&flights("01")), &profiled(&flights("07")));
    let column = |name: &str| outcome.columns.iter().find(|column| column.name == name).unwrap();
    for name in ["month", "dep_delay", "arr_delay", "air_time"] {
        assert_eq!(column(name).verdict, ColumnVerdict::Drifted, "{name}");
    }
    for name in ["year", "origin", "carrier"] {
        assert_eq!(column(name).verdict, ColumnVerdict::Stable, "{name}");
    }
    assert_eq!(column("time_hour").role, ColumnRole::Clock);
    assert!((4..=8).contains(&insights.len()));
    assert!(insights.is_sorted_by(|a, b| a.weight >= b.weight));
    let kinds = |kind: InsightKind| insights.iter().filter(|insight| insight.kind == kind).count();
    assert!(
        kinds(InsightKind::Shift) >= 2 && kinds(InsightKind::Slice) >= 1 && kinds(InsightKind::Together) >= 1
    );
}
