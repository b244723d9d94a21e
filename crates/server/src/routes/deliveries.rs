//! Deliveries: what was sent to channels, and what came of it.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use driftline_alert::GIVE_UP_MS;
use driftline_model::service::{Delivery, DeliveryState, Page, PageRequest};
use driftline_store::DeliveryFilter;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answered;
use crate::caller::Caller;
use crate::state::now_ms;
use crate::{ApiError, Service};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(retry))
}

/// Which deliveries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those of this channel: an id.
    #[serde(default)]
    channel: Option<String>,
    /// Only those in this state: `pending`, `sending`, `delivered`, `failed` or `cancelled`.
    #[serde(default)]
    state: Option<DeliveryState>,
    /// Only those about this incident: an id.
    #[serde(default)]
    incident: Option<String>,
    /// Items on the page, 1 to 200 (default 50).
    #[serde(default)]
    limit: Option<u32>,
    /// Only items before this one: the `next` of the page before.
    #[serde(default)]
    before: Option<String>,
}

/// Deliveries of the workspace
#[utoipa::path(get, path = "/api/v1/deliveries", tag = "alerts", params(Which),
    responses((status = 200, description = "Newest first", body = Page<Delivery>)))]
async fn list(
    State(service): State<Service>,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Response, ApiError> {
    let filter =
        DeliveryFilter { channel_id: which.channel, state: which.state, incident_id: which.incident };
    let page = PageRequest { limit: which.limit, before: which.before };
    let question = format!("deliveries {filter:?} {page:?}");
    let made = async { Ok(service.database.deliveries(&caller.workspace_id, &filter, &page).await?) };
    answered::list(&service, (&caller.workspace_id, &question), made).await
}

/// Send a delivery again
///
/// At once, and for another day if need be: one that waits, or that was given up or cancelled. Anything else, and a
/// test, is answered with 404.
#[utoipa::path(post, path = "/api/v1/deliveries/{id}/retry", tag = "alerts",
    params(("id" = String, Path, description = "The delivery")),
    responses((status = 200, description = "It waits to be sent", body = Delivery)))]
async fn retry(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Delivery>, ApiError> {
    let now = now_ms();
    let mut change = service.database.change().await?;
    let of = (caller.workspace_id.as_str(), id.as_str());
    let delivery = change.retry_delivery(of, now, now + GIVE_UP_MS).await?;
    let delivery = delivery.ok_or_else(|| ApiError::missing("delivery that could be sent again"))?;
    change.publish((&caller.workspace_id, "delivery.queued", &id), &delivery, now).await?;
    service.audited(&mut change, &caller, ("delivery.retry", &id, &delivery.channel_name)).await?;
    change.commit().await?;
    Ok(Json(delivery))
}
