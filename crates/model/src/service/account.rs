use serde::{Deserialize, Serialize};

/// What a person or a token may do in a workspace. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Role {
    /// Reads everything.
    Viewer,
    /// Uploads, checks, answers findings, saves baselines.
    Editor,
    /// Manages people, tokens and configuration; reads the audit log.
    Admin,
    /// Everything, workspaces included.
    Owner,
}

impl Role {
    /// All roles, the weakest first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Editor, Self::Admin, Self::Owner];

    /// The word used in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or_else(|| format!("unknown role `{text}`: use viewer, editor, admin or owner"))
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Id.
    pub id: String,
    /// Address for signing in, in lower case.
    pub email: String,
    /// Name that others see.
    pub name: String,
    /// Whether a password has been set.
    pub has_password: bool,
    /// When the account was made.
    pub created_ms: i64,
    /// When the account was closed; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_ms: Option<i64>,
}

/// A separate space with people, data and findings of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Workspace {
    /// Id.
    pub id: String,
    /// Name that people see.
    pub name: String,
    /// When it was made.
    pub created_ms: i64,
    /// What the asker may do in it.
    pub role: Role,
}

/// A person in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// The person.
    pub user: User,
    /// What the person may do.
    pub role: Role,
}

/// A sign-in that lasts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Id.
    pub id: String,
    /// When it began.
    pub created_ms: i64,
    /// When it ends unless it is ended before.
    pub expires_ms: i64,
    /// Address that it was begun from.
    pub address: String,
    /// Program that it was begun with, as it named itself.
    pub agent: String,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// An API token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// Id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// The person that it acts for.
    pub user_id: String,
    /// The most it may do, whatever the person may.
    pub role: Role,
    /// When it was made.
    pub created_ms: i64,
    /// When it ends.
    pub expires_ms: i64,
}

/// What a new token shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewToken {
    /// What it is for, 1 to 100 characters.
    pub name: String,
    /// The most it may do.
    pub role: Role,
    /// Days until it ends, 1 to 366.
    pub expires_in_days: u32,
}

/// A new token with its secret, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenWithSecret {
    /// The token.
    pub token: Token,
    /// What to send as `Authorization: Bearer SECRET`.
    pub secret: String,
}

/// An invitation to a workspace; the link is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// Who is invited.
    pub email: String,
    /// What the person will be able to do.
    pub role: Role,
    /// The path and secret to open, under the address of the service.
    pub link: String,
    /// When it ends.
    pub expires_ms: i64,
}

/// Who asks, as the service sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// The person.
    pub user: User,
    /// The workspaces that the person is in.
    pub workspaces: Vec<Workspace>,
    /// What to send as `X-Csrf-Token` with every change, when signed in by cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csrf_token: Option<String>,
}

/// Ways to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignInOptions {
    /// Whether an address and a password will do.
    pub password: bool,
    /// The button for OpenID Connect, which leads to `/api/v1/session/oidc`; null where that is not set up.
    pub oidc: Option<OidcButton>,
}

/// A button that leads to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OidcButton {
    /// What stands on it.
    pub button_text: String,
}
