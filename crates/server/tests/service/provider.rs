//! A provider of OpenID Connect on a free port of the loopback, that does what a test wants.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey,
};
use openidconnect::url::form_urlencoded;
use openidconnect::{JsonWebKeyId, PkceCodeChallenge, PkceCodeVerifier, PrivateSigningKey as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Made for these tests: `openssl genrsa -traditional 2048`.
const KEY: &str = include_str!("provider_key.pem");
/// The client that the provider knows.
pub(crate) const CLIENT: (&str, &str) = ("driftline", "hunter2");

/// What the provider does.
#[derive(Debug, Clone)]
pub(crate) struct Manners {
    /// What its tokens say, over what they must say.
    pub(crate) claims: Value,
    /// What it tells who shows an access token.
    pub(crate) user_info: Value,
    /// The name of its key: a token is signed with a key of this name.
    pub(crate) key: &'static str,
    /// Whether it answers requests for tokens with a fault of the client.
    pub(crate) knows_client: bool,
    /// How often it was asked what it is.
    pub(crate) discoveries: u32,
}

/// The provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    pub(crate) manners: Arc<Mutex<Manners>>,
    /// What was asked for, by the code that was given for it.
    asked: Arc<Mutex<BTreeMap<String, BTreeMap<String, String>>>>,
}

impl Provider {
    /// One that vouches for Ann.
    pub(crate) async fn begin() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let manners = Manners {
            claims: json!({ "email": "Ann@Example.com", "email_verified": true, "name": "Ann Mint" }),
            user_info: Value::Null,
            key: "first",
            knows_client: true,
            discoveries: 0,
        };
        let provider = Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            manners: Arc::new(Mutex::new(manners)),
            asked: Arc::default(),
        };
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        provider
    }

    /// Changes what it does.
    pub(crate) fn now(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.manners.lock().unwrap());
    }

    fn key(&self) -> CoreRsaPrivateSigningKey {
        let name = self.manners.lock().unwrap().key.to_owned();
        CoreRsaPrivateSigningKey::from_pem(KEY, Some(JsonWebKeyId::new(name))).unwrap()
    }

    fn id_token(&self, nonce: &str) -> CoreIdToken {
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT.0, "sub": "7001", "nonce": nonce, "iat": now, "exp": now + 300,
        });
        let over = self.manners.lock().unwrap().claims.clone();
        claims.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        let claims: CoreIdTokenClaims = serde_json::from_value(claims).unwrap();
        CoreIdToken::new(claims, &self.key(), CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, None, None)
            .unwrap()
    }
}

async fn describe(State(provider): State<Provider>) -> Json<Value> {
    provider.now(|manners| manners.discoveries += 1);
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<CoreJsonWebKeySet> {
    Json(CoreJsonWebKeySet::new(vec![provider.key().as_verification_key()]))
}

/// Signs in whoever comes, and sends them back with a code.
async fn authorize(
    State(provider): State<Provider>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Redirect {
    assert_eq!((&*asked["client_id"], &*asked["response_type"]), (CLIENT.0, "code"));
    assert_eq!(asked["scope"], "openid email profile");
    assert_eq!(asked["code_challenge_method"], "S256");
    let code = format!("code-{}", asked["state"]);
    let back = format!("{}?code={code}&state={}", asked["redirect_uri"], asked["state"]);
    provider.asked.lock().unwrap().insert(code, asked);
    Redirect::to(&back)
}

/// Redeems a code, once.
async fn token(State(provider): State<Provider>, headers: HeaderMap, body: String) -> Response {
    let fault = |error: &str| {
        let said = json!({ "error": error, "error_description": format!("the secret is {}", CLIENT.1) });
        (StatusCode::BAD_REQUEST, Json(said)).into_response()
    };
    // Basic authentication of `driftline:hunter2`.
    let is_client = headers[header::AUTHORIZATION] == "Basic ZHJpZnRsaW5lOmh1bnRlcjI=";
    if !is_client || !provider.manners.lock().unwrap().knows_client {
        return fault("invalid_client");
    }
    let sent: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let Some(asked) = provider.asked.lock().unwrap().remove(&sent["code"]) else {
        return fault("invalid_grant");
    };
    let verifier = PkceCodeVerifier::new(sent["code_verifier"].clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
    if challenge.as_str() != asked["code_challenge"] || sent["redirect_uri"] != asked["redirect_uri"] {
        return fault("invalid_grant");
    }
    Json(json!({
        "access_token": "sesame",
        "token_type": "Bearer",
        "id_token": provider.id_token(&asked["nonce"]),
    }))
    .into_response()
}

async fn user_info(State(provider): State<Provider>, headers: HeaderMap) -> Json<Value> {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer sesame");
    Json(provider.manners.lock().unwrap().user_info.clone())
}
