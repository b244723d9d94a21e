/// Why a feed gives nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// This program does not know such feeds.
    #[error("feeds of the kind `{kind}` are not connected to")]
    Unknown {
        /// The kind.
        kind: &'static str,
    },
}

impl FeedError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "usage.feed_kind",
        }
    }
}
