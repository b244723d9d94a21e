//! Why a message did not arrive.

use crate::channel::FieldError;
use crate::template::TemplateError;

/// Why a message did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// A field of the channel is wrong.
    #[error("the channel cannot be used: {0}")]
    Field(#[from] FieldError),
    /// A template of the channel is wrong.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The text is longer than may be sent.
    #[error("the message has {bytes} bytes, more than {most}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// What may be sent.
        most: usize,
    },
    /// The address is inside the network.
    #[error("`{host}` leads to the private address {address}, which the service must not call")]
    Refused {
        /// The name.
        host: String,
        /// What it leads to.
        address: std::net::IpAddr,
    },
    /// The name leads nowhere.
    #[error("the name `{host}` cannot be looked up: {reason}")]
    Name {
        /// The name.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// There was no connection, or it broke off.
    #[error("no answer: {reason}")]
    Network {
        /// What happened.
        reason: String,
    },
    /// It took too long.
    #[error("no answer within {secs} s")]
    TimedOut {
        /// How long it was waited for.
        secs: String,
    },
    /// The other side does not want it.
    #[error("the answer was {status}{}", if excerpt.is_empty() { String::new() } else { format!(": {excerpt}") })]
    Answer {
        /// Its status.
        status: u16,
        /// The beginning of its text.
        excerpt: String,
        /// When it wants to be asked again.
        retry_after_ms: Option<i64>,
    },
    /// The mail server does not want it.
    #[error("the mail server refused: {reason}")]
    Mail {
        /// What it said.
        reason: String,
        /// Whether it will say so again.
        is_final: bool,
    },
}

/// The status of a place that is gone for good (RFC 9110, 15.5.11).
const GONE: u16 = 410;

impl SendError {
    /// Whether trying again makes no sense before somebody has changed something.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Field(_) | Self::Template(_) | Self::TooLarge { .. } | Self::Refused { .. } => true,
            Self::Mail { is_final, .. } => *is_final,
            Self::Answer { status, .. } => *status == GONE,
            Self::Name { .. } | Self::Network { .. } | Self::TimedOut { .. } => false,
        }
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field(_) => "data.channel",
            Self::Template(_) => "data.template",
            Self::TooLarge { .. } => "data.too_large",
            Self::Refused { .. } => "access.private_address",
            Self::Name { .. } => "system.name_lookup",
            Self::Network { .. } => "system.network",
            Self::TimedOut { .. } => "system.timeout",
            Self::Answer { .. } => "system.answer",
            Self::Mail { .. } => "system.mail",
        }
    }

    /// When the other side wants to be asked again.
    pub fn retry_after_ms(&self) -> Option<i64> {
        if let Self::Answer { retry_after_ms, .. } = self { *retry_after_ms } else { None }
    }
}
