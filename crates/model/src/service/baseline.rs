use serde::{Deserialize, Serialize};

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
