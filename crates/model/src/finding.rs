use serde::{Deserialize, Serialize};

use crate::Severity;

/// One thing worth a person's look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Stable dotted code of what was found, such as `drift.value`, `nulls.rise`, `schema.column_missing`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// The column it is about; absent when it is about the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// One sentence in plain words with its numbers.
    pub message: String,
    /// Where it stands with the people who look after it.
    pub state: FindingState,
}

/// Where a finding stands with the people who look after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FindingState {
    /// Nobody has answered yet.
    #[default]
    Open,
    /// Somebody has seen it and is on it.
    Acknowledged,
    /// It is over.
    Resolved,
    /// It is known and wanted quiet.
    Muted,
}
