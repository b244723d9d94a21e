//! How well anomalies in series are found, streaming, on a folder of labelled series.
//!
//! `cargo run --release -p driftline-testkit --example calibrate_series -- FOLDER`
//!
//! The folder has the form of the Numenta Anomaly Benchmark: `windows.json` (file, then its labelled windows) beside
//! `data/GROUP/NAME.csv` with the columns timestamp and value. Prints the score over all by the profile of the benchmark (standard, few false alarms, few missed), by group,
//! and with each group judged at the threshold that is best for the others; beside simple detectors. Without a folder
//! it says so and ends well, so that `make calibrate` runs everywhere.

mod detectors;
mod moment;
mod profile;
mod series;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use profile::Outcome;
use series::Series;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    let Some(folder) = std::env::args().nth(1).map(PathBuf::from) else {
        writeln!(
            out,
            "series: skipped, no folder of labelled series was given (make calibrate SERIES=FOLDER)"
        )?;
        return Ok(());
    };
    if !folder.join("windows.json").is_file() {
        writeln!(out, "series: skipped, there is no {}", folder.join("windows.json").display())?;
        return Ok(());
    }
    let all = series::load(&folder)?;
    let rows: usize = all.iter().map(|series| series.values.len()).sum();
    let windows: usize = all.iter().map(|series| series.windows.len()).sum();
    writeln!(out, "{} series, {rows} values, {windows} labelled windows\n", all.len())?;
    writeln!(
        out,
        "| detector | score | few false alarms | few missed | threshold of the other groups | found | false alarms | µs a value |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|")?;
    let mut ours = None;
    for (name, detector) in detectors::ALL {
        let began = Instant::now();
        let scores: Vec<Vec<f64>> = all.iter().map(detector).collect();
        let micros = began.elapsed().as_secs_f64() * 1e6 / rows as f64;
        let outcome = profile::judge(&all, &scores, &profile::STANDARD);
        let few_false = profile::judge(&all, &scores, &profile::LOW_FALSE_ALARMS).score;
        let few_missed = profile::judge(&all, &scores, &profile::LOW_MISSED).score;
        writeln!(
            out,
            "| {name} | {:.1} | {few_false:.1} | {few_missed:.1} | {:.1} | {} of {windows} | {} | {micros:.1} |",
            outcome.score, outcome.left_out, outcome.found, outcome.false_alarms
        )?;
        ours = ours.or(Some((outcome, scores)));
    }
    if let Some((outcome, scores)) = ours {
        by_group(&mut out, &outcome)?;
        early(&mut out, &all, &scores)?;
    }
    Ok(())
}

fn by_group(out: &mut impl Write, outcome: &Outcome) -> std::io::Result<()> {
    writeln!(out, "\nDriftline by group, threshold {:.3}:\n", outcome.threshold)?;
    writeln!(out, "| group | windows | score | threshold of the other groups |\n|---|--:|--:|--:|")?;
    for group in &outcome.groups {
        let score = |raw: f64| {
            group.score(raw).map_or_else(|| format!("{:.2} points", raw + 0.0), |s| format!("{s:.1}"))
        };
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            group.name,
            group.windows,
            score(group.raw),
            score(group.left_out)
        )?;
    }
    Ok(())
}

/// The benchmark does not judge the first values; people see them.
fn early(out: &mut impl Write, all: &[Series], scores: &[Vec<f64>]) -> std::io::Result<()> {
    let alarms: usize = all
        .iter()
        .zip(scores)
        .map(|(series, scores)| scores.iter().take(series.probation()).filter(|score| **score >= 0.5).count())
        .sum();
    let judged: usize = all
        .iter()
        .zip(scores)
        .map(|(series, scores)| scores.iter().skip(series.probation()).filter(|score| **score >= 0.5).count())
        .sum();
    let probation: usize = all.iter().map(Series::probation).sum();
    writeln!(
        out,
        "\nAlarms as raised: {judged} among judged values, {alarms} among the {probation} first values."
    )
}
