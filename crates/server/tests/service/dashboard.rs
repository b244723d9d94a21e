//! How the dashboard is handed out, and the samples that it is shown with.

use driftline_model::service::Role;
use driftline_server::{Sample, add_samples};
use serde_json::Value;

use crate::support::{Harness, orders};

#[tokio::test]
async fn pages_come_under_a_strict_policy_and_paths_of_the_api_do_not_become_pages() {
    let service = Harness::begin().await;
    let get = |path: &str, kinds: &'static str| {
        service.client.get(service.url(path)).header("accept", kinds).send()
    };
    for path in ["/", "/checks/7?tab=rows", "/a/page/of/tomorrow"] {
        let page = get(path, "text/html,*/*").await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(page.headers()["cache-control"], "no-cache");
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{policy}");
        assert!(page.text().await.unwrap().contains("Driftline"));
    }
    for (path, kinds) in
        [("/api/v1/nowhere", "text/html"), ("/checks/7", "application/json"), ("/a.js", "*/*")]
    {
        let answer = get(path, kinds).await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let problem: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(problem["error"]["code"], "usage.no_such_path");
    }
    service.ask("POST", "/checks/7", "", Value::Null).await.is(404);
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn a_link_that_was_used_leads_browsers_to_an_explanation() {
    let service = Harness::begin().await;
    let quiet = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let open = |query: &str, kinds: &'static str| {
        quiet.get(service.url(&format!("/sign-in?{query}"))).header("accept", kinds).send()
    };
    let used = open("secret=used", "text/html").await.unwrap();
    assert_eq!(
        (used.status().as_u16(), used.headers()["location"].to_str().unwrap()),
        (303, "/?sign_in=expired")
    );
    assert_eq!(open("secret=used", "*/*").await.unwrap().status(), 401);
    for (to, page) in [("/checks/7", "/checks/7"), ("//evil.example", "/"), ("https://evil.example", "/")] {
        let secret = driftline_server::sign_in_link(service.running.database(), "owner@localhost").await;
        let secret = secret.unwrap().unwrap();
        let opened = open(&format!("secret={secret}&to={to}"), "text/html").await.unwrap();
        assert_eq!(opened.headers()["location"].to_str().unwrap(), page);
        assert!(opened.headers().contains_key("set-cookie"));
    }
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn samples_are_a_workspace_to_look_around_in() {
    let service = Harness::begin().await;
    let sample = |name, later| Sample { name, bytes: orders(2_000, later).leak().as_bytes() };
    let path = add_samples(
        &service.running,
        sample("june.csv", false),
        sample("july.csv", true),
        "http://127.0.0.1:9/orders",
    )
    .await
    .unwrap();
    let token = service.token(Role::Viewer).await;
    let id = path.strip_prefix("/checks/").unwrap();
    let check = service.ask("GET", &format!("/api/v1/checks/{id}"), &token, Value::Null).await.is(200);
    assert_eq!((&check["state"], &check["verdict"]), (&"done".into(), &"drifted".into()));
    let list = |path: &'static str| service.ask("GET", path, &token, Value::Null);
    assert_eq!(list("/api/v1/baselines").await.is(200)[0]["name"], "flights");
    assert_eq!(list("/api/v1/datasets").await.is(200)["items"].as_array().unwrap().len(), 2);
    let checks = list("/api/v1/checks").await.is(200)["items"].as_array().unwrap().clone();
    let verdicts: Vec<_> = checks.iter().map(|check| check["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["drifted", "stable"]);
    let owner = service.token(Role::Admin).await;
    let tokens = service.ask("GET", "/api/v1/tokens", &owner, Value::Null).await.is(200);
    assert!(tokens.as_array().unwrap().iter().all(|token| token["name"] != "samples"), "{tokens}");
    service.running.stop().await.unwrap();
}
