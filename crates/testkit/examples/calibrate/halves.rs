//! Random halves of real tables, which differ by chance alone.

use std::path::Path;

use driftline_detect::drift::decide;
use driftline_model::Settings;
use driftline_profile::{Side, TableProfile};
use driftline_testkit::planted::Cells;
use driftline_testkit::profiled::profile_of;
use driftline_testkit::{Random, plain_csv};

/// Splits a plain CSV file at random so many times and counts the splits with any alarm.
pub(crate) fn alarmed(path: &Path, splits: u64, seed: u64) -> Result<u64, Box<dyn std::error::Error>> {
    let table = plain_csv::read(&std::fs::read_to_string(path)?);
    let rows = table.first().map_or(0, |(_, cells)| cells.len());
    let half = |rows: &[usize]| -> Result<TableProfile, Box<dyn std::error::Error>> {
        let cells: Vec<(&str, Cells)> =
            table.iter().map(|(name, cells)| (name.as_str(), plain_csv::pick(cells, rows))).collect();
        let columns: Vec<(&str, &Cells)> = cells.iter().map(|(name, cells)| (*name, cells)).collect();
        Ok(profile_of(&columns)?)
    };
    let mut alarms = 0;
    for split in 0..splits {
        let mut random = Random::for_stream(seed, split);
        let (left, right): (Vec<usize>, Vec<usize>) = (0..rows).partition(|_| random.chance(0.5));
        let (reference, current) = (half(&left)?, half(&right)?);
        let (sample_r, sample_c) = (reference.sample(), current.sample());
        let outcome = decide(
            &Side { profile: &reference, sample: &sample_r },
            &Side { profile: &current, sample: &sample_c },
            &Settings::default(),
        );
        alarms += u64::from(!outcome.findings.is_empty());
    }
    Ok(alarms)
}
