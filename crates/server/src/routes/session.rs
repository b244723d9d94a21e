//! Signing in and out.

use axum::Json;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use driftline_model::service::{Session, SignedIn};
use driftline_store::{AuditLine, secret_hash};
use serde::Deserialize;
use std::net::SocketAddr;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::cookies::SESSION;
use crate::signing_in::{begin_session, line, not_too_often, note_refusal};
use crate::state::now_ms;
use crate::{ApiError, Service, password};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, me, sign_out))
        .routes(routes!(set_password))
        .routes(routes!(list))
        .routes(routes!(end))
}

/// How somebody signs in: by address and password, or with the secret of a link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The address of the account.
    #[serde(default)]
    email: Option<String>,
    /// Its password.
    #[serde(default)]
    password: Option<String>,
    /// The secret of a link that works once.
    #[serde(default)]
    link: Option<String>,
}

/// Sign in
///
/// Answers with the session cookie and the token that changes must carry.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn,
    responses((status = 200, description = "Signed in", body = SignedIn)))]
async fn sign_in(
    State(service): State<Service>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response, ApiError> {
    let (cookie, signed_in) = begin(&service, address, &headers, body).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(signed_in)).into_response())
}

/// The secret of a link.
#[derive(Debug, Deserialize)]
pub(crate) struct LinkQuery {
    secret: String,
    /// The path to go to then; a page of the dashboard.
    #[serde(default)]
    to: Option<String>,
}

impl LinkQuery {
    /// The page to go to: never one of another host.
    fn page(&self) -> &str {
        let is_ours = |path: &&str| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
        self.to.as_deref().filter(is_ours).unwrap_or("/")
    }
}

/// The page behind a link that signs in once. Not part of the API: it is for browsers.
pub(crate) async fn open_link(
    State(service): State<Service>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(link): Query<LinkQuery>,
) -> Result<Response, ApiError> {
    let body = SignIn { email: None, password: None, link: Some(link.secret.clone()) };
    match begin(&service, address, &headers, body).await {
        Ok((cookie, _)) => Ok(([(header::SET_COOKIE, cookie)], Redirect::to(link.page())).into_response()),
        // A person is told kindly by the page; programs are told what they can act on.
        Err(error) if error.status() == StatusCode::UNAUTHORIZED && is_browser(&headers) => {
            Ok(Redirect::to("/?sign_in=expired").into_response())
        }
        Err(error) => Err(error),
    }
}

fn is_browser(headers: &HeaderMap) -> bool {
    let wanted = headers.get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok());
    wanted.is_some_and(|kinds| kinds.contains("text/html"))
}

async fn begin(
    service: &Service,
    address: SocketAddr,
    headers: &HeaderMap,
    body: SignIn,
) -> Result<(HeaderValue, SignedIn), ApiError> {
    not_too_often(service, address.ip())?;
    let user_id = match body {
        SignIn { link: Some(secret), .. } => by_link(service, &secret).await?,
        SignIn { email: Some(email), password: Some(password), .. } => {
            by_password(service, &email, password).await?
        }
        _ => return Err(ApiError::invalid("send `email` and `password`, or `link`")),
    };
    let Some(user_id) = user_id else {
        note_refusal(service, address.ip(), "").await;
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "access.sign_in",
            "these do not fit any account",
        )
        .with_help("a link works once and for a day; `driftline user link` makes a new one"));
    };
    let begun = begin_session(service, (&user_id, ""), address.ip(), headers).await?;
    Ok((begun.cookie, signed_in(service, &user_id, Some(begun.csrf_token)).await?))
}

async fn by_link(service: &Service, secret: &str) -> Result<Option<String>, ApiError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    let Some(link) = change.take_link(&secret_hash(secret), now).await? else { return Ok(None) };
    let name = link.email.split('@').next().unwrap_or(&link.email).to_owned();
    let user_id = change.ensure_user(&link.email, &name, now).await?;
    if let Some((workspace_id, role)) = &link.invitation {
        change.set_role(workspace_id, &user_id, *role).await?;
        let line = AuditLine { workspace_id, ..line(&user_id, "", "user.join", &user_id) };
        change.audit(&line, now).await?;
    }
    change.commit().await?;
    Ok(Some(user_id))
}

