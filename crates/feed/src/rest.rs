//! A REST API that is asked again and again.
//!
//! With a cursor its pages are followed; the last page is asked again and again, since more may come there. Of a page
//! that is asked again only those rows are taken that the last answer did not have: they are told by their hash.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use driftline_ingest::live::RowFormat;
use driftline_model::service::RestFeed as Settings;
use reqwest::header::ACCEPT;
use reqwest::{Response, Url};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::answer::{self, Answer};
use crate::http::{Http, Patience, retry_after};
use crate::part::MAX_PIECE_BYTES;
use crate::position;
use crate::{Feed, FeedError, NextPiece, Piece, Reach, blocking};

/// Most bytes of an answer.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// Most rows of an answer that are remembered over a restart; of a longer one all come again then.
const MAX_SEEN: usize = 10_000;
/// Bounds of the time between two questions, in milliseconds.
const INTERVAL_MS: std::ops::RangeInclusive<u64> = 100..=86_400_000;

/// Where the feed stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// The cursor that is asked with; the first page without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// Hashes of the rows of that page that are done.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    seen: BTreeSet<u64>,
}

impl Position {
    fn text(&self) -> String {
        match self.seen.len() > MAX_SEEN {
            true => position::text(Self { cursor: self.cursor.clone(), seen: BTreeSet::new() }),
            false => position::text(self),
        }
    }
}

/// A REST API that is asked again and again.
pub(crate) struct RestFeed {
    http: Http,
    items: String,
    cursor: Option<String>,
    cursor_parameter: Option<String>,
    interval: Duration,
    position: Position,
    ready: VecDeque<Piece>,
    not_before: Option<Instant>,
    /// What is told once the rows in front of it are taken.
    failure: Option<FeedError>,
}

impl RestFeed {
    pub(crate) fn new(
        settings: &Settings,
        kept: Option<&str>,
        reach: &Reach,
        patience: Patience,
    ) -> Result<Self, FeedError> {
        let wrong = |setting, reason: &str| Err(FeedError::Settings { setting, reason: reason.to_owned() });
        let is_pointer = |text: &str| text.is_empty() || text.starts_with('/');
        if !is_pointer(&settings.items) {
            return wrong("items", "it must be a JSON pointer such as `/items`, or empty");
        }
        if settings.cursor.as_deref().is_some_and(|cursor| !is_pointer(cursor) || cursor.is_empty()) {
            return wrong("cursor", "it must be a JSON pointer such as `/next`");
        }
        if settings.cursor_parameter.is_some() && settings.cursor.is_none() {
            return wrong(
                "cursor_parameter",
                "it needs `cursor`, which says where the cursor is in the answer",
            );
        }
        if !INTERVAL_MS.contains(&settings.interval_ms) {
            return wrong("interval_ms", "it must be 100 to 86400000");
        }
        Ok(Self {
            http: Http::new(&settings.url, settings.authorization.as_deref(), reach, patience)?,
            items: settings.items.clone(),
            cursor: settings.cursor.clone(),
            cursor_parameter: settings.cursor_parameter.clone(),
            interval: Duration::from_millis(settings.interval_ms),
            position: position::parse("rest", kept)?.unwrap_or_default(),
            ready: VecDeque::new(),
            not_before: None,
            failure: None,
        })
    }

