use driftline_model::Severity;
use driftline_model::service::AlertEvent;
use reqwest::Url;
use serde_json::json;

use crate::channel::{ChannelInfo, FIELD, FieldError, FieldInfo, Fields, TemplateInfo, Texts};
use crate::error::SendError;
use crate::message::moment;
use crate::outgoing::{HttpLetter, Outgoing, one_line};
use crate::template::Escape;

/// Where PagerDuty takes events (developer.pagerduty.com, Events API v2).
const USUAL_URL: &str = "https://events.pagerduty.com/v2/enqueue";
/// Longest summary (the same).
const MAX_SUMMARY: usize = 1_024;

/// The events of PagerDuty, version 2.
pub(crate) static INFO: ChannelInfo = ChannelInfo {
    id: "pagerduty",
    name: "PagerDuty",
    summary: "An incident of a service of PagerDuty, which is acknowledged and resolved together with ours.",
    fields: &[FieldInfo {
        name: "routing_key",
        label: "Integration key",
        required: true,
        secret: true,
        doc: "The key of an integration `Events API V2` of a service: 32 characters.",
        ..FIELD
    }],
    templates: &[TemplateInfo {
        name: "summary",
        doc: "The title of the incident, plain text.",
        escape: Escape::Plain,
        default: "{{ heading }}",
    }],
    keeps_incidents: true,
    check,
    compose,
};

fn check(fields: &Fields<'_>) -> Result<(), FieldError> {
    let key = fields.get("routing_key");
    if key.len() != 32 || !key.chars().all(|character| character.is_ascii_alphanumeric()) {
        return Err(FieldError::new("routing_key", "has 32 letters and digits"));
    }
    Ok(())
}

fn compose(fields: &Fields<'_>, texts: &Texts<'_>) -> Result<Outgoing, SendError> {
    let set = fields.rules.pagerduty_url.as_str();
    let url = Url::parse(if set.is_empty() { USUAL_URL } else { set })
        .map_err(|_| SendError::Field(FieldError::new("alerts.pagerduty_url", "is an address")))?;
    let letter = &texts.letter;
    let (message, incident) = (letter.message, &letter.message.incident);
    let action = match message.event {
        AlertEvent::Acknowledged => "acknowledge",
        AlertEvent::Resolved => "resolve",
        _ => "trigger",
    };
    // One incident there for one here; a test is one of its own each time.
    let key = if message.event == AlertEvent::Test { letter.delivery_id } else { &incident.id };
    let severity = match message.severity {
        Severity::Critical => "critical",
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::None => "info",
    };
    let mut body = json!({
        "routing_key": fields.get("routing_key"),
        "event_action": action,
        "dedup_key": format!("driftline-{key}"),
        "client": "Driftline",
        "payload": {
            "summary": one_line(&texts.get("summary")?, MAX_SUMMARY),
            "source": incident.current_name,
            "severity": severity,
            "timestamp": moment(message.at_ms),
            "component": message.workspace,
            "group": message.rule,
            "class": message.findings.first().map_or("", |finding| finding.code.as_str()),
            "custom_details": {
                "event": message.event,
                "reference": incident.reference_name,
                "findings_open": incident.findings_open,
                "findings": message.findings,
            },
        },
    });
    if let Some(body) = body.as_object_mut().filter(|_| !letter.link.is_empty()) {
        body.insert("client_url".to_owned(), json!(letter.link));
        body.insert("links".to_owned(), json!([{ "href": letter.link, "text": "Open the incident" }]));
    }
    Ok(Outgoing::Http(HttpLetter { url, is_trusted: true, headers: Vec::new(), body: body.to_string() }))
}
