//! How long a decision takes: 20 columns of 65,536 sampled rows a side, and 10,000 narrow columns.
//!
//! `cargo run --profile perf -p driftline-testkit --example decide_speed [wide]`

use std::io::Write;
use std::time::Instant;

use driftline_detect::drift::decide;
use driftline_detect::insight::explain;
use driftline_model::Settings;
use driftline_profile::{Side, TableProfile};
use driftline_testkit::planted::{Cells, PlantedPair, Signals};
use driftline_testkit::{Random, profiled::profile_of};

/// Rows that make the profile drop its exact counts, so that everything comes from the row sample.
const ROWS: usize = 200_000;
const RUNS: u32 = 10;
/// Clock ticks a second in `/proc/self/stat`.
const TICKS: f64 = 100.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().any(|argument| argument == "wide") {
        return wide_table();
    }
    let pair = PlantedPair::new((1, 1), (ROWS, ROWS), false, &mut Signals::new());
    let side = |pick: fn(&driftline_testkit::planted::PlantedColumn) -> &Cells| {
        let columns: Vec<(&str, &Cells)> =
            pair.columns.iter().take(20).map(|column| (column.shape.name(), pick(column))).collect();
        profile_of(&columns)
    };
    measure("20 columns, 200,000 rows", &side(|c| &c.reference)?, &side(|c| &c.current)?)
}

fn wide_table() -> Result<(), Box<dyn std::error::Error>> {
    let names: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let wide = |seed: u64| {
        let mut random = Random::new(seed);
        let cells: Vec<Cells> = names
            .iter()
            .map(|_| Cells::Numbers((0..1_000).map(|_| random.normal()).collect(), Vec::new()))
            .collect();
        let columns: Vec<(&str, &Cells)> = names.iter().map(String::as_str).zip(&cells).collect();
        profile_of(&columns)
    };
    measure("10,000 columns, 1,000 rows", &wide(1)?, &wide(2)?)
}

fn measure(
    what: &str,
    reference: &TableProfile,
    current: &TableProfile,
) -> Result<(), Box<dyn std::error::Error>> {
    let (sample_r, sample_c) = (reference.sample(), current.sample());
    let sides =
        (Side { profile: reference, sample: &sample_r }, Side { profile: current, sample: &sample_c });
    let mut out = std::io::stdout().lock();
    let cpu_before = cpu_secs();
    for _ in 0..RUNS {
        let start = Instant::now();
        let outcome = decide(&sides.0, &sides.1, &Settings::default());
        let decided = start.elapsed();
        let insights = explain(&sides.0, &sides.1, &outcome.columns);
        let explained = start.elapsed().saturating_sub(decided);
        writeln!(
            out,
            "{what}: decided in {decided:.1?}, explained in {explained:.1?} ({} insights)",
            insights.len()
        )?;
    }
    writeln!(out, "{what}: {:.3} CPU seconds a run", (cpu_secs() - cpu_before) / f64::from(RUNS))?;
    Ok(())
}

/// Processor time of this process so far; 0 where there is no `/proc`. Unlike the clock it does not depend on
/// what else the machine does.
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}
