//! What is wrong with the service is named, with what to do about it, and over when it is over.

use driftline_model::service::{Job, JobState, Role};
use driftline_store::{AuditLine, new_id};
use serde_json::{Value, json};

use crate::support::{Harness, orders};

/// The check of the service itself with this name, as `/readyz` and `/api/v1/system` both tell it.
async fn told(service: &Harness, name: &str) -> Value {
    let ready = service.ask("GET", "/readyz", "", Value::Null).await.body;
    ready.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone()
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

#[tokio::test]
async fn a_queue_that_has_grown_old_is_told_but_does_not_stop_the_service() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let large = service.upload(&editor, "large.csv", orders(200_000, false)).await;
    let body = json!({ "current": { "dataset": large }, "reference": { "dataset": large } });
    let check = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    // The only worker is busy with the first while the second waits; it has done so for long.
    let job = Job {
        id: new_id(),
        workspace_id: check["workspace_id"].as_str().unwrap().to_owned(),
        kind: "check".to_owned(),
        subject: "none".to_owned(),
        state: JobState::Queued,
        priority: -100,
        attempts: 0,
        created_ms: now_ms() - 11 * 60 * 1000,
    };
    let database = service.running.database();
    let mut change = database.change().await.unwrap();
    change.enqueue(&job).await.unwrap();
    change.commit().await.unwrap();
    let queue = told(&service, "queue").await;
    assert_eq!((&queue["state"], &queue["required"]), (&json!("failed"), &json!(false)), "{queue}");
    assert!(queue["detail"].as_str().unwrap().contains("the oldest for 66"), "{queue}");
    assert!(queue["help"].as_str().unwrap().contains("more workers"), "{queue}");
    service.ask("GET", "/readyz", "", Value::Null).await.is(200);
    service.ended(&editor, check["id"].as_str().unwrap()).await;
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn too_little_memory_and_a_clock_that_went_back_are_told() {
    let service = Harness::with(|config| config.run.memory_bytes = 1 << 20).await;
    let admin = service.token(Role::Admin).await;
    let memory = told(&service, "memory").await;
    assert_eq!((&memory["state"], &memory["required"]), (&json!("failed"), &json!(false)), "{memory}");
    assert!(memory["help"].as_str().unwrap().contains("memory budget"), "{memory}");
    assert_eq!(told(&service, "clock").await["state"], "ok");
    let line = AuditLine {
        actor: "system",
        address: "local",
        workspace_id: "",
        action: "test.future",
        subject: "",
        outcome: driftline_model::service::AuditOutcome::Done,
        detail: "",
    };
    let mut change = service.running.database().change().await.unwrap();
    change.audit(&line, now_ms() + 10 * 60 * 1000).await.unwrap();
    change.commit().await.unwrap();
    let clock = told(&service, "clock").await;
    assert_eq!(clock["state"], "failed", "{clock}");
    let detail = clock["detail"].as_str().unwrap();
    assert!(detail.ends_with("s behind the last line of the audit log"), "{detail}");
    service.ask("GET", "/readyz", "", Value::Null).await.is(200);
    let system = service.ask("GET", "/api/v1/system", &admin, Value::Null).await.is(200);
    let states: Vec<_> = system["health"].as_array().unwrap().iter().map(|check| &check["state"]).collect();
    assert_eq!(states.iter().filter(|state| ***state == "failed").count(), 2, "{system}");
    service.running.stop().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_that_is_gone_is_told_and_found_again() {
    let Some(mut server) = driftline_testkit::postgres::Postgres::start() else { return };
    let url = server.new_database("gone");
    let service = Harness::with(|config| config.database_url = Some(url)).await;
    let editor = service.token(Role::Editor).await;
    assert_eq!(told(&service, "clock").await["state"], "ok");
    let one = service.upload(&editor, "one.csv", orders(100, false)).await;
    server.stop();
    let ready = service.ask("GET", "/readyz", "", Value::Null).await;
    assert_eq!(ready.status, 503);
    let database = told(&service, "database").await;
    assert_eq!((&database["state"], &database["required"]), (&json!("failed"), &json!(true)), "{database}");
    assert!(database["help"].as_str().unwrap().contains("driftline doctor"), "{database}");
    let refused = service.ask("GET", "/api/v1/datasets", &editor, Value::Null).await;
    assert_eq!((refused.status, refused.code()), (503, "system.database"));
    server.start_again();
    let datasets = service.ask("GET", "/api/v1/datasets", &editor, Value::Null).await.is(200);
    assert_eq!(datasets["items"].as_array().unwrap().len(), 1);
    assert_eq!(told(&service, "database").await["state"], "ok");
    let body = json!({ "current": { "dataset": one }, "reference": { "dataset": one } });
    let check = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    assert_eq!(service.ended(&editor, check["id"].as_str().unwrap()).await["state"], "done");
    service.running.stop().await.unwrap();
}
