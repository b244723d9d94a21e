//! Wrong cells, and personal data that stay where they are.

use std::io::Read as _;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::program::{Outcome, Story, orders};

/// Customers with personal data in every column but two; the second half of them came later.
fn customers(from: usize, to: usize) -> String {
    let mut text = "email,surname,phone,city,amount\n".to_owned();
    for row in from..to {
        let name = ["Meyer", "Schulz", "Okafor", "Dubois", "Garcia"][row % 5];
        let city = ["Birmingham", "Edinburgh", "Liverpool"][row % 3];
        let amount = row * 7 % 90;
        text.push_str(&format!(
            "{}.{row}@example.org,{name},+49 30 55{row:05},{city},{amount}\n",
            name.to_lowercase()
        ));
    }
    text
}

#[test]
fn wrong_cells_are_told_with_what_belongs_there_in_every_form() {
    let story = Story::begin();
    let mut text = orders(600, false);
    for row in 0..400 {
        text.push_str(&format!("B-{row},{}.5,CH,true,2024-01-{:02},gift\n", 10 + row % 40, 1 + row % 28));
    }
    text.push_str("C-1,12.5,CH,true,31.01.2024,gift\nC-2,13.5 EUR,CH,true,2024-01-02,gift\n");
    story.file("orders.csv", text);
    let shown = story.run("cells orders.csv").ends_with(0).stdout;
    assert!(
        shown.contains("31.01.2024 -> 2024-01-31") || shown.contains("31.01.2024 → 2024-01-31"),
        "{shown}"
    );
    assert!(shown.contains("13.5 EUR") && shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let json = story.run("cells orders.csv --format json --method format").ends_with(0).stdout;
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["cells_suspected"], 2);
    assert_eq!(report["suspects"][0]["places"][0]["row"], 1_001);
    assert_eq!(report["methods"], serde_json::json!(["format"]));
    story.run("cells orders.csv --format csv -o out.csv").ends_with(0);
    let csv = std::fs::read_to_string(story.path("out.csv")).unwrap();
    assert!(csv.starts_with("column,method,confidence,rows,source,row"), "{csv}");
    assert!(story.run("cells orders.csv --format markdown").ends_with(0).stdout.contains("| 31.01.2024 |"));
    assert!(story.run("cells orders.csv --method guess").ends_with(2).stderr.contains("spelled_differently"));
    story.run("cells orders.csv --min-confidence 2").ends_with(2);
}

/// Two months of customers, the later one with a misspelled city.
fn customers_with_a_slip(story: &Story) {
    story.file("old.csv", customers(0, 900));
    let mut new = customers(900, 1_800);
    new.push_str("schulz.1801@example.org,Schulz,+49 30 5501801,Edinbrugh,7\n");
    story.file("new.csv", new);
}

#[test]
fn a_check_tells_wrong_cells_when_asked_and_judges_as_before() {
    let story = Story::begin();
    customers_with_a_slip(&story);
    let check = "check new.csv --against old.csv --fail-on never --threads 2";
    let without = story.run(&format!("{check} --format json")).ends_with(0).json();
    let with = story.run(&format!("{check} --cells --format json")).ends_with(0).json();
    assert!(without["cells"].is_null());
    for same in ["verdict", "severity", "headline", "findings", "columns"] {
        assert_eq!(with[same], without[same], "{same}");
    }
    let suspect = &with["cells"]["suspects"][0];
    assert_eq!(
        (&suspect["column"], &suspect["value"], &suspect["suggestion"], &suspect["places"][0]["row"]),
        (&"city".into(), &"Edinbrugh".into(), &"Edinburgh".into(), &901.into())
    );
    assert_eq!(with["cells"]["cells_suspected"], 1);
    let text = story.run(&format!("{check} --cells")).ends_with(0).stdout;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let begin = text.find("Suspected cells").unwrap();
    insta::assert_snapshot!("check with cells", text[begin..].split("\n\n").next().unwrap());
    for format in ["md", "html"] {
        let shown = story.run(&format!("{check} --cells --format {format}")).ends_with(0).stdout;
        assert!(shown.contains("Suspected cells") && shown.contains("Edinbrugh"), "{format}: {shown}");
        assert!(!shown.contains("example.org"), "{format}: {shown}");
    }
    // Standard input can be read once only, and still is looked at three times.
    let piped = story
        .command("check - --against old.csv --fail-on never --cells --format json")
        .stdin(std::fs::File::open(story.path("new.csv")).unwrap())
        .output()
        .unwrap();
    let piped = Outcome::of(piped).ends_with(0).json();
    assert_eq!(piped["cells"]["suspects"][0]["value"], "Edinbrugh");
    story.run("baseline save customers new.csv").ends_with(0);
    story.run("check baseline:customers --against old.csv --cells").ends_with(3).complains("is a profile");
}

