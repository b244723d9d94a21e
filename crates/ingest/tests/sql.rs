//! Statements and metrics in SQL.

#![cfg(feature = "datafusion")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;

use driftline_chunk::{Chunk, ColumnValues};
use driftline_ingest::{
    IngestError, Location, Query, ReadOptions, SqlMetric, Table, named_tables, open, query,
};

fn csv(folder: &Path, name: &str, rows: usize) {
    let mut text = "id,amount,Country,customer\n".to_owned();
    for row in 0..rows {
        let country = ["DE", "FR", "IT"][row % 3];
        text.push_str(&format!("{row},{}.5,{country},{}\n", row % 100, row % 10));
    }
    std::fs::write(folder.join(name), text).unwrap();
}

fn at(folder: &Path, name: &str) -> Result<Table, IngestError> {
    open(&Location::parse(&folder.join(name).to_string_lossy()), &ReadOptions::default())
}

fn run(folder: &Path, statement: &str, memory_bytes: usize) -> Result<Table, IngestError> {
    let wanted = Query { name: "answer".to_owned(), statement: statement.to_owned(), memory_bytes };
    let mut find = |name: &str| match name {
        "current" => at(folder, "current.csv").map(Some),
        "reference" => at(folder, "reference.csv").map(Some),
        _ => Ok(None),
    };
    query(&wanted, &mut find, &ReadOptions::default())
}

fn chunks(table: &Table) -> Result<Vec<Chunk>, IngestError> {
    let mut all = Vec::new();
    for source in table.sources() {
        while let Some(raw) = source.pull(1 << 18)? {
            all.push(source.decode(raw)?.chunk);
        }
    }
    Ok(all)
}

fn rows(table: &Table) -> usize {
    chunks(table).unwrap().iter().map(Chunk::rows).sum()
}

const MUCH: usize = 1 << 30;

#[test]
fn the_rows_of_a_statement_are_a_table() {
    let folder = tempfile::tempdir().unwrap();
    csv(folder.path(), "current.csv", 30_000);
    csv(folder.path(), "reference.csv", 900);
    let run = |statement| run(folder.path(), statement, MUCH);
    let table = run("select id, amount * 2 as twice, \"Country\" from current where Country = 'DE'").unwrap();
    let names: Vec<_> = table.schema().fields().iter().map(|field| field.name.clone()).collect();
    assert_eq!(names, ["id", "twice", "Country"]);
    assert_eq!(rows(&table), 10_000);
    assert_eq!(rows(&table.reopen(table.schema()).unwrap()), 10_000, "it can be read again");
    let grouped =
        run("SELECT Country, COUNT(*) AS orders, AVG(amount) AS mean FROM current GROUP BY Country").unwrap();
    assert_eq!(rows(&grouped), 3);
    let joined = run("select c.id, r.amount from current c join reference r on c.id = r.id").unwrap();
    assert_eq!(rows(&joined), 900);
    assert_eq!(rows(&run("with few as (select * from current limit 7) select * from few").unwrap()), 7);
    assert_eq!(rows(&run("select count(*) as n from current").unwrap()), 1);
    let twice = run("select a.id from current a join current b on a.id = b.id where a.id < 5").unwrap();
    assert_eq!(rows(&twice), 5);
    assert_eq!(
        named_tables("select * from current c, (select * from reference) r").unwrap(),
        ["current", "reference"]
    );
}

#[test]
fn only_a_select_over_the_given_tables_is_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    csv(folder.path(), "current.csv", 10);
    let outside = folder.path().join("current.csv").display().to_string();
    for (statement, wanted) in [
        ("drop table current", "only SELECT"),
        ("insert into current values (1)", "only SELECT"),
        ("create external table t stored as csv location '/etc/passwd'", "only SELECT"),
        ("copy current to 'x.csv'", "only SELECT"),
        ("set datafusion.execution.batch_size = 1", "only SELECT"),
        ("explain select 1", "only SELECT"),
        ("select 1; select 2", "only one statement"),
        ("", "empty"),
        ("select * from current order by (select", "found EOF"),
        ("select nowhere from current", "nowhere"),
        ("select * from elsewhere", "no table `elsewhere` (line 1, column 15)"),
        (&format!("select * from '{outside}'"), "no table"),
        ("select * from read_csv('x')", "read_csv"),
        ("select * from generate_series(1, 1000000000000)", "generate_series"),
        ("select * from information_schema.tables", "no table"),
    ] {
        let error = run(folder.path(), statement, MUCH).err().unwrap_or_else(|| panic!("{statement}"));
        assert_eq!(error.code(), "ingest.statement", "{statement}: {error}");
        assert!(error.to_string().contains(wanted), "{statement}: {error}");
    }
    let error = run(folder.path(), "select id,\n  amuont from current", MUCH).err().unwrap().to_string();
    assert!(error.contains("line 2, column 3"), "{error}");
    let error = run(folder.path(), "selec id from current", MUCH).err().unwrap().to_string();
    assert!(error.contains("line 1, column 1"), "{error}");
}

