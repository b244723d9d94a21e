//! API tokens of a workspace.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use driftline_model::service::{NewToken, Token, TokenWithSecret};
use driftline_store::{new_id, new_secret, secret_hash};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(delete))
}

/// API tokens
#[utoipa::path(get, path = "/api/v1/tokens", tag = "people",
    responses((status = 200, description = "Newest first, without their secrets", body = Vec<Token>)))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Json<Vec<Token>>, ApiError> {
    Ok(Json(service.database.tokens(&caller.workspace_id).await?))
}

/// Make an API token
///
/// Its secret is shown this once.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "people", request_body = NewToken,
    responses((status = 201, description = "Made", body = TokenWithSecret)))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<NewToken>,
) -> Result<(StatusCode, Json<TokenWithSecret>), ApiError> {
    let name = body.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(ApiError::invalid("`name` needs 1 to 100 characters"));
    }
    if !(1..=366).contains(&body.expires_in_days) {
        return Err(ApiError::invalid("`expires_in_days` is a number from 1 to 366"));
    }
    if caller.role.is_none_or(|own| own < body.role) {
        return Err(ApiError::forbidden("a token may not do more than who makes it"));
    }
    let (secret, now) = (format!("dl_{}", new_secret()?), now_ms());
    let token = Token {
        id: new_id(),
        name: name.to_owned(),
        user_id: caller.user_id.clone(),
        role: body.role,
        created_ms: now,
        expires_ms: now + i64::from(body.expires_in_days) * DAY_MS,
    };
    let mut change = service.database.change().await?;
    change.create_token(&caller.workspace_id, &token, &secret_hash(&secret)).await?;
    service.audited(&mut change, &caller, ("token.create", &token.id, body.role.name())).await?;
    change.commit().await?;
    Ok((StatusCode::CREATED, Json(TokenWithSecret { token, secret })))
}

/// End an API token
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "people",
    params(("id" = String, Path, description = "The token")),
    responses((status = 204, description = "Ended")))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let mut change = service.database.change().await?;
    if !change.delete_token(&caller.workspace_id, &id).await? {
        return Err(ApiError::missing("token"));
    }
    service.audited(&mut change, &caller, ("token.delete", &id, "")).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
