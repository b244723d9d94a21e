use lettre::message::{Mailbox, Mailboxes};

use crate::channel::{ChannelInfo, FIELD, FieldError, FieldInfo, FieldShape, Fields, TemplateInfo, Texts};
use crate::error::SendError;
use crate::outgoing::{MailLetter, MailSecurity, Outgoing, one_line};
use crate::template::Escape;

/// Longest subject.
const MAX_SUBJECT: usize = 200;
/// Most receivers of a channel.
const MAX_RECEIVERS: usize = 50;

/// The text of a mail.
const TEXT: &str = "\
{{ heading }}

{% for finding in findings %}
- {{ finding.message }} ({{ finding.severity }}, {{ finding.code }})
{% endfor %}
{% if findings_more %}
- and {{ findings_more }} more
{% endif %}

{{ incident.current_name }} against {{ incident.reference_name }}, first seen {{ incident.first_seen }}
Workspace {{ workspace }}{% if rule %}, rule {{ rule }}{% endif %}

{% if link %}

{{ link }}
{% endif %}
";

/// The same as HTML.
const HTML: &str = "\
<!doctype html>
<html><body style=\"font-family: sans-serif; font-size: 15px; line-height: 1.45\">
<h1 style=\"font-size: 18px\">{{ heading }}</h1>
<ul>
{% for finding in findings %}
<li>{{ finding.message }} <small>{{ finding.severity }}, {{ finding.code }}</small></li>
{% endfor %}
{% if findings_more %}
<li>and {{ findings_more }} more</li>
{% endif %}
</ul>
<p>{{ incident.current_name }} against {{ incident.reference_name }}, first seen {{ incident.first_seen }}</p>
{% if link %}
<p><a href=\"{{ link }}\">Open the incident</a></p>
{% endif %}
<p><small>Workspace {{ workspace }}{% if rule %}, rule {{ rule }}{% endif %}</small></p>
</body></html>
";

/// Mail by SMTP.
pub(crate) static INFO: ChannelInfo = ChannelInfo {
    id: "email",
    name: "E-mail",
    summary: "A mail by SMTP, as text and as HTML.",
    fields: &[
        FieldInfo {
            name: "host",
            label: "Server",
            required: true,
            is_destination: true,
            doc: "The mail server, such as smtp.example.com.",
            ..FIELD
        },
        FieldInfo {
            name: "security",
            label: "Encryption",
            shape: FieldShape::Choice(&["starttls", "tls", "none"]),
            is_destination: true,
            default: "starttls",
            doc: "How the server is reached: encrypted after a greeting, encrypted from the beginning, or in the clear.",
            ..FIELD
        },
        FieldInfo {
            name: "port",
            label: "Port",
            shape: FieldShape::Count(1, 65_535),
            is_destination: true,
            doc: "Empty: 587, or 465 with `tls`, or 25 with `none`.",
            ..FIELD
        },
        FieldInfo { name: "username", label: "User", doc: "Empty: nobody signs in.", ..FIELD },
        FieldInfo { name: "password", label: "Password", secret: true, doc: "For the user.", ..FIELD },
        FieldInfo {
            name: "from",
            label: "From",
            shape: FieldShape::Emails,
            required: true,
            doc: "The sender, such as `Driftline <driftline@example.com>`.",
            ..FIELD
        },
        FieldInfo {
            name: "to",
            label: "To",
            shape: FieldShape::Emails,
            required: true,
            doc: "The receivers, with commas between; 50 at most.",
            ..FIELD
        },
    ],
    templates: &[
        TemplateInfo {
            name: "subject",
            doc: "The subject.",
            escape: Escape::Plain,
            default: "{{ heading }}",
        },
        TemplateInfo { name: "text", doc: "The mail as plain text.", escape: Escape::Plain, default: TEXT },
        TemplateInfo { name: "html", doc: "The mail as HTML.", escape: Escape::Html, default: HTML },
    ],
    keeps_incidents: false,
    check,
    compose,
};

fn check(fields: &Fields<'_>) -> Result<(), FieldError> {
    if fields.get("from").parse::<Mailbox>().is_err() {
        return Err(FieldError::new("from", "is one e-mail address"));
    }
    if fields.get("username").is_empty() != fields.get("password").is_empty() {
        return Err(FieldError::new("password", "goes with `username`: give both or none"));
    }
    if fields.get("security") == "none" && !fields.get("username").is_empty() {
        return Err(FieldError::new("security", "encrypts when somebody signs in: `starttls` or `tls`"));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    if !fields.get("host").chars().all(is_plain) {
        return Err(FieldError::new("host", "is a name or an address, without a port"));
    }
    Ok(())
}

fn compose(fields: &Fields<'_>, texts: &Texts<'_>) -> Result<Outgoing, SendError> {
    let (security, usual_port) = match fields.get("security") {
        "tls" => (MailSecurity::Tls, 465),
        "none" => (MailSecurity::Plain, 25),
        _ => (MailSecurity::StartTls, 587),
    };
    let user = fields.get("username");
    let credentials = (!user.is_empty()).then(|| (user.to_owned(), fields.get("password").to_owned()));
    Ok(Outgoing::Mail(Box::new(MailLetter {
        host: fields.get("host").to_owned(),
        port: fields.get("port").parse().unwrap_or(usual_port),
        security,
        credentials,
        from: fields.get("from").to_owned(),
        to: fields.get("to").to_owned(),
        message_id: format!("<{}@driftline>", texts.letter.delivery_id),
        subject: one_line(&texts.get("subject")?, MAX_SUBJECT),
        text: texts.get("text")?,
        html: texts.get("html")?,
    })))
}

/// The addresses of a list.
pub(crate) fn mailboxes(list: &str) -> Result<Mailboxes, ()> {
    let mailboxes: Mailboxes = list.parse().map_err(|_| ())?;
    let count = mailboxes.iter().count();
    if (1..=MAX_RECEIVERS).contains(&count) { Ok(mailboxes) } else { Err(()) }
}
