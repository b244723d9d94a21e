//! The kinds of channels: one table, which the catalogue, the forms and the checks come from.

use std::collections::BTreeMap;

use reqwest::Url;

use crate::error::SendError;
use crate::message::{Letter, Message};
use crate::outgoing::{Outgoing, Prepared};
use crate::template::{Escape, render};
use crate::{email, in_app, pagerduty, slack, teams, webhook};

/// Longest value of a field, in bytes.
const MAX_VALUE_BYTES: usize = 2_000;

/// All kinds of channels.
pub const CHANNELS: [&ChannelInfo; 6] =
    [&in_app::INFO, &webhook::INFO, &slack::INFO, &teams::INFO, &pagerduty::INFO, &email::INFO];

/// The kind of channels with this id.
pub fn channel(id: &str) -> Option<&'static ChannelInfo> {
    CHANNELS.into_iter().find(|info| info.id == id)
}

/// A kind of channels.
#[derive(Debug)]
pub struct ChannelInfo {
    /// Its id.
    pub id: &'static str,
    /// Its name as people know it.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// What it takes.
    pub fields: &'static [FieldInfo],
    /// What it says, each in a template that can be replaced.
    pub templates: &'static [TemplateInfo],
    /// Whether the other side keeps an incident of its own, which must be told when it is answered or over.
    pub keeps_incidents: bool,
    /// What else must hold of its fields.
    pub(crate) check: fn(&Fields<'_>) -> Result<(), FieldError>,
    /// Puts a message into its form.
    pub(crate) compose: fn(&Fields<'_>, &Texts<'_>) -> Result<Outgoing, SendError>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldShape {
    /// A text of one line.
    Text,
    /// An address that begins with `https://`, or `http://` where that is allowed.
    Url,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number between these.
    Count(u32, u32),
    /// Addresses of e-mail, separated by commas.
    Emails,
}

impl FieldShape {
    /// The word for it in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Url => "url",
            Self::Choice(_) => "choice",
            Self::Count(..) => "count",
            Self::Emails => "emails",
        }
    }

    /// The words of a choice.
    pub fn choices(self) -> &'static [&'static str] {
        if let Self::Choice(words) = self { words } else { &[] }
    }
}

/// A field of a channel.
#[derive(Debug, Clone, Copy)]
pub struct FieldInfo {
    /// Its name in the API.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it holds.
    pub shape: FieldShape,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it is never answered.
    pub secret: bool,
    /// Whether it says where messages go: secrets are not sent to another place without being given anew.
    pub is_destination: bool,
    /// What holds without it; empty for nothing.
    pub default: &'static str,
    /// What it is for.
    pub doc: &'static str,
}

/// A field as most are: a text that may be left out.
pub(crate) const FIELD: FieldInfo = FieldInfo {
    name: "",
    label: "",
    shape: FieldShape::Text,
    required: false,
    secret: false,
    is_destination: false,
    default: "",
    doc: "",
};

/// A text of a channel that can be replaced.
#[derive(Debug, Clone, Copy)]
pub struct TemplateInfo {
    /// Its name in the API.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// How values are made harmless in it.
    pub escape: Escape,
    /// What holds without one.
    pub default: &'static str,
}

/// What whoever runs the service allows.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Whether messages may go to private addresses, and to Slack and Teams without encryption.
    pub allow_private_addresses: bool,
    /// Where PagerDuty takes events; empty for its usual address.
    pub pagerduty_url: String,
}

/// What is wrong with a channel: the field, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {wanted}")]
pub struct FieldError {
    /// The field.
    pub field: String,
    /// What would be right. Never a secret.
    pub wanted: String,
}

impl FieldError {
    pub(crate) fn new(field: &str, wanted: impl Into<String>) -> Self {
        Self { field: field.to_owned(), wanted: wanted.into() }
    }
}

/// The fields of one channel.
pub struct Fields<'a> {
    /// What kind it is.
    pub info: &'static ChannelInfo,
    /// Those that are no secrets.
    pub config: &'a BTreeMap<String, String>,
    /// The secrets.
    pub secrets: &'a BTreeMap<String, String>,
    /// What is allowed.
    pub rules: &'a Rules,
}

