//! Ctrl-C, and files that change under the reader.

#![cfg(unix)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::program::{Outcome, Story, orders, two_months};

#[test]
fn an_interrupted_run_ends_quickly_and_leaves_nothing() {
    let story = Story::begin();
    story.file("january.csv", orders(600, false));
    // The run waits for the end of its input, so that the signal always comes in its middle.
    let mut child = story
        .command("anomalies - --against january.csv --scores scores.csv")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(orders(20_000, true).as_bytes()).unwrap();
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    drop(input);
    let outcome = Outcome::of(child.wait_with_output().unwrap()).ends_with(130);
    outcome.complains("interrupted");
    assert_eq!(story.names(), ["january.csv"]);
}

#[test]
fn a_file_that_changes_is_told() {
    let story = two_months();
    story.run("check july.csv --against january.csv --quiet").ends_with(1);
    // A file that grows while it is read cannot be staged without a race; what is tested here is that a file
    // cut between two runs is simply another file.
    let text = std::fs::read(story.path("july.csv")).unwrap();
    story.file("july.csv", &text[..text.len() / 2]);
    let report = story.run("check july.csv --against january.csv --format json").json();
    assert!(report["current"]["rows"].as_u64().unwrap() < 600);
}
