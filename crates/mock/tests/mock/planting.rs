//! Planting by hand.

use axum::body::Body;
use axum::http::Request;
use driftline_mock::{Data, MockSettings, Row};
use serde_json::json;

use crate::support::{ask, get, mock, mock_with, post, settings, share, until};

#[tokio::test]
async fn what_is_planted_changes_what_comes_and_nothing_that_was() {
    let quick = MockSettings { generator: settings(""), speed: 1_000.0, ..Default::default() };
    let mock = mock_with(quick);
    let router = mock.router();
    let before = mock.now_ms();
    let old: Vec<Row> = mock.generator().rows(Data::Orders, before - 600_000, before).collect();
    let fault = json!({
        "kind": "null_rate", "data": "orders", "column": "country", "strength": 0.5, "length": "1h",
    });
    let planted = post(&router, "/v1/faults", fault).await.is(201).json();
    assert_eq!(planted["id"], "null_rate-1");
    let start_ms = planted["start_ms"].as_i64().unwrap();
    assert!(start_ms > before);
    let volume = json!({ "kind": "volume_drop", "data": "orders", "strength": 0.9, "length": "1h" });
    post(&router, "/v1/faults", volume).await.is(201);
    assert!(mock.generator().rows(Data::Orders, before - 600_000, before).eq(old));
    until(|| mock.now_ms() > start_ms + 1_200_000).await;
    let removed = Request::delete("/v1/faults/null_rate-1").body(Body::empty()).unwrap();
    ask(&router, removed).await.is(204);
    let rows: Vec<Row> = mock.generator().rows(Data::Orders, start_ms, start_ms + 1_200_000).collect();
    let missing = share(&rows, |row| row.get("country").unwrap().is_null());
    assert!((missing - 0.5).abs() < 0.05, "{missing} in {} rows, also after it was ended", rows.len());
    assert!(rows.len() < 20_000, "{} rows with a tenth of the volume", rows.len());
    let truth = get(&router, "/v1/orders/truth").await.is(200).json();
    let ended = truth["faults"].as_array().unwrap().iter().find(|it| it["id"] == "null_rate-1").unwrap();
    assert!(ended["end_ms"].as_i64().unwrap() < start_ms + 3_600_000);
    let end_ms = ended["end_ms"].as_i64().unwrap();
    let after: Vec<Row> = mock.generator().rows(Data::Orders, end_ms, end_ms + 600_000).collect();
    assert!(after.iter().all(|row| !row.get("country").unwrap().is_null()));
}

#[tokio::test]
async fn faults_are_listed_and_taken_away() {
    let mock = mock(
        "repeat = \"5m\"\n[[fault]]\nid = \"own\"\nkind = \"outage\"\ndata = \"web\"\nstart = \"1m\"\nlength = \"1m\"",
    );
    let router = mock.router();
    let later = json!({ "kind": "outage", "data": "web", "start": "1h", "id": "mine" });
    let planted = post(&router, "/v1/faults", later).await.is(201).json();
    assert!(planted["end"].is_null() && planted["first_row"].is_null());
    let list = get(&router, "/v1/faults").await.is(200).json();
    let ids: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["own", "mine"]);
    assert_eq!(list["items"][0]["is_there"], false);
    for id in ["own", "mine"] {
        let path = format!("/v1/faults/{id}");
        ask(&router, Request::delete(&path).body(Body::empty()).unwrap()).await.is(204);
        ask(&router, Request::delete(&path).body(Body::empty()).unwrap()).await.is(404);
    }
    assert_eq!(get(&router, "/v1/faults").await.json()["items"], json!([]));
    let truth = get(&router, "/v1/truth?to=2024-04-02T12:00:00Z").await.is(200).json();
    assert_eq!(truth["faults"], json!([]), "what was taken away before it began was never there");
}

#[tokio::test]
async fn what_cannot_be_planted_is_said() {
    let mock = mock("");
    let router = mock.router();
    for (fault, expected) in [
        (json!({ "kind": "drift" }), "`kind` is `drift`, not one of mean_shift"),
        (json!({ "kind": "mean_shift", "data": "orders" }), "`column` is missing"),
        (json!({ "kind": "outage", "data": "web", "start": "-5m" }), "what was cannot be changed"),
        (json!({ "kind": "outage", "data": "web", "start": "2020-01-01" }), "what was cannot be changed"),
        (json!({ "kind": "outage", "data": "web", "length": "long" }), "`length` is `long`"),
    ] {
        let answer = post(&router, "/v1/faults", fault).await.is(422).json();
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{message}");
    }
    let answer = post(&router, "/v1/faults", json!({ "kind": "outage", "date": "web" })).await.is(400).json();
    assert!(answer["error"]["message"].as_str().unwrap().contains("unknown field `date`"));
    let outage = || json!({ "kind": "outage", "data": "web", "id": "one" });
    post(&router, "/v1/faults", outage()).await.is(201);
    let answer = post(&router, "/v1/faults", outage()).await.is(422).json();
    assert!(answer["error"]["message"].as_str().unwrap().contains("as another fault"));
    let huge = json!({ "kind": "x".repeat(100_000) });
    post(&router, "/v1/faults", huge).await.is(413);
    for _ in 1..200 {
        post(&router, "/v1/faults", json!({ "kind": "outage", "data": "web", "length": "1s" })).await.is(201);
    }
    let answer = post(&router, "/v1/faults", json!({ "kind": "outage", "data": "web" })).await.is(409).json();
    assert_eq!(answer["error"]["code"], "too_many_faults");
}
