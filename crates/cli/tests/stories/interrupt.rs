//! Ctrl-C.

#![cfg(unix)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::program::{Outcome, Story, orders};

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
