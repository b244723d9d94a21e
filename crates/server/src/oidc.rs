//! Signing in by OpenID Connect: what it takes, and who is let in. How the provider is asked stands in `provider.rs`,
//! which is built with the feature `oidc` only.

#[cfg(not(feature = "oidc"))]
mod absent;
#[cfg(feature = "oidc")]
mod flow;
#[cfg(feature = "oidc")]
mod http;
#[cfg(feature = "oidc")]
mod people;
#[cfg(feature = "oidc")]
mod provider;
#[cfg(feature = "oidc")]
mod round_trip;

use std::fmt;
use std::path::PathBuf;

use axum::http::{StatusCode, Uri};
use driftline_model::service::Role;
use serde::{Deserialize, Serialize, Serializer};

#[cfg(not(feature = "oidc"))]
pub(crate) use absent::{come_back, leave};
#[cfg(feature = "oidc")]
pub(crate) use flow::{come_back, leave};
#[cfg(feature = "oidc")]
pub(crate) use provider::Provider;

use crate::{ApiError, ServiceConfig};

/// A text that is not shown: not in a log, not in an error, not in a list of settings.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[cfg(feature = "oidc")]
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    fn shown(&self) -> &'static str {
        if self.is_empty() { "" } else { "(not shown)" }
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

/// Who signs people in, and what those get who come for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcConfig {
    /// The provider, as it names itself: an https URL.
    pub issuer: String,
    /// What the provider calls this service.
    pub client_id: String,
    /// What shows the provider that this service asks; empty for one in a file, or for a public client.
    pub client_secret: Secret,
    /// A file that holds the secret.
    pub client_secret_file: Option<PathBuf>,
    /// Domains whose people get an account when they first come.
    pub allowed_domains: Vec<String>,
    /// What they may do then.
    pub default_role: Role,
    /// The workspace that they get into, by name or id: the oldest when there is none.
    pub workspace: Option<String>,
    /// What stands on the button of the sign-in page.
    pub button_text: String,
}

/// Why nobody can be signed in with these settings.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OidcError {
    /// A setting that is needed is missing.
    #[error("`{missing}` is not set, and signing in by OpenID Connect needs it")]
    Incomplete {
        /// The setting.
        missing: &'static str,
    },
    /// The provider is not named by an https URL.
    #[error("server.oidc.issuer: `{issuer}` is not an https URL without a query")]
    Issuer {
        /// What was given.
        issuer: String,
    },
    /// The secret is given twice.
    #[error("both `server.oidc.client_secret` and `server.oidc.client_secret_file` are set")]
    TwoSecrets,
    /// The file with the secret cannot be read.
    #[error("failed to read the secret of the client in {}: {source}", file.display())]
    SecretFile {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is given is not a domain.
    #[error("server.oidc.allowed_domains: `{domain}` is not the domain of an address, such as example.com")]
    Domain {
        /// What was given.
        domain: String,
    },
    /// Nobody knows where the provider should send people back to.
    #[error(
        "the service listens on all addresses, so that the provider cannot be told where people come back to"
    )]
    NoPublicUrl,
    /// No requests can be made.
    #[error("no requests to the provider can be made: {reason}")]
    Client {
        /// What is missing.
        reason: String,
    },
}

impl OidcError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Incomplete { .. } => "usage.oidc_incomplete",
            Self::Issuer { .. } => "usage.oidc_issuer",
            Self::TwoSecrets => "usage.oidc_two_secrets",
            Self::SecretFile { .. } => "system.oidc_secret_file",
            Self::Domain { .. } => "usage.oidc_domain",
            Self::NoPublicUrl => "usage.oidc_public_url",
            Self::Client { .. } => "system.oidc_client",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Incomplete { .. } => "set it, or none of `server.oidc` to sign in without a provider",
            Self::Issuer { .. } => {
                "write it as the provider does in its /.well-known/openid-configuration, with or without the last `/`"
            }
            Self::TwoSecrets => "keep one of them",
            Self::SecretFile { .. } => {
                "see that the file is there and that the user of the service may read it"
            }
            Self::Domain { .. } => "write what stands behind the `@`",
            Self::NoPublicUrl => "set server.public_url to where people reach the service",
            Self::Client { .. } => "see that this system has root certificates",
        }
    }
}

