//! What was planted, and planting by hand.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::query::{Asked, data_named, moment};
use super::refusal::Refusal;
use super::{Mock, Shared};
use crate::data::Data;
use crate::fault::{FOR_EVER, Fault, FaultText, FieldError, MAX_FAULTS, Planted, Schedule, Start};
use crate::moment::{DAY_MS, moment_text};
use crate::settings::MockError;
use crate::truth::{Truth, TruthEntry, TruthWindow};

/// Most single rows in an entry of an answer.
const MAX_LISTED: usize = 1_000;
/// How far the truth can look ahead.
const MAX_AHEAD_MS: i64 = 7 * DAY_MS;

impl Mock {
    /// Plants a fault from now on, and tells the truth about it.
    ///
    /// `start` is a length from now or a moment that is to come.
    ///
    /// # Errors
    /// A [`MockError`] when the fault cannot stand or there are too many.
    pub fn plant(&self, text: &FaultText) -> Result<TruthEntry, MockError> {
        self.0.plant(text)
    }

    /// Ends a fault now, or takes it away before it begins. What it did stays.
    ///
    /// # Errors
    /// [`MockError::NoFault`] when there is none that is there or to come.
    pub fn remove(&self, id: &str) -> Result<(), MockError> {
        self.0.remove(id)
    }
}

impl Shared {
    fn plant(&self, text: &FaultText) -> Result<TruthEntry, MockError> {
        let mut outcome = Err(MockError::TooManyFaults(MAX_FAULTS));
        // While this is held nobody sees the clock and the old rows together.
        self.current.send_if_modified(|current| {
            let now_ms = self.clock.now_ms();
            if current.planted.len() >= MAX_FAULTS {
                return false;
            }
            match self.placed(text, &current.planted, now_ms) {
                Err(error) => {
                    outcome = Err(error.into());
                    false
                }
                Ok(planted) => {
                    let id = planted.fault.id.clone();
                    let all = current.planted.iter().cloned().chain([planted]).collect();
                    *current = Arc::new(current.with_faults(all, now_ms + 1));
                    outcome = current.truth_to_come(&id, now_ms).ok_or(MockError::NoFault(id));
                    true
                }
            }
        });
        outcome
    }

    /// The fault with its place in time, if it can stand.
    fn placed(&self, text: &FaultText, others: &[Planted], now_ms: i64) -> Result<Planted, FieldError> {
        let is_free =
            |number: &usize| !others.iter().any(|other| other.fault.id == format!("{}-{number}", text.kind));
        let number = (1..=MAX_FAULTS + 1).find(is_free).unwrap_or_default();
        let fault = text.check(number)?;
        let late = |reason: &str| Err(FieldError { field: "start", reason: reason.to_owned() });
        let start_ms = match fault.start {
            Start::After(after) if after < 0 => return late("is before now: what was cannot be changed"),
            Start::After(after) => now_ms + 1 + after,
            Start::At(at) if at <= now_ms => return late("is over: what was cannot be changed"),
            Start::At(at) => at,
        };
        let faults = others.iter().map(|other| other.fault.clone()).collect();
        let fault =
            Schedule { repeat_ms: None, faults }.checked(Fault { start: Start::At(start_ms), ..fault })?;
        Ok(Planted::new(fault, start_ms, None, self.settings.generator.seed))
    }

    fn remove(&self, id: &str) -> Result<(), MockError> {
        let mut found = false;
        self.current.send_if_modified(|current| {
            let now_ms = self.clock.now_ms();
            let mut all = current.planted.clone();
            let is_to_come = |it: &Planted| it.between(now_ms + 1, FOR_EVER).next().is_some();
            let Some(planted) = all.iter_mut().find(|it| it.fault.id == id && is_to_come(it)) else {
                return false;
            };
            planted.gone_ms = now_ms + 1;
            found = true;
            *current = Arc::new(current.with_faults(all, now_ms + 1));
            true
        });
        if found { Ok(()) } else { Err(MockError::NoFault(id.to_owned())) }
    }

    fn truth(&self, data: Option<Data>, asked: &Asked) -> Result<Truth, Refusal> {
        let (now_ms, generator) = self.now();
        let from_ms = moment("from", asked.from.as_deref())?.unwrap_or(generator.first_ms());
        let to_ms = moment("to", asked.to.as_deref())?.unwrap_or(now_ms + 1);
        let to_ms = to_ms.min(now_ms.saturating_add(MAX_AHEAD_MS));
        let from_ms = from_ms.clamp(generator.first_ms(), to_ms.max(generator.first_ms()));
        Ok(generator.truth(TruthWindow { from_ms, to_ms, data, max_rows: MAX_LISTED }))
    }
}

/// `GET /v1/truth`.
pub(super) async fn truth(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Truth>, Refusal> {
    off_the_threads(move || shared.truth(None, &asked)).await.map(Json)
}

/// `GET /v1/{data}/truth`.
pub(super) async fn truth_of(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Truth>, Refusal> {
    let data = data_named(&shared, &name)?;
    off_the_threads(move || shared.truth(Some(data), &asked)).await.map(Json)
}

/// Looking for single rows in a long time is work.
async fn off_the_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let failed = |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "the work was given up");
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

/// `GET /v1/faults`: what is there or to come.
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let (now_ms, generator) = shared.now();
    let next = |planted: &Planted| planted.between(now_ms, FOR_EVER).next();
    let coming = generator.planted.iter().filter_map(|planted| Some((planted, next(planted)?)));
    let items = coming.map(|(planted, occurrence)| {
        json!({
            "id": planted.fault.id,
            "kind": planted.fault.kind.id(),
            "data": planted.fault.data.map(Data::name),
            "is_there": occurrence.start_ms <= now_ms,
            "start": moment_text(occurrence.start_ms),
            "end": (occurrence.end_ms < FOR_EVER).then(|| moment_text(occurrence.end_ms)),
        })
    });
    Json(json!({ "now": moment_text(now_ms), "items": items.collect::<Vec<_>>() }))
}

/// `POST /v1/faults`.
pub(super) async fn plant(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<(StatusCode, Json<TruthEntry>), Refusal> {
    let text: FaultText = serde_json::from_slice(&body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, "bad_json", error.to_string()))?;
    Ok((StatusCode::CREATED, Json(shared.plant(&text)?)))
}

/// `DELETE /v1/faults/{id}`.
pub(super) async fn remove(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    shared.remove(&id)?;
    Ok(StatusCode::NO_CONTENT)
}
