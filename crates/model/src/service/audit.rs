use serde::{Deserialize, Serialize};

/// Whether something was done or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

impl AuditOutcome {
    /// The word used in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// One line of the audit log. Each holds the hash of the line before, so that none can be changed, left out or
/// put in later without breaking the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its number, from 1 without a gap.
    pub sequence: i64,
    /// When.
    pub at_ms: i64,
    /// Who: the id of a user or a token, `system`, or empty for somebody unknown.
    pub actor: String,
    /// From where: an address, or `local`.
    pub address: String,
    /// In which workspace; empty for the service as a whole.
    pub workspace_id: String,
    /// What, such as `dataset.create`.
    pub action: String,
    /// On what: an id, or a path that was refused.
    pub subject: String,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// More, in words.
    pub detail: String,
    /// The hash of the line before, in hexadecimal digits; 64 zeros for the first.
    pub previous_hash: String,
    /// SHA-256 over all of the above.
    pub hash: String,
}

/// What checking the chain of the audit log found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainReport {
    /// Lines that were looked at.
    pub entries: i64,
    /// Whether every line follows from the one before.
    pub is_intact: bool,
    /// The first line that does not, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<i64>,
    /// The hash of the last line: keep it elsewhere to notice a log that was cut off.
    pub last_hash: String,
}
