//! What a sign-in page is told, and what is said where there is no provider.

use driftline_model::service::Role;
use driftline_server::{OidcConfig, Secret, is_oidc_built_in};
use serde_json::{Value, json};

use crate::support::Harness;

const ROUTES: [&str; 2] = ["/api/v1/session/oidc", "/api/v1/session/oidc/callback?code=x&state=y"];

#[tokio::test]
async fn without_a_provider_there_is_the_password() {
    let service = Harness::begin().await;
    let options = service.ask("GET", "/api/v1/session/options", "", Value::Null).await.is(200);
    assert_eq!(options, json!({ "password": true, "oidc": null }));
    for route in ROUTES {
        let answer = service.ask("GET", route, "", Value::Null).await;
        assert_eq!((answer.status, answer.code()), (404, "access.oidc_off"), "{route}");
    }
}

#[tokio::test]
async fn a_provider_is_offered_only_by_a_program_that_can_ask_it() {
    let oidc = OidcConfig {
        issuer: "https://id.example.com".to_owned(),
        client_id: "driftline".to_owned(),
        client_secret: Secret::default(),
        client_secret_file: None,
        allowed_domains: Vec::new(),
        default_role: Role::Viewer,
        workspace: None,
        button_text: "Example".to_owned(),
    };
    let service = Harness::with(|config| config.oidc = Some(oidc)).await;
    let options = service.ask("GET", "/api/v1/session/options", "", Value::Null).await.is(200);
    assert_eq!(options["oidc"].is_object(), is_oidc_built_in());
    if !is_oidc_built_in() {
        for route in ROUTES {
            let answer = service.ask("GET", route, "", Value::Null).await;
            assert_eq!((answer.status, answer.code()), (404, "access.oidc_not_built"), "{route}");
        }
    }
}
