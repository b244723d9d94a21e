//! Decides drift between two plain CSV files and prints what it says, for work on the rule.
//!
//! `cargo run --profile perf -p driftline-testkit --example decide_csv -- REFERENCE CURRENT`

use std::io::Write;
use std::time::Instant;

use driftline_detect::{drift::decide, insight::explain};
use driftline_model::Settings;
use driftline_profile::{Side, TableProfile};
use driftline_testkit::{plain_csv, planted::Cells, profiled::profile_of};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [reference, current] = paths.as_slice() else { return Err("two files are needed".into()) };
    let (reference, current) = (profile(reference)?, profile(current)?);
    let (sample_r, sample_c) = (reference.sample(), current.sample());
    let sides =
        (Side { profile: &reference, sample: &sample_r }, Side { profile: &current, sample: &sample_c });
    let start = Instant::now();
    let outcome = decide(&sides.0, &sides.1, &Settings::default());
    let decided = start.elapsed();
    let insights = explain(&sides.0, &sides.1, &outcome.columns);
    let mut out = std::io::stdout().lock();
    for column in &outcome.columns {
        let (mass, bar) = column.effect.as_ref().map_or((0.0, 0.0), |e| (e.mass_moved, e.threshold));
        let evidence =
            column.evidence.as_ref().map_or(String::new(), |e| format!("{} q={:.2e}", e.test, e.q_value));
        let score = column.score.as_ref().map_or(String::new(), |s| {
            format!("kl {:.4}/{:.4} {}", s.value, s.threshold, s.threshold_origin)
        });
        let onset = column.onset.as_ref().map_or(String::new(), |o| {
            format!("onset {:.3} {:.3}->{:.3}", o.position_ratio, o.mass_moved_before, o.mass_moved_after)
        });
        let (verdict, reason) = (column.verdict.name(), column.reason.clone().unwrap_or_default());
        let (name, kind, severity) = (&column.name, column.kind, column.severity);
        writeln!(
            out,
            "{name:24} {kind:11} {verdict:8} {severity:8} mass {mass:.3}/{bar:.3} {evidence} {score} {onset} {reason}"
        )?;
    }
    for finding in &outcome.findings {
        writeln!(out, "  [{}] {}: {}", finding.severity, finding.code, finding.message)?;
    }
    for insight in &insights {
        writeln!(out, "  * {:.2} {:?}: {}", insight.weight, insight.kind, insight.text)?;
    }
    writeln!(out, "decided in {decided:?}, explained in {:?}", start.elapsed().saturating_sub(decided))?;
    Ok(())
}

fn profile(path: &str) -> Result<TableProfile, Box<dyn std::error::Error>> {
    let columns = plain_csv::read(&std::fs::read_to_string(path)?);
    let columns: Vec<(&str, &Cells)> = columns.iter().map(|(name, cells)| (name.as_str(), cells)).collect();
    Ok(profile_of(&columns)?)
}
