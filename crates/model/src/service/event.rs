use serde::{Deserialize, Serialize};

/// Something that happened, for those who look on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    /// Its number; events come in this order, and a client that was away asks for those after the last it saw.
    pub sequence: i64,
    /// The workspace.
    pub workspace_id: String,
    /// What happened, such as `check.progress`.
    pub kind: String,
    /// The id of what it happened to.
    pub subject: String,
    /// The resource as it is now, or the part that changed.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub body: serde_json::Value,
    /// When.
    pub at_ms: i64,
}
