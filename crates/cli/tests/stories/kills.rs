//! The service is killed at many instants; nothing that it acknowledged may be missing afterwards.

#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use driftline_model::service::PageRequest;
use driftline_server::{ServiceConfig, Swept, serve, sweep};
use driftline_store::{CheckFilter, Database};
use serde_json::{Value, json};

use crate::program::{Story, orders};
use crate::served::{Client, SETTLES_WITHIN, Served};

/// Kills in a usual run of the tests; `DRIFTLINE_KILLS=100` for a thorough one (`make kills`).
const KILLS: u64 = 12;
/// Long enough for everything that nothing refers to to be swept, and for every upload to be given up.
const LATER_MS: i64 = 2 * 24 * 60 * 60 * 1000;

/// What the service has said yes to.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Datasets with their checksums.
    datasets: BTreeMap<String, String>,
    checks: Vec<String>,
    /// Findings with the version that a change gave them.
    findings: BTreeMap<String, i64>,
    /// Comments with their findings.
    comments: BTreeMap<String, String>,
    /// Jobs that save versions of the baseline `orders`.
    baselines: Vec<String>,
}

/// What was answered with success; nothing when the service has gone. Nothing else may come.
fn fine(answer: Option<crate::served::Answer>) -> Option<Value> {
    let answer = answer?;
    assert!((200..300).contains(&answer.status), "{answer:?}");
    Some(answer.body)
}

/// Uploads, checks, answers findings and saves baselines until the service is gone.
async fn work(client: &Client, round: u64, seen: &mut Acknowledged) {
    for number in 0.. {
        if step(client, round * 7 + number, seen).await.is_none() {
            return;
        }
    }
}

async fn step(client: &Client, number: u64, seen: &mut Acknowledged) -> Option<()> {
    let text = orders(200 + number, number % 2 == 1);
    let dataset = fine(client.try_upload("orders.csv", text).await)?;
    let id = dataset["id"].as_str().unwrap().to_owned();
    seen.datasets.insert(id.clone(), dataset["sha256"].as_str().unwrap().to_owned());
    let reference = seen.datasets.keys().next().unwrap();
    let body = json!({ "current": { "dataset": id }, "reference": { "dataset": reference } });
    let check = fine(client.try_ask("POST", "/checks", Some(body)).await)?;
    seen.checks.push(check["id"].as_str().unwrap().to_owned());
    if number.is_multiple_of(3) {
        let body = Some(json!({ "dataset": id }));
        let job = fine(client.try_ask("POST", "/baselines/orders/versions", body).await)?;
        seen.baselines.push(job["id"].as_str().unwrap().to_owned());
    }
    for _ in 0..3 {
        let page = fine(client.try_ask("GET", "/findings?state=open&limit=1", None).await)?;
        let Some(finding) = page["items"].get(0) else { break };
        let (id, version) = (finding["id"].as_str().unwrap(), finding["version"].as_i64().unwrap());
        let said = Some(json!({ "text": format!("seen in {number}") }));
        let comment = fine(client.try_ask("POST", &format!("/findings/{id}/comments"), said).await)?;
        seen.comments.insert(comment["id"].as_str().unwrap().to_owned(), id.to_owned());
        let body = Some(json!({ "version": version, "state": "acknowledged" }));
        let changed = fine(client.try_ask("PATCH", &format!("/findings/{id}"), body).await)?;
        seen.findings.insert(id.to_owned(), changed["version"].as_i64().unwrap());
    }
    Some(())
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
        let served = Served::start(&story, "--data data");
        let client = Client::of(&served, &token);
        // From at once to three quarters of a second, in an order without a pattern.
        let instant = Duration::from_millis(10 + round * 389 % 740);
        runtime.block_on(async {
            let _ = tokio::time::timeout(instant, work(&client, round, &mut seen)).await;
        });
        served.kill();
    }
    assert!(seen.datasets.len() as u64 > kills(), "{} datasets were acknowledged", seen.datasets.len());
    assert!(!seen.findings.is_empty() && !seen.comments.is_empty(), "no finding was answered");
    let served = Served::start(&story, "--data data");
    let client = Client::of(&served, &token);
    runtime.block_on(async {
        tokio::time::timeout(SETTLES_WITHIN, all_is_there(&client, &seen))
            .await
            .expect("all checks end in time");
    });
    served.kill();
    story.run("audit verify --data data").ends_with(0);
    runtime.block_on(nothing_is_left_over(&story.path("data")));
    story.run("audit verify --data data").ends_with(0);
}

