//! Inputs beyond CSV, and SQL over them.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use serde_json::Value;

use crate::moto::Moto;
use crate::program::{Outcome, Story};

const ROWS: i64 = 4_000;

/// A table whose amounts move by this much, as CSV and as Parquet.
fn write(story: &Story, name: &str, moved: f64) {
    const DAY_MICROS: i64 = 86_400_000_000;
    let amount = |row: i64| (row * 7_919 % 1_000) as f64 / 4.0 + moved;
    let city = |row: i64| (row % 11 != 0).then(|| format!("city {}", row % 5));
    let day = |row: i64| row % 28;
    let mut csv = "id,amount,city,paid,day\n".to_owned();
    for row in 0..ROWS {
        let city = city(row).unwrap_or_default();
        csv.push_str(&format!("{row},{},{city},{},2024-03-{:02}\n", amount(row), row % 3 == 0, day(row) + 1));
    }
    story.file(&format!("{name}.csv"), csv);
    // 19,783 days from 1970-01-01 to 2024-03-01.
    let moments = (0..ROWS).map(|row| (19_783 + day(row)) * DAY_MICROS);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(0..ROWS))),
        ("amount", Arc::new(Float64Array::from_iter_values((0..ROWS).map(amount)))),
        ("city", Arc::new((0..ROWS).map(city).collect::<StringArray>())),
        ("paid", Arc::new(BooleanArray::from_iter((0..ROWS).map(|row| Some(row % 3 == 0))))),
        ("day", Arc::new(TimestampMicrosecondArray::from_iter_values(moments))),
    ];
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let file = File::create(story.path(&format!("{name}.parquet"))).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn two_tables() -> Story {
    let story = Story::begin();
    write(&story, "june", 0.0);
    write(&story, "july", 40.0);
    story
}

/// The report without what tells the files apart.
fn bare(mut report: Value) -> Value {
    let object = report.as_object_mut().unwrap();
    object.remove("timings");
    object.remove("memory_peak_bytes");
    for side in ["reference", "current"] {
        let side = report[side].as_object_mut().unwrap();
        side.remove("name");
        side.remove("bytes");
        // Only of delimited text has it to be found out how it is written.
        side.remove("reading");
    }
    for row in report["anomalies"]["top"].as_array_mut().unwrap() {
        let row = row.as_object_mut().unwrap();
        row.remove("source");
        row.remove("byte_offset");
    }
    report
}

fn report(story: &Story, arguments: &[&str]) -> Outcome {
    let mut command = story.command("check --format json --fail-on never");
    Outcome::of(command.args(arguments).output().unwrap()).ends_with(0)
}

#[test]
fn the_same_table_gives_the_same_report_as_csv_and_as_parquet() {
    let story = two_tables();
    let csv = bare(report(&story, &["july.csv", "--against", "june.csv"]).json());
    assert_eq!(csv["verdict"], "drifted");
    let parquet = bare(report(&story, &["july.parquet", "--against", "june.parquet"]).json());
    assert_eq!(csv, parquet);
    let mixed = bare(report(&story, &["july.parquet", "--against", "june.csv"]).json());
    assert_eq!(csv, mixed);
}

#[test]
fn statements_choose_what_is_judged() {
    let story = two_tables();
    let sql = "select amount, city from current where paid and amount < 200";
    let found = report(&story, &["july.parquet", "--against", "june.csv", "--sql", sql]).json();
    let count = |side: &str| found[side]["rows"].as_u64().unwrap();
    assert!(
        count("reference") > 900 && count("reference") < ROWS as u64 / 3,
        "the reference went through it too"
    );
    assert!(count("current") < count("reference"));
    assert_eq!(found["current"]["columns"], 2);
    assert_eq!(found["current"]["name"], "july.parquet (by --sql)");
    // A statement about both is carried out once.
    let joined = "select c.amount from current c join reference r on c.id = r.id where r.amount > 100";
    let against = "select amount from reference";
    let found =
        report(&story, &["july.csv", "--against", "june.csv", "--sql", joined, "--against-sql", against]);
    assert_eq!(found.json()["reference"]["rows"], ROWS);
    // Files go by their names as well.
    let named = "select city, count(*) as orders from july group by city order by city";
    let mut command = story.command("profile july.csv --format json");
    let profile = Outcome::of(command.args(["--sql", named]).output().unwrap()).ends_with(0).json();
    assert_eq!(profile["table"]["rows"], 6);
    let mut command = story.command("anomalies july.parquet --against june.csv --format json");
    let odd = Outcome::of(command.args(["--sql", "select * from current where id < 100"]).output().unwrap());
    assert_eq!(odd.ends_with(0).json()["anomalies"]["rows_scored"], 100);
    story.run("contract infer june.csv -o rules.toml --quiet").ends_with(0);
    let mut command =
        story.command("contract check july.csv --contract rules.toml --fail-on never --format json");
    let kept = Outcome::of(command.args(["--sql", "select * from current limit 50"]).output().unwrap());
    assert_eq!(kept.ends_with(0).json()["table"]["rows"], 50);
}

