//! A real service on a free port of the loopback, and people to ask it.

use std::path::Path;

use driftline_model::service::{NewToken, Role};
use driftline_server::{Running, ServiceConfig, add_person, create_token, first_sign_in, serve};
use serde_json::Value;
use tempfile::TempDir;

/// A service with a data folder of its own.
pub(crate) struct Harness {
    pub(crate) folder: TempDir,
    pub(crate) running: Running,
    pub(crate) client: reqwest::Client,
}

/// An answer: status and body as JSON (null when it is none).
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Harness {
    pub(crate) async fn begin() -> Self {
        Self::with(|_| ()).await
    }

    /// A service whose configuration was changed.
    pub(crate) async fn with(change: impl FnOnce(&mut ServiceConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = started(folder.path(), change).await;
        Self { folder, running, client: browser().build().unwrap() }
    }

    /// Stops the service and starts another one on the same folder.
    pub(crate) async fn restart(self) -> Self {
        let Self { folder, running, client } = self;
        running.stop().await.unwrap();
        let running = started(folder.path(), |_| ()).await;
        Self { folder, running, client }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url())
    }

    /// An API token of a person with this role.
    pub(crate) async fn token(&self, role: Role) -> String {
        let email = format!("{}@example.com", role.name());
        add_person(self.running.database(), &email, role).await.unwrap();
        let wanted = NewToken { name: "test".to_owned(), role, expires_in_days: 1 };
        create_token(self.running.database(), &email, &wanted).await.unwrap().unwrap()
    }

    /// A request with a token (none when it is empty) and a JSON body (none when it is null).
    pub(crate) async fn ask(&self, method: &str, path: &str, token: &str, body: Value) -> Answer {
        let mut request = self.client.request(method.parse().unwrap(), self.url(path));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        Answer {
            status,
            body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null),
        }
    }

    /// Uploads a file and gives the id of the dataset.
    pub(crate) async fn upload(&self, token: &str, name: &str, content: impl Into<Vec<u8>>) -> String {
        let request = self.client.post(self.url(&format!("/api/v1/datasets?name={name}"))).bearer_auth(token);
        let response = request.body(content.into()).send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert_eq!(status, 201, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// Waits for the end of a check by its events, and gives the check.
    pub(crate) async fn ended(&self, token: &str, id: &str) -> Value {
        self.final_state(token, &format!("/api/v1/checks/{id}")).await
    }

    /// Asks for a version of a baseline, and gives the job once it has ended.
    pub(crate) async fn save(&self, token: &str, name: &str, what: Value) -> Value {
        let path = format!("/api/v1/baselines/{name}/versions");
        let queued = self.ask("POST", &path, token, what).await.is(202);
        assert_eq!(queued["state"], "queued");
        let id = queued["id"].as_str().unwrap();
        self.final_state(token, &format!("/api/v1/baseline-jobs/{id}")).await
    }

    /// Waits by the events until something has ended, and gives it.
    pub(crate) async fn final_state(&self, token: &str, path: &str) -> Value {
        let mut news = self.running.database().watch_events();
        loop {
            let now = self.ask("GET", path, token, Value::Null).await.body;
            if matches!(now["state"].as_str(), Some("done" | "failed" | "cancelled")) {
                return now;
            }
            news.changed().await.unwrap();
        }
    }
}

impl Answer {
    /// Ends the test unless the answer has this status.
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

/// What asks, by HTTP or HTTPS.
pub(crate) fn browser() -> reqwest::ClientBuilder {
    // Fails from the second time on, when it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
}

async fn started(folder: &Path, change: impl FnOnce(&mut ServiceConfig)) -> Running {
    let mut config = ServiceConfig::new(folder.to_path_buf());
    config.listen = ([127, 0, 0, 1], 0).into();
    change(&mut config);
    let running = serve(config).await.unwrap();
    first_sign_in(running.database()).await.unwrap();
    running
}

/// A table of orders, always the same for the same arguments; `later` moves the amounts up.
pub(crate) fn orders(rows: u64, later: bool) -> String {
    let mut text = String::from("order,amount,country\n");
    for row in 0..rows {
        let amount = (row * 7_919) % 1_000 + if later { 400 } else { 0 };
        let country = ["CH", "DE", "FR"][(row * 31 % 3) as usize];
        text.push_str(&format!("A-{},{amount},{country}\n", 100_000 + row * 7));
    }
    text
}
