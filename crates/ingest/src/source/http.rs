//! Files behind HTTP and HTTPS.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use url::Url;

use super::fetching::{Ready, fetch, in_one_line, spools};
use crate::IngestError;
use crate::limits::{Fault, Limits};
use crate::location::Remote;
use crate::spool::Filler;
use crate::stored::Stored;

/// How long the server may take to accept.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);
/// How long it may stay silent.
const SILENT_FOR: Duration = Duration::from_secs(30);
/// Redirections that are followed.
const REDIRECTS: usize = 5;
/// Attempts without a new byte.
const ATTEMPTS: u32 = 5;
/// Wait before the second attempt; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Opens a file; its bytes come while it is read.
pub(crate) fn open(remote: &Remote, limits: Limits) -> Result<Stored, IngestError> {
    // Somebody else may have chosen one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let name = remote.shown().to_owned();
    let (mut kept, mut fillers) = spools(1, limits)?;
    let (Some(spool), Some(filler)) = (kept.pop(), fillers.pop()) else {
        return Err(IngestError::Missing { path: name });
    };
    let (url, shown) = (remote.url().clone(), name.clone());
    fetch(&name, move |ready| async move { download(&url, shown, filler, ready).await })?;
    Stored::of_spool(name, spool, limits)
}

/// Redirections are followed, but never from an encrypted connection to a plain one.
fn redirects() -> Policy {
    Policy::custom(|attempt| {
        let was_safe = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
        if attempt.previous().len() > REDIRECTS {
            attempt.error("there are too many redirections")
        } else if was_safe && attempt.url().scheme() != "https" {
            attempt.error("it redirects from HTTPS to HTTP")
        } else {
            attempt.follow()
        }
    })
}

async fn download(url: &Url, name: String, filler: Filler, ready: Ready<()>) {
    let client = Client::builder()
        .redirect(redirects())
        .connect_timeout(CONNECTS_WITHIN)
        .read_timeout(SILENT_FOR)
        .user_agent(concat!("driftline/", env!("CARGO_PKG_VERSION")))
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            return ready.failed(IngestError::Fetch { name, cause: in_one_line(&error.without_url()) });
        }
    };
    let mut state = Download { got: 0, total: None, validator: None };
    let first = match state.ask(&client, url, None).await {
        Ok(first) => first,
        Err(cause) => return ready.failed(IngestError::Fetch { name, cause }),
    };
    if let Some(total) = state.total {
        filler.expect(total);
    }
    ready.with(());
    filler.end(state.take(first, (&client, url), &filler).await);
}

/// How far a download is.
struct Download {
    got: u64,
    total: Option<u64>,
    /// What tells that the file is still the same.
    validator: Option<String>,
}

impl Download {
    /// Asks for the file, or for what is missing of it, a few times.
    async fn ask(&mut self, client: &Client, url: &Url, why: Option<String>) -> Result<Response, String> {
        let mut cause = why.unwrap_or_default();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 || !cause.is_empty() {
                tokio::time::sleep(FIRST_WAIT * 2_u32.pow(attempt)).await;
            }
            let mut request = client.get(url.clone()).header(ACCEPT_ENCODING, "identity");
            if self.got > 0 {
                request = request.header(RANGE, format!("bytes={}-", self.got));
                if let Some(validator) = &self.validator {
                    request = request.header(IF_RANGE, validator);
                }
            }
            match request.send().await {
                Ok(response) if response.status().is_success() => return self.accept(response),
                Ok(response) => {
                    cause = format!("the server answers {}", response.status());
                    if !is_passing(response.status()) {
                        return Err(cause);
                    }
                }
                Err(error) => {
                    let is_final = error.is_redirect() || error.is_builder();
                    cause = in_one_line(&error.without_url());
                    if is_final {
                        return Err(cause);
                    }
                }
            }
        }
        Err(cause)
    }

    fn accept(&mut self, response: Response) -> Result<Response, String> {
        let validator = validator(response.headers());
        if self.got == 0 {
            self.total = response.content_length();
            self.validator = validator;
            return Ok(response);
        }
        let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
        let goes_on = range.is_some_and(|range| range.starts_with(&format!("bytes {}-", self.got)));
        match response.status() {
            StatusCode::PARTIAL_CONTENT if goes_on => Ok(response),
            // All of it once more: what is known is skipped, when it is surely the same.
            StatusCode::OK if self.validator.is_some() && self.validator == validator => Ok(response),
            StatusCode::OK => Err("the connection was lost, and the file has changed since".to_owned()),
            status => Err(format!("the server answers {status} to a request for the rest")),
        }
    }

    /// Takes the bytes of an answer, and asks for the rest when it breaks off.
    async fn take(
        &mut self,
        first: Response,
        (client, url): (&Client, &Url),
        filler: &Filler,
    ) -> Option<Fault> {
        let mut answer = first;
        loop {
            let mut skip = if answer.status() == StatusCode::PARTIAL_CONTENT { 0 } else { self.got };
            let before = self.got;
            let cause = loop {
                match answer.chunk().await {
                    Ok(Some(bytes)) => {
                        let known = usize::try_from(skip).unwrap_or(usize::MAX).min(bytes.len());
                        skip -= known as u64;
                        let new = bytes.get(known..).unwrap_or_default();
                        if filler.put(new).is_err() {
                            return None;
                        }
                        self.got += new.len() as u64;
                    }
                    Ok(None) if self.total.is_none_or(|total| self.got >= total) => return None,
                    Ok(None) => break "the connection was closed too early".to_owned(),
                    Err(error) => break in_one_line(&error.without_url()),
                }
            };
            if !filler.is_wanted() || (self.got == before && before > 0) {
                return Some(Fault::BrokenOff(cause));
            }
            match self.ask(client, url, Some(cause.clone())).await {
                Ok(next) => answer = next,
                Err(again) => return Some(Fault::BrokenOff(format!("{cause}; then {again}"))),
            }
        }
    }
}

/// Whether the same request may succeed later.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

fn validator(headers: &HeaderMap) -> Option<String> {
    let strong = headers.get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    let value = strong.or_else(|| headers.get(LAST_MODIFIED))?;
    value.to_str().ok().map(str::to_owned)
}
