//! Fills a service with samples, by the same requests that anybody would send.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use driftline_model::service::{NewToken, Role};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};
use tower::ServiceExt as _;

use crate::accounts::{add_person, create_token};
use crate::serve::{Running, app};

/// Largest answer that is looked at.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// How long a job may take before the samples are given up.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a job is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Who does what the samples show.
const OWNER: &str = "owner@localhost";
/// Somebody to give work to.
const COLLEAGUE: &str = "ana@localhost";

/// A table to begin with.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Name of the file.
    pub name: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// Why the samples could not be put in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// The service refused a request.
    #[error("the service refused a sample ({status}): {answer}")]
    Refused {
        /// What it answered.
        status: StatusCode,
        /// Its words.
        answer: String,
    },
    /// A job did not come to an end.
    #[error("a sample was not ready within {} seconds", PATIENCE.as_secs())]
    Slow,
    /// The database refused.
    #[error(transparent)]
    Store(#[from] driftline_store::StoreError),
}

/// Puts in two tables, compares them, saves the first one as a baseline `flights`, and leaves some findings to a
/// colleague. `feed` is the URL of a stream of orders, which a monitor watches. Answers the path of the page to begin
/// with.
///
/// # Errors
/// When the service refuses one of the requests.
pub async fn add_samples(
    running: &Running,
    reference: Sample,
    current: Sample,
    feed: &str,
) -> Result<String, SampleError> {
    let database = running.database();
    add_person(database, COLLEAGUE, Role::Editor).await?;
    let wanted = NewToken { name: "samples".to_owned(), role: Role::Owner, expires_in_days: 1 };
    let secret = create_token(database, OWNER, &wanted).await?.unwrap_or_default();
    let client = Client { app: app(running.service.clone()), secret };
    let reference = client.upload(reference).await?;
    let current = client.upload(current).await?;
    client.save_baseline("flights", &reference).await?;
    let against_baseline =
        json!({ "current": { "dataset": &reference }, "reference": { "baseline": "flights" } });
    client.check(&against_baseline).await?;
    let main = json!({ "current": { "dataset": &current }, "reference": { "dataset": &reference } });
    let check = client.check(&main).await?;
    client.look_after_findings(&check).await?;
    client.watch(feed).await?;
    let tokens = client.get("/api/v1/tokens").await?;
    for token in tokens.as_array().into_iter().flatten() {
        client.send(Method::DELETE, &format!("/api/v1/tokens/{}", text(token, "id")), None).await?;
    }
    Ok(format!("/checks/{check}"))
}

/// Sends requests to the service without a network between.
struct Client {
    app: Router,
    secret: String,
}

impl Client {
    async fn upload(&self, sample: Sample) -> Result<String, SampleError> {
        let uri = format!("/api/v1/datasets?name={}", sample.name);
        let made =
            self.call(Method::POST, &uri, Body::from(sample.bytes), "application/octet-stream").await?;
        Ok(text(&made, "id"))
    }

    async fn save_baseline(&self, name: &str, dataset: &str) -> Result<(), SampleError> {
        let body = json!({ "dataset": dataset });
        self.send(Method::POST, &format!("/api/v1/baselines/{name}/versions"), Some(&body)).await?;
        let saved = |all: &Value| all.as_array().is_some_and(|all| !all.is_empty());
        self.wait("/api/v1/baselines", saved).await.map(|_| ())
    }

    /// Starts a check and waits for its end; answers its id.
    async fn check(&self, wanted: &Value) -> Result<String, SampleError> {
        let id = text(&self.send(Method::POST, "/api/v1/checks", Some(wanted)).await?, "id");
        let has_ended = |check: &Value| !matches!(check["state"].as_str(), Some("queued" | "running"));
        self.wait(&format!("/api/v1/checks/{id}"), has_ended).await?;
        Ok(id)
    }

    /// Watches a stream of orders, of which a minute and a half is there already.
    async fn watch(&self, url: &str) -> Result<(), SampleError> {
        let body = json!({
            "name": "orders",
            "feed": { "kind": "stream", "url": url },
            "settings": {
                "window": { "time_column": "ordered_at", "lateness_secs": 1.0 },
                "baseline": { "learned": 75.0 },
                "alarms": { "recover_windows": 15 },
            },
        });
        self.send(Method::POST, "/api/v1/monitors", Some(&body)).await.map(|_| ())
    }

    /// One finding is somebody's, with a question to somebody else; one is known already.
    async fn look_after_findings(&self, check: &str) -> Result<(), SampleError> {
        let people = self.get("/api/v1/users").await?;
        let colleague = people.as_array().into_iter().flatten().find(|one| one["user"]["email"] == COLLEAGUE);
        let colleague = colleague.map_or_else(String::new, |one| text(&one["user"], "id"));
        let findings = self.get(&format!("/api/v1/findings?check={check}")).await?;
        let findings = findings["items"].as_array().cloned().unwrap_or_default();
        let about = |column: &str| findings.iter().find(|finding| finding["column"] == column);
        if let Some(finding) = about("dep_delay") {
            let path = format!("/api/v1/findings/{}", text(finding, "id"));
            let change = json!({ "version": finding["version"], "assignee": colleague });
            self.send(Method::PATCH, &path, Some(&change)).await?;
            let question = format!("@{COLLEAGUE} is this the summer schedule, or did the storms do it?");
            self.send(Method::POST, &format!("{path}/comments"), Some(&json!({ "text": question }))).await?;
        }
        if let Some(finding) = about("month") {
            let path = format!("/api/v1/findings/{}", text(finding, "id"));
            let change = json!({ "version": finding["version"], "state": "acknowledged" });
            self.send(Method::PATCH, &path, Some(&change)).await?;
        }
        Ok(())
    }

    async fn wait(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> Result<Value, SampleError> {
        let began = Instant::now();
        loop {
            let now = self.get(path).await?;
            if is_there(&now) {
                return Ok(now);
            }
            if began.elapsed() > PATIENCE {
                return Err(SampleError::Slow);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    async fn get(&self, path: &str) -> Result<Value, SampleError> {
        self.send(Method::GET, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, SampleError> {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.call(method, path, body, "application/json").await
    }

    async fn call(&self, method: Method, path: &str, body: Body, kind: &str) -> Result<Value, SampleError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret))
            .header(header::CONTENT_TYPE, kind)
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))))
            .body(body);
        let refused = |status, answer: String| SampleError::Refused { status, answer };
        let request = request.map_err(|error| refused(StatusCode::BAD_REQUEST, error.to_string()))?;
        let Ok(response) = self.app.clone().oneshot(request).await;
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), MAX_ANSWER_BYTES).await.unwrap_or_default();
        if !status.is_success() {
            return Err(refused(status, String::from_utf8_lossy(&bytes).into_owned()));
        }
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}
