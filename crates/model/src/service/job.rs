use serde::{Deserialize, Serialize};

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// Somebody works on it.
    Running,
    /// It is done.
    Done,
    /// It failed for good.
    Failed,
    /// It was cancelled.
    Cancelled,
}

impl JobState {
    /// The word used in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Work that outlives whoever does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// What sort of work, such as `check`.
    pub kind: String,
    /// The id of what it works on.
    pub subject: String,
    /// How far it has come.
    pub state: JobState,
    /// Jobs of higher priority come first within their workspace.
    pub priority: i64,
    /// How often it was begun.
    pub attempts: i64,
    /// When it was asked for.
    pub created_ms: i64,
}
