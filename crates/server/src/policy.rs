//! Who may do what: one table for all routes, and the one place that looks at it.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use driftline_model::service::{AuditOutcome, Role};
use driftline_store::AuditLine;

use crate::caller::{Caller, address_of, identify};
use crate::state::now_ms;
use crate::{ApiError, Service, telemetry};

/// What it takes to call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing.
    Public,
    /// Being signed in.
    Person,
    /// A role in the workspace, or a stronger one.
    Role(Role),
}

use Access::{Person, Public};
const VIEWER: Access = Access::Role(Role::Viewer);
const EDITOR: Access = Access::Role(Role::Editor);
const ADMIN: Access = Access::Role(Role::Admin);

/// Every route. One that is not here is refused, so that none can be forgotten.
pub(crate) const POLICY: &[(&str, &str, Access)] = &[
    ("GET", "/api/v1/openapi.json", Public),
    ("GET", "/api/v1/docs", Public),
    // The handler lets in who is on this machine, and tokens of admins.
    ("GET", "/metrics", Public),
    ("POST", "/api/v1/session", Public),
    ("GET", "/api/v1/session", Person),
    ("DELETE", "/api/v1/session", Person),
    ("GET", "/api/v1/session/options", Public),
    ("GET", "/api/v1/session/oidc", Public),
    ("GET", "/api/v1/session/oidc/callback", Public),
    ("PUT", "/api/v1/session/password", Person),
    ("GET", "/api/v1/sessions", Person),
    ("DELETE", "/api/v1/sessions/{id}", Person),
    ("GET", "/api/v1/workspaces", Person),
    ("POST", "/api/v1/workspaces", Access::Role(Role::Owner)),
    ("GET", "/api/v1/users", VIEWER),
    ("POST", "/api/v1/users", ADMIN),
    ("PUT", "/api/v1/users/{id}/role", ADMIN),
    ("DELETE", "/api/v1/users/{id}", ADMIN),
    ("GET", "/api/v1/tokens", ADMIN),
    ("POST", "/api/v1/tokens", ADMIN),
    ("DELETE", "/api/v1/tokens/{id}", ADMIN),
    ("GET", "/api/v1/datasets", VIEWER),
    ("POST", "/api/v1/datasets", EDITOR),
    ("GET", "/api/v1/datasets/{id}", VIEWER),
    ("DELETE", "/api/v1/datasets/{id}", EDITOR),
    // It only tells something, and masks personal data.
    ("GET", "/api/v1/datasets/{id}/cells", VIEWER),
    ("GET", "/api/v1/datasets/{id}/settings", VIEWER),
    ("PUT", "/api/v1/datasets/{id}/settings", EDITOR),
    ("GET", "/api/v1/datasets/{id}/settings/history", VIEWER),
    ("POST", "/api/v1/uploads", EDITOR),
    ("HEAD", "/api/v1/uploads/{id}", EDITOR),
    ("PATCH", "/api/v1/uploads/{id}", EDITOR),
    ("DELETE", "/api/v1/uploads/{id}", EDITOR),
    ("OPTIONS", "/api/v1/uploads", Public),
    ("GET", "/api/v1/checks", VIEWER),
    ("POST", "/api/v1/checks", EDITOR),
    ("GET", "/api/v1/checks/{id}", VIEWER),
    ("DELETE", "/api/v1/checks/{id}", EDITOR),
    ("POST", "/api/v1/checks/{id}/cancel", EDITOR),
    ("GET", "/api/v1/checks/{id}/report", VIEWER),
    ("GET", "/api/v1/checks/{id}/comparison", VIEWER),
    // They only tell something.
    ("POST", "/api/v1/checks/{id}/preview", VIEWER),
    ("POST", "/api/v1/checks/{id}/preview/report", VIEWER),
    ("GET", "/api/v1/monitors", VIEWER),
    ("POST", "/api/v1/monitors", EDITOR),
    ("GET", "/api/v1/monitors/{id}", VIEWER),
    ("PATCH", "/api/v1/monitors/{id}", EDITOR),
    ("DELETE", "/api/v1/monitors/{id}", EDITOR),
    ("POST", "/api/v1/monitors/{id}/rows", EDITOR),
    ("GET", "/api/v1/monitors/{id}/windows", VIEWER),
    ("GET", "/api/v1/monitors/{id}/live", VIEWER),
    ("POST", "/api/v1/monitors/{id}/preview", VIEWER),
    ("GET", "/api/v1/baselines", VIEWER),
    ("POST", "/api/v1/baselines/{name}/versions", EDITOR),
    ("POST", "/api/v1/baselines/{name}/promote", EDITOR),
    ("POST", "/api/v1/baselines/{name}/rollback", EDITOR),
    ("GET", "/api/v1/baseline-jobs", VIEWER),
    ("GET", "/api/v1/baseline-jobs/{id}", VIEWER),
    ("POST", "/api/v1/baseline-jobs/{id}/cancel", EDITOR),
    ("GET", "/api/v1/contracts", VIEWER),
    ("GET", "/api/v1/contracts/{name}", VIEWER),
    ("PUT", "/api/v1/contracts/{name}", EDITOR),
    ("DELETE", "/api/v1/contracts/{name}", EDITOR),
    ("POST", "/api/v1/contracts/infer", VIEWER),
    ("POST", "/api/v1/contracts/try", VIEWER),
    ("GET", "/api/v1/findings", VIEWER),
    ("POST", "/api/v1/findings/changes", EDITOR),
    ("GET", "/api/v1/findings/{id}", VIEWER),
    ("PATCH", "/api/v1/findings/{id}", EDITOR),
    ("POST", "/api/v1/findings/{id}/comments", EDITOR),
    ("GET", "/api/v1/incidents", VIEWER),
    ("GET", "/api/v1/incidents/{id}", VIEWER),
    ("PATCH", "/api/v1/incidents/{id}", EDITOR),
    ("GET", "/api/v1/channels", VIEWER),
    ("POST", "/api/v1/channels", ADMIN),
    ("GET", "/api/v1/channels/{id}", VIEWER),
    ("PATCH", "/api/v1/channels/{id}", ADMIN),
    ("DELETE", "/api/v1/channels/{id}", ADMIN),
    ("POST", "/api/v1/channels/{id}/test", ADMIN),
    // They only tell something.
    ("POST", "/api/v1/channels/preview", VIEWER),
    ("POST", "/api/v1/alert-rules/preview", VIEWER),
    ("GET", "/api/v1/alert-rules", VIEWER),
    ("POST", "/api/v1/alert-rules", EDITOR),
    ("PUT", "/api/v1/alert-rules/order", EDITOR),
    ("GET", "/api/v1/alert-rules/{id}", VIEWER),
    ("PUT", "/api/v1/alert-rules/{id}", EDITOR),
    ("DELETE", "/api/v1/alert-rules/{id}", EDITOR),
    ("GET", "/api/v1/deliveries", VIEWER),
    ("POST", "/api/v1/deliveries/{id}/retry", EDITOR),
    ("GET", "/api/v1/notices", VIEWER),
    ("POST", "/api/v1/notices/read", VIEWER),
    ("GET", "/api/v1/settings", VIEWER),
    ("PUT", "/api/v1/settings", ADMIN),
    ("GET", "/api/v1/settings/history", VIEWER),
    ("GET", "/api/v1/audit", ADMIN),
    ("GET", "/api/v1/audit/verification", ADMIN),
    ("GET", "/api/v1/events", VIEWER),
    ("GET", "/api/v1/catalogue", VIEWER),
    ("GET", "/api/v1/system", ADMIN),
];

