//! Who asks.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use driftline_model::service::Role;
use driftline_store::{OpenSession, secret_hash};

use crate::cookies::SESSION;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Who asks, in which workspace, and what they may do there. Put into every request by `policy.rs`; a handler
/// that takes it knows that who asks may call it.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The person.
    pub(crate) user_id: String,
    /// Who stands in the audit log: the id of the person, or of the token used.
    pub(crate) actor: String,
    /// The workspace; empty when the person is in none.
    pub(crate) workspace_id: String,
    /// What the caller may do in it.
    pub(crate) role: Option<Role>,
    /// The session, when signed in by cookie.
    pub(crate) session: Option<OpenSession>,
    /// Where the request came from.
    pub(crate) address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::unknown_caller)
    }
}

/// The address that a request came from.
pub(crate) fn address_of(parts: &Parts) -> Option<SocketAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}

/// Finds out who asks, by token or cookie; nothing when neither is given or valid.
pub(crate) async fn identify(service: &Service, parts: &Parts) -> Result<Option<Caller>, ApiError> {
    let address = address_of(parts).map_or_else(|| "unknown".to_owned(), |address| address.ip().to_string());
    if let Some(secret) = bearer(&parts.headers) {
        return by_token(service, &secret, address).await;
    }
    match SESSION.read(&service.config, &parts.headers) {
        Some(secret) => by_session(service, &secret, &parts.headers, address).await,
        None => Ok(None),
    }
}

async fn by_token(service: &Service, secret: &str, address: String) -> Result<Option<Caller>, ApiError> {
    let Some(token) = service.database.open_token(&secret_hash(secret), now_ms()).await? else {
        return Ok(None);
    };
    let user_id = token.token.user_id;
    // A token may do at most what its person may, also after the person's role was changed.
    let role = service.database.role_in(&token.workspace_id, &user_id).await?;
    Ok(Some(Caller {
        user_id,
        actor: token.token.id,
        workspace_id: token.workspace_id,
        role: role.map(|role| role.min(token.token.role)),
        session: None,
        address,
    }))
}

async fn by_session(
    service: &Service,
    secret: &str,
    headers: &HeaderMap,
    address: String,
) -> Result<Option<Caller>, ApiError> {
    let Some(session) = service.database.open_session(&secret_hash(secret), now_ms()).await? else {
        return Ok(None);
    };
    let workspaces = service.database.workspaces_of(&session.user_id).await?;
    let wanted = headers.get("x-workspace").and_then(|value| value.to_str().ok());
    let chosen = match wanted {
        Some(id) => workspaces.into_iter().find(|workspace| workspace.id == id),
        None => workspaces.into_iter().next(),
    };
    if wanted.is_some() && chosen.is_none() {
        return Err(ApiError::missing("workspace"));
    }
    let (workspace_id, role) = chosen.map_or((String::new(), None), |one| (one.id, Some(one.role)));
    let user_id = session.user_id.clone();
    Ok(Some(Caller { actor: user_id.clone(), user_id, workspace_id, role, session: Some(session), address }))
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim().to_owned())
}
