//! Monitors: what is watched, the rows that are sent to them, and their windows.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event as Frame, KeepAlive};
use axum::response::{IntoResponse as _, Response, Sse};
use driftline_engine::live::Resolution;
use driftline_ingest::live::ArrowRowsError;
use driftline_model::service::{
    FeedSettings, MonitorChange, MonitorDetails, MonitorRecord, MonitorState, NewMonitor, RestFeed,
};
use driftline_model::{BaselineSource, MonitorSettings, WindowSummary};
use driftline_store::{BaselineReference, new_id};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::Caller;
use crate::live::{self, Kept, Running, Seen, SentFormat, SpoolError};
use crate::state::{now_ms, stopped};
use crate::{ApiError, Service};

/// Largest piece of rows that is taken at a time.
const MAX_ROWS_BYTES: usize = 32 << 20;
/// Bytes of a key of rows that are sent.
const MAX_KEY: usize = 200;
/// Characters of a name.
const MAX_NAME: usize = 100;
/// Windows that are answered at most.
const MAX_WINDOWS: usize = 10_000;
/// Windows that wait for a slow client.
const MAX_WAITING: usize = 64;

pub(crate) fn router() -> OpenApiRouter<Service> {
    let sending = OpenApiRouter::new().routes(routes!(send)).layer(DefaultBodyLimit::max(MAX_ROWS_BYTES));
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, change, delete))
        .routes(routes!(windows))
        .routes(routes!(follow))
        .merge(sending)
}

/// All monitors
///
/// By name, at most 1,000.
#[utoipa::path(get, path = "/api/v1/monitors", tag = "monitors",
    responses((status = 200, description = "The monitors", body = Vec<MonitorDetails>)))]
async fn list(State(service): State<Service>, caller: Caller) -> Result<Json<Vec<MonitorDetails>>, ApiError> {
    let mut all = Vec::new();
    for record in service.database.monitors(&caller.workspace_id).await? {
        all.push(details(&service, record).await?);
    }
    Ok(Json(all))
}

/// Watch something
///
/// It begins at once.
#[utoipa::path(post, path = "/api/v1/monitors", tag = "monitors", request_body = NewMonitor,
    responses((status = 201, description = "It watches", body = MonitorDetails)))]
async fn create(
    State(service): State<Service>,
    caller: Caller,
    Json(body): Json<NewMonitor>,
) -> Result<(StatusCode, Json<MonitorDetails>), ApiError> {
    let name = named(&body.name)?;
    allowed(&body.feed)?;
    let settings = pinned(&service, &caller, body.settings)?;
    let now = now_ms();
    let record = MonitorRecord {
        id: new_id(),
        workspace_id: caller.workspace_id.clone(),
        name,
        feed: body.feed,
        settings,
        state: MonitorState::Running,
        version: 1,
        created_ms: now,
        created_by: caller.user_id.clone(),
        updated_ms: now,
    };
    let mut change = service.database.change().await?;
    if !change.create_monitor(&record).await? {
        return Err(taken(&record.name));
    }
    change.publish((&caller.workspace_id, "monitor.changed", &record.id), &shown(&record), now).await?;
    service.audited(&mut change, &caller, ("monitor.create", &record.id, &record.name)).await?;
    change.commit().await?;
    service.live.changed.notify_one();
    Ok((StatusCode::CREATED, Json(details(&service, record).await?)))
}

/// One monitor
#[utoipa::path(get, path = "/api/v1/monitors/{id}", tag = "monitors",
    params(("id" = String, Path, description = "The monitor")),
    responses((status = 200, description = "The monitor", body = MonitorDetails)))]
async fn get(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<MonitorDetails>, ApiError> {
    let record = known(&service, &caller, &id).await?;
    Ok(Json(details(&service, record).await?))
}

/// Change a monitor, pause it, or let it go on
#[utoipa::path(patch, path = "/api/v1/monitors/{id}", tag = "monitors", request_body = MonitorChange,
    params(("id" = String, Path, description = "The monitor")),
    responses((status = 200, description = "As it is now", body = MonitorDetails)))]
