use serde::{Deserialize, Serialize};

use crate::{FindingState, Severity};

/// A finding that people look after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingRecord {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The check that raised it.
    pub check_id: String,
    /// The incident that it belongs to; absent when it was raised before there were incidents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_id: Option<String>,
    /// Stable code, such as `drift.value`.
    pub code: String,
    /// How much it matters.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub severity: Severity,
    /// The column it is about; absent when it is about the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// One sentence in plain words with its numbers.
    pub message: String,
    /// Where it stands.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub state: FindingState,
    /// Who looks after it: the id of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Raised by every change; a change must name the version it was made on.
    pub version: i64,
    /// When it was raised.
    pub created_ms: i64,
    /// When it was last changed.
    pub updated_ms: i64,
}

/// What to change about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingChange {
    /// The version that the change was made on; another one is answered with 409 and the present state.
    pub version: i64,
    /// The new state: `open`, `acknowledged`, `resolved` or `muted`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub state: Option<FindingState>,
    /// Who looks after it from now on: the id of a user, or the empty text for nobody.
    #[serde(default)]
    pub assignee: Option<String>,
}

/// What to change about several findings at once, whatever their versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingChanges {
    /// The findings, 1 to 200.
    pub ids: Vec<String>,
    /// Their new state: `open`, `acknowledged`, `resolved` or `muted`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub state: Option<FindingState>,
    /// Who looks after them from now on: the id of a user, or the empty text for nobody.
    #[serde(default)]
    pub assignee: Option<String>,
}

/// What became of a finding in a change of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FindingOutcome {
    /// It was changed.
    Changed,
    /// It was that way already.
    Unchanged,
    /// There is no such finding.
    Missing,
}

/// A finding in a change of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingResult {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub outcome: FindingOutcome,
}

/// What became of the findings in a change of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FindingResults {
    /// Each of them, in the order asked for.
    pub results: Vec<FindingResult>,
    /// How many were changed.
    pub changed: u64,
}

/// What somebody said about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comment {
    /// Id.
    pub id: String,
    /// Who: the id of a user.
    pub user_id: String,
    /// Plain text. `@name@example.com` mentions a person.
    pub text: String,
    /// Ids of the people that it mentions.
    pub mentions: Vec<String>,
    /// When.
    pub created_ms: i64,
}

/// One step in the life of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Activity {
    /// When.
    pub at_ms: i64,
    /// Who: the id of a user, or `system`.
    pub actor: String,
    /// What, such as `state: open → acknowledged`.
    pub what: String,
}
