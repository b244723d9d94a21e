//! From two files to a report, findings and what people do about them.

use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::{Harness, orders};

async fn checked(service: &Harness, token: &str) -> Value {
    let january = service.upload(token, "january.csv", orders(2_000, false)).await;
    let july = service.upload(token, "july.csv", orders(2_000, true)).await;
    let body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
    let queued = service.ask("POST", "/api/v1/checks", token, body).await.is(202);
    service.ended(token, queued["id"].as_str().unwrap()).await
}

#[tokio::test]
async fn two_datasets_become_a_report_in_every_form() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let check = checked(&service, &editor).await;
    assert_eq!((&check["state"], &check["verdict"]), (&json!("done"), &json!("drifted")), "{check}");
    let report = format!("/api/v1/checks/{}/report", check["id"].as_str().unwrap());
    let json = service.ask("GET", &report, &editor, Value::Null).await.is(200);
    assert_eq!(
        (&json["current"]["name"], &json["reference"]["name"]),
        (&json!("july.csv"), &json!("january.csv"))
    );
    assert!(!json.to_string().contains(&*service.folder.path().to_string_lossy()), "no path of ours is told");
    for format in driftline_export::FORMATS {
        let request = service.client.get(service.url(&format!("{report}?format={}", format.id)));
        let response = request.bearer_auth(&editor).send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", format.id);
        assert_eq!(response.headers()["content-type"], format.media_type);
        assert!(!response.bytes().await.unwrap().is_empty());
    }
    let unknown = service.ask("GET", &format!("{report}?format=doc"), &editor, Value::Null).await;
    assert_eq!((unknown.status, unknown.code()), (422, "usage.invalid"));
}

#[tokio::test]
async fn two_checks_are_compared() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    let july = service.upload(&editor, "july.csv", orders(2_000, true)).await;
    let mut ids = Vec::new();
    for current in [&january, &july] {
        let body = json!({ "current": { "dataset": current }, "reference": { "dataset": january } });
        let queued = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
        let id = queued["id"].as_str().unwrap().to_owned();
        service.ended(&editor, &id).await;
        ids.push(id);
    }
    let path = format!("/api/v1/checks/{}/comparison?with={}", ids[1], ids[0]);
    let comparison = service.ask("GET", &path, &editor, Value::Null).await.is(200);
    let amount = &comparison["changed"][0];
    assert_eq!((&amount["column"], &amount["earlier"]["verdict"]), (&json!("amount"), &json!("stable")));
    assert_eq!((&amount["now"]["verdict"], &comparison["unchanged"]), (&json!("drifted"), &json!(2)));
    let with_nothing = format!("/api/v1/checks/{}/comparison?with=0", ids[1]);
    service.ask("GET", &with_nothing, &editor, Value::Null).await.is(404);
    let without = format!("/api/v1/checks/{}/comparison", ids[1]);
    service.ask("GET", &without, &editor, Value::Null).await.is(400);
}

#[tokio::test]
async fn findings_are_looked_after_by_several_people() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    checked(&service, &editor).await;
    let list = service.ask("GET", "/api/v1/findings?state=open", &editor, Value::Null).await.is(200);
    let finding = list["items"].as_array().unwrap().iter().find(|item| item["column"] == "amount").unwrap();
    let path = format!("/api/v1/findings/{}", finding["id"].as_str().unwrap());
    let change = json!({ "version": 1, "state": "acknowledged" });
    let changed = service.ask("PATCH", &path, &editor, change.clone()).await.is(200);
    assert_eq!((&changed["state"], &changed["version"]), (&json!("acknowledged"), &json!(2)));
    let late = service.ask("PATCH", &path, &editor, change).await;
    assert_eq!((late.status, late.code()), (409, "data.conflict"));
    assert_eq!(late.body["error"]["present"]["version"], 2);
    let said = json!({ "text": "look, @editor@example.com: <script>alert(1)</script>" });
    let comment = service.ask("POST", &format!("{path}/comments"), &editor, said).await.is(201);
    assert_eq!(comment["mentions"].as_array().unwrap().len(), 1);
    let history = service.ask("GET", &path, &editor, Value::Null).await.is(200);
    assert_eq!(history["activity"][0]["what"], "state: open → acknowledged");
    assert_eq!(history["comments"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn settings_have_versions_and_are_checked() {
    let service = Harness::begin().await;
    let admin = service.token(Role::Admin).await;
    let path = "/api/v1/settings";
    let first = service.ask("GET", path, &admin, Value::Null).await.is(200);
    assert_eq!((&first["version"], &first["origin"]), (&json!(0), &json!("default")));
    let set =
        |version: i64, bins: u32| json!({ "version": version, "settings": { "drift": { "bins": bins } } });
    service.ask("PUT", path, &admin, set(0, 1)).await.is(422);
    let next = service.ask("PUT", path, &admin, set(0, 30)).await.is(200);
    assert_eq!((&next["version"], &next["settings"]["drift"]["bins"]), (&json!(1), &json!(30)));
    let late = service.ask("PUT", path, &admin, set(0, 40)).await;
    assert_eq!((late.status, &late.body["error"]["present"]["version"]), (409, &json!(1)));
    let unknown = json!({ "version": 1, "settings": { "drift": { "bin": 3 } } });
    service.ask("PUT", path, &admin, unknown).await.is(422);
}

#[tokio::test]
async fn a_check_that_was_under_way_goes_on_after_a_restart() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(200_000, false)).await;
    let july = service.upload(&editor, "july.csv", orders(200_000, true)).await;
    let body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
    let queued = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    let service = service.restart().await;
    let check = service.ended(&editor, queued["id"].as_str().unwrap()).await;
    assert_eq!(check["state"], "done", "{check}");
}

