//! Sends what is ready, within bounds of time and size.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lettre::message::{Mailbox, Mailboxes, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls_platform_verifier::Verifier;

use crate::channel::{FieldError, Rules};
use crate::error::SendError;
use crate::guard::resolve;
use crate::outgoing::{HttpLetter, MailLetter, MailSecurity, Outgoing, Prepared};
use crate::redact::redacted;

/// Most bytes of an answer that are read.
const MAX_ANSWER_BYTES: usize = 64 << 10;
/// Characters of an answer that are kept.
const MAX_EXCERPT: usize = 300;
/// What the service calls itself.
const AGENT: &str = concat!("Driftline/", env!("CARGO_PKG_VERSION"));

/// How messages are sent.
#[derive(Debug, Clone)]
pub struct SenderConfig {
    /// What is allowed.
    pub rules: Rules,
    /// How long the other side may take in all.
    pub timeout: Duration,
    /// Certificates that are trusted beside those of the system, as DER.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

/// The connections to other sides cannot be encrypted.
#[derive(Debug, thiserror::Error)]
#[error("the certificates of this system cannot be used: {reason}")]
pub struct SenderError {
    /// What the system said.
    reason: String,
}

/// Sends messages. One for all channels; keeps no connection, so that a channel never waits for another.
#[derive(Debug, Clone)]
pub struct Sender {
    config: SenderConfig,
    tls: ClientConfig,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Whether the other side has taken the message.
    pub outcome: Result<(), SendError>,
    /// The status of its answer, when it was asked by HTTP and has answered.
    pub http_status: Option<u16>,
    /// How long it took.
    pub took: Duration,
}

impl Sender {
    /// Trusts the certificates that this system trusts.
    ///
    /// # Errors
    /// When they cannot be used.
    pub fn new(config: SenderConfig) -> Result<Self, SenderError> {
        let failed = |reason: String| SenderError { reason };
        let provider = Arc::new(default_provider());
        let roots = config.extra_roots.iter().cloned();
        let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
            .map_err(|error| failed(error.to_string()))?;
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self { config, tls })
    }

    /// What is allowed.
    pub fn rules(&self) -> &Rules {
        &self.config.rules
    }

    /// Sends a message once. What is told of a failure holds no secrets.
    pub async fn send(&self, prepared: &Prepared) -> Sent {
        let begun = Instant::now();
        let attempt = async {
            match &prepared.outgoing {
                Outgoing::Http(letter) => self.request(letter).await,
                Outgoing::Mail(letter) => self.mail(letter).await.map(|()| None),
                Outgoing::InApp(_) => Ok(None),
            }
        };
        let answered = match tokio::time::timeout(self.config.timeout, attempt).await {
            Ok(answered) => answered,
            Err(_) => Err(SendError::TimedOut { secs: self.config.timeout.as_secs_f64().to_string() }),
        };
        let (outcome, http_status) = match answered {
            Ok(status) => (Ok(()), status),
            Err(error) => {
                let status = if let SendError::Answer { status, .. } = &error { Some(*status) } else { None };
                (Err(without_secrets(error, &prepared.secrets)), status)
            }
        };
        Sent { outcome, http_status, took: begun.elapsed() }
    }

    async fn request(&self, letter: &HttpLetter) -> Result<Option<u16>, SendError> {
        let url = &letter.url;
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(443);
        let may_be_private = letter.is_trusted || self.config.rules.allow_private_addresses;
        let addresses = resolve((host, port), may_be_private).await?;
        // What is in the request may be a secret: of an error, only what happened is told.
        let failed = |error: reqwest::Error| SendError::Network { reason: chain(&error.without_url()) };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .resolve_to_addrs(host, &addresses)
            .no_proxy()
            .redirect(Policy::none())
            .user_agent(AGENT)
            .timeout(self.config.timeout)
            .build()
            .map_err(failed)?;
        let mut request = client.post(url.clone()).header("Content-Type", "application/json");
        for (name, value) in &letter.headers {
            request = request.header(*name, value);
        }
        let mut response = request.body(letter.body.clone()).send().await.map_err(|error| {
            if error.is_timeout() {
                return SendError::TimedOut { secs: self.config.timeout.as_secs_f64().to_string() };
            }
            failed(error)
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(Some(status.as_u16()));
        }
        let retry_after_ms = retry_after_ms(response.headers());
        let mut body = Vec::new();
        // An answer that breaks off or never ends is a refusal all the same.
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() >= MAX_ANSWER_BYTES {
                break;
            }
        }
        let text: String = String::from_utf8_lossy(&body)
            .chars()
            .map(|character| if character.is_control() { ' ' } else { character })
            .take(MAX_ANSWER_BYTES)
            .collect();
        Err(SendError::Answer { status: status.as_u16(), excerpt: text.trim().to_owned(), retry_after_ms })
    }

