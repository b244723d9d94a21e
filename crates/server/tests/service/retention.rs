//! Checks that are looked for, deleted, and grow old.

use std::collections::BTreeSet;

use driftline_model::service::{PageRequest, Role};
use driftline_server::{Swept, sweep};
use driftline_store::AuditFilter;
use serde_json::{Value, json};

use crate::support::{Harness, orders};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A service with two datasets, and how to check one against another.
struct Checked {
    service: Harness,
    editor: String,
    january: String,
    july: String,
}

impl Checked {
    async fn begin(keep_checks_days: u32) -> Self {
        let service = Harness::with(|config| config.keep_checks_days = keep_checks_days).await;
        let editor = service.token(Role::Editor).await;
        let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
        let july = service.upload(&editor, "July_1.csv", orders(2_000, true)).await;
        Self { service, editor, january, july }
    }

    /// A check that is done.
    async fn check(&self, current: &str, reference: Value) -> String {
        let body = json!({ "current": { "dataset": current }, "reference": reference });
        let queued = self.service.ask("POST", "/api/v1/checks", &self.editor, body).await.is(202);
        let id = queued["id"].as_str().unwrap().to_owned();
        assert_eq!(self.service.ended(&self.editor, &id).await["state"], "done");
        id
    }

    async fn get(&self, path: &str) -> Value {
        self.service.ask("GET", path, &self.editor, Value::Null).await.is(200)
    }

    /// Ids of a list of checks.
    async fn listed(&self, question: &str) -> Vec<String> {
        let page = self.get(&format!("/api/v1/checks{question}")).await;
        let items = page["items"].as_array().unwrap().iter();
        items.map(|check| check["id"].as_str().unwrap().to_owned()).collect()
    }

