//! Monitors: rows that are sent, windows, alarms, restarts.

use std::time::Duration;

use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::Harness;

/// Longest wait for something that must come.
const SOON: Duration = Duration::from_secs(60);

/// Rows of orders with amounts that are `factor` times as usual.
fn rows(from: usize, count: usize, factor: f64) -> String {
    let amount = |i: usize| {
        let spread = ((i * 7919) % 997) as f64 / 997.0;
        (10.0 + 30.0 * spread) * factor
    };
    let row = |i: usize| {
        let channel = if i.is_multiple_of(3) { "shop" } else { "web" };
        format!(
            "{{\"id\":{i},\"amount\":{},\"channel\":\"{channel}\",\"paid\":{}}}\n",
            amount(i),
            !i.is_multiple_of(5)
        )
    };
    (from..from + count).map(row).collect()
}

async fn send(harness: &Harness, token: &str, id: &str, body: String) -> u16 {
    let request = harness.client.post(harness.url(&format!("/api/v1/monitors/{id}/rows"))).bearer_auth(token);
    let request = request.header("content-type", "application/x-ndjson").body(body);
    request.send().await.unwrap().status().as_u16()
}

/// Asks again and again until the answer is as wanted.
async fn until(harness: &Harness, token: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let asked = async {
        loop {
            let answer = harness.ask("GET", path, token, Value::Null).await.body;
            if wanted(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, asked).await.unwrap_or_else(|_| panic!("{path} never became as wanted"))
}

fn rows_in(windows: &Value) -> u64 {
    windows.as_array().map_or(0, |all| all.iter().filter_map(|window| window["rows"].as_u64()).sum())
}

async fn begin(harness: &Harness, token: &str, settings: Value) -> String {
    let body = json!({"name": "orders", "feed": {"kind": "push"}, "settings": settings});
    let made = harness.ask("POST", "/api/v1/monitors", token, body).await.is(201);
    let id = made["monitor"]["id"].as_str().unwrap().to_owned();
    until(harness, token, &format!("/api/v1/monitors/{id}"), |answer| !answer["status"].is_null()).await;
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_counted_once_over_restarts() {
    let mut harness = Harness::begin().await;
    let token = harness.token(Role::Admin).await;
    let id = begin(&harness, &token, json!({})).await;
    let path = format!("/api/v1/monitors/{id}/windows?from=0");
    let mut sent = 0;
    for round in 0..3 {
        for _ in 0..4 {
            assert_eq!(send(&harness, &token, &id, rows(sent, 250, 1.0)).await, 202);
            sent += 250;
        }
        if round == 1 {
            assert_eq!(send(&harness, &token, &id, "{\"id\":\nnot json\n".to_owned()).await, 202);
        }
        harness = harness.restart().await;
        until(&harness, &token, &format!("/api/v1/monitors/{id}"), |answer| !answer["status"].is_null())
            .await;
    }
    let windows = until(&harness, &token, &path, |windows| rows_in(windows) >= sent as u64).await;
    assert_eq!(rows_in(&windows), sent as u64);
    let rejected: u64 =
        windows.as_array().unwrap().iter().filter_map(|window| window["rejected_rows"].as_u64()).sum();
    assert_eq!(rejected, 2);
    let details = harness.ask("GET", &format!("/api/v1/monitors/{id}"), &token, Value::Null).await.is(200);
    assert_eq!(details["status"]["rows"], sent as u64);
    harness.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_on_a_feed_is_one_incident_that_recovers() {
    let harness = Harness::begin().await;
    let token = harness.token(Role::Admin).await;
    let settings = json!({
        "window": {"length_secs": 0.2}, "baseline": {"learned": 3.0}, "alarms": {"recover_windows": 10},
    });
    let id = begin(&harness, &token, settings).await;
    let path = format!("/api/v1/monitors/{id}");
    let mut sent = 0;
    let mut feed = async |secs: f64, factor: f64| {
        let end = tokio::time::Instant::now() + Duration::from_secs_f64(secs);
        let mut tick = tokio::time::interval(Duration::from_millis(50));
        while tokio::time::Instant::now() < end {
            tick.tick().await;
            assert_eq!(send(&harness, &token, &id, rows(sent, 60, factor)).await, 202);
            sent += 60;
        }
    };
    feed(8.0, 1.0).await;
    let calm = until(&harness, &token, &path, |details| details["status"]["learned_ratio"] == 1.0).await;
    assert_eq!(calm["findings_open"], 0);
    feed(4.0, 1.5).await;
    let asked = json!({"window": {"length_secs": 0.2}, "alarms": {"per_week": 100.0}});
    let seen = harness.ask("POST", &format!("{path}/preview"), &token, asked).await.is(200);
    assert!(
        seen["windows"].as_u64().unwrap() > 10 && seen["finds"][0]["windows"].as_f64() > Some(0.0),
        "{seen}"
    );
    let incidents = until(&harness, &token, "/api/v1/incidents", |page| page["items"][0].is_object()).await;
    assert_eq!(incidents["items"].as_array().unwrap().len(), 1, "{incidents}");
    assert_eq!(incidents["items"][0]["current_name"], "orders");
    let findings = harness.ask("GET", "/api/v1/findings", &token, Value::Null).await.is(200);
    let drifted =
        findings["items"].as_array().unwrap().iter().find(|finding| finding["code"] == "drift.value");
    assert_eq!(drifted.unwrap()["column"], "amount", "{findings}");
    let check = findings["items"][0]["check_id"].as_str().unwrap();
    let report =
        harness.ask("GET", &format!("/api/v1/checks/{check}/report"), &token, Value::Null).await.is(200);
    assert_eq!(report["current"]["name"], "orders");
    feed(14.0, 1.0).await;
    let over = |page: &Value| page["items"][0]["state"] == "resolved";
    until(&harness, &token, "/api/v1/incidents", over).await;
    harness.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_are_followed_as_they_close() {
    let harness = Harness::begin().await;
    let token = harness.token(Role::Viewer).await;
    let editor = harness.token(Role::Editor).await;
    let id = begin(&harness, &editor, json!({"window": {"length_secs": 0.2}})).await;
    assert_eq!(send(&harness, &editor, &id, rows(0, 10, 1.0)).await, 202);
    let url = harness.url(&format!("/api/v1/monitors/{id}/live?after=0&metrics=rows_per_sec"));
    let mut stream = harness.client.get(url).bearer_auth(&token).send().await.unwrap();
    let mut text = String::new();
    let read = async {
        while !text.contains("\"rows\":10") {
            text.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
    };
    tokio::time::timeout(SOON, read).await.unwrap();
    assert!(text.contains("event: window") && text.contains("rows_per_sec"), "{text}");
    assert!(!text.contains("amount.mean"), "{text}");
    drop(stream);
    harness.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_of_ones_own_are_computed_of_every_window() {
    let harness = Harness::begin().await;
    let token = harness.token(Role::Admin).await;
    let web = json!({"name": "web basket", "expression": "avg(amount) filter (where channel = 'web')", "unit": "EUR"});
    let id = begin(&harness, &token, json!({"metrics": [web]})).await;
    let path = format!("/api/v1/monitors/{id}");
    let of_metric = format!("{path}/windows?from=0&metrics=web%20basket");
    let row = |amount: u32, channel: &str| format!("{{\"amount\":{amount},\"channel\":\"{channel}\"}}\n");
    let rows = [row(10, "web"), row(30, "web"), row(1000, "shop")].concat();
    assert_eq!(send(&harness, &token, &id, rows.clone()).await, 202);
    let has = |windows: &Value, value: f64| {
        let all = windows.as_array().unwrap();
        all.iter().any(|window| window["values"]["web basket"] == value)
    };
    until(&harness, &token, &of_metric, |windows| has(windows, 20.0)).await;
    let details = harness.ask("GET", &path, &token, Value::Null).await.is(200);
    assert_eq!(details["monitor"]["settings"]["metrics"][0]["unit"], "EUR");
    assert_eq!(details["status"]["notes"], Value::Null, "{details}");
    // Another metric is added: what was learned stays. A column that is not there is told, and stops nothing.
    let missing = json!({"name": "tips", "expression": "sum(tip)"});
    let change = json!({"version": 1, "settings": {"metrics": [web, missing]}});
    harness.ask("PATCH", &path, &token, change).await.is(200);
    let is_running = |details: &Value| details["status"]["rows"].is_u64();
    until(&harness, &token, &path, is_running).await;
    let told = async {
        loop {
            // The feed of the monitor before is closed when it is changed.
            send(&harness, &token, &id, rows.clone()).await;
            let details = harness.ask("GET", &path, &token, Value::Null).await.body;
            if details["status"]["notes"].is_array() {
                return details;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let details = tokio::time::timeout(SOON, told).await.unwrap();
    let note = details["status"]["notes"][0].as_str().unwrap();
    assert!(note.contains("`tips`") && note.contains("tip"), "{note}");
    assert!(details["status"]["rows"].as_u64().unwrap() >= 6, "{details}");
    assert_eq!(details["status"]["error"], Value::Null);
    let recent = until(&harness, &token, &of_metric, |windows| {
        windows.as_array().unwrap().iter().filter(|window| window["values"]["web basket"] == 20.0).count()
            >= 2
    })
    .await;
    assert!(has(&recent, 20.0));
    // It is put right, and the note is gone.
    let change =
        json!({"version": 2, "settings": {"metrics": [{"name": "tips", "expression": "sum(amount)"}]}});
    harness.ask("PATCH", &path, &token, change).await.is(200);
    let right = async {
        loop {
            send(&harness, &token, &id, rows.clone()).await;
            let windows = harness.ask("GET", &format!("{path}/windows"), &token, Value::Null).await.body;
            let all = windows.as_array().unwrap();
            if all.iter().any(|window| window["values"]["tips"].as_f64() >= Some(1040.0)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, right).await.unwrap();
    let details = harness.ask("GET", &path, &token, Value::Null).await.is(200);
    assert_eq!(details["status"]["notes"], Value::Null, "{details}");
    harness.running.stop().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_right_is_refused() {
    let harness = Harness::begin().await;
    let token = harness.token(Role::Editor).await;
    let viewer = harness.token(Role::Viewer).await;
    let refused = async |body: Value| harness.ask("POST", "/api/v1/monitors", &token, body).await;
    let push = json!({"kind": "push"});
    assert_eq!(refused(json!({"name": " ", "feed": push})).await.status, 422);
    let short = json!({"name": "a", "feed": push, "settings": {"window": {"length_secs": 0.01}}});
    assert_eq!(refused(short).await.status, 422);
    let missing = json!({"name": "a", "feed": push, "settings": {"baseline": {"saved": "nothing"}}});
    assert_eq!(refused(missing).await.status, 404);
    let own = json!([{"name": "all", "expression": "count(*)"}, {"name": "m", "expression": "avg(x) ) + 1"}]);
    let wrong = refused(json!({"name": "a", "feed": push, "settings": {"metrics": own}})).await.is(422);
    let message = wrong["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("`metrics[1].expression`: the metric `m` cannot be computed"), "{message}");
    assert_eq!(wrong["error"]["place"], json!({"line": 1, "column": 8}), "{message}");
    let taken = json!([{"name": "rows_per_sec", "expression": "count(*)"}]);
    assert_eq!(refused(json!({"name": "a", "feed": push, "settings": {"metrics": taken}})).await.status, 422);
    let stream = json!({"kind": "stream", "url": "ftp://example.com"});
    assert_eq!(refused(json!({"name": "a", "feed": stream})).await.status, 422);
    assert_eq!(
        harness.ask("POST", "/api/v1/monitors", &viewer, json!({"name": "a", "feed": push})).await.status,
        403
    );
    let secret = json!({"kind": "stream", "url": "https://example.invalid/x", "authorization": "Bearer abc"});
    let made = refused(json!({"name": "a", "feed": secret})).await.is(201);
    assert_eq!(made["monitor"]["feed"]["authorization"], "•••");
    assert_eq!(refused(json!({"name": "a", "feed": push})).await.code(), "monitor.name_taken");
    let id = made["monitor"]["id"].as_str().unwrap();
    let path = format!("/api/v1/monitors/{id}");
    let paused = harness.ask("PATCH", &path, &token, json!({"version": 1, "state": "paused"})).await.is(200);
    assert_eq!((&paused["monitor"]["state"], &paused["monitor"]["version"]), (&json!("paused"), &json!(2)));
    assert_eq!(harness.ask("PATCH", &path, &token, json!({"version": 1})).await.code(), "usage.version");
    let moved = json!({"kind": "stream", "url": "https://elsewhere.invalid/x", "authorization": "•••"});
    assert_eq!(harness.ask("PATCH", &path, &token, json!({"version": 2, "feed": moved})).await.status, 422);
    assert_eq!(send(&harness, &token, id, String::new()).await, 409);
    harness.ask("DELETE", &path, &token, Value::Null).await.is(204);
    harness.running.stop().await.unwrap();
}
