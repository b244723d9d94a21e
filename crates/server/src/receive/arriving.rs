use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, StatusCode, header};
use tokio::sync::watch;
use tokio_stream::StreamExt as _;

use super::stopping;
use crate::state::stopped;
use crate::{ApiError, Service};

/// Bytes that are gathered before they go to the disk.
const PIECE_BYTES: usize = 1 << 20;

/// How long a client may be silent in the middle of a body.
const MAX_SILENCE: Duration = Duration::from_secs(30);

/// The body of a request as it comes in, piece by piece.
pub(crate) struct Arriving {
    body: BodyDataStream,
    stopping: watch::Receiver<bool>,
    /// Bytes that may still come.
    left: u64,
    end: End,
}

enum End {
    NotYet,
    Reached,
    /// Told once all that came before has been handed out.
    Broken(ApiError),
}

impl Arriving {
    /// A body of at most `most` bytes.
    pub(crate) fn new(service: &Service, body: Body, most: u64) -> Self {
        let stopping = service.stopping.clone();
        Self { body: body.into_data_stream(), stopping, left: most, end: End::NotYet }
    }

    /// The next piece of about a megabyte, nothing at the end. All that came is handed out before an error.
    ///
    /// # Errors
    /// When the client breaks off, says nothing for too long or sends too much, and when the service stops.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, ApiError> {
        let mut piece = Vec::new();
        while matches!(self.end, End::NotYet) && piece.len() < PIECE_BYTES {
            match self.more(&mut piece).await {
                Ok(true) => {}
                Ok(false) => self.end = End::Reached,
                Err(error) => self.end = End::Broken(error),
            }
        }
        if !piece.is_empty() {
            return Ok(Some(piece));
        }
        match std::mem::replace(&mut self.end, End::Reached) {
            End::Broken(error) => Err(error),
            End::Reached | End::NotYet => Ok(None),
        }
    }

    /// Waits for more; says whether there was any.
    async fn more(&mut self, piece: &mut Vec<u8>) -> Result<bool, ApiError> {
        let next = tokio::select! {
            next = tokio::time::timeout(MAX_SILENCE, self.body.next()) => next,
            () = stopped(&mut self.stopping) => return Err(stopping()),
        };
        let silent = |_| {
            let message = "the client said nothing for too long";
            ApiError::new(StatusCode::REQUEST_TIMEOUT, "data.stalled", message)
        };
        let Some(data) = next.map_err(silent)? else { return Ok(false) };
        let data = data.map_err(|_| {
            let message = "the connection broke off before all bytes had come";
            ApiError::new(StatusCode::BAD_REQUEST, "data.incomplete", message)
        })?;
        self.left = self.left.checked_sub(data.len() as u64).ok_or_else(too_large)?;
        piece.extend_from_slice(&data);
        Ok(true)
    }
}

/// Bytes of the body as the client announces them.
pub(crate) fn announced_bytes(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Refuses a body whose client says itself that it is too long, before a byte of it is read.
pub(crate) fn refuse_long(announced: Option<u64>, most: u64) -> Result<(), ApiError> {
    if announced.is_some_and(|bytes| bytes > most) { Err(too_large()) } else { Ok(()) }
}

fn too_large() -> ApiError {
    let message = "there are more bytes than may be uploaded";
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "data.too_large", message)
        .with_help("split the file, compress it with gzip or zstd, or raise the limit of the service")
}
