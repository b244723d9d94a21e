//! What people see, kept as snapshots.

use crate::program::{Story, two_months};

/// The text without figures that differ from run to run.
fn lasting(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.contains("peak memory") {
            out.push_str("(footer)\n");
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

#[test]
fn help_of_every_command() {
    let story = Story::begin();
    for command in [
        "",
        "check",
        "profile",
        "baseline",
        "baseline save",
        "anomalies",
        "cells",
        "replay",
        "sniff",
        "clean",
        "mock",
        "mock rows",
        "serve",
        "user",
        "token",
        "audit",
        "backup",
        "restore",
        "doctor",
        "config",
        "completions",
    ] {
        let outcome = story.run(&format!("{command} --help")).ends_with(0);
        assert!(
            outcome.stdout.contains("Examples:") || command == "baseline save",
            "{command} has no examples"
        );
        insta::assert_snapshot!(format!("help {command}").trim(), outcome.stdout);
    }
}

#[test]
fn a_report_in_text_markdown_and_csv() {
    let story = two_months();
    for format in ["text", "md", "csv"] {
        let line = format!("check july.csv --against january.csv --format {format}");
        let outcome = story.run(&line).ends_with(1);
        insta::assert_snapshot!(format!("report {format}"), lasting(&outcome.stdout));
    }
}

#[test]
fn a_wide_screen_and_a_plain_one() {
    let story = two_months();
    let wide = story.command("check july.csv --against january.csv").env("COLUMNS", "120").output().unwrap();
    insta::assert_snapshot!("report wide", lasting(&String::from_utf8(wide.stdout).unwrap()));
    let plain = story.command("check july.csv --against january.csv").env("LC_ALL", "C").output().unwrap();
    assert!(plain.stdout.is_ascii());
}

#[test]
fn a_profile() {
    let story = two_months();
    insta::assert_snapshot!("profile", story.run("profile july.csv").ends_with(0).stdout);
}
