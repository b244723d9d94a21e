use serde::{Deserialize, Serialize};

use crate::{PartialVerdict, Settings, Severity};

/// One side of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CheckSide {
    /// A dataset, by id.
    Dataset(String),
    /// A baseline, as `NAME` or `NAME@VERSION`; for the reference only.
    Baseline(String),
    /// A monitor, by id: one of its windows, or what it has learned. Such checks are made by the monitor itself.
    Monitor(String),
}

/// What to check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckRequestBody {
    /// The data to judge.
    pub current: CheckSide,
    /// What to compare with.
    pub reference: CheckSide,
    /// Settings for this check, whole; left out, those of the current dataset over those of the workspace.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub settings: Option<Settings>,
    /// The contract that the current data must keep: its name, or the empty text for none. Left out: the one of
    /// the name of the current dataset, where there is one.
    #[serde(default)]
    pub contract: Option<String>,
    /// Checks of higher priority come first, -100 to 100.
    #[serde(default)]
    pub priority: i64,
}

/// How far a check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CheckState {
    /// It waits for its turn.
    Queued,
    /// It is being done.
    Running,
    /// Its report is there.
    Done,
    /// It could not be done.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl CheckState {
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

    /// Whether nothing more will happen to it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// What a running check has done so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckProgress {
    /// `reference`, `current` or `deciding`.
    pub phase: String,
    /// Bytes read in this phase.
    pub bytes: u64,
    /// Bytes to read in this phase, where known.
    pub bytes_total: u64,
    /// Rows read in this phase.
    pub rows: u64,
    /// Rows a second over the phase.
    pub rows_per_sec: f64,
    /// Memory that the process holds, in bytes.
    pub memory_bytes: u64,
    /// Memory that the run may use, in bytes.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub memory_budget_bytes: u64,
    /// Time that the last chunk took, in seconds.
    pub chunk_secs: f64,
    /// Times that the last chunks of this phase took, in seconds, oldest first; at most 60.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub recent_chunk_secs: Vec<f64>,
    /// What can be said of the current data so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<PartialVerdict>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// How far it has come.
    pub state: CheckState,
    /// The data that are judged.
    pub current: CheckSide,
    /// What they are compared with.
    pub reference: CheckSide,
    /// Names of current and reference as people know them.
    pub names: [String; 2],
    /// When it was asked for.
    pub created_ms: i64,
    /// Who asked: the id of a user.
    pub created_by: String,
    /// When its work ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<i64>,
    /// What it has done so far, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<CheckProgress>,
    /// The answer in one word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// The highest severity of its findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub severity: Option<Severity>,
    /// The answer in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<String>,
    /// Why it failed: a stable code and a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<[String; 2]>,
}
