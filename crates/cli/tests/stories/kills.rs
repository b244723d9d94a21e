//! The service is killed at many instants; nothing that it acknowledged may be missing afterwards.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Story, orders};

/// Kills in a usual run of the tests; `DRIFTLINE_KILLS=100` for a thorough one (`make kills`).
const KILLS: u64 = 12;
/// How long a finished set of checks may take at the end.
const SETTLES_WITHIN: Duration = Duration::from_secs(300);

/// A service under its own process id.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(story: &Story) -> Self {
        let mut child = story
            .command("serve --data data --listen 127.0.0.1:0 --quiet")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What the service has said yes to.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Datasets with their checksums.
    datasets: BTreeMap<String, String>,
    checks: Vec<String>,
    /// Jobs that save versions of a baseline.
    baselines: Vec<String>,
    /// Findings with the version that a change gave them.
    findings: BTreeMap<String, i64>,
}

/// Somebody who asks the service; every failure to answer is the end of a round, not of the test.
struct Client {
    http: reqwest::Client,
    root: String,
    token: String,
}

impl Client {
    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Option<Value> {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.root));
        let request = request.bearer_auth(&self.token);
        let response =
            body.map_or(request.try_clone().unwrap(), |body| request.json(&body)).send().await.ok()?;
        let is_fine = response.status().is_success();
        assert!(response.status().as_u16() < 500, "{method} {path}: {}", response.status());
        let bytes = response.bytes().await.ok()?;
        is_fine.then(|| serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn upload(&self, name: &str, text: String) -> Option<Value> {
        let request = self.http.post(format!("{}/datasets?name={name}", self.root)).bearer_auth(&self.token);
        let response = request.body(text).send().await.ok()?;
        if response.status().as_u16() != 201 {
            return None;
        }
        serde_json::from_slice(&response.bytes().await.ok()?).ok()
    }

    /// Uploads, checks, saves baselines and answers findings until the service is gone.
    async fn work(&self, round: u64, seen: &mut Acknowledged) {
        for number in 0.. {
            let is_later = number % 2 == 1;
            let Some(dataset) = self.upload("orders.csv", orders(200 + round * 7 + number, is_later)).await
            else {
                return;
            };
            let id = dataset["id"].as_str().unwrap().to_owned();
            seen.datasets.insert(id.clone(), dataset["sha256"].as_str().unwrap().to_owned());
            let reference = seen.datasets.keys().next().unwrap();
            let body = json!({ "current": { "dataset": id }, "reference": { "dataset": reference } });
            let Some(check) = self.ask("POST", "/checks", Some(body)).await else { return };
            seen.checks.push(check["id"].as_str().unwrap().to_owned());
            let body = json!({ "datasets": [seen.datasets.keys().next_back().unwrap()] });
            let Some(job) = self.ask("POST", "/baselines/orders/versions", Some(body)).await else { return };
            seen.baselines.push(job["id"].as_str().unwrap().to_owned());
            let Some(page) = self.ask("GET", "/findings?state=open&limit=1", None).await else { return };
            if let Some(finding) = page["items"].get(0) {
                let version = finding["version"].as_i64().unwrap();
                let id = finding["id"].as_str().unwrap();
                let body = json!({ "version": version, "state": "acknowledged" });
                let Some(changed) = self.ask("PATCH", &format!("/findings/{id}"), Some(body)).await else {
                    return;
                };
                seen.findings.insert(id.to_owned(), changed["version"].as_i64().unwrap());
            }
        }
    }
}

fn http() -> reqwest::Client {
    // Fails from the second time on, when it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn kills() -> u64 {
    std::env::var("DRIFTLINE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS)
}

#[test]
fn nothing_acknowledged_is_lost() {
    let story = Story::begin();
    let token =
        story.run("token create kills --role editor --data data").ends_with(0).stdout.trim().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut seen = Acknowledged::default();
    for round in 0..kills() {
        let served = Served::start(&story);
        let client =
            Client { http: http(), root: format!("http://{}/api/v1", served.address), token: token.clone() };
        // From at once to three quarters of a second, in an order without a pattern.
        let instant = Duration::from_millis(10 + round * 389 % 740);
        runtime.block_on(async {
            let _ = tokio::time::timeout(instant, client.work(round, &mut seen)).await;
        });
        served.kill();
    }
    assert!(seen.datasets.len() as u64 > kills(), "{} datasets were acknowledged", seen.datasets.len());
    let served = Served::start(&story);
    let client = Client { http: http(), root: format!("http://{}/api/v1", served.address), token };
    runtime.block_on(async {
        tokio::time::timeout(SETTLES_WITHIN, all_is_there(&client, &seen))
            .await
            .expect("all checks end in time");
    });
    served.kill();
    story.run("audit verify --data data").ends_with(0);
}

#[expect(clippy::expect_used, reason = "what was acknowledged must be there")]
async fn all_is_there(client: &Client, seen: &Acknowledged) {
    for (id, sha256) in &seen.datasets {
        let known = client.ask("GET", &format!("/datasets/{id}"), None).await.expect("a dataset is missing");
        assert_eq!(known["dataset"]["sha256"], **sha256);
    }
    for id in &seen.checks {
        loop {
            let check = client.ask("GET", &format!("/checks/{id}"), None).await.expect("a check is missing");
            match check["state"].as_str().unwrap() {
                "done" => break,
                "failed" | "cancelled" => panic!("{check}"),
                _ => tokio::task::yield_now().await,
            }
        }
        let report =
            client.ask("GET", &format!("/checks/{id}/report"), None).await.expect("a report is missing");
        assert_eq!(report["schema_version"], 1);
    }
    one_version_a_job(client, seen).await;
    for (id, version) in &seen.findings {
        let known = client.ask("GET", &format!("/findings/{id}"), None).await.expect("a finding is missing");
        assert!(known["finding"]["version"].as_i64().unwrap() >= *version, "{known}");
    }
}

/// Every job that was acknowledged has saved its version, and no job has saved two.
#[expect(clippy::expect_used, reason = "what was acknowledged must be there")]
async fn one_version_a_job(client: &Client, seen: &Acknowledged) {
    let mut versions = BTreeSet::new();
    for id in &seen.baselines {
        let version = loop {
            let job =
                client.ask("GET", &format!("/baseline-jobs/{id}"), None).await.expect("a job is missing");
            match job["state"].as_str().unwrap() {
                "done" => break job["version"].as_u64().unwrap(),
                "failed" | "cancelled" => panic!("{job}"),
                _ => tokio::task::yield_now().await,
            }
        };
        assert!(versions.insert(version), "version {version} is that of two jobs");
    }
    // A job that nobody was told of may have been written down too.
    let (mut jobs, mut query) = (0, "?limit=200".to_owned());
    loop {
        let page = client.ask("GET", &format!("/baseline-jobs{query}"), None).await.expect("the jobs");
        let items = page["items"].as_array().unwrap();
        jobs += items.iter().filter(|job| job["state"] == "done").count();
        let is_over = items.iter().all(|job| job["state"] == "done");
        match page["next"].as_str() {
            // It waits still: all are counted anew.
            _ if !is_over => (jobs, query) = (0, "?limit=200".to_owned()),
            Some(next) => query = format!("?limit=200&before={next}"),
            None => break,
        }
    }
    let baselines = client.ask("GET", "/baselines", None).await.expect("the baselines");
    assert_eq!(baselines[0]["versions"].as_array().unwrap().len(), jobs, "one version a job");
}
