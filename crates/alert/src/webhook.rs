use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::channel::{ChannelInfo, FIELD, FieldError, FieldInfo, FieldShape, Fields, TemplateInfo, Texts};
use crate::error::SendError;
use crate::outgoing::{HttpLetter, Outgoing};
use crate::template::{Escape, TemplateError};

/// Shortest secret: as many characters as nobody guesses.
const MIN_SECRET: usize = 16;

/// Any program that takes JSON by HTTP.
pub(crate) static INFO: ChannelInfo = ChannelInfo {
    id: "webhook",
    name: "Webhook",
    summary: "JSON by HTTP to any address, signed with HMAC-SHA256 so that the receiver knows who has sent it.",
    fields: &[
        FieldInfo {
            name: "url",
            label: "Address",
            shape: FieldShape::Url,
            required: true,
            is_destination: true,
            doc: "Where the message is sent to with POST.",
            ..FIELD
        },
        FieldInfo {
            name: "secret",
            label: "Signing secret",
            secret: true,
            doc: "Signs every message in X-Driftline-Signature; at least 16 characters. Empty: no signature.",
            ..FIELD
        },
        FieldInfo {
            name: "authorization",
            label: "Authorization",
            secret: true,
            doc: "Value of the header Authorization, such as `Bearer TOKEN`. Empty: no such header.",
            ..FIELD
        },
    ],
    templates: &[TemplateInfo {
        name: "body",
        doc: "The body, which must be JSON. Values are put as JSON, with their quotes.",
        escape: Escape::Json,
        default: "{{ alert }}",
    }],
    keeps_incidents: false,
    check,
    compose,
};

fn check(fields: &Fields<'_>) -> Result<(), FieldError> {
    let secret = fields.get("secret");
    if !secret.is_empty() && secret.len() < MIN_SECRET {
        return Err(FieldError::new("secret", format!("has at least {MIN_SECRET} characters")));
    }
    Ok(())
}

fn compose(fields: &Fields<'_>, texts: &Texts<'_>) -> Result<Outgoing, SendError> {
    let body = texts.get("body")?;
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&body) {
        let reason = format!("makes no JSON: {error}");
        return Err(TemplateError { name: "body".to_owned(), reason, line: None }.into());
    }
    let letter = &texts.letter;
    let mut headers = vec![
        ("X-Driftline-Delivery", letter.delivery_id.to_owned()),
        ("X-Driftline-Event", letter.message.event.name().to_owned()),
    ];
    let secret = fields.get("secret");
    if !secret.is_empty() {
        headers.push(("X-Driftline-Signature", signature(secret, letter.sent_ms / 1000, &body)));
    }
    let authorization = fields.get("authorization");
    if !authorization.is_empty() {
        headers.push(("Authorization", authorization.to_owned()));
    }
    Ok(Outgoing::Http(HttpLetter { url: fields.url("url")?, is_trusted: false, headers, body }))
}

/// What shows that a body was sent by who knows the secret, at this moment (seconds since 1970): `t=…,v1=…`, the
/// second of which is HMAC-SHA256 (RFC 2104) over the moment, a dot and the body, in hexadecimal digits.
pub fn signature(secret: &str, at_secs: i64, body: &str) -> String {
    // A key may have any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{at_secs}.{body}").as_bytes());
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at_secs},v1={digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_others() {
        // printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac 'a secret that is long'
        let expected = "t=1800000000,v1=3cc517369d477ccf9fc6f9678c47460817b7fe00a8f01d838ecde810ba3b37ba";
        assert_eq!(signature("a secret that is long", 1_800_000_000, "{\"a\":1}"), expected);
    }
}
