//! An answer that never ends.

use std::time::Duration;

use driftline_ingest::live::RowFormat;
use reqwest::Response;
use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::framing::{Framer, Framing};
use crate::http::{Http, Patience, retry_after};
use crate::position;
use crate::{Feed, FeedError, NextPiece, Piece, Reach};

/// What is understood, the better first.
const ACCEPTED: &str = "text/event-stream, application/x-ndjson;q=0.9, application/json;q=0.5, */*;q=0.1";
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How long it is waited for more when there are rows, so that they come in fewer pieces.
const GATHER: Duration = Duration::from_millis(20);
/// How long it is waited before connecting again when a stream has ended, unless the server says otherwise.
const RETRY: Duration = Duration::from_secs(1);

/// Where the feed stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// The id of the last event; servers that give none begin anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_event_id: Option<String>,
}

/// An answer that never ends.
pub(crate) struct StreamFeed {
    http: Http,
    position: Position,
    response: Option<Response>,
    framer: Framer,
    retry: Duration,
    not_before: Option<Instant>,
    /// What is told once the rows in front of it are taken.
    failure: Option<FeedError>,
}

impl StreamFeed {
    pub(crate) fn new(
        (url, authorization): (&str, Option<&str>),
        kept: Option<&str>,
        reach: &Reach,
        patience: Patience,
    ) -> Result<Self, FeedError> {
        Ok(Self {
            http: Http::new(url, authorization, reach, patience)?,
            position: position::parse("stream", kept)?.unwrap_or_default(),
            response: None,
            framer: Framer::new(Framing::Lines, None),
            retry: RETRY,
            not_before: None,
            failure: None,
        })
    }

    async fn wait(&mut self) -> Result<Piece, FeedError> {
        loop {
            // What has come is taken before anything is told about what has not.
            let is_over = self.response.is_none();
            if (is_over || self.framer.dropped > 0 || self.framer.is_full())
                && let Some(piece) = self.take()
            {
                return Ok(piece);
            }
            if self.framer.dropped > 0 {
                self.framer.dropped = 0;
                return Err(position::record_too_large(self.http.origin()));
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            let Some(response) = &mut self.response else {
                self.open().await?;
                continue;
            };
            let came = match self.framer.has_rows() {
                false => response.chunk().await,
                true => match tokio::time::timeout(GATHER, response.chunk()).await {
                    Ok(came) => came,
                    Err(_) => match self.take() {
                        Some(piece) => return Ok(piece),
                        None => continue,
                    },
                },
            };
            match came {
                Ok(Some(bytes)) => self.framer.push(&bytes),
                Ok(None) => self.end(),
                Err(error) => {
                    self.response = None;
                    self.failure = Some(self.http.failure(error));
                }
            }
        }
    }

    fn take(&mut self) -> Option<Piece> {
        let rows = self.framer.take()?;
        self.position.last_event_id = rows.last_id;
        let position = position::text(&self.position);
        Some(Piece { bytes: rows.bytes, format: RowFormat::Ndjson, position })
    }

    fn end(&mut self) {
        self.response = None;
        self.framer.finish();
        self.retry = self.framer.retry.unwrap_or(self.retry);
        self.not_before = Some(Instant::now() + self.retry);
        // Server-sent events may well be none for a while, and be cut off then.
        if self.framer.framing == Framing::Lines && self.framer.records + self.framer.dropped == 0 {
            self.failure = Some(FeedError::Ended { origin: self.http.origin() });
        }
    }

    async fn open(&mut self) -> Result<(), FeedError> {
        if let Some(at) = self.not_before {
            tokio::time::sleep_until(at).await;
            self.not_before = None;
        }
        let mut request = self.http.get(self.http.url.clone());
        request = request.header(ACCEPT, ACCEPTED).header(CACHE_CONTROL, "no-cache");
        let last_id = self.position.last_event_id.clone().filter(|id| !id.is_empty());
        if let Some(id) = &last_id {
            request = request.header(LAST_EVENT_ID, id.as_bytes());
        }
        let response = request.send().await.map_err(|error| self.http.failure(error))?;
        let status = response.status();
        if matches!(status.as_u16(), 429 | 503)
            && let Some(wait) = retry_after(&response)
        {
            self.not_before = Some(Instant::now() + wait);
            return Ok(());
        }
        if status.as_u16() != 200 {
            return Err(self.http.refused(status));
        }
        let kind =
            response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let framing = match kind.as_str() {
            "text/event-stream" => Framing::Events,
            "text/html" => {
                let reason = "it is a web page, not NDJSON or server-sent events: check the URL".to_owned();
                return Err(FeedError::Shape { origin: self.http.origin(), reason });
            }
            _ => Framing::Lines,
        };
        self.framer = Framer::new(framing, last_id);
        self.response = Some(response);
        Ok(())
    }
}

impl Feed for StreamFeed {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(self.wait())
    }
}
