//! Rows that are sent as an Arrow stream: the same as in any other form, whole or not at all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow_ipc::writer::StreamWriter;
use driftline_model::service::Role;
use serde_json::{Value, json};

use crate::support::Harness;

/// Longest wait for something that must come.
const SOON: Duration = Duration::from_secs(60);
const ROWS: i64 = 400;
/// 2026-01-05, 10:00.
const BEGIN_MS: i64 = 1_767_607_200_000;

fn amount(row: i64) -> Option<f64> {
    (row % 7 != 0).then_some(((row * 7919) % 997) as f64 / 8.0)
}

fn channel(row: i64) -> Option<&'static str> {
    [Some("shop"), Some("web, new"), None][(row % 3) as usize]
}

fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn as_arrow() -> Vec<u8> {
    let batch = |rows: std::ops::Range<i64>| {
        let columns: [(&str, ArrayRef); 5] = [
            ("id", Arc::new(Int64Array::from_iter_values(rows.clone()))),
            ("amount", Arc::new(rows.clone().map(amount).collect::<Float64Array>())),
            ("channel", Arc::new(rows.clone().map(channel).collect::<DictionaryArray<Int32Type>>())),
            ("paid", Arc::new(rows.clone().map(|row| Some(row % 5 != 0)).collect::<BooleanArray>())),
            (
                "at",
                Arc::new(TimestampMillisecondArray::from_iter_values(rows.map(|row| BEGIN_MS + row * 250))),
            ),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap()
    };
    stream(&[batch(0..150), batch(150..ROWS)])
}

fn moment(row: i64) -> String {
    let ms = row * 250;
    format!("2026-01-05T10:{:02}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
}

fn as_csv() -> String {
    let mut text = "id,amount,channel,paid,at\n".to_owned();
    for row in 0..ROWS {
        let amount = amount(row).map_or_else(String::new, |amount| amount.to_string());
        let channel = channel(row).map_or_else(String::new, |channel| format!("\"{channel}\""));
        writeln!(text, "{row},{amount},{channel},{},{}", row % 5 != 0, moment(row)).unwrap();
    }
    text
}

fn as_ndjson() -> String {
    let object = |row: i64| json!({"id": row, "amount": amount(row), "channel": channel(row), "paid": row % 5 != 0, "at": moment(row)});
    (0..ROWS).map(|row| format!("{}\n", object(row))).collect()
}

async fn begin(harness: &Harness, token: &str, name: &str) -> String {
    let settings = json!({"window": {"length_secs": 60.0, "rows": ROWS}});
    let body = json!({"name": name, "feed": {"kind": "push"}, "settings": settings});
    let made = harness.ask("POST", "/api/v1/monitors", token, body).await.is(201);
    let id = made["monitor"]["id"].as_str().unwrap().to_owned();
    until(harness, token, &format!("/api/v1/monitors/{id}"), |answer| !answer["status"].is_null()).await;
    id
}

async fn until(harness: &Harness, token: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let asked = async {
        loop {
            let answer = harness.ask("GET", path, token, Value::Null).await.body;
            if wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, asked).await.unwrap_or_else(|_| panic!("{path} never became as wanted"))
}

async fn send(
    (harness, token): (&Harness, &str),
    id: &str,
    content_type: &str,
    (body, key): (Vec<u8>, &str),
) -> (u16, Value) {
    let request = harness.client.post(harness.url(&format!("/api/v1/monitors/{id}/rows"))).bearer_auth(token);
    let request = request.header("content-type", content_type).header("idempotency-key", key).body(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

const ARROW: &str = "application/vnd.apache.arrow.stream";

/// What the first window says of the columns.
async fn of_columns(harness: &Harness, token: &str, id: &str) -> BTreeMap<String, Value> {
    let path = format!("/api/v1/monitors/{id}/windows?from=0");
    let windows = until(harness, token, &path, |windows| windows[0]["rows"] == ROWS).await;
    assert_eq!(windows[0]["rejected_rows"], 0, "{windows}");
    let values = windows[0]["values"].as_object().unwrap().clone();
    values.into_iter().filter(|(key, _)| key.contains('.')).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_rows_give_the_same_window_in_every_form() {
    let harness = Harness::begin().await;
    let token = harness.token(Role::Admin).await;
    let forms = [
        ("text/csv", as_csv().into_bytes()),
        ("application/x-ndjson", as_ndjson().into_bytes()),
        (ARROW, as_arrow()),
    ];
    let mut seen = Vec::new();
    for (content_type, body) in forms {
        let id = begin(&harness, &token, content_type).await;
        // Rows of one key count once, in every form.
        for _ in 0..2 {
            let (status, answer) = send((&harness, &token), &id, content_type, (body.clone(), "all")).await;
            assert_eq!((status, &answer["bytes"]), (202, &json!(body.len())), "{answer}");
        }
        seen.push(of_columns(&harness, &token, &id).await);
        let details =
            harness.ask("GET", &format!("/api/v1/monitors/{id}"), &token, Value::Null).await.is(200);
        assert_eq!(details["status"]["rows"], ROWS, "{details}");
    }
    assert!(seen[0].contains_key("amount.mean") && seen[0].len() > 10, "{:?}", seen[0]);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
    harness.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_stream_that_cannot_be_taken_nothing_is_taken() {
    let mut harness = Harness::begin().await;
    let token = harness.token(Role::Admin).await;
    let id = begin(&harness, &token, "orders").await;
    let whole = as_arrow();
    let sent = async |body: Vec<u8>| send((&harness, &token), &id, ARROW, (body, "x")).await;
    for length in [0, 10, whole.len() / 2, whole.len() - 8] {
        let (status, answer) = sent(whole[..length].to_vec()).await;
        assert_eq!((status, &answer["error"]["code"]), (422, &json!("data.arrow")), "{length}: {answer}");
    }
    let (status, answer) = sent(as_csv().into_bytes()).await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("data.arrow")), "{answer}");
    // A megabyte that stands for a hundred.
    let long = "x".repeat(1 << 20);
    let values: ArrayRef = Arc::new(StringArray::from(vec![long.as_str()]));
    let words: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0; 100]), values));
    let batch = RecordBatch::try_from_iter([("word", words)]).unwrap();
    let (status, answer) = sent(stream(&[batch])).await;
    assert_eq!((status, &answer["error"]["code"]), (413, &json!("data.too_large")), "{answer}");
    let (status, answer) = sent(vec![0; (32 << 20) + 1]).await;
    assert_eq!((status, &answer["error"]["code"]), (413, &json!("data.too_large")), "{answer}");
    // The key of what was refused is free, and what is acknowledged outlives a restart.
    let (status, _) = sent(whole).await;
    assert_eq!(status, 202);
    harness = harness.restart().await;
    assert!(of_columns(&harness, &token, &id).await.contains_key("amount.mean"));
    harness.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_that_are_left_out_are_named() {
    let harness = Harness::begin().await;
    let token = harness.token(Role::Admin).await;
    let id = begin(&harness, &token, "orders").await;
    let columns: [(&str, ArrayRef); 2] = [
        ("a", Arc::new(Int64Array::from(vec![1, 2]))),
        ("raw", Arc::new(arrow_array::BinaryArray::from(vec![&b"x"[..], b"y"]))),
    ];
    let body = stream(&[RecordBatch::try_from_iter(columns).unwrap()]);
    let (status, answer) = send((&harness, &token), &id, ARROW, (body, "x")).await;
    assert_eq!(status, 202, "{answer}");
    assert_eq!(answer["notes"], json!(["column `raw` is skipped: it holds binary data"]));
    harness.running.stop().await.unwrap();
}
