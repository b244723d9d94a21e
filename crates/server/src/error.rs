//! What the service says when it does not do what was asked.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use driftline_engine::EngineError;
use driftline_model::ErrorCategory;
use driftline_store::StoreError;
use serde::{Deserialize, Serialize};

use crate::telemetry::{Cause, Refusal};
use crate::{OidcError, TlsError};

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("failed to listen on {address}: {source}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("failed to use the data folder {}: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another service works with the data folder.
    #[error("another service works with the data folder {}", folder.display())]
    InUse {
        /// The folder.
        folder: std::path::PathBuf,
    },
    /// The files of the data folder are those of another database.
    #[error("the data folder {} belongs to another database", folder.display())]
    OtherDatabase {
        /// The folder.
        folder: std::path::PathBuf,
    },
    /// There is no certificate to serve with.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Nobody could be signed in by OpenID Connect.
    #[error(transparent)]
    Oidc(#[from] OidcError),
    /// Alerts cannot be sent.
    #[error(transparent)]
    Alerts(#[from] driftline_alert::SenderError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service broke off.
    #[error("the service broke off: {source}")]
    Broken {
        /// What the system said.
        source: std::io::Error,
    },
}

impl ServeError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        use std::io::ErrorKind;
        match self {
            Self::Listen { source, .. } if source.kind() == ErrorKind::AddrInUse => "system.address_in_use",
            Self::Listen { .. } => "system.address",
            Self::Folder { source, .. } => match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "system.no_space",
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "system.permission",
                _ => "system.data_folder",
            },
            Self::InUse { .. } => "system.data_in_use",
            Self::OtherDatabase { .. } => "system.data_of_another",
            Self::Tls(error) => error.code(),
            Self::Oidc(error) => error.code(),
            Self::Alerts(_) => "system.certificates",
            Self::Store(error) => error.code(),
            Self::Broken { .. } => "system.service",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Listen { .. } => "choose another address with --listen; port 0 takes a free one",
            Self::Folder { .. } => match self.code() {
                "system.no_space" => "make room on the disk of the data folder",
                "system.permission" => {
                    "see that the data folder belongs to the user that runs the service, and that its disk may be \
                     written to"
                }
                _ => "name a folder that can be used with --data",
            },
            Self::InUse { .. } => {
                "stop it first; several services share a data folder only together with a PostgreSQL database \
                 (server.database_url)"
            }
            Self::OtherDatabase { .. } => {
                "name the database that it was used with, or another folder; when that database is lost, restore the \
                 last backup into a new folder"
            }
            Self::Tls(error) => error.help(),
            Self::Oidc(error) => error.help(),
            Self::Alerts(_) => {
                "see that the certificates of this system can be read (package ca-certificates)"
            }
            Self::Store(error) => return error.help(),
            Self::Broken { .. } => return None,
        };
        Some(help.to_owned())
    }
}

/// The one form of every answer that is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// What went wrong.
    pub error: ProblemDetails,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProblemDetails {
    /// A stable code, such as `data.too_large`.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The present state of a resource that somebody else has changed, or what stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub present: Option<serde_json::Value>,
    /// Where in a text that was sent the mistake is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<TextPlace>,
    /// The id of the request, which the log names too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A place in a text that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TextPlace {
    /// Line, from 1.
    pub line: u64,
    /// Character in the line, from 1.
    pub column: u64,
}

/// An answer that is not what was asked for. Boxed, because it travels through every result.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Answer>);

#[derive(Debug, Clone)]
struct Answer {
    status: StatusCode,
    code: String,
    message: String,
    help: Option<String>,
    present: Option<serde_json::Value>,
    place: Option<TextPlace>,
    cause: Option<String>,
}

impl ApiError {
    /// An answer with a status, a stable code and a sentence.
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self(Box::new(Answer { status, code, message, help: None, present: None, place: None, cause: None }))
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// The same with what lies behind it, which callers are not told: it is for the log.
    #[must_use]
    pub(crate) fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The same with the place of a mistake in a text.
    #[must_use]
    pub(crate) fn at(mut self, place: TextPlace) -> Self {
        self.0.place = Some(place);
        self
    }

    /// The same with a name that people know in the place of one that we use.
    #[must_use]
    pub(crate) fn renamed(mut self, ours: &str, theirs: &str) -> Self {
        self.0.message = self.0.message.replace(ours, theirs);
        self
    }

    /// The request makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "usage.invalid", message)
    }

    /// Nobody knows who asks.
    pub fn unknown_caller() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "access.sign_in",
            "sign in first, or send an API token that is valid",
        )
        .with_help("send `Authorization: Bearer TOKEN`, or sign in with POST /api/v1/session")
    }

    /// Who asks may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "access.forbidden", message)
    }

    /// There is no such thing, or not for who asks.
    pub fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "data.missing", format!("there is no such {what}"))
    }

    /// Somebody else has changed it meanwhile.
    pub fn conflict(message: impl Into<String>, present: &impl Serialize) -> Self {
        Self::new(StatusCode::CONFLICT, "data.conflict", message)
            .with_help("look at `present`, and change that")
            .with_present(present)
    }

    /// The same with what stands in the way.
    #[must_use]
    pub(crate) fn with_present(mut self, present: &impl Serialize) -> Self {
        self.0.present = serde_json::to_value(present).ok();
        self
    }

    /// Something of ours broke.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "system.internal", message)
    }

    /// The stable code of the answer.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Answer { status, code, message, help, present, place, cause } = *self.0;
        let details = ProblemDetails { code, message, help, present, place, request_id: None };
        let mut response = (status, Json(Problem { error: details.clone() })).into_response();
        // For the outermost layer, which knows the id of the request and writes the log.
        response.extensions_mut().insert(Refusal(details));
        if let Some(cause) = cause {
            response.extensions_mut().insert(Cause(cause));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let status = match (error.category(), error.code()) {
            (_, "system.no_space") => StatusCode::INSUFFICIENT_STORAGE,
            (ErrorCategory::System, _) => StatusCode::SERVICE_UNAVAILABLE,
            (_, "data.baseline_missing" | "data.baseline_version_missing") => StatusCode::NOT_FOUND,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let help = error.help();
        // What a database or a disk says may name paths and statements: that is for the log, not for callers.
        let message = match error.category() {
            ErrorCategory::System => "the store cannot be used at the moment".to_owned(),
            _ => error.to_string(),
        };
        let mut answer = Self::new(status, error.code(), message).with_cause(error.to_string());
        answer.0.help = help;
        answer
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let status = match error.category() {
            ErrorCategory::Data => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut answer = Self::new(status, &error.code(), error.to_string());
        answer.0.help = error.help();
        answer
    }
}
