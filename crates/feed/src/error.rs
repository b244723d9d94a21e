use std::net::IpAddr;
use std::path::PathBuf;

/// Why a feed gives nothing. A URL is named by its origin only: the rest of it may hold secrets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// This program does not know such feeds.
    #[error("feeds of the kind `{kind}` are not connected to")]
    Unknown {
        /// The kind.
        kind: &'static str,
    },
    /// A setting cannot be right.
    #[error("the setting `{setting}` of the feed cannot be used: {reason}")]
    Settings {
        /// The setting.
        setting: &'static str,
        /// Why, and what would be right.
        reason: String,
    },
    /// The position that was kept is not one of such a feed.
    #[error(
        "the kept position is not one of a feed of the kind `{kind}`: {reason}; start it without a position"
    )]
    Position {
        /// The kind.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing is there yet.
    #[error("there is nothing at {}; the feed goes on waiting for it: check the path", path.display())]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// A file or folder that feeds may not read.
    #[error("{} is not below a folder that feeds may read; have the folder allowed or move the data", path.display())]
    Outside {
        /// Where.
        path: PathBuf,
    },
    /// An address inside the network.
    #[error(
        "{host} leads to {address}, which is not a public address; have private addresses allowed to read it"
    )]
    Private {
        /// The host that was asked for.
        host: String,
        /// Where it leads.
        address: IpAddr,
    },
    /// A file or folder is there and cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A compressed file.
    #[error("{} is compressed: feeds read plain text, write it uncompressed", path.display())]
    Compressed {
        /// Where.
        path: PathBuf,
    },
    /// A record, header or answer has more bytes than a feed takes. A record is dropped; the feed goes on behind it.
    #[error("{what} of {place} has more than {max_bytes} bytes and was dropped; make it smaller")]
    TooLarge {
        /// A record, a header, an answer.
        what: &'static str,
        /// Of which file or server.
        place: String,
        /// The most.
        max_bytes: usize,
    },
    /// A folder has more files than a feed looks through.
    #[error("{} has more than {max} files that match; move those away that are done", path.display())]
    TooMany {
        /// Where.
        path: PathBuf,
        /// The most.
        max: usize,
    },
    /// No connection, or one that broke.
    #[error("{origin} cannot be read: {reason}; check the address and whether the server runs")]
    Connection {
        /// Scheme, host and port.
        origin: String,
        /// Why.
        reason: String,
    },
    /// Nothing came for too long.
    #[error("{origin} has sent nothing for {secs} seconds; it is connected to again")]
    Silent {
        /// Scheme, host and port.
        origin: String,
        /// How long.
        secs: u64,
    },
    /// The server answered with something other than success.
    #[error("{origin} answers with {status}: {help}")]
    Answer {
        /// Scheme, host and port.
        origin: String,
        /// The status.
        status: u16,
        /// What to do.
        help: &'static str,
    },
    /// The answer does not have the form that the settings say.
    #[error("the answer of {origin} has another form: {reason}")]
    Shape {
        /// Scheme, host and port.
        origin: String,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A stream ended at once.
    #[error(
        "{origin} ended its answer without a record; if it is no stream, read it with a feed of the kind `rest`"
    )]
    Ended {
        /// Scheme, host and port.
        origin: String,
    },
    /// A task of the program failed.
    #[error("reading was interrupted: {reason}")]
    Interrupted {
        /// How.
        reason: String,
    },
}

impl FeedError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "usage.feed_kind",
            Self::Settings { .. } => "feed.settings",
            Self::Position { .. } => "feed.position",
            Self::Missing { .. } => "feed.missing",
            Self::Outside { .. } | Self::Private { .. } => "feed.refused",
            Self::Unreadable { .. } => "feed.unreadable",
            Self::Compressed { .. } => "feed.compressed",
            Self::TooLarge { .. } => "feed.too_large",
            Self::TooMany { .. } => "feed.too_many",
            Self::Connection { .. } => "feed.connection",
            Self::Silent { .. } => "feed.silent",
            Self::Answer { .. } => "feed.answer",
            Self::Shape { .. } => "feed.shape",
            Self::Ended { .. } => "feed.ended",
            Self::Interrupted { .. } => "feed.interrupted",
        }
    }
}
