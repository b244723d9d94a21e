//! How often drift is called rightly and wrongly, on pairs of tables with planted changes.
//!
//! `cargo run --release -p driftline-testkit --example calibrate -- [--smoke] [--seed N] [--misses] [--dump DIR]`
//!
//! Prints a table by size: F1, precision and recall over the changes that count (signal `sqrt(4 n J)` from
//! 2.576), the share of unchanged columns that were flagged and of wholly stable tables with any alarm. With
//! `--misses` it lists what was missed or flagged wrongly, with `--dump` it writes the pairs as CSV for other
//! tools.

mod dump;
mod halves;
mod tally;

use std::io::Write;
use std::path::{Path, PathBuf};

use driftline_detect::drift::{DriftOutcome, decide};
use driftline_model::Settings;
use driftline_profile::Side;
use driftline_testkit::planted::{Cells, PlantedPair, Signals, Sizes};
use driftline_testkit::profiled::profile_of;

use tally::Tally;

/// Sizes with the numbers of pairs: with planted changes, wholly stable.
const FULL: [(Sizes, u64, u64); 10] = [
    ((200, 200), 400, 3_000),
    ((200, 2_000), 300, 2_000),
    ((500, 500), 300, 2_000),
    ((1_000, 1_000), 300, 2_000),
    ((1_000, 10_000), 200, 1_500),
    ((2_000, 2_000), 200, 1_500),
    ((5_000, 5_000), 200, 500),
    ((20_000, 20_000), 100, 150),
    ((100_000, 5_000), 30, 40),
    ((200_000, 200_000), 20, 20),
];
const SMOKE: [(Sizes, u64, u64); 4] =
    [((200, 200), 40, 100), ((1_000, 1_000), 30, 50), ((1_000, 5_000), 10, 10), ((10_000, 10_000), 6, 6)];

struct Options {
    is_smoke: bool,
    lists_misses: bool,
    seed: u64,
    dump: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = options()?;
    let suite: &[(Sizes, u64, u64)] = if options.is_smoke { &SMOKE } else { &FULL };
    if let Some(folder) = &options.dump {
        return dump::write(folder, options.seed, suite);
    }
    let mut out = std::io::stdout().lock();
    let mut signals = Signals::new();
    writeln!(out, "{}", Tally::HEADER)?;
    for &(sizes, planted, stable) in suite {
        let mut tally = Tally::default();
        for index in 0..planted {
            judge(&PlantedPair::new((options.seed, index), sizes, false, &mut signals), &mut tally)?;
        }
        for index in 0..stable {
            judge(
                &PlantedPair::new((options.seed, 1_000_000 + index), sizes, true, &mut signals),
                &mut tally,
            )?;
        }
        writeln!(out, "{}", tally.row(sizes))?;
        if options.lists_misses {
            write!(out, "{}", tally.misses())?;
        }
    }
    let flights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/flights/flights-2013-01.csv");
    let splits = if options.is_smoke { 10 } else { 200 };
    let alarmed = halves::alarmed(&flights, splits, options.seed)?;
    writeln!(
        out,
        "random halves of the flights of January 2013: {alarmed} of {splits} splits raised an alarm"
    )?;
    Ok(())
}

fn options() -> Result<Options, Box<dyn std::error::Error>> {
    let mut options = Options { is_smoke: false, lists_misses: false, seed: 1, dump: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--smoke" => options.is_smoke = true,
            "--misses" => options.lists_misses = true,
            "--seed" => options.seed = arguments.next().ok_or("--seed needs a number")?.parse()?,
            "--dump" => options.dump = Some(arguments.next().ok_or("--dump needs a folder")?.into()),
            other => return Err(format!("unknown argument `{other}`").into()),
        }
    }
    Ok(options)
}

fn judge(pair: &PlantedPair, tally: &mut Tally) -> Result<(), Box<dyn std::error::Error>> {
    let outcome = outcome_of(pair)?;
    let is_stable = pair.columns.iter().all(|column| column.change.is_none());
    for column in &pair.columns {
        let report = outcome.columns.iter().find(|report| report.name == column.shape.name());
        let report = report.ok_or("a column has no report")?;
        tally.add(column, report, is_stable);
    }
    if is_stable {
        tally.add_stable_table(!outcome.findings.is_empty());
    }
    Ok(())
}

fn outcome_of(pair: &PlantedPair) -> Result<DriftOutcome, Box<dyn std::error::Error>> {
    let side = |pick: fn(&driftline_testkit::planted::PlantedColumn) -> &Cells| {
        let columns: Vec<(&str, &Cells)> =
            pair.columns.iter().map(|column| (column.shape.name(), pick(column))).collect();
        profile_of(&columns)
    };
    let (reference, current) = (side(|column| &column.reference)?, side(|column| &column.current)?);
    let (sample_r, sample_c) = (reference.sample(), current.sample());
    Ok(decide(
        &Side { profile: &reference, sample: &sample_r },
        &Side { profile: &current, sample: &sample_c },
        &Settings::default(),
    ))
}
