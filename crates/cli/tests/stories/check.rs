//! The main job, its exit codes and its forms.

use std::process::Stdio;

use crate::program::{Outcome, Story, orders, two_months};

#[test]
fn drift_is_found_and_the_same_data_are_quiet() {
    let story = two_months();
    let report = story.run("check july.csv --against january.csv --format json").ends_with(1).json();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["verdict"], "drifted");
    let verdict = |name: &str| {
        let columns = report["columns"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("amount"), "drifted");
    assert_eq!(verdict("country"), "drifted");
    assert_eq!(verdict("express"), "stable");
    let quiet = story.run("check january.csv --against january.csv --format json").ends_with(0).json();
    assert_eq!(quiet["verdict"], "stable");
    assert_eq!(quiet["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn the_exit_code_follows_the_wanted_severity() {
    let story = two_months();
    story.run("check july.csv --against january.csv --fail-on never --quiet").ends_with(0);
    story.run("check july.csv --against january.csv --fail-on low --quiet").ends_with(1);
    let outcome = story.run("check july.csv --against january.csv --fail-on sometimes").ends_with(2);
    outcome.complains("--fail-on").complains("low, medium, high, critical, never");
}

#[test]
fn wrong_use_is_told() {
    let story = two_months();
    story.run("check july.csv").ends_with(2).complains("--against");
    story.run("chekc july.csv").ends_with(2).complains("check");
    story.run("check july.csv --against january.csv --format pdf").ends_with(2).complains("text, json, md");
    story.run("check july.csv --against january.csv -o r.pdf").ends_with(2).complains("xlsx");
    story.run("check july.csv --against january.csv --memory lots").ends_with(2).complains("--memory");
    story.run("check july.csv --against january.csv --set drift.bin=3").ends_with(2).complains("drift.bins");
    story
        .run("check july.csv --against january.csv --delimiter ;;")
        .ends_with(2)
        .complains("one ASCII character");
    let slip = story.run("check july.csv --against january.csv --methods psi,wassertein").ends_with(2);
    slip.complains("`wassertein` is not a method").complains("did you mean `wasserstein`?");
    story
        .run("check july.csv --against january.csv --headline klm")
        .ends_with(2)
        .complains("did you mean `kl`?");
    assert_eq!(story.names(), ["january.csv", "july.csv"]);
}

#[test]
fn every_form_is_written_whole_and_by_the_ending() {
    let story = two_months();
    for (ending, begin) in [
        ("json", "{\n"),
        ("md", "# "),
        ("csv", "column,"),
        ("html", "<!doctype html>"),
        ("xml", "<?xml"),
        ("txt", ""),
    ] {
        let line = format!("check july.csv --against january.csv -o report.{ending} --quiet");
        let outcome = story.run(&line).ends_with(1);
        assert_eq!(outcome.stdout, "");
        let text = std::fs::read_to_string(story.path(&format!("report.{ending}"))).unwrap();
        assert!(text.starts_with(begin), "{text}");
        assert!(text.ends_with('\n'));
    }
    assert!(!story.names().iter().any(|name| name.contains("partial")));
}

#[test]
fn files_for_programs_are_written_and_piped() {
    let story = two_months();
    for (format, begin) in [("xlsx", "PK\u{3}\u{4}"), ("parquet", "PAR1")] {
        let line = format!("check july.csv --against january.csv -o report.{format}");
        let outcome = story.run(&line).ends_with(1).complains(&format!("The report is in report.{format}"));
        assert_eq!(outcome.stdout, "");
        let file = std::fs::read(story.path(&format!("report.{format}"))).unwrap();
        assert!(file.starts_with(begin.as_bytes()));
        let line = format!("check july.csv --against january.csv --quiet --format {format}");
        let output = story.command(&line).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.starts_with(begin.as_bytes()));
    }
}

#[test]
fn standard_input_and_compressed_data_are_read() {
    let story = two_months();
    let current = std::fs::File::open(story.path("july.csv")).unwrap();
    let output = story
        .command("check - --against january.csv --format json")
        .stdin(Stdio::from(current))
        .output()
        .unwrap();
    let from_stdin = Outcome::of(output).ends_with(1).json();
    let from_file = story.run("check july.csv --against january.csv --format json").json();
    assert_eq!(from_stdin["columns"], from_file["columns"]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let story = two_months();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = story.command("check july.csv --against january.csv").stdout(writer).output().unwrap();
    let outcome = Outcome::of(output).ends_with(1);
    assert_eq!(outcome.stderr, "");
}

/// The report without what differs from run to run.
fn lasting(story: &Story, line: &str) -> String {
    let mut report = story.run(line).json();
    let fields = report.as_object_mut().unwrap();
    fields.remove("timings").unwrap();
    fields.remove("memory_peak_bytes").unwrap();
    serde_json::to_string_pretty(&report).unwrap()
}

#[test]
fn threads_and_chunks_do_not_change_the_report() {
    let story = Story::begin();
    let mut july = orders(4000, true);
    july.push_str("A-1,2\nB,\"3\n,x\",1,2,3,4,5\n");
    july.push_str(orders(2000, true).split_once('\n').unwrap().1);
    story.file("january.csv", orders(5000, false)).file("july.csv", july);
    let line = "check july.csv --against january.csv --format json --methods all --conform evidently";
    let expected = lasting(&story, &format!("{line} --threads 1"));
    for how in [
        "--threads 2",
        "--threads 7",
        "--threads 1 --chunk-bytes 1000",
        "--threads 2 --chunk-bytes 4kB",
        "--threads 7 --chunk-bytes 30kB",
        "--threads 2 --memory 1MB",
    ] {
        let report = lasting(&story, &format!("{line} {how}"));
        assert!(report == expected, "{how} changes the report");
    }
}

#[test]
fn columns_can_be_left_out_and_other_scores_asked_for() {
    let story = two_months();
    let line = "check july.csv --against january.csv --format json --exclude amount,country --methods psi,ks";
    let report = story.run(line).json();
    let columns = report["columns"].as_array().unwrap();
    let amount = columns.iter().find(|column| column["name"] == "amount").unwrap();
    assert_eq!((&amount["verdict"], &amount["role"]), (&"skipped".into(), &"excluded".into()));
    let express = columns.iter().find(|column| column["name"] == "express").unwrap();
    assert!(express["methods"]["psi"]["value"].is_number(), "{express}");
}

#[test]
fn another_tool_can_be_reproduced() {
    let story = two_months();
    let line = "check july.csv --against january.csv --format json --conform evidently";
    let report = story.run(line).ends_with(1).json();
    let columns = report["columns"].as_array().unwrap();
    let amount = columns.iter().find(|column| column["name"] == "amount").unwrap();
    assert!(amount["conform"]["kl_div"].as_f64().unwrap() > 0.1, "{amount}");
}
