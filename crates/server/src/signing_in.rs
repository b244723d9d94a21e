//! What all ways to sign in share: how often, the session, and the lines in the audit log.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use driftline_model::service::AuditOutcome;
use driftline_store::{AuditLine, NewSession, new_secret, secret_hash};

use crate::cookies::SESSION;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// How long a session lasts.
const SESSION_MS: i64 = 14 * 24 * 60 * 60 * 1000;

/// Characters of a program's own name that are kept.
const MAX_AGENT: usize = 200;

/// A session that was begun.
#[derive(Debug)]
pub(crate) struct Begun {
    /// What sets its cookie.
    pub(crate) cookie: HeaderValue,
    /// What changes must carry.
    pub(crate) csrf_token: String,
}

/// Refuses an address that tries too often.
pub(crate) fn not_too_often(service: &Service, address: IpAddr) -> Result<(), ApiError> {
    if service.limits.allows_sign_in(address) {
        return Ok(());
    }
    let message = "too many attempts to sign in";
    Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "access.too_often", message).with_help("wait a minute"))
}

/// Begins a session of a person. `way` is how the person signed in, for the audit log.
pub(crate) async fn begin_session(
    service: &Service,
    (user_id, way): (&str, &str),
    address: IpAddr,
    headers: &HeaderMap,
) -> Result<Begun, ApiError> {
    let (secret, csrf_token) = (new_secret()?, new_secret()?);
    let (now, address) = (now_ms(), address.to_string());
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().take(MAX_AGENT).collect();
    let mut change = service.database.change().await?;
    let session = NewSession {
        user_id,
        secret_hash: &secret_hash(&secret),
        csrf_token: &csrf_token,
        expires_ms: now + SESSION_MS,
        address: &address,
        agent: &agent,
    };
    let id = change.create_session(&session, now).await?;
    let line = AuditLine { detail: way, ..line(user_id, &address, "session.create", &id) };
    change.audit(&line, now).await?;
    change.commit().await?;
    Ok(Begun { cookie: SESSION.set(&service.config, &secret, SESSION_MS / 1000)?, csrf_token })
}

/// Notes that somebody was not let in, and why.
pub(crate) async fn note_refusal(service: &Service, address: IpAddr, why: &str) {
    let address = address.to_string();
    let line =
        AuditLine { outcome: AuditOutcome::Refused, detail: why, ..line("", &address, "session.create", "") };
    let noted = async {
        let mut change = service.database.change().await?;
        change.audit(&line, now_ms()).await?;
        change.commit().await
    };
    // The answer is a refusal in any case.
    let _ = noted.await;
}

/// A line about somebody who signs in.
pub(crate) fn line<'a>(actor: &'a str, address: &'a str, action: &'a str, subject: &'a str) -> AuditLine<'a> {
    let (outcome, detail) = (AuditOutcome::Done, "");
    AuditLine { actor, address, workspace_id: "", action, subject, outcome, detail }
}
