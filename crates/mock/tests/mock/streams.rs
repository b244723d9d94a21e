//! Rows as they come.

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use driftline_mock::{Data, Mock, MockSettings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_stream::StreamExt as _;
use tower::ServiceExt as _;

use crate::support::{get, mock, mock_with, post, settings, until};

/// A stream that is read bit by bit.
struct Reader {
    parts: BodyDataStream,
    rest: String,
}

impl Reader {
    async fn open(router: &Router, request: Request<Body>) -> Self {
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        Self { parts: response.into_body().into_data_stream(), rest: String::new() }
    }

    async fn get(router: &Router, path: &str) -> Self {
        Self::open(router, Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// What comes up to an end mark; none at the end of the stream.
    async fn next(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some((first, rest)) = self.rest.split_once(end) {
                let (first, rest) = (first.to_owned(), rest.to_owned());
                self.rest = rest;
                return Some(first);
            }
            self.rest.push_str(std::str::from_utf8(&self.parts.next().await?.unwrap()).unwrap());
        }
    }
}

fn quick(speed: f64) -> Mock {
    mock_with(MockSettings { generator: settings(""), speed, ..Default::default() })
}

#[tokio::test]
async fn lines_come_with_the_time_and_are_those_of_the_pages() {
    let mock = quick(100.0);
    let router = mock.router();
    let page = get(&router, "/v1/orders?since=2024-04-01T11:59:00Z&limit=1000").await.json();
    let resume = page["resume"].as_str().unwrap();
    let mut reader = Reader::get(&router, &format!("/v1/orders/stream?cursor={resume}&limit=3000")).await;
    let mut lines: Vec<Value> = Vec::new();
    while let Some(line) = reader.next("\n").await {
        let at_ms = mock.now_ms();
        let row: Value = serde_json::from_str(&line).unwrap();
        let ordered = driftline_mock::moment::parse_moment(row["ordered_at"].as_str().unwrap()).unwrap();
        assert!(ordered <= at_ms, "nobody gets ahead of time");
        lines.push(row);
    }
    let first: u64 = resume[1..].parse().unwrap();
    let generator = mock.generator();
    let expected =
        generator.numbered(Data::Orders, first, 3_000).map(|row| row.get("order_id").unwrap().text());
    let ids: Vec<&str> = lines.iter().map(|row| row["order_id"].as_str().unwrap()).collect();
    assert!(expected.eq(ids.iter().copied()) && ids.len() == 3_000);
}

#[tokio::test]
async fn a_stream_begins_now_or_where_it_is_told() {
    let router = mock("").router();
    let mut past = Reader::get(&router, "/v1/web/stream?since=2024-04-01T11:00:00Z&limit=2").await;
    let row: Value = serde_json::from_str(&past.next("\n").await.unwrap()).unwrap();
    assert!(row["requested_at"].as_str().unwrap().starts_with("2024-04-01T11:00:0"));
    assert!(past.next("\n").await.is_some() && past.next("\n").await.is_none());
    let now = quick(100.0);
    let begun = now.now_ms();
    let mut reader = Reader::get(&now.router(), "/v1/web/stream").await;
    let row: Value = serde_json::from_str(&reader.next("\n").await.unwrap()).unwrap();
    let at = driftline_mock::moment::parse_moment(row["requested_at"].as_str().unwrap()).unwrap();
    assert!(at >= begun);
}

fn event(text: &str) -> (u64, Value) {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
    };
    assert_eq!(field("event"), "row");
    (field("id").parse().unwrap(), serde_json::from_str(&field("data")).unwrap())
}

#[tokio::test]
async fn events_are_resumed_where_they_broke_off() {
    let mock = quick(50.0);
    let router = mock.router();
    let mut reader = Reader::get(&router, "/v1/sensors/events?since=2024-04-01T11:59:30Z").await;
    assert_eq!(reader.next("\n\n").await.unwrap(), "retry: 1000");
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen.push(event(&reader.next("\n\n").await.unwrap()));
    }
    drop(reader);
    let last = seen.last().unwrap().0;
    let request = Request::get("/v1/sensors/events").header("last-event-id", last).body(Body::empty());
    let mut reader = Reader::open(&router, request.unwrap()).await;
    assert_eq!(reader.next("\n\n").await.unwrap(), "retry: 1000");
    for _ in 0..3_000 {
        seen.push(event(&reader.next("\n\n").await.unwrap()));
    }
    let generator = mock.generator();
    for (place, (id, row)) in seen.iter().enumerate() {
        assert_eq!(*id, seen[0].0 + place as u64);
        let expected = generator.row(Data::Sensors, *id).unwrap();
        assert_eq!(row["reading_id"].as_f64(), expected.get("reading_id").unwrap().number());
    }
    let wrong = Request::get("/v1/sensors/events").header("last-event-id", "x").body(Body::empty()).unwrap();
    assert_eq!(router.clone().oneshot(wrong).await.unwrap().status(), 400);
}

