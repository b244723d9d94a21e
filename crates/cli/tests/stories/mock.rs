//! The mock as a program.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::program::{Story, run_async};
use crate::served::Served;

const TROUBLE: &str = r#"
[[fault]]
id = "dear"
kind = "mean_shift"
data = "orders"
column = "amount"
start = "5m"
length = "5m"
strength = 2.0

[[fault]]
id = "strange"
kind = "outliers"
data = "orders"
column = "weight_kg"
start = "5m"
length = "5m"
strength = 40.0
share = 0.01
"#;

async fn get(url: &str) -> (u16, String) {
    // Fails from the second time on, when it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let response = reqwest::get(url).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[test]
fn what_is_planted_is_found() {
    let story = Story::begin();
    story.file("trouble.toml", TROUBLE);
    let made = "mock rows orders --rate 20 --schedule trouble.toml";
    story.run(&format!("{made} --rows 5000 -o quiet.csv")).ends_with(0);
    story.run(&format!("{made} --from 10000 --rows 4000 -o loud.csv --truth truth.json")).ends_with(0);
    let truth: Value =
        serde_json::from_str(&std::fs::read_to_string(story.path("truth.json")).unwrap()).unwrap();
    let [dear, strange] = truth["faults"].as_array().unwrap().as_slice() else { panic!("{truth}") };
    assert_eq!((&dear["id"], &dear["column"]), (&"dear".into(), &"amount".into()));
    let rows = strange["rows"].as_array().unwrap();
    assert!(rows.len() > 20 && rows.iter().all(|row| (10_000..14_000).contains(&row.as_u64().unwrap())));
    let verdict = |current: &str, column: &str| {
        let report = story.run(&format!("check {current} --against quiet.csv --format json")).json();
        let columns = report["columns"].as_array().unwrap();
        let column = columns.iter().find(|it| it["name"] == column).unwrap_or_else(|| panic!("{report}"));
        column["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("loud.csv", "amount"), "drifted");
    assert_eq!(verdict("loud.csv", "country"), "stable");
    let quiet = "mock rows orders --rate 20 --schedule none --start 2024-01-08T12:00:00Z";
    story.run(&format!("{quiet} --rows 5000 -o next-week.csv")).ends_with(0);
    for column in ["amount", "country", "payment", "weight_kg"] {
        assert_eq!(verdict("next-week.csv", column), "stable", "{column}");
    }
}

#[test]
fn the_same_rows_in_every_form_and_from_everywhere() {
    let story = Story::begin();
    let made = "--seed 7 --start 2024-05-01 --history 10m --rate 5";
    let csv = story.run(&format!("mock rows web --rows 1000 {made}")).ends_with(0).stdout;
    assert_eq!(csv.lines().count(), 1_001);
    story.run(&format!("mock rows web --rows 1000 {made} -o web.csv")).ends_with(0);
    assert_eq!(std::fs::read_to_string(story.path("web.csv")).unwrap(), csv);
    let tail = story.run(&format!("mock rows web --from 900 --rows 100 {made}")).ends_with(0).stdout;
    assert!(csv.ends_with(tail.split_once('\n').unwrap().1));
    let lines = story.run(&format!("mock rows web --rows 1000 {made} --format ndjson")).ends_with(0).stdout;
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert!(csv.lines().nth(1).unwrap().starts_with(first["request_id"].as_str().unwrap()));
    assert_eq!(story.run(&format!("mock rows web --rows 0 {made}")).ends_with(0).stdout.lines().count(), 1);
    let served = Served::of(story.command(&format!("mock {made}")));
    let url = format!("http://{}/v1/web?limit=500", served.address);
    let (status, page) = run_async(get(&url));
    assert_eq!(status, 200);
    let page: Value = serde_json::from_str(&page).unwrap();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 500);
    for (item, line) in items.iter().zip(lines.lines()) {
        assert_eq!(*item, serde_json::from_str::<Value>(line).unwrap());
    }
}

#[cfg(unix)]
#[test]
fn it_serves_until_ctrl_c() {
    let story = Story::begin();
    let mut child = story
        .command("mock --data orders --speed 100 --token hidden")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let address = first.split_whitespace().nth(3).unwrap().to_owned();
    assert_eq!(first, format!("Mock API on {address} (what is planted: {address}/v1/truth)"));
    assert_eq!(run_async(get(&format!("{address}/v1/orders"))).0, 401);
    assert_eq!(run_async(get(&format!("{address}/health"))).0, 200);
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(lines.next().is_none(), "one line is all it says");
}

#[test]
fn what_cannot_be_made_is_said() {
    let story = Story::begin();
    story.file("wrong.toml", "[[fault]]\nkind = \"mean_shift\"\ndata = \"orders\"\ncolumn = \"amout\"\n");
    story
        .run("mock --schedule wrong.toml")
        .ends_with(2)
        .complains("error[usage.schedule]: wrong.toml: line 4: fault 1: `column` is `amout`")
        .complains("driftline mock schedule");
    story.run("mock --schedule none.toml").ends_with(2).complains("failed to read the schedule none.toml");
    story.run("mock --data customers").ends_with(2).complains("one of orders, sensors, web");
    story.run("mock --speed 0").ends_with(2).complains("speed is 0: a factor");
    story.run("mock --start soon").ends_with(2).complains("--start soon: write a moment");
    story.run("mock rows orders --rate 0").ends_with(2).complains("rate is 0: rows per second");
    story.run("mock rows orders --history long").ends_with(2).complains("--history long: write a length");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("mock --listen {}", taken.local_addr().unwrap());
    story.run(&line).ends_with(5).complains("error[system.listen]");
    let schedule = story.run("mock schedule").ends_with(0).stdout;
    story.file("own.toml", schedule);
    story.run("mock rows sensors --rows 10 --schedule own.toml").ends_with(0);
}