    fn blobs(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.service.folder.path().join("blobs")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

#[tokio::test]
async fn checks_are_found_by_state_text_dataset_and_baseline() {
    let checked = Checked::begin(0).await;
    let (january, july) = (&checked.january, &checked.july);
    let version = json!({ "dataset": january });
    assert_eq!(checked.service.save(&checked.editor, "orders", version).await["state"], "done");
    let first = checked.check(july, json!({ "dataset": january })).await;
    let second = checked.check(july, json!({ "baseline": "orders" })).await;
    let third = checked.check(january, json!({ "dataset": january })).await;
    let of = |ids: &[&String]| ids.iter().map(|id| (*id).clone()).collect::<Vec<_>>();
    for (question, expected) in [
        ("", of(&[&third, &second, &first])),
        ("?state=done", of(&[&third, &second, &first])),
        ("?state=failed", vec![]),
        ("?q=JULY_", of(&[&second, &first])),
        ("?q=july%25", vec![]),
        ("?q=orders%401", of(&[&second])),
        (&format!("?dataset={january}"), of(&[&third, &first])),
        (&format!("?dataset={january}&q=july"), of(&[&first])),
        ("?baseline=orders", of(&[&second])),
        ("?baseline=other", vec![]),
        (&format!("?state=done&limit=1&before={third}"), of(&[&second])),
    ] {
        assert_eq!(checked.listed(question).await, expected, "{question}");
        assert_eq!(checked.listed(question).await, expected, "from memory: {question}");
    }
    let long = format!("/api/v1/checks?q={}", "x".repeat(201));
    let refused = checked.service.ask("GET", &long, &checked.editor, Value::Null).await;
    assert_eq!((refused.status, refused.code()), (422, "usage.invalid"));
    checked.service.ask("GET", "/api/v1/checks?state=odd", &checked.editor, Value::Null).await.is(400);
}

#[tokio::test]
async fn a_check_is_deleted_with_all_that_came_of_it_and_lists_follow() {
    let checked = Checked::begin(0).await;
    let id = checked.check(&checked.july, json!({ "dataset": checked.january })).await;
    let (service, editor) = (&checked.service, &checked.editor);
    let findings = checked.get("/api/v1/findings").await;
    let finding = format!("/api/v1/findings/{}", findings["items"][0]["id"].as_str().unwrap());
    let comments = format!("{finding}/comments");
    service.ask("POST", &comments, editor, json!({ "text": "seen" })).await.is(201);
    assert_eq!(checked.listed("").await, std::slice::from_ref(&id));
    assert_eq!(checked.blobs().len(), 4, "two datasets, a report, and profiles for previews");
    let incident = findings["items"][0]["incident_id"].as_str().unwrap();
    let incident = format!("/api/v1/incidents/{incident}");
    assert_eq!(checked.get(&incident).await["incident"]["checks_total"], 1);
    let path = format!("/api/v1/checks/{id}");
    let viewer = service.token(Role::Viewer).await;
    service.ask("DELETE", &path, &viewer, Value::Null).await.is(403);
    service.ask("DELETE", &path, editor, Value::Null).await.is(204);
    assert!(checked.listed("").await.is_empty());
    assert!(checked.get("/api/v1/findings").await["items"].as_array().unwrap().is_empty());
    assert_eq!(checked.blobs().len(), 2, "report and profiles are gone, the datasets stay");
    service.ask("DELETE", &path, editor, Value::Null).await.is(404);
    service.ask("GET", &format!("{path}/report"), editor, Value::Null).await.is(404);
    service.ask("GET", &finding, editor, Value::Null).await.is(404);
    service.ask("GET", &incident, editor, Value::Null).await.is(404);
    assert!(checked.get("/api/v1/incidents").await["items"].as_array().unwrap().is_empty());
    let notices = checked.get("/api/v1/notices").await;
    assert_eq!((notices["items"].as_array().unwrap().len(), &notices["unread_total"]), (0, &json!(0)));
    service.ask("POST", &comments, editor, json!({ "text": "late" })).await.is(404);
    let filter = AuditFilter { action: Some("check.delete".to_owned()), ..AuditFilter::default() };
    let lines = service.running.database().audit_entries(&filter, &PageRequest::default()).await.unwrap();
    assert_eq!(lines.items.len(), 1);
    assert_eq!((&*lines.items[0].subject, &*lines.items[0].detail), (&*id, "July_1.csv against january.csv"));
}

#[tokio::test]
async fn a_check_that_has_not_ended_is_not_deleted() {
    let checked = Checked::begin(0).await;
    let large = checked.service.upload(&checked.editor, "large.csv", orders(100_000, false)).await;
    let body = json!({ "current": { "dataset": large }, "reference": { "dataset": large } });
    let mut last = String::new();
    for _ in 0..3 {
        let queued =
            checked.service.ask("POST", "/api/v1/checks", &checked.editor, body.clone()).await.is(202);
        last = queued["id"].as_str().unwrap().to_owned();
    }
    let path = format!("/api/v1/checks/{last}");
    let refused = checked.service.ask("DELETE", &path, &checked.editor, Value::Null).await;
    assert_eq!((refused.status, refused.code()), (409, "data.not_ended"));
    checked.service.ask("POST", &format!("{path}/cancel"), &checked.editor, Value::Null).await.is(202);
    checked.service.ended(&checked.editor, &last).await;
    checked.service.ask("DELETE", &path, &checked.editor, Value::Null).await.is(204);
}

#[tokio::test]
async fn checks_grow_old_but_the_newest_of_a_pair_stays() {
    let checked = Checked::begin(30).await;
    let (service, january, july) = (&checked.service, &checked.january, &checked.july);
    let mut twice = Vec::new();
    for _ in 0..3 {
        twice.push(checked.check(july, json!({ "dataset": january })).await);
    }
    let other = checked.check(january, json!({ "dataset": january })).await;
    assert_eq!(checked.listed("").await.len(), 4);
    let young = sweep(&service.running.service, now_ms() + 29 * DAY_MS).await.unwrap();
    assert_eq!(young.checks, 0);
    let mut events = service.running.database().watch_events();
    events.borrow_and_update();
    let swept = sweep(&service.running.service, now_ms() + 31 * DAY_MS).await.unwrap();
    assert_eq!(swept, Swept { checks: 2, ..Swept::default() });
    assert!(events.has_changed().unwrap());
    assert_eq!(checked.listed("").await, [other, twice[2].clone()]);
    assert_eq!(checked.blobs().len(), 6, "two datasets, two reports, and what is kept for previews of them");
    let incidents = checked.get("/api/v1/incidents").await;
    let [incident] = incidents["items"].as_array().unwrap().as_slice() else { panic!("{incidents}") };
    assert_eq!((&incident["checks_total"], &incident["last_check_id"]), (&json!(1), &json!(twice[2])));
    let again = sweep(&service.running.service, now_ms() + 32 * DAY_MS).await.unwrap();
    assert_eq!(again, Swept::default());
    let filter = AuditFilter { action: Some("check.expire".to_owned()), ..AuditFilter::default() };
    let lines = service.running.database().audit_entries(&filter, &PageRequest::default()).await.unwrap();
    let told: Vec<_> = lines.items.iter().map(|line| (&*line.actor, &*line.detail)).collect();
    assert_eq!(told, [("system", "2 checks that ended more than 30 days ago")]);
}
