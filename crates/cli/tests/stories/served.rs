//! The service as a process of its own, and somebody who asks it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::Story;

/// How long a finished set of checks may take.
pub(crate) const SETTLES_WITHIN: Duration = Duration::from_secs(240);

/// A service under its own process id; it is killed when this is dropped.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) address: String,
}

/// An answer: status and body as JSON (null when it is none).
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Somebody who asks a service.
pub(crate) struct Client {
    http: reqwest::Client,
    origin: String,
    token: String,
}

impl Served {
    /// Starts a service in the folder of a story, on a free port. `places` says where its data are.
    pub(crate) fn start(story: &Story, places: &str) -> Self {
        Self::of(story.command(&format!("serve {places} --listen 127.0.0.1:0 --quiet")))
    }

    /// Starts a service with a command that runs it.
    pub(crate) fn of(mut command: std::process::Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { child, address }
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Client {
    pub(crate) fn of(served: &Served, token: &str) -> Self {
        // Fails from the second time on, when it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            http: reqwest::Client::new(),
            origin: format!("http://{}", served.address),
            token: token.to_owned(),
        }
    }

    /// The answer to a request, where there is one. Paths begin behind `/api/v1`.
    pub(crate) async fn try_ask(&self, method: &str, path: &str, body: Option<Value>) -> Option<Answer> {
        let body = body.map(|body| (body.to_string().into_bytes(), "application/json"));
        self.send(method, &format!("/api/v1{path}"), body).await
    }

    /// The answer to a request, which must come.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.try_ask(method, path, body).await.unwrap()
    }

    /// What is at a path, which must be there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask("GET", path, None).await.is(200)
    }

    /// The checks of the service itself.
    pub(crate) async fn health(&self) -> Answer {
        self.send("GET", "/readyz", None).await.unwrap()
    }

    /// Uploads a file.
    pub(crate) async fn try_upload(&self, name: &str, content: impl Into<Vec<u8>>) -> Option<Answer> {
        let path = format!("/api/v1/datasets?name={name}");
        self.send("POST", &path, Some((content.into(), "application/octet-stream"))).await
    }

    /// Sends rows to a monitor under a key.
    pub(crate) async fn send_rows(&self, path: &str, rows: String, key: &str) -> Option<Answer> {
        let request = self.http.post(format!("{}/api/v1{path}", self.origin)).bearer_auth(&self.token);
        let request = request.header("content-type", "application/x-ndjson").header("idempotency-key", key);
        answered(request.body(rows)).await
    }

    /// Uploads a file and gives the id of the dataset.
    pub(crate) async fn upload(&self, name: &str, content: impl Into<Vec<u8>>) -> String {
        let dataset = self.try_upload(name, content).await.unwrap().is(201);
        dataset["id"].as_str().unwrap().to_owned()
    }

    /// Asks for a check of two datasets and gives its id.
    pub(crate) async fn check(&self, current: &str, reference: &str) -> String {
        let body = json!({ "current": { "dataset": current }, "reference": { "dataset": reference } });
        let check = self.ask("POST", "/checks", Some(body)).await.is(202);
        check["id"].as_str().unwrap().to_owned()
    }

    /// Waits for the end of a check and gives it.
    pub(crate) async fn ended(&self, id: &str) -> Value {
        self.over(&format!("/checks/{id}")).await
    }

    /// Waits until the work on what is at a path is over and gives it.
    pub(crate) async fn over(&self, path: &str) -> Value {
        let until = Instant::now() + SETTLES_WITHIN;
        loop {
            let work = self.get(path).await;
            if matches!(work["state"].as_str(), Some("done" | "failed" | "cancelled")) {
                return work;
            }
            assert!(Instant::now() < until, "{work}");
            tokio::task::yield_now().await;
        }
    }

    /// Begins an upload in parts and gives its path.
    pub(crate) async fn begin_upload(&self, name: &str, length: usize) -> String {
        use base64::Engine as _;
        let name = base64::prelude::BASE64_STANDARD.encode(name);
        let request = self.tus("POST", "/api/v1/uploads").header("upload-length", length);
        let response = request.header("upload-metadata", format!("filename {name}")).send().await.unwrap();
        assert_eq!(response.status(), 201);
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Sends a part of an upload.
    pub(crate) async fn send_part(&self, path: &str, offset: usize, part: Vec<u8>) -> Answer {
        let request = self.tus("PATCH", path).header("upload-offset", offset);
        let request = request.header("content-type", "application/offset+octet-stream").body(part);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// Where an upload stands.
    pub(crate) async fn upload_offset(&self, path: &str) -> usize {
        let response = self.tus("HEAD", path).send().await.unwrap();
        response.headers()["upload-offset"].to_str().unwrap().parse().unwrap()
    }

    fn tus(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.origin));
        request.bearer_auth(&self.token).header("tus-resumable", "1.0.0")
    }

    async fn send(&self, method: &str, path: &str, body: Option<(Vec<u8>, &str)>) -> Option<Answer> {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.origin));
        let mut request = request.bearer_auth(&self.token);
        if let Some((body, kind)) = body {
            request = request.header("content-type", kind).body(body);
        }
        answered(request).await
    }
}

async fn answered(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let bytes = response.bytes().await.ok()?;
    Some(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
}

impl Answer {
    /// Ends the story unless the answer has this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The stable code of a problem.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}
