use serde::{Deserialize, Serialize};

/// Whose fault it is when something goes wrong: the seed of every message, metric and finding about errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ErrorCategory {
    /// The input is missing, unreadable or not what it claims to be.
    Data,
    /// Reading or summarising went wrong on valid input.
    Processing,
    /// A statistical method could not give an answer.
    Analytics,
    /// The machine said no: disk, memory, permissions, interruption.
    System,
}

impl ErrorCategory {
    /// The exit code of the command line for an error of this category.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Data => 3,
            Self::Processing | Self::Analytics => 4,
            Self::System => 5,
        }
    }
}
