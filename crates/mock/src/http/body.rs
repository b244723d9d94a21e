//! Answers that are made while they are read.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;

use super::Shared;
use super::refusal::Refusal;

/// Parts that wait for the reader. A reader that is slow makes the writer wait.
const WAITING: usize = 2;

/// Where an answer is written to, part by part.
pub(super) struct Writer {
    parts: mpsc::Sender<Bytes>,
    /// One of the streams that there may be.
    _permit: OwnedSemaphorePermit,
}

impl Writer {
    /// Gives a part to the reader; false when there is none any more.
    pub(super) async fn send(&self, part: Vec<u8>) -> bool {
        self.parts.send(part.into()).await.is_ok()
    }

    /// Waits until the reader is gone.
    pub(super) async fn closed(&self) {
        self.parts.closed().await;
    }
}

/// An answer and its writer, when not too many are being written.
pub(super) fn streamed(shared: &Shared) -> Result<(Writer, Body), Refusal> {
    let permit = Arc::clone(&shared.streams).try_acquire_owned().map_err(|_| {
        let message = format!("{} streams are open, and there may be no more", shared.settings.max_streams);
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", message).retry_after(5)
    })?;
    let (parts, received) = mpsc::channel(WAITING);
    let body = Body::from_stream(ReceiverStream::new(received).map(Ok::<Bytes, Infallible>));
    Ok((Writer { parts, _permit: permit }, body))
}