async fn change(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Json(body): Json<MonitorChange>,
) -> Result<Json<MonitorDetails>, ApiError> {
    let mut record = known(&service, &caller, &id).await?;
    if body.version != record.version {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "usage.version",
            format!("the monitor was changed meanwhile: it is of version {} now", record.version),
        ));
    }
    if let Some(name) = &body.name {
        record.name = named(name)?;
    }
    if let Some(feed) = body.feed {
        let (feed, is_whole) = feed.with_secrets_of(&record.feed);
        if !is_whole {
            let message = "the feed asks another address: send its secrets again";
            return Err(ApiError::invalid(message));
        }
        record.feed = feed;
        allowed(&record.feed)?;
    }
    if let Some(settings) = body.settings {
        record.settings = pinned(&service, &caller, settings)?;
    }
    record.state = body.state.unwrap_or(record.state);
    (record.version, record.updated_ms) = (record.version + 1, now_ms());
    let others = service.database.monitors(&caller.workspace_id).await?;
    if others.iter().any(|other| other.id != record.id && other.name == record.name) {
        return Err(taken(&record.name));
    }
    let mut change = service.database.change().await?;
    if !change.update_monitor(&record).await? {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "usage.version",
            "the monitor was changed meanwhile",
        ));
    }
    let of = (caller.workspace_id.as_str(), "monitor.changed", record.id.as_str());
    change.publish(of, &shown(&record), record.updated_ms).await?;
    service.audited(&mut change, &caller, ("monitor.change", &record.id, record.state.name())).await?;
    change.commit().await?;
    service.live.changed.notify_one();
    Ok(Json(details(&service, record).await?))
}

/// Delete a monitor
///
/// With its windows and what it has learned. Its findings stay.
#[utoipa::path(delete, path = "/api/v1/monitors/{id}", tag = "monitors",
    params(("id" = String, Path, description = "The monitor")),
    responses((status = 204, description = "It is gone")))]
async fn delete(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let record = known(&service, &caller, &id).await?;
    let mut change = service.database.change().await?;
    change.delete_monitor(&id).await?;
    change.publish((&caller.workspace_id, "monitor.deleted", &id), &id, now_ms()).await?;
    service.audited(&mut change, &caller, ("monitor.delete", &id, &record.name)).await?;
    change.commit().await?;
    service.live.changed.notify_one();
    // What it has kept is swept away once it has stopped.
    Ok(StatusCode::NO_CONTENT)
}

/// What was taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Taken {
    /// Bytes that are safe now.
    bytes: u64,
    /// What was left out of an Arrow stream, a sentence each: columns of binary data, and such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// Send rows
///
/// CSV with a header, a JSON object a line, or an Arrow stream (IPC); at most 32 MiB at a time, an Arrow stream also as
/// the CSV of its rows. Once this is answered the rows are safe on the disk, and are looked at within a second. Whoever
/// gets no answer sends them again with the same `Idempotency-Key`, and they are taken in once: the last 10,000 keys are
/// remembered. Of an Arrow stream that is damaged or cut off nothing is taken.
#[utoipa::path(post, path = "/api/v1/monitors/{id}/rows", tag = "monitors",
    params(("id" = String, Path, description = "The monitor; its feed is `push`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Any text that names these rows, up to 200 bytes")),
    request_body(content((String = "application/x-ndjson"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"))),
    responses((status = 202, description = "They are safe", body = Taken)))]
async fn send(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Taken>), ApiError> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let format = live::format_of(content_type).ok_or_else(|| {
        ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "usage.content_type",
            "send rows as `application/x-ndjson`, `text/csv` or `application/vnd.apache.arrow.stream`",
        )
    })?;
    let key = headers.get("idempotency-key").map(|key| key.to_str().unwrap_or_default());
    if key.is_some_and(|key| key.is_empty() || key.len() > MAX_KEY) {
        return Err(ApiError::invalid("`Idempotency-Key` has 1 to 200 printable characters"));
    }
    let key = key.map(live::SentKey::of);
    let running = running(&service, &caller, &id).await?;
    let bytes = body.len() as u64;
    let _turn = match format {
        SentFormat::Rows(_) => None,
        SentFormat::Arrow => service.live.converting.acquire().await.ok(),
    };
    let sent = tokio::task::spawn_blocking(move || {
        let (format, rows, notes) =
            live::rows_of(format, body, MAX_ROWS_BYTES).map_err(|error| unfit(&error))?;
        match running.send((format, &rows), key) {
            Some(Ok(())) => Ok(Taken { bytes, notes }),
            Some(Err(error)) => Err(unkept(&error)),
            None => Err(ApiError::invalid("the feed of this monitor is not `push`")),
        }
    });
    let internal = |_| ApiError::internal("the rows were not kept");
    Ok((StatusCode::ACCEPTED, Json(sent.await.map_err(internal)??)))
}

/// Of an Arrow stream that is not taken.
fn unfit(error: &ArrowRowsError) -> ApiError {
    match error {
        ArrowRowsError::TooLarge { .. } => {
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "data.too_large", error.to_string())
        }
        _ => ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "data.arrow", error.to_string()),
    }
}

