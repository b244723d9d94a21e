use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{Data, DataType as _, Range, Reader as _, Xlsx};
use driftline_model::{BinReport, CellBlame, ColumnReport, ColumnVerdict, Severity};

use super::sheet::{CUT, cell};
use super::*;
use crate::fixture;

/// Every sheet of the workbook with its cells, after a look that none of them is a formula.
fn sheets(bytes: &[u8]) -> BTreeMap<String, Range<Data>> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    for name in book.sheet_names() {
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()), "{name}: {formulas:?}");
    }
    book.worksheets().into_iter().collect()
}

/// Every file in the workbook that is XML.
fn parts(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

/// What a reader finds in a cell with this value.
fn expected(value: &Value<'_>) -> Data {
    match value {
        Value::Absent => Data::Empty,
        Value::Text(text) if text.is_empty() => Data::Empty,
        Value::Text(text) => Data::String(cell(text).into_owned()),
        Value::Number(number) => Data::Float(*number),
        Value::Count(count) => Data::Float(*count as f64),
    }
}

/// Whether the cells of a line are these, beginning with the first column.
#[track_caller]
fn assert_line(sheet: &Range<Data>, row: u32, values: &[Value<'_>]) {
    for (col, value) in (0..).zip(values) {
        let found = sheet.get_value((row, col)).cloned().unwrap_or_default();
        assert_eq!(found, expected(value), "row {row}, column {col}");
    }
}

fn text(data: Option<&Data>) -> String {
    data.map(ToString::to_string).unwrap_or_default()
}

fn drifted(name: &str) -> ColumnReport {
    let bin = |label: &str, shares: (f64, f64)| BinReport {
        label: label.to_owned(),
        lower: None,
        upper: None,
        reference_ratio: shares.0,
        current_ratio: shares.1,
        contribution: 0.1,
    };
    ColumnReport {
        verdict: ColumnVerdict::Drifted,
        severity: Severity::High,
        bins: vec![bin("a", (0.25, 0.5)), bin(name, (0.75, 0.5))],
        ..fixture::column(name)
    }
}

#[test]
fn the_sheets_say_what_the_report_says() {
    let report = fixture::report();
    let sheets = sheets(&render(&report).unwrap());
    let columns = &sheets["Columns"];
    assert_eq!(columns.get_size(), (1 + report.columns.len(), FIELDS.len()));
    for (row, column) in (1..).zip(&report.columns) {
        let values: Vec<Value<'_>> = FIELDS.iter().map(|field| (field.of)(column)).collect();
        assert_line(columns, row, &values);
    }
    assert_line(&sheets["Bins"], 1, &["dep_delay".into(), "[-10, -5)".into(), 0.1.into(), 0.02.into()]);
    assert_line(&sheets["Bins"], 8, &["carrier".into(), "UA".into(), 0.5.into(), 0.4.into(), 0.01.into()]);
    let line = ["july.csv".into(), 88_u64.into(), 0.97.into(), "dep_delay".into(), Value::from("-43")];
    assert_line(&sheets["Rows"], 2, &line);
    let line = ["table.rows".into(), "low".into(), Value::Absent, (&report.findings[1].message).into()];
    assert_line(&sheets["Findings"], 2, &line);
    assert_eq!(text(sheets["Findings"].get_value((2, 4))), "open");
    let rejected = &report.current.quarantine.examples[0];
    let line = ["current".into(), "july.csv".into(), 4711_u64.into(), 423_990_u64.into()];
    assert_line(&sheets["Quarantine"], 1, &line);
    assert_eq!(text(sheets["Quarantine"].get_value((1, 5))), rejected.raw);
    let reading = &sheets["Reading"];
    let repair = &report.current.reading.repairs[0];
    let line = ["current".into(), "repaired".into(), repair.words().into(), 1_204_u64.into()];
    assert_line(reading, 1, &line);
    assert_line(reading, 2, &line);
    let place = &repair.examples[1];
    let place = ["july.csv".into(), place.row.into(), place.byte_offset.into(), (&place.raw).into()];
    let found: Vec<Data> = (4..8).map(|col| reading.get_value((2, col)).cloned().unwrap()).collect();
    assert_eq!(found, place.iter().map(expected).collect::<Vec<_>>());
    // A line above the table has no number.
    assert_eq!(text(reading.get_value((3, 1))), "left out");
    assert_eq!(text(reading.get_value((3, 5))), "");
}

#[test]
fn suspected_cells_have_a_sheet_where_they_were_asked_for() {
    assert!(!sheets(&render(&fixture::report()).unwrap()).contains_key("Suspected cells"));
    let report = crate::cells::tests::of_check();
    let sheets = sheets(&render(&report).unwrap());
    let sheet = &sheets["Suspected cells"];
    assert_eq!(sheet.get_size(), (4, 9));
    let line = ["note".into(), "=1+1|x".into(), "=1+2".into(), 0.93.into(), Value::from("typo")];
    assert_line(sheet, 3, &line);
    let place: Vec<String> = (6..9).map(|col| text(sheet.get_value((3, col)))).collect();
    assert_eq!(place, ["1", "orders.csv", "1017"]);
}

#[test]
fn the_summary_reads_well() {
    let sheets = sheets(&render(&fixture::report()).unwrap());
    let lines: Vec<String> = sheets["Summary"]
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "))
        .map(|line| line.trim_end_matches([' ', '|']).to_owned())
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn hostile_texts_stay_text() {
    let long = "x".repeat(40_000);
    let faces = "😀".repeat(20_000);
    let texts = [
        "=HYPERLINK(\"http://evil.example\",\"open me\")",
        "+1",
        "-2+3",
        "@SUM(A1:A9)",
        "\t=1+1",
        "\r=1+1",
        "http://evil.example",
        "mailto:a@evil.example",
        "Ghost!$A$1:$B$2",
        "=Ghost!A1",
        "[x]:*?/\\ 'History'",
        "a\u{0}b\u{1b}[31mc\u{fffe}d\u{ffff}e\u{85}f\u{202e}g",
        "</t></si><si>&lt;",
        "😀 Zürich 東京",
        &long,
        &faces,
    ];
    let mut report = fixture::report();
    report.columns = texts.map(drifted).to_vec();
    report.headline = texts[0].to_owned();
    report.reference.name = texts[4].to_owned();
    report.insights[0].text = texts[3].to_owned();
    report.settings.drift.exclude = vec![texts[0].to_owned()];
    report.anomalies.top[0].cells = texts
        .map(|text| CellBlame {
            column: text.to_owned(),
            value: text.to_owned(),
            score: 1.0,
            method: "zscore".to_owned(),
            reason: text.to_owned(),
        })
        .to_vec();
    report.current.quarantine.examples[0].raw = texts[1].to_owned();
    let bytes = render(&report).unwrap();
    let sheets = sheets(&bytes);
    for (index, text) in (0..).zip(texts) {
        assert_line(&sheets["Columns"], 1 + index, &["high".into(), text.into()]);
        assert_line(&sheets["Bins"], 2 + index * 2, &[text.into(), text.into(), 0.75.into()]);
        assert_line(&sheets["Rows"], 1 + index, &[Value::from("july.csv")]);
        assert_eq!(sheets["Rows"].get_value((1 + index, 4)), Some(&expected(&text.into())));
    }
    let said: Vec<&str> =
        sheets.values().flat_map(Range::used_cells).filter_map(|(_, _, data)| data.get_string()).collect();
    assert!(said.iter().all(|said| !said.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{said:?}");
    assert!(said.iter().all(|said| said.encode_utf16().count() <= 32_767));
    for (name, xml) in parts(&bytes) {
        let allowed =
            |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}');
        assert!(xml.chars().all(allowed), "{name} holds characters that XML cannot");
        assert!(!xml.contains("<f>") && !xml.contains("<hyperlink"), "{name}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let first = render(&fixture::report()).unwrap();
    for _ in 0..5 {
        assert!(render(&fixture::report()).unwrap() == first);
    }
}

#[test]
fn severity_is_a_word_and_a_colour() {
    let parts = parts(&render(&fixture::report()).unwrap());
    for sheet in ["sheet1", "sheet2"] {
        let xml = &parts[&format!("xl/worksheets/{sheet}.xml")];
        assert!(xml.contains("<formula>\"critical\"</formula>"), "{xml}");
    }
    let columns = &parts["xl/worksheets/sheet2.xml"];
    assert!(columns.contains("<autoFilter ref=\"A1:U11\"/>"), "{columns}");
    assert!(columns.contains("xSplit=\"2\" ySplit=\"1\""), "{columns}");
}

#[test]
fn at_most_twenty_columns_are_drawn_the_most_severe_first() {
    let mut report = fixture::report();
    report.columns = (0..25).map(|index| drifted(&format!("column_{index}"))).collect();
    report.columns[24].severity = Severity::Critical;
    let bytes = render(&report).unwrap();
    let parts = parts(&bytes);
    let charts: Vec<&String> =
        parts.iter().filter(|(name, _)| name.starts_with("xl/charts/chart")).map(|(_, xml)| xml).collect();
    assert_eq!(charts.len(), 20);
    let first = &parts["xl/charts/chart1.xml"];
    assert!(first.contains("<c:v>column_24</c:v>") && first.contains("share of rows"), "{first}");
    assert!(first.contains("<c:f>Bins!$D$2:$D$3</c:f>"), "{first}");
    assert!(first.contains("8C8C8C") && first.contains("0072B2"), "{first}");
    assert!(parts["xl/charts/chart2.xml"].contains("<c:v>column_0</c:v>"));
    assert_eq!(sheets(&bytes)["Bins"].height(), 1 + 25 * 2);
}

#[test]
fn a_report_without_drift_has_no_charts() {
    let mut report = fixture::report();
    report.columns.retain(|column| column.verdict != ColumnVerdict::Drifted);
    report.anomalies.top[0].cells.clear();
    report.anomalies.top[1].score = f64::NAN;
    let sheets = sheets(&render(&report).unwrap());
    let names: Vec<&str> = sheets.keys().map(String::as_str).collect();
    assert_eq!(names, ["Bins", "Columns", "Findings", "Quarantine", "Reading", "Rows", "Summary"]);
    assert_eq!(text(sheets["Rows"].get_value((1, 7))), "strange as a whole");
    assert_eq!(text(sheets["Rows"].get_value((2, 2))), "not a number");
    report.columns.clear();
    report.current.reading = Default::default();
    assert!(parts(&render(&report).unwrap()).keys().all(|name| !name.ends_with("sheet7.xml")));
}

#[test]
fn a_sheet_that_is_full_says_so() {
    let heads = [("Row", Shape::Count)];
    for (lines, last) in [(3, Data::Float(3.0)), (4, Data::String(CUT.to_owned()))] {
        let mut book = Workbook::new();
        let styles = Styles::new();
        let mut sheet = Sheet::begin(&mut book, "x", &styles).unwrap().with_most_rows(4);
        sheet.table(&heads, (1..=lines).map(|line| vec![Value::Count(line)])).unwrap();
        let sheets = sheets(&book.save_to_buffer().unwrap());
        assert_eq!(sheets["x"].height(), 4);
        assert_eq!(sheets["x"].get_value((3, 0)), Some(&last));
    }
}
