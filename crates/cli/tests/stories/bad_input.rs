//! Each sort of bad input gives a clear message or a finding, the right exit code, and nothing half-written.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::program::{Outcome, Story, orders, two_months};

const CHECK: &str = "check current.csv --against reference.csv --format json";

fn check(reference: impl AsRef<[u8]>, current: impl AsRef<[u8]>) -> Outcome {
    let story = Story::begin();
    story.file("reference.csv", reference).file("current.csv", current);
    story.run(CHECK)
}

#[test]
fn a_missing_file() {
    let story = two_months();
    let outcome = story.run("check nothing.csv --against january.csv -o report.json").ends_with(3);
    outcome.complains("error[data.missing]").complains("nothing.csv");
    assert_eq!(story.names(), ["january.csv", "july.csv"]);
    story.run("check july.csv --against nothing.csv").ends_with(3).complains("nothing.csv");
    story.run("check july.csv --against nothing.dlp").ends_with(3).complains("error[data.missing]");
    story.run("check july.csv --against baseline:nothing").ends_with(3).complains("baseline `nothing`");
}

#[test]
fn a_folder_for_a_file() {
    let story = two_months();
    std::fs::create_dir(story.path("empty")).unwrap();
    story.run("check empty --against january.csv").ends_with(3).complains("holds no CSV file");
    story.run("check july.csv --against january.csv -o empty").ends_with(5).complains("empty");
}

#[test]
fn an_empty_file() {
    check(orders(50, false), "").ends_with(3).complains("is empty");
    check("", orders(50, false)).ends_with(3).complains("is empty");
    check(orders(50, false), "\n\n\n").ends_with(3).complains("is empty");
}

#[test]
fn a_header_and_nothing_below() {
    let outcome = check(orders(50, false), "order,amount,country,express,day,note\n").ends_with(3);
    outcome.complains("no row below");
}

#[test]
fn one_column() {
    let column =
        |shift: u64| (0..300).fold("x\n".to_owned(), |text, row| format!("{text}{}\n", row % 50 + shift));
    let report = check(column(0), column(25)).ends_with(1).json();
    assert_eq!(report["columns"][0]["verdict"], "drifted");
    let same = check(column(0), column(0)).ends_with(0).json();
    assert_eq!(same["verdict"], "stable");
}

#[test]
fn ten_thousand_columns() {
    let mut text = String::new();
    let header: Vec<String> = (0..10_000).map(|column| format!("c{column}")).collect();
    text.push_str(&header.join(","));
    for row in 0..20 {
        text.push('\n');
        let cells: Vec<String> = (0..10_000).map(|column| ((row * column) % 17).to_string()).collect();
        text.push_str(&cells.join(","));
    }
    let report = check(&text, &text).ends_with(0).json();
    assert_eq!(report["columns"].as_array().unwrap().len(), 10_000);
}

#[test]
fn columns_without_any_value_and_with_one() {
    let table =
        |values: &str| (0..200).fold("a,b,c\n".to_owned(), |text, row| format!("{text}{row},{values}\n"));
    let report = check(table(",7"), table(",7")).ends_with(0).json();
    assert_eq!(report["verdict"], "stable");
    let moved = check(table(",7"), table(",8")).ends_with(1).json();
    let constant = moved["columns"].as_array().unwrap().iter().find(|column| column["name"] == "c").unwrap();
    assert_eq!(constant["verdict"], "drifted");
    let emptied = check(table("1,7"), table(",7")).ends_with(1).json();
    let lost = emptied["columns"].as_array().unwrap().iter().find(|column| column["name"] == "b").unwrap();
    assert_ne!(lost["severity"], "none");
}

#[test]
fn not_a_number_and_infinities_as_text() {
    let table = |odd: [&str; 3]| {
        (0..300).fold("x\n".to_owned(), |text, row| match row % 100 {
            0 => format!("{text}{}\n", odd[(row / 100) as usize]),
            _ => format!("{text}{}.5\n", row % 37),
        })
    };
    let odd = table(["NaN", "inf", "-Infinity"]);
    let outcome = check(&odd, &odd).ends_with(0);
    assert!(!outcome.stdout.contains("NaN"));
    assert_eq!(outcome.json()["columns"][0]["kind"], "numeric");
    check(table(["1", "2", "3"]), &odd);
}

#[test]
fn a_cell_of_a_hundred_megabytes() {
    let mut monster = orders(60, false).into_bytes();
    monster.extend_from_slice(b"A-1,1.00,");
    monster.resize(monster.len() + 100_000_000, b'x');
    monster.extend_from_slice(b",true,2024-01-01,gift\n");
    monster.extend_from_slice(orders(60, false).split_once('\n').unwrap().1.as_bytes());
    let report = check(orders(120, false), &monster).json();
    assert_eq!(report["current"]["rows"], 120);
    assert_eq!(report["current"]["quarantine"]["rows"], 1);
    assert_eq!(report["current"]["quarantine"]["examples"][0]["row"], 61);
    assert!(report["current"]["quarantine"]["examples"][0]["raw"].as_str().unwrap().len() < 10_000);
}

