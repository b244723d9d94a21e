//! What whoever runs the service sees of it: figures, health, ids of requests, the reference.

use std::collections::BTreeMap;

use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::{Harness, orders};

#[tokio::test]
async fn two_services_do_not_share_a_data_folder() {
    let service = Harness::begin().await;
    let mut config = driftline_server::ServiceConfig::new(service.folder.path().to_path_buf());
    config.listen = ([127, 0, 0, 1], 0).into();
    let error = driftline_server::serve(config).await.unwrap_err();
    assert!(error.to_string().starts_with("another service works with the data folder"), "{error}");
    service.restart().await;
}

async fn text(service: &Harness, path: &str) -> String {
    let response = service.client.get(service.url(path)).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

/// The samples of a page of figures, by name and labels. Ends the test when the page is not well-formed.
fn samples(page: &str) -> BTreeMap<String, f64> {
    assert!(page.ends_with('\n'));
    let mut families: BTreeMap<&str, &str> = BTreeMap::new();
    let mut helped = "";
    let mut samples = BTreeMap::new();
    for line in page.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped = help.split_once(' ').unwrap().0;
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, helped, "a type follows its help");
            assert!(
                name.starts_with("driftline_") && name.bytes().all(|b| b == b'_' || b.is_ascii_lowercase())
            );
            assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
            assert!(families.insert(name, kind).is_none(), "{name} stands twice");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            assert!(series == name || series.ends_with("\"}"), "{line}");
            let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let known = families.contains_key(name)
                || of_histogram.is_some_and(|name| families.get(name) == Some(&"histogram"));
            assert!(known, "{line} has no type");
            assert!(
                samples.insert(series.to_owned(), value.parse().unwrap()).is_none(),
                "{line} stands twice"
            );
        }
    }
    samples
}

/// The page of figures, once a series is on it: a worker counts its work just after the end of a check can be seen.
async fn page_with(service: &Harness, series: &str) -> String {
    for _ in 0..1_000 {
        let page = text(service, "/metrics").await;
        if samples(&page).contains_key(series) {
            return page;
        }
    }
    panic!("{series} is never told");
}