    async fn mail(&self, letter: &MailLetter) -> Result<(), SendError> {
        let may_be_private = self.config.rules.allow_private_addresses;
        let addresses = resolve((&letter.host, letter.port), may_be_private).await?;
        // Not every machine that has an IPv6 address can reach others by it.
        let address = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
        let server = address.map_or_else(|| letter.host.clone(), |address| address.ip().to_string());
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
            .port(letter.port)
            .timeout(Some(self.config.timeout))
            .tls(self.mail_tls(letter)?);
        if let Some((user, password)) = &letter.credentials {
            transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
        }
        let message = mail_message(letter)?;
        let sent = transport.build().send(message).await;
        sent.map(|_| ()).map_err(|error| {
            if error.is_timeout() {
                return SendError::TimedOut { secs: self.config.timeout.as_secs_f64().to_string() };
            }
            let reason = chain(&error);
            match error.status() {
                Some(_) => SendError::Mail { reason, is_final: error.is_permanent() },
                None => SendError::Network { reason },
            }
        })
    }

    fn mail_tls(&self, letter: &MailLetter) -> Result<Tls, SendError> {
        if letter.security == MailSecurity::Plain {
            return Ok(Tls::None);
        }
        let failed = |error: lettre::transport::smtp::Error| SendError::Network { reason: chain(&error) };
        // The name of the certificate is that of the server, whatever address it is reached by.
        let mut parameters = TlsParameters::builder(letter.host.clone());
        for root in &self.config.extra_roots {
            let root = Certificate::from_der(root.to_vec()).map_err(failed)?;
            parameters = parameters.add_root_certificate(root);
        }
        let parameters = parameters.build().map_err(failed)?;
        Ok(match letter.security {
            MailSecurity::Tls => Tls::Wrapper(parameters),
            _ => Tls::Required(parameters),
        })
    }
}

fn mail_message(letter: &MailLetter) -> Result<Message, SendError> {
    let wrong = |field: &str| SendError::Field(FieldError::new(field, "is no e-mail address"));
    let from: Mailbox = letter.from.parse().map_err(|_| wrong("from"))?;
    let to: Mailboxes = letter.to.parse().map_err(|_| wrong("to"))?;
    let mut message = Message::builder()
        .from(from)
        .subject(letter.subject.clone())
        .message_id(Some(letter.message_id.clone()));
    for receiver in to {
        message = message.to(receiver);
    }
    let parts = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    message.multipart(parts).map_err(|error| SendError::Mail { reason: error.to_string(), is_final: true })
}

/// When the other side wants to be asked again, as seconds; dates are rare, and the usual wait will do for them.
fn retry_after_ms(headers: &HeaderMap) -> Option<i64> {
    let secs: u32 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(i64::from(secs) * 1000)
}

fn without_secrets(error: SendError, secrets: &[String]) -> SendError {
    // Cut off only afterwards, so that no half of a secret is left.
    let clean = |text: &str| redacted(text, secrets).chars().take(MAX_EXCERPT).collect::<String>();
    match error {
        SendError::Answer { status, excerpt, retry_after_ms } => {
            SendError::Answer { status, excerpt: clean(&excerpt), retry_after_ms }
        }
        SendError::Network { reason } => SendError::Network { reason: clean(&reason) },
        SendError::Mail { reason, is_final } => SendError::Mail { reason: clean(&reason), is_final },
        other => other,
    }
}

/// An error with all that lies behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = error.source();
    }
    text
}
