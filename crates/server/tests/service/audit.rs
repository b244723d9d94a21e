//! The audit log: searched, and taken away as a file.

use driftline_model::service::{AuditEntry, Role};
use driftline_store::AuditLine;
use serde_json::{Value, json};

use crate::support::{Harness, orders};

/// The lines of an answer.
async fn lines(service: &Harness, admin: &str, question: &str) -> Vec<AuditEntry> {
    let page = service.ask("GET", &format!("/api/v1/audit{question}"), admin, Value::Null).await.is(200);
    serde_json::from_value(page["items"].clone()).unwrap()
}

async fn file(service: &Harness, admin: &str, question: &str) -> (String, String) {
    let request = service.client.get(service.url(&format!("/api/v1/audit{question}"))).bearer_auth(admin);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(response.headers()["content-disposition"].to_str().unwrap().contains("driftline-audit."));
    (kind, response.text().await.unwrap())
}

#[tokio::test]
async fn lines_are_found_by_who_what_outcome_and_when() {
    let service = Harness::begin().await;
    let (admin, editor) = (service.token(Role::Admin).await, service.token(Role::Editor).await);
    service.upload(&editor, "one.csv", orders(10, false)).await;
    service.ask("GET", "/api/v1/system", &editor, Value::Null).await.is(403);
    let created = lines(&service, &admin, "?action=dataset.").await;
    assert_eq!((created.len(), &*created[0].action), (1, "dataset.create"));
    let refused = lines(&service, &admin, "?outcome=refused").await;
    assert_eq!((refused.len(), &*refused[0].subject), (1, "/api/v1/system"));
    // The token acts for a person: both names of the person find what it did.
    let by_address = lines(&service, &admin, "?actor=Editor@example.com").await;
    assert_eq!(by_address, [refused[0].clone(), created[0].clone()]);
    assert_eq!(lines(&service, &admin, &format!("?actor={}", created[0].actor)).await, by_address);
    let people = service.ask("GET", "/api/v1/users", &admin, Value::Null).await.is(200);
    let person = people.as_array().unwrap().iter().find(|one| one["user"]["email"] == "editor@example.com");
    let person = person.unwrap()["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(lines(&service, &admin, &format!("?actor={person}&action=dataset")).await, created);
    let at = created[0].at_ms;
    let that_moment = format!("?action=dataset.create&since_ms={at}&until_ms={}", at + 1);
    assert_eq!(lines(&service, &admin, &that_moment).await, created);
    assert!(lines(&service, &admin, &format!("?action=dataset.create&until_ms={at}")).await.is_empty());
    assert!(lines(&service, &admin, "?actor=nobody").await.is_empty());
    let long = format!("/api/v1/audit?actor={}", "x".repeat(201));
    service.ask("GET", &long, &admin, Value::Null).await.is(422);
    for odd in ["format=doc", "outcome=maybe", "since_ms=yesterday"] {
        service.ask("GET", &format!("/api/v1/audit?{odd}"), &admin, Value::Null).await.is(400);
    }
}

#[tokio::test]
async fn the_whole_log_is_taken_away_as_a_file() {
    let service = Harness::begin().await;
    let (admin, viewer) = (service.token(Role::Admin).await, service.token(Role::Viewer).await);
    let workspaces = service.ask("GET", "/api/v1/workspaces", &admin, Value::Null).await.is(200);
    let workspace = workspaces[0]["id"].as_str().unwrap();
    // More lines than are read at a time, some of them with what a spreadsheet would take for a formula.
    let database = service.running.database();
    for number in 0..450_i64 {
        let detail = if number == 7 { "=1+1,\"x\"\nnext".to_owned() } else { format!("größer {number}") };
        let line = AuditLine {
            actor: "system",
            address: "local",
            workspace_id: workspace,
            action: "test.line",
            subject: "@SUM(A1)",
            outcome: driftline_model::service::AuditOutcome::Done,
            detail: &detail,
        };
        let mut change = database.change().await.unwrap();
        change.audit(&line, 1_000 + number).await.unwrap();
        change.commit().await.unwrap();
    }
    let (kind, text) = file(&service, &admin, "?format=ndjson&action=test.").await;
    assert_eq!(kind, "application/x-ndjson");
    let entries: Vec<AuditEntry> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(entries.len(), 450);
    assert!(
        entries.windows(2).all(|pair| pair[0].previous_hash == pair[1].hash),
        "the chain can be followed"
    );
    let (kind, text) = file(&service, &admin, "?format=csv&action=test.&until_ms=1100&limit=1").await;
    assert_eq!(kind, "text/csv; charset=utf-8");
    let rows: Vec<&str> = text.lines().collect();
    assert!(rows[0].starts_with("sequence,at_ms,actor,address,workspace_id,action,subject,outcome,detail,"));
    assert_eq!(rows.len(), 101, "the limit is one of a page");
    assert!(rows[1].contains(",test.line,'@SUM(A1),done,größer 99,"), "{}", rows[1]);
    let disarmed = rows.iter().find(|row| row.contains("1+1")).unwrap();
    assert!(disarmed.contains(r#","'=1+1,""x""\nnext","#), "{disarmed}");
    let path = "/api/v1/audit?format=csv";
    service.ask("GET", path, &viewer, json!(null)).await.is(403);
    service.ask("GET", path, "", json!(null)).await.is(401);
    service.running.stop().await.unwrap();
}
