use serde::{Deserialize, Serialize};

use crate::Severity;

/// Why a channel is told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AlertEvent {
    /// An incident is there.
    Raised,
    /// It has become more severe.
    Worsened,
    /// It was over and is open again.
    Reopened,
    /// It is still there and nobody has answered.
    Reminder,
    /// Nobody has answered, and it is somebody else's turn.
    Escalated,
    /// It comes and goes; it is held back until it is calm.
    Flapping,
    /// Somebody is on it.
    Acknowledged,
    /// It is over.
    Resolved,
    /// Somebody tries the channel.
    Test,
}

impl AlertEvent {
    /// The word used in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Worsened => "worsened",
            Self::Reopened => "reopened",
            Self::Reminder => "reminder",
            Self::Escalated => "escalated",
            Self::Flapping => "flapping",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Test => "test",
        }
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DeliveryState {
    /// It waits for its first or its next attempt.
    Pending,
    /// It is being sent.
    Sending,
    /// The other side has taken it.
    Delivered,
    /// It was given up.
    Failed,
    /// Its channel was switched off or deleted before it could be sent.
    Cancelled,
}

impl DeliveryState {
    /// The word used in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will be done.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Sending)
    }
}

/// One message for one channel, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Id; the same at every attempt, so that the other side can tell a repetition.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// The channel.
    pub channel_id: String,
    /// The name that it had.
    pub channel_name: String,
    /// Its kind.
    pub channel_kind: String,
    /// The rule that wanted it; absent for a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_id: Option<String>,
    /// The name that the rule had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name: Option<String>,
    /// The incident; absent for a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_id: Option<String>,
    /// Why.
    pub event: AlertEvent,
    /// The title of the incident.
    pub title: String,
    /// How severe it was.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub severity: Severity,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: i64,
    /// When it was asked for.
    pub created_ms: i64,
    /// When it is tried next; absent when nothing more will be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_ms: Option<i64>,
    /// When it was tried last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempted_ms: Option<i64>,
    /// When it ended, well or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<i64>,
    /// What went wrong in the last attempt; secrets are blacked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Status of the last answer, for what is sent by HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<i64>,
    /// How long the last attempt took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
}
