//! The decision on whole tables: what is drift, what is not, and what is said about it.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its tables has failed")]

use std::collections::BTreeMap;

use driftline_detect::drift::{DriftOutcome, decide};
use driftline_model::{ColumnReport, ColumnRole, ColumnVerdict, Conform, Sensitivity, Settings, Severity};
use driftline_profile::{Side, TableProfile};
use driftline_testkit::Random;
use driftline_testkit::planted::Cells;
use driftline_testkit::profiled::profile_of;

type Table<'a> = Vec<(&'a str, Cells)>;

fn profiled(table: &Table<'_>) -> TableProfile {
    let columns: Vec<(&str, &Cells)> = table.iter().map(|(name, cells)| (*name, cells)).collect();
    profile_of(&columns).unwrap()
}

fn decided_with(reference: &Table<'_>, current: &Table<'_>, settings: &Settings) -> DriftOutcome {
    let (reference, current) = (profiled(reference), profiled(current));
    let (sample_r, sample_c) = (reference.sample(), current.sample());
    let sides =
        (Side { profile: &reference, sample: &sample_r }, Side { profile: &current, sample: &sample_c });
    decide(&sides.0, &sides.1, settings)
}

fn decided(reference: &Table<'_>, current: &Table<'_>) -> DriftOutcome {
    decided_with(reference, current, &Settings::default())
}

fn column<'a>(outcome: &'a DriftOutcome, name: &str) -> &'a ColumnReport {
    outcome.columns.iter().find(|column| column.name == name).unwrap()
}

fn normals(seed: u64, n: usize, mean: f64) -> Cells {
    let mut random = Random::new(seed);
    Cells::Numbers((0..n).map(|_| mean + random.normal()).collect(), Vec::new())
}

fn texts(seed: u64, n: usize, draw: impl Fn(&mut Random) -> &'static str) -> Cells {
    let mut random = Random::new(seed);
    Cells::Texts((0..n).map(|_| Some(draw(&mut random).to_owned())).collect())
}

