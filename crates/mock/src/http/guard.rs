//! What stands between a request and the data: the token, the limit of requests, and planted trouble.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::refusal::Refusal;
use crate::data::Data;
use crate::fault::{FaultKind, Occurrence, Planted};
use crate::generator::Generator;

/// So many requests in a second; what was not used within a second is gone.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_sec: f64,
    left: Mutex<(f64, Instant)>,
}

impl RateLimit {
    pub(super) fn of(per_sec: f64) -> Self {
        Self { per_sec, left: Mutex::new((per_sec.max(1.0), Instant::now())) }
    }

    /// Takes one request; gives how long to wait when there is none.
    fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let back = now.saturating_duration_since(left.1).as_secs_f64() * self.per_sec;
        let there = (left.0 + back).min(self.per_sec.max(1.0));
        *left = (there, now);
        if there >= 1.0 {
            left.0 -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - there) / self.per_sec))
    }
}

/// Lets those pass who know the token.
pub(super) async fn known(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let Some(token) = &shared.settings.token else { return next.run(request).await };
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if is_equal(shown.as_bytes(), token.as_bytes()) {
        return next.run(request).await;
    }
    let message = "this needs `Authorization: Bearer` with the token of the mock";
    Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message).into_response()
}

/// Compares without telling by its time where two texts differ.
fn is_equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// Keeps the limit of requests.
pub(super) async fn limited(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match shared.limit.as_ref().map_or(Ok(()), |limit| limit.take(Instant::now())) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            let message = "too many requests: wait as long as Retry-After says";
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
                .retry_after(wait.as_secs_f64().ceil().max(1.0) as u64)
                .into_response()
        }
    }
}

/// What was planted for requests happens to this one.
pub(super) async fn trouble(shared: &Shared, data: Data) -> Result<(), Refusal> {
    let number = shared.requests.fetch_add(1, Ordering::Relaxed);
    let (now_ms, generator) = shared.now();
    let there = |kind: FaultKind| met(&generator, data, kind, (number, now_ms));
    let slow: f64 = there(FaultKind::SlowAnswers)
        .map(|(planted, occurrence)| planted.fault.strength * planted.level(occurrence, now_ms))
        .sum();
    if slow > 0.0 {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs_f64(slow.min(60.0))) => {}
            () = shared.stopped() => {}
        }
    }
    match there(FaultKind::HttpErrors).next() {
        Some((planted, occurrence)) => Err(failure(shared, planted, (occurrence, now_ms))),
        None => Ok(()),
    }
}

/// The faults of a kind that meet a request.
fn met(
    generator: &Generator,
    data: Data,
    kind: FaultKind,
    (number, now_ms): (u64, i64),
) -> impl Iterator<Item = (&Planted, Occurrence)> {
    let there = generator.planted.iter().filter(move |it| it.fault.kind == kind && it.meets(data));
    there.filter_map(move |planted| {
        let occurrence = planted.at(now_ms)?;
        // Slow answers grow, errors become more frequent.
        let is_met = match kind {
            FaultKind::SlowAnswers => planted.hits(occurrence, number, i64::MAX / 8),
            _ => planted.hits(occurrence, number, now_ms),
        };
        is_met.then_some((planted, occurrence))
    })
}

fn failure(shared: &Shared, planted: &Planted, (occurrence, now_ms): (Occurrence, i64)) -> Refusal {
    let status = planted.fault.value.as_deref().and_then(|value| value.parse().ok());
    let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let refusal = Refusal::new(status, "planted", format!("planted: {}", planted.fault.id));
    if ![StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status) {
        return refusal;
    }
    // Where some requests go through it is worth trying again at once.
    let left = shared.clock.wall(occurrence.end_ms.saturating_sub(now_ms)).as_secs_f64().ceil();
    refusal.retry_after(if planted.fault.strength < 1.0 { 1 } else { left.clamp(1.0, 60.0) as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_used_within_a_second_is_gone() {
        let limit = RateLimit::of(2.0);
        let at = |ms| Instant::now() + Duration::from_millis(ms);
        let start = at(0);
        let taken = |ms: u64| limit.take(start + Duration::from_millis(ms));
        assert!(taken(0).is_ok() && taken(0).is_ok());
        let wait = taken(0).unwrap_err();
        assert!((0.4..0.51).contains(&wait.as_secs_f64()), "{wait:?}");
        assert!(taken(600).is_ok() && taken(600).is_err());
        assert!(taken(9_000).is_ok() && taken(9_000).is_ok() && taken(9_000).is_err());
    }

    #[test]
    fn a_slow_limit_lets_one_pass() {
        let limit = RateLimit::of(0.1);
        let start = Instant::now();
        assert!(limit.take(start).is_ok());
        assert!(limit.take(start).unwrap_err() > Duration::from_secs(9));
    }
}
