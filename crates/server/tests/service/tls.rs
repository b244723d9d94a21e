//! HTTPS with a certificate from two files.

use std::path::Path;

use driftline_server::{PublicUrl, ServeError, ServiceConfig, TlsFiles, serve, sign_in_link};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Harness, browser};

/// A certificate for the loopback in a folder of its own.
struct Certificate {
    folder: TempDir,
    pem: String,
}

impl Certificate {
    fn made() -> Self {
        let names = ["localhost", "127.0.0.1"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let certificate = Self { folder: tempfile::tempdir().unwrap(), pem: made.cert.pem() };
        std::fs::write(certificate.files().certificate, &certificate.pem).unwrap();
        std::fs::write(certificate.files().key, made.signing_key.serialize_pem()).unwrap();
        certificate
    }

    fn files(&self) -> TlsFiles {
        let file = |name: &str| self.folder.path().join(name);
        TlsFiles { certificate: file("fullchain.pem"), key: file("privkey.pem") }
    }

    /// A service with this certificate, and a browser that trusts it alone.
    async fn serve(&self) -> Harness {
        let mut service = Harness::with(|config| config.tls = Some(self.files())).await;
        let root = reqwest::Certificate::from_pem(self.pem.as_bytes()).unwrap();
        service.client = browser().tls_certs_only([root]).build().unwrap();
        service
    }
}

async fn link(service: &Harness) -> Value {
    let secret = sign_in_link(service.running.database(), "owner@localhost").await.unwrap().unwrap();
    json!({ "link": secret })
}

#[tokio::test]
async fn somebody_signs_in_over_https() {
    let certificate = Certificate::made();
    let service = certificate.serve().await;
    assert!(service.url("/").starts_with("https://127.0.0.1:"), "{}", service.url("/"));
    let request = service.client.post(service.url("/api/v1/session")).json(&link(&service).await);
    let response = request.send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (200, reqwest::Version::HTTP_11));
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
    let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with("__Host-driftline_session="), "{cookie}");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=1209600; Secure");
    let ask = |cookie: &str| {
        service.client.get(service.url("/api/v1/sessions")).header("cookie", cookie.to_owned()).send()
    };
    let sessions: Value = ask(pair).await.unwrap().json().await.unwrap();
    assert_eq!((&sessions[0]["address"], &sessions[0]["is_current"]), (&"127.0.0.1".into(), &true.into()));
    // The name without the prefix is not listened to: anybody on the network could have set it.
    assert_eq!(ask(pair.trim_start_matches("__Host-")).await.unwrap().status(), 401);
    let ready: Value = service.client.get(service.url("/readyz")).send().await.unwrap().json().await.unwrap();
    let check = ready.as_array().unwrap().iter().find(|check| check["name"] == "certificate").unwrap();
    assert_eq!(check["state"], "ok", "{check}");
    service.running.stop().await.unwrap();
}

#[tokio::test]
async fn plain_http_is_told_where_to_go_and_nobody_waits_for_the_slow() {
    let certificate = Certificate::made();
    let service = certificate.serve().await;
    // It connects and says nothing.
    let silent = TcpStream::connect(service.running.address).await.unwrap();
    let mut plain = TcpStream::connect(service.running.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["error"]["code"], "usage.https");
    assert_eq!(service.client.get(service.url("/healthz")).send().await.unwrap().status(), 200);
    drop(silent);
    let stranger = browser().tls_certs_only([]).build().unwrap();
    assert!(stranger.get(service.url("/healthz")).send().await.unwrap_err().is_connect());
}

async fn refused(files: TlsFiles) -> (&'static str, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = ServiceConfig::new(folder.path().join("data"));
    config.tls = Some(files);
    config.listen = ([127, 0, 0, 1], 0).into();
    let error = serve(config).await.unwrap_err();
    assert!(!folder.path().join("data").exists(), "nothing was begun");
    match error {
        ServeError::Tls(error) => (error.code(), error.to_string()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn files_that_cannot_be_used_are_refused_at_the_start() {
    let (one, other) = (Certificate::made(), Certificate::made());
    let nowhere = Path::new("nowhere.pem").to_path_buf();
    let (code, message) = refused(TlsFiles { key: nowhere, ..one.files() }).await;
    assert_eq!(code, "system.tls_unreadable");
    assert!(message.contains("nowhere.pem"), "{message}");
    let (code, message) = refused(TlsFiles { key: other.files().key, ..one.files() }).await;
    assert_eq!(code, "system.tls_mismatch");
    assert!(message.contains("does not belong to the certificate"), "{message}");
}

#[tokio::test]
async fn behind_something_that_encrypts_the_cookie_is_secure_too() {
    let url: PublicUrl = "https://drift.example.com".parse().unwrap();
    let service = Harness::with(|config| config.public_url = Some(url)).await;
    assert_eq!(service.running.url().to_string(), "https://drift.example.com");
    let here = format!("http://{}/api/v1/session", service.running.address);
    let response = service.client.post(here).json(&link(&service).await).send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(!response.headers().contains_key("strict-transport-security"), "that is said in front");
}
