//! Tables with a known truth, where the project's shared data lie beside it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::program::Story;

/// A folder of shared data; absent (and said so) where the project was cloned without them.
#[expect(clippy::print_stderr, reason = "whoever reads the log of the tests must see what was not tested")]
fn shared(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !folder.is_dir() {
        eprintln!("skipped: the shared data folder `{name}` is not beside the project");
        return None;
    }
    Some(folder)
}

/// A synthetic loan book in which four columns drift from the middle of the current file on, and a model's
/// output follows them.
#[test]
fn a_loan_book_drifts_where_it_truly_does_and_since_when() {
    let Some(folder) = shared("car_loan") else { return };
    let (current, reference) = (folder.join("current.csv.gz"), folder.join("reference.csv.gz"));
    let line = format!("check {} --against {} --format json", current.display(), reference.display());
    let report = Story::begin().run(&line).ends_with(1).json();
    let columns = report["columns"].as_array().unwrap();
    let drifted: BTreeSet<&str> = columns
        .iter()
        .filter(|column| column["verdict"] == "drifted")
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    let truth = ["car_value", "repaid_loan_on_prev_car", "loan_length", "salary_range", "y_pred_proba"];
    assert_eq!(drifted, BTreeSet::from(truth));
    let column = |name: &str| columns.iter().find(|column| column["name"] == name).unwrap();
    assert_eq!(column("id")["role"], "identifier");
    assert_eq!(column("timestamp")["role"], "clock");
    for name in truth {
        let began = column(name)["onset"]["position_ratio"].as_f64().unwrap();
        assert!((0.49..0.51).contains(&began), "{name} began at {began}");
    }
    let insights = report["insights"].to_string();
    assert!(insights.contains("in the middle of the file"), "{insights}");
}
