//! Notices: what the caller should know.

use axum::Json;
use axum::extract::{Query, State};
use driftline_model::service::{NoticePage, PageRequest};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

/// Notices that are read at once at most, unless all are.
const MAX_IDS: usize = 200;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read))
}

/// Which notices.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// `true`: only those that are unread; `false`: only those that were read.
    #[serde(default)]
    unread: Option<bool>,
    /// Items on the page, 1 to 200 (default 50).
    #[serde(default)]
    limit: Option<u32>,
    /// Only items before this one: the `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// Your own notices
///
/// Mentions, assignments by others, and for admins and owners incidents of high or critical severity; kept for 90
/// days, at most 1,000 a person.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", params(Which),
    responses((status = 200, description = "Newest first", body = NoticePage)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Json<NoticePage>, ApiError> {
    let page = PageRequest { limit: which.limit, before: which.before };
    let whose = (caller.workspace_id.as_str(), caller.user_id.as_str());
    Ok(Json(service.database.notices(whose, which.unread, &page).await?))
}

/// What was read: either `ids` or `all`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadNotices {
    /// These notices, at most 200. Those of other people are left alone.
    #[serde(default)]
    ids: Option<Vec<String>>,
    /// All that there are.
    #[serde(default)]
    all: bool,
}

/// How many were unread before.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct NoticesRead {
    /// Notices that were unread and are read now.
    read: u64,
}

/// Mark notices as read
#[utoipa::path(post, path = "/api/v1/notices/read", tag = "notices", request_body = ReadNotices,
    responses((status = 200, description = "Read", body = NoticesRead)))]
async fn read(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<ReadNotices>,
) -> Result<Json<NoticesRead>, ApiError> {
    let ids = match (&body.ids, body.all) {
        (Some(ids), false) if ids.len() <= MAX_IDS => Some(ids.as_slice()),
        (None, true) => None,
        _ => {
            return Err(ApiError::invalid(format!(
                "send `ids` with at most {MAX_IDS} of them, or `all: true`"
            )));
        }
    };
    let now = now_ms();
    let mut change = service.database.change().await?;
    let whose = (caller.workspace_id.as_str(), caller.user_id.as_str());
    let read = change.read_notices(whose, ids, now).await?;
    if read == 0 {
        return Ok(Json(NoticesRead { read }));
    }
    // For the other windows of the same person.
    change.publish((&caller.workspace_id, "notice.read", &caller.user_id), &body.ids, now).await?;
    service.audited(&mut change, &caller, ("notice.read", "", &format!("{read} read"))).await?;
    change.commit().await?;
    Ok(Json(NoticesRead { read }))
}
