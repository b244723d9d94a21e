use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls::crypto::ring::default_provider;
use rustls_platform_verifier::Verifier;

use super::OidcError;

/// How long the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of an answer of the provider: its description and its keys have a few thousand.
const MAX_BYTES: usize = 1 << 20;

/// Asks the provider.
#[derive(Debug, Clone)]
pub(super) struct Http(reqwest::Client);

/// Why the provider did not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("{0}")]
    Failed(String),
    #[error("the answer is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("the answer cannot be read: {0}")]
    Unreadable(#[from] openidconnect::http::Error),
}

impl Http {
    /// Trusts the certificates that this system trusts. Follows no redirects: an answer that sends elsewhere could
    /// send to a host inside the network.
    pub(super) fn new() -> Result<Self, OidcError> {
        let client = |reason: String| OidcError::Client { reason };
        let provider = Arc::new(default_provider());
        let verifier = Verifier::new(Arc::clone(&provider)).map_err(|error| client(error.to_string()))?;
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| client(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let built = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .build();
        built.map(Self).map_err(|error| client(error.to_string()))
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // What is in the request may be a secret: of an error, only what happened is told.
        let failed = |error: reqwest::Error| HttpError::Failed(chain(&error.without_url()));
        let mut response = self.0.execute(request.try_into().map_err(failed)?).await.map_err(failed)?;
        let mut built = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            built = built.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(built.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

/// An error with all that lies behind it.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
