//! A clean copy of a polluted file has the cells of the table it was made from.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "what was measured is shown when a test fails")]

use std::collections::BTreeMap;

use driftline_ingest::{Location, ReadOptions, clean};
use driftline_testkit::polluted::{Polluted, accuracy, one_at_a_time, parse, two_at_once};

/// Least share of right cells over all pollutions, one at a time and two at once.
const ALONE: f64 = 0.995;
const TOGETHER: f64 = 0.99;
/// Least share of each pollution alone.
const EACH: f64 = 0.97;

/// Cells right and cells in all, by pollution, with a file that lost most.
fn measured(files: &[Polluted]) -> BTreeMap<String, (usize, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    let mut scores: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for file in files {
        std::fs::write(&path, &file.bytes).unwrap();
        let mut copy = Vec::new();
        let location = Location::parse(&path.to_string_lossy());
        clean(&location, &ReadOptions::default(), &mut copy, None).unwrap();
        let (right, all) = accuracy(&parse(std::str::from_utf8(&copy).unwrap()), &file.expected);
        let score = scores.entry(file.name.clone()).or_default();
        score.0 += right;
        score.1 += all;
        if std::env::var_os("POLLUTED_SHOW").is_some() && right < all {
            show(file, &parse(std::str::from_utf8(&copy).unwrap()), (right, all));
        }
    }
    scores
}

/// Prints where a file was first understood otherwise.
fn show(file: &Polluted, found: &[Vec<String>], (right, all): (usize, usize)) {
    println!("{}: {right} of {all}", file.name);
    let same = |own: &Vec<String>, row: &Vec<Option<String>>| {
        own.len() == row.len()
            && own.iter().zip(row).all(|(own, cell)| cell.as_ref().is_none_or(|cell| cell == own))
    };
    let differ = (0..found.len().max(file.expected.len())).find(
        |at| !matches!((found.get(*at), file.expected.get(*at)), (Some(own), Some(row)) if same(own, row)),
    );
    if let Some(at) = differ {
        println!("  {at}: {:?}\n  for {:?}", found.get(at), file.expected.get(at));
    }
}

fn share((right, all): (usize, usize)) -> f64 {
    if all == 0 { 1.0 } else { right as f64 / all as f64 }
}

fn total(scores: &BTreeMap<String, (usize, usize)>) -> f64 {
    let (right, all) = scores.values().fold((0, 0), |sum, score| (sum.0 + score.0, sum.1 + score.1));
    share((right, all))
}

#[test]
fn one_pollution_at_a_time() {
    let scores = measured(&one_at_a_time(1));
    for (name, score) in &scores {
        println!("{:7.3} % {name}", 100.0 * share(*score));
    }
    let weak: Vec<_> = scores.iter().filter(|(_, score)| share(**score) < EACH).collect();
    println!("all {:.4}", total(&scores));
    assert!(weak.is_empty(), "{weak:?}");
    assert!(total(&scores) >= ALONE);
}

#[test]
fn two_pollutions_at_once() {
    let scores = measured(&two_at_once(1));
    for (name, score) in scores.iter().filter(|(_, score)| share(**score) < EACH) {
        println!("{:7.3} % {name}", 100.0 * share(*score));
    }
    println!("all {:.4}", total(&scores));
    assert!(total(&scores) >= TOGETHER);
}