#[tokio::test]
async fn figures_are_in_the_form_of_prometheus_and_count_requests_and_checks() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    text(&service, "/healthz").await;
    text(&service, "/healthz").await;
    service.ask("GET", "/no/such/path/7001", "", Value::Null).await.is(404);
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    let july = service.upload(&editor, "july.csv", orders(3_000, true)).await;
    let body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
    let check = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    let check = service.ended(&editor, check["id"].as_str().unwrap()).await;
    assert_eq!(check["state"], "done", "{check}");
    let done = "driftline_checks_ended_total{outcome=\"done\"}";
    let page = page_with(&service, done).await;
    let samples = samples(&page);
    let live = "method=\"GET\",route=\"/healthz\",status=\"2xx\"";
    let missing = "method=\"GET\",route=\"unmatched\",status=\"4xx\"";
    for (series, value) in [
        (&*format!("driftline_http_requests_total{{{live}}}"), 2.0),
        (&*format!("driftline_http_requests_total{{{missing}}}"), 1.0),
        ("driftline_http_request_duration_seconds_count{route=\"/healthz\"}", 2.0),
        ("driftline_http_request_duration_seconds_bucket{route=\"/healthz\",le=\"+Inf\"}", 2.0),
        ("driftline_errors_total{category=\"usage\",code=\"usage.no_such_path\"}", 1.0),
        ("driftline_read_rows_total", 5_000.0),
        (done, 1.0),
        ("driftline_jobs{state=\"queued\"}", 0.0),
        ("driftline_jobs{state=\"running\"}", 0.0),
        ("driftline_database_up", 1.0),
        ("driftline_workers", 1.0),
    ] {
        assert_eq!(samples.get(series), Some(&value), "{series} in\n{page}");
    }
    assert!(samples["driftline_read_bytes_total"] > 50_000.0);
    assert!(samples["driftline_chunk_max_seconds"] >= samples["driftline_chunk_last_seconds"]);
    assert!(samples["driftline_memory_budget_bytes"] > 0.0);
    assert!(samples.keys().any(|series| series.starts_with("driftline_build_info{version=")));
    assert!(!page.contains("/7001") && !page.contains(&january), "labels are patterns, never paths");
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn figures_are_kept_from_other_machines_unless_an_admin_asks() {
    let service = Harness::begin().await;
    let (admin, editor) = (service.token(Role::Admin).await, service.token(Role::Editor).await);
    // A proxy on this machine passes on what others ask.
    let passed_on = || service.client.get(service.url("/metrics")).header("x-forwarded-for", "10.1.2.3");
    assert_eq!(passed_on().send().await.unwrap().status(), 403);
    assert_eq!(passed_on().bearer_auth("no token").send().await.unwrap().status(), 403);
    assert_eq!(passed_on().bearer_auth(editor).send().await.unwrap().status(), 403);
    assert_eq!(passed_on().bearer_auth(admin).send().await.unwrap().status(), 200);
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn the_id_of_a_request_comes_back_with_the_answer_and_stands_in_problems() {
    let service = Harness::begin().await;
    let ask = async |path: &str, id: &str| {
        let response = service.client.get(service.url(path)).header("x-request-id", id).send().await.unwrap();
        let told = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let length = response.headers()["content-length"].to_str().unwrap().parse::<usize>().unwrap();
        let body = response.bytes().await.unwrap();
        assert_eq!(body.len(), length);
        (told, serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null))
    };
    assert_eq!(ask("/healthz", "build-7_A").await.0, "build-7_A");
    for path in ["/api/v1/checks", "/nowhere", "/sign-in"] {
        let (told, problem) = ask(path, "mine").await;
        assert_eq!((told.as_str(), &problem["error"]["request_id"]), ("mine", &json!("mine")), "{path}");
    }
    let mut others = Vec::new();
    for id in ["", "two words", "a;b", &"x".repeat(65)] {
        let (told, problem) = ask("/nowhere", id).await;
        assert!(told != id && !told.is_empty());
        assert_eq!(problem["error"]["request_id"], json!(told));
        others.push(told);
    }
    others.dedup();
    assert_eq!(others.len(), 4, "every request has an id of its own");
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn the_reference_names_every_operation_and_loads_nothing() {
    let service = Harness::begin().await;
    let response = service.client.get(service.url("/api/v1/docs")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-inline'"), "{policy}");
    let page = response.text().await.unwrap();
    let document = serde_json::to_value(driftline_server::document()).unwrap();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let heading = format!("<h3><code><b>{}</b> {path}</code></h3>", method.to_uppercase());
            assert!(page.contains(&heading), "{heading}");
            operations += 1;
        }
    }
    assert!(operations > 30);
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("<article id=\"schema-{name}\">")), "{name}");
    }
    for link in page.split("href=\"#").skip(1) {
        let target = link.split('"').next().unwrap();
        assert_eq!(page.matches(&format!("<article id=\"{target}\">")).count(), 1, "{target}");
    }
    for outside in ["http://", "https://", "<script", "src=", "url(", "@import", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(document["paths"].get("/api/v1/docs").is_none());
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_service_whose_folder_is_lost_is_not_ready_but_lives() {
    let service = Harness::begin().await;
    let checks = service.ask("GET", "/readyz", "", Value::Null).await.is(200);
    let names: Vec<_> =
        checks.as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    let expected =
        ["database", "data_folder", "disk_space", "memory", "queue", "workers", "clock", "alerts", "service"];
    assert_eq!(names, expected);
    // Taking rights away would not keep a superuser from writing; a folder that is not there does.
    std::fs::remove_dir_all(service.folder.path().join("uploads")).unwrap();
    let checks = service.ask("GET", "/readyz", "", Value::Null).await.is(503);
    let folder = &checks[1];
    assert_eq!(
        (&folder["ok"], &folder["state"], &folder["required"]),
        (&json!(false), &json!("failed"), &json!(true))
    );
    assert!(folder["help"].as_str().is_some_and(|help| help.contains("data folder")));
    assert!(
        !checks.to_string().contains(&*service.folder.path().to_string_lossy()),
        "no path of ours is told"
    );
    text(&service, "/healthz").await;
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn how_the_service_is_is_told_to_admins_only() {
    let service = Harness::begin().await;
    let (admin, editor) = (service.token(Role::Admin).await, service.token(Role::Editor).await);
    service.ask("GET", "/api/v1/system", "", Value::Null).await.is(401);
    service.ask("GET", "/api/v1/system", &editor, Value::Null).await.is(403);
    let system = service.ask("GET", "/api/v1/system", &admin, Value::Null).await.is(200);
    assert_eq!(system["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(system["database"], json!({ "kind": "sqlite", "answers": true }));
    assert_eq!(system["queue"], json!({ "queued": 0, "running": 0 }));
    assert_eq!(system["workers"], json!({ "wanted": 1, "alive": 1 }));
    assert_eq!(system["errors"], json!({ "access": 2 }));
    assert!(system["memory"]["budget_bytes"].as_u64().unwrap() > 0);
    assert_eq!(system["health"].as_array().unwrap().len(), 8);
    service.running.stop().await.unwrap();
}
