//! How the service is, for people and for Prometheus.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use driftline_model::service::Role;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::caller::{address_of, identify};
use crate::recent_errors::RecentError;
use crate::state::now_ms;
use crate::telemetry::note_caller;
use crate::watch_health::{HealthCheck, kind_of_database, look};
use crate::{ApiError, Service, ShownSetting, metrics, metrics_text};

pub(crate) fn router() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(system))
}

/// How the service is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct System {
    /// The version that runs.
    version: String,
    /// Seconds since the start.
    uptime_secs: u64,
    /// Memory.
    memory: SystemMemory,
    /// Processor time; absent where the system does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<SystemCpu>,
    /// The disk of the data folder; absent where the system does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    disk: Option<SystemDisk>,
    /// The database.
    database: SystemDatabase,
    /// The queue; absent when the database does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<SystemQueue>,
    /// Workers.
    workers: SystemWorkers,
    /// What was refused or failed since the start, by category.
    errors: BTreeMap<String, u64>,
    /// The last failures of the service itself, newest first; 50 at most.
    recent_errors: Vec<RecentError>,
    /// What was looked at.
    health: Vec<HealthCheck>,
    /// Its configuration, each value with its origin.
    settings: Vec<ShownSetting>,
}

/// Processor time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SystemCpu {
    /// Seconds that the process has had a processor since it began, over all cores.
    used_secs: f64,
    /// Processors that it may use.
    cores: u32,
}

/// Memory in bytes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SystemMemory {
    /// What the process holds; absent where the system does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    resident_bytes: Option<u64>,
    /// What a check may use.
    budget_bytes: u64,
    /// What the process could still have.
    available_bytes: u64,
}

/// The disk of the data folder, in bytes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SystemDisk {
    /// What is free.
    free_bytes: u64,
    /// Its size.
    total_bytes: u64,
}

/// The database.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SystemDatabase {
    /// `sqlite` or `postgres`.
    kind: String,
    /// Whether it answers.
    answers: bool,
}

/// The queue of jobs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SystemQueue {
    /// Jobs that wait.
    queued: i64,
    /// Jobs that are worked on.
    running: i64,
    /// How long the oldest has waited; absent when none waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_wait_ms: Option<i64>,
}

/// Workers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct SystemWorkers {
    /// How many there should be.
    wanted: u32,
    /// How many live.
    alive: u32,
}

/// How the service is
#[utoipa::path(get, path = "/api/v1/system", tag = "system",
    responses((status = 200, description = "As it is now", body = System)))]
async fn system(State(service): State<Service>) -> Json<System> {
    let (look, telemetry) = (look(&service).await, &service.telemetry);
    Json(System {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime_secs: telemetry.uptime().as_secs(),
        memory: SystemMemory {
            resident_bytes: look.resources.resident,
            budget_bytes: telemetry.budget,
            available_bytes: look.resources.available,
        },
        cpu: cpu_secs().map(|used_secs| SystemCpu { used_secs, cores: cores() }),
        disk: look.resources.disk.map(|(free_bytes, total_bytes)| SystemDisk { free_bytes, total_bytes }),
        database: SystemDatabase {
            kind: kind_of_database(&service).to_owned(),
            answers: look.queue.is_some(),
        },
        queue: look.queue.map(|queue| SystemQueue {
            queued: queue.queued,
            running: queue.running,
            oldest_wait_ms: queue.oldest_ms.map(|since| now_ms().saturating_sub(since).max(0)),
        }),
        workers: SystemWorkers { wanted: service.config.workers.max(1), alive: telemetry.workers_alive() },
        errors: telemetry.metrics.errors_by_category(),
        recent_errors: telemetry.recent.all(),
        health: look.checks,
        settings: service.config.shown.clone(),
    })
}

/// Ticks a second in which Linux counts processor time for programs (`USER_HZ`), on every architecture.
const TICKS_PER_SEC: f64 = 100.0;

/// Processor time of the process so far, in seconds, user and system; proc(5), `/proc/pid/stat`, fields 14 and 15.
fn cpu_secs() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let (user, system) = (ticks()?, ticks()?);
    #[expect(clippy::cast_precision_loss, reason = "a time that is shown")]
    let ticks = (user + system) as f64;
    Some(ticks / TICKS_PER_SEC)
}

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

/// Figures for Prometheus. Not part of the API: it is for machines of whoever runs the service.
pub(crate) async fn scrape(State(service): State<Service>, request: Request) -> Result<Response, ApiError> {
    let (parts, _) = request.into_parts();
    if !is_from_here(&parts) {
        let caller = identify(&service, &parts).await?;
        // Only a token: a page that a browser shows has no use for this.
        let caller = caller.filter(|caller| caller.session.is_none());
        if let Some(caller) = &caller {
            note_caller(&parts.extensions, caller);
        }
        if caller.is_none_or(|caller| caller.role.is_none_or(|role| role < Role::Admin)) {
            return Err(ApiError::forbidden("metrics are for this machine, or for an API token of an admin"));
        }
    }
    Ok(([(header::CONTENT_TYPE, metrics_text::CONTENT_TYPE)], metrics::page(&service).await).into_response())
}

/// Whether a request began on this machine. What a proxy on it passes on did not.
fn is_from_here(parts: &Parts) -> bool {
    let is_passed_on = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
        .iter()
        .any(|name| parts.headers.contains_key(*name));
    !is_passed_on && address_of(parts).is_some_and(|address| address.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::extract::ConnectInfo;

    use super::*;

    fn from(address: &str, header: Option<&str>) -> bool {
        let mut request = Request::builder();
        if let Some(header) = header {
            request = request.header(header, "10.1.2.3");
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(address.parse().unwrap()));
        is_from_here(&request.into_parts().0)
    }

    #[test]
    fn only_requests_that_began_on_this_machine_are_from_here() {
        assert!(from("127.0.0.1:5000", None));
        assert!(from("[::1]:5000", None));
        assert!(from("[::ffff:127.0.0.1]:5000", None));
        assert!(!from("192.168.1.7:5000", None));
        assert!(!from("127.0.0.1:5000", Some("X-Forwarded-For")));
        assert!(!from("127.0.0.1:5000", Some("Forwarded")));
    }
}