#[test]
fn zero_bytes_and_garbage() {
    let mut zeros = orders(100, false);
    zeros.push_str("A-5,1.0\0,C\0H,true,2024-01-01,gift\n");
    let outcome = check(orders(100, false), &zeros);
    assert!(outcome.code <= 1, "{outcome:?}");
    let garbage: Vec<u8> = (0..20_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check(orders(100, false), garbage).ends_with(3).complains("error[data.");
}

#[test]
fn a_truncated_archive() {
    let story = two_months();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(orders(5000, true).as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    story.file("whole.csv.gz", &packed).file("cut.csv.gz", &packed[..packed.len() / 2]);
    story.run("check whole.csv.gz --against january.csv -o report.json").ends_with(1);
    std::fs::remove_file(story.path("report.json")).unwrap();
    story.run("check cut.csv.gz --against january.csv -o report.json").ends_with(1);
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(story.path("report.json")).unwrap()).unwrap();
    let rows = report["current"]["rows"].as_u64().unwrap();
    assert!(rows > 1_000 && rows < 5_000, "{rows} rows");
    let cause = report["current"]["broken_off"][0].as_str().unwrap();
    assert!(cause.contains("cut off or damaged"), "{cause}");
    let findings = report["findings"].as_array().unwrap();
    let told = findings.iter().find(|finding| finding["code"] == "ingest.incomplete").unwrap();
    assert_eq!(told["severity"], "high");
    // Where nothing came before the damage there is nothing to report.
    std::fs::remove_file(story.path("report.json")).unwrap();
    story.file("nothing.csv.gz", &packed[..12]);
    let outcome = story.run("check nothing.csv.gz --against january.csv -o report.json").ends_with(3);
    outcome.complains("error[data.");
    assert!(!story.path("report.json").exists());
}

#[test]
fn columns_that_differ() {
    let reference = orders(200, false);
    let renamed = reference.replacen("amount", "price", 1);
    let report = check(&reference, renamed).ends_with(1).json();
    let codes: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert!(codes.iter().any(|code| code.starts_with("schema.")), "{codes:?}");
    let reordered: String = reference
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells.reverse();
            cells.join(",") + "\n"
        })
        .collect();
    let report = check(&reference, reordered).ends_with(0).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["findings"][0]["code"], "schema.column_order");
    let fewer: String =
        reference.lines().map(|line| line.split(',').take(3).collect::<Vec<_>>().join(",") + "\n").collect();
    check(&reference, &fewer).ends_with(1);
    check(fewer, &reference);
}

#[test]
fn rows_of_the_wrong_length() {
    let mut text = orders(300, false);
    text.push_str("A-1,2\n");
    text.push_str(orders(300, false).split_once('\n').unwrap().1);
    text.push_str("A-1,2,3,4,5,6,7,8\n");
    let report = check(orders(300, false), text).json();
    let quarantine = &report["current"]["quarantine"];
    assert_eq!(quarantine["rows"], 2);
    assert_eq!(quarantine["examples"][0]["row"], 301);
    assert_eq!(quarantine["examples"][1]["row"], 602);
    assert_eq!(report["current"]["rows"], 600);
}

#[cfg(target_os = "linux")]
#[test]
fn no_space_for_the_output() {
    let story = two_months();
    story
        .run("check july.csv --against january.csv -o /dev/full")
        .ends_with(5)
        .complains("error[system.no_space]");
    story.run("anomalies july.csv --scores /dev/full").ends_with(5).complains("error[system.no_space]");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = story.command("check july.csv --against january.csv").stdout(full).output().unwrap();
    Outcome::of(output).ends_with(5).complains("error[system.no_space]");
}

#[test]
fn a_place_that_cannot_be_written_to() {
    let story = two_months();
    let outcome = story.run("check july.csv --against january.csv -o missing/report.json").ends_with(5);
    outcome.complains("missing/report.json");
}

#[test]
fn hostile_names_and_values_cannot_steer_the_terminal() {
    let table = |name: &str, shift: u64| {
        let mut text = format!("\"{name}\",b\n");
        for row in 0..400 {
            let _ = writeln!(text, "{},{}", row % 40 + shift, row % 3);
        }
        text
    };
    let name = "\u{1b}]0;owned\u{7}\u{202e}x";
    let story = Story::begin();
    story.file("reference.csv", table(name, 0)).file("current.csv", table(name, 30));
    for format in ["text", "md", "csv", "json", "junit"] {
        let line = format!("check current.csv --against reference.csv --format {format}");
        let outcome = story.run(&line).ends_with(1);
        assert!(!outcome.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}");
    }
}