/// Everything that is written in the report, a workbook.
fn texts_of_workbook(story: &Story) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(story.path("report")).unwrap()).unwrap();
    let mut texts = String::new();
    for index in 0..archive.len() {
        archive.by_index(index).unwrap().read_to_string(&mut texts).unwrap();
    }
    texts
}

/// Everything that is written in the report, a Parquet file.
fn texts_of_parquet(story: &Story) -> String {
    let file = std::fs::File::open(story.path("report")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.map(|batch| format!("{:?}", batch.unwrap())).collect()
}

/// Whether a text tells something; digits within a longer number, such as a time taken, are chance.
fn tells(text: &str, secret: &str) -> bool {
    text.match_indices(secret).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|before| before.is_ascii_digit() || before == '.')
    })
}

#[test]
fn a_time_taken_tells_no_number() {
    for chance in ["0.0911 s", "\"seconds\": 1.240911", "20911"] {
        assert!(!tells(chance, "0911"), "{chance}");
    }
    for told in ["•••0911", "0911", "1.5 0911", "+49-0911"] {
        assert!(tells(told, "0911"), "{told}");
    }
}

#[test]
fn personal_data_are_masked_in_every_form_unless_they_may_be_shown() {
    let story = Story::begin();
    story.file("old.csv", customers(0, 900));
    let mut new = customers(900, 1_600);
    new.push_str("short.line@example.org,Meyer\n\"x\"y,rival.911@example.org,1,2,3,4,5,6\n");
    story.file("new.csv", new);
    let private = ["example.org", "Schulz", "5500911", "0911"];
    for format in ["text", "json", "md", "csv", "html", "junit"] {
        story
            .run(&format!("check new.csv --against old.csv --format {format} -o report --fail-on never"))
            .ends_with(0);
        let shown = std::fs::read_to_string(story.path("report")).unwrap();
        for secret in private {
            assert!(!tells(&shown, secret), "{format} tells {secret}: {shown}");
        }
    }
    for format in ["xlsx", "parquet"] {
        let line =
            format!("check new.csv --against old.csv --cells --format {format} -o report --fail-on never");
        story.run(&line).ends_with(0);
        let texts = if format == "xlsx" { texts_of_workbook(&story) } else { texts_of_parquet(&story) };
        // One line a column has no values of it; the workbook has rows and cells.
        assert!(texts.contains(if format == "xlsx" { "•••" } else { "email" }), "{format}: {texts}");
        for secret in private {
            assert!(!tells(&texts, secret), "{format} tells {secret}: {texts}");
        }
    }
    let text = story.run("check new.csv --against old.csv --fail-on never").ends_with(0).stdout;
    assert!(text.contains("Values of 3 columns with personal data ("), "{text}");
    for command in [
        "profile new.csv",
        "profile new.csv --format json",
        "anomalies new.csv --format json",
        "cells new.csv",
    ] {
        let shown = story.run(command).ends_with(0).stdout;
        for secret in private {
            assert!(!tells(&shown, secret), "{command} tells {secret}: {shown}");
        }
    }
    let profile = story.run("profile old.csv").ends_with(0).stdout;
    assert!(profile.contains("personal: e-mail (100 % of values)"), "{profile}");
    let open = story.run("profile old.csv --show-personal --format json").ends_with(0).stdout;
    assert!(open.contains("Schulz") && open.contains("\"kind\": \"name\""), "{open}");
}
