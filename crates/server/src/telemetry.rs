//! What is told about every request and every job: in the log, and in the figures.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{Extensions, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use driftline_engine::MemoryBudget;
use driftline_store::{Lease, StoreError, new_id};
use std::net::SocketAddr;

use crate::caller::Caller;
use crate::error::{Problem, ProblemDetails};
use crate::metrics::Metrics;
use crate::recent_errors::RecentErrors;
use crate::{ApiError, Service, ServiceConfig};

/// Carries the id of a request, from the client or back to it.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Most characters of the id of a request.
const MAX_ID: usize = 64;

/// How long a request may take.
const MAX_TIME: Duration = Duration::from_secs(60);

/// What takes as long as it takes: data on their way in, events on their way out.
const UNTIMED: [(&str, &str); 4] = [
    ("POST", "/api/v1/datasets"),
    ("POST", "/api/v1/uploads"),
    ("PATCH", "/api/v1/uploads/{id}"),
    ("GET", "/api/v1/events"),
];

/// What machines ask all the time.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// Where rows are sent to monitors, many times a second.
const ROWS: &str = "/api/v1/monitors/{id}/rows";

/// What a service knows of itself.
#[derive(Debug)]
pub(crate) struct Telemetry {
    pub(crate) metrics: Metrics,
    /// Memory that a check may use, in bytes, as it was at the start: later the service itself holds some of it.
    pub(crate) budget: u64,
    /// The last failures.
    pub(crate) recent: RecentErrors,
    started: Instant,
    alive: AtomicU32,
}

impl Telemetry {
    pub(crate) fn new(config: &ServiceConfig) -> Self {
        Self {
            metrics: Metrics::default(),
            budget: MemoryBudget::of(&config.run).bytes,
            recent: RecentErrors::default(),
            started: Instant::now(),
            alive: AtomicU32::new(0),
        }
    }

    /// Time since the start.
    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Workers that live.
    pub(crate) fn workers_alive(&self) -> u32 {
        self.alive.load(Ordering::Relaxed)
    }

    /// A worker begins a job.
    pub(crate) fn job_begun(&self, lease: &Lease) -> Instant {
        let job = &lease.job;
        tracing::info!(
            job = job.id,
            kind = job.kind,
            subject = job.subject,
            workspace = job.workspace_id,
            attempt = job.attempts,
            "job begun"
        );
        Instant::now()
    }

    /// A worker has done with a job, in one way or another.
    pub(crate) fn job_ended(
        &self,
        lease: &Lease,
        begun: Instant,
        outcome: &Result<&'static str, StoreError>,
    ) {
        let (job, ms) = (lease.job.id.as_str(), millis(begun.elapsed()));
        match outcome {
            Ok(outcome) => {
                self.metrics.job_ended(&lease.job.kind, outcome);
                tracing::info!(job, subject = lease.job.subject, outcome, ms, "job ended");
            }
            // Its lease runs out, and the next worker begins again.
            Err(error) => {
                self.metrics.job_ended(&lease.job.kind, "lost");
                self.metrics.error(error.code());
                let cause = error.to_string();
                let subject = &lease.job.subject;
                self.recent.note(error.code(), &cause, work_of(lease), None);
                tracing::error!(job, subject, outcome = "lost", ms, cause, "job ended");
            }
        }
    }

    /// What a job works on could not be done, now or at all.
    pub(crate) fn job_failed(&self, lease: &Lease, (code, cause): (&str, &str)) {
        self.metrics.error(code);
        self.recent.note(code, cause, work_of(lease), None);
        let job = &lease.job;
        tracing::warn!(job = job.id, kind = job.kind, subject = job.subject, code, cause, "job failed");
    }
}

/// What a job does, for people.
fn work_of(lease: &Lease) -> String {
    format!("{} {}", lease.job.kind, lease.job.subject)
}

/// Counts as a living worker until it is dropped.
pub(crate) struct Alive(Arc<Telemetry>);

impl Alive {
    pub(crate) fn begin(telemetry: &Arc<Telemetry>) -> Self {
        telemetry.alive.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(telemetry))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What an answer says that is not what was asked for. Travels with the answer, so that its request id can be put in.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(pub(crate) ProblemDetails);

/// What lies behind an answer, for the log only. Travels with the answer.
#[derive(Debug, Clone)]
pub(crate) struct Cause(pub(crate) String);

/// Who asks, once that is known.
#[derive(Debug, Clone, Default)]
struct Actor(Arc<OnceLock<String>>);

/// Tells the log who asks.
pub(crate) fn note_caller(of_request: &Extensions, caller: &Caller) {
    if let Some(Actor(cell)) = of_request.get() {
        // A request has one caller.
        let _ = cell.set(caller.actor.clone());
    }
}

/// What is known of a request before it is answered.
struct Seen {
    id: String,
    method: String,
    route: String,
    address: String,
    actor: Actor,
    begun: Instant,
}

impl Seen {
    fn of(request: &Request) -> Self {
        let sent = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Self {
            id: sent.filter(|id| is_id(id)).map_or_else(new_id, str::to_owned),
            method: request.method().as_str().chars().take(MAX_ID).collect(),
            route: route(request.extensions()).to_owned(),
            address: address.map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
            actor: Actor::default(),
            begun: Instant::now(),
        }
    }

