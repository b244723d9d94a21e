//! People of a workspace.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use driftline_model::service::{Invitation, Member, Role};
use driftline_store::{Link, new_secret, secret_hash};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::is_address;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// How long an invitation works.
const INVITATION_MS: i64 = 7 * 24 * 60 * 60 * 1000;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, invite)).routes(routes!(set_role)).routes(routes!(remove))
}

/// People of the workspace
#[utoipa::path(get, path = "/api/v1/users", tag = "people",
    responses((status = 200, description = "By address", body = Vec<Member>)))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Json<Vec<Member>>, ApiError> {
    Ok(Json(service.database.members(&caller.workspace_id).await?))
}

/// Whom to invite.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMember {
    /// The person's address.
    email: String,
    /// What the person shall be able to do; at most what who invites may.
    role: Role,
}

/// Invite somebody
///
/// Answers with a link that works once, to be handed to the person.
#[utoipa::path(post, path = "/api/v1/users", tag = "people", request_body = NewMember,
    responses((status = 201, description = "Invited", body = Invitation)))]
async fn invite(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<NewMember>,
) -> Result<(StatusCode, Json<Invitation>), ApiError> {
    let email = body.email.trim().to_lowercase();
    if !is_address(&email) {
        return Err(ApiError::invalid("`email` is no address"));
    }
    at_most_own(&caller, body.role)?;
    let (secret, now) = (new_secret()?, now_ms());
    let expires_ms = now + INVITATION_MS;
    let invitation = Some((caller.workspace_id.clone(), body.role));
    let mut change = service.database.change().await?;
    let link = Link { email: email.clone(), invitation };
    change.create_link(&link, &secret_hash(&secret), (now, expires_ms)).await?;
    service.audited(&mut change, &caller, ("user.invite", &email, body.role.name())).await?;
    change.commit().await?;
    let link = format!("/sign-in?secret={secret}");
    Ok((StatusCode::CREATED, Json(Invitation { email, role: body.role, link, expires_ms })))
}

/// What somebody shall be able to do.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRole {
    /// The role.
    role: Role,
}

/// Change what somebody may do
#[utoipa::path(put, path = "/api/v1/users/{id}/role", tag = "people", request_body = NewRole,
    params(("id" = String, Path, description = "The person")),
    responses((status = 204, description = "Changed")))]
async fn set_role(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<NewRole>,
) -> Result<StatusCode, ApiError> {
    let Some(present) = service.database.role_in(&caller.workspace_id, &id).await? else {
        return Err(ApiError::missing("person in this workspace"));
    };
    at_most_own(&caller, body.role.max(present))?;
    let mut change = service.database.change().await?;
    change.set_role(&caller.workspace_id, &id, body.role).await?;
    keeps_an_owner(change.owners(&caller.workspace_id).await?)?;
    let detail = format!("{} to {}", present.name(), body.role.name());
    service.audited(&mut change, &caller, ("user.role", &id, &detail)).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take somebody out of the workspace
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "people",
    params(("id" = String, Path, description = "The person")),
    responses((status = 204, description = "Gone from the workspace")))]
async fn remove(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let Some(present) = service.database.role_in(&caller.workspace_id, &id).await? else {
        return Err(ApiError::missing("person in this workspace"));
    };
    at_most_own(&caller, present)?;
    let mut change = service.database.change().await?;
    change.remove_member(&caller.workspace_id, &id).await?;
    keeps_an_owner(change.owners(&caller.workspace_id).await?)?;
    service.audited(&mut change, &caller, ("user.remove", &id, present.name())).await?;
    change.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Nobody gives or takes more than they have.
fn at_most_own(caller: &Caller, role: Role) -> Result<(), ApiError> {
    if caller.role.is_some_and(|own| own >= role) {
        return Ok(());
    }
    Err(ApiError::forbidden(format!("only who has the role {} may give or take it", role.name())))
}

fn keeps_an_owner(owners: i64) -> Result<(), ApiError> {
    if owners > 0 {
        return Ok(());
    }
    Err(ApiError::invalid("a workspace keeps at least one owner")
        .with_help("make somebody else an owner first"))
}
