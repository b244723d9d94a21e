//! Signing in by OpenID Connect, and what a sign-in page can offer.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use driftline_model::service::{OidcButton, SignInOptions};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::oidc::{Callback, come_back, is_oidc_built_in, leave};
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(options)).routes(routes!(start)).routes(routes!(callback))
}

/// Ways to sign in
///
/// What a sign-in page can offer.
#[utoipa::path(get, path = "/api/v1/session/options", tag = "session",
    responses((status = 200, description = "What is possible here", body = SignInOptions)))]
async fn options(State(service): State<Service>) -> Json<SignInOptions> {
    let config = service.config.oidc.as_ref().filter(|_| is_oidc_built_in());
    let oidc = config.map(|config| OidcButton { button_text: config.button_text.clone() });
    Json(SignInOptions { password: true, oidc })
}

/// Sign in by OpenID Connect
///
/// For browsers: sends them to the provider. 404 where that is not set up.
#[utoipa::path(get, path = "/api/v1/session/oidc", tag = "session",
    responses((status = 303, description = "To the provider")))]
async fn start(
    State(service): State<Service>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
) -> Result<Response, ApiError> {
    leave(&service, address.ip()).await
}

/// Come back from the provider
///
/// For browsers, which the provider sends here.
#[utoipa::path(get, path = "/api/v1/session/oidc/callback", tag = "session", params(Callback),
    responses((status = 303, description = "Signed in, to the start page")))]
async fn callback(
    State(service): State<Service>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(callback): Query<Callback>,
) -> Result<Response, ApiError> {
    come_back(&service, (address.ip(), &headers), callback).await
}
