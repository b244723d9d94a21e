use std::time::Duration;

use crate::{Feed, FeedError, Piece};

mod file;
mod folder;

/// Longest that a test waits.
const BOUND: Duration = Duration::from_secs(20);

/// The next piece.
async fn next(feed: &mut dyn Feed) -> Result<Piece, FeedError> {
    tokio::time::timeout(BOUND, feed.next()).await.expect("a piece in time")
}

/// The text of the next piece.
async fn text(feed: &mut dyn Feed) -> String {
    let piece = next(feed).await.unwrap();
    String::from_utf8(piece.bytes.to_vec()).unwrap()
}

/// Whether the feed waits for now.
async fn is_waiting(feed: &mut dyn Feed) -> bool {
    tokio::time::timeout(Duration::from_millis(150), feed.next()).await.is_err()
}
