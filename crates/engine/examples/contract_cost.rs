//! What a contract costs: how much longer a check takes with 40 simple rules about rows.
//!
//! `cargo run --release --example contract_cost` on the sample flights, repeated; prints the ratio of the medians.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for developers that prints figures")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use driftline_detect::contract::parse;
use driftline_engine::{CancelToken, CheckRequest, ContractInput, Input, Silent, check_with_contract};
use driftline_model::{RunSettings, Settings};

/// Times the rows of the sample are repeated.
const REPEATED: usize = 40;
/// Runs of each sort.
const RUNS: usize = 5;

/// Forty rules that judge row by row and are kept or nearly kept.
fn rules() -> String {
    let mut text = String::from("version = 1\n");
    let numbers = [
        "year",
        "month",
        "day",
        "dep_time",
        "sched_dep_time",
        "dep_delay",
        "arr_time",
        "sched_arr_time",
        "arr_delay",
        "flight",
        "air_time",
        "distance",
        "hour",
        "minute",
    ];
    for name in numbers {
        let range = "{ rule = \"between\", min = -2000, max = 10000 }, { rule = \"kind\", is = \"integer\" }";
        let _ = write!(text, "[[column]]\nname = \"{name}\"\nrules = [{range}]\n");
    }
    for name in ["carrier", "tailnum", "origin", "dest"] {
        let rules = "{ rule = \"trimmed\" }, { rule = \"length_between\", max = 8 }, { rule = \"matches\", pattern = \"^[A-Z0-9]+$\" }";
        let _ = write!(text, "[[column]]\nname = \"{name}\"\nrules = [{rules}]\n");
    }
    text
}

fn main() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/flights");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.csv");
    let sample = std::fs::read_to_string(samples.join("flights-2013-07.csv")).unwrap();
    let (header, rows) = sample.split_once('\n').unwrap();
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    writeln!(file, "{header}").unwrap();
    (0..REPEATED).for_each(|_| file.write_all(rows.as_bytes()).unwrap());
    file.flush().unwrap();
    let request = CheckRequest {
        current: Input::Table(path.to_string_lossy().into_owned()),
        reference: Input::Table(samples.join("flights-2013-01.csv").to_string_lossy().into_owned()),
        settings: Settings::default(),
        run: RunSettings::default(),
    };
    let contract = ContractInput::new("cost", &parse(&rules()).unwrap(), 0).unwrap();
    let median = |contract: Option<&ContractInput>| {
        let mut secs: Vec<f64> = (0..RUNS)
            .map(|_| {
                let report = check_with_contract(&request, contract, &Silent, &CancelToken::new()).unwrap();
                report.timings.current_secs
            })
            .collect();
        secs.sort_by(f64::total_cmp);
        secs[RUNS / 2]
    };
    let (without, with) = (median(None), median(Some(&contract)));
    println!("without {without:.3} s, with 40 rules {with:.3} s: {:.2} times", with / without);
}
