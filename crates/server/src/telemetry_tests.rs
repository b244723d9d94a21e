//! What a request leaves in the log and in the figures, also when its handler fails.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::logging::{LogFormat, log};
use crate::telemetry::{answered, guarded, observe};
use crate::{Running, ServiceConfig, serve};

/// A log that is kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self, message: &str) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["message"] == message).collect()
    }
}

async fn started(folder: &tempfile::TempDir) -> Running {
    let mut config = ServiceConfig::new(folder.path().to_path_buf());
    config.listen = ([127, 0, 0, 1], 0).into();
    serve(config).await.unwrap()
}

async fn panics() -> StatusCode {
    panic!("over a pebble")
}

#[tokio::test]
async fn a_panic_is_answered_logged_and_survived_and_nothing_secret_is_written() {
    let kept = Kept::default();
    let writer = kept.clone();
    let log = log(LogFormat::Json, "info", move || writer.clone()).unwrap();
    let _log = tracing::dispatcher::set_default(&log);
    let folder = tempfile::tempdir().unwrap();
    let running = started(&folder).await;
    let app = Router::new()
        .route("/panics/{id}", get(panics))
        .layer(from_fn(guarded))
        .layer(from_fn_with_state(running.service.clone(), observe))
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/panics/7001?secret=hunter2", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    // Fails when it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    for id in ["first", "second"] {
        let request = reqwest::Client::new().get(&url).bearer_auth("sesame").header("x-request-id", id);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 500);
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["error"]["code"], "system.internal");
        assert_eq!(problem["error"]["request_id"], id);
        assert!(!problem.to_string().contains("pebble"), "{problem}");
    }
    server.abort();
    let failures = kept.lines("request failed");
    assert_eq!(failures.len(), 2);
    assert_eq!(failures[0]["cause"], "a panic: over a pebble");
    assert_eq!(failures[1]["request_id"], "second");
    let requests = kept.lines("request");
    assert_eq!(requests.len(), 2);
    assert_eq!((&requests[0]["method"], &requests[0]["route"]), (&"GET".into(), &"/panics/{id}".into()));
    assert_eq!((&requests[0]["status"], &requests[0]["address"]), (&500.into(), &"127.0.0.1".into()));
    assert!(requests[0]["ms"].as_f64().is_some_and(|ms| ms >= 0.0));
    for secret in ["hunter2", "sesame", "7001"] {
        assert!(!kept.text().contains(secret), "{}", kept.text());
    }
    assert_eq!(running.service.telemetry.metrics.errors_by_category()["system"], 2);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn rows_that_are_taken_are_told_at_debug_and_others_at_info() {
    for (level, expected) in [("info", vec![422]), ("debug", vec![202, 422])] {
        let kept = Kept::default();
        let writer = kept.clone();
        let log = log(LogFormat::Json, level, move || writer.clone()).unwrap();
        let _log = tracing::dispatcher::set_default(&log);
        let folder = tempfile::tempdir().unwrap();
        let running = started(&folder).await;
        let answer = |Path(id): Path<String>| async move {
            if id == "fine" { StatusCode::ACCEPTED } else { StatusCode::UNPROCESSABLE_ENTITY }
        };
        let app = Router::new()
            .route("/api/v1/monitors/{id}/rows", post(answer))
            .layer(from_fn_with_state(running.service.clone(), observe));
        for id in ["fine", "odd"] {
            let uri = format!("/api/v1/monitors/{id}/rows");
            let request = Request::post(uri).body(Body::empty()).unwrap();
            app.clone().oneshot(request).await.unwrap();
        }
        let told: Vec<_> = kept.lines("request").iter().map(|line| line["status"].clone()).collect();
        assert_eq!(told, expected, "{level}");
        running.stop().await.unwrap();
    }
}

#[tokio::test]
async fn what_never_ends_is_given_up() {
    let response = answered(Some(Duration::ZERO), pending()).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn levels_and_forms_that_make_no_sense_are_told() {
    for level in ["info", "debug", "info,sqlx=warn", "driftline_server=trace"] {
        assert!(log(LogFormat::Human, level, io::sink).is_ok(), "{level}");
    }
    for level in ["", "loud", "info=very", "a,b"] {
        assert!(log(LogFormat::Human, level, io::sink).is_err(), "{level}");
    }
    assert_eq!("json".parse::<LogFormat>().unwrap(), LogFormat::Json);
    assert!("xml".parse::<LogFormat>().is_err());
}
