use std::path::Path;

use driftline_model::{ColumnRole, ColumnVerdict, Sensitivity, Verdict};
use driftline_testkit::mixed_table::{Extent, MixedTable};

use super::*;
use crate::{CancelToken, CheckRequest, Input, Silent, check, check_and_keep};

/// A check of two tables, kept and read again.
fn kept(folder: &Path, rows: u64, settings: Settings) -> (Report, KeptProfiles, CheckRequest) {
    let write = |name: &str, table: &MixedTable, extra: &str| {
        let path = folder.join(name);
        let mut text = Vec::new();
        table.write(Extent::Rows(rows), 2, &mut text).unwrap();
        text.extend_from_slice(extra.as_bytes());
        std::fs::write(&path, text).unwrap();
        Input::Table(path.to_string_lossy().into_owned())
    };
    let request = CheckRequest {
        reference: write("reference.csv", &MixedTable::new(1), ""),
        // A row that cannot be read is a finding.
        current: write("current.csv", &MixedTable::drifted(2), "too,short\n"),
        settings,
        run: RunSettings::default(),
    };
    let (report, profiles) = check_and_keep(&request, None, &Silent, &CancelToken::new()).unwrap();
    (report, KeptProfiles::from_bytes(&profiles.to_bytes()).unwrap(), request)
}

fn previewed(kept: &KeptProfiles, known: &Report, settings: &Settings) -> Preview {
    preview(kept, known, settings, &RunSettings::default()).unwrap()
}

/// All but what the run took.
fn told(report: &Report) -> String {
    let timings = Timings::default();
    serde_json::to_string(&Report { timings, memory_peak_bytes: 0, ..report.clone() }).unwrap()
}

#[test]
fn with_the_same_settings_the_preview_is_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.drift.methods = vec!["all".to_owned()];
    settings.roles.insert("amount".to_owned(), ColumnRole::Feature);
    // More rows than a sample holds, so that columns are summed and rows sampled.
    let (report, kept, _) = kept(folder.path(), 70_000, settings.clone());
    assert!(!report.current.exact && report.verdict == Verdict::Drifted);
    let preview = previewed(&kept, &report, &settings);
    assert_eq!(told(&preview.report), told(&report));
    assert_eq!(preview.not_previewed, [] as [&str; 0]);
}

#[test]
fn other_settings_say_what_a_new_check_says() {
    let folder = tempfile::tempdir().unwrap();
    let (report, kept, request) = kept(folder.path(), 8_000, Settings::default());
    let mut settings = Settings::default();
    settings.drift.sensitivity = Sensitivity::High;
    settings.drift.min_mass_moved = 0.01;
    settings.drift.false_discovery_rate = 0.05;
    settings.drift.bins = 12;
    settings.drift.exclude = vec!["temperature".to_owned()];
    settings.drift.methods = vec!["psi".to_owned()];
    settings.roles.insert("device".to_owned(), ColumnRole::Excluded);
    settings.anomalies.top = 5;
    let preview = previewed(&kept, &report, &settings);
    let anew = check(&CheckRequest { settings, ..request }, &Silent, &CancelToken::new()).unwrap();
    assert_eq!(told(&preview.report), told(&anew));
    assert_eq!(preview.not_previewed, [] as [&str; 0]);
    let of = |name: &str| anew.columns.iter().find(|column| column.name == name).unwrap().verdict;
    assert_eq!((of("temperature"), of("device")), (ColumnVerdict::Skipped, ColumnVerdict::Skipped));
}

#[test]
fn what_takes_another_pass_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (report, kept, _) = kept(folder.path(), 2_000, Settings::default());
    let mut settings = Settings::default();
    settings.csv.delimiter = ";".to_owned();
    settings.anomalies.rarity = false;
    settings.anomalies.joint = "none".to_owned();
    settings.anomalies.top = 100;
    settings.anomalies.threshold = 0.0;
    let preview = previewed(&kept, &report, &settings);
    let named: Vec<&str> =
        preview.not_previewed.iter().filter_map(|note| Some(note.split_once(':')?.0)).collect();
    assert_eq!(named, ["csv.delimiter", "anomalies.rarity", "anomalies.threshold", "anomalies.top"]);
    assert_eq!(preview.report.anomalies.threshold, report.anomalies.threshold);
    settings.drift.bins = 1;
    let refused = super::preview(&kept, &report, &settings, &RunSettings::default()).unwrap_err();
    assert_eq!(refused.code(), "usage.setting");
}

#[test]
fn a_higher_threshold_flags_fewer_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (report, kept, request) = kept(folder.path(), 2_000, Settings::default());
    let scores: Vec<f64> = report.anomalies.top.iter().map(|row| row.score).collect();
    let mut settings = Settings::default();
    settings.anomalies.threshold = (scores[0] + scores[scores.len() - 1]) / 2.0;
    let preview = previewed(&kept, &report, &settings);
    let anew = check(&CheckRequest { settings, ..request }, &Silent, &CancelToken::new()).unwrap();
    assert_eq!(preview.report.anomalies, anew.anomalies);
    assert_eq!(preview.not_previewed, [] as [&str; 0]);
}

#[test]
fn damaged_bytes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, kept, _) = kept(folder.path(), 200, Settings::default());
    let bytes = kept.to_bytes();
    for cut in [0, 3, 5, 10, 40, bytes.len() - 1] {
        assert!(KeptProfiles::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    let mut other = bytes;
    other[4] = 9;
    assert!(KeptProfiles::from_bytes(&other).unwrap_err().to_string().contains('9'));
    assert!(KeptProfiles::from_bytes(b"DLPS....").is_err());
}