#[test]
fn wrong_statements_are_wrong_use_and_say_where() {
    let story = two_tables();
    for (sql, wanted) in [
        ("select amuont from current", "line 1, column 8"),
        ("drop table current", "only SELECT"),
        ("select * from august", "there is no table `august` (line 1, column 15)"),
    ] {
        let mut command = story.command("profile july.csv");
        Outcome::of(command.args(["--sql", sql]).output().unwrap()).ends_with(2).complains(wanted);
    }
    story.run("profile july.csv -o july.dlp --quiet").ends_with(0);
    let mut command = story.command("profile july.dlp");
    let outcome = Outcome::of(command.args(["--sql", "select 1"]).output().unwrap());
    outcome.ends_with(2).complains("is a profile");
}

#[test]
fn what_breaks_off_is_reported_as_far_as_it_goes() {
    let story = two_tables();
    let text = std::fs::read(story.path("july.csv")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut asked = [0; 4_096];
            let _ = client.read(&mut asked).unwrap();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
            // Half of it, each time.
            let _ =
                client.write_all(head.as_bytes()).and_then(|()| client.write_all(&text[..text.len() / 2]));
        }
    });
    let url = format!("http://reader:pa55word@{address}/july.csv?key=s3cret");
    let outcome = report(&story, &[&url, "--against", "june.csv"]);
    assert!(!outcome.stdout.contains("pa55word") && !outcome.stdout.contains("s3cret"), "{}", outcome.stdout);
    let found = outcome.json();
    let rows = found["current"]["rows"].as_i64().unwrap();
    assert!(rows > ROWS / 3 && rows < ROWS * 2 / 3, "{rows}");
    assert!(found["current"]["broken_off"][0].as_str().unwrap().contains("broke off after"));
    let findings = found["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["code"] == "ingest.incomplete" && finding["severity"] == "high")
    );
}

#[test]
fn an_address_without_anybody_is_told_without_its_secrets() {
    let story = two_tables();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [
        format!("http://me:pa55word@{free}/a.csv?key=s3cret"),
        format!("postgres://me:pa55word@{free}/d?table=t&sslcert=s3cret"),
    ] {
        let mut command = story.command("check --against june.csv");
        let outcome = Outcome::of(command.arg(url).output().unwrap());
        assert!(
            !outcome.stderr.contains("pa55word") && !outcome.stderr.contains("s3cret"),
            "{}",
            outcome.stderr
        );
        assert!(outcome.code == 2 || outcome.code == 5, "{}", outcome.stderr);
    }
}

#[test]
fn objects_and_prefixes_of_s3_are_read() {
    let Some(moto) = Moto::start() else { return };
    let story = two_tables();
    moto.put("feed", b"");
    moto.put("feed/june/part-1.csv", &std::fs::read(story.path("june.csv")).unwrap());
    moto.put("feed/june/part-2.csv", &std::fs::read(story.path("june.csv")).unwrap());
    moto.put("feed/june/notes.md", b"nothing");
    moto.put("feed/july.parquet", &std::fs::read(story.path("july.parquet")).unwrap());
    let run = |line: &str| Outcome::of(moto.known_to(story.command(line)).output().unwrap());
    let found = run("check s3://feed/july.parquet --against s3://feed/june/ --format json --fail-on never");
    let found = found.ends_with(0).json();
    assert_eq!((&found["reference"]["rows"], &found["current"]["rows"]), (&(2 * ROWS).into(), &ROWS.into()));
    assert_eq!(found["verdict"], "drifted");
    run("profile s3://feed/no-such/").ends_with(3).complains("cannot find `s3://feed/no-such/`");
    run("profile s3://nowhere/a.csv").ends_with(3).complains("cannot find");
}
