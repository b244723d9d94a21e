use serde::{Deserialize, Serialize};

use super::CheckProgress;

/// A named reference with its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BaselineSummary {
    /// Its name within the workspace.
    pub name: String,
    /// The version that `baseline:NAME` means.
    pub current: u32,
    /// All versions, oldest first.
    pub versions: Vec<BaselineVersionSummary>,
}

/// One version of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BaselineVersionSummary {
    /// Its number, from 1.
    pub version: u32,
    /// Size of its profile in bytes.
    pub size_bytes: u64,
    /// What it was made from.
    pub source: String,
    /// Its rows.
    pub rows: u64,
    /// Its columns.
    pub columns: u64,
    /// When it was saved.
    pub saved_ms: i64,
}

/// How far the saving of a baseline has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BaselineJobState {
    /// It waits for its turn.
    Queued,
    /// The data are being read.
    Running,
    /// The version is there.
    Done,
    /// It could not be done.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl BaselineJobState {
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

/// A dataset that a baseline was not made of, although it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeftOut {
    /// The dataset: its id.
    pub dataset: String,
    /// Its name.
    pub name: String,
    /// The confirmed incident that it is part of.
    pub incident_id: String,
    /// Why, in one sentence.
    pub why: String,
}

/// A version of a baseline on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BaselineJob {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The baseline.
    pub name: String,
    /// How far it has come.
    pub state: BaselineJobState,
    /// The datasets that are summarised, in order.
    pub datasets: Vec<String>,
    /// Datasets that were asked for and are left out.
    pub left_out: Vec<LeftOut>,
    /// Whether the version waits to be promoted instead of becoming the current one.
    pub candidate: bool,
    /// When it was asked for.
    pub created_ms: i64,
    /// Who asked: the id of a user.
    pub created_by: String,
    /// When its work ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<i64>,
    /// What was read so far, while it runs; the phase is `reading`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<CheckProgress>,
    /// The version that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Why it failed: a stable code and a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<[String; 2]>,
}
