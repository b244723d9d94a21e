//! A message in the form of its channel, ready to be sent or shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;

use crate::error::SendError;
use crate::redact::redacted;

/// Longest body that is sent, in bytes: what Teams takes is less, what the others take more.
const MAX_BODY_BYTES: usize = 256 << 10;

/// What goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// A request.
    Http(HttpLetter),
    /// A mail.
    Mail(Box<MailLetter>),
    /// Nothing: people see it in the service.
    InApp(String),
}

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HttpLetter {
    /// Where to.
    pub(crate) url: Url,
    /// Whether whoever runs the service has set the address, so that it may be a private one.
    pub(crate) is_trusted: bool,
    /// Beside the type of its content, which is JSON.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What it says.
    pub(crate) body: String,
}

/// A mail.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct MailLetter {
    /// The server.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// How it is reached.
    pub(crate) security: MailSecurity,
    /// Who sends, as the server knows it: name and password.
    pub(crate) credentials: Option<(String, String)>,
    /// Sender.
    pub(crate) from: String,
    /// Receivers.
    pub(crate) to: String,
    /// The same at every attempt.
    pub(crate) message_id: String,
    /// What it is about.
    pub(crate) subject: String,
    /// What it says.
    pub(crate) text: String,
    /// The same as HTML.
    pub(crate) html: String,
}

/// How a mail server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailSecurity {
    /// In the clear at first, encrypted before anything is said.
    StartTls,
    /// Encrypted from the beginning.
    Tls,
    /// In the clear.
    Plain,
}

// They hold secrets: in logs they are only what they are.
impl std::fmt::Debug for HttpLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpLetter").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for MailLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MailLetter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// A message that is ready, with the secrets that nobody may see.
#[derive(Clone)]
pub struct Prepared {
    pub(crate) outgoing: Outgoing,
    pub(crate) secrets: Vec<String>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("outgoing", &self.outgoing).finish_non_exhaustive()
    }
}

/// What would be sent, for people: without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The subject of a mail.
    pub subject: Option<String>,
    /// Body of a request, text of a mail, or the sentence of a notice.
    pub body: String,
    /// The HTML of a mail.
    pub html: Option<String>,
}

impl Prepared {
    pub(crate) fn new(outgoing: Outgoing, mut secrets: Vec<String>) -> Result<Self, SendError> {
        let bytes = match &outgoing {
            Outgoing::Http(letter) => letter.body.len(),
            Outgoing::Mail(letter) => letter.text.len() + letter.html.len(),
            Outgoing::InApp(text) => text.len(),
        };
        if bytes > MAX_BODY_BYTES {
            return Err(SendError::TooLarge { bytes, most: MAX_BODY_BYTES });
        }
        if let Outgoing::Mail(letter) = &outgoing
            && let Some((user, password)) = &letter.credentials
        {
            // As AUTH PLAIN (RFC 4616) and AUTH LOGIN say them.
            secrets.push(STANDARD.encode(format!("\0{user}\0{password}")));
            secrets.push(STANDARD.encode(password));
        }
        Ok(Self { outgoing, secrets })
    }

    /// What would be sent.
    pub fn shown(&self) -> Shown {
        let clean = |text: &str| redacted(text, &self.secrets);
        match &self.outgoing {
            Outgoing::Http(letter) => Shown { subject: None, body: clean(&letter.body), html: None },
            Outgoing::Mail(letter) => Shown {
                subject: Some(clean(&letter.subject)),
                body: clean(&letter.text),
                html: Some(clean(&letter.html)),
            },
            Outgoing::InApp(text) => Shown { subject: None, body: clean(text), html: None },
        }
    }

    /// The sentence of a notice, when it is one.
    pub fn notice(&self) -> Option<&str> {
        if let Outgoing::InApp(text) = &self.outgoing { Some(text) } else { None }
    }
}

/// A text of one line of at most so many characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    shortened(&flat, most)
}

/// A text of at most so many characters; what was cut off shows.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
