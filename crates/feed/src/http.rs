//! Asking a server: where to, for how long, and what its answers mean.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::{FeedError, Reach};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may send nothing.
const SILENCE: Duration = Duration::from_secs(60);
/// Most redirects that are followed for one question.
const MAX_REDIRECTS: usize = 3;
/// Longest that a server may have the feed wait.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// How long a server is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// How long it may send nothing.
    pub(crate) silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: SILENCE }
    }
}

/// A server that is asked.
pub(crate) struct Http {
    client: Client,
    /// The URL of the settings.
    pub(crate) url: Url,
    authorization: Option<HeaderValue>,
    patience: Patience,
}

impl Http {
    pub(crate) fn new(
        url: &str,
        authorization: Option<&str>,
        reach: &Reach,
        patience: Patience,
    ) -> Result<Self, FeedError> {
        let wrong = |setting, reason: &str| FeedError::Settings { setting, reason: reason.to_owned() };
        let url = Url::parse(url).map_err(|error| wrong("url", &error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(wrong("url", "it must begin with `http://` or `https://` and name a host"));
        }
        if let Some(refused) = refused_literal(&url, reach) {
            return Err(FeedError::Private { host: refused.host, address: refused.address });
        }
        let authorization = authorization.map(HeaderValue::from_str).transpose();
        let mut authorization = authorization
            .map_err(|_| wrong("authorization", "it has letters that cannot stand in a header"))?;
        if let Some(value) = &mut authorization {
            value.set_sensitive(true);
        }
        let client = client(&url, reach, patience)?;
        Ok(Self { client, url, authorization, patience })
    }

    /// A question to be sent.
    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        let request = self.client.get(url);
        match &self.authorization {
            Some(value) => request.header(AUTHORIZATION, value),
            None => request,
        }
    }

    /// The server without what may be secret.
    pub(crate) fn origin(&self) -> String {
        let port = self.url.port().map_or_else(String::new, |port| format!(":{port}"));
        format!("{}://{}{port}", self.url.scheme(), self.url.host_str().unwrap_or_default())
    }

    /// What an error of the connection means.
    pub(crate) fn failure(&self, error: reqwest::Error) -> FeedError {
        if let Some(refused) = refusal(&error) {
            return FeedError::Private { host: refused.host.clone(), address: refused.address };
        }
        let origin = self.origin();
        if error.is_timeout() && !error.is_connect() {
            return FeedError::Silent { origin, secs: self.patience.silence.as_secs() };
        }
        FeedError::Connection { origin, reason: chain(&error.without_url()) }
    }

    /// What an answer other than success means.
    pub(crate) fn refused(&self, status: StatusCode) -> FeedError {
        let help = match status.as_u16() {
            401 | 403 => "check `authorization`",
            404 | 410 => "check the URL",
            429 => "it is asked too often; ask less often or raise the limit there",
            500.. => "the server has a problem; it is asked again, look at its own log",
            _ => "check the URL and what the server expects",
        };
        FeedError::Answer { origin: self.origin(), status: status.as_u16(), help }
    }
}

/// How long the server asks to wait.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse() {
        Ok(secs) => Duration::from_secs(secs),
        Err(_) => {
            let at = httpdate::parse_http_date(text).ok()?;
            at.duration_since(SystemTime::now()).unwrap_or_default()
        }
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

fn client(url: &Url, reach: &Reach, patience: Patience) -> Result<Client, FeedError> {
    let reach = Arc::new(reach.clone());
    let guard = Arc::clone(&reach);
    let built = Client::builder()
        .tls_backend_preconfigured(tls(url)?)
        .user_agent(concat!("driftline/", env!("CARGO_PKG_VERSION")))
        // Through a proxy it could not be told where a name leads.
        .no_proxy()
        .dns_resolver(Arc::new(GuardedNames { reach }))
        .redirect(Policy::custom(move |attempt| follow(attempt, &guard)))
        .connect_timeout(CONNECT)
        .read_timeout(patience.silence)
        .build();
    built.map_err(|error| FeedError::Settings { setting: "url", reason: chain(&error.without_url()) })
}

/// Trusts the certificates that this system trusts; where it has none, only `http` can be asked.
fn tls(url: &Url) -> Result<ClientConfig, FeedError> {
    let wrong = |error: rustls::Error| FeedError::Settings { setting: "url", reason: error.to_string() };
    let installed = CryptoProvider::get_default().cloned();
    let provider = installed.unwrap_or_else(|| Arc::new(ring::default_provider()));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    Ok(match Verifier::new(provider) {
        Ok(verifier) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
        }
        Err(error) if url.scheme() == "https" => return Err(wrong(error)),
        Err(_) => builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
    })
}

fn follow(attempt: Attempt<'_>, reach: &Reach) -> reqwest::redirect::Action {
    let was_safe = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error(format!("it redirects more than {MAX_REDIRECTS} times"));
    }
    if was_safe && attempt.url().scheme() != "https" {
        return attempt.error("it redirects from https to http");
    }
    match refused_literal(attempt.url(), reach) {
        Some(refused) => attempt.error(refused),
        None => attempt.follow(),
    }
}

/// A host that must not be asked.
#[derive(Debug, thiserror::Error)]
#[error("{host} leads to {address}, which is not a public address")]
struct RefusedHost {
    host: String,
    address: IpAddr,
}

/// Whether the host of a URL is an address that must not be asked: such are not looked up.
fn refused_literal(url: &Url, reach: &Reach) -> Option<RefusedHost> {
    let host = url.host_str()?;
    let address = host.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    (!reach.admits(address)).then(|| RefusedHost { host: host.to_owned(), address })
}

/// Looks names up, and gives only addresses that may be asked: who answers otherwise the next time gains nothing.
struct GuardedNames {
    reach: Arc<Reach>,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.reach);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<_> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            match found.iter().find(|address| !reach.admits(address.ip())) {
                Some(address) => Err(RefusedHost { host, address: address.ip() }.into()),
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

fn refusal<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e RefusedHost> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refused) = error.downcast_ref() {
            return Some(refused);
        }
        next = error.source();
    }
    None
}

/// An error with all that lies behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