fn codes(outcome: &DriftOutcome) -> Vec<&str> {
    outcome.findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn a_shift_is_drift_with_all_its_figures() {
    let outcome = decided(
        &vec![("moved", normals(1, 2_000, 0.0)), ("still", normals(2, 2_000, 0.0))],
        &vec![("moved", normals(3, 2_000, 0.6)), ("still", normals(4, 2_000, 0.0))],
    );
    let moved = column(&outcome, "moved");
    assert_eq!((moved.verdict, outcome.columns[0].name.as_str()), (ColumnVerdict::Drifted, "moved"));
    let (evidence, effect, score) =
        (moved.evidence.as_ref().unwrap(), moved.effect.as_ref().unwrap(), moved.score.as_ref().unwrap());
    assert!(evidence.q_value < 1e-20 && evidence.q_value >= evidence.p_value);
    // Two normals 0.6 apart have a total variation of 2 Phi(0.3) - 1 = 0.236.
    assert!((effect.mass_moved - 0.236).abs() < 0.03, "{effect:?}");
    assert!((effect.shift_sd.unwrap() - 0.6).abs() < 0.1);
    assert!((0.03..0.1).contains(&effect.smallest_detectable));
    // KL of the same two normals is 0.18; bins lose a little of it.
    assert!((score.value - 0.18).abs() < 0.04 && score.value >= score.threshold);
    let contributions: f64 = moved.bins.iter().map(|bin| bin.contribution).sum();
    assert!((contributions - score.value).abs() < 1e-9);
    assert!(outcome.findings[0].message.contains("moved up: the median went from"));
    let still = column(&outcome, "still");
    assert_eq!((still.verdict, still.severity), (ColumnVerdict::Stable, Severity::None));
    assert!(still.score.as_ref().is_some_and(|score| score.value < score.threshold));
    assert!(outcome.findings.iter().all(|finding| finding.column.as_deref() == Some("moved")));
}

#[test]
fn equal_tables_are_stable_to_the_last_figure() {
    let table =
        vec![("a", normals(1, 500, 0.0)), ("b", texts(2, 500, |r| if r.chance(0.5) { "x" } else { "y" }))];
    let outcome = decided(&table, &table);
    assert_eq!(codes(&outcome), Vec::<&str>::new());
    for column in &outcome.columns {
        assert_eq!(column.effect.as_ref().unwrap().mass_moved, 0.0);
        assert!(column.score.as_ref().unwrap().value.abs() < 1e-12);
    }
}

#[test]
fn schema_changes_are_findings() {
    let outcome = decided(
        &vec![("a", normals(1, 300, 0.0)), ("b", normals(2, 300, 0.0)), ("gone", normals(3, 300, 0.0))],
        &vec![("b", normals(4, 300, 0.0)), ("a", normals(5, 300, 0.0)), ("new", normals(6, 300, 0.0))],
    );
    assert_eq!(codes(&outcome), ["schema.column_missing", "schema.column_new", "schema.column_order"]);
    assert_eq!(column(&outcome, "gone").verdict, ColumnVerdict::Skipped);
    assert_eq!(outcome.findings[0].severity, Severity::High);
}

#[test]
fn a_change_of_type_is_critical() {
    let outcome = decided(
        &vec![("a", normals(1, 300, 0.0))],
        &vec![("a", texts(2, 300, |r| if r.chance(0.5) { "1.5 EUR" } else { "2.5 EUR" }))],
    );
    assert_eq!(codes(&outcome), ["schema.kind_changed"]);
    assert_eq!(column(&outcome, "a").severity, Severity::Critical);
    assert_eq!(outcome.findings[0].message, "`a` is categorical now; it was numeric.");
}

#[test]
fn numbers_held_as_text_are_compared_as_numbers() {
    let text = |seed, mean: f64| {
        let Cells::Numbers(numbers, _) = normals(seed, 1_000, mean) else { unreachable!() };
        Cells::Texts(numbers.iter().map(|number| Some(format!("{number:.3}"))).collect())
    };
    let same = decided(&vec![("a", normals(1, 1_000, 0.0))], &vec![("a", text(2, 0.0))]);
    assert_eq!(column(&same, "a").verdict, ColumnVerdict::Stable);
    let moved = decided(&vec![("a", normals(1, 1_000, 0.0))], &vec![("a", text(2, 0.5))]);
    assert_eq!(column(&moved, "a").verdict, ColumnVerdict::Drifted);
}

#[test]
fn nulls_and_failures_are_findings_of_their_own() {
    let holes = |share: f64, odd: u32| {
        let Cells::Numbers(mut numbers, _) = normals(7, 1_000, 0.0) else { unreachable!() };
        let mut random = Random::new(9);
        let failures: Vec<u32> = (0..odd).map(|i| i * 3).collect();
        for &row in &failures {
            numbers[row as usize] = f64::NAN;
        }
        numbers.iter_mut().for_each(|number| {
            if random.chance(share) {
                *number = f64::NAN;
            }
        });
        Cells::Numbers(numbers, failures)
    };
    let outcome = decided(&vec![("a", holes(0.05, 0))], &vec![("a", holes(0.15, 0))]);
    assert_eq!(codes(&outcome), ["nulls.rise"]);
    let report = column(&outcome, "a");
    assert!(report.nulls.changed && report.verdict == ColumnVerdict::Drifted);
    let outcome = decided(&vec![("a", holes(0.0, 0))], &vec![("a", holes(0.0, 60))]);
    assert_eq!(codes(&outcome), ["parse.failures"]);
    let lost = Cells::Numbers(vec![f64::NAN; 1_000], Vec::new());
    let outcome = decided(&vec![("a", holes(0.0, 0))], &vec![("a", lost)]);
    assert_eq!((codes(&outcome), outcome.findings[0].severity), (vec!["nulls.rise"], Severity::Critical));
}

#[test]
fn new_categories_far_values_and_lost_constancy_are_named() {
    let device = |seed, is_new: bool| {
        texts(seed, 2_000, move |r| match r.unit() {
            u if u < 0.05 && is_new => "tablet",
            u if u < 0.5 => "phone",
            _ => "desktop",
        })
    };
    let outcome = decided(&vec![("device", device(1, false))], &vec![("device", device(2, true))]);
    assert_eq!(codes(&outcome), ["drift.value", "categories.new"]);
    assert!(outcome.findings.iter().any(|finding| finding.message.contains("new value `tablet`")));
    let mut far = normals(3, 2_000, 0.0);
    if let Cells::Numbers(numbers, _) = &mut far {
        numbers.iter_mut().step_by(80).for_each(|number| *number += 1e4);
    }
    let outcome = decided(&vec![("a", normals(4, 2_000, 0.0))], &vec![("a", far)]);
    assert_eq!(codes(&outcome), ["drift.value", "range.above"]);
    assert!(outcome.findings[0].message.contains("far outside"), "{}", outcome.findings[0].message);
    let constant = Cells::Numbers(vec![5.0; 2_000], Vec::new());
    let outcome = decided(&vec![("a", constant)], &vec![("a", normals(4, 2_000, 5.0))]);
    assert!(codes(&outcome).contains(&"constancy.lost"));
}

#[test]
fn identifiers_and_clocks_are_reported_as_what_they_are() {
    let counter =
        |first: u32, n: u32| Cells::Numbers((first..first + n).map(f64::from).collect(), Vec::new());
    let clock =
        |first: i64, n: i64| Cells::Moments((first..first + n).map(|i| Some(i * 60_000_000)).collect());
    let outcome = decided(
        &vec![("id", counter(0, 1_000)), ("at", clock(0, 1_000)), ("x", normals(1, 1_000, 0.0))],
        &vec![("id", counter(1_000, 1_000)), ("at", clock(1_000, 1_000)), ("x", normals(2, 1_000, 0.0))],
    );
    assert_eq!(codes(&outcome), Vec::<&str>::new());
    let role = |name: &str| (column(&outcome, name).role, column(&outcome, name).verdict);
    assert_eq!(role("id"), (ColumnRole::Identifier, ColumnVerdict::Skipped));
    assert_eq!(role("at"), (ColumnRole::Clock, ColumnVerdict::Skipped));
    assert_eq!(role("x"), (ColumnRole::Feature, ColumnVerdict::Stable));
}

#[test]
fn configuration_has_the_last_word() {
    let (before, after) = (vec![("a", normals(1, 1_000, 0.0))], vec![("a", normals(2, 1_000, 0.16))]);
    let verdict = |settings: &Settings| column(&decided_with(&before, &after, settings), "a").verdict;
    let mut settings = Settings::default();
    settings.drift.exclude = vec!["a".to_owned()];
    assert_eq!(verdict(&settings), ColumnVerdict::Skipped);
    settings.drift.exclude.clear();
    settings.roles = BTreeMap::from([("a".to_owned(), ColumnRole::Clock)]);
    assert_eq!(verdict(&settings), ColumnVerdict::Skipped);
    settings.roles.clear();
    // 0.16 standard deviations move 6.4 % of the mass.
    settings.drift.sensitivity = Sensitivity::High;
    assert_eq!(verdict(&settings), ColumnVerdict::Drifted);
    settings.drift.min_mass_moved = 0.3;
    assert_eq!(verdict(&settings), ColumnVerdict::Stable);
}

#[test]
fn other_methods_and_other_tools_are_one_option_away() {
    let mut settings = Settings::default();
    settings.drift.methods = vec!["psi".to_owned(), "ks".to_owned(), "no_such".to_owned()];
    settings.drift.conform = Some(Conform::Evidently);
    let outcome =
        decided_with(&vec![("a", normals(1, 500, 0.0))], &vec![("a", normals(2, 500, 1.0))], &settings);
    let report = column(&outcome, "a");
    assert!(report.methods["psi"].value.is_some_and(|value| value > 0.5));
    assert!(report.methods["ks"].p_value.is_some_and(|p| p < 1e-6));
    assert_eq!(report.methods["no_such"].note.as_deref(), Some("there is no method `no_such`"));
    assert!(report.conform["kl_div"] > 0.1);
    settings.drift.methods = vec!["all".to_owned()];
    let outcome = decided_with(
        &vec![("a", normals(1, 500, 0.0)), ("b", texts(1, 500, |_| "x"))],
        &vec![("a", normals(2, 500, 1.0)), ("b", texts(1, 500, |_| "x"))],
        &settings,
    );
    assert!(column(&outcome, "a").methods.len() > 10);
}

#[test]
fn a_change_in_the_middle_of_the_file_is_placed_there() {
    let mut random = Random::new(5);
    let late = Cells::Numbers(
        (0..10_000).map(|row| random.normal() + if row < 5_000 { 0.0 } else { 1.0 }).collect(),
        Vec::new(),
    );
    let outcome = decided(&vec![("a", normals(1, 10_000, 0.0))], &vec![("a", late)]);
    let onset = column(&outcome, "a").onset.clone().unwrap();
    assert!((onset.position_ratio - 0.5).abs() < 0.02 && onset.row.abs_diff(5_001) < 200, "{onset:?}");
}

#[test]
fn what_the_reference_does_by_itself_is_not_drift() {
    // From block to block the share of ones swings between 30 and 50 %; the current side is one more block.
    let block = |seed: u64, n: usize, share: f64| {
        let mut random = Random::new(seed);
        (0..n).map(|_| f64::from(random.chance(share))).collect::<Vec<f64>>()
    };
    let reference: Vec<f64> =
        (0..8).flat_map(|i| block(i, 2_000, if i % 2 == 0 { 0.3 } else { 0.5 })).collect();
    let natural = decided(
        &vec![("a", Cells::Numbers(reference.clone(), Vec::new()))],
        &vec![("a", Cells::Numbers(block(99, 2_000, 0.46), Vec::new()))],
    );
    let report = column(&natural, "a");
    assert_eq!(report.verdict, ColumnVerdict::Stable, "{:?}", report.effect);
    assert!(report.natural_movement.as_ref().is_some_and(|natural| natural.mass_moved > 0.08));
    assert!(report.reason.as_ref().is_some_and(|reason| reason.contains("moves by itself")));
    let far = decided(
        &vec![("a", Cells::Numbers(reference, Vec::new()))],
        &vec![("a", Cells::Numbers(block(99, 2_000, 0.8), Vec::new()))],
    );
    assert_eq!(column(&far, "a").verdict, ColumnVerdict::Drifted);
}

#[test]
fn odd_columns_have_a_named_outcome() {
    let nothing = || Cells::Numbers(vec![f64::NAN; 50], Vec::new());
    let infinite = || {
        Cells::Numbers((0..50).map(|i| if i % 2 == 0 { f64::INFINITY } else { 1.0 }).collect(), Vec::new())
    };
    let constant = || Cells::Numbers(vec![3.0; 50], Vec::new());
    let one_value =
        || Cells::Numbers((0..50).map(|i| if i == 0 { 1.0 } else { f64::NAN }).collect(), Vec::new());
    let empty_texts = || Cells::Texts(vec![Some(String::new()); 50]);
    let table = || {
        vec![
            ("nothing", nothing()),
            ("infinite", infinite()),
            ("constant", constant()),
            ("one", one_value()),
            ("empty", empty_texts()),
        ]
    };
    let mut settings = Settings::default();
    settings.drift.methods = vec!["all".to_owned()];
    let outcome = decided_with(&table(), &table(), &settings);
    assert_eq!(codes(&outcome), Vec::<&str>::new());
    assert!(outcome.columns.iter().all(|column| column.verdict == ColumnVerdict::Stable));
    assert!(column(&outcome, "nothing").reason.as_ref().is_some_and(|reason| reason.contains("no values")));
    let no_rows: Table<'_> =
        table().into_iter().map(|(name, _)| (name, Cells::Numbers(vec![], vec![]))).collect();
    let outcome = decided(&table(), &no_rows);
    assert_eq!(outcome.columns.len(), 5);
}
