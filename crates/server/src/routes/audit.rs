//! The audit log.

use axum::Json;
use axum::extract::{Query, State};
use driftline_model::service::{AuditEntry, ChainReport, Page, PageRequest};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Text in action, subject, actor or detail, in any case.
    #[serde(default)]
    search: Option<String>,
    /// Lines on the page, 1 to 200 (default 50).
    #[serde(default)]
    limit: Option<u32>,
    /// Only lines before this one: the `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// The audit log of the workspace
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Search),
    responses((status = 200, description = "Newest first", body = Page<AuditEntry>)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(search): Query<Search>,
) -> Result<Json<Page<AuditEntry>>, ApiError> {
    let page = PageRequest { limit: search.limit, before: search.before };
    let text = search.search.unwrap_or_default();
    Ok(Json(service.database.audit_entries(Some(&caller.workspace_id), &text, &page).await?))
}

/// Verify the chain of the audit log
#[utoipa::path(get, path = "/api/v1/audit/verification", tag = "audit",
    responses((status = 200, description = "What was found", body = ChainReport)))]
async fn verify(State(service): State<Service>) -> Result<Json<ChainReport>, ApiError> {
    Ok(Json(service.database.verify_audit().await?))
}