    async fn wait(&mut self) -> Result<Piece, FeedError> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(piece);
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if let Some(at) = self.not_before {
                tokio::time::sleep_until(at).await;
                self.not_before = None;
            }
            if let Some(answer) = self.ask().await? {
                self.take(answer);
            }
        }
    }

    /// Asks once; nothing when the server wants to be left alone.
    async fn ask(&mut self) -> Result<Option<Answer>, FeedError> {
        let request = self.http.get(self.url()?).header(ACCEPT, "application/json");
        let response = request.send().await.map_err(|error| self.http.failure(error))?;
        let status = response.status();
        if matches!(status.as_u16(), 429 | 503)
            && let Some(wait) = retry_after(&response)
        {
            self.not_before = Some(Instant::now() + wait);
            return Ok(None);
        }
        if status.as_u16() == 204 {
            return Ok(Some(Answer::default()));
        }
        if !status.is_success() {
            return Err(self.http.refused(status));
        }
        let bytes = self.body(response).await?;
        let (items, cursor) = (self.items.clone(), self.cursor.clone());
        let read = blocking(move || Ok(answer::read(&bytes, &items, cursor.as_deref())));
        let origin = self.http.origin();
        read.await?.map(Some).map_err(|reason| FeedError::Shape { origin, reason })
    }

    /// The URL of the page that is asked for.
    fn url(&self) -> Result<Url, FeedError> {
        let mut url = self.http.url.clone();
        let Some(cursor) = &self.position.cursor else { return Ok(url) };
        if let Some(parameter) = &self.cursor_parameter {
            let others = self.http.url.query_pairs().filter(|(name, _)| name != parameter);
            let pairs: Vec<_> = others.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
            url.query_pairs_mut().clear().extend_pairs(pairs).append_pair(parameter, cursor);
            return Ok(url);
        }
        // Without a parameter the cursor is a link. One that leads elsewhere would take the secret there.
        let shape = |reason: &str| FeedError::Shape { origin: self.http.origin(), reason: reason.to_owned() };
        let url = self.http.url.join(cursor);
        let url = url.map_err(|_| shape("the cursor is no link: set `cursor_parameter`"))?;
        match url.origin() == self.http.url.origin() {
            true => Ok(url),
            false => Err(shape("the cursor is a link to another server")),
        }
    }

    async fn body(&self, mut response: Response) -> Result<Bytes, FeedError> {
        let too_large = || FeedError::TooLarge {
            what: "an answer",
            place: self.http.origin(),
            max_bytes: MAX_ANSWER_BYTES,
        };
        if response.content_length().is_some_and(|length| length > MAX_ANSWER_BYTES as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(bytes) = response.chunk().await.map_err(|error| self.http.failure(error))? {
            if body.len() + bytes.len() > MAX_ANSWER_BYTES {
                return Err(too_large());
            }
            body.extend_from_slice(&bytes);
        }
        Ok(body.into())
    }

    /// Makes pieces of the rows that are new, and goes on to the next page if there is one.
    fn take(&mut self, answer: Answer) {
        if answer.dropped > 0 {
            self.failure = Some(position::record_too_large(self.http.origin()));
        }
        let has_rows = !answer.rows.is_empty();
        let hashes: BTreeSet<u64> = answer.rows.iter().map(|(hash, _)| *hash).collect();
        let before = std::mem::take(&mut self.position.seen);
        let mut so_far = Position { cursor: self.position.cursor.clone(), seen: before.clone() };
        let mut bytes: Vec<u8> = Vec::new();
        for (hash, row) in answer.rows.into_iter().filter(|(hash, _)| !before.contains(hash)) {
            if bytes.len() + row.len() + 1 > MAX_PIECE_BYTES {
                self.ready.push_back(piece(std::mem::take(&mut bytes), so_far.text()));
            }
            bytes.extend_from_slice(&row);
            bytes.push(b'\n');
            so_far.seen.insert(hash);
        }
        let next = answer.cursor.filter(|next| self.position.cursor.as_ref() != Some(next));
        let is_at_end = next.is_none() || !has_rows;
        match next {
            Some(next) => self.position = Position { cursor: Some(next), seen: BTreeSet::new() },
            None => self.position.seen = hashes,
        }
        if is_at_end {
            self.not_before = Some(Instant::now() + self.interval);
        }
        if !bytes.is_empty() {
            self.ready.push_back(piece(bytes, self.position.text()));
        }
    }
}

fn piece(bytes: Vec<u8>, position: String) -> Piece {
    Piece { bytes: bytes.into(), format: RowFormat::Ndjson, position }
}

impl Feed for RestFeed {
    fn next(&mut self) -> NextPiece<'_> {
        Box::pin(self.wait())
    }
}