/// What it takes to call a route; nothing when there is no such route.
pub(crate) fn access(method: &str, path: &str) -> Option<Access> {
    POLICY.iter().find(|(known, route, _)| *known == method && *route == path).map(|(.., access)| *access)
}

/// Lets a request through when who asks may, and puts the [`Caller`] into it.
pub(crate) async fn authorize(State(service): State<Service>, request: Request, next: Next) -> Response {
    match admitted(&service, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn admitted(service: &Service, request: Request) -> Result<Request, ApiError> {
    let (mut parts, body) = request.into_parts();
    if let Some(address) = address_of(&parts)
        && !service.limits.allows_request(address.ip())
    {
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "access.too_often", "too many requests")
            .with_help("wait a second"));
    }
    let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let access = access(parts.method.as_str(), path)
        .or_else(|| (parts.method == Method::HEAD).then(|| access("GET", path)).flatten())
        .ok_or_else(|| ApiError::forbidden("nobody may call this"))?;
    if access == Public {
        return Ok(Request::from_parts(parts, body));
    }
    let Some(caller) = identify(service, &parts).await? else { return Err(ApiError::unknown_caller()) };
    telemetry::note_caller(&parts.extensions, &caller);
    if let Err(refusal) = may(access, &caller, &parts.method, &parts.headers) {
        note_refusal(service, &caller, &parts.method, parts.uri.path()).await;
        return Err(refusal);
    }
    parts.extensions.insert(caller);
    Ok(Request::from_parts(parts, body))
}

fn may(
    access: Access,
    caller: &Caller,
    method: &Method,
    headers: &axum::http::HeaderMap,
) -> Result<(), ApiError> {
    if let Access::Role(least) = access
        && caller.role.is_none_or(|role| role < least)
    {
        return Err(ApiError::forbidden(format!("this needs the role {} in this workspace", least.name())));
    }
    let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(session) = caller.session.as_ref().filter(|_| !is_safe) else { return Ok(()) };
    // A browser sends the cookie from any page; only our own pages know the second secret.
    let sent = headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
    if sent == Some(session.csrf_token.as_str()) {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::FORBIDDEN,
        "access.csrf",
        "the request does not carry the token of the session",
    )
    .with_help("send the `csrf_token` of GET /api/v1/session as `X-Csrf-Token`"))
}

async fn note_refusal(service: &Service, caller: &Caller, method: &Method, path: &str) {
    let line = AuditLine {
        actor: &caller.actor,
        address: &caller.address,
        workspace_id: &caller.workspace_id,
        action: "access.refused",
        subject: path,
        outcome: AuditOutcome::Refused,
        detail: method.as_str(),
    };
    let noted = async {
        let mut change = service.database.change().await?;
        change.audit(&line, now_ms()).await?;
        change.commit().await
    };
    // The answer is a refusal in any case; a store that cannot be written to shows in the health checks.
    let _ = noted.await;
}