fn unkept(error: &SpoolError) -> ApiError {
    match error {
        SpoolError::Full => ApiError::new(StatusCode::TOO_MANY_REQUESTS, "monitor.behind", error.to_string()),
        SpoolError::Io(_) => {
            ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "system.no_space", error.to_string())
        }
    }
}

/// Which windows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// `window`, `minute` or `hour`.
    #[serde(default)]
    resolution: Option<String>,
    /// Windows that begin here or later, in milliseconds since 1970; without it, the last 600.
    #[serde(default)]
    from: Option<i64>,
    /// Windows that begin before this moment.
    #[serde(default)]
    until: Option<i64>,
    /// Keys of metrics, separated by commas; without it, all.
    #[serde(default)]
    metrics: Option<String>,
}

/// Windows of a monitor
///
/// Oldest first, at most 10,000.
#[utoipa::path(get, path = "/api/v1/monitors/{id}/windows", tag = "monitors",
    params(("id" = String, Path, description = "The monitor"), Which),
    responses((status = 200, description = "The windows", body = Vec<WindowSummary>)))]
async fn windows(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Vec<WindowSummary>>, ApiError> {
    let record = known(&service, &caller, &id).await?;
    let (resolution, length_ms) = match which.resolution.as_deref().unwrap_or("window") {
        "window" => (Resolution::Window, (record.settings.window.length_secs * 1000.0) as i64),
        "minute" => (Resolution::Minute, 60_000),
        "hour" => (Resolution::Hour, 3_600_000),
        _ => return Err(ApiError::invalid("`resolution` is `window`, `minute` or `hour`")),
    };
    let until = which.until.unwrap_or(i64::MAX / 2);
    let from = which.from.unwrap_or_else(|| until.min(now_ms()) - 600 * length_ms.max(1));
    let metrics = keys(which.metrics.as_deref());
    let mut found = live::history(&service.database, &id, Kept::of(resolution), (from, until)).await?;
    if let Some(running) = service.live.get(&id).filter(|_| resolution == Resolution::Window) {
        let last = found.last().map_or(from, |window| window.end_ms);
        let (recent, _) = running.recent.follow(last);
        let within =
            |seen: &&Arc<Seen>| (from..until).contains(&seen.window.start_ms) && seen.window.start_ms >= last;
        found.extend(recent.iter().filter(within).map(|seen| seen.window.clone()));
    }
    let skipped = found.len().saturating_sub(MAX_WINDOWS);
    Ok(Json(found.iter().skip(skipped).map(|window| live::shown(window, &metrics)).collect()))
}

/// From where on, and what.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Following {
    /// Windows that end after this moment, as far as they are remembered; without it, and without the header
    /// `Last-Event-ID`, those of the last ten minutes.
    #[serde(default)]
    after: Option<i64>,
    /// Keys of metrics, separated by commas; without it, all.
    #[serde(default)]
    metrics: Option<String>,
}

/// Windows as they close
///
/// Server-sent events: `id` is the end of the window, `event` is `window`, `data` is a `ClosedWindow`. A client that
/// comes back sends the last id it saw as `Last-Event-ID`.
#[utoipa::path(get, path = "/api/v1/monitors/{id}/live", tag = "monitors",
    params(("id" = String, Path, description = "The monitor"), Following),
    responses((status = 200, description = "A stream that does not end", content_type = "text/event-stream",
        body = String)))]
async fn follow(
    State(service): State<Service>,
    caller: Caller,
    Path(id): Path<String>,
    Query(following): Query<Following>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let running = running(&service, &caller, &id).await?;
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let after = seen.or(following.after).unwrap_or_else(|| now_ms() - 600_000);
    let (sender, receiver) = mpsc::channel(MAX_WAITING);
    tokio::spawn(send_windows(service, running, (after, keys(following.metrics.as_deref())), sender));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default()).into_response())
}