#[tokio::test]
async fn who_does_not_keep_up_is_told_and_nothing_piles_up() {
    // Some 50,000 rows in a second of the clock on the wall.
    let mock = quick(1_000.0);
    let router = mock.router();
    let mut events = Reader::get(&router, "/v1/web/events").await;
    let mut lines = Reader::get(&router, "/v1/web/stream").await;
    events.next("\n\n").await.unwrap();
    events.next("\n\n").await.unwrap();
    lines.next("\n").await.unwrap();
    // Nobody reads for more than the two seconds that may pass.
    let begun = mock.now_ms();
    until(|| mock.now_ms() > begun + 3_000_000).await;
    let mut last = None;
    let skipped = loop {
        let text = events.next("\n\n").await.unwrap();
        if text.starts_with(": skipped ") {
            break text;
        }
        last = Some(event(&text).0);
    };
    let count: u64 = skipped.split_whitespace().nth(2).unwrap().parse().unwrap();
    assert!(count > 100_000, "{skipped}");
    let next = event(&events.next("\n\n").await.unwrap()).0;
    assert_eq!(next, last.unwrap() + 1 + count);
    let mut rest = 0;
    while lines.next("\n").await.is_some() {
        rest += 1;
    }
    assert!(lines.rest.is_empty(), "the last line is whole");
    assert!(rest < 5_000, "{rest} rows waited");
}

#[tokio::test]
async fn there_are_so_many_streams_and_no_more() {
    let few = MockSettings { generator: settings(""), speed: 0.001, max_streams: 2, ..Default::default() };
    let router = mock_with(few).router();
    let one = Reader::get(&router, "/v1/web/stream").await;
    let _two = Reader::get(&router, "/v1/web/events").await;
    let refused = get(&router, "/v1/orders/stream").await.is(503);
    assert_eq!(refused.json()["error"]["code"], "too_many_streams");
    assert_eq!(refused.header("retry-after"), "5");
    get(&router, "/v1/orders").await.is(200);
    drop(one);
    // The place is free as soon as the writer has seen that nobody reads.
    let begun = std::time::Instant::now();
    while get(&router, "/v1/orders.csv?limit=1").await.status != 200 {
        assert!(begun.elapsed().as_secs() < 60);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_planted_reaches_open_streams() {
    let mock = quick(20.0);
    let router = mock.router();
    let mut reader = Reader::get(&router, "/v1/orders/stream").await;
    reader.next("\n").await.unwrap();
    let fault = json!({ "kind": "column_renamed", "data": "orders", "column": "amount", "value": "total" });
    post(&router, "/v1/faults", fault).await.is(201);
    let mut is_renamed = false;
    for _ in 0..20_000 {
        let row: Value = serde_json::from_str(&reader.next("\n").await.unwrap()).unwrap();
        is_renamed = row.get("total").is_some();
        if is_renamed {
            break;
        }
    }
    assert!(is_renamed);
}

/// A mock on a port, what stops it, and its end.
async fn on_a_port(
    mock: Mock,
) -> (std::net::SocketAddr, oneshot::Sender<()>, JoinHandle<std::io::Result<()>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let until_told = async {
        let _ = stopped.await;
    };
    (address, stop, tokio::spawn(async move { mock.serve(listener, until_told).await }))
}

/// Asks for a stream and reads its beginning.
async fn begin(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: mock\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut part = [0; 4096];
    let read = socket.read(&mut part).await.unwrap();
    assert!(std::str::from_utf8(&part[..read.min(12)]).unwrap().starts_with("HTTP/1.1 200"));
    socket
}

#[tokio::test]
async fn served_over_a_port_until_it_is_stopped() {
    let (address, stop, served) = on_a_port(quick(100.0)).await;
    let mut socket = begin(address, "/v1/orders/stream").await;
    stop.send(()).unwrap();
    // The stream ends with the mock.
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).await.unwrap();
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_reader_that_never_reads_does_not_keep_it_from_stopping() {
    let (address, stop, served) = on_a_port(quick(100.0)).await;
    let _socket = begin(address, "/v1/orders/stream?since=2024-04-01T11:00:00Z").await;
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}
