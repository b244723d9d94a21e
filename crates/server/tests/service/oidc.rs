//! Signing in by OpenID Connect, with a provider that does what it should and with others.

use driftline_model::service::{AuditEntry, AuditOutcome, PageRequest, Role};
use driftline_server::{OidcConfig, OidcError, Secret, ServeError, ServiceConfig, add_person, serve};
use driftline_store::AuditFilter;
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::provider::{CLIENT, Provider};
use crate::support::{Harness, browser};

const START: &str = "/api/v1/session/oidc";

fn config(issuer: &str) -> OidcConfig {
    OidcConfig {
        issuer: issuer.to_owned(),
        client_id: CLIENT.0.to_owned(),
        client_secret: Secret::from(CLIENT.1.to_owned()),
        client_secret_file: None,
        allowed_domains: vec!["example.com".to_owned()],
        default_role: Role::Editor,
        workspace: None,
        button_text: "Sign in with Example".to_owned(),
    }
}

/// A service whose people may come from this provider.
async fn service(provider: &Provider) -> Harness {
    with(|_| (), &provider.issuer).await
}

async fn with(change: impl FnOnce(&mut ServiceConfig), issuer: &str) -> Harness {
    let mut service = Harness::with(|service| {
        service.oidc = Some(config(issuer));
        service.sign_ins_per_min = 1_000;
        change(service);
    })
    .await;
    service.client = browser().redirect(Policy::none()).build().unwrap();
    service
}

/// What a response sets a cookie to, as `name=value`.
fn cookie(response: &Response, name: &str) -> String {
    let all = response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let pair = all.map(|value| value.split(';').next().unwrap()).find(|pair| pair.starts_with(name));
    pair.unwrap_or_else(|| panic!("no cookie {name}: {response:?}")).to_owned()
}

fn location(response: &Response) -> String {
    response.headers()["location"].to_str().unwrap().to_owned()
}

async fn get(service: &Harness, url: &str, cookie: &str) -> Response {
    service.client.get(url).header("cookie", cookie).send().await.unwrap()
}

/// Goes to the provider: the cookie of the way, and the address that the provider sends back to.
async fn away(service: &Harness) -> (String, String) {
    let left = get(service, &service.url(START), "").await;
    assert_eq!(left.status(), StatusCode::SEE_OTHER);
    let way = cookie(&left, "driftline_oidc=");
    let back = get(service, &location(&left), "").await;
    (way, location(&back))
}

/// Signs in, whatever comes of it.
async fn sign_in(service: &Harness) -> Response {
    let (way, back) = away(service).await;
    get(service, &back, &way).await
}

/// The code of a refusal. Nothing in it may be secret.
async fn code(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    assert!(!body.contains(CLIENT.1) && !body.contains("sesame"), "{body}");
    let problem: Value = serde_json::from_str(&body).unwrap();
    (status, problem["error"]["code"].as_str().unwrap().to_owned())
}

/// What comes of it when the provider says this.
async fn with_claims(service: &Harness, provider: &Provider, claims: Value) -> (u16, String) {
    provider.now(|manners| manners.claims = claims);
    code(sign_in(service).await).await
}

/// Lines of the audit log of the whole service.
async fn audit(service: &Harness, search: &str) -> Vec<AuditEntry> {
    let page = PageRequest::default();
    let filter = AuditFilter { text: Some(search.to_owned()), ..AuditFilter::default() };
    service.running.database().audit_entries(&filter, &page).await.unwrap().items
}

