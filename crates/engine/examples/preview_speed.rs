//! How long a preview takes, and how much is kept for it: 2,000 columns of numbers and texts, 10,000 rows a side.
//!
//! `cargo run --profile perf -p driftline-engine --example preview_speed [COLUMNS] [ROWS]`

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use driftline_engine::{CancelToken, CheckRequest, Input, KeptProfiles, Silent, check_and_keep, preview};
use driftline_model::{RunSettings, Settings};
use driftline_testkit::Random;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<usize>().ok());
    let columns = numbers.next().unwrap_or(2_000);
    let rows = numbers.next().unwrap_or(10_000);
    let folder = tempfile::tempdir()?;
    let request = CheckRequest {
        reference: table(&folder.path().join("reference.csv"), (columns, rows), 1)?,
        current: table(&folder.path().join("current.csv"), (columns, rows), 2)?,
        settings: Settings::default(),
        run: RunSettings::default(),
    };
    let (report, profiles) = check_and_keep(&request, None, &Silent, &CancelToken::new())?;
    let mut out = std::io::stdout().lock();
    let begun = Instant::now();
    let bytes = profiles.to_bytes();
    writeln!(out, "kept in {:.2} s: {:.1} MB", begun.elapsed().as_secs_f64(), bytes.len() as f64 / 1e6)?;
    let mut settings = Settings::default();
    settings.drift.min_mass_moved = 0.05;
    for _ in 0..5 {
        let begun = Instant::now();
        let kept = KeptProfiles::from_bytes(&bytes)?;
        let read = begun.elapsed().as_secs_f64();
        let preview = preview(&kept, &report, &settings, &RunSettings::default())?;
        let all = begun.elapsed().as_secs_f64();
        writeln!(out, "read {read:.2} s, in all {all:.2} s: {}", preview.report.headline)?;
    }
    Ok(())
}

/// Numbers, some of them with few different values, and every fourth column a text; every tenth differs by side.
fn table(path: &Path, (columns, rows): (usize, usize), side: u64) -> std::io::Result<Input> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    let mut random = Random::new(side);
    let names: Vec<String> = (0..columns).map(|column| format!("column_{column}")).collect();
    writeln!(out, "{}", names.join(","))?;
    for _ in 0..rows {
        for column in 0..columns {
            let shift = if column % 10 == 0 { side } else { 0 };
            let comma = if column == 0 { "" } else { "," };
            match column % 4 {
                0 => write!(out, "{comma}{:.3}", random.normal() + 0.3 * shift as f64)?,
                1 => write!(out, "{comma}{}", random.below(40) + shift)?,
                2 => write!(out, "{comma}{:.1}", random.exponential() * (1 + shift) as f64)?,
                _ => write!(out, "{comma}class {}", random.below(30))?,
            }
        }
        writeln!(out)?;
    }
    out.flush()?;
    Ok(Input::Table(path.to_string_lossy().into_owned()))
}
