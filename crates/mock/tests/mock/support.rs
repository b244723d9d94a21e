//! Generators and mocks, and somebody who asks them.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use driftline_mock::{Data, Generator, GeneratorSettings, Mock, MockSettings, Row, Schedule};
use serde_json::Value;
use tower::ServiceExt as _;

/// 2024-04-01, a Monday, at noon.
pub(crate) const START_MS: i64 = 1_711_972_800_000;
pub(crate) const MINUTE_MS: i64 = 60_000;

/// A generator with an hour of history and 50 rows a second, from this schedule.
pub(crate) fn generator(schedule: &str) -> Generator {
    Generator::new(settings(schedule)).unwrap()
}

pub(crate) fn settings(schedule: &str) -> GeneratorSettings {
    GeneratorSettings {
        seed: 11,
        rate: 50.0,
        start_ms: START_MS,
        history_ms: 60 * MINUTE_MS,
        schedule: Schedule::parse(schedule).unwrap(),
    }
}

/// Rows of some minutes after the start.
pub(crate) fn minutes(generator: &Generator, data: Data, from: i64, to: i64) -> Vec<Row> {
    generator.rows(data, START_MS + from * MINUTE_MS, START_MS + to * MINUTE_MS).collect()
}

/// The numbers of a column.
pub(crate) fn numbers(rows: &[Row], column: &str) -> Vec<f64> {
    rows.iter().filter_map(|row| row.get(column).unwrap().number()).collect()
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(crate) fn spread(values: &[f64]) -> f64 {
    let centre = mean(values);
    mean(&values.iter().map(|value| (value - centre).powi(2)).collect::<Vec<_>>()).sqrt()
}

/// The share of rows for which something holds.
pub(crate) fn share(rows: &[Row], of: impl Fn(&Row) -> bool) -> f64 {
    rows.iter().filter(|row| of(row)).count() as f64 / rows.len() as f64
}

/// A mock that stands at an hour of history: its time runs, but not by a minute while a test asks.
pub(crate) fn mock(schedule: &str) -> Mock {
    mock_with(MockSettings { generator: settings(schedule), speed: 0.001, ..Default::default() })
}

pub(crate) fn mock_with(settings: MockSettings) -> Mock {
    Mock::new(settings).unwrap()
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: to_bytes(body, 1 << 28).await.unwrap() }
}

pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    ask(router, Request::get(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(router: &Router, path: &str, body: Value) -> Answer {
    ask(router, Request::post(path).body(Body::from(body.to_string())).unwrap()).await
}

/// Waits until something is so; a test that waits for a minute has failed.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !is_so() {
        assert!(begun.elapsed().as_secs() < 60, "it never came");
        tokio::task::yield_now().await;
    }
}
