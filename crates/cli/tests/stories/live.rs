//! A monitor while the service is killed and its channel is down.

#![cfg(unix)]

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::program::{Story, run_async};
use crate::served::{Client, SETTLES_WITHIN, Served};

/// Kills in a usual run of the tests; `DRIFTLINE_KILLS=100` for a thorough one (`make kills`).
const KILLS: u64 = 12;
/// Rows that are sent at a time.
const BATCH: u64 = 60;

fn kills() -> u64 {
    std::env::var("DRIFTLINE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

fn started(story: &Story) -> Served {
    let mut command = story.command("serve --data data --listen 127.0.0.1:0 --quiet");
    command.env("DRIFTLINE_ALERTS_ALLOW_PRIVATE_ADDRESSES", "true").env("DRIFTLINE_ALERTS_RETRY_SECS", "1");
    Served::of(command)
}

/// Orders whose amounts are `factor` times as usual.
fn rows(batch: u64, factor: f64) -> String {
    let row = |i: u64| {
        let amount = (10.0 + 30.0 * ((i * 7919) % 997) as f64 / 997.0) * factor;
        let channel = if i.is_multiple_of(3) { "shop" } else { "web" };
        format!("{{\"id\":{i},\"amount\":{amount},\"channel\":\"{channel}\"}}\n")
    };
    (batch * BATCH..(batch + 1) * BATCH).map(row).collect()
}

/// What is sent, one batch after the other, each until it is taken.
pub(crate) struct Sender {
    id: String,
    batch: u64,
    factor: f64,
}

impl Sender {
    /// Begins a monitor and somebody who sends to it.
    pub(crate) async fn begin(client: &Client) -> Self {
        let settings = json!({ "window": { "length_secs": 0.2 }, "baseline": { "learned": 3.0 } });
        let body = json!({ "name": "orders", "feed": { "kind": "push" }, "settings": settings });
        let made = client.ask("POST", "/monitors", Some(body)).await.is(201);
        Self { id: made["monitor"]["id"].as_str().unwrap().to_owned(), batch: 0, factor: 1.0 }
    }

    /// Sends until the service has gone or the time is over.
    pub(crate) async fn send(&mut self, client: &Client, time: Duration) {
        let _ = tokio::time::timeout(time, async {
            let mut tick = tokio::time::interval(Duration::from_millis(25));
            loop {
                tick.tick().await;
                // Not there yet: the monitor is about to begin.
                if self.send_one(client).await.is_some_and(|status| status == 202) {
                    self.batch += 1;
                }
            }
        })
        .await;
    }

    /// Every row that was taken is in a window, and in one only.
    pub(crate) async fn counted_exactly(&mut self, client: &Client) {
        self.settle(client).await;
        let sent = self.batch * BATCH;
        let windows = format!("/monitors/{}/windows?from=0", self.id);
        let windows = until(client, &windows, |windows| rows_in(windows) >= sent).await;
        assert_eq!(rows_in(&windows), sent);
        let details = client.get(&format!("/monitors/{}", self.id)).await;
        let status = &details["status"];
        assert_eq!((&status["rows"], &status["lost_rows"]), (&json!(sent), &json!(0)));
    }

    /// Sends the batch that may or may not have been taken until it is.
    async fn settle(&mut self, client: &Client) {
        let deadline = Instant::now() + SETTLES_WITHIN;
        while self.send_one(client).await != Some(202) {
            assert!(Instant::now() < deadline, "rows are never taken");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.batch += 1;
    }

    pub(crate) async fn send_one(&self, client: &Client) -> Option<u16> {
        let path = format!("/monitors/{}/rows", self.id);
        let answer =
            client.send_rows(&path, rows(self.batch, self.factor), &format!("b{}", self.batch)).await?;
        assert!(matches!(answer.status, 202 | 503 | 507), "{answer:?}");
        Some(answer.status)
    }
}

/// Asks until the answer is as wanted.
async fn until(client: &Client, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + SETTLES_WITHIN;
    loop {
        let answer = client.get(path).await;
        if wanted(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "{path} never became as wanted: {answer}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn rows_in(windows: &Value) -> u64 {
    windows.as_array().map_or(0, |all| all.iter().filter_map(|window| window["rows"].as_u64()).sum())
}

/// Answers deliveries with success as long as somebody waits for it, and notes their ids.
async fn answer(listener: &TcpListener, seen: &mut BTreeSet<String>) -> Infallible {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let (mut line, mut length) = (String::new(), 0);
        while stream.read_line(&mut line).await.unwrap() > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(id) = lower.strip_prefix("x-driftline-delivery:") {
                seen.insert(id.trim().to_owned());
            } else if let Some(text) = lower.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap();
            }
            line.clear();
        }
        stream.read_exact(&mut vec![0; length]).await.unwrap();
        stream.write_all(b"HTTP/1.1 204 Fine\r\nConnection: close\r\n\r\n").await.unwrap();
    }
}

#[test]
fn kills_lose_no_row_and_an_alarm_is_told_once() {
    let story = Story::begin();
    let token = story.run("token create t --role admin --data data").ends_with(0).stdout.trim().to_owned();
    run_async(async {
        let served = started(&story);
        let client = Client::of(&served, &token);
        // Nobody listens there until the end: the channel is down.
        let down = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = down.local_addr().unwrap();
        drop(down);
        let hook =
            json!({ "name": "Hook", "kind": "webhook", "config": { "url": format!("http://{address}/") } });
        let channel = client.ask("POST", "/channels", Some(hook)).await.is(201);
        let rule = json!({ "name": "All", "min_severity": "low", "channels": [channel["id"]] });
        client.ask("POST", "/alert-rules", Some(rule)).await.is(201);
        let mut sender = Sender::begin(&client).await;
        sender.send(&client, Duration::from_secs(6)).await;
        served.kill();
        for round in 0..kills() {
            let served = started(&story);
            let client = Client::of(&served, &token);
            // Most rounds end before anything was kept, some after it.
            let long = if round % 4 == 3 { 3_200 } else { 0 };
            sender.factor = if round * 2 < kills() { 1.0 } else { 1.5 };
            sender.send(&client, Duration::from_millis(100 + long + round * 389 % 740)).await;
            served.kill();
        }
        let served = started(&story);
        let client = Client::of(&served, &token);
        let is_told = |page: &Value| page["items"].as_array().is_some_and(|all| !all.is_empty());
        let deadline = Instant::now() + SETTLES_WITHIN;
        while !is_told(&client.get("/findings").await) {
            assert!(Instant::now() < deadline, "half as much again is never told");
            sender.send(&client, Duration::from_secs(1)).await;
        }
        sender.counted_exactly(&client).await;
        let findings = client.get("/findings?limit=200").await;
        let all = findings["items"].as_array().unwrap();
        let about: Vec<_> = all.iter().map(|one| (one["code"].as_str(), one["column"].as_str())).collect();
        assert_eq!(about.iter().collect::<BTreeSet<_>>().len(), about.len(), "each once: {about:?}");
        assert!(about.contains(&(Some("drift.value"), Some("amount"))), "{about:?}");
        let incidents = client.get("/incidents").await;
        assert_eq!(incidents["items"].as_array().unwrap().len(), 1, "{incidents}");

        let log = format!("/deliveries?channel={}", channel["id"].as_str().unwrap());
        until(&client, &log, is_told).await;
        let listener = TcpListener::bind(address).await.unwrap();
        // More may come while they are delivered: that no row comes any more, say.
        let is_delivered =
            |page: &Value| page["items"].as_array().unwrap().iter().all(|one| one["state"] == "delivered");
        let mut seen = BTreeSet::new();
        let log = tokio::select! {
            never = answer(&listener, &mut seen) => match never {},
            log = until(&client, &log, is_delivered) => log,
        };
        assert_eq!(seen.len(), log["items"].as_array().unwrap().len(), "each was delivered");
        served.kill();
    });
    story.run("audit verify --data data").ends_with(0);
}