#[expect(clippy::expect_used, reason = "what was acknowledged must be there")]
async fn all_is_there(client: &Client, seen: &Acknowledged) {
    for (id, sha256) in &seen.datasets {
        let known = client.ask("GET", &format!("/datasets/{id}"), None).await.is(200);
        assert_eq!(known["dataset"]["sha256"], **sha256);
    }
    for id in &seen.checks {
        let check = client.ended(id).await;
        assert_eq!(check["state"], "done", "{check}");
        assert_eq!(client.get(&format!("/checks/{id}/report")).await["schema_version"], 1);
    }
    for (id, version) in &seen.findings {
        let known = client.get(&format!("/findings/{id}")).await;
        assert!(known["finding"]["version"].as_i64().unwrap() >= *version, "{known}");
    }
    for (id, finding) in &seen.comments {
        let known = client.get(&format!("/findings/{finding}")).await;
        let mut comments = known["comments"].as_array().expect("a list").iter();
        assert!(comments.any(|comment| comment["id"] == **id), "a comment is missing: {known}");
    }
    one_version_a_job(client, seen).await;
}

/// Every job that was acknowledged has saved its version, and no job has saved two.
async fn one_version_a_job(client: &Client, seen: &Acknowledged) {
    let mut versions = BTreeSet::new();
    for id in &seen.baselines {
        let job = client.over(&format!("/baseline-jobs/{id}")).await;
        assert_eq!(job["state"], "done", "{job}");
        let version = job["version"].as_u64().unwrap();
        assert!(versions.insert(version), "version {version} is that of two jobs");
    }
    // A job that nobody was told of may have been written down too.
    let (mut jobs, mut before) = (0, String::new());
    loop {
        let page = client.get(&format!("/baseline-jobs?limit=200{before}")).await;
        for job in page["items"].as_array().unwrap() {
            let job = client.over(&format!("/baseline-jobs/{}", job["id"].as_str().unwrap())).await;
            assert_eq!(job["state"], "done", "{job}");
            jobs += 1;
        }
        let Some(next) = page["next"].as_str() else { break };
        before = format!("&before={next}");
    }
    let baselines = client.get("/baselines").await;
    let saved = baselines[0]["versions"].as_array().map_or(0, Vec::len);
    assert_eq!(saved, jobs, "one version a job");
}

/// Sweeps as if it were much later: then every file is one that something refers to, and the other way round.
async fn nothing_is_left_over(data: &Path) {
    let mut config = ServiceConfig::new(data.to_path_buf());
    config.listen = ([127, 0, 0, 1], 0).into();
    let running = serve(config).await.unwrap();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    for _ in 0..3 {
        sweep(&running.service, now + LATER_MS).await.unwrap();
    }
    assert_eq!(sweep(&running.service, now + LATER_MS).await.unwrap(), Swept::default());
    let (referred_to, baselines) = referred_to(running.database(), data).await;
    assert_eq!(files(&data.join("blobs")), referred_to, "blobs and what refers to them");
    assert_eq!(files(&data.join("uploads")), BTreeSet::new());
    assert_eq!(files(&data.join("workspaces")), baselines, "baselines and their index");
    let others: Vec<String> = std::fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("driftline.db") && name != "service.lock" && name != "database.id")
        .collect();
    assert_eq!(
        others.iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([&"blobs".to_owned(), &"uploads".to_owned(), &"workspaces".to_owned()])
    );
    running.stop().await.unwrap();
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path);
        }
    }
    found
}

/// The files that the database names, and those that the indexes of baselines name.
async fn referred_to(database: &Database, data: &Path) -> (BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let (mut blobs, mut baselines) = (BTreeSet::new(), BTreeSet::new());
    for (workspace, _) in database.workspaces().await.unwrap() {
        let mut page = PageRequest { limit: Some(200), before: None };
        loop {
            let list = database.datasets(&workspace, &page).await.unwrap();
            for dataset in list.items {
                let stored = database.dataset(&workspace, &dataset.id).await.unwrap().unwrap();
                blobs.insert(data.join("blobs").join(stored.blob));
            }
            page.before = list.next;
            if page.before.is_none() {
                break;
            }
        }
        loop {
            let list = database.checks(&workspace, &CheckFilter::default(), &page).await.unwrap();
            for check in list.items {
                let stored = database.check(&workspace, &check.id).await.unwrap().unwrap();
                blobs.insert(data.join("blobs").join(stored.report_blob.unwrap()));
                let profiles = database.profiles(&workspace, &check.id).await.unwrap();
                blobs.extend(profiles.map(|blob| data.join("blobs").join(blob)));
            }
            page.before = list.next;
            if page.before.is_none() {
                break;
            }
        }
        let root = data.join("workspaces").join(&workspace);
        for baseline in driftline_store::Workspace::at(&root).list().unwrap() {
            let folder = root.join("baselines").join(&baseline.name);
            baselines.extend([".lock", "index.json"].map(|name| folder.join(name)));
            let versions = baseline.versions.iter();
            baselines.extend(versions.map(|one| folder.join(format!("v{:06}.dlp", one.version))));
        }
    }
    (blobs, baselines)
}