async fn me(service: &Harness, signed_in: &Response) -> Value {
    let session = cookie(signed_in, "driftline_session=");
    let answer = get(service, &service.url("/api/v1/session"), &session).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn who_comes_from_an_allowed_domain_gets_an_account_and_a_session() {
    let provider = Provider::begin().await;
    let service = service(&provider).await;
    let options = service.ask("GET", "/api/v1/session/options", "", Value::Null).await.is(200);
    assert_eq!(options, json!({ "password": true, "oidc": { "button_text": "Sign in with Example" } }));
    let (way, back) = away(&service).await;
    // Whatever else stands in the address: it goes to the start page.
    let signed_in =
        get(&service, &format!("{back}&next=https://evil.example&redirect_uri=//evil"), &way).await;
    assert_eq!((signed_in.status().as_u16(), location(&signed_in).as_str()), (303, "/"));
    assert_eq!(cookie(&signed_in, "driftline_oidc"), "driftline_oidc=");
    let ann = me(&service, &signed_in).await;
    assert_eq!(
        (&ann["user"]["email"], &ann["user"]["name"]),
        (&"ann@example.com".into(), &"Ann Mint".into())
    );
    assert_eq!(
        (&ann["workspaces"][0]["name"], &ann["workspaces"][0]["role"]),
        (&"Home".into(), &"editor".into())
    );
    // The code works once.
    assert_eq!(code(get(&service, &back, &way).await).await, (401, "access.oidc_refused".to_owned()));
    let again = me(&service, &sign_in(&service).await).await;
    assert_eq!(again["user"]["id"], ann["user"]["id"]);
    let joined = audit(&service, "user.join").await;
    assert_eq!((joined.len(), joined[0].detail.as_str()), (1, "editor by OpenID Connect"));
    let ways = audit(&service, "session.create").await;
    assert_eq!(ways.iter().filter(|line| line.detail == "OpenID Connect").count(), 2);
    assert_eq!(provider.manners.lock().unwrap().discoveries, 1, "it was asked once what it is");
}

#[tokio::test]
async fn only_the_browser_that_left_comes_back() {
    let provider = Provider::begin().await;
    let service = service(&provider).await;
    let ((_, back), (other_way, _)) = (away(&service).await, away(&service).await);
    let refused = (401, "access.oidc_state".to_owned());
    assert_eq!(code(get(&service, &back, "").await).await, refused, "without a cookie");
    assert_eq!(code(get(&service, &back, &other_way).await).await, refused, "of another browser");
    let (url, _) = back.split_once('?').unwrap();
    assert_eq!(code(get(&service, url, &other_way).await).await, refused, "without anything");
    assert_eq!(code(get(&service, &format!("{url}?code=x&state=wrong"), &other_way).await).await, refused);
    let lines = audit(&service, "access.oidc_state").await;
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0].outcome, AuditOutcome::Refused);
}

#[tokio::test]
async fn a_provider_that_says_no_is_repeated_without_its_words() {
    let provider = Provider::begin().await;
    let service = service(&provider).await;
    let (way, back) = away(&service).await;
    let denied = format!("{back}&error=access_denied&error_description=call+555").replace("code=", "x=");
    let answer = get(&service, &denied, &way).await;
    assert_eq!(cookie(&answer, "driftline_oidc"), "driftline_oidc=", "the way is over");
    let text = answer.text().await.unwrap();
    assert!(text.contains("access.oidc_refused") && text.contains("access_denied"), "{text}");
    assert!(!text.contains("555"), "{text}");
    let (way, back) = away(&service).await;
    let mixed = get(&service, &format!("{back}&iss=https://evil.example"), &way).await;
    assert_eq!(code(mixed).await, (401, "access.oidc_refused".to_owned()));
}

