//! Receiving bytes: from the body of a request to a dataset that can be used.
//!
//! Both ways of uploading meet here. Bytes go to a file in the folder of uploads while their hash runs along;
//! once all have come they are looked into, the file is renamed to a blob of the same name, and one change of
//! the database makes it a dataset. Whoever writes to a file has the system's lock on it, which ends with the
//! process: nothing has to be cleaned up after a crash before an upload can go on.

mod arriving;
mod delete;
mod hashes;
mod keep;
mod look;
mod name;
mod partial;
mod resume;

pub(crate) use arriving::{announced_bytes, refuse_long};
pub(crate) use delete::{delete_dataset, delete_upload, line_of};
pub(crate) use hashes::Hashes;
pub(crate) use keep::receive_whole;
pub(crate) use name::sanitised;
pub(crate) use partial::Partial;
pub(crate) use resume::{Resume, given_up_ms, present, resume};

use axum::http::StatusCode;

use crate::ApiError;

/// Does something to its end, even when the client goes away meanwhile and its request is dropped.
pub(crate) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|error| Err(ApiError::internal(error.to_string())))
}

/// Does something that takes the disk or the processor, on a thread that may be blocked.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(ApiError::internal(error.to_string())))
}

fn stopping() -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "system.stopping", "the service is about to stop")
        .with_help("try again in a moment")
}