impl OidcConfig {
    /// Checks what can be checked without asking the provider.
    ///
    /// # Errors
    /// When nobody could be signed in.
    pub fn check(&self) -> Result<(), OidcError> {
        if self.issuer.is_empty() {
            return Err(OidcError::Incomplete { missing: "server.oidc.issuer" });
        }
        if self.client_id.is_empty() {
            return Err(OidcError::Incomplete { missing: "server.oidc.client_id" });
        }
        if !is_issuer(&self.issuer) {
            return Err(OidcError::Issuer { issuer: self.issuer.clone() });
        }
        if !self.client_secret.is_empty() && self.client_secret_file.is_some() {
            return Err(OidcError::TwoSecrets);
        }
        match self.allowed_domains.iter().find(|domain| !is_domain(domain)) {
            Some(domain) => Err(OidcError::Domain { domain: domain.clone() }),
            None => Ok(()),
        }
    }
}

/// What a browser brings back from the provider.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[cfg_attr(not(feature = "oidc"), expect(dead_code, reason = "there is no provider to come back from"))]
pub(crate) struct Callback {
    /// What can be redeemed once for a token.
    code: Option<String>,
    /// What was sent along.
    state: Option<String>,
    /// Why there is no code.
    error: Option<String>,
    /// Who says so.
    iss: Option<String>,
}

/// Nobody can be signed in by OpenID Connect here.
pub(crate) fn unavailable(config: &ServiceConfig) -> ApiError {
    if config.oidc.is_some() && !is_oidc_built_in() {
        let message = "this program is built without OpenID Connect";
        return ApiError::new(StatusCode::NOT_FOUND, "access.oidc_not_built", message)
            .with_help("build it with `--features oidc`, or sign in with a password");
    }
    ApiError::new(StatusCode::NOT_FOUND, "access.oidc_off", "OpenID Connect is not set up here")
        .with_help("sign in with a password or a link; `server.oidc` in the configuration sets it up")
}

/// Whether signing in by OpenID Connect is built in.
pub const fn is_oidc_built_in() -> bool {
    cfg!(feature = "oidc")
}

/// An https URL without query and fragment (OpenID Connect Core 1.0, 2, `iss`); http will do on this machine.
fn is_issuer(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default();
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    let is_safe = uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && is_here);
    is_safe && !host.is_empty() && uri.query().is_none() && !text.contains(['#', '@'])
}

fn is_domain(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|part| !part.is_empty())
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> OidcConfig {
        OidcConfig {
            issuer: "https://id.example.com/realms/one".to_owned(),
            client_id: "driftline".to_owned(),
            client_secret: Secret::from("hunter2".to_owned()),
            client_secret_file: None,
            allowed_domains: vec!["example.com".to_owned()],
            default_role: Role::Viewer,
            workspace: None,
            button_text: String::new(),
        }
    }

    fn code(change: impl FnOnce(&mut OidcConfig)) -> &'static str {
        let mut config = config();
        change(&mut config);
        config.check().map_or_else(|error| error.code(), |()| "")
    }

    #[test]
    fn slips_in_the_settings_are_found() {
        assert_eq!(code(|_| ()), "");
        assert_eq!(code(|config| config.issuer.clear()), "usage.oidc_incomplete");
        assert_eq!(code(|config| config.client_id.clear()), "usage.oidc_incomplete");
        assert_eq!(code(|config| config.issuer = "http://localhost:8081".to_owned()), "");
        for bad in
            ["id.example.com", "http://id.example.com", "https://a.example/?x=1", "https://u@a.example"]
        {
            assert_eq!(code(|config| config.issuer = bad.to_owned()), "usage.oidc_issuer", "{bad}");
        }
        for bad in ["", "@example.com", "ann@example.com", "*", "a..b"] {
            let change = |config: &mut OidcConfig| config.allowed_domains.push(bad.to_owned());
            assert_eq!(code(change), "usage.oidc_domain", "{bad}");
        }
        let change = |config: &mut OidcConfig| config.client_secret_file = Some(PathBuf::from("secret"));
        assert_eq!(code(change), "usage.oidc_two_secrets");
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert!(!format!("{:?}", config()).contains("hunter2"));
        assert!(!serde_json::to_string(&config().client_secret).unwrap().contains("hunter2"));
    }
}