async fn by_password(service: &Service, email: &str, password: String) -> Result<Option<String>, ApiError> {
    let known = service.database.user_by_email(email).await?;
    let (user, hash) = known.map_or((None, None), |(user, hash)| (Some(user), hash));
    let is_right = password::is_right(password, hash).await?;
    Ok(user.filter(|user| is_right && user.closed_ms.is_none()).map(|user| user.id))
}

async fn signed_in(
    service: &Service,
    user_id: &str,
    csrf_token: Option<String>,
) -> Result<SignedIn, ApiError> {
    let user = service.database.user(user_id).await?.ok_or_else(ApiError::unknown_caller)?;
    let workspaces = service.database.workspaces_of(user_id).await?;
    Ok(SignedIn { user, workspaces, csrf_token })
}

/// Who am I?
#[utoipa::path(get, path = "/api/v1/session", tag = "session",
    responses((status = 200, description = "Who asks", body = SignedIn)))]
async fn me(State(service): State<Service>, caller: Caller) -> Result<Json<SignedIn>, ApiError> {
    let csrf_token = caller.session.map(|session| session.csrf_token);
    Ok(Json(signed_in(&service, &caller.user_id, csrf_token).await?))
}

/// Sign out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session",
    responses((status = 204, description = "Signed out")))]
async fn sign_out(State(service): State<Service>, caller: Caller) -> Result<Response, ApiError> {
    let Some(session) = &caller.session else {
        return Err(ApiError::invalid("an API token has no session: delete the token instead"));
    };
    let mut change = service.database.change().await?;
    change.end_sessions(&caller.user_id, Some(&session.id)).await?;
    service.audited(&mut change, &caller, ("session.end", &session.id, "")).await?;
    change.commit().await?;
    let gone = SESSION.remove(&service.config)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]).into_response())
}

/// A new password.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The password, at least 10 characters.
    password: String,
}

/// Set my password
///
/// Ends all other sessions.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = NewPassword,
    responses((status = 204, description = "Set")))]
async fn set_password(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<NewPassword>,
) -> Result<StatusCode, ApiError> {
    if caller.session.is_none() {
        return Err(ApiError::forbidden("a password is set by its person, signed in, not with an API token"));
    }
    let hash = password::hashed(body.password).await?;
    let now = now_ms();
    let current = caller.session.as_ref().map_or("", |session| session.id.as_str());
    let others = service.database.sessions(&caller.user_id, current, now).await?;
    let mut change = service.database.change().await?;
    change.set_password(&caller.user_id, &hash).await?;
    for session in others.iter().filter(|session| !session.is_current) {
        change.end_sessions(&caller.user_id, Some(&session.id)).await?;
    }
    service.audited(&mut change, &caller, ("user.password", &caller.user_id, "")).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// My sessions
#[utoipa::path(get, path = "/api/v1/sessions", tag = "session",
    responses((status = 200, description = "Sessions that have not ended, newest first", body = Vec<Session>)))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Json<Vec<Session>>, ApiError> {
    let current = caller.session.as_ref().map_or("", |session| session.id.as_str());
    Ok(Json(service.database.sessions(&caller.user_id, current, now_ms()).await?))
}

/// End one of my sessions
#[utoipa::path(delete, path = "/api/v1/sessions/{id}", tag = "session",
    params(("id" = String, Path, description = "The session")),
    responses((status = 204, description = "Ended")))]
async fn end(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut change = service.database.change().await?;
    if change.end_sessions(&caller.user_id, Some(&id)).await? == 0 {
        return Err(ApiError::missing("session"));
    }
    service.audited(&mut change, &caller, ("session.end", &id, "")).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
