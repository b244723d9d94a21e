//! Which columns moved together.

use driftline_model::{ColumnReport, Onset};

use super::moved;
use super::row_bins::{NULL_BIN, RowBins};
use crate::wording::{names, percent, thousands};

/// Changes that begin within this share of the file of each other begin together.
const SAME_ONSET: f64 = 0.03;
/// Correlation, over the current rows, of how much each column's value speaks for the change, from which two
/// columns moved together.
const TOGETHER: f64 = 0.4;
/// Most columns that are held against each other.
const MAX_COLUMNS: usize = 16;
/// Most names in a sentence.
const MAX_NAMES: usize = 5;

/// Columns that moved together, the one that moved most first.
pub(crate) struct Group<'a> {
    pub(crate) columns: Vec<&'a ColumnReport>,
    /// Where they all began, when that is what joins them.
    pub(crate) onset: Option<Onset>,
}

/// The groups of drifted columns: first those that began at the same place inside the file, then those of the
/// rest whose changed values sit in the same rows. Largest change first.
pub(crate) fn groups<'a>(drifted: &[&'a ColumnReport], features: &[RowBins<'_>]) -> Vec<Group<'a>> {
    let (inside, mut rest): (Vec<&ColumnReport>, Vec<&ColumnReport>) =
        drifted.iter().copied().partition(|column| start_of(column).is_some());
    let mut groups = Vec::new();
    let mut waiting = inside;
    while let Some(&first) = waiting.first() {
        let Some(start) = start_of(first) else { break };
        let near = |column: &&ColumnReport| {
            start_of(column).is_some_and(|other| (other - start).abs() <= SAME_ONSET)
        };
        let (columns, others): (Vec<&ColumnReport>, Vec<&ColumnReport>) = waiting.into_iter().partition(near);
        waiting = others;
        groups.push(Group { columns, onset: first.onset.clone() });
    }
    rest.truncate(MAX_COLUMNS);
    groups.extend(same_rows(&rest, features).into_iter().map(|columns| Group { columns, onset: None }));
    groups.sort_by(|a, b| {
        let most = |group: &Group<'_>| group.columns.first().map_or(0.0, |column| moved(column));
        most(b).total_cmp(&most(a))
    });
    groups
}

/// The sentence about a group; `None` when it says nothing beyond its only column.
pub(crate) fn sentence(group: &Group<'_>, all: &[String], rows_total: u64) -> Option<String> {
    let listed = names(all, MAX_NAMES);
    let count = all.len();
    match &group.onset {
        Some(onset) => {
            let place = place_in_file(onset.position_ratio);
            let row = thousands(onset.row.min(rows_total));
            Some(match count {
                1 => format!("The change of {listed} begins {place}, at about row {row}."),
                _ => format!("{count} columns changed together, {place}, at about row {row}: {listed}."),
            })
        }
        None if count > 1 => Some(format!("{count} columns changed together, in the same rows: {listed}.")),
        None => None,
    }
}

fn place_in_file(position_ratio: f64) -> String {
    match position_ratio {
        p if (0.45..=0.55).contains(&p) => format!("in the middle of the file ({} in)", percent(p)),
        p => format!("{} into the file", percent(p)),
    }
}

fn start_of(column: &ColumnReport) -> Option<f64> {
    column.onset.as_ref().map(|onset| onset.position_ratio).filter(|start| *start > 0.0)
}

/// Joins columns whose changed values sit in the same rows.
fn same_rows<'a>(columns: &[&'a ColumnReport], features: &[RowBins<'_>]) -> Vec<Vec<&'a ColumnReport>> {
    let scores: Vec<Option<Vec<f64>>> = columns
        .iter()
        .map(|column| features.iter().find(|rows| rows.column.name == column.name).map(change_scores))
        .collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in 0..columns.len() {
        let joins = |group: &&mut Vec<usize>| {
            // Held against the column that moved most, so that chains do not join everything.
            group.first().is_some_and(|&leader| are_together(&scores, leader, i))
        };
        match groups.iter_mut().find(joins) {
            Some(group) => group.push(i),
            None => groups.push(vec![i]),
        }
    }
    let resolve = |group: Vec<usize>| group.into_iter().filter_map(|i| columns.get(i).copied()).collect();
    groups.into_iter().map(resolve).collect()
}

fn are_together(scores: &[Option<Vec<f64>>], a: usize, b: usize) -> bool {
    match (scores.get(a), scores.get(b)) {
        (Some(Some(a)), Some(Some(b))) => correlation(a, b) >= TOGETHER,
        _ => false,
    }
}

/// For each current row how much its value speaks for the change: ln of the current over the reference share
/// of its bin, a thousandth added to both; 0 for nulls.
fn change_scores(rows: &RowBins<'_>) -> Vec<f64> {
    const FLOOR: f64 = 1e-3;
    let of_bin: Vec<f64> = rows
        .column
        .bins
        .iter()
        .map(|bin| ((bin.current_ratio + FLOOR) / (bin.reference_ratio + FLOOR)).ln())
        .collect();
    let score =
        |&bin: &u16| if bin == NULL_BIN { 0.0 } else { of_bin.get(usize::from(bin)).copied().unwrap_or(0.0) };
    rows.rows[1].iter().map(score).collect()
}

/// Pearson's correlation; 0 for a constant.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len()) as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    if aa > 0.0 && bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}
