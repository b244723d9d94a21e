//! Findings that moved together, and the people who should know of them.

use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::{Harness, orders};

/// A finished check of this content against a dataset.
async fn checked(service: &Harness, token: &str, (name, content): (&str, String), reference: &str) -> Value {
    let current = service.upload(token, name, content).await;
    let body = json!({ "current": { "dataset": current }, "reference": { "dataset": reference } });
    let queued = service.ask("POST", "/api/v1/checks", token, body).await.is(202);
    let check = service.ended(token, queued["id"].as_str().unwrap()).await;
    assert_eq!(check["state"], "done", "{check}");
    check
}

async fn get(service: &Harness, token: &str, path: &str) -> Value {
    service.ask("GET", path, token, Value::Null).await.is(200)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}

async fn user_id(service: &Harness, token: &str) -> String {
    text(&get(service, token, "/api/v1/session").await["user"]["id"]).to_owned()
}

#[tokio::test]
async fn checks_that_move_alike_are_one_incident_until_it_is_over() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    let mut ids = Vec::new();
    for rows in [2_000, 2_100] {
        let check = checked(&service, &editor, ("orders.csv", orders(rows, true)), &january).await;
        ids.push(check["id"].clone());
    }
    let list = get(&service, &editor, "/api/v1/incidents?state=open").await;
    assert_eq!(items(&list).len(), 1, "{list}");
    let incident = &list["items"][0];
    assert_eq!(incident["title"], "1 column of orders.csv moved: amount", "{incident}");
    assert_eq!(
        (&incident["checks_total"], &incident["version"], &incident["last_check_id"]),
        (&json!(2), &json!(2), &ids[1])
    );
    let path = format!("/api/v1/incidents/{}", text(&incident["id"]));
    let whole = get(&service, &editor, &path).await;
    let findings = whole["findings"].as_array().unwrap();
    assert_eq!(
        (&whole["findings_total"], findings.len() as u64),
        (&json!(findings.len()), findings.len() as u64)
    );
    assert!(findings.iter().all(|finding| finding["incident_id"] == incident["id"]));

    // Resolved with all its findings; the same again is another incident.
    let viewer = service.token(Role::Viewer).await;
    let resolve = json!({ "version": 2, "state": "resolved" });
    service.ask("PATCH", &path, &viewer, resolve.clone()).await.is(403);
    let stale = service.ask("PATCH", &path, &editor, json!({ "version": 1, "state": "resolved" })).await;
    assert_eq!(
        (stale.status, stale.code(), &stale.body["error"]["present"]["version"]),
        (409, "data.conflict", &json!(2))
    );
    let resolved = service.ask("PATCH", &path, &editor, resolve).await.is(200);
    assert_eq!((&resolved["state"], &resolved["findings_open"]), (&json!("resolved"), &json!(0)));
    let open = format!("/api/v1/findings?state=open&incident={}", text(&incident["id"]));
    assert!(items(&get(&service, &editor, &open).await).is_empty());
    let history = get(&service, &editor, &format!("/api/v1/findings/{}", text(&findings[0]["id"]))).await;
    assert_eq!(history["activity"][0]["what"], "state: open → resolved, with its incident");
    checked(&service, &editor, ("orders.csv", orders(2_200, true)), &january).await;
    let list = get(&service, &editor, "/api/v1/incidents").await;
    let states: Vec<&str> = items(&list).iter().map(|incident| text(&incident["state"])).collect();
    assert_eq!(states, ["open", "resolved"]);
    let page = get(&service, &editor, "/api/v1/incidents?limit=1").await;
    let next =
        get(&service, &editor, &format!("/api/v1/incidents?limit=1&before={}", text(&page["next"]))).await;
    assert_eq!((&next["items"][0]["id"], next.get("next")), (&incident["id"], None));
    service.ask("GET", "/api/v1/incidents/0", &editor, Value::Null).await.is(404);
}

#[tokio::test]
async fn several_findings_are_changed_at_once_and_end_their_incident() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    checked(&service, &editor, ("orders.csv", orders(2_000, true)), &january).await;
    let list = get(&service, &editor, "/api/v1/findings?column=amount&severity=low&q=MOVED").await;
    assert!(!items(&list).is_empty(), "{list}");
    let all = get(&service, &editor, "/api/v1/findings").await;
    let mut ids: Vec<Value> = items(&all).iter().map(|finding| finding["id"].clone()).collect();
    let findings = ids.len();
    ids.push(json!("none"));
    let path = "/api/v1/findings/changes";
    let me = user_id(&service, &editor).await;
    let body = json!({ "ids": ids, "state": "muted", "assignee": me });
    let answer = service.ask("POST", path, &editor, body.clone()).await.is(200);
    assert_eq!(answer["changed"], json!(findings));
    let outcomes: Vec<&str> =
        answer["results"].as_array().unwrap().iter().map(|result| text(&result["outcome"])).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "changed").count(), findings);
    assert_eq!(outcomes.last(), Some(&"missing"));
    let again = service.ask("POST", path, &editor, body).await.is(200);
    assert_eq!((&again["changed"], &again["results"][0]["outcome"]), (&json!(0), &json!("unchanged")));
    let mine = get(&service, &editor, "/api/v1/findings?assignee=me&state=muted").await;
    assert_eq!(items(&mine).len(), findings);
    assert!(items(&get(&service, &editor, "/api/v1/findings?assignee=nobody").await).is_empty());

    let incident = &get(&service, &editor, "/api/v1/incidents").await["items"][0];
    assert_eq!(incident["state"], "resolved");
    let whole = get(&service, &editor, &format!("/api/v1/incidents/{}", text(&incident["id"]))).await;
    let why = "state: open → resolved, because all its findings are resolved or muted";
    assert_eq!(
        whole["activity"][0],
        json!({ "at_ms": incident["updated_ms"], "actor": "system", "what": why })
    );
    let admin = service.token(Role::Admin).await;
    let log = get(&service, &admin, "/api/v1/audit?search=finding.change_several").await;
    assert_eq!(items(&log).len(), 1);
    let detail = format!("{findings} changed, 1 missing; state: muted; assignee: {me}");
    assert_eq!(log["items"][0]["detail"], json!(detail));

    for bad in [
        json!({ "ids": [], "state": "open" }),
        json!({ "ids": ["a"] }),
        json!({ "ids": vec!["a"; 201], "state": "open" }),
        json!({ "ids": ["a"], "assignee": "nobody at all" }),
    ] {
        service.ask("POST", path, &editor, bad).await.is(422);
    }
    let long = format!("/api/v1/findings?q={}", "x".repeat(201));
    service.ask("GET", &long, &editor, Value::Null).await.is(422);
}