#[tokio::test]
async fn tokens_that_are_not_for_this_sign_in_are_refused() {
    let provider = Provider::begin().await;
    let service = service(&provider).await;
    let ann = json!({ "email": "ann@example.com", "email_verified": true });
    for (wrong, why) in [
        (json!({ "nonce": "wrong" }), "of another sign-in"),
        (json!({ "exp": 1_700_000_000 }), "too old"),
        (json!({ "aud": "another" }), "for another service"),
        (json!({ "iss": "https://evil.example" }), "of another provider"),
    ] {
        let mut claims = ann.clone();
        claims.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        let refused = with_claims(&service, &provider, claims).await;
        assert_eq!(refused, (401, "access.oidc_token".to_owned()), "{why}");
    }
    assert_eq!(audit(&service, "access.oidc_token").await.len(), 4);
    assert!(audit(&service, "user.join").await.is_empty());
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_noticed() {
    let provider = Provider::begin().await;
    let service = service(&provider).await;
    assert_eq!(sign_in(&service).await.status(), StatusCode::SEE_OTHER);
    provider.now(|manners| manners.key = "second");
    assert_eq!(sign_in(&service).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(provider.manners.lock().unwrap().discoveries, 2);
}

#[tokio::test]
async fn only_verified_addresses_count() {
    let provider = Provider::begin().await;
    let service = service(&provider).await;
    let refused = (403, "access.oidc_email".to_owned());
    let unverified = json!({ "email": "ann@example.com", "email_verified": false });
    assert_eq!(with_claims(&service, &provider, unverified).await, refused);
    provider.now(|manners| manners.user_info = json!({ "sub": "7001" }));
    assert_eq!(with_claims(&service, &provider, json!({ "email": "ann@example.com" })).await, refused);
    assert_eq!(with_claims(&service, &provider, json!({})).await, refused);
    // Of somebody else than the token is about.
    let told = |sub: &str| json!({ "sub": sub, "email": "bea@example.com", "email_verified": true });
    provider.now(|manners| manners.user_info = told("7002"));
    assert_eq!(code(sign_in(&service).await).await, (503, "system.oidc_provider".to_owned()));
    provider.now(|manners| manners.user_info = told("7001"));
    assert_eq!(me(&service, &sign_in(&service).await).await["user"]["email"], "bea@example.com");
}

#[tokio::test]
async fn strangers_need_an_invitation() {
    let provider = Provider::begin().await;
    let service = service(&provider).await;
    let eve = json!({ "email": "eve@evil.example", "email_verified": true });
    let refused = with_claims(&service, &provider, eve).await;
    assert_eq!(refused, (403, "access.oidc_domain".to_owned()));
    let lines = audit(&service, "eve@evil.example").await;
    assert_eq!(lines[0].detail, "OpenID Connect: access.oidc_domain eve@evil.example");
    add_person(service.running.database(), "eve@evil.example", Role::Viewer).await.unwrap();
    let eve = me(&service, &sign_in(&service).await).await;
    assert_eq!(eve["workspaces"][0]["role"], "viewer", "the role that she was given");
}

#[tokio::test]
async fn a_workspace_that_is_not_there_lets_nobody_in() {
    let provider = Provider::begin().await;
    let change = |service: &mut ServiceConfig| {
        service.oidc.as_mut().unwrap().workspace = Some("Nowhere".to_owned());
    };
    let service = with(change, &provider.issuer).await;
    assert_eq!(code(sign_in(&service).await).await, (503, "system.oidc_workspace".to_owned()));
    assert!(audit(&service, "user.join").await.is_empty());
}

#[tokio::test]
async fn a_provider_that_is_away_or_does_not_know_us_is_said_so_and_no_more() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let service = with(|_| (), &issuer).await;
    let start = get(&service, &service.url(START), "").await;
    assert_eq!(code(start).await, (503, "system.oidc_provider".to_owned()));
    let provider = Provider::begin().await;
    let service = self::service(&provider).await;
    provider.now(|manners| manners.knows_client = false);
    assert_eq!(code(sign_in(&service).await).await, (503, "system.oidc_provider".to_owned()));
}

#[tokio::test]
async fn attempts_are_counted_like_others() {
    let provider = Provider::begin().await;
    let service = with(|service| service.sign_ins_per_min = 3, &provider.issuer).await;
    assert_eq!(sign_in(&service).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(get(&service, &service.url(START), "").await.status(), StatusCode::SEE_OTHER);
    let refused = (429, "access.too_often".to_owned());
    assert_eq!(code(get(&service, &service.url(START), "").await).await, refused);
    let callback = service.url(&format!("{START}/callback?code=x&state=y"));
    assert_eq!(code(get(&service, &callback, "").await).await, refused);
}

#[tokio::test]
async fn settings_that_lead_nowhere_are_refused_at_the_start() {
    let refused = async |change: fn(&mut ServiceConfig)| {
        let folder = tempfile::tempdir().unwrap();
        let mut service = ServiceConfig::new(folder.path().to_path_buf());
        service.listen = ([127, 0, 0, 1], 0).into();
        service.oidc = Some(config("https://id.example.com"));
        change(&mut service);
        match serve(service).await.unwrap_err() {
            ServeError::Oidc(error) => error,
            other => panic!("{other}"),
        }
    };
    let everywhere = refused(|service| service.listen = ([0, 0, 0, 0], 0).into()).await;
    assert!(matches!(everywhere, OidcError::NoPublicUrl));
    let unread = refused(|service| {
        let oidc = service.oidc.as_mut().unwrap();
        (oidc.client_secret, oidc.client_secret_file) = (Secret::default(), Some("no/secret".into()));
    });
    assert_eq!(unread.await.code(), "system.oidc_secret_file");
}