#[test]
fn a_statement_keeps_to_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    csv(folder.path(), "current.csv", 200_000);
    let table = run(folder.path(), "select * from current order by amount desc, id", 1 << 20).unwrap();
    let error = chunks(&table).unwrap_err();
    assert_eq!(error.code(), "ingest.statement_memory", "{error}");
    // What only passes through needs none.
    assert_eq!(rows(&run(folder.path(), "select id from current where id > 10", 1 << 20).unwrap()), 199_989);
}

#[test]
fn rows_that_cannot_be_read_are_told_of_behind_the_statement() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("current.csv"), "a,b\n1,2\n1\n3,4\n5,6,7\n").unwrap();
    let table = run(folder.path(), "select sum(a) as total from current", MUCH).unwrap();
    let (mut rejected, mut seen) = (Vec::new(), 0);
    for source in table.sources() {
        while let Some(raw) = source.pull(1 << 18).unwrap() {
            let decoded = source.decode(raw).unwrap();
            seen += decoded.rows_seen;
            rejected.extend(decoded.rejected);
        }
    }
    assert_eq!((rejected.len(), seen), (2, 3));
    assert_eq!(rejected[0].byte_offset, 8);
}

fn window(folder: &Path, rows: usize) -> Vec<Chunk> {
    csv(folder, "window.csv", rows);
    chunks(&at(folder, "window.csv").unwrap()).unwrap()
}

#[test]
fn metrics_are_aggregates_over_the_rows_of_a_window() {
    let folder = tempfile::tempdir().unwrap();
    let chunks = window(folder.path(), 900);
    let value = |expression: &str| SqlMetric::parse("m", expression, "").unwrap().evaluate(&chunks).unwrap();
    assert_eq!(value("count(*)"), Some(900.0));
    assert_eq!(value("COUNT(DISTINCT customer) / COUNT(*)"), Some(10.0 / 900.0));
    assert_eq!(value("count(*) filter (where Country = 'DE') / 2"), Some(150.0));
    assert_eq!(value("avg(amount) filter (where \"Country\" = 'DE')"), Some(50.0));
    assert_eq!(value("sum(case when amount > 50 then 1 else 0 end)"), Some(450.0));
    assert_eq!(value("max(amount) - min(amount)"), Some(99.0));
    assert_eq!(value("bool_or(amount > 1000)"), Some(0.0));
    assert_eq!(value("sum(amount) / (count(*) - 900)"), None, "a division by zero is no number");
    assert_eq!(value("avg(amount) filter (where Country = 'XX')"), None);
    assert_eq!(SqlMetric::parse("m", "count(*)", "rows").unwrap().evaluate(&[]).unwrap(), None);
}

#[test]
fn a_metric_is_judged_without_data_and_says_what_is_wrong_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let chunks = window(folder.path(), 10);
    let schema = chunks[0].schema();
    let metric = SqlMetric::parse("share", "avg(amount)", "EUR").unwrap();
    metric.validate(schema).unwrap();
    assert_eq!((metric.name(), metric.unit(), metric.expression()), ("share", "EUR", "avg(amount)"));
    for (expression, wanted) in [
        ("amount", "a value for each row"),
        ("avg(amuont)", "column 5"),
        ("avg(amount) from x", "column 13"),
        ("avg(amount", "expected )"),
        ("1); drop table x; --", "column 2"),
        ("(select max(id) from current)", "a SELECT of its own"),
        ("nothing_known(amount)", "nothing_known"),
        ("sum(Country)", "sum"),
        ("", "expected"),
        (&"1+".repeat(1_001), "more than 2000 characters"),
    ] {
        let outcome = SqlMetric::parse("share", expression, "").and_then(|metric| metric.validate(schema));
        let error = outcome.err().unwrap_or_else(|| panic!("{expression}")).to_string();
        assert!(error.contains("the metric `share` cannot be computed") && error.contains(wanted), "{error}");
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a figure for whoever asks for it")]
fn a_plan_is_used_again_for_every_window() {
    let folder = tempfile::tempdir().unwrap();
    let windows: Vec<Vec<Chunk>> = [1_000, 700, 1_000].map(|rows| window(folder.path(), rows)).into();
    let metric = SqlMetric::parse("m", "count(distinct id) + max(amount)", "").unwrap();
    let values: Vec<_> = windows.iter().map(|chunks| metric.evaluate(chunks).unwrap()).collect();
    assert_eq!(values, [Some(1_099.5), Some(799.5), Some(1_099.5)]);
    let began = std::time::Instant::now();
    let rounds = 200;
    for _ in 0..rounds {
        metric.evaluate(&windows[0]).unwrap();
    }
    println!("{} us a window of 1,000 rows", began.elapsed().as_micros() / rounds);
    assert!(matches!(windows[0][0].column(0), ColumnValues::Number(_)));
}