    fn tell(&self, status: StatusCode, code: &str, cause: Option<&str>) {
        let (actor, ms) = (self.actor.0.get().map(String::as_str), millis(self.begun.elapsed()));
        let Self { id, method, route, address, .. } = self;
        let number = status.as_u16();
        if status.is_server_error() {
            let cause = cause.unwrap_or("not known");
            tracing::error!(request_id = id, method, route, status = number, code, cause, "request failed");
        }
        let is_usual = PROBES.contains(&route.as_str()) || route == ROWS;
        if is_usual && status.is_success() {
            tracing::debug!(request_id = id, method, route, status = number, ms, actor, address, "request");
        } else {
            tracing::info!(request_id = id, method, route, status = number, ms, actor, address, "request");
        }
    }
}

fn route(of_request: &Extensions) -> &str {
    of_request.get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str)
}

fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Milliseconds, to the microsecond.
fn millis(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}

/// The outermost layer: gives every request its id, and tells of its answer in the log and in the figures.
pub(crate) async fn observe(State(service): State<Service>, mut request: Request, next: Next) -> Response {
    let seen = Seen::of(&request);
    request.extensions_mut().insert(seen.actor.clone());
    let mut response = next.run(request).await;
    let status = response.status();
    let refusal = response.extensions_mut().remove::<Refusal>().map(|refusal| refusal.0);
    let cause = response.extensions_mut().remove::<Cause>().map(|cause| cause.0);
    let metrics = &service.telemetry.metrics;
    metrics.request((&seen.method, &seen.route), status.as_u16(), seen.begun.elapsed());
    let code = refusal.as_ref().map_or("", |problem| problem.code.as_str());
    if !code.is_empty() {
        metrics.error(code);
    }
    let cause = cause.as_deref().or(refusal.as_ref().map(|problem| problem.message.as_str()));
    if status.is_server_error() {
        // What only the log may know stays there: the request id leads to it.
        let told = refusal.as_ref().map_or("not known", |problem| problem.message.as_str());
        let during = format!("{} {}", seen.method, seen.route);
        service.telemetry.recent.note(code, told, during, Some(&seen.id));
    }
    seen.tell(status, code, cause);
    if let Some(problem) = refusal {
        response = with_id(response, problem, &seen.id);
    }
    if let Ok(id) = HeaderValue::from_str(&seen.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// A problem with the id of its request.
fn with_id(response: Response, mut problem: ProblemDetails, id: &str) -> Response {
    problem.request_id = Some(id.to_owned());
    let Ok(body) = serde_json::to_vec(&Problem { error: problem }) else { return response };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(body))
}

/// The innermost layer: a handler that panics or takes too long is answered for.
pub(crate) async fn guarded(request: Request, next: Next) -> Response {
    let route = route(request.extensions());
    let is_timed = !UNTIMED.contains(&(request.method().as_str(), route));
    answered(is_timed.then_some(MAX_TIME), next.run(request)).await
}

/// What a handler answers, or what is said in its place.
pub(crate) async fn answered(limit: Option<Duration>, handler: impl Future<Output = Response>) -> Response {
    let outcome = match limit {
        Some(limit) => match tokio::time::timeout(limit, caught(handler)).await {
            Ok(outcome) => outcome,
            Err(_) => return too_slow(limit).into_response(),
        },
        None => caught(handler).await,
    };
    outcome.unwrap_or_else(|cause| {
        ApiError::internal("the service failed over this request: this is a fault of Driftline")
            .with_help("report it with the request id; the log tells more")
            .with_cause(format!("a panic: {cause}"))
            .into_response()
    })
}

fn too_slow(limit: Duration) -> ApiError {
    let message = format!("the request was not answered within {} seconds", limit.as_secs());
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "system.timeout", message).with_help("try again later")
}

/// What a future gives, or what it panicked with. It is not asked again after that.
async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(payload) => Poll::Ready(Err(message_of(payload.as_ref()))),
    })
    .await
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref().cloned()).unwrap_or_else(|| "no message".to_owned())
}
