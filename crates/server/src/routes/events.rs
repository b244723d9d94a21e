//! Live events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event as Frame, KeepAlive};
use axum::response::{IntoResponse as _, Response, Sse};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::notify::PERSONAL;
use crate::state::stopped;
use crate::{ApiError, Service};

/// How long to wait for news before looking by ourselves: another instance may have written them.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Events that wait for a slow client; beyond, we wait for the client.
const MAX_WAITING: usize = 64;

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(stream))
}

/// From where on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct From {
    /// Events after this one; without it, and without the header `Last-Event-ID`, only those to come.
    #[serde(default)]
    after: Option<i64>,
}

/// Live events
///
/// Server-sent events: `id` is the number of the event, `event` its kind, `data` the event as JSON. A client that
/// comes back sends the last id it saw as `Last-Event-ID` and misses nothing. `notice.raised` and `notice.read` reach
/// only the person that they are for.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(From),
    responses((status = 200, description = "A stream that does not end", content_type = "text/event-stream",
        body = String)))]
async fn stream(
    State(service): State<Service>,
    caller: Caller,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let after = match seen.or(from.after) {
        Some(after) => after,
        None => service.database.last_event().await?,
    };
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    tokio::spawn(follow(service, caller, after, sender));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response())
}

/// Sends events until the client has gone or the service stops.
async fn follow(
    service: Service,
    caller: Caller,
    mut after: i64,
    sender: mpsc::Sender<Result<Frame, Infallible>>,
) {
    let mut news = service.database.watch_events();
    let mut stopping = service.stopping.clone();
    loop {
        // A database that does not answer is tried again; the client sees a pause, not an end.
        let events = service.database.events_after(&caller.workspace_id, after).await.unwrap_or_default();
        let is_behind = !events.is_empty();
        for event in events {
            after = event.sequence;
            if event.kind.starts_with(PERSONAL) && event.subject != caller.user_id {
                continue;
            }
            let data = serde_json::to_string(&event).unwrap_or_default();
            let frame = Frame::default().id(event.sequence.to_string()).event(event.kind).data(data);
            if sender.send(Ok(frame)).await.is_err() {
                return;
            }
        }
        if is_behind {
            continue;
        }
        tokio::select! {
            () = sender.closed() => return,
            () = stopped(&mut stopping) => return,
            _ = news.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
