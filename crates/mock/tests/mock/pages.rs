//! Paging, tables, and what they refuse.

use axum::Router;
use driftline_mock::Data;
use serde_json::Value;

use crate::support::{MINUTE_MS, START_MS, get, mock};

fn ids(page: &Value) -> Vec<String> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["order_id"].as_str().unwrap().to_owned())
        .collect()
}

/// All pages from a path on, by their `next` and by their Link headers, which must agree.
async fn all_pages(router: &Router, first: &str, field: &str) -> Vec<String> {
    let mut path = first.to_owned();
    let mut all = Vec::new();
    loop {
        let answer = get(router, &path).await.is(200);
        let page = answer.json();
        all.extend(ids(&page));
        let next = answer.header("link").split(", ").find(|link| link.ends_with("rel=\"next\""));
        let Some(next) = next else {
            assert!(page[field].is_null() || page["page"] == page["pages"]);
            return all;
        };
        let query = next.split_once("<").unwrap().1.split_once(">").unwrap().0;
        path = format!("/v1/orders{query}");
    }
}

#[tokio::test]
async fn cursors_and_pages_cover_each_row_once() {
    let mock = mock("");
    let router = mock.router();
    let expected: Vec<String> = mock
        .generator()
        .rows(Data::Orders, START_MS - 30 * MINUTE_MS, START_MS - 28 * MINUTE_MS)
        .map(|row| row.get("order_id").unwrap().text())
        .collect();
    assert!(expected.len() > 3_000);
    let window = "since=2024-04-01T11:30:00Z&until=2024-04-01T11:32:00%2B00:00";
    for limit in [1_000, 170, 333] {
        let path = format!("/v1/orders?limit={limit}&{window}");
        assert_eq!(all_pages(&router, &path, "next").await, expected);
        let path = format!("/v1/orders?page=1&per_page={limit}&{window}");
        assert_eq!(all_pages(&router, &path, "page").await, expected);
    }
    let page = get(&router, &format!("/v1/orders?page=2&per_page=100&{window}")).await.is(200).json();
    assert_eq!(page["total"], expected.len());
    assert_eq!(page["pages"], expected.len().div_ceil(100));
    let beyond = get(&router, &format!("/v1/orders?page=900000&{window}")).await.is(200).json();
    assert_eq!(ids(&beyond), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_to_come_is_not_there_and_resume_waits_for_it() {
    let router = mock("").router();
    let page = get(&router, "/v1/web?since=2024-04-01T11:59:59Z&until=2030-01-01").await.is(200).json();
    assert!(page["next"].is_null());
    let resume = page["resume"].as_str().unwrap();
    let rest = get(&router, &format!("/v1/web?cursor={resume}")).await.is(200).json();
    let new = rest["first"].as_u64().unwrap();
    assert_eq!(format!("c{new}"), resume);
    let future = get(&router, "/v1/web?since=2030-01-01").await.is(200).json();
    assert_eq!(future["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_table_has_one_header_and_the_same_rows() {
    let text = "[[fault]]\nkind = \"column_added\"\ndata = \"orders\"\nvalue = \"note, long\"\nstart = \"-20m\"\nlength = \"1m\"";
    let mock = mock(text);
    let router = mock.router();
    let answer =
        get(&router, "/v1/orders.csv?since=2024-04-01T11:39:00Z&until=2024-04-01T11:42:00Z").await.is(200);
    assert!(answer.header("content-type").starts_with("text/csv"));
    let table = answer.text();
    let mut lines = table.lines();
    let head = lines.next().unwrap();
    assert!(head.starts_with("order_id,ordered_at,") && head.ends_with(",\"note, long\""), "{head}");
    let rows: Vec<&str> = lines.collect();
    let generator = mock.generator();
    let expected: Vec<_> =
        generator.rows(Data::Orders, START_MS - 21 * MINUTE_MS, START_MS - 18 * MINUTE_MS).collect();
    assert_eq!(rows.len(), expected.len());
    for (line, row) in rows.iter().zip(&expected) {
        assert!(line.starts_with(&row.get("order_id").unwrap().text()));
        assert_eq!(line.matches(',').count(), 22);
        let has_note = row.get("note, long").is_some();
        assert_eq!(line.ends_with(','), !has_note, "{line}");
    }
    let few = get(&router, "/v1/orders.csv?limit=10").await.is(200);
    assert_eq!(few.text().lines().count(), 11);
    assert!(few.header("link").contains("cursor=c10&limit=10"), "{}", few.header("link"));
    let none = get(&router, "/v1/orders.csv?since=2030-01-01").await.is(200).text();
    assert_eq!(none.lines().count(), 1);
}

#[tokio::test]
async fn values_have_their_types() {
    let router = mock("").router();
    let page = get(&router, "/v1/orders?limit=1").await.is(200).json();
    let item = &page["items"][0];
    assert!(item["amount"].is_f64() && item["quantity"].is_i64() && item["is_gift"].is_boolean());
    assert!(item["ordered_at"].as_str().unwrap().starts_with("2024-04-01T11:00:0"));
    assert_eq!(item.as_object().unwrap().len(), 22);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let router = mock("").router();
    for (path, expected) in [
        ("/v1/orders?limit=0", "limit is `0`: a number from 1 to 1000"),
        ("/v1/orders?limit=1001", "from 1 to 1000"),
        ("/v1/orders?limit=many", "limit is `many`"),
        ("/v1/orders?page=0", "page is `0`"),
        ("/v1/orders?per_page=99999", "per_page is"),
        ("/v1/orders?page=1&cursor=c5", "either cursor and limit, or page and per_page"),
        ("/v1/orders?cursor=5", "cursor is `5`"),
        ("/v1/orders?cursor=c99999999999999999999", "cursor is"),
        ("/v1/orders?since=yesterday", "since is `yesterday`: a moment such as"),
        ("/v1/orders/stream?until=x", "until is `x`"),
        ("/v1/truth?from=x", "from is `x`"),
    ] {
        let answer = get(&router, path).await.is(400).json();
        assert_eq!(answer["error"]["code"], "bad_parameter");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{path}: {message}");
    }
    for path in ["/v1/customers", "/v1/customers.csv", "/v1/customers/truth", "/v1/orders/other", "/nowhere"]
    {
        let answer = get(&router, path).await.is(404).json();
        assert_eq!(answer["error"]["code"], "not_found", "{path}");
    }
    let huge = get(&router, "/v1/orders?cursor=c9000000000000000").await.is(200).json();
    assert_eq!(huge["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn the_page_for_people_tells_everything() {
    let router = mock("").router();
    let page = get(&router, "/").await.is(200).text();
    for part in ["v1/orders?limit=5", "v1/sensors.csv", "v1/web/events", "v1/truth", "clock_jump"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("{{"));
    assert_eq!(get(&router, "/health").await.is(200).json()["status"], "ok");
    let catalogue = get(&router, "/v1").await.is(200).json();
    assert_eq!(catalogue["data"][0]["name"], "orders");
    assert_eq!(catalogue["data"][0]["columns"][13]["unit"], "EUR");
}

#[tokio::test]
async fn a_nested_mock_answers_below_its_place() {
    let router = Router::new().nest("/mock", mock("").router());
    let page = get(&router, "/mock/v1/sensors?limit=3").await.is(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
}
