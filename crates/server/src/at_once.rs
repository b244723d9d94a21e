//! Work of some seconds on a dataset, while somebody waits for the answer.

use axum::http::StatusCode;
use driftline_engine::{CancelToken, EngineError, Input};
use driftline_model::SideReport;
use driftline_model::service::DatasetState;

use crate::caller::Caller;
use crate::{ApiError, Service};

/// Largest dataset, as uploaded, that is read while somebody waits for the answer: some seconds.
const MAX_BYTES: i64 = 256 << 20;

/// A dataset that may be read at once, and its name; where it is too large, `help` says what to do instead.
pub(crate) async fn dataset(
    service: &Service,
    caller: &Caller,
    (id, help): (&str, &str),
) -> Result<(Input, String), ApiError> {
    let known = service.database.dataset(&caller.workspace_id, id).await?;
    let stored = known
        .filter(|stored| stored.dataset.state == DatasetState::Ready)
        .ok_or_else(|| ApiError::missing("dataset"))?;
    if stored.dataset.size_bytes > MAX_BYTES {
        let message = format!("the dataset `{}` is too large to be read at once", stored.dataset.name);
        let error = ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "data.too_large", message);
        return Err(error.with_help(help));
    }
    let path = service.data.blob(&stored.blob).to_string_lossy().into_owned();
    Ok((Input::Table(path), stored.dataset.name))
}

/// What the engine calls an input.
pub(crate) fn path_of(input: &Input) -> String {
    match input {
        Input::Table(location) => location.clone(),
        Input::Query(_) => input.name(),
        Input::Profile { path, .. } => path.to_string_lossy().into_owned(),
    }
}

/// A table is told of by the name that people know, not by where we keep the file.
pub(crate) fn rename(side: &mut SideReport, (path, name): (&str, &str)) {
    name.clone_into(&mut side.name);
    side.sources_mut().for_each(|source| name.clone_into(source));
    let texts = side.broken_off.iter_mut().chain(&mut side.notes);
    texts.for_each(|text| *text = text.replace(path, name));
}

/// Stops the work when nobody waits for it any more.
struct StopOnDrop(CancelToken);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Does work of some seconds on a thread of its own. What it says names things as people do.
pub(crate) async fn at_once<T: Send + 'static>(
    (path, name): (String, String),
    work: impl FnOnce(&CancelToken) -> Result<T, EngineError> + Send + 'static,
) -> Result<T, ApiError> {
    let cancel = CancelToken::new();
    let stop = StopOnDrop(cancel.clone());
    let outcome = tokio::task::spawn_blocking(move || work(&cancel)).await;
    drop(stop);
    match outcome {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(ApiError::from(error).renamed(&path, &name)),
        Err(error) => Err(ApiError::internal(error.to_string())),
    }
}
