//! Parts of an object in S3, against a store of the loopback. The keys are in the environment, which only another
//! process can be given: the test runs itself.

#![cfg(feature = "remote")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use axum::routing::any;
use driftline_ingest::{Location, Part, ReadOptions, Table, open};

/// Rows of the object.
const ROWS: usize = 60_000;
/// Bytes of a part.
const PART_BYTES: u64 = 200_000;
const URL: &str = "s3://bucket/some folder/a+b.csv";

fn text() -> String {
    let mut text = "a,b\n".to_owned();
    (0..ROWS).for_each(|row| text.push_str(&format!("{row},\"x\n{}\"\n", row % 7)));
    text
}

struct Served {
    text: Bytes,
    /// Where each answer began.
    starts: Mutex<Vec<usize>>,
}

async fn serve(
    State(served): State<Arc<Served>>,
    (Path((bucket, key)), method): (Path<(String, String)>, Method),
    headers: HeaderMap,
) -> Response<Body> {
    if (bucket.as_str(), key.as_str()) != ("bucket", "some folder/a+b.csv") {
        return Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap();
    }
    let answer = Response::builder()
        .header(header::ETAG, "\"one\"")
        .header(header::LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT");
    let len = served.text.len();
    if method == Method::HEAD {
        return answer.header(header::CONTENT_LENGTH, len).body(Body::empty()).unwrap();
    }
    let range = headers.get(header::RANGE).map(|range| range.to_str().unwrap());
    let from = range.map_or(0, |range| {
        range.trim_start_matches("bytes=").split('-').next().unwrap().parse::<usize>().unwrap()
    });
    served.starts.lock().unwrap().push(from);
    let part = served.text.slice(from..);
    let answer = answer.header(header::CONTENT_LENGTH, part.len());
    let answer = match range {
        Some(_) => answer
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, format!("bytes {from}-{}/{len}", len - 1)),
        None => answer,
    };
    answer.body(Body::from(part)).unwrap()
}

fn server(served: Arc<Served>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let app = Router::new().route("/{bucket}/{*key}", any(serve)).with_state(served);
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
        });
    });
    format!("http://{address}")
}

/// Offsets of all rows.
fn offsets(table: &Table) -> Vec<u64> {
    let mut all = Vec::new();
    for source in table.sources() {
        while let Some(raw) = source.pull(1 << 14).unwrap() {
            let decoded = source.decode(raw).unwrap();
            assert!(decoded.rejected.is_empty());
            all.extend_from_slice(decoded.chunk.offsets());
        }
    }
    all
}

/// What the process does that has the keys; in any other there is nothing to do.
#[test]
fn with_keys() {
    if std::env::var("AWS_SECRET_ACCESS_KEY").as_deref() != Ok("of this test") {
        return;
    }
    let table = open(&Location::parse(URL), &ReadOptions::default()).unwrap();
    let (plan, parts) = table.cut(PART_BYTES).unwrap();
    let wanted = offsets(&table);
    assert_eq!(wanted.len(), ROWS);
    let (mut found, mut end) = (Vec::new(), None);
    for part in &parts {
        let bytes = postcard::to_stdvec(part).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("of this test"));
        let part: Part = postcard::from_bytes(&bytes).unwrap();
        let table = Table::of_part(&plan, &part).unwrap();
        found.extend(offsets(&table));
        let span = table.sources()[0].span().unwrap();
        assert!(end.is_none_or(|end| end == span.start));
        end = Some(span.end);
    }
    assert_eq!(found, wanted);
}

#[test]
fn an_object_is_fetched_from_where_its_parts_begin() {
    let text = text();
    let len = text.len();
    let served = Arc::new(Served { text: text.into(), starts: Mutex::default() });
    let endpoint = server(Arc::clone(&served));
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "with_keys", "--nocapture"])
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "nobody")
        .env("AWS_SECRET_ACCESS_KEY", "of this test")
        .env("AWS_REGION", "eu-central-1")
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let starts = served.starts.lock().unwrap().clone();
    let parts = len.div_ceil(PART_BYTES as usize);
    // The table as a whole, then each part a byte before its own first.
    assert_eq!((starts.len(), starts[..2].to_vec()), (1 + parts, vec![0, 0]));
    assert!(starts[1..].is_sorted_by(|one, other| one < other), "{starts:?}");
}
