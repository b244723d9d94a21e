//! Suspected cells of datasets.

use std::fmt::Write as _;

use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::Harness;

/// Customers with a misspelled city and a personal column, and a row that had to be repaired.
fn customers() -> String {
    let mut text = "id,email,city,note\n".to_owned();
    for row in 1..=2_000_u32 {
        let city = ["Birmingham", "Liverpool", "Edinburgh"][(row % 3) as usize];
        let city = if row == 1_500 { "Edinbrugh" } else { city };
        // Two words that are no slips of one another.
        let note = if row % 2 == 0 { "paid" } else { "waiting" };
        let _ = writeln!(text, "{row},person.{row}@example.org,{city},{note}");
    }
    text.push_str("2001,\"someone@example.org,Liverpool,paid\n");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn suspected_cells_of_a_dataset_are_told_with_reason_and_suggestion() {
    let service = Harness::begin().await;
    let (editor, viewer) = (service.token(Role::Editor).await, service.token(Role::Viewer).await);
    let id = service.upload(&editor, "customers.csv", customers()).await;
    let path = format!("/api/v1/datasets/{id}/cells");
    let found = service.ask("GET", &path, &viewer, Value::Null).await.is(200);
    let suspect = found["suspects"].as_array().unwrap().iter().find(|one| one["column"] == "city").unwrap();
    assert_eq!(
        (&suspect["value"], &suspect["suggestion"], &suspect["method"]),
        (&"Edinbrugh".into(), &"Edinburgh".into(), &"typo".into())
    );
    assert_eq!(
        (&suspect["places"][0]["row"], &suspect["places"][0]["source"]),
        (&1_500.into(), &"customers.csv".into())
    );
    assert!(suspect["reason"].as_str().unwrap().contains("one slip away"), "{suspect}");
    assert_eq!((&found["table"]["name"], &found["table"]["rows"]), (&"customers.csv".into(), &2_001.into()));
    assert_eq!(found["table"]["reading"]["repairs"][0]["examples"][0]["source"], "customers.csv");
    assert_eq!(found["masked_columns"], json!(["email"]));
    assert!(!found.to_string().contains(service.folder.path().to_str().unwrap()), "{found}");
    assert!(!found.to_string().contains("someone@example.org"), "{found}");
    // Asked again, it is the same search.
    assert_eq!(service.ask("GET", &path, &viewer, Value::Null).await.is(200), found);
    let one = service.ask("GET", &format!("{path}?column=note"), &viewer, Value::Null).await.is(200);
    assert_eq!(one["suspects"], json!([]));
    assert!(one["headline"].as_str().unwrap().starts_with("No cell"), "{one}");

    let request = service.client.get(service.url(&format!("{path}?format=csv"))).bearer_auth(&viewer);
    let answer = request.send().await.unwrap();
    let name = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(name, format!("attachment; filename=\"suspected-cells-{id}.csv\""));
    let text = String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap();
    assert!(text.contains("city,typo,") && text.contains(",customers.csv,1500,"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_searched_is_refused_in_words() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let id = service.upload(&editor, "customers.csv", customers()).await;
    let path = format!("/api/v1/datasets/{id}/cells");
    for query in ["limit=0", "limit=201", "format=xlsx"] {
        let refused = service.ask("GET", &format!("{path}?{query}"), &editor, Value::Null).await;
        assert_eq!((refused.status, refused.code()), (422, "usage.invalid"), "{query}");
    }
    let unknown = service.ask("GET", &format!("{path}?column=town"), &editor, Value::Null).await;
    assert_eq!(unknown.status, 422);
    let message = unknown.body["error"]["message"].as_str().unwrap();
    assert!(message.contains("`town`") && message.contains("id, email, city, note"), "{message}");
    service.ask("DELETE", &format!("/api/v1/datasets/{id}"), &editor, Value::Null).await.is(204);
    service.ask("GET", &path, &editor, Value::Null).await.is(404);
    service.ask("GET", "/api/v1/datasets/nothing/cells", &editor, Value::Null).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_are_shown_where_the_settings_of_the_dataset_say_so() {
    let service = Harness::begin().await;
    let editor = service.token(Role::Editor).await;
    let mut text = "id,email\n".to_owned();
    for row in 0..400 {
        let name = if row == 399 { "Anna.Smihtson" } else { ["Anna.Smithson", "Bernd.Wagner"][row % 2] };
        let _ = writeln!(text, "{row},{name}@example.org");
    }
    let id = service.upload(&editor, "people.csv", text).await;
    let path = format!("/api/v1/datasets/{id}/cells?column=email");
    let masked = service.ask("GET", &path, &editor, Value::Null).await.is(200);
    assert_eq!(masked["masked_columns"], json!(["email"]));
    assert!(!masked.to_string().contains("Smihtson@"), "{masked}");
    let known =
        service.ask("GET", &format!("/api/v1/datasets/{id}/settings"), &editor, Value::Null).await.is(200);
    let body = json!({"version": known["version"], "own": {"privacy": {"show_personal": true}}});
    service.ask("PUT", &format!("/api/v1/datasets/{id}/settings"), &editor, body).await.is(200);
    let shown = service.ask("GET", &path, &editor, Value::Null).await.is(200);
    assert_eq!(shown["masked_columns"], Value::Null);
    assert_eq!(shown["suspects"][0]["value"], "Anna.Smihtson@example.org");
}
