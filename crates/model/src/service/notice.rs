use serde::{Deserialize, Serialize};

/// Why somebody is told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum NoticeKind {
    /// A comment mentions the person.
    Mention,
    /// Somebody else has assigned something to the person.
    Assignment,
    /// An incident of high or critical severity was raised; for admins and owners.
    Incident,
}

impl NoticeKind {
    /// The word used in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Assignment => "assignment",
            Self::Incident => "incident",
        }
    }
}

/// Something that one person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// Id.
    pub id: String,
    /// The workspace.
    pub workspace_id: String,
    /// Who should know: the id of a user.
    pub user_id: String,
    /// Why.
    pub kind: NoticeKind,
    /// The finding that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding_id: Option<String>,
    /// The incident that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_id: Option<String>,
    /// Who caused it: the id of a user, or `system`.
    pub actor: String,
    /// One sentence.
    pub text: String,
    /// When.
    pub created_ms: i64,
    /// When the person has read it; absent while unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_ms: Option<i64>,
}

/// One page of somebody's notices, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NoticePage {
    /// The notices.
    pub items: Vec<Notice>,
    /// What to send as `before` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// All unread notices of the person in this workspace, whatever is on the page.
    pub unread_total: i64,
}
