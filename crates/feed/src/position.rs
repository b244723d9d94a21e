//! Positions as texts.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::FeedError;
use crate::part::MAX_PIECE_BYTES;

/// A position that was kept.
pub(crate) fn parse<T: DeserializeOwned>(
    kind: &'static str,
    kept: Option<&str>,
) -> Result<Option<T>, FeedError> {
    let position = kept.map(serde_json::from_str).transpose();
    position.map_err(|error| FeedError::Position { kind, reason: error.to_string() })
}

/// A position to keep.
pub(crate) fn text(position: impl Serialize) -> String {
    // Numbers, texts and lists of them: writing them cannot fail.
    serde_json::to_string(&position).unwrap_or_default()
}

/// A record that was passed over.
pub(crate) fn record_too_large(place: String) -> FeedError {
    FeedError::TooLarge { what: "a record", place, max_bytes: MAX_PIECE_BYTES }
}
