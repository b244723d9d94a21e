//! Whether the service lives and can work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::Service;
use crate::telemetry::Cause;
use crate::watch_health::{HealthCheck, HealthState, can_work, look};

/// Whether the process answers at all.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Whether it can work, with everything that was looked at.
pub(crate) async fn ready(State(service): State<Service>) -> Response {
    let mut checks = look(&service).await.checks;
    checks.push(taking_requests(*service.stopping.borrow()));
    if can_work(&checks) {
        return Json(checks).into_response();
    }
    let failed = checks.iter().filter(|check| check.required && !check.ok);
    let causes: Vec<String> = failed.map(|check| format!("{}: {}", check.name, check.detail)).collect();
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, Json(checks)).into_response();
    response.extensions_mut().insert(Cause(causes.join("; ")));
    response
}

fn taking_requests(stopping: bool) -> HealthCheck {
    let (state, detail) = match stopping {
        true => (HealthState::Failed, "is about to stop"),
        false => (HealthState::Ok, "takes requests"),
    };
    HealthCheck::new("service", true, state, detail, "send requests elsewhere until it is back")
}