impl Fields<'_> {
    /// The value of a field, or what holds without it.
    pub(crate) fn get(&self, name: &str) -> &str {
        let given = self.config.get(name).or_else(|| self.secrets.get(name)).map(|value| value.trim());
        given.filter(|value| !value.is_empty()).unwrap_or_else(|| {
            self.info.fields.iter().find(|field| field.name == name).map_or("", |field| field.default)
        })
    }

    /// Whether everything is as it should be.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn check(&self) -> Result<(), FieldError> {
        for (values, secret) in [(self.config, false), (self.secrets, true)] {
            for (name, value) in values {
                let is_known =
                    self.info.fields.iter().any(|field| field.name == name && field.secret == secret);
                if !is_known {
                    let place = if secret { "secrets" } else { "config" };
                    return Err(FieldError::new(name, format!("is no field of `{place}` of this kind")));
                }
                if value.len() > MAX_VALUE_BYTES || value.chars().any(char::is_control) {
                    let wanted = format!("is one line of at most {MAX_VALUE_BYTES} bytes");
                    return Err(FieldError::new(name, wanted));
                }
            }
        }
        for field in self.info.fields {
            let value = self.get(field.name);
            if value.is_empty() {
                if field.required {
                    return Err(FieldError::new(field.name, "must be given"));
                }
                continue;
            }
            self.check_value(field, value)?;
        }
        (self.info.check)(self)
    }

    fn check_value(&self, field: &FieldInfo, value: &str) -> Result<(), FieldError> {
        match field.shape {
            FieldShape::Choice(words) if !words.contains(&value) => {
                Err(FieldError::new(field.name, format!("is one of {}", words.join(", "))))
            }
            FieldShape::Count(least, most) => match value.parse::<u32>() {
                Ok(number) if (least..=most).contains(&number) => Ok(()),
                _ => Err(FieldError::new(field.name, format!("is a whole number from {least} to {most}"))),
            },
            FieldShape::Url => {
                // What is a secret as a whole gives away the channel when it travels in the clear.
                let is_plain_allowed = !field.secret || self.rules.allow_private_addresses;
                url(value, is_plain_allowed).map(|_| ()).map_err(|wanted| FieldError::new(field.name, wanted))
            }
            FieldShape::Emails => email::mailboxes(value).map(|_| ()).map_err(|_| {
                FieldError::new(field.name, "is a list of e-mail addresses, with commas between")
            }),
            _ => Ok(()),
        }
    }

    /// The address in a field.
    pub(crate) fn url(&self, name: &str) -> Result<Url, SendError> {
        url(self.get(name), true).map_err(|wanted| SendError::Field(FieldError::new(name, wanted)))
    }
}

fn url(text: &str, is_plain_allowed: bool) -> Result<Url, String> {
    let wanted =
        if is_plain_allowed { "begins with `https://` or `http://`" } else { "begins with `https://`" };
    let url = Url::parse(text).map_err(|_| format!("is an address that {wanted}"))?;
    let is_allowed = url.scheme() == "https" || (is_plain_allowed && url.scheme() == "http");
    if !is_allowed || url.host().is_none() {
        return Err(format!("is an address that {wanted}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds no user and no password: use the field for them".to_owned());
    }
    Ok(url)
}

/// The texts of one channel about one message.
pub(crate) struct Texts<'a> {
    /// What kind it is.
    pub(crate) info: &'static ChannelInfo,
    /// Templates of its own.
    pub(crate) templates: &'a BTreeMap<String, String>,
    /// What is told.
    pub(crate) letter: Letter<'a>,
}

impl Texts<'_> {
    /// One of the texts.
    pub(crate) fn get(&self, name: &str) -> Result<String, SendError> {
        let Some(known) = self.info.templates.iter().find(|template| template.name == name) else {
            return Ok(String::new());
        };
        let source = self.templates.get(name).map_or(known.default, String::as_str);
        Ok(render((name, source), known.escape, &self.letter)?)
    }
}

/// Whether the templates of a channel can be used: each makes a text of an example of every event.
///
/// # Errors
/// The first one that cannot.
pub fn check_templates(fields: &Fields<'_>, templates: &BTreeMap<String, String>) -> Result<(), SendError> {
    use driftline_model::service::AlertEvent::{Flapping, Raised, Resolved, Test};
    if let Some(name) = templates.keys().find(|name| !fields.info.templates.iter().any(|t| t.name == *name)) {
        return Err(SendError::Field(FieldError::new(name, "is no template of this kind")));
    }
    for event in [Raised, Resolved, Flapping, Test] {
        let message = Message::example(event, "Home", 0);
        let letter = Letter {
            message: &message,
            delivery_id: "0",
            channel: "Channel",
            link: "https://example.com",
            sent_ms: 0,
        };
        prepare(fields, templates, letter)?;
    }
    Ok(())
}

/// Puts a message into the form of a channel, ready to be sent.
///
/// # Errors
/// When a field or a template is wrong.
pub fn prepare(
    fields: &Fields<'_>,
    templates: &BTreeMap<String, String>,
    letter: Letter<'_>,
) -> Result<Prepared, SendError> {
    let texts = Texts { info: fields.info, templates, letter };
    let outgoing = (fields.info.compose)(fields, &texts)?;
    Prepared::new(outgoing, fields.secrets.values().cloned().collect())
}

#[cfg(test)]
#[path = "channel_tests.rs"]
mod tests;
