//! Scores of rows.

use crate::program::{Story, orders, two_months};

/// The scores of a file, by row.
fn scores(text: &str) -> Vec<(u64, f64)> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("row,score"));
    lines
        .map(|line| {
            let (row, score) = line.split_once(',').unwrap();
            (row.parse().unwrap(), score.parse().unwrap())
        })
        .collect()
}

#[test]
fn every_row_has_a_score_and_a_planted_one_is_the_strangest() {
    let story = Story::begin();
    let mut text = orders(500, false);
    text.push_str("A-9,99999.99,CH,true,2024-01-03,gift\n");
    text.push_str(orders(300, false).split_once('\n').unwrap().1);
    story.file("orders.csv", text);
    let shown = story.run("anomalies orders.csv --scores scores.csv").ends_with(0).stdout;
    assert!(shown.contains("amount = "), "{shown}");
    let scores = scores(&std::fs::read_to_string(story.path("scores.csv")).unwrap());
    assert_eq!(scores.len(), 801);
    assert!(
        scores
            .iter()
            .enumerate()
            .all(|(index, &(row, score))| { row == index as u64 + 1 && (0.0..=1.0).contains(&score) })
    );
    let strangest = scores.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!(strangest.0, 501);
}

#[test]
fn rows_that_cannot_be_read_have_no_score_but_keep_their_number() {
    let story = Story::begin();
    let mut text = orders(10, false);
    text.push_str("too,short\n");
    text.push_str(orders(10, false).split_once('\n').unwrap().1);
    story.file("orders.csv", text);
    let out = story.run("anomalies orders.csv --scores - --chunk-bytes 200").ends_with(0).stdout;
    let rows: Vec<u64> = scores(&out).into_iter().map(|(row, _)| row).collect();
    let expected: Vec<u64> = (1..=21).filter(|&row| row != 11).collect();
    assert_eq!(rows, expected);
}

#[test]
fn threads_and_chunks_do_not_change_scores() {
    let story = two_months();
    let line = "anomalies july.csv --against january.csv --scores - --quiet";
    let expected = story.run(&format!("{line} --threads 1")).ends_with(0).stdout;
    for how in ["--threads 2 --chunk-bytes 1000", "--threads 7 --chunk-bytes 5000", "--threads 3"] {
        assert!(story.run(&format!("{line} {how}")).ends_with(0).stdout == expected, "{how} changes scores");
    }
}

#[test]
fn a_profile_has_no_rows_to_score() {
    let story = two_months();
    story.run("profile january.csv -o january.dlp --quiet").ends_with(0);
    story.run("anomalies january.dlp").ends_with(3).complains("no rows to score");
    story.run("anomalies july.csv --against january.dlp --format json").ends_with(0);
}
