//! Feeds: where rows come from without end, piece by piece, and from where to go on after a restart.
//!
//! Knows nothing of windows, of the store and of what is done with the rows.

mod answer;
mod driven;
mod error;
mod file;
mod folder;
mod framing;
mod http;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "nats")]
mod nats;
mod part;
mod position;
mod reach;
mod records;
mod rest;
mod stream;
mod watch;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use driftline_ingest::live::RowFormat;
use driftline_model::service::{FeedFormat, FeedSettings};

use driven::Driven;
use file::FileFeed;
use folder::FolderFeed;
use http::Patience;
#[cfg(feature = "kafka")]
use kafka::KafkaFeed;
#[cfg(feature = "nats")]
use nats::NatsFeed;
use rest::RestFeed;
use stream::StreamFeed;

pub use error::FeedError;
pub use reach::Reach;

/// Rows that came together.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Whole records; CSV with its header first.
    pub bytes: Bytes,
    /// How they are written.
    pub format: RowFormat,
    /// Where the feed stands behind it: give this to [`connect`] to go on without it. A text of the feed's own.
    pub position: String,
}

/// What a feed is waited for with.
pub type NextPiece<'a> = Pin<Box<dyn Future<Output = Result<Piece, FeedError>> + Send + 'a>>;

/// A feed.
pub trait Feed: Send {
    /// Waits for the next piece. It may be dropped at any time: nothing is lost by that, and what was begun (a
    /// connection, a question) goes on for the next call.
    ///
    /// # Errors
    /// When the feed fails. Asking again tries again; how long to wait before is for the caller to say.
    fn next(&mut self) -> NextPiece<'_>;
}

/// Connects to a feed. With a position it goes on there; without, it begins with what comes from now on, or with what
/// is there already where that is bounded (a file, a folder, a page of an API). `reach` says what it may read. The feed
/// must be waited for in a Tokio runtime.
///
/// # Errors
/// When the settings cannot be right. What may be there later is no error: the feed waits for it.
pub fn connect(
    settings: &FeedSettings,
    position: Option<&str>,
    reach: &Reach,
) -> Result<Box<dyn Feed>, FeedError> {
    Ok(Box::new(Driven::new(settings, position, reach)?))
}

fn begin(settings: &FeedSettings, position: Option<&str>, reach: &Reach) -> Result<Box<dyn Feed>, FeedError> {
    Ok(match settings {
        FeedSettings::File { path, format } => {
            Box::new(FileFeed::new(path, rows_of(*format), position, reach)?)
        }
        FeedSettings::Folder { path, pattern, format } => {
            Box::new(FolderFeed::new((path, pattern), rows_of(*format), position, reach)?)
        }
        FeedSettings::Stream { url, authorization } => {
            let asked = (url.as_str(), authorization.as_deref());
            Box::new(StreamFeed::new(asked, position, reach, Patience::default())?)
        }
        FeedSettings::Rest(rest) => Box::new(RestFeed::new(rest, position, reach, Patience::default())?),
        #[cfg(feature = "nats")]
        FeedSettings::Nats { url, stream, subject } => {
            Box::new(NatsFeed::new(url, (stream, subject.as_deref()), position, reach)?)
        }
        #[cfg(not(feature = "nats"))]
        FeedSettings::Nats { .. } => {
            return Err(FeedError::Unknown { kind: kind_of(settings) });
        }
        #[cfg(feature = "kafka")]
        FeedSettings::Kafka(kafka) => Box::new(KafkaFeed::new(kafka, position, reach)?),
        #[cfg(not(feature = "kafka"))]
        FeedSettings::Kafka(_) => {
            return Err(FeedError::Unknown { kind: kind_of(settings) });
        }
        FeedSettings::Push {} => {
            return Err(FeedError::Unknown { kind: kind_of(settings) });
        }
    })
}

fn rows_of(format: FeedFormat) -> RowFormat {
    match format {
        FeedFormat::Csv => RowFormat::Csv,
        FeedFormat::Ndjson => RowFormat::Ndjson,
    }
}

/// Runs what may wait for a disk away from the threads that serve.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FeedError> + Send + 'static,
) -> Result<T, FeedError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(FeedError::Interrupted { reason: error.to_string() }))
}

/// The word for a kind of feed.
pub fn kind_of(settings: &FeedSettings) -> &'static str {
    match settings {
        FeedSettings::Push {} => "push",
        FeedSettings::File { .. } => "file",
        FeedSettings::Folder { .. } => "folder",
        FeedSettings::Stream { .. } => "stream",
        FeedSettings::Rest(_) => "rest",
        FeedSettings::Nats { .. } => "nats",
        FeedSettings::Kafka(_) => "kafka",
    }
}