#[tokio::test]
async fn a_waiting_check_is_cancelled_and_a_failed_one_says_why() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let one = service.upload(&editor, "one.csv", orders(100_000, false)).await;
    let body = json!({ "current": { "dataset": one }, "reference": { "dataset": one } });
    let mut ids = Vec::new();
    for _ in 0..4 {
        let queued = service.ask("POST", "/api/v1/checks", &editor, body.clone()).await.is(202);
        ids.push(queued["id"].as_str().unwrap().to_owned());
    }
    let last = ids.last().unwrap();
    service.ask("POST", &format!("/api/v1/checks/{last}/cancel"), &editor, Value::Null).await.is(202);
    assert_eq!(service.ended(&editor, last).await["state"], "cancelled");
    assert_eq!(service.ended(&editor, &ids[0]).await["state"], "done");
    let missing = json!({ "current": { "dataset": "0" }, "reference": { "dataset": one } });
    service.ask("POST", "/api/v1/checks", &editor, missing).await.is(404);
    let backwards = json!({ "current": { "baseline": "x" }, "reference": { "dataset": one } });
    service.ask("POST", "/api/v1/checks", &editor, backwards).await.is(422);
}

#[tokio::test]
async fn a_failed_check_blames_the_file_that_is_to_blame() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let reference = service.upload(&editor, "january.csv", orders(50, false)).await;
    let blobs = service.folder.path().join("blobs");
    let blob = std::fs::read_dir(&blobs).unwrap().next().unwrap().unwrap().path();
    let current = service.upload(&editor, "july.csv", orders(50, true)).await;
    std::fs::remove_file(blob).unwrap();
    let body = json!({ "current": { "dataset": current }, "reference": { "dataset": reference } });
    let queued = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    let check = service.ended(&editor, queued["id"].as_str().unwrap()).await;
    let message = check["error"][1].as_str().unwrap();
    assert!(message.contains("january.csv") && !message.contains("july.csv"), "{message}");
    assert!(!message.contains(&*service.folder.path().to_string_lossy()), "{message}");
}

#[tokio::test]
async fn events_are_resumed_after_the_last_one_seen() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let check = checked(&service, &editor).await;
    let first_chunk = |after: &str| {
        let request = service.client.get(service.url("/api/v1/events")).bearer_auth(&editor);
        request.header("last-event-id", after).send()
    };
    let mut response = first_chunk("0").await.unwrap();
    let mut text = String::new();
    while !text.contains("event: check.done") {
        text.push_str(&String::from_utf8_lossy(&response.chunk().await.unwrap().unwrap()));
    }
    assert!(text.contains("event: check.queued") && text.contains(check["id"].as_str().unwrap()));
    assert!(text.contains("event: finding.raised"));
    let ids: Vec<i64> =
        text.lines().filter_map(|line| line.strip_prefix("id: ")).map(|id| id.parse().unwrap()).collect();
    assert!(ids.is_sorted());
    let seen = ids[1].to_string();
    let mut response = first_chunk(&seen).await.unwrap();
    let again = String::from_utf8_lossy(&response.chunk().await.unwrap().unwrap()).into_owned();
    let next: i64 = again.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().parse().unwrap();
    assert_eq!(next, ids[2]);
}

#[tokio::test]
async fn a_check_tells_what_it_knows_so_far() {
    // Tiny chunks make a small table take a while.
    let service = Harness::with(|config| {
        config.run.threads = 1;
        config.run.chunk_bytes = 256;
        config.run.memory_bytes = 8 << 30;
    })
    .await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    let july = service.upload(&editor, "july.csv", orders(1_500_000, true)).await;
    let body = json!({ "current": { "dataset": july }, "reference": { "dataset": january } });
    let queued = service.ask("POST", "/api/v1/checks", &editor, body).await.is(202);
    let id = queued["id"].as_str().unwrap();
    let check = service.ended(&editor, id).await;
    assert_eq!((&check["verdict"], &check["progress"]), (&json!("drifted"), &Value::Null));
    let database = service.running.database();
    let events = database.events_after(check["workspace_id"].as_str().unwrap(), 0).await.unwrap();
    let told: Vec<&Value> =
        events.iter().filter(|event| event.kind == "check.progress").map(|event| &event.body).collect();
    let last = told.last().unwrap();
    assert_eq!(last["memory_budget_bytes"], json!(8_u64 << 30), "{last}");
    assert_eq!(last["recent_chunk_secs"].as_array().unwrap().len(), 60);
    let partial = &last["partial"];
    assert_eq!((&partial["verdict"], &partial["columns_drifted"]), (&json!("drifted"), &json!(1)), "{last}");
    assert_eq!(
        (&partial["columns"][0]["name"], &partial["severity"]),
        (&json!("amount"), &check["severity"])
    );
    assert!(partial["rows"].as_u64() <= last["rows"].as_u64());
    assert!(partial["bytes_ratio"].as_f64().is_some_and(|ratio| ratio > 0.0 && ratio <= 1.0));
    assert!(partial["headline"].as_str().unwrap().contains("drifted"));
}