#[tokio::test]
async fn people_are_told_what_concerns_them_and_nothing_else() {
    let service = Harness::begin().await;
    let (editor, admin) = (service.token(Role::Editor).await, service.token(Role::Admin).await);
    let january = service.upload(&editor, "january.csv", orders(2_000, false)).await;
    // A column that is gone is of high severity.
    let narrow: String =
        orders(2_000, false).lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect();
    checked(&service, &editor, ("orders.csv", narrow), &january).await;
    let notices =
        async |token: &str, query: &str| get(&service, token, &format!("/api/v1/notices{query}")).await;
    let told = notices(&admin, "").await;
    assert_eq!(told["unread_total"], 1, "{told}");
    let notice = &told["items"][0];
    assert_eq!((&notice["kind"], &notice["actor"]), (&json!("incident"), &json!("system")));
    assert_eq!(notice["text"], "High: 1 column of orders.csv is missing: country");
    assert_eq!(notices(&editor, "").await["items"], json!([]), "an editor is not alarmed");

    let finding = get(&service, &editor, "/api/v1/findings?limit=1").await["items"][0].clone();
    let path = format!("/api/v1/findings/{}", text(&finding["id"]));
    let said = json!({ "text": "@admin@example.com and @editor@example.com: look" });
    service.ask("POST", &format!("{path}/comments"), &editor, said).await.is(201);
    let id = user_id(&service, &admin).await;
    let assign = json!({ "version": finding["version"], "assignee": id });
    service.ask("PATCH", &path, &editor, assign).await.is(200);
    let incident = &get(&service, &editor, "/api/v1/incidents").await["items"][0];
    let assign = json!({ "version": incident["version"], "assignee": id, "confirmed": true });
    let incident_path = format!("/api/v1/incidents/{}", text(&incident["id"]));
    let changed = service.ask("PATCH", &incident_path, &editor, assign).await.is(200);
    assert_eq!((&changed["assignee"], &changed["confirmed"]), (&json!(id), &json!(true)));
    let told = notices(&admin, "?unread=true").await;
    let kinds: Vec<&str> = items(&told).iter().map(|notice| text(&notice["kind"])).collect();
    assert_eq!(kinds, ["assignment", "assignment", "mention", "incident"]);
    assert_eq!((&told["items"][2]["finding_id"], &told["unread_total"]), (&finding["id"], &json!(4)));
    assert!(text(&told["items"][2]["text"]).contains("mentioned you: @admin@example.com and"));
    assert_eq!(notices(&editor, "").await["unread_total"], 0, "who mentions themselves is not told");

    let read = |body: Value| service.ask("POST", "/api/v1/notices/read", &admin, body);
    let ids = [told["items"][0]["id"].clone(), json!("none")];
    assert_eq!(read(json!({ "ids": ids })).await.is(200), json!({ "read": 1 }));
    read(json!({})).await.is(422);
    read(json!({ "ids": ids, "all": true })).await.is(422);
    assert_eq!(items(&notices(&admin, "?unread=false").await).len(), 1);
    assert_eq!(read(json!({ "all": true })).await.is(200), json!({ "read": 3 }));
    assert_eq!(notices(&admin, "").await["unread_total"], 0);

    // On the stream notices reach the person only.
    assert!(stream(&service, &admin).await.contains("event: notice.raised"));
    let others = stream(&service, &editor).await;
    assert!(others.contains("event: incident.raised") && others.contains("event: incident.changed"));
    assert!(!others.contains("notice."), "{others}");
}

/// All events there are, as somebody sees them on the stream.
async fn stream(service: &Harness, token: &str) -> String {
    // The last event that everybody sees.
    service.upload(token, "last.csv", "a,b\n1,2\n").await;
    let request = service.client.get(service.url("/api/v1/events?after=0")).bearer_auth(token);
    let mut response = request.send().await.unwrap();
    let mut text = String::new();
    while !text.contains("last.csv") {
        text.push_str(&String::from_utf8_lossy(&response.chunk().await.unwrap().unwrap()));
    }
    text
}
