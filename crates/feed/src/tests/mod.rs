use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use crate::{Feed, FeedError, Piece, Reach};

mod file;
mod folder;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "nats")]
mod nats;
mod rest;
mod stream;

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

/// Serves on loopback; its URL.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// What may ask this machine.
fn near() -> Reach {
    Reach { allows_private: true, folders: vec![] }
}

#[cfg(not(all(feature = "kafka", feature = "nats")))]
#[test]
fn feeds_that_were_not_built_in_are_told() {
    let all: [(&str, bool); 2] = [
        (r#"{"kind": "kafka", "brokers": "h:9092", "topic": "t"}"#, cfg!(feature = "kafka")),
        (r#"{"kind": "nats", "url": "nats://h", "stream": "s"}"#, cfg!(feature = "nats")),
    ];
    for (settings, is_there) in all {
        let settings = serde_json::from_str(settings).unwrap();
        let code = crate::connect(&settings, None, &near()).map(|_| ()).map_err(|error| error.code());
        assert_eq!(code.err(), (!is_there).then_some("usage.feed_kind"));
    }
}
