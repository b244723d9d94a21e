//! The service with a certificate of its own.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use crate::program::{Story, run_async};

/// Puts `c.pem` and `k.pem` into the folder, for a certificate that ends in this year, and gives the first.
fn certificate(story: &Story, last_year: i32) -> String {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(last_year, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    story.file("c.pem", &certificate).file("k.pem", key.serialize_pem());
    certificate
}

#[test]
fn the_link_of_the_first_start_is_opened_over_https() {
    let story = Story::begin();
    let pem = certificate(&story, 2120);
    let line = "serve --data data --listen 127.0.0.1:0 --tls-cert c.pem --tls-key k.pem --quiet";
    let mut child = story.command(line).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("Driftline serves on https://127.0.0.1:"), "{first}");
    let second = lines.next().unwrap().unwrap();
    let link = second.split_whitespace().last().unwrap().to_owned();
    assert!(link.starts_with("https://127.0.0.1:") && link.contains("/sign-in?secret="), "{link}");
    let opened = run_async(async {
        // Fails when it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
        let browser = reqwest::Client::builder().tls_certs_only([root]);
        browser.redirect(reqwest::redirect::Policy::none()).build().unwrap().get(link).send().await.unwrap()
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(opened.status(), 303);
    assert!(opened.headers()["set-cookie"].to_str().unwrap().starts_with("__Host-driftline_session="));
}

#[test]
fn files_that_do_not_do_are_refused_with_their_codes() {
    let story = Story::begin();
    certificate(&story, 2120);
    story.file("text.pem", "a text");
    let start = |rest: &str| story.run(&format!("serve --data data --listen 127.0.0.1:0 {rest}"));
    start("--tls-cert c.pem").ends_with(2).complains("error[usage.tls_incomplete]");
    start("--set server.tls_key=k.pem").ends_with(2).complains("`server.tls_cert` is not");
    start("--tls-cert none.pem --tls-key k.pem").ends_with(5).complains("error[system.tls_unreadable]");
    start("--tls-cert text.pem --tls-key k.pem").ends_with(5).complains("error[system.tls_not_pem]");
    start("--tls-cert k.pem --tls-key k.pem").ends_with(5).complains("error[system.tls_no_certificate]");
    std::fs::copy(story.path("c.pem"), story.path("old.pem")).unwrap();
    certificate(&story, 2120);
    start("--tls-cert old.pem --tls-key k.pem").ends_with(5).complains("error[system.tls_mismatch]");
    start("--set server.public_url=drift.example.com").ends_with(2).complains("server.public_url");
    assert!(!story.path("data").exists());
}

#[test]
fn the_doctor_looks_at_the_certificate() {
    let story = Story::begin();
    let look = |code: i32| {
        let json = story.run("doctor --format json").ends_with(code).json();
        json.as_array().unwrap().iter().find(|check| check["id"] == "certificate").cloned().unwrap()
    };
    story.file("driftline.toml", "[server]\ntls_cert = \"c.pem\"\ntls_key = \"k.pem\"\n");
    let check = look(5);
    assert_eq!(check["outcome"], "failed");
    assert!(check["detail"].as_str().unwrap().contains("failed to read c.pem"), "{check}");
    certificate(&story, 2021);
    assert!(look(5)["detail"].as_str().unwrap().contains("ended on Fri, 01 Jan 2021"));
    certificate(&story, 2120);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let allow = |mode| {
            std::fs::set_permissions(story.path("k.pem"), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        allow(0o644);
        assert_eq!(look(0)["outcome"], "warning");
        allow(0o600);
    }
    let check = look(0);
    assert_eq!(check["outcome"], "ok", "{check}");
    let exposed = story.run("doctor --set server.listen=0.0.0.0:0").ends_with(0).stdout;
    assert!(!exposed.contains("without encryption"), "{exposed}");
    let exposed =
        story.run("doctor --set server.listen=0.0.0.0:0 --set server.tls_cert= --set server.tls_key=");
    assert!(exposed.ends_with(0).stdout.contains("without encryption"));
}
