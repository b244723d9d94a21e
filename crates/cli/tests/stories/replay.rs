//! Series replayed.

use std::fmt::Write as _;

use crate::program::Story;

/// Two weeks at five-minute steps with a spike in row 3601 and a record that cannot be read before it.
fn load() -> String {
    let mut text = "timestamp,load\n".to_owned();
    for index in 0..4032_u32 {
        let (day, minute) = (1 + index / 288, index % 288 * 5);
        let value = if index == 3600 { 400 } else { 40 + minute / 60 + index * 7919 % 10 };
        writeln!(text, "2024-04-{day:02} {:02}:{:02}:00,{value}", minute / 60, minute % 60).unwrap();
        if index == 1999 {
            text.push_str("too,many,cells\n");
        }
    }
    text
}

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
fn a_spike_is_told_with_its_time_and_every_row_has_a_score() {
    let story = Story::begin();
    story.file("load.csv", load());
    let line = "replay load.csv --time timestamp --value load --scores scores.csv";
    let shown = story.run(line).ends_with(0).stdout;
    assert!(shown.contains("2024-04-13 12:00") && shown.contains("far above"), "{shown}");
    assert!(shown.contains("▲") && shown.contains("1 row could not be read"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let scores = scores(&std::fs::read_to_string(story.path("scores.csv")).unwrap());
    assert_eq!(scores.len(), 4032);
    assert!(scores.iter().all(|&(row, score)| row != 2001 && (0.0..=1.0).contains(&score)));
    let strangest = scores.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!(strangest.0, 3602);
}

#[test]
fn what_follows_and_how_it_is_read_changes_no_score() {
    let story = Story::begin();
    let text = load();
    let begin: String = text.lines().take(2500).flat_map(|line| [line, "\n"]).collect();
    story.file("all.csv", text).file("begin.csv", begin);
    let line = "--time timestamp --value load --scores - --quiet";
    let all = story.run(&format!("replay all.csv {line}")).ends_with(0).stdout;
    let begin = story.run(&format!("replay begin.csv {line}")).ends_with(0).stdout;
    assert!(all.starts_with(&begin) && begin.lines().count() > 2400);
    let how = "--threads 5 --chunk-bytes 1000";
    let otherwise = story.run(&format!("replay all.csv {line} {how}")).ends_with(0).stdout;
    assert!(otherwise == all);
}

#[test]
fn alarms_as_json() {
    let story = Story::begin();
    story.file("load.csv", load());
    let line = "replay load.csv --time timestamp --value load --format json";
    let report = story.run(line).ends_with(0).json();
    assert_eq!(report["rows"], 4032);
    let alarms = report["alarms"].as_array().unwrap();
    let spike = alarms.iter().find(|alarm| alarm["row"] == 3602).unwrap();
    assert_eq!(spike["value"], 400.0);
    assert_eq!(spike["time_ms"], 1_713_009_600_000_i64);
    assert!(spike["reason"].as_str().unwrap().starts_with("far above"));
}

#[test]
fn columns_that_are_not_there_or_hold_something_else() {
    let story = Story::begin();
    story.file("load.csv", "when,what,load\n2024-01-01,a,1\n2024-01-02,b,2\n2024-01-03,c,3\n");
    story.run("replay load.csv --time when --value lod").ends_with(2).complains("no column `lod`");
    story.run("replay load.csv --time when --value what").ends_with(2).complains("holds text, not numbers");
    story.run("replay load.csv --time what --value load").ends_with(2).complains("holds text, not moments");
    story.run("replay load.csv --value load").ends_with(0);
    story.run("replay nowhere.csv --value load --scores scores.csv").ends_with(3);
    assert!(!story.path("scores.csv").exists());
}
