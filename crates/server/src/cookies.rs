//! Cookies: over an encrypted connection they belong to this host alone, and never travel in the clear.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{ApiError, ServiceConfig};

/// A cookie under its two names. The prefix `__Host-` makes browsers refuse one that was set by a neighbouring host
/// or without encryption (RFC 6265bis, 4.1.3.2), and can only be used with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookie {
    plain: &'static str,
    encrypted: &'static str,
}

/// The secret of a session.
pub(crate) const SESSION: Cookie =
    Cookie { plain: "driftline_session", encrypted: "__Host-driftline_session" };

/// The secret of a way to the provider and back.
#[cfg(feature = "oidc")]
pub(crate) const ROUND_TRIP: Cookie = Cookie { plain: "driftline_oidc", encrypted: "__Host-driftline_oidc" };

impl Cookie {
    /// What it is called.
    fn name(self, config: &ServiceConfig) -> &'static str {
        if config.is_encrypted() { self.encrypted } else { self.plain }
    }

    /// Its value in a request.
    pub(crate) fn read(self, config: &ServiceConfig, headers: &HeaderMap) -> Option<String> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == self.name(config))
            .map(|(_, value)| value.to_owned())
    }

    /// What sets it for so many seconds.
    pub(crate) fn set(
        self,
        config: &ServiceConfig,
        value: &str,
        max_age_secs: i64,
    ) -> Result<HeaderValue, ApiError> {
        let secure = if config.is_encrypted() { "; Secure" } else { "" };
        let name = self.name(config);
        let text = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age_secs}{secure}");
        HeaderValue::from_str(&text).map_err(|error| ApiError::internal(error.to_string()))
    }

    /// What removes it.
    pub(crate) fn remove(self, config: &ServiceConfig) -> Result<HeaderValue, ApiError> {
        self.set(config, "", 0)
    }
}