/// Sends windows until the client has gone, the monitor ends, or the service stops.
async fn send_windows(
    service: Service,
    running: Arc<Running>,
    (mut after_ms, metrics): (i64, Vec<String>),
    sender: mpsc::Sender<Result<Frame, Infallible>>,
) {
    let mut stopping = service.stopping.clone();
    loop {
        let (known, mut news) = running.recent.follow(after_ms);
        for seen in known {
            if sender.send(Ok(frame(&seen, &metrics))).await.is_err() {
                return;
            }
            after_ms = after_ms.max(seen.window.end_ms);
        }
        loop {
            let next = tokio::select! {
                () = sender.closed() => return,
                () = stopped(&mut stopping) => return,
                next = news.recv() => next,
            };
            match next {
                Ok(seen) if seen.window.end_ms <= after_ms => {}
                Ok(seen) => {
                    if sender.send(Ok(frame(&seen, &metrics))).await.is_err() {
                        return;
                    }
                    after_ms = seen.window.end_ms;
                }
                // Too slow: what was missed is still remembered.
                Err(broadcast::error::RecvError::Lagged(_)) => break,
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }
}

fn frame(seen: &Seen, metrics: &[String]) -> Frame {
    let shown = Seen {
        window: live::shown(&seen.window, metrics),
        raised: seen.raised.clone(),
        recovered: seen.recovered.clone(),
    };
    let data = serde_json::to_string(&shown).unwrap_or_default();
    Frame::default().id(seen.window.end_ms.to_string()).event("window").data(data)
}

fn keys(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default().split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

pub(super) async fn known(service: &Service, caller: &Caller, id: &str) -> Result<MonitorRecord, ApiError> {
    let record = service.database.monitor(&caller.workspace_id, id).await?;
    record.ok_or_else(|| ApiError::missing("monitor"))
}

/// A monitor that runs here.
async fn running(service: &Service, caller: &Caller, id: &str) -> Result<Arc<Running>, ApiError> {
    let record = known(service, caller, id).await?;
    if record.state == MonitorState::Paused {
        return Err(ApiError::new(StatusCode::CONFLICT, "monitor.paused", "the monitor is paused"));
    }
    service.live.get(id).ok_or_else(|| {
        let message = "the monitor is not running here: it is about to begin, or another instance runs it";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "monitor.elsewhere", message)
    })
}

async fn details(service: &Service, record: MonitorRecord) -> Result<MonitorDetails, ApiError> {
    let running = service.live.get(&record.id);
    let findings_open = service.database.open_findings_of(&record.id).await?;
    Ok(MonitorDetails {
        status: running.as_ref().map(|running| running.status()),
        metrics: running.as_ref().map_or_else(Vec::new, |running| running.recent.metrics()),
        findings_open,
        monitor: shown(&record),
    })
}

fn shown(record: &MonitorRecord) -> MonitorRecord {
    MonitorRecord { feed: record.feed.without_secrets(), ..record.clone() }
}

fn named(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(ApiError::invalid(format!(
            "`name` has 1 to {MAX_NAME} characters, none of them a control character"
        )));
    }
    Ok(name.to_owned())
}

fn taken(name: &str) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "monitor.name_taken", format!("there is a monitor `{name}` already"))
}

/// Refuses feeds that cannot be right.
fn allowed(feed: &FeedSettings) -> Result<(), ApiError> {
    match feed {
        FeedSettings::Stream { url, .. } | FeedSettings::Rest(RestFeed { url, .. })
            if !url.starts_with("http://") && !url.starts_with("https://") =>
        {
            Err(ApiError::invalid("`url` begins with `http://` or `https://`"))
        }
        FeedSettings::Rest(RestFeed { interval_ms, .. }) if !(100..=86_400_000).contains(interval_ms) => {
            Err(ApiError::invalid("`interval_ms` is 100 to 86,400,000"))
        }
        FeedSettings::File { path, .. } | FeedSettings::Folder { path, .. } if !path.starts_with('/') => {
            Err(ApiError::invalid("`path` is absolute"))
        }
        _ => Ok(()),
    }
}

/// Settings that can be right, with the baseline pinned to the version it has now.
pub(super) fn pinned(
    service: &Service,
    caller: &Caller,
    mut settings: MonitorSettings,
) -> Result<MonitorSettings, ApiError> {
    let window = &settings.window;
    if !(0.1..=86_400.0).contains(&window.length_secs) {
        return Err(ApiError::invalid("`window.length_secs` is 0.1 to 86,400"));
    }
    if !(0.0..=86_400.0).contains(&window.lateness_secs)
        || !(0.0..=604_800.0).contains(&window.silent_after_secs)
    {
        return Err(ApiError::invalid(
            "`window.lateness_secs` is 0 to 86,400, `window.silent_after_secs` 0 to 604,800",
        ));
    }
    if !(0.001..=1e6).contains(&settings.alarms.per_week) {
        return Err(ApiError::invalid("`alarms.per_week` is 0.001 to 1,000,000"));
    }
    settings.metrics = live::own_metrics(settings.metrics)?;
    match &settings.baseline {
        BaselineSource::Learned(secs) if !(1.0..=31_536_000.0).contains(secs) => {
            return Err(ApiError::invalid("`baseline.learned` is 1 to 31,536,000 seconds"));
        }
        BaselineSource::Learned(_) => {}
        BaselineSource::Saved(text) => {
            let reference: BaselineReference = text.parse()?;
            let (version, _) = service.data.baselines(&caller.workspace_id).resolve(&reference)?;
            settings.baseline = BaselineSource::Saved(format!("{}@{version}", reference.name));
        }
    }
    Ok(settings)
}
